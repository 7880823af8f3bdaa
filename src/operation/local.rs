//! A run of an operation that is answered at once, on the thread that calls: it borrows what the caller has, and copies nothing.

use std::sync::Arc;

use serde::Deserialize;

use super::{Operation, Options};
use crate::error::Result;
use crate::operations::Session;

/// One run of an operation that sends nothing.
pub struct Local<'a> {
    /// The operation.
    pub operation: &'static Operation,
    /// The client's session.
    pub session: &'a Arc<Session>,
    /// The request: checked to be JSON of a fair depth and size, nothing more.
    pub request: &'a str,
    /// The options of the call.
    pub options: &'a Options,
}

impl<'a> Local<'a> {
    /// Reads the request as a `Q`.
    pub fn request<Q: Deserialize<'a>>(&self) -> Result<Q> {
        self.operation.decode(self.request)
    }
}
