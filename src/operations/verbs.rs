//! The agent verbs over the platform's RPC: plan, act, observe, explain.

use std::borrow::Cow;

use reqwest::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::target::filled;
use crate::clock::boxed;
use crate::error::Result;
use crate::operation::{Answer, Idempotency, Invocation, Operation};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<PlanRequest, PlanAnswer>(
        "plan",
        Idempotency::Idempotent,
        "Asks the platform for the steps that lead to an objective.",
        |invocation| {
            boxed(|| async {
                filled("objective", invocation.request::<PlanRequest>()?.objective.as_ref())?;
                ask(invocation).await
            })
        },
    ),
    Operation::new::<ActRequest, ActAnswer>(
        "act",
        Idempotency::NotIdempotent,
        "Has the platform carry out one action.",
        |invocation| {
            boxed(|| async {
                filled("action", invocation.request::<ActRequest>()?.action.as_ref())?;
                ask(invocation).await
            })
        },
    ),
    Operation::new::<ObserveRequest, ObserveAnswer>(
        "observe",
        Idempotency::NotIdempotent,
        "Tells the platform of something that was seen.",
        |invocation| {
            boxed(|| async {
                filled("type", invocation.request::<ObserveRequest>()?.kind.as_ref())?;
                ask(invocation).await
            })
        },
    ),
    Operation::new::<ExplainRequest, ExplainAnswer>(
        "explain",
        Idempotency::Idempotent,
        "Asks the platform why it did what it did.",
        |invocation| {
            boxed(|| async {
                filled("query", invocation.request::<ExplainRequest>()?.query.as_ref())?;
                ask(invocation).await
            })
        },
    ),
];

async fn ask(invocation: &Invocation) -> Result<Answer> {
    let session = &invocation.session;
    let url = session.places.to(&session.base, &session.config.endpoints.rpc, invocation.operation.name)?;
    invocation.forward(Method::POST, url).await
}

/// What to plan.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlanRequest<'a> {
    /// What is to be reached, in plain words.
    #[serde(borrow)]
    objective: Cow<'a, str>,
    /// What the platform should know for it.
    #[serde(borrow, default, rename = "context")]
    _context: Option<&'a RawValue>,
}

/// A plan.
#[derive(JsonSchema)]
#[allow(dead_code)] // The type is the documentation of an answer that is handed on unread.
struct PlanAnswer {
    /// The plan's identifier.
    plan_id: String,
    /// The steps, in order.
    steps: Vec<PlanStep>,
}

/// A step of a plan; it can be handed to `act` as `action` and `parameters`.
#[derive(JsonSchema)]
#[allow(dead_code)] // As above.
struct PlanStep {
    /// The action to carry out.
    action: String,
    /// What it works on.
    #[schemars(default)]
    parameters: Map<String, Value>,
}

/// What to do.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ActRequest<'a> {
    /// The name of the action.
    #[serde(borrow)]
    action: Cow<'a, str>,
    /// What it works on.
    #[serde(borrow, default, rename = "parameters")]
    _parameters: Option<&'a RawValue>,
}

/// What came of an action.
#[derive(JsonSchema)]
#[allow(dead_code)] // As above.
struct ActAnswer {
    /// How it ended, for example `succeeded` or `failed`.
    status: String,
    /// What it brought.
    result: Value,
}

/// What was seen.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ObserveRequest<'a> {
    /// The kind of observation.
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    /// The observation.
    #[serde(borrow, default, rename = "data")]
    _data: Option<&'a RawValue>,
}

/// The platform's receipt.
#[derive(JsonSchema)]
#[allow(dead_code)] // As above.
struct ObserveAnswer {
    /// The observation's identifier.
    observation_id: String,
}

/// What to explain.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExplainRequest<'a> {
    /// The question: the identifier of a plan, action or observation, or plain words.
    #[serde(borrow)]
    query: Cow<'a, str>,
    /// What the platform should know for it.
    #[serde(borrow, default, rename = "context")]
    _context: Option<&'a RawValue>,
}

/// An explanation.
#[derive(JsonSchema)]
#[allow(dead_code)] // As above.
struct ExplainAnswer {
    /// The explanation, in plain words.
    explanation: String,
}
