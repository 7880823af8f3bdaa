//! What went wrong, counted.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::Result;
use crate::observe::errors::ErrorStats;
use crate::operation::{Answer, Idempotency, Invocation, Operation};

pub(super) const OPERATIONS: &[Operation] = &[Operation::new::<StatsRequest, ErrorStats>(
    "errors.stats",
    Idempotency::Local,
    "Tells how many of the runtime's operations failed, by the type of the error and by operation.",
    |invocation| Box::pin(async move { stats(&invocation) }),
)];

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StatsRequest {}

fn stats(invocation: &Invocation) -> Result<Answer> {
    invocation.request::<StatsRequest>()?;
    Answer::local(&invocation.session.services.observe.errors.stats())
}
