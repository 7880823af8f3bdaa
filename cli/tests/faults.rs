//! The platform's faults on demand, and its evidence.

mod support;

use serde_json::{Value, json};
use support::Platform;

const HEALTH: &str = "/api/v1/health";

fn health(platform: &Platform) -> std::io::Result<support::Answer> {
    platform.send("GET", HEALTH, &[], "")
}

#[test]
fn a_fault_answers_as_it_is_told_as_often_as_it_is_told() {
    let platform = Platform::start();
    let fault = json!({
        "path": HEALTH, "method": "get", "skip": 1, "times": 2, "status": 503, "retry_after": "7",
        "headers": { "x-fault": "yes" }, "body": "no",
    });
    assert_eq!(platform.post("/_dev/faults", &fault).status, 200);
    let answers: Vec<_> = (0..4).map(|_| health(&platform).unwrap()).collect();
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 503, 503, 200]);
    let faulty = &answers[1];
    assert_eq!((faulty.header("retry-after"), faulty.header("x-fault"), &*faulty.body), (Some("7"), Some("yes"), "no"));
}

#[test]
fn a_fault_befalls_its_path_and_method_and_no_other() {
    let platform = Platform::start();
    platform.post(
        "/_dev/faults",
        &json!([{ "path": "/oidc/token", "status": 500 }, { "path": HEALTH, "method": "POST", "status": 500 }]),
    );
    assert_eq!((health(&platform).unwrap().status, platform.ask_for_token("").status), (200, 500));
    platform.delete("/_dev/faults");
    assert_eq!(platform.ask_for_token("grant_type=client_credentials").status, 200);
    assert_eq!(platform.get("/_dev/faults"), json!([]));
}

#[test]
fn resets_and_cut_bodies_break_the_answer_where_they_are_told() {
    let platform = Platform::start();
    for (fault, headed) in [
        (json!({ "reset": "before_headers" }), false),
        (json!({ "reset": "after_headers" }), true),
        (json!({ "reset": "in_body" }), true),
        (json!({ "truncate_bytes": 3 }), true),
    ] {
        let mut fault = fault;
        fault["path"] = json!(HEALTH);
        fault["times"] = json!(1);
        platform.post("/_dev/faults", &fault);
        assert!(health(&platform).is_err(), "{fault}");
        let last = platform.get("/_dev/requests").as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["status"], if headed { json!(200) } else { Value::Null }, "{fault}");
        assert_eq!(health(&platform).unwrap().status, 200);
    }
}

#[cfg(unix)]
#[test]
fn a_request_that_hangs_holds_up_no_other() {
    let platform = Platform::start();
    platform.post("/_dev/faults", &json!({ "path": HEALTH, "hang": true, "times": 1 }));
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| health(&platform));
        // It has arrived when the platform counts it.
        while platform.get("/_dev/stats")["in_flight"] != 1 {
            std::thread::yield_now();
        }
        assert_eq!(health(&platform).unwrap().status, 200);
        assert!(!hanging.is_finished());
        // Only the end of the platform ends it.
        let mut kill = std::process::Command::new("kill");
        assert!(kill.arg(platform.process.id().to_string()).status().unwrap().success());
        assert!(hanging.join().unwrap().is_err());
    });
}

#[test]
fn latency_comes_before_the_answer() {
    let platform = Platform::start();
    platform.post("/_dev/faults", &json!({ "path": HEALTH, "latency_ms": 200, "times": 1 }));
    let start = std::time::Instant::now();
    assert_eq!(health(&platform).unwrap().status, 200);
    assert!(start.elapsed() >= std::time::Duration::from_millis(200));
}

#[test]
fn a_fault_that_does_not_fit_is_refused_with_the_reason() {
    let platform = Platform::start();
    for (fault, part) in [
        (json!({ "status": 500 }), "path"),
        (json!({ "path": "*", "statsu": 500 }), "statsu"),
        (json!({ "path": "*", "status": 99 }), "200 to 599"),
        (json!({ "path": "*", "status": "many" }), "status"),
        (json!({ "path": "*", "reset": "sometimes" }), "before_headers"),
        (json!("no"), "fault"),
    ] {
        let answer = platform.post("/_dev/faults", &fault);
        assert_eq!(answer.status, 422, "{fault}");
        assert!(answer.body.contains(part), "{fault}: {answer:?}");
    }
    assert_eq!(platform.get("/_dev/faults"), json!([]));
}

#[test]
fn requests_are_counted_exactly_and_shown_without_credentials() {
    let platform = Platform::start();
    let token = platform.token();
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| platform.with_token(&token, "POST", "/api/v1/rpc/echo", &json!({ "a": 1 })));
        }
    });
    let stats = platform.get("/_dev/stats");
    assert_eq!((&stats["requests_by_path"]["/api/v1/rpc/echo"], &stats["token_requests"]), (&json!(100), &json!(1)));
    let shown = platform.send("GET", "/_dev/requests", &[], "").unwrap();
    assert!(!shown.body.contains(&token) && !shown.body.contains(platform.secret()));
    let last = shown.json().as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["method"], &last["status"], &last["body_bytes"]), (&json!("POST"), &json!(200), &json!(7)));
    assert_eq!(last["headers"]["authorization"]["scheme"], "Bearer");
    platform.delete("/_dev/requests");
    assert_eq!(platform.get("/_dev/stats")["requests_by_path"], json!({}));
}
