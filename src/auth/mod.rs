//! Tokens: from whom, for how long, and never the same one twice for nothing.

use std::sync::Arc;

use reqwest::header::HeaderValue;

use crate::clock::SharedClock;
use crate::config::{AuthConfig, TimeoutConfig};
use crate::error::Error;
use crate::observe::redact::Redactor;
use crate::transport::Exchange;

/// What a request is authorized with.
#[derive(Clone)]
pub struct Credential {
    /// The value of the `Authorization` header, marked sensitive.
    pub header: HeaderValue,
    /// Which token this is, counted from 1: what [`TokenManager::rejected`] compares.
    pub generation: u64,
}

/// Gets, keeps and renews the tokens of one client.
pub struct TokenManager {}

impl TokenManager {
    /// A manager for the given credential. Must be called where `spawner` is known; nothing is sent yet.
    pub fn new(
        _config: &AuthConfig,
        _timeouts: &TimeoutConfig,
        _http: Arc<dyn Exchange>,
        _clock: SharedClock,
        _redactor: Arc<Redactor>,
        _spawner: tokio::runtime::Handle,
    ) -> Result<Self, Error> {
        Ok(Self {})
    }

    /// A credential for one request; `None` only when the configuration says `auth.type = "none"`. Waits only while no valid token exists.
    #[allow(clippy::unused_async)]
    pub async fn credential(&self) -> Result<Option<Credential>, Error> {
        Ok(None)
    }

    /// Tells that the server answered 401 to a credential of this generation, and waits for a newer one. True when there
    /// is one, so that one replay makes sense; false when there can be none (a static token, or refreshed a moment ago).
    #[allow(clippy::unused_async)]
    pub async fn rejected(&self, _generation: u64) -> Result<bool, Error> {
        Ok(false)
    }
}
