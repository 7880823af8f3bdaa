//! The state of the client's token.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::auth::AuthStatus;
use crate::operation::{Answer, Idempotency, Invocation, Operation};

pub(super) const OPERATIONS: &[Operation] = &[Operation::new::<StatusRequest, AuthStatus>(
    "auth.status",
    Idempotency::Local,
    "Tells the state of the client's token, without the token.",
    |invocation: Invocation| {
        Box::pin(async move {
            invocation.request::<StatusRequest>()?;
            Answer::local(&invocation.session.tokens.status())
        })
    },
)];

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StatusRequest {}
