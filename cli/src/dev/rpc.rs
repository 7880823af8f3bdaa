//! RPC: the agent verbs, which do real work, and the platform's health.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{self, Path};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::problem::{Problem, text};
use super::tools::{NAMES, Tools};
use super::{State, planner};

/// The methods.
const METHODS: [&str; 5] = ["plan", "act", "observe", "explain", "echo"];
/// How much history is kept to explain by.
const HISTORY: usize = 1000;
/// How long an answer is kept for its idempotency key.
const KEPT: Duration = Duration::from_secs(600);

type Shared = extract::State<Arc<State>>;

/// What the verbs work with.
pub(super) struct Rpc {
    tools: Tools,
    history: Mutex<VecDeque<Value>>,
    kept: Mutex<HashMap<String, Kept>>,
}

/// The answer of an idempotency key: held by whoever does the work, and empty until it is done.
type Slot = Arc<tokio::sync::Mutex<Option<Value>>>;

/// What is kept for an idempotency key.
struct Kept {
    request: [u8; 32],
    slot: Slot,
    at: Instant,
}

impl Rpc {
    pub(super) fn new(tools: Tools) -> Self {
        Self { tools, history: Mutex::default(), kept: Mutex::default() }
    }

    fn remember(&self, entry: Value) -> usize {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        if history.len() >= HISTORY {
            history.pop_front();
        }
        history.push_back(entry);
        history.len()
    }

    fn run(&self, method: &str, body: &Value) -> Result<Value, Problem> {
        let now = jiff::Timestamp::now().to_string();
        match method {
            "plan" => {
                let objective = text(body, "objective")?;
                let plan = json!({
                    "plan_id": id("plan"), "objective": objective, "steps": planner::plan(objective), "created_at": now,
                });
                self.remember(plan.clone());
                Ok(plan)
            }
            "act" => self.act(body),
            "observe" => {
                let kind = text(body, "type")?;
                let observation = id("obs");
                let data = body.get("data").unwrap_or(&Value::Null);
                let count = self
                    .remember(json!({ "observation_id": observation, "type": kind, "data": data, "recorded_at": now }));
                Ok(json!({ "observation_id": observation, "recorded_at": now, "count": count }))
            }
            "explain" => Ok(self.explain(text(body, "query")?)),
            "echo" => Ok(body.clone()),
            _ => {
                let detail = format!("there is no such method; known are {}", METHODS.join(", "));
                let problem = Problem::new(StatusCode::NOT_FOUND, "method_not_found", detail);
                Err(problem.with("methods", METHODS.to_vec()))
            }
        }
    }

    fn act(&self, body: &Value) -> Result<Value, Problem> {
        let action = text(body, "action")?;
        let empty = json!({});
        let parameters = body.get("parameters").unwrap_or(&empty);
        let start = Instant::now();
        let Some(outcome) = self.tools.run(action, parameters) else {
            let detail = format!("there is no such action; known are {}", NAMES.join(", "));
            return Err(Problem::new(StatusCode::NOT_FOUND, "action_not_found", detail).with("actions", NAMES.to_vec()));
        };
        let (status, result) = match outcome {
            Ok(result) => ("succeeded", result),
            Err(why) => ("failed", json!({ "error": why })),
        };
        let done = json!({
            "action_id": id("act"), "action": action, "status": status, "result": result,
            "duration_ms": u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        self.remember(done.clone());
        Ok(done)
    }

    /// Explains by what is on record: what holds the identifier asked for, or else the most words of the question; of equals the newest.
    fn explain(&self, query: &str) -> Value {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let words: Vec<String> = query
            .split(|letter: char| !letter.is_alphanumeric() && letter != '-')
            .filter(|word| word.len() > 3)
            .map(str::to_lowercase)
            .collect();
        let score = |entry: &Value| {
            let text = entry.to_string().to_lowercase();
            let fitting = words.iter().filter(|word| text.contains(word.as_str())).count();
            let named = ["plan_id", "action_id", "observation_id"]
                .iter()
                .any(|id| words.iter().any(|word| entry[*id] == **word));
            // One that is asked for by its identifier comes before any that words fit.
            if named { words.len() + fitting } else { fitting }
        };
        let mut found: Vec<_> =
            history.iter().rev().map(|entry| (score(entry), entry)).filter(|(score, _)| *score > 0).collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        let evidence: Vec<&Value> = found.iter().take(3).map(|(_, entry)| *entry).collect();
        let explanation = match evidence.first() {
            None => "Nothing on record has to do with this.".to_owned(),
            Some(entry) => tell(entry),
        };
        json!({ "explanation": explanation, "evidence": evidence })
    }

    /// The slot of an idempotency key, made when it is new.
    fn slot(&self, key: &str, request: [u8; 32]) -> Result<Slot, Problem> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, kept| kept.at.elapsed() < KEPT);
        let make = || Kept { request, slot: Slot::default(), at: Instant::now() };
        let kept = kept.entry(key.to_owned()).or_insert_with(make);
        if kept.request != request {
            let detail = "this Idempotency-Key was used for another request";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail));
        }
        Ok(Arc::clone(&kept.slot))
    }

    /// Lets a key go whose request was refused: nothing was done, so that it may be used again.
    fn release(&self, key: &str, slot: &Slot) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.get(key).is_some_and(|kept| Arc::ptr_eq(&kept.slot, slot)) {
            kept.remove(key);
        }
    }
}

/// A record in a sentence.
fn tell(entry: &Value) -> String {
    let field = |name: &str| entry[name].as_str().unwrap_or_default();
    if entry.get("plan_id").is_some() {
        let steps: Vec<_> =
            entry["steps"].as_array().into_iter().flatten().filter_map(|step| step["action"].as_str()).collect();
        format!(
            "To reach \"{}\" the plan {} was made, with the steps {}.",
            field("objective"),
            field("plan_id"),
            steps.join(", ")
        )
    } else if entry.get("action_id").is_some() {
        format!(
            "The action {} was carried out as {} and {}: {}.",
            field("action"),
            field("action_id"),
            field("status"),
            entry["result"]
        )
    } else {
        format!("It was observed as {} that {}: {}.", field("observation_id"), field("type"), entry["data"])
    }
}

fn id(kind: &str) -> String {
    format!("{kind}-{}", uuid::Uuid::new_v4())
}

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new().route("/api/v1/rpc/{method}", post(call)).route("/api/v1/health", get(health))
}

async fn health(extract::State(state): Shared) -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "uptime_s": state.started.elapsed().as_secs() }))
}

async fn call(
    extract::State(state): Shared,
    Path(method): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    state.issuer.check(&headers)?;
    let parsed: Value = serde_json::from_slice(&body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "not_json", format!("the body is not JSON: {error}")))?;
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let Some(key) = key else { return Ok(Json(state.rpc.run(&method, &parsed)?).into_response()) };
    let request: [u8; 32] = Sha256::new().chain_update(&method).chain_update([0]).chain_update(&body).finalize().into();
    let slot = state.rpc.slot(key, request)?;
    // Whoever comes second waits here for the first, and finds its answer.
    let mut kept = slot.lock().await;
    if let Some(answer) = kept.clone() {
        return Ok(([("idempotent-replayed", "true")], Json(answer)).into_response());
    }
    let answer = state.rpc.run(&method, &parsed).inspect_err(|_| state.rpc.release(key, &slot))?;
    *kept = Some(answer.clone());
    Ok(Json(answer).into_response())
}
