//! Keys that sign: read from PEM or made here, with the algorithm that each signs with, its public half (RFC 7517) and that one's thumbprint (RFC 7638).
//!
//! A private key is never formatted, sent or logged. What is signed is made by `jsonwebtoken`.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pkcs8::ObjectIdentifier;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Serialize;

use crate::config::SigningAlgorithm;
use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// `rsaEncryption` (RFC 8017, appendix C).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A private key with its algorithm.
pub(super) struct SigningKey {
    key: EncodingKey,
    algorithm: Algorithm,
    public: Jwk,
    thumbprint: String,
}

impl SigningKey {
    /// Reads a key from PEM. `what` names it in errors, which repeat none of it.
    pub(super) fn read(pem: &Secret, wanted: Option<SigningAlgorithm>, what: &str) -> Result<Self> {
        let wrong = |why: &str| Error::new(Code::Config, format!("{what} {why}"));
        let unfit = || {
            wrong(
                "holds no key that can be used: it should be an RSA key of 2048 bits or more, one on P-256, or an Ed25519 key",
            )
        };
        let text = pem.expose();
        if text.contains("ENCRYPTED") {
            return Err(wrong("is encrypted; give the key without a pass phrase, readable by its owner alone"));
        }
        let found = PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|_| wrong("is not a private key in PEM: it should hold a block `BEGIN PRIVATE KEY`"))?;
        let (key, natural) = match &found {
            PrivateKeyDer::Pkcs1(der) => (EncodingKey::from_rsa_der(der.secret_pkcs1_der()), Algorithm::RS256),
            PrivateKeyDer::Sec1(der) => (elliptic(der.secret_sec1_der()).ok_or_else(unfit)?, Algorithm::ES256),
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                elliptic(der)
                    .map(|key| (key, Algorithm::ES256))
                    .or_else(|| edwards(der).map(|key| (key, Algorithm::EdDSA)))
                    .or_else(|| rsa(der).map(|key| (key, Algorithm::RS256)))
                    .ok_or_else(unfit)?
            }
            _ => return Err(unfit()),
        };
        let algorithm = match (wanted, natural) {
            (None, natural) => natural,
            (Some(SigningAlgorithm::PS256), Algorithm::RS256) => Algorithm::PS256,
            (Some(SigningAlgorithm::RS256), Algorithm::RS256) => Algorithm::RS256,
            (Some(SigningAlgorithm::ES256), Algorithm::ES256) => Algorithm::ES256,
            (Some(SigningAlgorithm::EdDSA), Algorithm::EdDSA) => Algorithm::EdDSA,
            (Some(wanted), natural) => {
                return Err(wrong(&format!(
                    "does not sign with {wanted:?}, as `signing_algorithm` says, but with {natural:?}"
                )));
            }
        };
        Self::new(key, algorithm).ok_or_else(unfit)
    }

    /// A new key on P-256, which exists in this process alone.
    pub(super) fn generate() -> Result<Self> {
        let made = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok();
        let der = made.and_then(|pair| pair.to_pkcs8v1().ok().map(|der| EncodingKey::from_ec_der(der.as_ref())));
        der.and_then(|key| Self::new(key, Algorithm::ES256))
            .ok_or_else(|| Error::new(Code::Unsupported, "no key for DPoP could be made"))
    }

    fn new(key: EncodingKey, algorithm: Algorithm) -> Option<Self> {
        // Both fail for a key that does not go with the algorithm; the second, for one that is too short.
        let public = Jwk::from_encoding_key(&key, algorithm).ok()?;
        jsonwebtoken::encode(&Header::new(algorithm), &(), &key).ok()?;
        let thumbprint = public.thumbprint(ThumbprintHash::SHA256).ok()?;
        Some(Self { key, algorithm, public, thumbprint })
    }

    /// The thumbprint of the public half: SHA-256, in base64url.
    pub(super) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Signs `claims` as a JWT that names its key by `kid`.
    pub(super) fn sign_by_id<C: Serialize>(&self, id: Option<&str>, claims: &C) -> Result<Secret> {
        self.sign(&Header { kid: id.map(str::to_owned), ..Header::new(self.algorithm) }, claims)
    }

    /// Signs `claims` as a JWT of the type `kind` that shows its public key.
    pub(super) fn sign_with_key<C: Serialize>(&self, kind: &str, claims: &C) -> Result<Secret> {
        // Only what identifies the key: a member more may make a strict server refuse it.
        let mut public = self.public.clone();
        public.common.key_algorithm = None;
        let header = Header { typ: Some(kind.to_owned()), jwk: Some(public), ..Header::new(self.algorithm) };
        self.sign(&header, claims)
    }

    fn sign<C: Serialize>(&self, header: &Header, claims: &C) -> Result<Secret> {
        jsonwebtoken::encode(header, claims, &self.key)
            .map(Secret::new)
            .map_err(|error| Error::new(Code::Token, format!("a statement could not be signed: {error}")))
    }
}

/// A key on Ed25519 without its public half, which is how `jsonwebtoken` knows it.
fn edwards(der: &[u8]) -> Option<EncodingKey> {
    let pair = Ed25519KeyPair::from_pkcs8(der).ok()?;
    Some(EncodingKey::from_ed_der(pair.to_pkcs8v1().ok()?.as_ref()))
}

/// A key on P-256, in the form of SEC 1 or of PKCS #8, in the latter, which alone can be signed with.
fn elliptic(der: &[u8]) -> Option<EncodingKey> {
    let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der).ok()?;
    Some(EncodingKey::from_ec_der(pair.to_pkcs8v1().ok()?.as_ref()))
}

/// An RSA key out of PKCS #8, which `jsonwebtoken` reads from PEM alone.
fn rsa(der: &[u8]) -> Option<EncodingKey> {
    let info = pkcs8::PrivateKeyInfo::try_from(der).ok()?;
    (info.algorithm.oid == RSA).then(|| EncodingKey::from_rsa_der(info.private_key))
}
