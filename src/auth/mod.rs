//! Tokens: from whom, for how long, and never fetched twice for nothing.
//!
//! `source` reads the configuration, `discovery` finds the issuer's endpoints, `request` gets one token of it, `host` one of the host, `lifetime` says when a
//! token is to be renewed, `manager` keeps one and renews it, and [`TokenManager`] is what the rest of the library sees.

mod discovery;
mod grant;
mod host;
mod lifetime;
mod manager;
mod request;
mod source;
mod status;
#[cfg(test)]
mod tests;
mod watched;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;

use crate::clock::SharedClock;
use crate::config::{AuthConfig, TimeoutConfig};
use crate::error::{Code, Error, Result};
use crate::observe::redact::Redactor;
use crate::secret::Secret;
use crate::transport::Exchange;

pub use host::{Provider, Provision, TokenReply, TokenRequest};
pub use status::{AuthStatus, TokenState};

/// What a request is authorized with.
#[derive(Clone)]
pub struct Credential {
    /// The value of the `Authorization` header, marked sensitive.
    pub header: HeaderValue,
    /// Which token this is, counted from 1: what [`TokenManager::rejected`] compares.
    pub generation: u64,
    /// When the next one is due for what lasts longer than a request, on the clock's `now`; `None` when this one has no known end.
    pub renew_at: Option<Duration>,
}

impl Credential {
    /// A bearer credential (RFC 6750), made known to the redactor. Fails for a token that a header cannot carry.
    fn bearer(token: &Secret, generation: u64, redactor: &Redactor) -> Result<Self> {
        let unfit =
            || Error::new(Code::Token, "the token holds characters that an HTTP header cannot carry, or is empty");
        if token.is_empty() || !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(unfit());
        }
        redactor.register("token", token);
        let mut header = HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| unfit())?;
        header.set_sensitive(true);
        Ok(Self { header, generation, renew_at: None })
    }
}

/// Gets, keeps and renews the tokens of one client.
pub struct TokenManager {
    kind: Kind,
}

enum Kind {
    None,
    Bearer(watched::Bearer),
    Managed(Arc<manager::Manager>),
}

impl TokenManager {
    /// A manager for the credential that `config` asks for. Nothing is sent yet. Tokens are fetched and renewed on `spawner`, so that
    /// a caller that goes away takes no one else's token along.
    pub fn new(
        config: &AuthConfig,
        timeouts: &TimeoutConfig,
        http: Arc<dyn Exchange>,
        clock: SharedClock,
        redactor: Arc<Redactor>,
        spawner: tokio::runtime::Handle,
    ) -> Result<Self> {
        // From here on, whether they are used already, or at all.
        for (kind, secret) in [("token", &config.token), ("client_secret", &config.client_secret)] {
            if let Some(secret) = secret {
                redactor.register(kind, secret);
            }
        }
        let kind = match source::Source::read(config)? {
            source::Source::None => Kind::None,
            source::Source::Bearer(secret) => Kind::Bearer(watched::Bearer::new(secret, clock, redactor)?),
            source::Source::Oidc(client) => {
                let fetch = request::Fetch::new(timeouts, http, Arc::clone(&clock));
                let grant = grant::Grant::issuer(*client, fetch, &clock);
                Kind::Managed(manager::Manager::new(grant, clock, redactor, spawner))
            }
            source::Source::Host => {
                let grant = grant::Grant::Host(host::Host::new(config, timeouts, Arc::clone(&clock)));
                Kind::Managed(manager::Manager::new(grant, clock, redactor, spawner))
            }
        };
        Ok(Self { kind })
    }

    /// A credential for one request; `None` only when the configuration says `auth.type = "none"`. Waits only while no
    /// valid token exists; a caller that stops waiting disturbs no other.
    pub async fn credential(&self) -> Result<Option<Credential>> {
        match &self.kind {
            Kind::None => Ok(None),
            Kind::Bearer(bearer) => bearer.credential().await.map(Some),
            Kind::Managed(manager) => manager.credential().await.map(Some),
        }
    }

    /// Tells that the server answered 401 to a credential of this generation, and waits for a newer one. True when there
    /// is one, so that one replay makes sense; false when there can be none (the same static token, or one refreshed a moment ago).
    pub async fn rejected(&self, generation: u64) -> Result<bool> {
        match &self.kind {
            Kind::None => Ok(false),
            Kind::Bearer(bearer) => bearer.rejected(generation).await,
            Kind::Managed(manager) => manager.rejected(generation).await,
        }
    }

    /// Has tokens come from `provider` as long as the answer lives. Fails unless the configuration says `auth.type = "host"`.
    pub fn provide(&self, provider: Arc<dyn Provider>) -> Result<Provision> {
        let provision = match &self.kind {
            Kind::Managed(manager) => manager.provide(provider),
            Kind::None | Kind::Bearer(_) => None,
        };
        provision.ok_or_else(|| {
            let message = "this client's tokens do not come from the host: set `auth.type` to \"host\" for that";
            Error::new(Code::Config, message).with("field", "auth.type")
        })
    }

    /// How the token stands, without the token.
    pub fn status(&self) -> AuthStatus {
        match &self.kind {
            Kind::None => AuthStatus::default(),
            Kind::Bearer(bearer) => bearer.status(),
            Kind::Managed(manager) => manager.status(),
        }
    }
}

/// Reads bytes as a token endpoint's answer.
#[cfg(fuzzing)]
pub(crate) fn fuzz_token(body: &[u8]) {
    request::fuzz(body);
}

/// Reads bytes as an issuer's metadata.
#[cfg(fuzzing)]
pub(crate) fn fuzz_metadata(body: &[u8]) {
    discovery::fuzz(body);
}
