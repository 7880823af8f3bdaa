//! The credential of a request: none is sent without one that its configuration asks for.

use std::time::Duration;

use super::call::Call;
use super::deadline::Waiting;
use crate::auth::{Credential, TokenManager};
use crate::clock::BoxFuture;
use crate::error::Result;

/// Where credentials come from.
pub trait Credentials: Send + Sync {
    /// A credential for one request; `None` only when requests carry none at all.
    fn credential(&self) -> BoxFuture<'_, Result<Option<Credential>>>;

    /// The same without a wait, at `now`; `None` where that takes one.
    fn at_once(&self, now: Duration) -> Option<Option<Credential>>;

    /// Tells that the server rejected a credential; true when there is a newer one.
    fn rejected<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<bool>>;

    /// Tells that the server wants more scopes than a credential has; true when there is one that has them.
    fn insufficient<'a>(&'a self, credential: &'a Credential, scopes: &'a [String]) -> BoxFuture<'a, Result<bool>>;
}

impl Credentials for TokenManager {
    fn credential(&self) -> BoxFuture<'_, Result<Option<Credential>>> {
        Box::pin(self.credential())
    }

    fn at_once(&self, now: Duration) -> Option<Option<Credential>> {
        self.at_once(now)
    }

    fn rejected<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.rejected(credential))
    }

    fn insufficient<'a>(&'a self, credential: &'a Credential, scopes: &'a [String]) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.insufficient(credential, scopes))
    }
}

/// The credential for `call`, waited for where it is not there yet; an error rather than a request without one.
pub(super) async fn credential(
    source: &dyn Credentials,
    call: &Call,
    waiting: &mut Waiting<'_>,
) -> Result<Option<Credential>> {
    if !call.authorize {
        return Ok(None);
    }
    match source.at_once(waiting.now()) {
        Some(credential) => Ok(waiting.has_credential(credential, Duration::ZERO)),
        None => waiting.for_credential(source.credential()).await,
    }
}
