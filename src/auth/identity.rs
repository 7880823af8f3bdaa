//! What a token is for: all that would make another token of it, as one key to keep it under.

use hmac::{Hmac, Mac};
use once_cell::sync::Lazy;
use sha2::{Digest, Sha256};

use crate::secret::{Secret, random_key};

/// A token's key: SHA-256 over all that it depends on.
pub(super) type Key = [u8; 32];

/// The key of fingerprints of secrets, another in each process: a fingerprint alone says nothing of its secret.
static FINGERPRINTS: Lazy<[u8; 32]> = Lazy::new(random_key);

/// The parts of a key, gathered in their order.
#[derive(Clone)]
pub(super) struct Identity(Sha256);

impl Identity {
    pub(super) fn new() -> Self {
        Self(Sha256::new())
    }

    /// Adds a part: its name and its values, each with its length, so that no two lists of them read the same.
    pub(super) fn with<V: AsRef<[u8]>>(mut self, name: &'static str, values: impl IntoIterator<Item = V>) -> Self {
        let mut part = Sha256::new();
        let mut count = 0_u64;
        for value in values {
            let value = value.as_ref();
            part.update((value.len() as u64).to_be_bytes());
            part.update(value);
            count += 1;
        }
        self.0.update((name.len() as u64).to_be_bytes());
        self.0.update(name);
        self.0.update(count.to_be_bytes());
        self.0.update(part.finalize());
        self
    }

    /// Adds a secret by its fingerprint.
    pub(super) fn with_secret(self, name: &'static str, secret: Option<&Secret>) -> Self {
        let print = |secret: &Secret| {
            let mac = Hmac::<Sha256>::new_from_slice(&*FINGERPRINTS).ok();
            mac.map(|mac| mac.chain_update(secret.expose()).finalize().into_bytes())
        };
        self.with(name, secret.and_then(print))
    }

    pub(super) fn key(self) -> Key {
        self.0.finalize().into()
    }
}
