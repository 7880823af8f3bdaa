//! The registry of agents and their management: one store behind both.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{self, Path, RawQuery};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::State;
use super::problem::{Problem, text};

type Shared = extract::State<Arc<State>>;

/// The agents, by identifier.
#[derive(Default)]
pub(super) struct Registry(Mutex<BTreeMap<String, Value>>);

impl Registry {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Value)) -> Result<Value, Problem> {
        let mut agents = self.lock();
        let agent = agents.get_mut(id).ok_or_else(|| unknown(id))?;
        let mut changed = agent.clone();
        change(&mut changed);
        check(&changed)?;
        changed["updated_at"] = now();
        *agent = changed.clone();
        Ok(changed)
    }
}

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/v1/registry/agents", get(list).post(register))
        .route("/api/v1/registry/agents/{id}", get(read).put(update).delete(remove))
        .route("/api/v1/registry/agents/{id}/capabilities", get(capabilities).post(advertise))
        .route("/api/v1/agents-mgmt/register", post(register))
        .route("/api/v1/agents-mgmt/{id}/heartbeat", post(heartbeat))
        .route("/api/v1/agents-mgmt/{id}/capabilities/advertise", post(advertise))
}

fn unknown(id: &str) -> Problem {
    Problem::not_found(format!("there is no agent {id}; register it first"))
}

fn now() -> Value {
    jiff::Timestamp::now().to_string().into()
}

fn object(body: &[u8]) -> Result<Value, Problem> {
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Problem::invalid("the body must be a JSON object")),
        Err(error) => Err(Problem::new(StatusCode::BAD_REQUEST, "not_json", format!("the body is not JSON: {error}"))),
    }
}

/// The name of a capability, which is a text or an object with a name.
fn name(capability: &Value) -> Option<&str> {
    capability.as_str().or_else(|| capability["name"].as_str()).or_else(|| capability["id"].as_str())
}

/// The fields of an agent that the registry itself keeps.
const OWN: [&str; 4] = ["agent_id", "registered_at", "updated_at", "status"];

/// What must hold of an agent.
fn check(agent: &Value) -> Result<(), Problem> {
    text(agent, "name")?;
    if agent["capabilities"].as_array().is_some_and(|all| all.iter().all(|one| name(one).is_some())) {
        return Ok(());
    }
    let detail = "`capabilities` must be a list of names, or of objects with a name";
    Err(Problem::invalid(detail).with("field", "capabilities"))
}

async fn register(extract::State(state): Shared, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    state.issuer.check(&headers)?;
    let mut agent = object(&body)?;
    let id = text(&agent, "agent_id")?.to_owned();
    if agent.get("capabilities").is_none() {
        agent["capabilities"] = json!([]);
    }
    check(&agent)?;
    let mut agents = state.registry.lock();
    let known = agents.contains_key(&id);
    agent["registered_at"] = agents.get(&id).map_or_else(now, |old| old["registered_at"].clone());
    agent["updated_at"] = now();
    agent["status"] = "registered".into();
    agents.insert(id, agent.clone());
    Ok((if known { StatusCode::OK } else { StatusCode::CREATED }, Json(agent)).into_response())
}

async fn list(
    extract::State(state): Shared,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Problem> {
    state.issuer.check(&headers)?;
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let all = |name: &str| -> Vec<String> {
        let values = pairs.iter().filter(|(key, _)| key == name).flat_map(|(_, value)| value.split(','));
        values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
    };
    let (capabilities, tags, tenants) = (all("capabilities"), all("tags"), all("tenant_id"));
    let limit = match all("limit").first() {
        None => usize::MAX,
        Some(text) => {
            text.parse().map_err(|_| Problem::invalid("`limit` must be a whole number").with("field", "limit"))?
        }
    };
    let has = |agent: &Value, field: &str, wanted: &str| {
        agent[field].as_array().into_iter().flatten().any(|one| name(one) == Some(wanted))
    };
    let agents: Vec<Value> = state
        .registry
        .lock()
        .values()
        .filter(|agent| capabilities.iter().all(|wanted| has(agent, "capabilities", wanted)))
        .filter(|agent| tags.iter().all(|wanted| has(agent, "tags", wanted)))
        .filter(|agent| tenants.iter().all(|wanted| agent["tenant_id"] == *wanted))
        .cloned()
        .collect();
    let total = agents.len();
    Ok(Json(json!({ "agents": agents.into_iter().take(limit).collect::<Vec<_>>(), "total": total })))
}

async fn read(
    extract::State(state): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Problem> {
    state.issuer.check(&headers)?;
    let agent = state.registry.lock().get(&id).cloned().ok_or_else(|| unknown(&id))?;
    let query = query.unwrap_or_default();
    let version =
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "version").map(|(_, value)| value.into_owned());
    match version {
        Some(version) if agent["version"] != version => {
            Err(Problem::not_found(format!("the agent {id} has no version {version}")))
        }
        _ => Ok(Json(agent)),
    }
}

async fn update(
    extract::State(state): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    state.issuer.check(&headers)?;
    let Value::Object(fields) = object(&body)? else { return Err(Problem::invalid("the body must be a JSON object")) };
    let agent = state.registry.change(&id, |agent| {
        fields
            .into_iter()
            .filter(|(name, _)| !OWN.contains(&name.as_str()))
            .for_each(|(name, value)| agent[name] = value);
    })?;
    Ok(Json(agent))
}

async fn remove(
    extract::State(state): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    state.issuer.check(&headers)?;
    state.registry.lock().remove(&id).map(|_| StatusCode::NO_CONTENT).ok_or_else(|| unknown(&id))
}

async fn capabilities(
    extract::State(state): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    state.issuer.check(&headers)?;
    let agents = state.registry.lock();
    let agent = agents.get(&id).ok_or_else(|| unknown(&id))?;
    Ok(Json(json!({ "capabilities": agent["capabilities"] })))
}

async fn advertise(
    extract::State(state): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    state.issuer.check(&headers)?;
    let body = object(&body)?;
    let Some(offered) = body["capabilities"].as_array().filter(|all| all.iter().all(|one| name(one).is_some())) else {
        return Err(Problem::invalid("`capabilities` must be a list of names, or of objects with a name")
            .with("field", "capabilities"));
    };
    let agent = state.registry.change(&id, |agent| {
        let old = agent["capabilities"].as_array().cloned().unwrap_or_default();
        let stays = |one: &Value| body["replace"] != true && !offered.iter().any(|new| name(new) == name(one));
        agent["capabilities"] = old.into_iter().filter(stays).chain(offered.iter().cloned()).collect();
    })?;
    Ok(Json(json!({ "capabilities": agent["capabilities"] })))
}

async fn heartbeat(
    extract::State(state): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    state.issuer.check(&headers)?;
    let body = object(&body)?;
    let readiness = text(&body, "readiness")?.to_owned();
    if !["starting", "ready", "draining"].contains(&readiness.as_str()) {
        return Err(Problem::invalid("`readiness` must be one of starting, ready, draining").with("field", "readiness"));
    }
    let agent = state.registry.change(&id, |agent| {
        agent["last_heartbeat"] = now();
        agent["readiness"] = readiness.into();
        agent["health"] = body["health"].clone();
    })?;
    Ok(Json(json!({ "agent_id": id, "acknowledged": true, "last_heartbeat": agent["last_heartbeat"] })))
}
