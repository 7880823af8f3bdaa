//! Tokens from the host: it is asked as an issuer would be, and its answer is checked like an issuer's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::request::{self, Granted};
use crate::clock::{BoxFuture, SharedClock};
use crate::config::{AuthConfig, TimeoutConfig, ms};
use crate::error::{Code, Error, Result, millis};
use crate::observe::redact::Redactor;

/// What the host is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TokenRequest {
    /// Always `token`.
    pub request: &'static str,
    /// The scopes that the token is to have, as configured.
    pub scopes: Vec<String>,
    /// The audience that it is for, as configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The resources that it is for (RFC 8707), as configured.
    pub resources: Vec<String>,
    /// Whether the server did not accept the last one: the same again would be of no use.
    pub rejected: bool,
    /// How long the host has to answer, in milliseconds.
    pub timeout_ms: u64,
}

/// What the host answers: the fields of RFC 6749 section 5.1.
#[derive(Deserialize, JsonSchema)]
#[allow(dead_code)] // The schema only; the answer is read like an issuer's, by a reader that repeats none of it in an error.
pub struct TokenReply {
    /// The access token.
    access_token: String,
    /// `Bearer`; the same when absent.
    token_type: Option<String>,
    /// How many seconds it lives from now; not known when absent.
    expires_in: Option<u64>,
}

/// The host, as one who can be asked for tokens.
pub trait Provider: Send + Sync + 'static {
    /// Asks for a token; the answer is JSON. Gives up after `timeout`.
    fn token(&self, request: TokenRequest, timeout: Duration) -> BoxFuture<'static, Result<Zeroizing<Vec<u8>>>>;
}

/// Those who can be asked, the latest last.
type Providers = Arc<Mutex<Vec<Arc<dyn Provider>>>>;

/// The host as a source of tokens.
pub(super) struct Host {
    scopes: Vec<String>,
    audience: Option<String>,
    resources: Vec<String>,
    timeout: Duration,
    clock: SharedClock,
    providers: Providers,
}

/// A provider's place; it is asked as long as this lives.
pub struct Provision {
    provider: Arc<dyn Provider>,
    providers: Providers,
}

impl Drop for Provision {
    fn drop(&mut self) {
        lock(&self.providers).retain(|provider| !Arc::ptr_eq(provider, &self.provider));
    }
}

impl Host {
    pub(super) fn new(config: &AuthConfig, timeouts: &TimeoutConfig, clock: SharedClock) -> Self {
        Self {
            scopes: config.scopes.clone(),
            audience: config.audience.clone(),
            resources: config.resources.clone(),
            timeout: ms(timeouts.host_ms),
            clock,
            providers: Arc::default(),
        }
    }

    pub(super) fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Has `provider` asked from now on, before those of earlier.
    pub(super) fn provide(&self, provider: Arc<dyn Provider>) -> Provision {
        lock(&self.providers).push(Arc::clone(&provider));
        Provision { provider, providers: Arc::clone(&self.providers) }
    }

    pub(super) async fn get(&self, rejected: bool, redactor: &Redactor) -> Result<Granted> {
        let latest = lock(&self.providers).last().cloned();
        let provider = latest.ok_or_else(|| {
            let message = "no token could be had: `auth.type` is `host`, and nobody answers for the host; open a subscription to `auth.serve`";
            let mut error = Error::new(Code::Token, message);
            error.retryable = true;
            error
        })?;
        let request = TokenRequest {
            request: "token",
            scopes: self.scopes.clone(),
            audience: self.audience.clone(),
            resources: self.resources.clone(),
            rejected,
            timeout_ms: millis(self.timeout),
        };
        let sent = self.clock.now();
        let answer = provider.token(request, self.timeout).await.map_err(|mut error| {
            error.message = format!("no token could be had from the host: {}", error.message);
            error
        })?;
        let refused = |why: &str| Error::new(Code::Token, format!("the host gave no token: {why}"));
        let (token, expires_in) = request::read_token(serde_json::from_slice(&answer).ok(), false, &refused)?;
        redactor.register("token", &token);
        Ok(Granted { token, expires_in, sent })
    }
}

fn lock(providers: &Providers) -> MutexGuard<'_, Vec<Arc<dyn Provider>>> {
    providers.lock().unwrap_or_else(PoisonError::into_inner)
}
