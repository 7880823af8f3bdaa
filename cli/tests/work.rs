//! What the platform does: plans, actions, observations, explanations and the registry.

mod support;

use serde_json::{Value, json};
use support::Platform;

fn rpc(platform: &Platform, method: &str, body: &Value) -> support::Answer {
    platform.with_token(&platform.token(), "POST", &format!("/api/v1/rpc/{method}"), body)
}

#[test]
fn every_step_of_a_plan_can_be_acted_on() {
    let platform = Platform::start();
    let objective = "compute (2 + 3) * 4, tell the time, and look at the host's memory";
    let plan = rpc(&platform, "plan", &json!({ "objective": objective })).json();
    let steps = plan["steps"].as_array().unwrap();
    let actions: Vec<_> = steps.iter().map(|step| step["action"].as_str().unwrap()).collect();
    for wanted in ["math.evaluate", "clock.now", "host.metrics"] {
        assert!(actions.contains(&wanted), "{plan}");
    }
    for step in steps {
        let (status, result) = platform.act(step["action"].as_str().unwrap(), &step["parameters"]);
        assert_eq!(status, "succeeded", "{step}: {result}");
    }
}

#[test]
fn arithmetic_is_right_and_what_cannot_be_computed_fails_clearly() {
    let platform = Platform::start();
    for (expression, value) in [
        ("2+3*4", json!(14)),
        ("(2+3)*4", json!(20)),
        ("-2 - -3", json!(1)),
        ("7/2", json!(3.5)),
        ("10 - 4 - 3", json!(3)),
        ("0.1+0.2", json!(0.1 + 0.2)),
    ] {
        assert_eq!(
            platform.act("math.evaluate", &json!({ "expression": expression })).1["value"],
            value,
            "{expression}"
        );
    }
    let deep = "(".repeat(100_000);
    for expression in ["1/0", "", "2+", "two", "1e308*10", "1)", deep.as_str()] {
        let (status, result) = platform.act("math.evaluate", &json!({ "expression": expression }));
        assert_eq!(status, "failed", "{result}");
        assert!(!result["error"].as_str().unwrap().is_empty());
    }
}

#[test]
fn files_are_kept_in_the_sandbox_and_nowhere_else() {
    let sandbox = tempfile::tempdir().unwrap();
    let platform = Platform::with(&["--sandbox", sandbox.path().to_str().unwrap()]);
    let file = json!({ "path": "note.txt", "content": "hello" });
    assert_eq!(platform.act("file.write", &file).0, "succeeded");
    assert_eq!(std::fs::read_to_string(sandbox.path().join("note.txt")).unwrap(), "hello");
    assert_eq!(platform.act("file.read", &json!({ "path": "note.txt" })).1["content"], "hello");
    assert_eq!(platform.act("file.list", &json!({})).1["files"], json!(["note.txt"]));
    for path in ["../outside", "/etc/hostname", "a/../../outside", ""] {
        assert_eq!(platform.act("file.read", &json!({ "path": path })).0, "failed", "{path}");
        assert_eq!(platform.act("file.write", &json!({ "path": path, "content": "x" })).0, "failed", "{path}");
    }
}

#[test]
fn an_idempotency_key_is_carried_out_once_also_by_two_at_the_same_time() {
    let platform = Platform::start();
    let token = platform.token();
    let bearer = format!("Bearer {token}");
    let observe = |key: &str, data: &str| {
        let body = json!({ "type": "note", "data": data }).to_string();
        let fields = [("authorization", bearer.as_str()), ("idempotency-key", key)];
        platform.send("POST", "/api/v1/rpc/observe", &fields, &body).unwrap()
    };
    let ids: Vec<Value> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| observe("one", "same").json())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()["observation_id"].clone()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(observe("one", "same").header("idempotent-replayed"), Some("true"));
    let reused = observe("one", "other");
    assert_eq!((reused.status, &reused.json()["code"]), (422, &json!("idempotency_key_reused")));
    assert_ne!(observe("two", "same").json()["observation_id"], ids[0]);
}

#[test]
fn explanations_are_of_what_is_on_record() {
    let platform = Platform::start();
    assert_eq!(rpc(&platform, "explain", &json!({ "query": "why" })).json()["evidence"], json!([]));
    let seen = rpc(&platform, "observe", &json!({ "type": "alarm", "data": { "door": "open" } })).json();
    let by_name = rpc(&platform, "explain", &json!({ "query": "which alarm was there?" })).json();
    assert_eq!(by_name["evidence"][0]["observation_id"], seen["observation_id"]);
    let by_id = rpc(&platform, "explain", &json!({ "query": seen["observation_id"] })).json();
    assert!(by_id["explanation"].as_str().unwrap().contains("open"), "{by_id}");
}

#[test]
fn what_is_unknown_or_does_not_fit_is_answered_with_what_would_be_right() {
    let platform = Platform::start();
    for (method, body, status, part) in [
        ("dance", json!({}), 404, "plan, act, observe, explain"),
        ("act", json!({ "action": "dance" }), 404, "math.evaluate"),
        ("act", json!({}), 422, "`action` is missing"),
        ("plan", json!({ "objective": "" }), 422, "`objective` must not be empty"),
        ("plan", json!({ "objective": 5 }), 422, "`objective` must be a string"),
    ] {
        let answer = rpc(&platform, method, &body);
        assert_eq!(answer.status, status, "{method}: {answer:?}");
        assert!(answer.body.contains(part), "{method}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
}

#[test]
fn the_registry_keeps_finds_and_follows_agents() {
    let platform = Platform::start();
    let token = platform.token();
    let ask = |method: &str, path: &str, body: Value| platform.with_token(&token, method, path, &body);
    for (id, capabilities) in [("a1", json!(["read"])), ("a2", json!(["read", "write"]))] {
        let agent = json!({ "agent_id": id, "name": id, "capabilities": capabilities });
        assert!(ask("POST", "/api/v1/agents-mgmt/register", agent).status < 300);
    }
    let found = |query: &str| {
        let list = ask("GET", &format!("/api/v1/registry/agents{query}"), json!({})).json();
        let ids =
            |agents: &Vec<Value>| agents.iter().map(|agent| agent["agent_id"].as_str().unwrap().to_owned()).collect();
        list["agents"].as_array().map_or_else(Vec::<String>::new, ids)
    };
    assert_eq!(found(""), ["a1", "a2"]);
    assert_eq!(found("?capabilities=write"), ["a2"]);
    assert_eq!(found("?limit=1"), ["a1"]);
    let beat = json!({ "health": 1.0, "readiness": "ready" });
    assert_eq!(ask("POST", "/api/v1/agents-mgmt/a1/heartbeat", beat.clone()).status, 200);
    assert_eq!(ask("POST", "/api/v1/agents-mgmt/nobody/heartbeat", beat).status, 404);
    assert_eq!(ask("POST", "/api/v1/agents-mgmt/a1/heartbeat", json!({ "readiness": "asleep" })).status, 422);
    assert_eq!(ask("GET", "/api/v1/registry/agents/a1", json!({})).json()["agent_id"], "a1");
    assert_eq!(ask("GET", "/api/v1/registry/agents/nobody", json!({})).status, 404);
}
