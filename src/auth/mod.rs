//! Tokens: from whom, for how long, and never fetched twice for nothing.
//!
//! `source` reads the configuration, each value as `given` says. A `grant` gets one token: of an issuer, whose endpoints `discovery` finds, to whom `client` proves who asks, by the way
//! that `fetch` sends requests and `answer` reads what comes back; or of the `host`. `lifetime` says when a token is to be renewed, `manager` keeps one and
//! renews it, `cache` keeps the managers of a runtime by what their tokens are for (`identity`), `view` is one client's look at them, and [`TokenManager`] is what
//! the rest of the library sees.

mod answer;
mod bound;
mod cache;
mod chain;
mod client;
mod credential;
mod device;
mod discovery;
mod dpop;
mod fetch;
mod given;
mod grant;
mod host;
mod identity;
mod jose;
mod lifetime;
mod manager;
mod refresh;
mod revoke;
mod source;
mod status;
#[cfg(test)]
mod tests;
mod view;
mod watched;

use std::sync::Arc;
use std::time::Duration;

use crate::clock::SharedClock;
use crate::config::{AuthConfig, AuthType, Mounts, TimeoutConfig};
use crate::error::{Code, Error, Result};
use crate::observe::Observe;
use crate::observe::redact::Redactor;
use crate::secret::Secret;
use crate::transport::{ClientCertificate, Exchange};

pub use cache::TokenCache;
pub use credential::Credential;
pub use host::{DevicePrompt, HostRequest, Provider, Provision, TokenReply, TokenRequest};
pub use revoke::LoggedOut;
pub use status::{AuthStatus, TokenState};

use host::Providers;
use source::{Around, Source};

/// What tokens are got with.
#[derive(Clone)]
pub struct Means {
    /// How long it may take.
    pub timeouts: TimeoutConfig,
    /// The way to the issuer.
    pub http: Arc<dyn Exchange>,
    /// Time and chance.
    pub clock: SharedClock,
    /// Who knows every secret, and notes what happens.
    pub observe: Observe,
    /// On whose behalf tokens are got, for the audit.
    pub actor: String,
    /// Where tokens are fetched and renewed, so that a caller that goes away takes no one else's token along.
    pub spawner: tokio::runtime::Handle,
    /// The tokens of the runtime.
    pub cache: Arc<TokenCache>,
    /// Where secrets may stand though others can read them.
    pub mounts: Mounts,
    /// The client's certificate.
    pub certificate: Option<Arc<ClientCertificate>>,
    /// What else makes the way to the issuer another one, such as the authorities that are trusted: tokens that came by different ways are kept apart.
    pub way: String,
}

/// Gets, keeps and renews the tokens of one client.
pub struct TokenManager {
    kind: Kind,
    providers: Providers,
    /// Whether the host is asked for anything.
    asks_host: bool,
    expose: bool,
}

enum Kind {
    None,
    Mtls,
    Bearer(watched::Bearer),
    Host(Arc<manager::Manager>),
    Issuer(Box<view::View>),
    Chain(chain::Chain),
}

impl TokenManager {
    /// A manager for the credential that `config` asks for. Nothing is sent yet.
    pub fn new(config: &AuthConfig, means: &Means) -> Result<Self> {
        Self::with(config, means, &Providers::new(&means.timeouts))
    }

    /// A manager that takes this one's place: it asks the same hosts. Tokens that are for the same go over by way of the cache.
    pub fn succeed(&self, config: &AuthConfig, means: &Means) -> Result<Self> {
        Self::with(config, means, &self.providers.again(&means.timeouts))
    }

    fn with(config: &AuthConfig, means: &Means, providers: &Providers) -> Result<Self> {
        register(config, &means.observe.redactor);
        let prover = if uses_dpop(config) { Some(means.cache.prover()?) } else { None };
        let around = Around {
            certificate: means.certificate.clone(),
            prover,
            way: means.way.clone(),
            mounts: means.mounts.clone(),
            redactor: Arc::clone(&means.observe.redactor),
        };
        let source = Source::read(config, &around)?;
        Self::of(source, config, means, providers)
    }

    fn of(source: Source, config: &AuthConfig, means: &Means, providers: &Providers) -> Result<Self> {
        let mut asks_host = false;
        let kind = match source {
            Source::None => Kind::None,
            Source::Mtls => Kind::Mtls,
            Source::Bearer(secret) => Kind::Bearer(watched::Bearer::new(
                secret,
                Arc::clone(&means.clock),
                Arc::clone(&means.observe.redactor),
            )?),
            Source::Issuer(client) => {
                asks_host = matches!(client.flow, source::Flow::DeviceCode);
                Kind::Issuer(Box::new(view::View::new(*client, means.clone(), providers.clone())))
            }
            Source::Host => {
                asks_host = true;
                let host = host::Host::new(config, providers.clone(), Arc::clone(&means.clock));
                Kind::Host(manager::Manager::new(grant::Grant::Host(host), means))
            }
            Source::Chain(members) => {
                let make = |(config, source): (AuthConfig, Source)| Self::of(source, &config, means, providers);
                let members = members.into_iter().map(make).collect::<Result<Vec<_>>>()?;
                asks_host = members.iter().any(|member| member.asks_host);
                Kind::Chain(chain::Chain::new(members))
            }
        };
        Ok(Self { kind, providers: providers.clone(), asks_host, expose: config.expose_token })
    }

    /// A credential for one request; `None` only when the configuration says that requests carry none. Waits only while no
    /// valid token exists; a caller that stops waiting disturbs no other.
    pub async fn credential(&self) -> Result<Option<Credential>> {
        match &self.kind {
            Kind::None | Kind::Mtls => Ok(None),
            Kind::Bearer(bearer) => bearer.credential().await.map(Some),
            Kind::Host(manager) => manager.credential().await.map(Some),
            Kind::Issuer(view) => view.credential().await.map(Some),
            Kind::Chain(chain) => Box::pin(chain.credential()).await,
        }
    }

    /// The same without a wait, at `now` on the clock; `None` where that takes one. The inner `None` says that requests carry none.
    pub fn at_once(&self, now: Duration) -> Option<Option<Credential>> {
        match &self.kind {
            Kind::None | Kind::Mtls => Some(None),
            Kind::Host(manager) => manager.at_once(now).map(Some),
            Kind::Issuer(view) => view.at_once(now).map(Some),
            Kind::Bearer(_) | Kind::Chain(_) => None,
        }
    }

    /// Tells that the server answered 401 to a credential, and waits for a newer one. True when there is one, so that one
    /// replay makes sense; false when there can be none (the same static token, or one refreshed a moment ago).
    pub async fn rejected(&self, credential: &Credential) -> Result<bool> {
        match &self.kind {
            Kind::None | Kind::Mtls => Ok(false),
            Kind::Bearer(bearer) => bearer.rejected(credential.generation).await,
            Kind::Host(manager) => manager.rejected(credential.generation).await,
            Kind::Issuer(view) => view.rejected(credential).await,
            Kind::Chain(chain) => Box::pin(chain.member(credential).rejected(credential)).await,
        }
    }

    /// Tells that the server wants `scopes` besides those of a credential (RFC 6750 section 3.1), and waits for a token that has them all.
    /// True when there is one.
    pub async fn insufficient(&self, credential: &Credential, scopes: &[String]) -> Result<bool> {
        match &self.kind {
            Kind::Issuer(view) => view.insufficient(credential, scopes).await,
            Kind::Chain(chain) => Box::pin(chain.member(credential).insufficient(credential, scopes)).await,
            Kind::None | Kind::Mtls | Kind::Bearer(_) | Kind::Host(_) => Ok(false),
        }
    }

    /// Has the host asked by way of `provider` as long as the answer lives. Fails unless the configuration has a use for it.
    pub fn provide(&self, provider: Arc<dyn Provider>) -> Result<Provision> {
        if !self.asks_host {
            let message = "the host is asked for nothing: set `auth.type` to \"host\", or `auth.grant` to \"device_code\", for that";
            return Err(Error::new(Code::Config, message).with("field", "auth.type"));
        }
        // That there was nobody to ask says nothing any more.
        self.forget_failures();
        Ok(self.providers.provide(provider))
    }

    fn forget_failures(&self) {
        match &self.kind {
            Kind::Host(manager) => manager.forget_failure(),
            Kind::Issuer(view) => view.manager().forget_failure(),
            Kind::Chain(chain) => chain.members().iter().for_each(Self::forget_failures),
            Kind::None | Kind::Mtls | Kind::Bearer(_) => {}
        }
    }

    /// Gets a new token now, whatever there is.
    pub async fn refresh(&self) -> Result<()> {
        match &self.kind {
            Kind::None | Kind::Mtls => Ok(()),
            Kind::Bearer(bearer) => bearer.refresh().await,
            Kind::Host(manager) => manager.refresh().await,
            Kind::Issuer(view) => view.manager().refresh().await,
            Kind::Chain(chain) => Box::pin(chain.current().refresh()).await,
        }
    }

    /// Revokes the tokens at their issuer, as far as it lets them be, and forgets them.
    pub async fn log_out(&self) -> Result<LoggedOut> {
        match &self.kind {
            Kind::Issuer(view) => view.log_out().await,
            Kind::Host(manager) => {
                manager.forget();
                Ok(LoggedOut::default())
            }
            Kind::Chain(chain) => Box::pin(chain.log_out()).await,
            Kind::None | Kind::Mtls | Kind::Bearer(_) => Ok(LoggedOut::default()),
        }
    }

    /// The access token itself, for the host's own use, if the configuration allows that.
    pub async fn token(&self) -> Result<(Secret, Credential)> {
        if !self.expose {
            let message = "the access token is not handed out: set `auth.expose_token` to true for that";
            return Err(Error::new(Code::Refused, message).with("field", "auth.expose_token"));
        }
        let credential = self.credential().await?.ok_or_else(|| {
            Error::new(Code::Config, "there is no token: `auth.type` says that requests carry none")
                .with("field", "auth.type")
        })?;
        Ok((credential.token().clone(), credential))
    }

    /// How the token stands, without the token.
    pub fn status(&self) -> AuthStatus {
        match &self.kind {
            Kind::None => AuthStatus::default(),
            Kind::Mtls => AuthStatus { kind: AuthType::Mtls, ..AuthStatus::default() },
            Kind::Bearer(bearer) => bearer.status(),
            Kind::Host(manager) => manager.status(),
            Kind::Issuer(view) => view.manager().status(),
            Kind::Chain(chain) => chain.status(),
        }
    }
}

/// Has the redactor know every secret that is given, whether it is used already, or at all.
fn register(config: &AuthConfig, redactor: &Redactor) {
    for (kind, secret) in [
        ("token", &config.token),
        ("client_secret", &config.client_secret),
        ("private_key", &config.private_key),
        ("refresh_token", &config.refresh_token),
        ("subject_token", &config.subject_token),
        ("actor_token", &config.actor_token),
    ] {
        if let Some(secret) = secret {
            redactor.register(kind, secret);
        }
    }
    config.chain.iter().for_each(|member| register(member, redactor));
}

fn uses_dpop(config: &AuthConfig) -> bool {
    config.dpop || config.chain.iter().any(uses_dpop)
}

/// Reads bytes as a token endpoint's answer.
#[cfg(fuzzing)]
pub(crate) fn fuzz_token(body: &[u8]) {
    answer::fuzz(body);
}

/// Reads bytes as an issuer's metadata.
#[cfg(fuzzing)]
pub(crate) fn fuzz_metadata(body: &[u8]) {
    discovery::fuzz(body);
}
