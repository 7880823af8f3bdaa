//! What went wrong, counted.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::Result;
use crate::observe::errors::ErrorStats;
use crate::operation::{Local, Operation, written};

pub(super) const OPERATIONS: &[Operation] = &[Operation::local::<StatsRequest, ErrorStats>(
    "errors.stats",
    "Tells how many of the runtime's operations failed, by the type of the error and by operation.",
    stats,
)];

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StatsRequest {}

fn stats(invocation: &Local<'_>) -> Result<Vec<u8>> {
    invocation.request::<StatsRequest>()?;
    let services = &invocation.session.services;
    written(&services.observe.errors.stats(services.clock.now()))
}
