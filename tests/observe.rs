//! What the library tells of itself, seen from outside: the log's file, and the operations that write to it.

mod support;

use kei_agent::{Client, Runtime};
use serde_json::{Value, json};
use support::call;

/// A client that never has to reach anyone.
fn client(runtime: &Runtime) -> Client {
    Client::new(runtime, r#"{"base_url": "http://127.0.0.1:1"}"#).unwrap()
}

fn good(client: &Client, operation: &str, request: &Value) -> Value {
    call(client, operation, request, &json!({})).unwrap_or_else(|error| panic!("{operation}: {error}"))["result"]
        .clone()
}

fn bad(client: &Client, operation: &str, request: &Value) -> Value {
    call(client, operation, request, &json!({})).expect_err(operation)
}

#[test]
fn the_host_writes_to_the_same_log_and_changes_its_levels_and_nothing_unlisted_gets_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let config = json!({ "log": { "file": file, "level": "info" }, "redaction": { "keys": ["order"] } });
    let runtime = Runtime::new(&config.to_string()).unwrap();
    let client = client(&runtime);
    let record = json!({ "level": "info", "target": "shop::till", "message": "sold", "fields": {
        "order": 7, "status": "paid", "card": "4111 1111 1111 1111", "deep": { "name": "n", "pin": "hunter2" },
    }});
    let options = json!({ "correlation_id": "c-1" });
    assert_eq!(call(&client, "log.write", &record, &options).unwrap()["result"], json!({ "wanted": true }));
    let debug = json!({ "level": "debug", "message": "details" });
    assert_eq!(good(&client, "log.write", &debug), json!({ "wanted": false }));
    assert_eq!(good(&client, "log.levels", &json!({ "level": "debug" })), json!({ "has_sink": true }));
    assert_eq!(good(&client, "log.write", &debug), json!({ "wanted": true }));
    good(&client, "log.levels", &json!({ "level": "off" }));
    runtime.shutdown(None).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let sold = lines.find(|line| line["target"] == "shop::till").unwrap();
    assert_eq!((&sold["message"], &sold["correlation_id"]), (&json!("sold"), &json!("c-1")));
    assert_eq!((&sold["order"], &sold["status"], &sold["deep"]["name"]), (&json!(7), &json!("paid"), &json!("n")));
    for hidden in [&sold["card"], &sold["deep"]["pin"]] {
        assert!(hidden.as_str().unwrap().starts_with("[REDACTED:field:"), "{sold}");
    }
    assert_eq!(lines.filter(|line| line["message"] == "details").count(), 1);
}

#[test]
fn a_record_that_makes_no_sense_is_refused_with_its_field() {
    let runtime = support::runtime();
    let client = client(&runtime);
    for (request, says) in [
        (json!({ "level": "loud", "message": "x" }), "level"),
        (json!({ "level": "off", "message": "x" }), "`level` must be one of error, warn, info, debug, trace"),
        (json!({ "level": "info", "message": " " }), "`message` must not be empty"),
        (json!({ "level": "info" }), "message"),
        (json!({ "level": "info", "message": "x", "target": "a b" }), "`target` must be"),
        (json!({ "level": "info", "message": "x", "feilds": {} }), "did you mean `fields`"),
    ] {
        let error = bad(&client, "log.write", &request);
        assert_eq!(error["name"], "KEI_E_REQUEST", "{error}");
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
    let error = bad(&client, "log.levels", &json!({ "levle": "debug" }));
    assert!(error["message"].as_str().unwrap().contains("did you mean `level`"), "{error}");
    assert_eq!(good(&client, "log.levels", &json!({ "level": "debug" })), json!({ "has_sink": false }));
}

#[test]
fn failures_are_counted_by_their_type_and_operation_those_that_never_began_too() {
    let runtime = support::runtime();
    let client = client(&runtime);
    bad(&client, "plan", &json!({ "objective": "x" }));
    bad(&client, "plan", &json!({ "objectiv": "x" }));
    bad(&client, "pln", &json!({}));
    good(&client, "kei.info", &json!({}));
    let stats = good(&client, "errors.stats", &json!({}));
    assert_eq!((&stats["calls"], &stats["failures"]), (&json!(4), &json!(3)), "{stats}");
    assert_eq!(stats["categories"], json!({ "transport": 1, "validation": 2 }), "{stats}");
    let of =
        |name: &str| stats["types"].as_array().unwrap().iter().find(|entry| entry["name"] == name).unwrap().clone();
    assert_eq!(of("KEI_E_CONNECT")["operations"], json!({ "plan": 1 }));
    assert_eq!(of("KEI_E_REQUEST")["operations"], json!({ "plan": 1 }));
    assert_eq!(of("KEI_E_UNKNOWN_OPERATION")["operations"], json!({ "": 1 }));
}
