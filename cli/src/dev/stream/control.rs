//! `/_dev/stream`: what the stream has done, and what it is told to do wrong.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Bytes;
use axum::routing::get;
use axum::{Json, Router, extract};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Shared, State, lock};
use crate::dev::control::{fitting, json_in};
use crate::dev::problem::Problem;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new().route("/_dev/stream", get(status).post(change))
}

async fn status(extract::State(state): Shared) -> Json<Value> {
    Json(state.stream.status())
}

/// What to do; what is absent is left as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    publish: Option<Publish>,
    close: Option<Close>,
    #[serde(default)]
    drop: bool,
    mute: Option<bool>,
    refuse: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publish {
    topic: String,
    data: Option<Value>,
    id: Option<String>,
    count: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Close {
    code: u16,
    #[serde(default)]
    reason: String,
}

async fn change(extract::State(state): Shared, body: Bytes) -> Result<Json<Value>, Problem> {
    let change: Change = fitting("switch", json_in("switch", &body)?)?;
    let stream = &state.stream;
    if let Some(close) = &change.close
        && !matches!(close.code, 1000..=1003 | 1007..=1014 | 3000..=4999)
    {
        let why = format!(
            "the switch does not fit: `close.code` is {}; it should be a code that may be sent (RFC 6455 section 7.4)",
            close.code
        );
        return Err(Problem::invalid(why).with("field", "close.code"));
    }
    if let Some(muted) = change.mute {
        stream.muted.send_replace(muted);
    }
    if let Some(count) = change.refuse {
        stream.refuse.store(count, Ordering::SeqCst);
    }
    if let Some(Publish { topic, data, id, count }) = change.publish {
        for number in 0..count.unwrap_or(1) {
            let data = data.clone().unwrap_or_else(|| json!({ "n": number }));
            stream.publish(&topic, id.as_deref(), &data, None);
        }
    }
    if let Some(Close { code, reason }) = change.close {
        stream.close_all(code, &reason);
    }
    if change.drop {
        lock(&stream.sockets).values().for_each(|socket| socket.cut());
    }
    Ok(Json(stream.status()))
}
