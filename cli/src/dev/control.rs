//! `/_dev`: the fault switches and the evidence. Without authorization, since the platform listens on loopback.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract;
use axum::routing::get;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::State;
use super::faults::Fault;
use super::problem::Problem;

type Shared = extract::State<Arc<State>>;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/_dev/faults", get(list).post(add).delete(clear))
        .route("/_dev/tokens", get(tokens).post(set_tokens))
        .route("/_dev/client_keys", get(client_keys).put(set_client_keys))
        .route("/_dev/workloads", axum::routing::post(workload_token))
        .route("/_dev/requests", get(requests).delete(forget))
        .route("/_dev/stats", get(stats).delete(forget))
}

async fn list(extract::State(state): Shared) -> Json<Vec<Fault>> {
    Json(state.faults.list())
}

async fn add(extract::State(state): Shared, body: Bytes) -> Result<Json<Vec<Fault>>, Problem> {
    let body = json_in("fault", &body)?;
    let faults: Vec<Fault> = if body.is_array() { fitting("fault", body)? } else { vec![fitting("fault", body)?] };
    if let Some((field, why)) = faults.iter().find_map(Fault::mistake) {
        return Err(Problem::invalid(format!("the fault does not fit: `{field}` {why}")).with("field", field));
    }
    state.faults.add(faults);
    Ok(Json(state.faults.list()))
}

async fn clear(extract::State(state): Shared) -> Json<Value> {
    state.faults.clear();
    Json(json!({}))
}

/// How the issuer is to behave; what is absent stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenSettings {
    lifetime_s: Option<u64>,
    clock_skew_s: Option<i64>,
    #[serde(default)]
    revoke_all: bool,
    omit_expires_in: Option<bool>,
    expires_in_as_string: Option<bool>,
}

async fn tokens(extract::State(state): Shared) -> Json<Value> {
    Json(state.issuer.settings())
}

async fn set_tokens(extract::State(state): Shared, body: Bytes) -> Result<Json<Value>, Problem> {
    let settings: TokenSettings = fitting("settings", json_in("settings", &body)?)?;
    state.issuer.change(|issuer| {
        issuer.lifetime_s = settings.lifetime_s.unwrap_or(issuer.lifetime_s);
        issuer.clock_skew_s = settings.clock_skew_s.unwrap_or(issuer.clock_skew_s);
        issuer.omit_expires_in = settings.omit_expires_in.unwrap_or(issuer.omit_expires_in);
        issuer.expires_in_as_string = settings.expires_in_as_string.unwrap_or(issuer.expires_in_as_string);
    });
    if settings.revoke_all {
        state.issuer.revoke_all();
        state.stream.revoked();
    }
    Ok(Json(state.issuer.settings()))
}

async fn client_keys(extract::State(state): Shared) -> Json<Value> {
    Json(json!(state.issuer.client_keys()))
}

/// Takes a JWK set as the client's public keys.
async fn set_client_keys(extract::State(state): Shared, body: Bytes) -> Result<Json<Value>, Problem> {
    state.issuer.set_client_keys(fitting("client keys", json_in("client keys", &body)?)?);
    Ok(Json(json!(state.issuer.client_keys())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkloadSettings {
    /// Below 0, it has run out already.
    lifetime_s: Option<i64>,
}

/// Gives a token as a cluster gives it to a workload.
async fn workload_token(extract::State(state): Shared, body: Bytes) -> Result<Json<Value>, Problem> {
    let settings = if body.is_empty() { json!({}) } else { json_in("settings", &body)? };
    let settings: WorkloadSettings = fitting("settings", settings)?;
    let token = state.issuer.workload_token(settings.lifetime_s.unwrap_or(3600))?;
    Ok(Json(json!({ "token": token })))
}

pub(super) fn json_in(what: &str, body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::invalid(format!("the {what}: not JSON: {error}")))
}

/// What a JSON value says; the problem names the path of what does not fit.
pub(super) fn fitting<T: DeserializeOwned>(what: &str, value: Value) -> Result<T, Problem> {
    if !value.is_object() && !value.is_array() {
        return Err(Problem::invalid(format!("the {what} must be a JSON object")));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let problem = Problem::invalid(format!("the {what} does not fit: `{path}`: {}", error.inner()));
        problem.with("field", path)
    })
}

async fn requests(extract::State(state): Shared) -> Json<Value> {
    Json(state.evidence.requests())
}

async fn stats(extract::State(state): Shared) -> Json<Value> {
    Json(state.evidence.stats())
}

async fn forget(extract::State(state): Shared) -> Json<Value> {
    state.evidence.forget();
    Json(json!({}))
}
