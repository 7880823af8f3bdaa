//! The evidence: what arrived is counted exactly, shown without its secrets, and forgotten when asked.

mod support;

use std::io::{Read, Write};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::{Answer, Platform, basic, encoded};

const HEALTH: &str = "/api/v1/health";

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_hundred_concurrent_requests_count_as_a_hundred() {
    let platform = Platform::start();
    platform.fault(&json!({ "path": "/oidc/token", "status": 503, "times": 30 }));
    std::thread::scope(|scope| {
        for index in 0..200 {
            let platform = &platform;
            scope.spawn(move || {
                if index % 2 == 0 {
                    assert_eq!(platform.get(HEALTH).status, 200);
                } else {
                    let status = platform.form("/oidc/token", &[("grant_type", "client_credentials")]).status;
                    assert!([200, 503].contains(&status), "{status}");
                }
            });
        }
    });
    let stats = platform.stats();
    assert_eq!(stats["requests_by_path"], json!({ HEALTH: 100, "/oidc/token": 100 }));
    assert_eq!((&stats["token_requests"], &stats["token_requests_granted"]), (&json!(100), &json!(70)));
    assert_eq!(stats["in_flight"], 0);
    // One each, and one for the fault and for this question.
    assert_eq!(stats["connections"], 202);
    let mut numbers: Vec<_> = [HEALTH, "/oidc/token"]
        .iter()
        .flat_map(|path| platform.requests(path))
        .map(|request| request["seq"].as_u64().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
}

#[test]
fn requests_on_one_connection_count_one_connection() {
    let platform = Platform::start();
    let mut stream = platform.connect();
    for _ in 0..3 {
        stream.write_all(format!("GET {HEALTH} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
    let stats = platform.stats();
    assert_eq!((&stats["requests_by_path"][HEALTH], &stats["connections"]), (&json!(3), &json!(2)));
}

#[test]
fn a_request_is_shown_with_its_credential_only_as_scheme_and_hash() {
    let platform = Platform::start();
    let (id, secret) = (platform.client_id(), platform.client_secret());
    let token = platform.token();
    let body = r#"{"objective":"1+1"}"#;
    let headers = [("Authorization", &*format!("Bearer {token}")), ("X-Correlation-Id", "c-1"), ("x-many", "a")];
    let answer = platform.send("POST", "/api/v1/rpc/plan?x=1", &headers, body);
    assert_eq!(answer.header("x-correlation-id"), Some("c-1"), "it is given back");
    platform.send("GET", "/none", &[("authorization", "lonely")], "");
    let shown = &platform.requests("/api/v1/rpc/plan")[0];
    assert_eq!((&shown["method"], &shown["status"]), (&json!("POST"), &json!(200)));
    assert_eq!((&shown["body_bytes"], &shown["body_sha256"]), (&json!(body.len()), &json!(sha256(body))));
    assert_eq!(shown["headers"]["x-correlation-id"], "c-1");
    assert_eq!(shown["headers"]["authorization"], json!({ "scheme": "Bearer", "sha256": sha256(&token) }));
    let asked = &platform.requests("/oidc/token")[0]["headers"]["authorization"];
    let credential = basic(id, secret);
    let credential = credential.strip_prefix("Basic ").unwrap();
    assert_eq!(*asked, json!({ "scheme": "Basic", "sha256": sha256(credential) }));
    let lonely = &platform.requests("/none")[0];
    assert_eq!(lonely["status"], 404);
    assert_eq!(lonely["headers"]["authorization"], json!({ "scheme": "", "sha256": sha256("lonely") }));
    let all = platform.get("/_dev/requests");
    for secret in [secret, credential, &token, "lonely"] {
        assert!(!all.text().contains(secret));
    }
}

#[test]
fn a_header_field_that_comes_twice_is_shown_with_both_values() {
    let platform = Platform::start();
    platform.send("GET", HEALTH, &[("x-twice", "a"), ("x-twice", "b")], "");
    assert_eq!(platform.requests(HEALTH)[0]["headers"]["x-twice"], "a, b");
}

#[test]
fn deleting_forgets_the_requests_and_the_counts_and_no_request_marks_a_later_one() {
    let platform = Platform::start();
    platform.token();
    platform.fault(&json!({ "path": HEALTH, "latency_ms": 1000, "times": 1 }));
    let mut before = platform.begin("GET", HEALTH, &[], "");
    platform.wait_for_requests(HEALTH, 1);
    platform.dev("DELETE", "/_dev/requests", &Value::Null);
    let stats = platform.stats();
    assert_eq!(stats["requests_by_path"], json!({}));
    assert_eq!((&stats["token_requests"], &stats["token_requests_granted"]), (&json!(0), &json!(0)));
    assert_eq!(stats["connections"], 1, "this one");
    assert_eq!(platform.dev("GET", "/_dev/requests", &Value::Null), json!([]));
    platform.fault(&json!({ "path": "/hang", "hang": true }));
    let after: Vec<_> = (0..3).map(|_| platform.begin("GET", "/hang", &[], "")).collect();
    platform.wait_for_requests("/hang", 3);
    assert_eq!(Answer::read(&mut before).unwrap().status, 200);
    assert!(platform.requests("/hang").iter().all(|request| request["status"].is_null()));
    drop(after);
    platform.wait_for_in_flight(0);
    platform.dev("DELETE", "/_dev/stats", &Value::Null);
    assert_eq!(platform.dev("GET", "/_dev/requests", &Value::Null), json!([]), "either path forgets all");
}

#[test]
fn a_body_that_does_not_come_whole_is_refused_and_not_taken_for_an_empty_one() {
    let platform = Platform::start();
    let credential = basic(platform.client_id(), platform.client_secret());
    let mut stream = platform.connect();
    let head = "POST /oidc/token HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n";
    stream.write_all(format!("{head}authorization: {credential}\r\n\r\nthis is no chunk\r\n").as_bytes()).unwrap();
    assert_eq!(Answer::read(&mut stream).unwrap().status, 400);
    assert_eq!(platform.stats()["token_requests"], 0);
}

#[test]
fn only_the_switches_themselves_are_off_the_record() {
    let platform = Platform::start();
    platform.get("/_dev/requests");
    platform.get("/_developer");
    platform.send("POST", "/oidc/token", &[], &encoded(&[("grant_type", "x")]));
    let paths = platform.stats()["requests_by_path"].clone();
    assert_eq!(paths, json!({ "/_developer": 1, "/oidc/token": 1 }));
}
