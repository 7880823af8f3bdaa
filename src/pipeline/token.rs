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
    fn rejected(&self, generation: u64) -> BoxFuture<'_, Result<bool>>;
}

impl Credentials for TokenManager {
    fn credential(&self) -> BoxFuture<'_, Result<Option<Credential>>> {
        Box::pin(self.credential())
    }

    fn rejected(&self, generation: u64) -> BoxFuture<'_, Result<bool>> {
        Box::pin(self.rejected(generation))
    }
}

/// The credential for `call`; an error rather than a request without one.
pub(super) async fn credential(source: &dyn Credentials, call: &Call) -> Result<Option<Credential>> {
    if call.authorize { source.credential().await } else { Ok(None) }
}
