//! What arrived: every request, counted exactly and kept for a while, so that a test can ask the server and not only the client.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// How many requests are kept; the oldest go first.
const MOST: usize = 10_000;

/// The record of what arrived.
#[derive(Default)]
pub(super) struct Evidence {
    kept: Mutex<Kept>,
    pub(super) connections: AtomicU64,
    pub(super) in_flight: AtomicU64,
    pub(super) tokens_asked: AtomicU64,
    pub(super) tokens_granted: AtomicU64,
}

#[derive(Default)]
struct Kept {
    seq: u64,
    requests: VecDeque<Value>,
    by_path: BTreeMap<String, u64>,
}

impl Evidence {
    /// Records a request as it arrived; answers its number.
    pub(super) fn arrived(&self, method: &str, path: &str, headers: &HeaderMap, body: &[u8]) -> u64 {
        if path == "/oidc/token" {
            self.tokens_asked.fetch_add(1, Ordering::SeqCst);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
        let mut kept = self.lock();
        kept.seq += 1;
        let seq = kept.seq;
        *kept.by_path.entry(path.to_owned()).or_default() += 1;
        if kept.requests.len() >= MOST {
            kept.requests.pop_front();
        }
        kept.requests.push_back(json!({
            "seq": seq, "method": method, "path": path, "status": null, "headers": shown(headers),
            "body_bytes": body.len(), "body_sha256": hex(body), "received_at_ms": now,
        }));
        seq
    }

    /// Adds the status that a request was answered with.
    pub(super) fn answered(&self, seq: u64, status: u16) {
        let mut kept = self.lock();
        if let Some(request) = kept.requests.iter_mut().rev().find(|request| request["seq"] == seq) {
            request["status"] = status.into();
        }
    }

    pub(super) fn requests(&self) -> Value {
        self.lock().requests.iter().cloned().collect()
    }

    pub(super) fn stats(&self) -> Value {
        let count = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        json!({
            "token_requests": count(&self.tokens_asked),
            "token_requests_granted": count(&self.tokens_granted),
            "connections": count(&self.connections),
            "in_flight": count(&self.in_flight),
            "requests_by_path": self.lock().by_path,
        })
    }

    pub(super) fn forget(&self) {
        let mut kept = self.lock();
        // The numbers go on: a request that is answered after this must not mark a later one.
        *kept = Kept { seq: kept.seq, ..Kept::default() };
        drop(kept);
        for counter in [&self.connections, &self.tokens_asked, &self.tokens_granted] {
            counter.store(0, Ordering::SeqCst);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Header fields to show: of a credential only its scheme and its hash.
fn shown(headers: &HeaderMap) -> Map<String, Value> {
    let show = |name: &str, value: &[u8]| {
        let text = String::from_utf8_lossy(value);
        if name != "authorization" {
            return Value::from(text);
        }
        let (scheme, credential) = text.split_once(' ').unwrap_or(("", &text));
        json!({ "scheme": scheme, "sha256": hex(credential.as_bytes()) })
    };
    let all = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>().join(&b", "[..]);
    headers.keys().map(|name| (name.to_string(), show(name.as_str(), &all(name)))).collect()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
