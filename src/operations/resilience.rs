//! What stands between calls and a failing server: breakers, and the story of single calls.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::target::invalid;
use crate::clock::boxed;
use crate::error::{Code, Error, Result};
use crate::operation::{Answer, Idempotency, Invocation, Local, Operation, written};
use crate::pipeline::{BreakerStatus, Story};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::local::<StatusRequest, StatusAnswer>(
        "breaker.status",
        "Lists the client's circuit breakers that have seen requests, and what is left of its retry budget.",
        status,
    ),
    Operation::new::<ResetRequest, ResetAnswer>(
        "breaker.reset",
        Idempotency::Local,
        "Closes circuit breakers and forgets what they have counted: those of an operation, of an origin, or all.",
        |invocation| boxed(|| async { reset(invocation) }),
    )
    .audited(),
    Operation::new::<ExplainRequest, ExplainAnswer>(
        "kei.explain",
        Idempotency::Local,
        "Tells why the client's last calls went as they did, the newest first: attempts, waits, tokens, breakers. It holds no secret.",
        |invocation| boxed(|| async { explain(invocation) }),
    ),
];

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StatusRequest {}

/// How the client stands with its servers.
#[derive(Serialize, JsonSchema)]
struct StatusAnswer {
    /// The breakers.
    breakers: Vec<BreakerStatus>,
    /// What is left of the retry budget.
    retry_budget_left: u32,
}

/// Which breakers to close.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResetRequest<'a> {
    /// Those of this operation; of any when absent.
    #[serde(borrow, default)]
    operation: Option<Cow<'a, str>>,
    /// Those of this origin, for example `https://kei.example.com`; of any when absent.
    #[serde(borrow, default)]
    origin: Option<Cow<'a, str>>,
}

/// What was closed.
#[derive(Serialize, JsonSchema)]
struct ResetAnswer {
    /// How many breakers.
    reset: usize,
}

/// Which calls to tell of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExplainRequest<'a> {
    /// Those with this correlation id; any when absent.
    #[serde(borrow, default)]
    correlation_id: Option<Cow<'a, str>>,
    /// Those of this operation; of any when absent.
    #[serde(borrow, default)]
    operation: Option<Cow<'a, str>>,
    /// Those that failed only.
    #[serde(default)]
    failed: bool,
    /// How many at most; 10 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000))]
    limit: Option<usize>,
}

/// The calls.
#[derive(Serialize, JsonSchema)]
struct ExplainAnswer {
    /// The calls, the newest first.
    calls: Vec<Story>,
}

fn status(invocation: &Local<'_>) -> Result<Vec<u8>> {
    invocation.request::<StatusRequest>()?;
    let pipeline = &invocation.session.pipeline;
    written(&StatusAnswer { breakers: pipeline.breakers(), retry_budget_left: pipeline.budget_left() })
}

fn reset(invocation: &Invocation) -> Result<Answer> {
    let request: ResetRequest = invocation.request()?;
    let reset = invocation.session.pipeline.reset_breakers(request.operation.as_deref(), request.origin.as_deref());
    Answer::local(&ResetAnswer { reset })
}

fn explain(invocation: &Invocation) -> Result<Answer> {
    let request: ExplainRequest = invocation.request()?;
    let limit = request.limit.unwrap_or(10);
    if !(1..=10_000).contains(&limit) {
        return Err(invalid("limit", "must be from 1 to 10000"));
    }
    let fits = |story: &Story| {
        request.correlation_id.as_ref().is_none_or(|id| **id == *story.correlation_id)
            && request.operation.as_ref().is_none_or(|name| *name == story.operation)
            && (!request.failed || story.error.is_some())
    };
    let calls = invocation.session.pipeline.stories(limit, fits);
    let mut answer = serde_json::to_value(ExplainAnswer { calls })
        .map_err(|error| Error::new(Code::Panic, format!("an answer could not be written as JSON: {error}")))?;
    invocation.session.services.observe.redactor.scrub_json(&mut answer);
    Answer::local(&answer)
}
