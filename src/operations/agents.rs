//! Agents: their registration, the registry, and the sign of life.

use std::borrow::Cow;

use reqwest::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use url::Url;

use super::target::{filled, invalid, join, segment};
use crate::clock::boxed;
use crate::error::Result;
use crate::operation::{Answer, Idempotency, Invocation, Operation};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<RegisterRequest, Value>(
        "agents.register",
        Idempotency::NotIdempotent,
        "Registers an agent with the platform.",
        |invocation| boxed(|| register(invocation)),
    ),
    Operation::new::<GetRequest, Value>(
        "agents.get",
        Idempotency::Idempotent,
        "Reads an agent from the registry.",
        |invocation| boxed(|| get(invocation)),
    ),
    Operation::new::<ListRequest, ListAnswer>(
        "agents.list",
        Idempotency::Idempotent,
        "Lists the registry's agents, by capabilities, tags and tenant.",
        |invocation| boxed(|| list(invocation)),
    ),
    Operation::new::<HeartbeatRequest, Value>(
        "agents.heartbeat",
        Idempotency::Idempotent,
        "Tells the platform that an agent is alive, how it is and how much it can take.",
        |invocation| boxed(|| heartbeat(invocation)),
    ),
];

/// An agent to register.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RegisterRequest<'a> {
    /// The agent's identifier; the configuration's `agent_id` when absent.
    #[serde(borrow, default)]
    agent_id: Option<Cow<'a, str>>,
    /// Its name.
    #[serde(borrow)]
    name: Cow<'a, str>,
    /// What it is for.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
    /// What it can do: names, or objects with a `name`.
    #[serde(borrow, default)]
    capabilities: Vec<&'a RawValue>,
    /// Its category.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    category: Option<Cow<'a, str>>,
    /// Its version.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    version: Option<Cow<'a, str>>,
    /// Where the platform may ask whether it is alive.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    heartbeat_url: Option<Cow<'a, str>>,
}

/// Which agent to read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetRequest<'a> {
    /// The agent's identifier; the configuration's `agent_id` when absent.
    #[serde(borrow, default)]
    agent_id: Option<Cow<'a, str>>,
    /// One of its versions; the newest when absent.
    #[serde(borrow, default)]
    version: Option<Cow<'a, str>>,
}

/// Which agents to list. All criteria must hold.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListRequest<'a> {
    /// Capabilities that they must have.
    #[serde(borrow, default)]
    capabilities: Vec<Cow<'a, str>>,
    /// Tags that they must have.
    #[serde(borrow, default)]
    tags: Vec<Cow<'a, str>>,
    /// How many to list at most.
    #[serde(default)]
    #[schemars(range(min = 1))]
    limit: Option<u32>,
    /// Their tenant.
    #[serde(borrow, default)]
    tenant_id: Option<Cow<'a, str>>,
}

/// The agents found.
#[derive(JsonSchema)]
#[allow(dead_code)] // The type is the documentation of an answer that is handed on unread.
struct ListAnswer {
    /// The agents.
    agents: Vec<Map<String, Value>>,
}

/// How ready an agent is for work.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Readiness {
    /// Not yet.
    Starting,
    /// Ready.
    Ready,
    /// It finishes what it has and takes no more.
    Draining,
}

/// A sign of life.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HeartbeatRequest<'a> {
    /// The agent's identifier; the configuration's `agent_id` when absent.
    #[serde(borrow, default, skip_serializing)]
    agent_id: Option<Cow<'a, str>>,
    /// How it is, for example `healthy`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    health: Option<Cow<'a, str>>,
    /// How ready it is; `ready` when absent.
    #[serde(default = "ready")]
    readiness: Readiness,
    /// How much work waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queue_length: Option<u64>,
    /// How much work it can do at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offered_concurrency: Option<u64>,
    /// How much work it does now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current_concurrency: Option<u64>,
    /// Anything else that the platform may use.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    hints: Option<&'a RawValue>,
}

fn ready() -> Readiness {
    Readiness::Ready
}

/// The identifier in the request, or else the configuration's.
fn agent_id<'a>(invocation: &'a Invocation, given: Option<&'a Cow<'_, str>>) -> Result<&'a str> {
    let configured = invocation.session.config.agent_id.as_deref();
    match given.map(AsRef::as_ref).or(configured) {
        Some(id) => segment("agent_id", id),
        None => Err(invalid("agent_id", "is missing: give it in the request, in the configuration or in KEI_AGENT_ID")),
    }
}

fn registry(invocation: &Invocation, segments: &[&str]) -> Result<Url> {
    join(&invocation.session.base, &invocation.session.config.endpoints.registry, segments)
}

fn management(invocation: &Invocation, segments: &[&str]) -> Result<Url> {
    join(&invocation.session.base, &invocation.session.config.endpoints.agents, segments)
}

async fn register(invocation: &Invocation) -> Result<Answer> {
    let mut request: RegisterRequest = invocation.request()?;
    filled("name", &request.name)?;
    let id = agent_id(invocation, request.agent_id.as_ref())?.to_owned();
    request.agent_id = Some(id.into());
    let mut call = invocation.to(Method::POST, management(invocation, &["register"])?)?;
    call.body = Answer::local(&request)?.body;
    invocation.send(&call).await
}

async fn get(invocation: &Invocation) -> Result<Answer> {
    let request: GetRequest = invocation.request()?;
    let mut url = registry(invocation, &[agent_id(invocation, request.agent_id.as_ref())?])?;
    if let Some(version) = &request.version {
        url.query_pairs_mut().append_pair("version", version);
    }
    invocation.send(&invocation.to(Method::GET, url)?).await
}

async fn list(invocation: &Invocation) -> Result<Answer> {
    let request: ListRequest = invocation.request()?;
    let mut url = registry(invocation, &[])?;
    let mut pairs = Vec::new();
    pairs.extend(request.capabilities.iter().map(|name| ("capabilities", name.to_string())));
    pairs.extend(request.tags.iter().map(|name| ("tags", name.to_string())));
    pairs.extend(request.limit.map(|limit| ("limit", limit.to_string())));
    pairs.extend(request.tenant_id.iter().map(|id| ("tenant_id", id.to_string())));
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    invocation.send(&invocation.to(Method::GET, url)?).await
}

async fn heartbeat(invocation: &Invocation) -> Result<Answer> {
    let request: HeartbeatRequest = invocation.request()?;
    let id = agent_id(invocation, request.agent_id.as_ref())?;
    let mut call = invocation.to(Method::POST, management(invocation, &[id, "heartbeat"])?)?;
    call.body = Answer::local(&request)?.body;
    invocation.send(&call).await
}
