//! The main job against the platform in a box: tokens, verbs, retries, deadlines, and nothing secret in any output.

mod support;

use std::sync::mpsc;

use kei_agent::in_flight::Ticket;
use serde_json::{Value, json};
use support::tap::Tap;
use support::{Platform, call, leaks, runtime, runtime_logging_to};

const PLAN: &str = "/api/v1/rpc/plan";

fn objective() -> Value {
    json!({ "objective": "compute 6 * 7" })
}

#[test]
fn the_four_verbs_do_real_work() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    let none = json!({});
    let plan = call(&client, "plan", &objective(), &none).unwrap();
    let step = &plan["result"]["steps"][0];
    assert_eq!((&step["action"], &step["parameters"]["expression"]), (&json!("math.evaluate"), &json!("6 * 7")));
    let act = json!({ "action": step["action"], "parameters": step["parameters"] });
    let act = call(&client, "act", &act, &none).unwrap();
    assert_eq!(
        (&act["result"]["status"], &act["result"]["result"]["value"]),
        (&json!("succeeded"), &json!(42)),
        "{act}"
    );
    let seen = json!({ "type": "note", "data": { "answer": 42 } });
    let seen = call(&client, "observe", &seen, &none).unwrap();
    assert!(seen["result"]["observation_id"].is_string(), "{seen}");
    let why = call(&client, "explain", &json!({ "query": "What came of math.evaluate?" }), &none).unwrap();
    assert!(why["result"]["explanation"].as_str().unwrap().contains("math.evaluate"), "{why}");
    assert_eq!(platform.stats()["token_requests"], 1);
}

#[test]
fn two_503s_and_then_a_200_are_one_answer_with_three_attempts() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    platform.fault(&json!({ "path": PLAN, "status": 503, "times": 2 }));
    let plan = call(&client, "plan", &objective(), &json!({ "correlation_id": "three-times" })).unwrap();
    assert_eq!(plan["meta"]["attempts"], 3);
    let arrived = platform.requests(PLAN);
    let statuses: Vec<_> = arrived.iter().map(|request| request["status"].clone()).collect();
    assert_eq!(statuses, [503, 503, 200]);
    for request in &arrived {
        assert_eq!(request["headers"]["x-correlation-id"], "three-times");
        assert_eq!(request["body_sha256"], arrived[0]["body_sha256"]);
    }
    assert_eq!(platform.stats()["token_requests"], 1);
}

#[test]
fn an_action_is_sent_again_only_under_an_idempotency_key() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    let act = json!({ "action": "echo", "parameters": { "text": "once" } });
    platform.fault(&json!({ "path": "/api/v1/rpc/act", "status": 503, "times": 1 }));
    let error = call(&client, "act", &act, &json!({})).unwrap_err();
    assert_eq!((&error["name"], &error["attempts"]), (&json!("KEI_E_REMOTE"), &json!(1)), "{error}");
    assert_eq!(error["details"]["not_retried"], "unsafe");
    platform.fault(&json!({ "path": "/api/v1/rpc/act", "status": 503, "times": 1 }));
    let answer = call(&client, "act", &act, &json!({ "idempotency_key": "key-1" })).unwrap();
    assert_eq!(answer["meta"]["attempts"], 2);
    let keys: Vec<_> = platform
        .requests("/api/v1/rpc/act")
        .iter()
        .map(|request| request["headers"]["idempotency-key"].clone())
        .collect();
    assert_eq!(keys, [Value::Null, json!("key-1"), json!("key-1")]);
}

#[test]
fn a_401_brings_one_new_token_and_one_replay() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    call(&client, "plan", &objective(), &json!({})).unwrap();
    platform.tokens(&json!({ "revoke_all": true }));
    // Not safe to repeat, and replayed all the same: who refuses a credential has not acted.
    let act = json!({ "action": "echo", "parameters": { "text": "hello" } });
    let answer = call(&client, "act", &act, &json!({})).unwrap();
    assert_eq!(answer["meta"]["attempts"], 2);
    let arrived = platform.requests("/api/v1/rpc/act");
    let statuses: Vec<_> = arrived.iter().map(|request| request["status"].clone()).collect();
    assert_eq!(statuses, [401, 200]);
    assert_ne!(arrived[0]["headers"]["authorization"], arrived[1]["headers"]["authorization"]);
    assert_eq!(platform.stats()["token_requests"], 2);
}

#[test]
fn a_401_that_stays_is_an_error_after_one_replay() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    platform.fault(&json!({ "path": PLAN, "status": 401 }));
    let error = call(&client, "plan", &objective(), &json!({})).unwrap_err();
    assert_eq!(
        (&error["name"], &error["http_status"], &error["attempts"]),
        (&json!("KEI_E_UNAUTHORIZED"), &json!(401), &json!(2))
    );
    assert_eq!(platform.requests(PLAN).len(), 2);
    assert_eq!(platform.stats()["token_requests"], 2);
}

#[test]
fn an_issuer_that_hangs_ends_in_a_clear_timeout_at_the_deadline() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    platform.fault(&json!({ "path": "/oidc/token", "hang": true }));
    let error = call(&client, "plan", &objective(), &json!({ "timeout_ms": 300 })).unwrap_err();
    assert_eq!(error["name"], "KEI_E_DEADLINE", "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("300 ms") && message.contains("token"), "{message}");
    assert_eq!((&error["attempts"], &error["retryable"]), (&json!(0), &json!(true)));
    assert!(platform.requests(PLAN).is_empty(), "nothing is sent without a token");
}

#[test]
fn an_issuer_that_hangs_longer_than_a_token_may_take_is_named() {
    let platform = Platform::start();
    let runtime = runtime();
    let changes = json!({ "timeouts": { "token_attempt_ms": 100, "token_total_ms": 250 } });
    let client = platform.client_with(&runtime, &changes);
    platform.fault(&json!({ "path": "/oidc/token", "hang": true }));
    let error = call(&client, "plan", &objective(), &json!({})).unwrap_err();
    assert_eq!(error["name"], "KEI_E_TOKEN_TIMEOUT", "{error}");
    assert!(error["message"].as_str().unwrap().contains(&platform.url), "{error}");
}

#[test]
fn a_platform_that_is_gone_is_a_transport_error_that_names_the_origin() {
    let mut platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    call(&client, "plan", &objective(), &json!({})).unwrap();
    platform.stop();
    let error = call(&client, "plan", &objective(), &json!({})).unwrap_err();
    assert_eq!((&error["name"], &error["retryable"]), (&json!("KEI_E_CONNECT"), &json!(true)), "{error}");
    assert!(error["message"].as_str().unwrap().contains(&platform.url), "{error}");
    assert_eq!(error["details"]["origin"], platform.url);
    assert_eq!(error["attempts"], 3, "{error}");
}

#[test]
fn a_thousand_concurrent_submits_on_a_cold_cache_make_one_token_request() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    let (send, receive) = mpsc::channel();
    for number in 0..1000 {
        let request = json!({ "method": "echo", "params": { "number": number } }).to_string();
        let send = send.clone();
        client
            .submit("rpc.call", request.as_bytes(), "", &Ticket::new(), move |outcome| {
                send.send((number, outcome)).unwrap();
            })
            .unwrap();
    }
    drop(send);
    let outcomes: Vec<_> = receive.iter().collect();
    assert_eq!(outcomes.len(), 1000);
    for (number, outcome) in outcomes {
        let answer: Value = serde_json::from_slice(&outcome.unwrap()).unwrap();
        assert_eq!(answer["number"], number);
    }
    let stats = platform.stats();
    assert_eq!((&stats["token_requests"], &stats["requests_by_path"]["/api/v1/rpc/echo"]), (&json!(1), &json!(1000)));
}

#[test]
fn no_secret_and_no_token_is_in_any_error_answer_or_log_line() {
    let platform = Platform::start();
    let tap = Tap::before(&platform.url);
    let log = platform.folder.path().join("log");
    let runtime = runtime_logging_to(&log);
    // The tap cannot stand before discovery, whose issuer must match; it hears each token at the token endpoint.
    let auth =
        json!({ "auth": { "issuer": null, "type": "oidc", "token_endpoint": format!("{}/oidc/token", tap.url) } });
    let client = platform.client_with(&runtime, &auth);
    let mut out = String::new();
    let mut run = |client, operation: &str, request: &Value, options: &Value| {
        let outcome = call(client, operation, request, options).unwrap_or_else(|error| error);
        out += &outcome.to_string();
    };
    let none = json!({});
    run(&client, "plan", &objective(), &none);
    run(&client, "auth.status", &none, &none);
    run(&client, "kei.info", &none, &none);
    run(&client, "health.check", &none, &none);
    platform.fault(&json!({ "path": PLAN, "status": 503, "times": 2 }));
    run(&client, "plan", &objective(), &none);
    platform.tokens(&json!({ "revoke_all": true }));
    run(&client, "plan", &objective(), &none);
    // A server that gives back what it was given, and an issuer that does.
    let tokens = tap.tokens();
    platform.fault(
        &json!({ "path": PLAN, "status": 400, "times": 1, "headers": { "content-type": "application/problem+json" },
        "body": json!({ "detail": format!("you sent {}", tokens[1]) }).to_string() }),
    );
    run(&client, "plan", &objective(), &none);
    // Whose tokens are for something else, so that they do not share the one that there is.
    let cold = |name: &str| {
        let mut auth = auth.clone();
        auth["auth"]["parameters"] = json!({ "cold": name });
        platform.client_with(&runtime, &auth)
    };
    let one = cold("one");
    let echo = json!({ "error": "invalid_client", "error_description": format!("{} is wrong", platform.secret()) });
    platform.fault(&json!({ "path": "/oidc/token", "status": 401, "body": echo.to_string() }));
    run(&one, "plan", &objective(), &none);
    platform.clear_faults();
    platform.fault(&json!({ "path": "/oidc/token", "hang": true }));
    run(&cold("two"), "plan", &objective(), &json!({ "timeout_ms": 200 }));
    runtime.shutdown(None).unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.lines().count() > 20, "the log was on:\n{log}");
    assert_eq!(out.matches("[REDACTED:").count(), 2, "what the servers gave back was masked: {out}");
    let mut secrets = tap.tokens();
    assert!(secrets.len() >= 2, "tokens were given");
    secrets.push(platform.secret().to_owned());
    leaks::assert_none(&secrets, &log, "the log");
    leaks::assert_none(&secrets, &out, "answers and errors");
}

#[test]
fn every_log_line_of_a_call_carries_its_correlation_id() {
    let platform = Platform::start();
    let log = platform.folder.path().join("log");
    let runtime = runtime_logging_to(&log);
    let client = platform.client(&runtime);
    platform.fault(&json!({ "path": PLAN, "status": 503, "times": 1 }));
    call(&client, "plan", &objective(), &json!({ "correlation_id": "the-one" })).unwrap();
    runtime.shutdown(None).unwrap();
    let text = std::fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let of_call: Vec<_> = lines.iter().filter(|line| line["target"] == "kei_agent::call").collect();
    assert!(of_call.len() >= 4, "{text}");
    for line in of_call {
        assert_eq!((&line["correlation_id"], &line["operation"]), (&json!("the-one"), &json!("plan")), "{line}");
        for field in ["timestamp", "level", "message"] {
            assert!(line[field].is_string(), "{line}");
        }
    }
}

#[test]
fn the_callers_trace_and_baggage_travel_on_to_the_platform() {
    let platform = Platform::start();
    let runtime = support::runtime();
    let client = platform.client(&runtime);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let options = json!({
        "traceparent": format!("00-{trace}-b7ad6b7169203331-01"), "tracestate": "vendor=1", "baggage": "order=7, no good,team=blue",
    });
    call(&client, "plan", &json!({ "objective": "add 1 and 2" }), &options).unwrap();
    let headers = platform.requests("/api/v1/rpc/plan").pop().unwrap()["headers"].clone();
    let parent = headers["traceparent"].as_str().unwrap();
    assert!(
        parent.starts_with(&format!("00-{trace}-")) && parent.ends_with("-01") && !parent.contains("b7ad6b7169203331"),
        "{parent}"
    );
    assert_eq!((&headers["tracestate"], &headers["baggage"]), (&json!("vendor=1"), &json!("order=7,team=blue")));
}
