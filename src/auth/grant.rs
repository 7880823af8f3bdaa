//! Where a manager's tokens come from: an issuer, or the host.

use super::AuthStatus;
use super::discovery::Discovery;
use super::host::Host;
use super::request::{self, Fetch, Granted};
use super::source::Client;
use crate::clock::SharedClock;
use crate::config::AuthType;
use crate::error::Result;
use crate::observe::redact::Redactor;
use crate::secret::Secret;

/// A source of tokens that live for a while.
pub(super) enum Grant {
    /// An issuer, by client credentials.
    Issuer { client: Box<Client>, discovery: Option<Discovery>, fetch: Fetch },
    /// The host.
    Host(Host),
}

impl Grant {
    /// The issuer that `client` names.
    pub(super) fn issuer(client: Client, fetch: Fetch, clock: &SharedClock) -> Self {
        let discovery = client.issuer.clone().map(|issuer| Discovery::new(issuer, clock.clone()));
        Self::Issuer { client: Box::new(client), discovery, fetch }
    }

    /// Gets one token, and with it, for an issuer, the client's secret that was used. `rejected` says that the server did not accept the last one.
    pub(super) async fn get(&self, rejected: bool, redactor: &Redactor) -> (Result<Granted>, Option<Secret>) {
        match self {
            Self::Issuer { client, discovery, fetch } => {
                let mut attempts = fetch.begin();
                let granted =
                    request::client_credentials(client, discovery.as_ref(), fetch, redactor, &mut attempts).await;
                (granted, attempts.secret)
            }
            Self::Host(host) => (host.get(rejected, redactor).await, None),
        }
    }

    /// Whether the client's secret may change as the client runs.
    pub(super) fn has_secret_in_file(&self) -> bool {
        matches!(self, Self::Issuer { client, .. } if client.secret.is_file())
    }

    /// The client's secret as it is now, if there is one and it can be read.
    pub(super) async fn secret(&self) -> Option<Secret> {
        match self {
            Self::Issuer { client, .. } => client.secret.read().await.ok(),
            Self::Host(_) => None,
        }
    }

    /// What is known of the source.
    pub(super) fn status(&self) -> AuthStatus {
        match self {
            Self::Issuer { client, .. } => AuthStatus {
                kind: AuthType::Oidc,
                issuer: client.issuer.clone(),
                client_id: Some(client.id.clone()),
                scopes: client.scopes.clone(),
                ..AuthStatus::default()
            },
            Self::Host(host) => {
                AuthStatus { kind: AuthType::Host, scopes: host.scopes().to_vec(), ..AuthStatus::default() }
            }
        }
    }
}
