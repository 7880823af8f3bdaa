//! The bus, and messages from agent to agent: each is taken once under its id.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{self, Path};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::State;
use super::problem::{Problem, text};

type Shared = extract::State<Arc<State>>;

/// The messages that were taken, by their ids, with how often each came.
#[derive(Default)]
pub(super) struct Bus(Mutex<BTreeMap<String, (Value, u64)>>);

impl Bus {
    /// Takes a message; whether it is new.
    fn take(&self, id: &str, message: &Value) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, times) = all.entry(id.to_owned()).or_insert_with(|| (message.clone(), 0));
        *times += 1;
        *times == 1
    }
}

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/v1/bus/publish", post(publish))
        .route("/api/v1/agents/{id}", post(send))
        .route("/_dev/bus", get(list))
}

fn object(body: &[u8]) -> Result<Value, Problem> {
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Problem::invalid("the body must be a JSON object")),
        Err(error) => Err(Problem::invalid(format!("the body is not JSON: {error}"))),
    }
}

async fn publish(extract::State(state): Shared, headers: HeaderMap, body: Bytes) -> Result<Json<Value>, Problem> {
    state.issuer.check(&headers)?;
    let message = object(&body)?;
    let id = text(&message, "message_id")?;
    text(&message, "type")?;
    let target = text(&message, "target")?;
    let new = state.bus.take(id, &message);
    if new {
        state.stream.publish(target, Some(id), &message["payload"], None);
    }
    Ok(Json(json!({ "message_id": id, "status": if new { "accepted" } else { "duplicate" } })))
}

async fn send(
    extract::State(state): Shared,
    Path(agent): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    state.issuer.check(&headers)?;
    let message = object(&body)?;
    let id = text(&message, "message_id")?;
    text(&message, "message_type")?;
    if text(&message, "to_agent")? != agent {
        return Err(Problem::invalid("`to_agent` is not the agent of the path").with("field", "to_agent"));
    }
    let new = state.bus.take(id, &message);
    Ok(Json(json!({
        "message_id": id, "correlation_id": message["correlation_id"], "status": if new { "accepted" } else { "duplicate" },
    })))
}

async fn list(extract::State(state): Shared) -> Json<Value> {
    let all = state.bus.0.lock().unwrap_or_else(PoisonError::into_inner);
    let messages: Vec<_> = all.values().map(|(message, times)| json!({ "message": message, "times": times })).collect();
    Json(json!({ "messages": messages }))
}
