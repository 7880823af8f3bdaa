//! What went wrong, counted.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::Result;
use crate::observe::errors::ErrorStats;
use crate::operation::{Answer, Local, Operation};

pub(super) const OPERATIONS: &[Operation] = &[Operation::local::<StatsRequest, ErrorStats>(
    "errors.stats",
    "Tells how many of the runtime's operations failed, by the type of the error and by operation.",
    stats,
)];

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StatsRequest {}

fn stats(invocation: &Local<'_>) -> Result<Answer> {
    invocation.request::<StatsRequest>()?;
    Answer::local(&invocation.session.services.observe.errors.stats())
}
