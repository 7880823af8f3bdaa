//! What the library tells of itself, seen from outside: the log's file, and the operations that write to it.

mod support;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use kei_agent::{Client, Runtime};
use serde_json::{Value, json};
use support::{Platform, call, free_port};

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

/// The samples of a text of Prometheus's, by name with labels.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

/// What Prometheus's own checker says of a text of metrics; nothing when all is well.
fn promtool(text: &str) -> String {
    let mut checker = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is needed: Debian's package prometheus has it");
    checker.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = checker.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    if output.status.success() { String::new() } else { String::from_utf8(said).unwrap() }
}

#[test]
fn what_happened_is_counted_and_prometheus_own_checker_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start();
    let audit = json!({ "enabled": true, "file": folder.path().join("audit") });
    let runtime = Runtime::new(&json!({ "log": { "output": "none" }, "audit": audit }).to_string()).unwrap();
    let client = platform.client(&runtime);
    let plan = json!({ "objective": "add 1 and 2" });
    good(&client, "plan", &plan);
    platform.fault(&json!({ "path": "/api/v1/health", "status": 503, "times": 1 }));
    good(&client, "http.request", &json!({ "path": "/api/v1/health" }));
    platform.fault(&json!({ "path": "/api/v1/rpc/", "status": 403, "times": 1 }));
    bad(&client, "plan", &plan);
    let text = good(&client, "metrics.snapshot", &json!({}))["text"].as_str().unwrap().to_owned();
    assert_eq!(promtool(&text), "", "{text}");
    assert!(promtool("no metric at all").contains("error"), "the checker checks");
    let samples = samples(&text);
    let port = platform.url.rsplit_once(':').unwrap().1;
    let server = format!("server_address=\"127.0.0.1\",server_port=\"{port}\"");
    // The platform in a box is its own issuer: one of the two is the token's.
    for (name, value) in [
        (
            format!(
                "http_client_request_duration_seconds_count{{http_request_method=\"POST\",http_response_status_code=\"200\",{server}}}"
            ),
            2.0,
        ),
        (
            format!(
                "http_client_request_duration_seconds_count{{error_type=\"403\",http_request_method=\"POST\",http_response_status_code=\"403\",{server}}}"
            ),
            1.0,
        ),
        (
            format!(
                "http_client_request_duration_seconds_count{{error_type=\"503\",http_request_method=\"GET\",http_response_status_code=\"503\",{server}}}"
            ),
            1.0,
        ),
        ("kei_call_duration_seconds_count{kei_operation=\"plan\"}".into(), 1.0),
        ("kei_call_duration_seconds_count{error_type=\"KEI_E_FORBIDDEN\",kei_operation=\"plan\"}".into(), 1.0),
        ("kei_token_requests_total{outcome=\"granted\"}".into(), 1.0),
        ("kei_token_state{client=\"1\",state=\"valid\"}".into(), 1.0),
        ("kei_retry_budget_left{client=\"1\"}".into(), 500.0),
        ("kei_calls_in_flight".into(), 1.0),
        ("kei_log_dropped_total".into(), 0.0),
        ("kei_dead_letters{client=\"1\",state=\"dead\"}".into(), 0.0),
    ] {
        assert_eq!(samples.get(&name), Some(&value), "{name}: {text}");
    }
    let retries: f64 =
        samples.iter().filter(|(name, _)| name.starts_with("kei_call_retries_total")).map(|(_, value)| value).sum();
    assert!((retries - 1.0).abs() < f64::EPSILON, "{text}");
    assert!(
        samples["kei_token_expires_in_seconds{client=\"1\"}"] > 60.0 && samples["kei_audit_records_total"] >= 7.0,
        "{text}"
    );
    assert!(samples.keys().any(|name| name.starts_with("kei_breaker_state{client=\"1\",operation=\"plan\"")), "{text}");
}

#[test]
fn health_tells_of_disks_memory_urls_ports_and_what_the_host_says() {
    let platform = Platform::start();
    let runtime = support::runtime();
    let address = platform.url.rsplit_once('/').unwrap().1.to_owned();
    let nobody = format!("127.0.0.1:{}", free_port());
    let most = u64::MAX;
    let memory = json!({ "name": "memory", "type": "memory", "min_free_bytes": 1 });
    let mut checks = json!([
        { "name": "disk", "type": "disk", "path": "/", "min_free_bytes": 1 },
        { "name": "full", "type": "disk", "path": "/", "min_free_bytes": most, "critical": false },
        { "name": "url", "type": "http", "url": format!("{}/api/v1/health", platform.url) },
        { "name": "port", "type": "tcp", "address": address },
    ]);
    let mut well = vec!["platform", "token", "disk", "url", "port"];
    // Elsewhere it cannot be told.
    if cfg!(target_os = "linux") {
        checks.as_array_mut().unwrap().push(memory);
        well.push("memory");
    }
    let client = platform.client_with(&runtime, &json!({ "health": { "checks": checks } }));
    let look = |client: &Client| -> (String, BTreeMap<String, Value>) {
        let health = good(client, "health.check", &json!({}));
        let checks = health["checks"].as_array().unwrap().iter();
        let checks = checks.map(|check| (check["name"].as_str().unwrap().to_owned(), check.clone())).collect();
        (health["status"].as_str().unwrap().to_owned(), checks)
    };
    let (status, checks) = look(&client);
    for name in well {
        assert_eq!(checks[name]["status"], "pass", "{checks:?}");
    }
    assert_eq!((status.as_str(), &checks["full"]["status"]), ("warn", &json!("warn")));
    assert!(checks["full"]["message"].as_str().unwrap().contains("bytes free"), "{checks:?}");
    // The checked URL was asked without a token.
    assert!(
        platform.requests("/api/v1/health").iter().all(|request| request["headers"].get("authorization").is_none())
    );

    good(&client, "health.register", &json!({ "name": "queue", "status": "fail", "message": "no consumer" }));
    let (status, checks) = look(&client);
    assert_eq!((status.as_str(), &checks["queue"]["message"]), ("fail", &json!("no consumer")));
    good(&client, "health.register", &json!({ "name": "queue" }));
    assert!(!look(&client).1.contains_key("queue"));
    let error = bad(&client, "health.register", &json!({ "name": "disk", "status": "pass" }));
    assert!(error["message"].as_str().unwrap().contains("not the name of another check"), "{error}");

    let bad_checks = json!([
        { "name": "url", "type": "http", "url": format!("http://{nobody}/x") },
        { "name": "port", "type": "tcp", "address": nobody },
        { "name": "disk", "type": "disk", "path": "/no/such/folder", "min_free_bytes": 1 },
    ]);
    let client = platform.client_with(&runtime, &json!({ "health": { "checks": bad_checks } }));
    let (status, checks) = look(&client);
    assert_eq!(status, "fail");
    assert_eq!((&checks["url"]["error"], &checks["port"]["error"]), (&json!("KEI_E_CONNECT"), &json!("KEI_E_CONNECT")));
    assert_eq!(checks["disk"]["error"], "KEI_E_CONFIG_FILE");
}

/// An answer of the operations server: status, content type, body.
fn ask(server: &str, request: &str, host: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(server).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text}"));
    let kind = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or_default();
    (head[9..12].parse().unwrap(), kind.to_owned(), body.to_owned())
}

#[test]
fn the_operations_server_tells_a_monitor_on_this_machine_and_nobody_else() {
    let platform = Platform::start();
    let config = json!({ "log": { "output": "none" }, "server": { "listen": "127.0.0.1:0" } });
    let runtime = Runtime::new(&config.to_string()).unwrap();
    let client = platform.client_with(&runtime, &json!({ "agent_id": "agent-1" }));
    let server = good(&client, "kei.info", &json!({}))["server"].as_str().unwrap().to_owned();
    good(&client, "plan", &json!({ "objective": "add 1 and 2" }));

    let (status, kind, text) = ask(&server, "GET /metrics", &server);
    assert_eq!((status, kind.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(promtool(&text), "", "{text}");
    assert!(text.contains("kei_call_duration_seconds_count{kei_operation=\"plan\"} 1"), "{text}");
    assert!(!text.contains(platform.secret()) && !text.contains("eyJ"));
    let json = |path: &str, host: &str| {
        let (status, _, body) = ask(&server, path, host);
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let (status, health) = json("GET /health", "localhost");
    assert_eq!(
        (status, &health["status"], &health["clients"][0]["agent_id"]),
        (200, &json!("pass"), &json!("agent-1"))
    );
    assert_eq!(health["clients"][0]["health"]["checks"][1]["name"], "token", "{health}");
    assert_eq!(json("GET /ready", "[::1]:80"), (200, json!({ "status": "pass" })));
    assert_eq!(json("GET /live", &server), (200, json!({ "status": "pass" })));
    let beat = json("GET /heartbeat", &server).1;
    assert_eq!((&beat["clients"], beat["uptime_ms"].is_u64()), (&json!(1), true), "{beat}");
    assert_eq!(ask(&server, "HEAD /live", &server).2, "");
    assert_eq!(json("GET /other", &server).0, 404);
    assert_eq!(json("POST /metrics", &server).0, 405);
    // A browser that was led here by another's name.
    for host in ["evil.example", "127.0.0.1.evil.example", "", "evil.example:80"] {
        assert_eq!(json("GET /metrics", host).0, 421, "{host}");
    }
    runtime.shutdown(None).unwrap();
    assert!(TcpStream::connect(&server).is_err(), "it ends with its runtime");
}

#[test]
fn an_unhealthy_client_is_told_by_the_status_of_the_answer() {
    let config = json!({ "log": { "output": "none" }, "server": { "listen": "127.0.0.1:0" } });
    let runtime = Runtime::new(&config.to_string()).unwrap();
    let client = client(&runtime);
    let server = good(&client, "kei.info", &json!({}))["server"].as_str().unwrap().to_owned();
    let (status, _, body) = ask(&server, "GET /ready", &server);
    assert_eq!((status, body.as_str()), (503, r#"{"status":"fail"}"#));
    assert_eq!(ask(&server, "GET /live", &server).0, 200);
}

#[test]
fn an_address_that_the_operations_server_may_not_listen_on_is_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for (listen, says) in [
        ("0.0.0.0:0".to_owned(), "loopback"),
        ("[::]:0".to_owned(), "loopback"),
        ("localhost:80".to_owned(), "must be an address and a port"),
        (taken.local_addr().unwrap().to_string(), "cannot be listened on"),
    ] {
        let config = json!({ "log": { "output": "none" }, "server": { "listen": listen } });
        let error = Runtime::new(&config.to_string()).err().unwrap();
        assert!(error.message.contains(says) && error.details["field"] == "server.listen", "{error}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_calls_go_on_and_what_is_not_logged_is_counted() {
    let platform = Platform::start();
    let config = json!({ "log": { "file": "/dev/full", "level": "trace" } });
    let runtime = Runtime::new(&config.to_string()).unwrap();
    let client = platform.client(&runtime);
    for _ in 0..20 {
        good(&client, "plan", &json!({ "objective": "add 1 and 2" }));
    }
    runtime.shutdown(None).unwrap();
    // Written by a thread of its own: all of it was tried by now.
    assert!(runtime.services().observe.logging.dropped() >= 20);
}
