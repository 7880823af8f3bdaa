//! A server that speaks Vault's HTTP API as its documentation has it, strict about paths, methods, header fields and bodies.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::*;
use crate::clock::{BoxFuture, Clock};

const SECRET: &str = "kept-in-vault-version-";

/// A clock that a test sets.
#[derive(Default)]
struct Hand(AtomicU64);

impl Hand {
    fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::AcqRel);
    }
}

impl Clock for Hand {
    fn now(&self) -> Duration {
        Duration::from_secs(10_000 + self.0.load(Ordering::Acquire))
    }

    fn wall(&self) -> std::time::SystemTime {
        std::time::SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn uniform(&self, low: f64, _: f64) -> f64 {
        low
    }
}

/// What the server knows, and what it was asked.
struct Shared {
    clock: Arc<Hand>,
    state: Mutex<Server>,
}

struct Server {
    sealed: bool,
    /// The tokens that are good, each with when it ends.
    tokens: HashMap<String, Duration>,
    issued: u64,
    lease: u64,
    renewable: bool,
    version: u64,
    asked: Vec<String>,
}

/// A Vault for a test, on a thread of its own; it ends with the test.
struct World {
    shared: Arc<Shared>,
    vaults: Vaults,
    config: VaultConfig,
    folder: tempfile::TempDir,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl World {
    fn new(auth: VaultAuth) -> Self {
        let clock = Arc::new(Hand::default());
        let state = Server {
            sealed: false,
            tokens: HashMap::new(),
            issued: 0,
            lease: 3600,
            renewable: true,
            version: 1,
            asked: Vec::new(),
        };
        let shared = Arc::new(Shared { clock: Arc::clone(&clock), state: Mutex::new(state) });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let thread = std::thread::spawn(move || {
            let reactor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            reactor.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    outcome = axum::serve(listener, app) => outcome.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        let folder = tempfile::tempdir().unwrap();
        let jwt = folder.path().join("jwt");
        private(&jwt, "the-service-accounts-token\n");
        let config = VaultConfig {
            address: Some(address),
            namespace: Some("team/a".into()),
            auth,
            token: Some(Secret::new("the-static-token")),
            role_id: Some("the-role".into()),
            secret_id: Some(Secret::new("the-secret-id")),
            role: Some("kei".into()),
            jwt_file: jwt.to_str().unwrap().into(),
            ..VaultConfig::default()
        };
        shared.lock().tokens.insert("the-static-token".into(), Duration::from_secs(10_000 + 3600));
        Self { shared, vaults: Vaults::new(clock), config, folder, stop: Some(stop), thread: Some(thread) }
    }

    fn read(&self, path: &str) -> Result<String> {
        let Some(Ok(crate::config::Reference::Vault(path))) = crate::config::Reference::parse(path) else {
            panic!("{path} is a reference")
        };
        self.vaults.read(&self.config, &path).map(|secret| secret.expose().to_owned())
    }

    fn secret(&self) -> Result<String> {
        self.read("vault:secret/kei/agent#client_secret")
    }

    /// Sets the server, and answers what it was asked since.
    fn server(&self, set: impl FnOnce(&mut Server)) -> Vec<String> {
        let mut server = self.shared.lock();
        set(&mut server);
        std::mem::take(&mut server.asked)
    }

    fn take_away(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.take_away();
    }
}

fn private(path: &std::path::Path, text: &str) {
    let mut file = crate::private::options().open(path).unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Server> {
        lock(&self.state)
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 16).await.unwrap();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut server = shared.lock();
    server.asked.push(format!("{} {}", head.method, head.uri.path()));
    let refuse = |status: u16, why: &str| {
        let errors = if why.is_empty() { json!([]) } else { json!([why]) };
        (StatusCode::from_u16(status).unwrap(), axum::Json(json!({ "errors": errors }))).into_response()
    };
    if server.sealed {
        return refuse(503, "Vault is sealed");
    }
    if header("x-vault-request").as_deref() != Some("true") || header("x-vault-namespace").as_deref() != Some("team/a")
    {
        return refuse(400, "missing header");
    }
    let now = shared.clock.now();
    let token = header("x-vault-token");
    let good = token.as_ref().and_then(|token| server.tokens.get(token).copied()).filter(|ends| now < *ends);
    let given: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    match (head.method.as_str(), head.uri.path()) {
        ("POST", path @ ("/v1/auth/approle/login" | "/v1/auth/kubernetes/login")) => {
            let wanted = if path.contains("approle") {
                json!({ "role_id": "the-role", "secret_id": "the-secret-id" })
            } else {
                json!({ "role": "kei", "jwt": "the-service-accounts-token" })
            };
            if given != wanted || token.is_some() {
                return refuse(400, "invalid role or secret ID");
            }
            server.issued += 1;
            let token = format!("hvs.issued-token-{}", server.issued);
            let lease = server.lease;
            server.tokens.insert(token.clone(), now + Duration::from_secs(lease));
            ok(&authenticated(&token, &server))
        }
        _ if good.is_none() => refuse(403, "permission denied"),
        ("GET", "/v1/auth/token/lookup-self") => {
            let ttl = good.unwrap().saturating_sub(now).as_secs();
            ok(
                &json!({ "request_id": "x", "data": { "ttl": ttl, "renewable": server.renewable, "policies": ["kei"] } }),
            )
        }
        ("POST", "/v1/auth/token/renew-self") if server.renewable && given == json!({}) => {
            let lease = server.lease;
            let token = token.unwrap();
            server.tokens.insert(token.clone(), now + Duration::from_secs(lease));
            ok(&authenticated(&token, &server))
        }
        ("POST", "/v1/auth/token/renew-self") => refuse(400, "lease is not renewable"),
        ("GET", "/v1/secret/data/kei/agent" | "/v1/team/kv/data/kei/agent") => {
            let data = json!({ "client_secret": format!("{SECRET}{}", server.version), "port": 8200 });
            ok(&json!({ "request_id": "x", "lease_id": "", "renewable": false, "lease_duration": 0,
                "data": { "data": data, "metadata": { "version": server.version } } }))
        }
        ("GET", "/v1/secret/data/kei/deleted") => {
            let gone = json!({ "data": { "data": null, "metadata": { "deletion_time": "2026-01-01T00:00:00Z" } } });
            (StatusCode::NOT_FOUND, axum::Json(gone)).into_response()
        }
        ("GET", "/v1/secret/data/kei/broken") => {
            (StatusCode::OK, Bytes::from_static(b"{\"data\": hunter2")).into_response()
        }
        _ => refuse(404, ""),
    }
}

fn authenticated(token: &str, server: &Server) -> Value {
    json!({ "request_id": "x", "lease_id": "", "data": null, "auth": { "client_token": token, "accessor": "a",
        "policies": ["kei"], "lease_duration": server.lease, "renewable": server.renewable } })
}

fn ok(value: &Value) -> Response {
    (StatusCode::OK, axum::Json(value)).into_response()
}

const LOOK_UP: &str = "GET /v1/auth/token/lookup-self";
const RENEW: &str = "POST /v1/auth/token/renew-self";
const READ: &str = "GET /v1/secret/data/kei/agent";

#[test]
fn each_way_of_proof_leads_to_the_secret() {
    for (auth, first) in [
        (VaultAuth::Token, LOOK_UP),
        (VaultAuth::Approle, "POST /v1/auth/approle/login"),
        (VaultAuth::Kubernetes, "POST /v1/auth/kubernetes/login"),
    ] {
        let world = World::new(auth);
        assert_eq!(world.secret().unwrap(), format!("{SECRET}1"), "{auth:?}");
        assert_eq!(world.read("vault:secret/kei/agent#port").unwrap(), "8200", "a number is read as it is written");
        assert_eq!(world.server(|_| {}), [first, READ], "what was just read is not read again");
        assert_eq!(world.read("vault:team/kv/data/kei/agent#client_secret").unwrap(), format!("{SECRET}1"));
        assert_eq!(world.server(|_| {}), ["GET /v1/team/kv/data/kei/agent"], "the token is kept");
    }
}

#[test]
fn a_lease_is_renewed_when_two_thirds_of_it_are_over_and_secrets_are_read_anew() {
    for auth in [VaultAuth::Token, VaultAuth::Approle] {
        let world = World::new(auth);
        world.secret().unwrap();
        world.server(|server| server.version = 2);
        assert_eq!(world.vaults.renew_in(), Some(Duration::from_secs(2400)));
        world.shared.clock.forward(2399);
        assert_eq!(world.secret().unwrap(), format!("{SECRET}2"));
        assert_eq!(world.server(|_| {}), [READ]);
        world.shared.clock.forward(1);
        assert_eq!(world.vaults.renew_in(), Some(Duration::ZERO));
        world.secret().unwrap();
        assert_eq!(world.server(|_| {}), [RENEW, READ]);
        // The first lease would be over by now.
        world.shared.clock.forward(2000);
        world.secret().unwrap();
        assert_eq!(world.server(|_| {}), [READ]);
    }
}

#[test]
fn a_token_that_cannot_be_renewed_or_was_revoked_is_got_anew() {
    let world = World::new(VaultAuth::Approle);
    world.server(|server| server.renewable = false);
    world.secret().unwrap();
    world.shared.clock.forward(2500);
    world.server(|_| {});
    world.secret().unwrap();
    assert_eq!(world.server(|_| {}), ["POST /v1/auth/approle/login", READ]);
    world.server(|server| server.tokens.clear());
    world.shared.clock.forward(10);
    assert_eq!(world.secret().unwrap(), format!("{SECRET}1"));
    assert_eq!(world.server(|_| {}), [READ, "POST /v1/auth/approle/login", READ]);
}

#[test]
fn while_vault_is_sealed_what_is_known_serves_to_its_leases_end_and_not_longer() {
    let world = World::new(VaultAuth::Approle);
    world.secret().unwrap();
    world.server(|server| {
        server.sealed = true;
        server.version = 2;
    });
    for seconds in [10, 2500, 1000] {
        world.shared.clock.forward(seconds);
        assert_eq!(world.secret().unwrap(), format!("{SECRET}1"), "the lease holds for an hour");
    }
    world.shared.clock.forward(90);
    let error = world.secret().unwrap_err();
    assert_eq!((error.code, error.retryable, error.message.as_str()), (Code::Remote, true, "Vault is sealed (503)"));
    world.server(|server| server.sealed = false);
    assert_eq!(world.secret().unwrap(), format!("{SECRET}2"));
}

#[test]
fn a_vault_that_cannot_be_reached_is_named_and_what_is_known_serves() {
    let mut world = World::new(VaultAuth::Token);
    world.secret().unwrap();
    world.take_away();
    world.shared.clock.forward(100);
    assert_eq!(world.secret().unwrap(), format!("{SECRET}1"));
    let error = world.read("vault:secret/kei/other#x").unwrap_err();
    assert_eq!((error.code, error.retryable), (Code::Connect, true));
    assert!(error.message.contains("no connection to http://127.0.0.1:"), "{error}");
    world.shared.clock.forward(3600);
    assert_eq!(world.secret().unwrap_err().code, Code::Connect);
}

#[test]
fn what_vault_refuses_is_said_and_nothing_that_is_known_serves_then() {
    let world = World::new(VaultAuth::Token);
    world.secret().unwrap();
    for (path, code, why) in [
        ("vault:secret/kei/agent#password", Code::Config, "has no field `password`; it has client_secret, port"),
        ("vault:secret/kei/nothing#x", Code::NotFound, "there is nothing at this path"),
        ("vault:secret/kei/deleted#x", Code::NotFound, "there is nothing at this path"),
        ("vault:secret/kei/broken#x", Code::Protocol, "line 1 column"),
    ] {
        let error = world.read(path).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.contains(why) && !error.to_json().contains("hunter2"), "{error}");
    }
    world.server(|server| server.tokens.clear());
    world.shared.clock.forward(10);
    assert_eq!(world.secret().unwrap_err().code, Code::Forbidden, "a secret that was taken away does not serve on");
    let mut wrong = World::new(VaultAuth::Approle);
    wrong.config.secret_id = Some(Secret::new("another"));
    let error = wrong.secret().unwrap_err();
    assert!(error.code == Code::Rejected && error.message.contains("invalid role or secret ID"), "{error}");
}

#[test]
fn what_is_missing_or_unsafe_is_named_before_anything_is_sent() {
    let world = World::new(VaultAuth::Token);
    let refused = |config: VaultConfig| {
        let path = VaultPath { mount: "secret".into(), path: "kei/agent".into(), field: "x".into() };
        world.vaults.read(&config, &path).unwrap_err()
    };
    let base = &world.config;
    for (config, field) in [
        (VaultConfig { token: None, ..base.clone() }, "vault.token"),
        (VaultConfig { auth: VaultAuth::Approle, role_id: None, ..base.clone() }, "vault.role_id"),
        (VaultConfig { auth: VaultAuth::Approle, secret_id: None, ..base.clone() }, "vault.secret_id"),
        (VaultConfig { auth: VaultAuth::Kubernetes, role: None, ..base.clone() }, "vault.role"),
        (VaultConfig { address: Some("http://vault.example.com".into()), ..base.clone() }, "vault.address"),
        (VaultConfig { address: Some("https://u:p@vault.example.com".into()), ..base.clone() }, "vault.address"),
    ] {
        let error = refused(config);
        assert_eq!(error.details["field"], field, "{error}");
    }
    let open = world.folder.path().join("open");
    std::fs::write(&open, "the-static-token").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
        let file = Some(open.to_str().unwrap().to_owned());
        let error = refused(VaultConfig { token: None, token_file: file, ..base.clone() });
        assert!(error.message.contains("chmod 600"), "{error}");
    }
    assert!(world.server(|_| {}).is_empty());
}

#[test]
fn every_secret_of_vaults_is_known_to_the_redactor() {
    let world = World::new(VaultAuth::Approle);
    world.secret().unwrap();
    let redactor = Arc::new(Redactor::new());
    world.vaults.tell(&redactor);
    let text = format!("{SECRET}1 and hvs.issued-token-1");
    let shown = redactor.scrub(&text);
    assert!(!shown.contains(SECRET) && !shown.contains("issued"), "{shown}");
    world.server(|server| server.version = 2);
    world.shared.clock.forward(10);
    world.secret().unwrap();
    let text = format!("{SECRET}2");
    assert_ne!(redactor.scrub(&text), text);
}
