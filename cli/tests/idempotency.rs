//! Idempotency keys: the work is done once, however often and however fast it is asked for.

mod support;

use std::sync::Barrier;

use serde_json::{Value, json};
use support::{Answer, Platform};

const OBSERVE: &str = "/api/v1/rpc/observe";

fn send(platform: &Platform, token: &str, path: &str, key: &str, body: &str) -> Answer {
    platform.send("POST", path, &[("authorization", &format!("Bearer {token}")), ("idempotency-key", key)], body)
}

fn on_record(platform: &Platform, token: &str) -> Value {
    platform.rpc(token, "observe", &json!({ "type": "count" })).json()["count"].clone()
}

#[test]
fn a_key_replays_the_same_answer_without_doing_the_work_again() {
    let platform = Platform::start();
    let token = platform.token();
    let body = r#"{"type":"t"}"#;
    let first = send(&platform, &token, OBSERVE, "k", body);
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, None));
    let again = send(&platform, &token, OBSERVE, "k", body);
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(again.json(), first.json());
    let other = send(&platform, &token, OBSERVE, "other", body);
    assert_eq!((other.header("idempotent-replayed"), &other.json()["count"]), (None, &json!(2)));
    assert_eq!(on_record(&platform, &token), 3);
}

#[test]
fn a_key_that_was_used_for_another_request_is_refused() {
    let platform = Platform::start();
    let token = platform.token();
    assert_eq!(send(&platform, &token, OBSERVE, "k", r#"{"type":"t"}"#).status, 200);
    for (path, body) in [(OBSERVE, r#"{"type":"u"}"#), ("/api/v1/rpc/echo", r#"{"type":"t"}"#)] {
        let answer = send(&platform, &token, path, "k", body);
        assert_eq!((answer.status, answer.json()["code"].as_str()), (422, Some("idempotency_key_reused")));
    }
    assert_eq!(on_record(&platform, &token), 2);
}

#[test]
fn a_key_is_free_again_after_a_request_that_was_refused() {
    let platform = Platform::start();
    let token = platform.token();
    assert_eq!(send(&platform, &token, OBSERVE, "k", "{}").status, 422);
    let answer = send(&platform, &token, OBSERVE, "k", r#"{"type":"t"}"#);
    assert_eq!((answer.status, answer.header("idempotent-replayed")), (200, None));
    assert_eq!(
        send(&platform, "no token", OBSERVE, "k", r#"{"type":"t"}"#).status,
        401,
        "nothing is replayed to anyone"
    );
}

#[test]
fn concurrent_requests_with_the_same_key_do_the_work_once() {
    let platform = Platform::start();
    let token = platform.token();
    let rounds = 10;
    for round in 0..rounds {
        // Writing a large file takes long enough for the requests to overlap.
        let content = "x".repeat(1 << 20);
        let parameters = json!({ "path": format!("{round}.txt"), "content": content });
        let body = json!({ "action": "file.write", "parameters": parameters }).to_string();
        let together = Barrier::new(4);
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let ask = || {
                together.wait();
                send(&platform, &token, "/api/v1/rpc/act", &format!("key-{round}"), &body).json()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(answers[0]["status"], "succeeded");
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
    assert_eq!(on_record(&platform, &token), rounds + 1);
    assert_eq!(platform.requests("/api/v1/rpc/act").len(), rounds * 4);
}
