//! The platform's registry and management of agents.

mod support;

use serde_json::{Value, json};
use support::Platform;

#[test]
fn the_registry_keeps_finds_and_follows_agents() {
    let platform = Platform::start();
    let token = platform.token();
    let ask = |method: &str, path: &str, body: Value| platform.ask(&token, method, path, &body);
    for (id, capabilities, tags) in [("a1", json!(["read"]), json!([])), ("a2", json!(["read", "write"]), json!(["x"]))]
    {
        let agent = json!({ "agent_id": id, "name": id, "capabilities": capabilities, "tags": tags });
        assert!(ask("POST", "/api/v1/registry/agents", agent).status < 300);
    }
    let found = |query: &str| {
        let list = ask("GET", &format!("/api/v1/registry/agents{query}"), Value::Null).json();
        let agents = list["agents"].as_array().unwrap().iter();
        agents.map(|agent| agent["agent_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(""), ["a1", "a2"]);
    assert_eq!(found("?capabilities=write"), ["a2"]);
    assert_eq!(found("?tags=x"), ["a2"]);
    assert_eq!(found("?limit=1"), ["a1"]);
    assert_eq!(ask("GET", "/api/v1/registry/agents/a1", Value::Null).json()["agent_id"], "a1");
    assert_eq!(ask("GET", "/api/v1/registry/agents/nobody", Value::Null).status, 404);
    assert_eq!(ask("DELETE", "/api/v1/registry/agents/a1", Value::Null).status / 100, 2);
    assert_eq!(found(""), ["a2"]);
}

#[test]
fn heartbeats_are_taken_of_registered_agents_and_checked() {
    let platform = Platform::start();
    let token = platform.token();
    let ask = |path: &str, body: Value| platform.ask(&token, "POST", path, &body);
    let agent = json!({ "agent_id": "a1", "name": "a1", "capabilities": [] });
    assert!(ask("/api/v1/agents-mgmt/register", agent).status < 300);
    let beat = json!({ "health": 1.0, "readiness": "ready" });
    assert_eq!(ask("/api/v1/agents-mgmt/a1/heartbeat", beat.clone()).status, 200);
    assert_eq!(ask("/api/v1/agents-mgmt/nobody/heartbeat", beat).status, 404);
    let wrong = ask("/api/v1/agents-mgmt/a1/heartbeat", json!({ "readiness": "asleep" }));
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("starting"), "{}", wrong.text());
}

#[test]
fn an_agent_that_does_not_fit_is_refused_and_nothing_changes() {
    let platform = Platform::start();
    let token = platform.token();
    let ask = |method: &str, path: &str, body: Value| platform.ask(&token, method, path, &body);
    let agent = json!({ "agent_id": "a1", "name": "a1", "capabilities": ["read"] });
    let made = ask("POST", "/api/v1/registry/agents", agent).json();
    for change in [json!({ "name": 5 }), json!({ "capabilities": "read" }), json!("no")] {
        assert_eq!(ask("PUT", "/api/v1/registry/agents/a1", change.clone()).status, 422, "{change}");
    }
    let changed = json!({ "name": "new", "registered_at": "never" });
    assert_eq!(ask("PUT", "/api/v1/registry/agents/a1", changed).status, 200);
    let now = ask("GET", "/api/v1/registry/agents/a1", Value::Null).json();
    assert_eq!((&now["name"], &now["registered_at"]), (&json!("new"), &made["registered_at"]));
}
