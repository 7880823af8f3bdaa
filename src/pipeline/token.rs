//! The credential of a request: none is sent without one that its configuration asks for.

use super::call::Call;
use crate::auth::{Credential, TokenManager};
use crate::clock::BoxFuture;
use crate::error::Result;

/// Where credentials come from.
pub trait Credentials: Send + Sync {
    /// A credential for one request; `None` only when requests carry none at all.
    fn credential(&self) -> BoxFuture<'_, Result<Option<Credential>>>;

    /// Tells that the server rejected a credential; true when there is a newer one.
    fn rejected<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<bool>>;

    /// Tells that the server wants more scopes than a credential has; true when there is one that has them.
    fn insufficient<'a>(&'a self, credential: &'a Credential, scopes: &'a [String]) -> BoxFuture<'a, Result<bool>>;
}

impl Credentials for TokenManager {
    fn credential(&self) -> BoxFuture<'_, Result<Option<Credential>>> {
        Box::pin(self.credential())
    }

    fn rejected<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.rejected(credential))
    }

    fn insufficient<'a>(&'a self, credential: &'a Credential, scopes: &'a [String]) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.insufficient(credential, scopes))
    }
}

/// The credential for `call`; an error rather than a request without one.
pub(super) async fn credential(source: &dyn Credentials, call: &Call) -> Result<Option<Credential>> {
    if call.authorize { source.credential().await } else { Ok(None) }
}
