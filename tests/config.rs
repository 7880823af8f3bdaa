//! Configurations that change while a client works: as a whole or not at all, and no call fails for it.

mod support;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use kei_agent::{Client, Runtime};
use serde_json::{Value, json};
use support::events::Subscription;
use support::{Platform, call, leaks, runtime, runtime_logging_to, write_private};

fn good(client: &Client, operation: &str, request: &Value) -> Value {
    call(client, operation, request, &json!({})).unwrap_or_else(|error| panic!("{operation}: {error}"))["result"]
        .clone()
}

fn bad(client: &Client, operation: &str, request: &Value) -> Value {
    call(client, operation, request, &json!({})).expect_err(operation)
}

/// A client whose configuration stands in a file, which the test changes.
struct World {
    platform: Platform,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self { platform: Platform::start(), folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("kei.json")
    }

    /// Writes the file: the platform's configuration with `changes`.
    fn write(&self, changes: &Value) {
        let mut config = self.platform.config();
        support::merge(&mut config, changes);
        self.text(&config.to_string());
    }

    fn text(&self, text: &str) {
        // By another name first, as careful programs write.
        let new = self.folder.path().join("new");
        write_private(&new, text);
        std::fs::rename(&new, self.path()).unwrap();
    }

    fn client(&self, runtime: &Runtime, sources: &Value) -> Client {
        let mut config = json!({ "config": { "path": self.path() } });
        support::merge(&mut config, &json!({ "config": sources }));
        Client::new(runtime, &config.to_string()).unwrap()
    }
}

fn version(client: &Client) -> u64 {
    good(client, "config.get", &json!({ "path": "agent_id" }))["version"].as_u64().unwrap()
}

/// Sets a flag when it goes, also when a check has failed: those who wait for the flag end then, too.
struct SetAtEnd<'a>(&'a AtomicBool);

impl Drop for SetAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn five_hundred_changes_some_of_them_bad_fail_no_call_that_runs_meanwhile() {
    let world = World::new();
    world.write(&json!({ "agent_id": "agent-0" }));
    let runtime = runtime();
    let client = world.client(&runtime, &json!({ "watch": false, "history": 1000 }));
    let (stop, calls) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut taken = 0;
    std::thread::scope(|scope| {
        let end = SetAtEnd(&stop);
        let callers: Vec<_> = (0..4)
            .map(|number| {
                let (client, stop, calls) = (client.clone(), &stop, &calls);
                scope.spawn(move || {
                    while !stop.load(Ordering::Acquire) {
                        let request = json!({ "method": "echo", "params": { "caller": number } });
                        let answer = good(&client, "rpc.call", &request);
                        assert_eq!(answer["caller"], number);
                        calls.fetch_add(1, Ordering::AcqRel);
                    }
                })
            })
            .collect();
        for number in 1..=500_u64 {
            let before = calls.load(Ordering::Acquire);
            let refused = match number % 10 {
                3 => Some((json!({ "timeouts": { "total_ms": 0 } }), "`timeouts.total_ms` must be from 1")),
                6 => Some((json!({ "auth": { "client_idd": "x" } }), "`auth.client_idd`")),
                8 => Some((json!({ "tls": { "ca_file": "/no/such/file" } }), "`tls.ca_file`")),
                9 => Some((json!({ "dead_letters": { "max_count": 5 } }), "`dead_letters.max_count` cannot change")),
                _ => None,
            };
            let fine = match number % 10 {
                // Other connections; another token; what needs neither.
                0 => json!({ "http": { "idle_ms": 50_000 + number } }),
                5 => json!({ "auth": { "parameters": { "round": number.to_string() } } }),
                _ => {
                    json!({ "retry": { "max_attempts": 3 + number % 5 }, "limits": { "max_answer_bytes": 1_000_000 + number } })
                }
            };
            let mut changes = json!({ "agent_id": format!("agent-{number}") });
            support::merge(&mut changes, refused.as_ref().map_or(&fine, |(changes, _)| changes));
            world.write(&changes);
            if let Some((_, why)) = refused {
                let error = bad(&client, "config.reload", &json!({}));
                assert!(error["message"].as_str().unwrap().contains(why), "{number}: {error}");
            } else {
                let answer = good(&client, "config.reload", &json!({}));
                taken += 1;
                assert_eq!((&answer["version"], &answer["changed"]), (&json!(taken + 1), &json!(true)), "{number}");
            }
            assert_eq!(version(&client), taken + 1, "{number}");
            // Some calls run between any two changes.
            while calls.load(Ordering::Acquire) < before + 2 && callers.iter().all(|caller| !caller.is_finished()) {
                std::thread::yield_now();
            }
        }
        drop(end);
        for caller in callers {
            caller.join().expect("no call fails");
        }
    });
    assert_eq!(taken, 300);
    let history = good(&client, "config.history", &json!({}));
    let versions = history["versions"].as_array().unwrap();
    let numbers: Vec<u64> = versions.iter().map(|version| version["version"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=301).collect::<Vec<_>>());
    for (before, after) in versions.iter().zip(&versions[1..]) {
        let named = |version: &Value, side: &str| {
            let changes = version["changes"].as_array().unwrap().clone();
            changes.into_iter().find(|change| change["path"] == "agent_id").map(|change| change[side].clone())
        };
        assert_eq!(after["cause"], "reload");
        let from = named(after, "from").expect("each change gave another name");
        assert_eq!(from, named(before, "to").unwrap_or(json!("agent-0")));
    }
    assert_eq!(
        (&history["refused"]["cause"], &history["refused"]["error"]),
        (&json!("reload"), &json!("KEI_E_CONFIG"))
    );
    // The secret stands in every one of them, and is shown in none.
    leaks::assert_none(&[world.platform.secret().to_owned()], &history.to_string(), "config.history");

    // Back to the beginning, which makes a version of its own.
    let first = good(&client, "config.rollback", &json!({ "version": 1 }));
    assert_eq!(first["version"], 302);
    let config = good(&client, "config.get", &json!({}))["config"].clone();
    assert_eq!((&config["agent_id"], &config["retry"]["max_attempts"]), (&json!("agent-0"), &json!(3)));
    assert_eq!(config["auth"]["client_secret"], "[REDACTED]");
    good(&client, "rpc.call", &json!({ "method": "echo", "params": {} }));
    let last = world.platform.requests("/api/v1/rpc/echo").pop().unwrap();
    assert_eq!(last["headers"]["x-agent-id"], "agent-0");
    let error = bad(&client, "config.rollback", &json!({ "version": 1000 }));
    assert!(error["message"].as_str().unwrap().contains("there is no version 1000"), "{error}");
}

#[test]
fn a_file_that_changes_takes_effect_by_itself_and_a_bad_one_says_why() {
    let world = World::new();
    world.write(&json!({ "agent_id": "one" }));
    let log = world.folder.path().join("log");
    let runtime = runtime_logging_to(&log);
    let client = world.client(&runtime, &json!({ "poll_ms": 10 }));
    let mut watch = Subscription::open(&client, "config.watch", &json!({}), &json!({}), 100);
    watch.state("live");
    world.write(&json!({ "agent_id": "two", "auth": { "client_secret": "another-secret-altogether" } }));
    let item = watch.item();
    assert_eq!((&item["version"], &item["cause"]), (&json!(2), &json!("file")));
    let masked = json!("[REDACTED]");
    assert_eq!(item["changes"][0], json!({ "path": "agent_id", "from": "one", "to": "two" }));
    assert_eq!(item["changes"][1], json!({ "path": "auth.client_secret", "from": masked, "to": masked }));
    world.text("{\"agent_id\": \"three\", \"auth\": {\"client_secret\": \"another-secret");
    let refused = watch.state("refused");
    assert_eq!((&refused["refused"]["cause"], &refused["refused"]["error"]), (&json!("file"), &json!("KEI_E_JSON")));
    assert!(refused["refused"]["message"].as_str().unwrap().contains("is not JSON"), "{refused}");
    assert_eq!(version(&client), 2);
    std::fs::remove_file(world.path()).unwrap();
    assert!(watch.state("refused")["refused"]["message"].as_str().unwrap().contains("cannot be read"));
    world.write(&json!({ "agent_id": "four" }));
    assert_eq!(watch.item()["changes"][0]["to"], "four");
    good(&client, "rpc.call", &json!({ "method": "echo", "params": {} }));
    // The subscription ends with its client, and nothing was shown on the way.
    drop(client);
    assert!(watch.end().is_err());
    runtime.shutdown(None).unwrap();
    let written = std::fs::read(&log).unwrap();
    let text = String::from_utf8_lossy(&written);
    assert!(text.contains("the configuration stays as it is") && text.contains("the configuration changed"), "{text}");
    let secrets = [world.platform.secret().to_owned(), "another-secret-altogether".to_owned()];
    leaks::assert_none(&secrets, &text, "the log");
}

#[test]
fn what_a_client_has_learned_outlives_a_change_that_does_not_touch_it() {
    let world = World::new();
    world.write(&json!({}));
    let runtime = runtime();
    let client = world.client(&runtime, &json!({ "watch": false }));
    good(&client, "rpc.call", &json!({ "method": "echo", "params": {} }));
    world.platform.fault(&json!({ "path": "/api/v1/health", "status": 503 }));
    good(&client, "health.check", &json!({}));
    world.platform.clear_faults();
    let before = good(&client, "kei.info", &json!({}));
    assert!(before["retry_budget_left"].as_u64().unwrap() < 500, "{before}");
    good(&client, "config.update", &json!({ "config": { "timeouts": { "total_ms": 20_000 }, "agent_id": "other" } }));
    let after = good(&client, "kei.info", &json!({}));
    for part in ["retry_budget_left", "breakers"] {
        assert_eq!(before[part], after[part], "{part}");
    }
    good(&client, "rpc.call", &json!({ "method": "echo", "params": {} }));
    assert_eq!(world.platform.requests("/oidc/token").len(), 1, "the token serves on");
    good(&client, "config.update", &json!({ "config": { "retry": { "budget": 700 } } }));
    assert_eq!(good(&client, "kei.info", &json!({}))["retry_budget_left"], 700);
}

#[test]
fn a_call_ends_on_what_it_began_with() {
    let world = World::new();
    let other = Platform::start();
    world.write(&json!({}));
    let runtime = runtime();
    let client = world.client(&runtime, &json!({ "watch": false }));
    good(&client, "rpc.call", &json!({ "method": "echo", "params": {} }));
    world.platform.fault(&json!({ "path": "/api/v1/rpc/echo", "latency_ms": 1_000, "times": 1 }));
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| good(&client, "rpc.call", &json!({ "method": "echo", "params": { "a": 1 } })));
        while world.platform.requests("/api/v1/rpc/echo").len() < 2 {
            std::thread::yield_now();
        }
        let mut config = other.config();
        config["timeouts"] = json!({ "attempt_ms": 100 });
        good(&client, "config.update", &json!({ "config": config }));
        good(&client, "rpc.call", &json!({ "method": "echo", "params": { "b": 2 } }));
        assert_eq!(slow.join().unwrap(), json!({ "a": 1 }));
    });
    assert_eq!(other.requests("/api/v1/rpc/echo").len(), 1);
}

#[test]
fn an_update_is_taken_whole_or_not_at_all_and_can_be_taken_back() {
    let world = World::new();
    world.write(&json!({ "agent_id": "from-the-file" }));
    let runtime = runtime();
    let client = world.client(&runtime, &json!({ "watch": false }));
    for (config, why) in [
        (json!({ "agent_id": "x", "timeouts": { "total_ms": "soon" } }), "`timeouts.total_ms` must be a whole number"),
        (json!({ "agent_id": "x", "server": { "listen": "127.0.0.1:0" } }), "make a new runtime"),
        (json!({ "agent_id": "x", "dead_letters": { "file": "x" } }), "make a new client"),
        (json!({ "agent_id": "x", "config": { "watch": true } }), "`config.watch` cannot change"),
        (json!({ "agent_idd": "x" }), "did you mean `agent_id`"),
        (
            json!({ "agent_id": "x", "auth": { "client_secret": "changeme" } }),
            "`auth.client_secret` still holds a placeholder",
        ),
        (json!({ "agent_id": "x", "base_url": "http://kei.internal" }), "`base_url` begins with http://"),
    ] {
        let validated = good(&client, "config.validate", &json!({ "update": config }));
        assert_eq!(validated["valid"], false, "{config}");
        assert!(validated["problem"]["message"].as_str().unwrap().contains(why), "{validated}");
        let error = bad(&client, "config.update", &json!({ "config": config }));
        assert!(error["message"].as_str().unwrap().contains(why), "{error}");
        assert_eq!(version(&client), 1);
    }
    let update = json!({ "agent_id": "updated", "retry": { "max_attempts": 7 } });
    let validated = good(&client, "config.validate", &json!({ "update": update }));
    assert_eq!((&validated["valid"], version(&client)), (&json!(true), 1));
    assert_eq!(validated["changes"].as_array().unwrap().len(), 2);
    assert_eq!(good(&client, "config.update", &json!({ "config": update }))["changes"], validated["changes"]);
    let explained = good(&client, "config.explain", &json!({ "path": "agent_id" }));
    let setting = &explained["settings"][0];
    assert_eq!((&setting["value"], &setting["set_by"]["source"]), (&json!("updated"), &json!("update")));
    assert_eq!(setting["passed_over"][0]["place"], world.path().to_str().unwrap());
    // The file still says something else, and is read again; the update stands over it until it is taken back.
    world.write(&json!({ "agent_id": "from-the-file", "tenant_id": "t" }));
    good(&client, "config.reload", &json!({}));
    assert_eq!(good(&client, "config.get", &json!({ "path": "agent_id" }))["config"], json!({ "agent_id": "updated" }));
    good(&client, "config.update", &json!({ "config": { "agent_id": null } }));
    let config = good(&client, "config.get", &json!({}))["config"].clone();
    assert_eq!((&config["agent_id"], &config["tenant_id"]), (&json!("from-the-file"), &json!("t")));
    assert_eq!(config["retry"]["max_attempts"], 7);
    good(&client, "config.rollback", &json!({}));
    assert_eq!(good(&client, "config.get", &json!({ "path": "agent_id" }))["config"], json!({ "agent_id": "updated" }));
    assert_eq!(good(&client, "config.reload", &json!({}))["changed"], false, "what was gone back to stands");
    let error = bad(&client, "config.get", &json!({ "path": "agent_idd" }));
    assert!(error["message"].as_str().unwrap().contains("did you mean `agent_id`?"), "{error}");
}

#[test]
fn as_many_configurations_are_kept_as_the_history_may_hold_and_the_oldest_go_first() {
    let world = World::new();
    world.write(&json!({}));
    let runtime = runtime();
    let client = world.client(&runtime, &json!({ "watch": false, "history": 3 }));
    for number in 2..=6 {
        good(&client, "config.update", &json!({ "config": { "agent_id": format!("agent-{number}") } }));
    }
    let history = good(&client, "config.history", &json!({}));
    let versions = history["versions"].as_array().unwrap();
    assert_eq!(versions.iter().map(|version| &version["version"]).collect::<Vec<_>>(), [4, 5, 6]);
    let error = bad(&client, "config.rollback", &json!({ "version": 3 }));
    assert!(error["message"].as_str().unwrap().contains("there is no version 3; kept are 4, 5, 6"), "{error}");
}

#[test]
fn how_much_is_logged_changes_for_all_clients_of_the_runtime() {
    let world = World::new();
    world.write(&json!({}));
    let log = world.folder.path().join("log");
    let config = json!({ "log": { "level": "off", "output": "file", "file": log } });
    let runtime = Runtime::new(&config.to_string()).unwrap();
    let (one, two) =
        (world.client(&runtime, &json!({ "watch": false })), world.client(&runtime, &json!({ "watch": false })));
    good(&one, "rpc.call", &json!({ "method": "echo", "params": {} }));
    let answer = good(&two, "config.update", &json!({ "config": { "log": { "level": "info" } } }));
    assert_eq!(answer["changes"], json!([{ "path": "log.level", "from": "off", "to": "info" }]));
    assert_eq!(good(&one, "config.get", &json!({ "path": "log.level" }))["config"]["log"]["level"], "info");
    call(&one, "rpc.call", &json!({ "method": "echo", "params": {} }), &json!({ "correlation_id": "after-it" }))
        .unwrap();
    runtime.shutdown(None).unwrap();
    let text = std::fs::read_to_string(&log).unwrap();
    assert_eq!(text.lines().filter(|line| line.contains("call succeeded")).count(), 1, "{text}");
    assert!(text.contains("after-it"));
}

#[test]
fn the_text_of_a_file_is_checked_before_it_is_one() {
    let world = World::new();
    world.write(&json!({}));
    let runtime = runtime();
    let client = world.client(&runtime, &json!({ "watch": false }));
    let valid = |request: Value| {
        let answer = good(&client, "config.validate", &request);
        (answer["valid"].as_bool().unwrap(), answer["problem"]["message"].as_str().unwrap_or_default().to_owned())
    };
    assert!(valid(json!({})).0);
    assert!(valid(json!({ "text": "[profile.staging.log]\nlevel = \"debug\"\n" })).0);
    assert!(valid(json!({ "text": "log: {level: debug}\n", "format": "yaml" })).0);
    let (taken, why) = valid(json!({ "text": "[log]\nlevl = \"debug\"\n" }));
    assert!(!taken && why.contains("did you mean `level`?"), "{why}");
    world.text("{\"agent_id\": 5}");
    let (taken, why) = valid(json!({}));
    assert!(!taken && why.contains("`agent_id` must be a string"), "{why}");
}

/// A Vault that knows one secret, for one static token; see the library's own tests for one that is strict about all of its interface.
mod vault {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};

    use axum::Json;
    use axum::extract::{Request, State};
    use axum::http::StatusCode;
    use axum::response::{IntoResponse, Response};
    use serde_json::json;

    pub(super) struct Vault {
        pub(super) address: String,
        pub(super) secret: Arc<Mutex<String>>,
        pub(super) sealed: Arc<AtomicBool>,
        _reactor: tokio::runtime::Runtime,
    }

    type Shared = (Arc<Mutex<String>>, Arc<AtomicBool>);

    impl Vault {
        pub(super) fn start(secret: &str) -> Self {
            let reactor = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let listener = reactor.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            let secret = Arc::new(Mutex::new(secret.to_owned()));
            let sealed = Arc::new(AtomicBool::new(false));
            let app = axum::Router::new().fallback(answer).with_state((Arc::clone(&secret), Arc::clone(&sealed)));
            reactor.spawn(async move { axum::serve(listener, app).await });
            Self { address, secret, sealed, _reactor: reactor }
        }
    }

    async fn answer(State((secret, sealed)): State<Shared>, request: Request) -> Response {
        let fails = |status: StatusCode, why: &str| (status, Json(json!({ "errors": [why] }))).into_response();
        if sealed.load(Ordering::Acquire) {
            return fails(StatusCode::SERVICE_UNAVAILABLE, "Vault is sealed");
        }
        if request.headers().get("x-vault-token").is_none_or(|token| token != "hvs.a-static-token") {
            return fails(StatusCode::FORBIDDEN, "permission denied");
        }
        match request.uri().path() {
            "/v1/auth/token/lookup-self" => Json(json!({ "data": { "ttl": 3600, "renewable": true } })).into_response(),
            "/v1/secret/data/kei/agent" => {
                let data = json!({ "client_secret": *secret.lock().unwrap() });
                Json(json!({ "lease_duration": 0, "data": { "data": data, "metadata": {} } })).into_response()
            }
            _ => fails(StatusCode::NOT_FOUND, ""),
        }
    }
}

#[test]
fn a_secret_in_vault_is_followed_and_is_shown_nowhere() {
    let world = World::new();
    let vault = vault::Vault::start(world.platform.secret());
    let token = world.folder.path().join("token");
    write_private(&token, "hvs.a-static-token\n");
    world.write(&json!({
        "auth": { "client_secret": "vault:secret/kei/agent#client_secret" },
        "vault": { "address": vault.address, "token_file": token, "refresh_ms": 100 },
    }));
    let log = world.folder.path().join("log");
    let runtime = runtime_logging_to(&log);
    let client = world.client(&runtime, &json!({ "poll_ms": 10 }));
    let mut watch = Subscription::open(&client, "config.watch", &json!({}), &json!({}), 100);
    watch.state("live");
    good(&client, "rpc.call", &json!({ "method": "echo", "params": {} }));
    let explained = good(&client, "config.explain", &json!({ "path": "auth.client_secret" }))["settings"][0].clone();
    assert_eq!(explained["set_by"]["reference"], "vault:secret/kei/agent#client_secret");
    assert_eq!(explained["value"], "[REDACTED]");

    "another-secret-of-vaults".clone_into(&mut vault.secret.lock().unwrap());
    let item = watch.item();
    assert_eq!((&item["cause"], &item["changes"][0]["path"]), (&json!("vault"), &json!("auth.client_secret")));
    assert_eq!(item["changes"].as_array().unwrap().len(), 1);
    let error = bad(&client, "rpc.call", &json!({ "method": "echo", "params": {} }));
    assert_eq!(error["oauth_error"], "invalid_client", "the new secret is in use: {error}");

    // Sealed, what is known serves; a client that knows nothing says why it cannot be made.
    vault.sealed.store(true, Ordering::Release);
    let written = || String::from_utf8_lossy(&std::fs::read(&log).unwrap()).into_owned();
    // What was read a moment ago is taken without a question; after that it is asked for.
    while !written().contains("a secret is used as it was read before") {
        assert_eq!(good(&client, "config.reload", &json!({}))["changed"], false);
    }
    let other = json!({ "config": { "path": world.path() }, "auth": { "client_secret": "vault:secret/kei/other#x" } });
    let refused = Client::new(&runtime, &other.to_string()).err().expect("nothing is known of it");
    assert_eq!(refused.message, "`auth.client_secret`: vault:secret/kei/other#x cannot be read: Vault is sealed (503)");
    world.platform.secret().clone_into(&mut vault.secret.lock().unwrap());
    vault.sealed.store(false, Ordering::Release);
    assert_eq!(watch.item()["cause"], "vault");
    good(&client, "rpc.call", &json!({ "method": "echo", "params": {} }));
    drop(client);
    runtime.shutdown(None).unwrap();
    let secrets = ["another-secret-of-vaults", "hvs.a-static-token", world.platform.secret()].map(str::to_owned);
    leaks::assert_none(&secrets, &written(), "the log");
}
