//! The numbers of the runtime.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::operation::{Answer, Idempotency, Invocation, Operation};

pub(super) const OPERATIONS: &[Operation] = &[Operation::new::<SnapshotRequest, SnapshotAnswer>(
    "metrics.snapshot",
    Idempotency::Local,
    "Answers the runtime's numbers as text that Prometheus takes (OpenMetrics).",
    |invocation| Box::pin(async move { snapshot(&invocation) }),
)];

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SnapshotRequest {}

/// The numbers.
#[derive(Serialize, JsonSchema)]
struct SnapshotAnswer {
    /// All of them, in the text format of OpenMetrics 1.0.
    text: String,
}

fn snapshot(invocation: &Invocation) -> Result<Answer> {
    invocation.request::<SnapshotRequest>()?;
    Answer::local(&SnapshotAnswer { text: invocation.session.services.observe.metrics.text() })
}
