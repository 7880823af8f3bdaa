//! The fault switches: each does what it says, to the requests that it is meant for, as often as it is told.

mod support;

use std::io::{ErrorKind, Read};

use serde_json::{Value, json};
use support::{Answer, Platform};

const HEALTH: &str = "/api/v1/health";

fn statuses(platform: &Platform, path: &str, count: usize) -> Vec<u16> {
    (0..count).map(|_| platform.get(path).status).collect()
}

#[test]
fn a_status_comes_with_its_retry_after_its_headers_and_its_body() {
    let platform = Platform::start();
    platform.fault(&json!({
        "path": HEALTH, "times": 1, "status": 429, "retry_after": "7", "body": "<p>later</p>",
        "headers": { "content-type": "text/html", "X-Kei": "a, b" },
    }));
    let answer = platform.get(HEALTH);
    assert_eq!((answer.status, answer.text()), (429, "<p>later</p>"));
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!(answer.header("x-kei"), Some("a, b"));
    assert_eq!(platform.get(HEALTH).json()["status"], "ok");
    platform.fault(&json!({ "path": HEALTH, "status": 503 }));
    let answer = platform.get(HEALTH);
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("fault")), "without a body it is a problem");
    let seen: Vec<_> = platform.requests(HEALTH).iter().map(|request| request["status"].clone()).collect();
    assert_eq!(seen, [429, 200, 503]);
}

#[test]
fn a_fault_lets_pass_and_befalls_as_many_requests_as_it_is_told() {
    let platform = Platform::start();
    platform.fault(&json!({ "path": HEALTH, "status": 503, "skip": 2, "times": 3 }));
    assert_eq!(statuses(&platform, HEALTH, 7), [200, 200, 503, 503, 503, 200, 200]);
    // The next in the list takes over when the first has no times left.
    platform.dev("DELETE", "/_dev/faults", &Value::Null);
    platform
        .fault(&json!([{ "path": HEALTH, "status": 500, "times": 1 }, { "path": HEALTH, "status": 502, "times": 1 }]));
    assert_eq!(statuses(&platform, HEALTH, 3), [500, 502, 200]);
}

#[test]
fn a_fault_without_times_stays_until_it_is_cleared() {
    let platform = Platform::start();
    platform.fault(&json!({ "path": HEALTH, "status": 500 }));
    assert_eq!(statuses(&platform, HEALTH, 3), [500, 500, 500]);
    platform.dev("DELETE", "/_dev/faults", &Value::Null);
    assert_eq!(platform.get(HEALTH).status, 200);
    assert_eq!(platform.dev("GET", "/_dev/faults", &Value::Null), json!([]));
}

#[test]
fn the_list_of_faults_tells_what_is_left_of_them() {
    let platform = Platform::start();
    platform.fault(&json!({ "path": HEALTH, "status": 500, "skip": 1, "times": 2 }));
    statuses(&platform, HEALTH, 2);
    let left = platform.dev("GET", "/_dev/faults", &Value::Null);
    assert_eq!((&left[0]["times"], &left[0]["skip"]), (&json!(1), &json!(0)));
}

#[test]
fn a_fault_befalls_its_method_and_paths_only() {
    let platform = Platform::start();
    let agents = "/api/v1/registry/agents";
    platform.fault(&json!({ "path": agents, "method": "post", "status": 500 }));
    assert_eq!(platform.send("POST", agents, &[], "{}").status, 500);
    assert_eq!(platform.send("POST", &format!("{agents}/a/capabilities"), &[], "{}").status, 500, "a path begins so");
    assert_eq!(platform.get(agents).status, 401, "another method goes on to be refused for its missing token");
    assert_eq!(platform.get(HEALTH).status, 200);
    platform.fault(&json!({ "path": "*", "status": 418 }));
    assert_eq!([platform.get(HEALTH).status, platform.get("/none").status], [418, 418]);
    assert_eq!(platform.stats()["requests_by_path"][HEALTH], 2, "the switches themselves are spared");
}

#[test]
fn a_status_fault_keeps_the_work_from_being_done() {
    let platform = Platform::start();
    let token = platform.token();
    platform.fault(&json!({ "path": "/api/v1/rpc/observe", "status": 503, "times": 1 }));
    let observe = || platform.rpc(&token, "observe", &json!({ "type": "t" }));
    assert_eq!(observe().status, 503);
    assert_eq!(observe().json()["count"], 1);
    platform.fault(&json!({ "path": "/oidc/token", "status": 500, "times": 1 }));
    assert_eq!(platform.form("/oidc/token", &[("grant_type", "client_credentials")]).status, 500);
    let stats = platform.stats();
    assert_eq!((&stats["token_requests"], &stats["token_requests_granted"]), (&json!(2), &json!(1)));
}

#[test]
fn latency_holds_an_answer_back_and_no_other() {
    let platform = Platform::start();
    platform.fault(&json!({ "path": HEALTH, "latency_ms": 2000, "times": 1 }));
    let mut slow = platform.begin("GET", HEALTH, &[], "");
    platform.wait_for_requests(HEALTH, 1);
    // It came first and is answered last.
    assert_eq!(platform.get(HEALTH).status, 200);
    let status = |request: &Value| request["status"].clone();
    assert_eq!(platform.requests(HEALTH).iter().map(status).collect::<Vec<_>>(), [Value::Null, json!(200)]);
    assert_eq!(Answer::read(&mut slow).unwrap().json()["status"], "ok", "the work is done all the same");
    assert_eq!(platform.requests(HEALTH).iter().map(status).collect::<Vec<_>>(), [200, 200]);
    assert_eq!(platform.stats()["in_flight"], 0);
}

#[test]
fn a_request_that_hangs_is_never_answered_while_others_go_on() {
    let platform = Platform::start();
    platform.fault(&json!({ "path": HEALTH, "hang": true, "times": 3 }));
    let mut pending: Vec<_> = (0..3).map(|_| platform.begin("GET", HEALTH, &[], "")).collect();
    platform.wait_for_in_flight(3);
    assert_eq!(statuses(&platform, HEALTH, 20), [200; 20]);
    for stream in &mut pending {
        stream.set_nonblocking(true).unwrap();
        assert_eq!(stream.read(&mut [0; 16]).unwrap_err().kind(), ErrorKind::WouldBlock);
    }
    assert_eq!(platform.requests(HEALTH).iter().filter(|request| request["status"].is_null()).count(), 3);
    platform.dev("DELETE", "/_dev/requests", &Value::Null);
    assert_eq!(platform.stats()["in_flight"], 3, "what is forgotten goes on all the same");
    drop(pending);
    // A caller that gives up leaves nothing behind.
    platform.wait_for_in_flight(0);
}

#[test]
fn a_reset_before_the_headers_ends_the_connection_without_an_answer() {
    let platform = Platform::start();
    platform.fault(&json!({ "path": HEALTH, "reset": "before_headers", "times": 1 }));
    let error = Answer::read(&mut platform.begin("GET", HEALTH, &[], "")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(platform.get(HEALTH).status, 200);
    assert_eq!(platform.requests(HEALTH).len(), 2);
}

#[test]
fn a_reset_after_the_headers_or_in_the_body_comes_after_just_so_much() {
    let platform = Platform::start();
    let body = "0123456789";
    for (reset, sent) in [("after_headers", ""), ("in_body", "01234")] {
        platform.fault(&json!({ "path": HEALTH, "status": 200, "body": body, "reset": reset, "times": 1 }));
        let mut stream = platform.begin("GET", HEALTH, &[], "");
        let (answer, ended) = Answer::read_part(&mut stream).unwrap();
        assert_eq!((answer.status, answer.text()), (200, sent), "{reset}");
        assert_eq!(answer.header("content-length"), Some("10"), "{reset}: the whole is promised");
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset, "{reset}");
    }
    // The work's own answer is cut the same way.
    platform.fault(&json!({ "path": HEALTH, "reset": "in_body", "times": 1 }));
    let (answer, ended) = Answer::read_part(&mut platform.begin("GET", HEALTH, &[], "")).unwrap();
    assert!(answer.text().starts_with("{\"") && ended.is_err());
    assert_eq!(platform.get(HEALTH).json()["status"], "ok");
}

#[test]
fn a_truncated_body_ends_early_without_a_reset() {
    let platform = Platform::start();
    for (cut, sent) in [(0, ""), (3, "012"), (99, "0123456789")] {
        platform
            .fault(&json!({ "path": HEALTH, "status": 200, "body": "0123456789", "truncate_bytes": cut, "times": 1 }));
        let (answer, ended) = Answer::read_part(&mut platform.begin("GET", HEALTH, &[], "")).unwrap();
        assert!(ended.is_ok(), "{ended:?}");
        assert_eq!(answer.text(), sent);
        let promised: usize = answer.header("content-length").unwrap().parse().unwrap();
        assert!(promised > sent.len(), "{promised}");
    }
    assert_eq!(platform.get(HEALTH).json()["status"], "ok");
}

#[test]
fn a_fault_that_does_not_fit_is_refused_with_the_name_of_what_is_wrong() {
    let platform = Platform::start();
    for (body, named) in [
        (r#"{"path":"/x","status":700}"#, "status"),
        (r#"{"path":"/x","status":101}"#, "status"),
        (r#"{"path":"/x","status":70000}"#, "status"),
        (r#"{"path":"/x","status":"500"}"#, "status"),
        (r#"{"path":"/x","status":500,"retry_after":2}"#, "retry_after"),
        (r#"{"path":"/x","status":500,"retry_after":"a\nb"}"#, "retry_after"),
        (r#"{"path":"/x","status":500,"headers":{"a b":"c"}}"#, "a b"),
        (r#"{"path":"/x","status":500,"headers":{"a":"b\r\nc: d"}}"#, "`headers"),
        (r#"{"path":"/x","reset":"sometimes"}"#, "reset"),
        (r#"{"path":"/x","times":-1,"hang":true}"#, "times"),
        (r#"{"path":"/x","hangs":true}"#, "hangs"),
        (r#"[{"path":"/x","hang":true},{"path":"/x","latency_ms":"1"}]"#, "[1].latency_ms"),
        // Switches that would do nothing at all are mistakes, too.
        (r#"{"path":"x","status":500}"#, "path"),
        (r#"{"path":"","status":500}"#, "path"),
        (r#"{"status":500}"#, "path"),
        (r#"{"path":"/x","method":"GET ","status":500}"#, "method"),
        (r#"{"path":"/x","retry_after":"2"}"#, "status"),
        (r#"{"path":"/x","body":"b"}"#, "status"),
        (r#"{"path":"/x","headers":{"a":"b"}}"#, "status"),
        (r#"{"path":"/x""#, "EOF"),
        ("3", "fault"),
        ("", "EOF"),
    ] {
        let answer = platform.send("POST", "/_dev/faults", &[], body);
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(named), "{body}: {detail}");
    }
    assert_eq!(platform.dev("GET", "/_dev/faults", &Value::Null), json!([]), "none of a refused list is taken");
}
