//! What a request is authorized with.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use url::Url;

use super::dpop::{self, Prover};
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::observe::redact::Redactor;
use crate::secret::Secret;

/// What a request is authorized with.
#[derive(Clone)]
pub struct Credential {
    shown: Arc<Shown>,
    /// Which token this is, counted from 1 by whoever keeps it.
    pub generation: u64,
    /// When the next one is due for what lasts longer than a request, on the clock's `now`; `None` when this one has no known end.
    pub renew_at: Option<Duration>,
    /// Who keeps it.
    pub(super) keeper: u64,
    /// Which member of a chain it came from.
    pub(super) member: usize,
}

/// What is shown of it to a server.
struct Shown {
    token: Secret,
    /// The value of the `Authorization` header, marked sensitive.
    header: HeaderValue,
    /// The key that the token is bound to: each request then carries a proof of it.
    prover: Option<Arc<Prover>>,
}

impl Credential {
    /// A credential of an access token, made known to the redactor. Fails for a token that a header cannot carry.
    pub(super) fn new(
        token: &Secret,
        prover: Option<Arc<Prover>>,
        generation: u64,
        redactor: &Redactor,
    ) -> Result<Self> {
        let unfit =
            || Error::new(Code::Token, "the token holds characters that an HTTP header cannot carry, or is empty");
        if token.is_empty() || !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(unfit());
        }
        redactor.register("token", token);
        let scheme = if prover.is_some() { "DPoP" } else { "Bearer" };
        let mut header = HeaderValue::try_from(format!("{scheme} {}", token.expose())).map_err(|_| unfit())?;
        header.set_sensitive(true);
        let shown = Arc::new(Shown { token: token.clone(), header, prover });
        Ok(Self { shown, generation, renew_at: None, keeper: 0, member: 0 })
    }

    /// Adds it to a request, with a proof of the key that it is bound to, if it is.
    pub fn authorize(&self, method: &Method, url: &Url, headers: &mut HeaderMap, clock: &dyn Clock) -> Result<()> {
        headers.insert(AUTHORIZATION, self.shown.header.clone());
        if let Some(prover) = &self.shown.prover {
            headers.insert(dpop::PROOF, prover.proof(method, url, Some(&self.shown.token), clock)?);
        }
        Ok(())
    }

    /// Takes in what the answer to a request says of the next: true when it asks for another proof, so that the same request with one makes sense.
    pub fn heard(&self, url: &Url, headers: &HeaderMap) -> bool {
        self.shown.prover.as_ref().is_some_and(|prover| prover.heard(url, headers))
    }

    /// Whether it is the same token as `other`.
    pub fn is(&self, other: &Self) -> bool {
        (self.keeper, self.generation, self.member) == (other.keeper, other.generation, other.member)
    }

    /// The token itself.
    pub(super) fn token(&self) -> &Secret {
        &self.shown.token
    }

    /// The type of the token, as a header and a token endpoint name it.
    pub fn kind(&self) -> &'static str {
        if self.shown.prover.is_some() { "DPoP" } else { "Bearer" }
    }

    /// A bearer credential that nobody keeps.
    #[cfg(test)]
    pub(crate) fn of(token: &str, generation: u64) -> Self {
        Self::new(&Secret::new(token), None, generation, &Redactor::new()).unwrap()
    }

    /// One that is bound to a key.
    #[cfg(test)]
    pub(crate) fn bound(token: &str, generation: u64) -> Self {
        use super::jose::SigningKey;
        let prover = Arc::new(Prover::new(SigningKey::generate().unwrap()));
        Self::new(&Secret::new(token), Some(prover), generation, &Redactor::new()).unwrap()
    }

    /// The value of the `Authorization` header.
    #[cfg(test)]
    pub(super) fn header(&self) -> &HeaderValue {
        &self.shown.header
    }
}
