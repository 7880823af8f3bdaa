//! The host, who can be asked: for tokens, which are checked like an issuer's, and to show a person where to consent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::answer::{self, Granted, Wanted};
use crate::clock::{BoxFuture, SharedClock};
use crate::config::{AuthConfig, TimeoutConfig, ms};
use crate::error::{Code, Error, Result, millis};
use crate::observe::redact::Redactor;

/// What the host is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum HostRequest {
    /// A token.
    Token(TokenRequest),
    /// To show a person where to consent (RFC 8628); the answer's content does not matter.
    DeviceCode(DevicePrompt),
}

/// A token that the host is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TokenRequest {
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

/// Where a person can consent.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DevicePrompt {
    /// The page to open.
    pub verification_uri: String,
    /// The same with the code in it, for a picture that is scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification_uri_complete: Option<String>,
    /// The code to enter there.
    pub user_code: String,
    /// How long it is good, in milliseconds.
    pub expires_in_ms: u64,
}

/// What the host answers for a token: the fields of RFC 6749 section 5.1.
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

/// The host, as one who can be asked.
pub trait Provider: Send + Sync + 'static {
    /// Asks for something; the answer is JSON. Gives up after `timeout`.
    fn ask(&self, request: HostRequest, timeout: Duration) -> BoxFuture<'static, Result<Zeroizing<Vec<u8>>>>;
}

/// Those who can be asked, the latest last. Cloning shares them.
#[derive(Clone)]
pub(super) struct Providers {
    all: All,
    timeout: Duration,
}

type All = Arc<Mutex<Vec<Arc<dyn Provider>>>>;

/// A provider's place; it is asked as long as this lives.
pub struct Provision {
    provider: Arc<dyn Provider>,
    all: All,
}

impl Drop for Provision {
    fn drop(&mut self) {
        lock(&self.all).retain(|provider| !Arc::ptr_eq(provider, &self.provider));
    }
}

impl Providers {
    pub(super) fn new(timeouts: &TimeoutConfig) -> Self {
        Self { all: Arc::default(), timeout: ms(timeouts.host_ms) }
    }

    /// The same hosts, with other times.
    pub(super) fn again(&self, timeouts: &TimeoutConfig) -> Self {
        Self { all: Arc::clone(&self.all), timeout: ms(timeouts.host_ms) }
    }

    /// Has `provider` asked from now on, before those of earlier.
    pub(super) fn provide(&self, provider: Arc<dyn Provider>) -> Provision {
        lock(&self.all).push(Arc::clone(&provider));
        Provision { provider, all: Arc::clone(&self.all) }
    }

    /// How long the host has to answer.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Asks the latest. `needs` says what for, in errors.
    pub(super) async fn ask(&self, request: HostRequest, needs: &str) -> Result<Zeroizing<Vec<u8>>> {
        let latest = lock(&self.all).last().cloned();
        let provider = latest.ok_or_else(|| {
            let message = format!(
                "no token could be had: {needs}, and nobody answers for the host; open a subscription to `auth.serve`"
            );
            let mut error = Error::new(Code::Token, message);
            error.retryable = true;
            error
        })?;
        provider.ask(request, self.timeout).await.map_err(|mut error| {
            error.message = format!("no token could be had from the host: {}", error.message);
            error
        })
    }
}

/// The host as a source of tokens.
pub(super) struct Host {
    scopes: Vec<String>,
    audience: Option<String>,
    resources: Vec<String>,
    clock: SharedClock,
    providers: Providers,
}

impl Host {
    pub(super) fn new(config: &AuthConfig, providers: Providers, clock: SharedClock) -> Self {
        Self {
            scopes: config.scopes.clone(),
            audience: config.audience.clone(),
            resources: config.resources.clone(),
            clock,
            providers,
        }
    }

    pub(super) fn scopes(&self) -> &[String] {
        &self.scopes
    }

    pub(super) async fn get(&self, rejected: bool, redactor: &Redactor) -> Result<Granted> {
        let request = HostRequest::Token(TokenRequest {
            scopes: self.scopes.clone(),
            audience: self.audience.clone(),
            resources: self.resources.clone(),
            rejected,
            timeout_ms: millis(self.providers.timeout()),
        });
        let sent = self.clock.now();
        let answer = self.providers.ask(request, "`auth.type` is `host`").await?;
        let refused = |why: &str| Error::new(Code::Token, format!("the host gave no token: {why}"));
        let read = answer::read_token(serde_json::from_slice(&answer).ok(), Wanted::BearerUnlessSaid, &refused)?;
        redactor.register("token", &read.token);
        Ok(Granted { token: read.token, expires_in: read.expires_in, sent })
    }
}

fn lock(all: &All) -> MutexGuard<'_, Vec<Arc<dyn Provider>>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}
