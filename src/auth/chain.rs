//! Several credentials, of which the first that works is used until it works no more.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::revoke::LoggedOut;
use super::{AuthStatus, Credential, TokenManager};
use crate::config::AuthType;
use crate::error::{Error, Result};
use crate::order;

/// Credentials, the preferred first.
pub(super) struct Chain {
    members: Vec<TokenManager>,
    /// The one that worked last.
    current: AtomicUsize,
}

impl Chain {
    pub(super) fn new(members: Vec<TokenManager>) -> Self {
        Self { members, current: AtomicUsize::new(0) }
    }

    pub(super) fn members(&self) -> &[TokenManager] {
        &self.members
    }

    /// The member that worked last.
    pub(super) fn current(&self) -> &TokenManager {
        &self.members[self.current.load(Ordering::Relaxed) % self.members.len()]
    }

    /// The member that a credential came from.
    pub(super) fn member(&self, credential: &Credential) -> &TokenManager {
        &self.members[credential.member % self.members.len()]
    }

    /// A credential of the member that worked last; when it has none, of the first that has.
    pub(super) async fn credential(&self) -> Result<Option<Credential>> {
        let last = self.current.load(Ordering::Relaxed);
        let others = (0..self.members.len()).filter(|index| *index != last);
        let mut failures: Vec<(usize, Error)> = Vec::new();
        for index in std::iter::once(last).chain(others) {
            match self.members[index].credential().await {
                Ok(credential) => {
                    if self.current.swap(index, Ordering::Relaxed) != index {
                        tracing::warn!(target: "kei_agent::auth", member = index, "another credential of the chain is used from now on");
                    }
                    return Ok(credential.map(|mut credential| {
                        credential.member = index;
                        credential
                    }));
                }
                Err(error) => order::put(&mut failures, (index, error), |(one, _), (other, _)| one.cmp(other)),
            }
        }
        let told = failures.iter().map(|(index, error)| format!("auth.chain[{index}]: {}", error.message));
        let message = format!("none of the credentials in `auth.chain` works: {}", told.collect::<Vec<_>>().join("; "));
        // The one that is preferred says what kind of failure it is; that it may pass, any of them.
        let retryable = failures.iter().any(|(_, error)| error.retryable);
        let wait = failures.iter().filter_map(|(_, error)| error.retry_after).min();
        let Some((_, mut first)) = failures.into_iter().next() else { return Ok(None) };
        (first.message, first.retryable, first.retry_after) = (message, retryable, wait);
        Err(first)
    }

    pub(super) async fn log_out(&self) -> Result<LoggedOut> {
        let mut all = LoggedOut::default();
        for member in &self.members {
            let one = member.log_out().await?;
            all.access_token |= one.access_token;
            all.refresh_token |= one.refresh_token;
        }
        Ok(all)
    }

    pub(super) fn status(&self) -> AuthStatus {
        AuthStatus {
            kind: AuthType::Chain,
            chain: self.members.iter().map(TokenManager::status).collect(),
            ..self.current().status()
        }
    }
}
