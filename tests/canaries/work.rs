//! What the process with the secrets does: everything that could let one out.

use std::fs::File;
use std::io::Write;
use std::sync::Mutex;

use kei_agent::config::ClientConfig;
use kei_agent::in_flight::Ticket;
use kei_agent::observe::log::Tap;
use kei_agent::{Client, Runtime};
use serde_json::{Value, json};

use super::Task;
use super::given::{Canaries, encoded, shapes};
use super::support::events::Subscription;
use super::support::{call, merge};

/// A host's queue: what it gets is written to a file.
struct Queue(Mutex<File>);

impl Tap for Queue {
    fn record(&self, _: u32, record: &[u8]) -> bool {
        let mut file = self.0.lock().unwrap();
        file.write_all(record).and_then(|()| file.write_all(b"\n")).is_ok()
    }
}

/// Everything, once with a log on standard error and once with one in a file, an audit, a queue, a server for monitors and a collector.
pub(crate) fn all(task: &Task) {
    let c = &task.canaries;
    // From the first call through the C interface on, panics on the library's threads are kept off the host's standard error.
    assert_ne!(kei_agent::ffi::kei_close(0), 0);
    let out = |name: &str| task.folder.join("out").join(name);
    let stderr = Runtime::new(r#"{"log": {"level": "trace", "output": "stderr"}}"#).unwrap();
    session(&stderr, task);
    stderr.shutdown(None).unwrap();

    let config = json!({
        "log": { "level": "trace", "file": out("log") },
        "audit": { "enabled": true, "file": out("audit") },
        "server": { "listen": "127.0.0.1:0" },
        "otlp": {
            "endpoint": task.collector, "headers": { "x-key": c.get("collector_key") }, "log": { "level": "trace" },
            "batch_ms": 100, "metrics_interval_ms": 1000,
        },
    });
    let runtime = Runtime::new(&config.to_string()).unwrap();
    let everything = serde_json::from_value(json!({ "level": "trace" })).unwrap();
    let queue = Queue(Mutex::new(File::create(out("queue")).unwrap()));
    runtime.services().observe.logging.attach(1, Some(&everything), Box::new(queue));
    session(&runtime, task);
    let server = runtime.services().server.unwrap();
    let told: String =
        ["/metrics", "/health", "/ready", "/heartbeat"].iter().map(|path| get(&server.to_string(), path)).collect();
    std::fs::write(out("monitor"), told).unwrap();
    runtime.shutdown(None).unwrap();
    // The public key of the audit is for everyone, its private key is the audit's own and no canary.
    std::fs::remove_file(out("audit.key")).unwrap();
}

fn get(server: &str, path: &str) -> String {
    use std::io::Read;
    let mut stream = std::net::TcpStream::connect(server).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Prints an error, and what the library tells of the calls before. Answers themselves are the host's, and may hold its secrets.
fn tell(client: &Client, what: &str, outcome: &Result<Value, Value>) {
    match outcome {
        Ok(_) => println!("{what}: ok"),
        Err(error) => println!("{what}: {error}"),
    }
    let explained = call(client, "kei.explain", &json!({ "limit": 2 }), &json!({})).unwrap();
    println!("{what}: {explained}");
}

fn file(task: &Task, name: &str, text: &str) -> String {
    let path = task.folder.join(name);
    let _ = std::fs::remove_file(&path);
    std::fs::write(&path, text).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What is called often fails fast: one attempt, no breaker.
fn quick() -> Value {
    json!({ "retry": { "max_attempts": 1 }, "breaker": { "enabled": false }, "timeouts": { "total_ms": 10_000, "token_total_ms": 900, "host_ms": 2000 } })
}

fn client(runtime: &Runtime, base: &str, auth: &Value, more: &Value) -> Option<Client> {
    let mut config = quick();
    merge(&mut config, &json!({ "base_url": base, "agent_id": "agent-1", "auth": auth }));
    merge(&mut config, more);
    if let Ok(read) = serde_json::from_value::<ClientConfig>(config.clone()) {
        println!("configuration: {read:?} {}", serde_json::to_string(&read).unwrap());
    }
    match Client::new(runtime, &config.to_string()) {
        Ok(client) => Some(client),
        Err(error) => {
            println!("no client: {} {error} {error:?}", error.to_json());
            None
        }
    }
}

fn session(runtime: &Runtime, task: &Task) {
    let c = &task.canaries;
    wrong_configurations(runtime, c);
    let clients = credentials(runtime, task);
    for (name, client) in &clients {
        println!("== {name}");
        tell(client, name, &call(client, "http.request", &json!({ "path": "/say/200/bearer" }), &json!({})));
        tell(client, name, &call(client, "auth.refresh", &json!({}), &json!({})));
        let status = call(client, "auth.status", &json!({}), &json!({}));
        println!("{name}: {}", status.unwrap_or_else(|error| error));
    }
    let (_, first) = clients.iter().find(|(name, _)| *name == "bearer").unwrap();
    host_tells(first, c);
    requests(first, c);
    server_says(first, c);
    dead_letters(runtime, task);
    streams(runtime, task);
    host_gives_tokens(runtime, task);
    panics(first, c);
    for operation in
        ["metrics.snapshot", "errors.stats", "health.check", "kei.info", "breaker.status", "audit.verify", "dlq.list"]
    {
        println!("{operation}: {}", call(first, operation, &json!({}), &json!({})).unwrap_or_else(|error| error));
    }
    for (name, client) in clients {
        tell(&client, name, &call(&client, "auth.logout", &json!({}), &json!({})));
        client.close();
    }
}

/// Configurations that are refused, with secrets at the wrong places.
fn wrong_configurations(runtime: &Runtime, c: &Canaries) {
    let bearer = c.get("bearer");
    // A secret must be known to be masked, and one of a configuration that is refused was never taken.
    for config in [
        json!({ "base_url": "http://127.0.0.1:1", "auth": { "type": "bearer", "token": bearer, "tokn": 1 } }),
        json!({ "base_url": "http://127.0.0.1:1", "auth": { "token": { "value": bearer } } }),
        json!({ "base_url": "http://127.0.0.1:1", "auth": { "issuer": 7, "client_secret": bearer } }),
        json!({ "base_url": format!("http://user:{}@127.0.0.1:1", c.get("inner").replace(['"', '\\', ' ', '/', '?'], "")) }),
        json!({ "base_url": "http://127.0.0.1:1", "auth": { "private_key": c.get("private_key").replace("BEGIN", "END") } }),
        json!({ "base_url": "http://127.0.0.1:1", "tls": { "client_key_pem": c.get("tls_client_key") } }),
        json!({ "base_url": "http://127.0.0.1:1", "http": { "proxy": format!("http://u:{bearer}@[") } }),
    ] {
        match Client::new(runtime, &config.to_string()) {
            Ok(client) => tell(&client, "odd", &call(&client, "plan", &json!({ "objective": "x" }), &json!({}))),
            Err(error) => println!("refused: {} {error} {error:?}", error.to_json()),
        }
    }
}

#[allow(clippy::too_many_lines)] // A table.
/// A client for each kind of credential, against issuers that grant, refuse, fail and make no sense.
fn credentials<'a>(runtime: &Runtime, task: &Task) -> Vec<(&'a str, Client)> {
    let c = &task.canaries;
    let hostile = task.hostile.as_str();
    let oidc = |issuer: &str, more: &Value| {
        let mut auth = json!({ "type": "oidc", "issuer": format!("{hostile}/issuer/{issuer}"), "client_id": "agent" });
        merge(&mut auth, more);
        auth
    };
    let secret = |kind: &str| json!({ "client_secret": c.get(kind) });
    let key_file = file(task, "key.pem", c.get("private_key_file"));
    let dpop_file = file(task, "dpop.pem", c.get("dpop_key_file"));
    let certificate = {
        let key = rcgen::KeyPair::from_pem(c.get("tls_client_key")).unwrap();
        rcgen::CertificateParams::new(vec!["agent".to_owned()]).unwrap().self_signed(&key).unwrap().pem()
    };
    let tls = json!({ "tls": { "client_cert_pem": certificate, "client_key_pem": c.get("tls_client_key") } });
    let proxy = json!({ "http": { "proxy": "http://127.0.0.1:1", "proxy_username": "someone", "proxy_password": c.get("proxy_password") } });
    let none = json!({});
    let all = [
        ("bearer", json!({ "type": "bearer", "token": c.get("bearer") }), &none),
        ("bearer_file", json!({ "type": "bearer", "token_file": file(task, "bearer", c.get("bearer_file")) }), &none),
        ("environment", json!({ "type": "bearer" }), &none),
        ("environment's client", oidc("env_client_secret", &json!({})), &none),
        ("granted", oidc("grants", &secret("client_secret_basic")), &none),
        ("refused", oidc("client_secret_basic", &secret("client_secret_basic")), &none),
        (
            "post",
            oidc(
                "client_secret_post",
                &json!({ "client_auth_method": "client_secret_post", "client_secret": c.get("client_secret_post") }),
            ),
            &none,
        ),
        (
            "secret_file",
            oidc(
                "client_secret_file",
                &json!({ "client_secret_file": file(task, "secret", c.get("client_secret_file")) }),
            ),
            &none,
        ),
        ("broken", oidc("broken", &secret("client_secret_basic")), &none),
        ("untyped", oidc("untyped", &secret("client_secret_basic")), &none),
        ("odd", oidc("odd", &secret("client_secret_basic")), &none),
        ("fails", oidc("fails", &secret("client_secret_basic")), &none),
        ("key", oidc("private_key", &json!({ "private_key": c.get("private_key") })), &none),
        (
            "key_file",
            oidc("private_key_file", &json!({ "private_key_file": key_file, "signing_algorithm": "EdDSA" })),
            &none,
        ),
        (
            "dpop",
            oidc(
                "grants",
                &json!({ "client_secret": c.get("client_secret_basic"), "dpop": true, "dpop_key_file": dpop_file }),
            ),
            &none,
        ),
        (
            "refresh",
            oidc(
                "refresh_token",
                &json!({ "grant": "refresh_token", "refresh_token": c.get("refresh_token"), "client_secret": c.get("client_secret_basic") }),
            ),
            &none,
        ),
        (
            "refresh_file",
            oidc(
                "refresh_token_file",
                &json!({ "grant": "refresh_token", "client_secret": c.get("client_secret_basic"),
            "refresh_token_file": file(task, "refresh", c.get("refresh_token_file")) }),
            ),
            &none,
        ),
        (
            "exchange",
            oidc(
                "subject_token",
                &json!({ "grant": "token_exchange", "client_secret": c.get("client_secret_basic"),
            "subject_token": c.get("subject_token"), "actor_token": c.get("actor_token") }),
            ),
            &none,
        ),
        (
            "exchange's actor",
            oidc(
                "actor_token",
                &json!({ "grant": "token_exchange", "client_secret": c.get("client_secret_basic"),
            "subject_token": c.get("subject_token"), "actor_token": c.get("actor_token") }),
            ),
            &none,
        ),
        (
            "workload",
            oidc(
                "workload_token",
                &json!({ "grant": "workload_identity", "workload_token_file": file(task, "workload", c.get("workload_token")) }),
            ),
            &none,
        ),
        (
            "device",
            oidc("device", &json!({ "grant": "device_code", "client_secret": c.get("client_secret_basic") })),
            &none,
        ),
        ("tls", json!({ "type": "mtls" }), &tls),
        ("proxy", json!({ "type": "bearer", "token": c.get("bearer") }), &proxy),
    ];
    all.into_iter().filter_map(|(name, auth, more)| Some((name, client(runtime, hostile, &auth, more)?))).collect()
}

/// What the host itself writes, in every encoding.
fn host_tells(client: &Client, c: &Canaries) {
    for (kind, secret) in &c.held {
        let forms = encoded(secret);
        // What it hands over by name is known from then on.
        let given = json!({ "objective": "x", "context": { "password": secret } });
        tell(client, kind, &call(client, "plan", &given, &json!({})));
        for (number, form) in forms.iter().enumerate() {
            let record = json!({
                "level": "info", "message": format!("{kind} {number}: {form}"), "fields": {
                    "name": form, "token": secret, "deep": [{ "message": form, "key": form }], "unlisted": secret,
                },
            });
            call(client, "log.write", &record, &json!({})).unwrap();
        }
        let fact =
            json!({ "event": "host.fact", "actor": "host", "fields": { "name": forms.join(" "), "token": secret } });
        let _ = call(client, "audit.write", &fact, &json!({}));
        let part = json!({ "name": "part", "status": "fail", "message": forms.join(" ") });
        call(client, "health.register", &part, &json!({})).unwrap();
    }
    let facts = json!({
        "level": "error", "message": "facts under names that nobody lists", "fields": {
            "card": c.get("log_write_fact"), "customer": { "deep": { "pin": c.get("log_write_deep") } },
        },
    });
    call(client, "log.write", &facts, &json!({})).unwrap();
    let fact = json!({ "event": "host.fact", "actor": "host", "fields": { "card": c.get("audit_write_fact") } });
    let _ = call(client, "audit.write", &fact, &json!({}));
    // Values that nobody handed over, told by what they look like alone.
    for shape in shapes() {
        call(client, "log.write", &json!({ "level": "info", "message": format!("it looks like {shape}") }), &json!({}))
            .unwrap();
    }
}

/// Secrets in requests: by their names in JSON and in header fields, in paths and queries.
fn requests(client: &Client, c: &Canaries) {
    let mut deep = json!({ "password": c.get("json_ten_deep") });
    for _ in 0..10 {
        deep = json!({ "in": [deep] });
    }
    let body = json!({
        "password": c.get("json_password"), "deep": deep, "apiKey": c.get("json_api_key"), "client-secret": [c.get("json_in_a_list")],
        "private_key": c.get("json_private_key"), "passphrase": c.get("json_passphrase"), "access_token": c.get("json_access_token"),
        "refreshToken": c.get("json_refresh_token"), "clientSecret": c.get("json_client_secret"), "credential": c.get("json_credential"),
        "dbPassword": c.get("inner"), "db_password": c.get("outer"),
    });
    let headers = json!({ "headers": { "x-api-key": c.get("header_api_key"), "cookie": c.get("header_cookie") } });
    tell(client, "plan", &call(client, "plan", &json!({ "objective": "x", "context": body }), &headers));
    let path = format!("/files/{}/of/{}", c.get("path"), c.get("path_last"));
    let request = json!({ "method": "POST", "path": path, "query": { "q": c.get("query") }, "body": body });
    tell(client, "request", &call(client, "http.request", &request, &headers));
    for kind in ["json_ten_deep", "header_api_key", "header_cookie", "inner", "outer"] {
        let path = format!("/say/500/{kind}");
        tell(
            client,
            kind,
            &call(client, "http.request", &json!({ "method": "POST", "path": path, "body": body }), &headers),
        );
    }
    // Requests that are refused before they are sent.
    for request in [json!({ "objective": 7, "password": c.get("json_password") }), json!({ c.get("json_password"): 1 })]
    {
        tell(client, "refused", &call(client, "plan", &request, &json!({})));
    }
    for options in [
        json!({ "headers": { "x-api-key": format!("{}\n", c.get("header_api_key")) } }),
        json!({ "correlation_id": c.get("json_password") }),
    ] {
        tell(client, "refused", &call(client, "plan", &json!({ "objective": "x" }), &options));
    }
}

/// Every status, with every secret in every encoding; and answers that are none.
fn server_says(client: &Client, c: &Canaries) {
    for (number, kind) in c.held.keys().enumerate() {
        let all = [400, 401, 403, 404, 409, 412, 418, 429, 500, 501, 503];
        let statuses = if kind == "bearer" { all.to_vec() } else { vec![all[number % all.len()], 400] };
        for status in statuses {
            let path = format!("/say/{status}/{kind}");
            tell(client, &path, &call(client, "http.request", &json!({ "path": path }), &json!({})));
        }
    }
    for path in ["/cut", "/garbage", "/reset", "/redirect"] {
        tell(client, path, &call(client, "http.request", &json!({ "path": path }), &json!({})));
    }
}

fn dead_letters(runtime: &Runtime, task: &Task) {
    let c = &task.canaries;
    let auth = json!({ "type": "bearer", "token": c.get("bearer") });
    let letters = json!({ "dead_letters": { "file": task.folder.join("letters") } });
    let client = client(runtime, "http://127.0.0.1:1", &auth, &letters).unwrap();
    let payload =
        |kind: &str| json!({ "password": c.get(kind), "text": c.get(kind), "deep": [{ "token": c.get(kind) }] });
    let message = json!({ "type": "task", "target": "topic", "payload": payload("bus_secret"), "message_id": "m-1" });
    tell(&client, "bus.publish", &call(&client, "bus.publish", &message, &json!({})));
    let message =
        json!({ "to_agent": "b", "message_type": "task", "payload": payload("message_secret"), "message_id": "m-2" });
    tell(&client, "agents.send", &call(&client, "agents.send", &message, &json!({})));
    for (operation, request) in [
        ("dlq.list", json!({})),
        ("dlq.get", json!({ "id": "m-1" })),
        ("dlq.get", json!({ "id": "m-2" })),
        ("dlq.retry", json!({ "ids": ["m-1"] })),
        ("dlq.list", json!({})),
        ("dlq.drop", json!({ "ids": ["m-1", "m-2"] })),
    ] {
        println!("{operation}: {}", call(&client, operation, &request, &json!({})).unwrap_or_else(|error| error));
    }
}

/// The platform in a box, with real tokens, on a WebSocket.
fn streams(runtime: &Runtime, task: &Task) {
    let c = &task.canaries;
    let auth = json!({
        "issuer": task.platform["KEI_OIDC_ISSUER"], "client_id": task.platform["KEI_OIDC_CLIENT_ID"],
        "client_secret": task.platform["KEI_OIDC_CLIENT_SECRET"], "scopes": ["kei.agent"],
    });
    let client = client(runtime, &task.platform["KEI_API_URL"], &auth, &json!({})).unwrap();
    let mut topic = Subscription::to(&client, "t", &json!({}), 10);
    let data = json!({ "password": c.get("stream_secret"), "text": c.get("stream_secret") });
    tell(
        &client,
        "stream.publish",
        &call(&client, "stream.publish", &json!({ "topic": "t", "data": data }), &json!({})),
    );
    assert_eq!(topic.item()["data"], data, "it came, as it is");
    let act = json!({ "action": "echo", "parameters": { "password": c.get("act_password") } });
    tell(&client, "act", &call(&client, "act", &act, &json!({ "idempotency_key": "once" })));
    topic.ticket.cancel();
    let _ = topic.end();
}

fn host_gives_tokens(runtime: &Runtime, task: &Task) {
    let c = &task.canaries;
    let client = client(runtime, &task.hostile, &json!({ "type": "host" }), &json!({})).unwrap();
    let mut serving = Subscription::open(&client, "auth.serve", &json!({}), &json!({}), 10);
    let asking = client.clone();
    let calls = std::thread::spawn(move || {
        let outcome = call(&asking, "http.request", &json!({ "path": "/say/401/host_token" }), &json!({}));
        tell(&asking, "host", &outcome);
    });
    let answer = json!({ "access_token": c.get("host_token"), "expires_in": 3600 });
    let wrong = json!({ "access_token": c.get("host_token"), "expires_in": c.get("host_token") });
    for reply in [answer, wrong] {
        let (_, asked) = serving.request();
        asked.send(Ok(reply.to_string().into_bytes().into()));
    }
    calls.join().unwrap();
    serving.ticket.cancel();
}

/// A panic of the host's on the library's own thread, with a secret in it.
fn panics(client: &Client, c: &Canaries) {
    for kind in ["bearer", "outer"] {
        let secret = c.get(kind).to_owned();
        client.submit("kei.info", b"{}", "", &Ticket::new(), move |_| panic!("a panic with {secret}")).unwrap();
    }
    // The thread lives on.
    call(client, "kei.info", &json!({}), &json!({})).unwrap();
}
