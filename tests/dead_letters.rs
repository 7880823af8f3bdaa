//! Messages that cannot be delivered, in memory and in a file that outlives kill -9, with the platform in a box.

mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use kei_agent::Client;
use kei_agent::in_flight::Ticket;
use serde_json::{Value, json};
use support::{Platform, ask, call, free_port, leaks, runtime};

const CHILD: &str = "KEI_TEST_DEAD_LETTERS";

/// A URL that nobody answers at.
fn nobody() -> String {
    format!("http://127.0.0.1:{}", free_port())
}

/// The platform is away, and calls give up at once.
fn away(url: &str) -> Value {
    json!({ "base_url": url, "auth": { "type": "none", "issuer": null, "client_id": null, "client_secret": null, "scopes": null },
        "retry": { "max_attempts": 1 } })
}

fn publish(client: &Client, id: &str, payload: &Value) -> Result<Value, Value> {
    let message = json!({ "type": "task.done", "target": "somebody", "payload": payload, "message_id": id });
    call(client, "bus.publish", &message, &json!({}))
}

fn local(client: &Client, operation: &str, request: &Value) -> Value {
    call(client, operation, request, &json!({})).unwrap()["result"].take()
}

/// What the platform has taken: each message's id with how often it came.
fn taken(platform: &Platform) -> Vec<(String, u64)> {
    let all = ask("GET", &format!("{}/_dev/bus", platform.url), None);
    let one = |one: &Value| (one["message"]["message_id"].as_str().unwrap().to_owned(), one["times"].as_u64().unwrap());
    all["messages"].as_array().unwrap().iter().map(one).collect()
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_message_that_is_taken_leaves_nothing_and_one_that_is_not_is_listed_masked_sent_again_and_dropped() {
    let platform = Platform::start();
    let runtime = runtime();
    let url = nobody();
    let folder = tempfile::tempdir().unwrap();
    let file = json!({ "dead_letters": { "file": folder.path().join("letters") } });
    let mut gone = away(&url);
    support::merge(&mut gone, &file);
    // Both write to the same file, which the clients of a runtime share.
    let (up, down) = (platform.client_with(&runtime, &file), platform.client_with(&runtime, &gone));
    let answer = publish(&up, "first", &json!(1)).unwrap()["result"].take();
    assert_eq!(answer, json!({ "message_id": "first", "status": "accepted" }));
    assert_eq!(local(&up, "dlq.list", &json!({}))["letters"], json!([]));
    let canary = "canary-4711-in-a-payload";
    for id in ["a", "b", "c"] {
        let error = publish(&down, id, &json!({ "secret": canary, "id": id })).unwrap_err();
        assert_eq!(
            (&error["name"], &error["details"]["dead_letter"]),
            (&json!("KEI_E_CONNECT"), &json!(id)),
            "{error}"
        );
    }
    let list = local(&down, "dlq.list", &json!({}));
    assert_eq!((ids(&list["letters"]), &list["dead"]), (vec!["a".into(), "b".into(), "c".into()], &json!(3)));
    let shown = local(&down, "dlq.get", &json!({ "id": "a" }));
    assert_eq!(
        (&shown["state"], &shown["to"], &shown["error"]),
        (&json!("dead"), &json!("somebody"), &json!("KEI_E_CONNECT"))
    );
    assert!(shown["payload"].as_str().unwrap().starts_with("[REDACTED:payload:"), "{shown}");
    leaks::assert_none(&[canary.to_owned()], &format!("{list}{shown}"), "a listing");
    assert_eq!(local(&down, "dlq.list", &json!({ "after": "a", "limit": 1 }))["letters"][0]["id"], "b");
    assert_eq!(local(&down, "dlq.drop", &json!({ "ids": ["b"] }))["dropped"], json!(["b"]));
    let still = local(&down, "dlq.retry", &json!({ "ids": ["a"] }));
    assert_eq!((&still["delivered"], &still["failed"][0]["id"]), (&json!([]), &json!("a")));
    assert_eq!(local(&up, "dlq.get", &json!({ "id": "a" }))["attempts"], 2);
    let again = local(&up, "dlq.retry", &json!({ "all": true }));
    assert_eq!((&again["delivered"], &again["failed"]), (&json!(["c", "a"]), &json!([])), "{again}");
    assert_eq!(taken(&platform), [("a".into(), 1), ("c".into(), 1), ("first".into(), 1)]);
    assert_eq!(local(&up, "kei.info", &json!({}))["dead_letters"], 0);
    for (operation, request, field) in [
        ("dlq.get", json!({ "id": "a" }), "id"),
        ("dlq.retry", json!({}), "ids"),
        ("dlq.drop", json!({ "ids": ["no"] }), "ids"),
        ("dlq.drop", json!({ "ids": [], "all": true }), "all"),
        ("dlq.list", json!({ "limit": 0 }), "limit"),
        ("dlq.list", json!({ "after": "no" }), "after"),
        ("bus.publish", json!({ "type": " ", "target": "x", "payload": 1 }), "type"),
        ("bus.publish", json!({ "type": "x", "target": "x", "payload": 1, "message_id": "a b" }), "message_id"),
        ("agents.send", json!({ "to_agent": "a/b", "message_type": "x", "payload": 1 }), "to_agent"),
    ] {
        let error = call(&up, operation, &request, &json!({})).unwrap_err();
        assert_eq!(error["details"]["field"], field, "{operation} {request}: {error}");
    }
}

#[test]
fn a_message_from_agent_to_agent_carries_its_envelope_and_is_kept_like_any_other() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client_with(&runtime, &json!({ "agent_id": "one" }));
    let message = json!({ "to_agent": "two", "message_type": "request", "payload": { "n": 1 }, "message_id": "m", "priority": 3 });
    let answer = call(&client, "agents.send", &message, &json!({ "correlation_id": "c" })).unwrap();
    assert_eq!(answer["result"], json!({ "message_id": "m", "correlation_id": "c", "status": "accepted" }));
    let all = ask("GET", &format!("{}/_dev/bus", platform.url), None);
    let mut envelope = all["messages"][0]["message"].clone();
    assert!(envelope["timestamp"].take().is_string());
    let expected = json!({ "message_id": "m", "from_agent": "one", "to_agent": "two", "message_type": "request", "payload": { "n": 1 },
        "headers": {}, "timestamp": null, "correlation_id": "c", "priority": 3 });
    assert_eq!(envelope, expected);
    platform.fault(&json!({ "path": "/api/v1/agents/two", "status": 500, "times": 100 }));
    let message = json!({ "to_agent": "two", "message_type": "request", "payload": 1, "message_id": "n" });
    let error = call(&client, "agents.send", &message, &json!({})).unwrap_err();
    assert_eq!((&error["attempts"], &error["details"]["dead_letter"]), (&json!(3), &json!("n")), "{error}");
    let keys = platform.requests("/api/v1/agents/two");
    assert!(keys[1..].iter().all(|request| request["headers"]["idempotency-key"] == "n"), "{keys:?}");
    platform.clear_faults();
    assert_eq!(local(&client, "dlq.retry", &json!({ "all": true }))["delivered"], json!(["n"]));
}

/// In the process that is to be killed: publishes a thousand messages, says each id once the message is taken on, and waits to be told to go on.
fn publish_until_killed(settings: &str) {
    let config: Value = serde_json::from_str(settings).unwrap();
    let runtime = runtime();
    let client = Client::new(&runtime, &config.to_string()).unwrap();
    let mut told = std::io::stdin().lock();
    for number in 0..1000 {
        let id = format!("message-{number}");
        let message = json!({ "type": "t", "target": "somebody", "payload": number, "message_id": id }).to_string();
        client.submit("bus.publish", message.as_bytes(), "", &Ticket::new(), drop).unwrap();
        println!("@@{id}");
        told.read_exact(&mut [0]).unwrap();
    }
}

/// Starts the process, lets it publish `count` messages, and kills it in the middle of the next. Answers the ids that it said.
fn killed(test: &str, config: &Value, count: usize) -> BTreeSet<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, config.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut tell = child.stdin.take().unwrap();
    let mut said = BTreeSet::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while said.len() < count {
        let line = lines.next().expect("the process publishes").unwrap();
        let Some((_, id)) = line.split_once("@@") else { continue };
        said.insert(id.to_owned());
        tell.write_all(b".").unwrap();
    }
    // SIGKILL, while it is about the next ones.
    tell.write_all(&[b'.'; 100]).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    said.extend(lines.map_while(Result::ok).filter_map(|line| Some(line.split_once("@@")?.1.to_owned())));
    said
}

fn assert_kept(platform: &Platform, file: &Path, said: &BTreeSet<String>) {
    let runtime = runtime();
    let client = platform.client_with(&runtime, &json!({ "dead_letters": { "file": file } }));
    let before: BTreeSet<String> = taken(platform).into_iter().map(|(id, _)| id).collect();
    let listed = ids(&local(&client, "dlq.list", &json!({ "limit": 10_000 }))["letters"]);
    let listed_once: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), listed_once.len(), "no id is listed twice");
    let lost: Vec<_> = said.iter().filter(|id| !before.contains(*id) && !listed_once.contains(*id)).collect();
    assert!(lost.is_empty(), "neither delivered nor listed: {lost:?}");
    let again = call(&client, "dlq.retry", &json!({ "all": true }), &json!({ "timeout_ms": 600_000 })).unwrap();
    assert_eq!(ids_of(&again["result"]["delivered"]), listed_once, "{again}");
    let after: BTreeSet<String> = taken(platform).into_iter().map(|(id, _)| id).collect();
    assert!(said.is_subset(&after) && after == before.union(&listed_once).cloned().collect());
    assert_eq!(local(&client, "dlq.list", &json!({}))["letters"], json!([]));
    // What went on to subscribers went once, even if the process was killed before it could note that the platform has it.
    let published = platform.stream(&json!({}))["published"].as_u64().unwrap();
    assert_eq!(published, after.len() as u64);
}

fn ids_of(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[test]
fn killed_in_the_middle_of_a_thousand_publishes_with_the_platform_away_each_is_listed_and_delivered_once() {
    if let Ok(settings) = std::env::var(CHILD) {
        return publish_until_killed(&settings);
    }
    let test = "killed_in_the_middle_of_a_thousand_publishes_with_the_platform_away_each_is_listed_and_delivered_once";
    let url = nobody();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letters");
    let config = json!({ "base_url": url, "dead_letters": { "file": file } });
    let said = killed(test, &config, 500);
    assert!((500..=700).contains(&said.len()), "{}", said.len());
    let platform = Platform::start();
    assert_kept(&platform, &file, &said);
    assert!(taken(&platform).iter().all(|(_, times)| *times == 1), "each came once");
}

#[test]
fn killed_in_the_middle_of_a_thousand_publishes_with_the_platform_there_each_is_delivered_or_listed_and_taken_once() {
    if let Ok(settings) = std::env::var(CHILD) {
        return publish_until_killed(&settings);
    }
    let test = "killed_in_the_middle_of_a_thousand_publishes_with_the_platform_there_each_is_delivered_or_listed_and_taken_once";
    let platform = Platform::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letters");
    let mut config = platform.config();
    support::merge(&mut config, &json!({ "dead_letters": { "file": file } }));
    let said = killed(test, &config, 300);
    assert_kept(&platform, &file, &said);
}

#[test]
fn a_file_that_something_else_uses_is_refused() {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letters");
    let config = json!({ "base_url": "http://127.0.0.1:9", "dead_letters": { "file": file } }).to_string();
    let _first = Client::new(&runtime, &config).unwrap();
    let error = Client::new(&support::runtime(), &config).err().unwrap();
    assert!(error.message.contains("in use") && error.details["field"] == "dead_letters.file", "{error}");
}
