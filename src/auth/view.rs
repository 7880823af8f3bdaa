//! One client's look at the tokens of its issuer: the one with the scopes that it needs, for the certificate that it shows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::Means;
use super::credential::Credential;
use super::discovery::Discovery;
use super::fetch::Fetch;
use super::given;
use super::grant::{Grant, Issuer};
use super::host::Providers;
use super::manager::Manager;
use super::revoke::{self, LoggedOut};
use super::source::Client;
use crate::error::Result;
use crate::observe::TokenEvent;

/// A server cannot make the client ask for more scopes than this.
const MOST_SCOPES: usize = 64;

/// A client's tokens.
pub(super) struct View {
    client: Arc<Client>,
    means: Means,
    discovery: Option<Arc<Discovery>>,
    providers: Providers,
    current: ArcSwap<Current>,
    /// Held while another token takes the current one's place.
    changing: Mutex<()>,
}

/// The token that is used now.
struct Current {
    manager: Arc<Manager>,
    scopes: Vec<String>,
    /// The certificate that it is bound to.
    thumbprint: Option<String>,
}

impl View {
    pub(super) fn new(client: Client, means: Means, providers: Providers) -> Self {
        let client = Arc::new(client);
        let discovery = client.issuer.clone().map(|issuer| Arc::new(Discovery::new(issuer, Arc::clone(&means.clock))));
        let scopes = client.scopes.clone();
        let current = Self::make(&client, &means, discovery.as_ref(), &providers, scopes);
        Self {
            client,
            means,
            discovery,
            providers,
            current: ArcSwap::from_pointee(current),
            changing: Mutex::default(),
        }
    }

    fn make(
        client: &Arc<Client>,
        means: &Means,
        discovery: Option<&Arc<Discovery>>,
        providers: &Providers,
        scopes: Vec<String>,
    ) -> Current {
        let thumbprint = client.thumbprint();
        let grant = || {
            Grant::Issuer(Box::new(Issuer {
                client: Arc::clone(client),
                scopes: scopes.clone(),
                discovery: discovery.cloned(),
                fetch: Fetch::new(&means.timeouts, Arc::clone(&means.http), Arc::clone(&means.clock)),
                providers: providers.clone(),
            }))
        };
        let make = || Manager::new(grant(), means);
        // Where a person or the host must be asked, it is this client's host.
        let manager = match client.key(&scopes, thumbprint.as_deref()) {
            Some(key) => means.cache.get(key, make),
            None => make(),
        };
        Current { manager, scopes, thumbprint }
    }

    fn with_scopes(&self, scopes: Vec<String>) -> Arc<Current> {
        Arc::new(Self::make(&self.client, &self.means, self.discovery.as_ref(), &self.providers, scopes))
    }

    /// The one who keeps the token that is used now.
    pub(super) fn manager(&self) -> Arc<Manager> {
        if self.client.certificate.is_some() {
            let thumbprint = self.client.thumbprint();
            if self.current.load().thumbprint != thumbprint {
                let _guard = self.lock();
                let current = self.current.load_full();
                if current.thumbprint != thumbprint {
                    self.current.store(self.with_scopes(current.scopes.clone()));
                }
            }
        }
        Arc::clone(&self.current.load().manager)
    }

    pub(super) async fn credential(&self) -> Result<Credential> {
        self.manager().credential().await
    }

    /// The token, if there is a good one: without a look at the certificate, and without counting who holds the manager.
    pub(super) fn at_once(&self, now: Duration) -> Option<Credential> {
        self.client.certificate.is_none().then(|| self.current.load().manager.at_once(now))?
    }

    pub(super) async fn rejected(&self, credential: &Credential) -> Result<bool> {
        let manager = self.manager();
        if manager.number() != credential.keeper {
            // Another one has taken its place meanwhile.
            return manager.credential().await.map(|_| true);
        }
        manager.rejected(credential.generation).await
    }

    /// Gets a token that has `more` scopes, and uses that from now on.
    pub(super) async fn insufficient(&self, credential: &Credential, more: &[String]) -> Result<bool> {
        let before = self.current.load_full();
        if before.manager.number() != credential.keeper {
            return before.manager.credential().await.map(|_| true);
        }
        let mut all = before.scopes.clone();
        all.extend_from_slice(more);
        let Ok(all) = given::scopes(&all) else { return Ok(false) };
        if all.len() == before.scopes.len() || all.len() > MOST_SCOPES {
            return Ok(false);
        }
        let next = self.with_scopes(all);
        next.manager.credential().await?;
        let _guard = self.lock();
        // Unless another one was faster, which then decides.
        if Arc::ptr_eq(&self.current.load_full(), &before) {
            tracing::info!(target: "kei_agent::auth", scopes = %next.scopes.join(" "), "the server asked for more scopes, and the token has them now");
            self.means.observe.token(TokenEvent::SteppedUp, &self.means.actor);
            self.current.store(next);
        }
        Ok(true)
    }

    /// Revokes the tokens and forgets them.
    pub(super) async fn log_out(&self) -> Result<LoggedOut> {
        let manager = self.manager();
        let token = manager.forget();
        match manager.issuer() {
            Some(issuer) => revoke::log_out(issuer, token, &self.means.observe.redactor).await,
            None => Ok(LoggedOut::default()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
