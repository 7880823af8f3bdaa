//! Proofs that a token's user holds the key that the token is bound to (DPoP, RFC 9449), and the nonces that servers ask to have in them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use sha2::{Digest, Sha256};
use url::Url;

use super::jose::SigningKey;
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::secret::Secret;
use crate::transport;

/// The request's field with the proof.
pub(super) const PROOF: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// As long as a nonce may be, and as many servers as are remembered.
const LONGEST_NONCE: usize = 1024;
const MOST_SERVERS: usize = 64;

/// A key that tokens are bound to.
pub(super) struct Prover {
    key: SigningKey,
    /// The latest nonce of each server, by origin.
    nonces: Mutex<HashMap<String, String>>,
}

/// What a proof says (RFC 9449 section 4.2).
#[derive(Serialize)]
struct Claims<'a> {
    jti: String,
    htm: &'a str,
    htu: &'a str,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

impl Prover {
    pub(super) fn new(key: SigningKey) -> Self {
        Self { key, nonces: Mutex::default() }
    }

    /// What identifies the key.
    pub(super) fn thumbprint(&self) -> &str {
        self.key.thumbprint()
    }

    /// The proof for one request, which is sent with `token`, if there is one yet. Each is good for one request only.
    pub(super) fn proof(
        &self,
        method: &Method,
        url: &Url,
        token: Option<&Secret>,
        clock: &dyn Clock,
    ) -> Result<HeaderValue> {
        let mut place = url.clone();
        place.set_query(None);
        place.set_fragment(None);
        let claims = Claims {
            jti: uuid::Uuid::new_v4().to_string(),
            htm: method.as_str(),
            htu: place.as_str(),
            iat: clock.wall().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            ath: token.map(|token| URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose()))),
            nonce: self.lock().get(&transport::origin(url)).cloned(),
        };
        let proof = self.key.sign_with_key("dpop+jwt", &claims)?;
        let mut value = HeaderValue::from_str(proof.expose())
            .map_err(|_| Error::new(Code::Token, "the proof of the key does not fit an HTTP header"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Takes the nonce in of an answer to a request to `url`. Whether it is another one than before.
    pub(super) fn heard(&self, url: &Url, headers: &HeaderMap) -> bool {
        let text = headers.get(NONCE).and_then(|value| value.to_str().ok());
        let Some(nonce) = text.filter(|nonce| (1..=LONGEST_NONCE).contains(&nonce.len())) else { return false };
        let origin = transport::origin(url);
        let mut nonces = self.lock();
        if nonces.len() >= MOST_SERVERS && !nonces.contains_key(&origin) {
            // Whoever's is forgotten is told a new one with the next answer.
            nonces.clear();
        }
        nonces.insert(origin, nonce.to_owned()).as_deref() != Some(nonce)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
