//! What the library says of itself as it runs.

use std::collections::BTreeMap;

use once_cell::sync::OnceCell;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::auth::AuthStatus;
use crate::clock::boxed;
use crate::error::Result;
use crate::operation::{Answer, Idempotency, Invocation, Operation};
use crate::pipeline::BreakerStatus;

pub(super) const OPERATIONS: &[Operation] = &[Operation::new::<InfoRequest, InfoAnswer>(
    "kei.info",
    Idempotency::Local,
    "Tells the library's version and what it is doing: operations, handles, breakers, the retry budget, the token's state.",
    |invocation| boxed(|| async { info(invocation) }),
)];

type Counts = fn() -> BTreeMap<&'static str, u64>;

/// How the open handles of the process are counted; the C ABI above sets it, since only it has handles.
static COUNT_HANDLES: OnceCell<Counts> = OnceCell::new();

/// Has `kei.info` count handles with `count`.
pub fn count_handles_with(count: Counts) {
    // A second call brings the same function.
    let _ = COUNT_HANDLES.set(count);
}

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InfoRequest {}

/// The library as it runs.
#[derive(Serialize, JsonSchema)]
struct InfoAnswer {
    /// The library's version.
    version: &'static str,
    /// The machine that it was built for: architecture and system.
    target: String,
    /// How many operations of the runtime are in flight, this one included.
    in_flight: usize,
    /// How many handles of each kind the process has open.
    handles: BTreeMap<&'static str, u64>,
    /// How many log records were dropped because their sink was too slow.
    log_records_dropped: u64,
    /// What is left of the client's retry budget.
    retry_budget_left: u32,
    /// Where the runtime's operations server listens.
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    /// How many messages could not be delivered and are kept; see `dlq.list`.
    dead_letters: usize,
    /// The client's circuit breakers that have seen requests.
    breakers: Vec<BreakerStatus>,
    /// The state of the client's token.
    auth: AuthStatus,
}

fn info(invocation: &Invocation) -> Result<Answer> {
    invocation.request::<InfoRequest>()?;
    let session = &invocation.session;
    Answer::local(&InfoAnswer {
        version: env!("CARGO_PKG_VERSION"),
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        in_flight: session.services.running.count(),
        handles: COUNT_HANDLES.get().map(|count| count()).unwrap_or_default(),
        log_records_dropped: session.services.observe.logging.dropped(),
        retry_budget_left: session.pipeline.budget_left(),
        server: session.services.server.map(|address| address.to_string()),
        dead_letters: session.letters.counts().dead,
        breakers: session.pipeline.breakers(),
        auth: session.tokens.status(),
    })
}
