//! The stream: topics over WebSocket (RFC 6455), frames of JSON text. A frame is acted on before the next is read, so that a pong tells that
//! all that was sent before the ping has taken effect.

mod control;
mod socket;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{self, ws::rejection::WebSocketUpgradeRejection};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use super::State;
use super::problem::Problem;

/// How many messages wait for a socket at most.
const MOST_WAITING: usize = 1024;
/// The largest message that is taken.
const LARGEST: usize = 1 << 20;

/// The close codes that the platform gives.
const TOO_SLOW: (u16, &str) = (1013, "too slow");
const TOKEN_EXPIRED: (u16, &str) = (4401, "token expired");

type Shared = extract::State<Arc<State>>;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new().route("/api/v1/stream", get(open)).merge(control::routes())
}

/// The sockets and what they are subscribed to.
#[derive(Default)]
pub(super) struct Stream {
    sockets: Mutex<BTreeMap<u64, Arc<Socket>>>,
    opened: AtomicU64,
    closed: AtomicU64,
    published: AtomicU64,
    by_code: Mutex<BTreeMap<u16, u64>>,
    refuse: AtomicU64,
    muted: watch::Sender<bool>,
}

/// One socket, as others see it.
struct Socket {
    agent: Option<String>,
    topics: Mutex<BTreeSet<String>>,
    out: Mutex<Out>,
    told: Notify,
    received: AtomicU64,
    sent: AtomicU64,
    pings: AtomicU64,
    /// It is to go without a close frame.
    cut: AtomicBool,
}

/// What waits to be sent.
#[derive(Default)]
struct Out {
    messages: VecDeque<String>,
    close: Option<(u16, String)>,
}

impl Socket {
    /// Has a message sent; a socket that takes too few is closed.
    fn send(&self, message: &Value) {
        let mut out = lock(&self.out);
        if out.messages.len() >= MOST_WAITING {
            out.messages.clear();
            out.close = Some((TOO_SLOW.0, TOO_SLOW.1.to_owned()));
        } else {
            out.messages.push_back(message.to_string());
        }
        drop(out);
        self.told.notify_one();
    }

    fn close(&self, code: u16, reason: &str) {
        lock(&self.out).close.get_or_insert((code, reason.to_owned()));
        self.told.notify_one();
    }

    fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        self.told.notify_one();
    }
}

impl Stream {
    /// Sends a message to every socket that is subscribed to its topic.
    pub(super) fn publish(&self, topic: &str, id: Option<&str>, data: &Value, from: Option<&str>) {
        let id = id.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
        let now = jiff::Timestamp::now().to_string();
        let message =
            json!({ "type": "message", "id": id, "topic": topic, "data": data, "published_at": now, "from": from });
        self.published.fetch_add(1, Ordering::SeqCst);
        // One message after the other, so that all sockets see them in the same order.
        for socket in lock(&self.sockets).values().filter(|socket| lock(&socket.topics).contains(topic)) {
            socket.send(&message);
        }
    }

    /// Closes every socket.
    pub(super) fn close_all(&self, code: u16, reason: &str) {
        lock(&self.sockets).values().for_each(|socket| socket.close(code, reason));
    }

    /// Closes every socket, since its token is good no more.
    pub(super) fn revoked(&self) {
        self.close_all(TOKEN_EXPIRED.0, TOKEN_EXPIRED.1);
    }

    fn forget(&self, id: u64, code: Option<u16>) {
        lock(&self.sockets).remove(&id);
        self.closed.fetch_add(1, Ordering::SeqCst);
        if let Some(code) = code {
            *lock(&self.by_code).entry(code).or_default() += 1;
        }
    }

    fn status(&self) -> Value {
        let count = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        let sockets: Vec<_> = lock(&self.sockets)
            .iter()
            .map(|(id, socket)| {
                json!({
                    "id": id, "agent_id": socket.agent, "subscriptions": *lock(&socket.topics),
                    "received": count(&socket.received), "sent": count(&socket.sent), "pings": count(&socket.pings),
                })
            })
            .collect();
        json!({
            "sockets": sockets, "opened": count(&self.opened), "closed": count(&self.closed),
            "published": count(&self.published), "by_code": *lock(&self.by_code),
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn open(
    extract::State(state): Shared,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let expires = match state.issuer.check(&headers) {
        Ok(expires) => expires,
        Err(problem) => return problem.into_response(),
    };
    let refuse = |left: u64| left.checked_sub(1);
    if state.stream.refuse.fetch_update(Ordering::SeqCst, Ordering::SeqCst, refuse).is_ok() {
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "refused", "this handshake is refused on demand")
            .into_response();
    }
    let Ok(upgrade) = upgrade else {
        let detail = "the stream is a WebSocket: send `Upgrade: websocket` with a key and version 13 (RFC 6455)";
        return Problem::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail)
            .header(header::UPGRADE, "websocket")
            .into_response();
    };
    upgrade
        .max_message_size(LARGEST)
        .max_frame_size(LARGEST)
        .on_upgrade(move |socket| socket::serve(state, socket, headers, expires))
}
