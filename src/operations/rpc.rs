//! Remote procedure calls of any name.

use std::borrow::Cow;

use bytes::Bytes;
use reqwest::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::target::segment;
use crate::clock::boxed;
use crate::error::Result;
use crate::operation::{Answer, Idempotency, Invocation, Operation};

pub(super) const OPERATIONS: &[Operation] = &[Operation::new::<RpcRequest, Value>(
    "rpc.call",
    Idempotency::NotIdempotent,
    "Calls any method of the platform's RPC; the parameters and the answer pass through unchanged.",
    |invocation| boxed(|| call(invocation)),
)];

/// A method with its parameters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RpcRequest<'a> {
    /// The method's name.
    #[serde(borrow)]
    method: Cow<'a, str>,
    /// Its parameters; an empty object when absent.
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

async fn call(invocation: &Invocation) -> Result<Answer> {
    let request: RpcRequest = invocation.request()?;
    let session = &invocation.session;
    let url = session.places.to(&session.base, &session.config.endpoints.rpc, segment("method", &request.method)?)?;
    let mut call = invocation.to(Method::POST, url)?;
    call.body = match request.params {
        Some(params) => invocation.request.slice_ref(params.get().as_bytes()),
        None => Bytes::from_static(b"{}"),
    };
    invocation.send(&call).await
}
