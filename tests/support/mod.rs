//! What the integration tests share: the platform in a box, the foreign issuer, a wire tap, and the search for leaked secrets.
#![allow(dead_code, unreachable_pub)] // Each test binary uses its own part.

pub mod collector;
pub mod events;
pub mod issuer;
pub mod leaks;
pub mod pattern;
pub mod python;
pub mod tap;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, Once};

use kei_agent::{Client, Runtime};
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

/// One after the other: cargo does not like to be called by many at once.
static BUILT: Once = Once::new();

/// The command line, built when it is not there yet.
pub fn kei_agent() -> PathBuf {
    let target = std::env::current_exe().expect("a test knows where it is");
    let folder = target.ancestors().nth(2).expect("target/<profile>/deps").to_owned();
    BUILT.call_once(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "kei-agent-cli"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        cargo.env("CARGO_TARGET_DIR", folder.parent().expect("target"));
        assert!(cargo.status().expect("cargo runs").success(), "the command line can be built");
    });
    folder.join(format!("kei-agent{}", std::env::consts::EXE_SUFFIX))
}

/// A port that is nobody's as long as this process lives, but for a server that binds it with `SO_REUSEADDR`, as they do. Until then nobody listens at it, not even a
/// process that is just being started, which has for a moment all that is open here.
pub fn free_port() -> u16 {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_reuse_address(true).expect("an option of sockets");
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
    let port = socket.local_addr().expect("its address").as_socket().expect("of IP").port();
    // Elsewhere it would be in that server's way.
    if cfg!(target_os = "linux") {
        std::mem::forget(socket);
    }
    port
}

/// A platform in a box. It ends with the test.
pub struct Platform {
    pub url: String,
    pub variables: BTreeMap<String, String>,
    pub folder: tempfile::TempDir,
    process: Mutex<Child>,
    stdin: Option<ChildStdin>,
}

impl Platform {
    pub fn start() -> Self {
        Self::with(&[])
    }

    pub fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("platform.env");
        let mut command = Command::new(kei_agent());
        command.args(["dev", "--exit-with-parent", "--env-file"]).arg(&file).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the platform starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped"))
            .read_line(&mut line)
            .expect("the platform says where it is");
        let variables = read_variables(&file);
        let url = variables.get("KEI_API_URL").unwrap_or_else(|| panic!("the platform did not start: {line}")).clone();
        let stdin = process.stdin.take();
        Self { url, variables, folder, process: Mutex::new(process), stdin }
    }

    pub fn secret(&self) -> &str {
        &self.variables["KEI_OIDC_CLIENT_SECRET"]
    }

    /// The configuration of a client of this platform.
    pub fn config(&self) -> Value {
        json!({
            "base_url": self.url,
            "auth": {
                "issuer": self.variables["KEI_OIDC_ISSUER"],
                "client_id": self.variables["KEI_OIDC_CLIENT_ID"],
                "client_secret": self.secret(),
                "scopes": ["kei.agent"],
            },
        })
    }

    pub fn client(&self, runtime: &Runtime) -> Client {
        self.client_with(runtime, &json!({}))
    }

    /// A client whose configuration has `changes` laid over the usual one.
    pub fn client_with(&self, runtime: &Runtime, changes: &Value) -> Client {
        let mut config = self.config();
        merge(&mut config, changes);
        Client::new(runtime, &config.to_string()).expect("the configuration fits")
    }

    pub fn fault(&self, fault: &Value) {
        ask("POST", &format!("{}/_dev/faults", self.url), Some(fault));
    }

    pub fn clear_faults(&self) {
        ask("DELETE", &format!("{}/_dev/faults", self.url), None);
    }

    pub fn tokens(&self, settings: &Value) {
        ask("POST", &format!("{}/_dev/tokens", self.url), Some(settings));
    }

    /// Turns a switch of the stream; answers how it stands.
    pub fn stream(&self, switch: &Value) -> Value {
        ask("POST", &format!("{}/_dev/stream", self.url), Some(switch))
    }

    pub fn stats(&self) -> Value {
        ask("GET", &format!("{}/_dev/stats", self.url), None)
    }

    /// The requests that arrived at `path`, in order.
    pub fn requests(&self, path: &str) -> Vec<Value> {
        let all = ask("GET", &format!("{}/_dev/requests", self.url), None);
        all.as_array().expect("a list").iter().filter(|request| request["path"] == path).cloned().collect()
    }

    /// A token of the issuer's, as it gives it to any client.
    pub fn token(&self) -> Value {
        use base64::Engine;
        let pair = format!("{}:{}", self.variables["KEI_OIDC_CLIENT_ID"], self.secret());
        let basic = base64::engine::general_purpose::STANDARD.encode(pair);
        let form = "grant_type=client_credentials&scope=kei.agent";
        let url = format!("{}/oidc/token", self.url);
        exchange(
            "POST",
            &url,
            &format!("authorization: Basic {basic}\r\ncontent-type: application/x-www-form-urlencoded\r\n"),
            form,
        )
    }

    /// Takes the platform away.
    pub fn stop(&mut self) {
        drop(self.stdin.take());
        self.process.lock().unwrap().wait().expect("the platform ends");
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.stop();
    }
}

fn read_variables(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(|line| line.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}

/// Lays `changes` over `value`; a null takes away.
pub fn merge(value: &mut Value, changes: &Value) {
    match (value, changes) {
        (Value::Object(value), Value::Object(changes)) => {
            for (name, change) in changes {
                if change.is_null() {
                    value.remove(name);
                } else {
                    merge(value.entry(name.clone()).or_insert(Value::Null), change);
                }
            }
        }
        (value, changes) => *value = changes.clone(),
    }
}

/// Writes a file that its owner alone can read, as one with a secret must be.
pub fn write_private(path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).expect("the folder can be written to");
    std::io::Write::write_all(&mut file, text.as_ref()).expect("the file can be written");
}

/// One plain HTTP request, past the library that is being tested.
pub fn ask(method: &str, url: &str, body: Option<&Value>) -> Value {
    exchange(method, url, "content-type: application/json\r\n", &body.map(Value::to_string).unwrap_or_default())
}

fn exchange(method: &str, url: &str, fields: &str, body: &str) -> Value {
    use std::io::{Read, Write};
    let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("http://host/path");
    let mut stream = std::net::TcpStream::connect(host).expect("the platform listens");
    let head = format!("{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{fields}");
    write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).expect("the platform takes a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the platform answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    assert!(head.starts_with("HTTP/1.1 200"), "{method} {url}: {answer}");
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    assert!(!chunked, "the platform's own pages have a length");
    serde_json::from_str(body).expect("JSON")
}

/// A runtime whose log goes to a file of the test, at the finest level.
pub fn runtime_logging_to(file: &Path) -> Runtime {
    let config = json!({ "log": { "level": "trace", "output": "file", "file": file } });
    Runtime::new(&config.to_string()).expect("the runtime starts")
}

/// A runtime that does not log.
pub fn runtime() -> Runtime {
    Runtime::new(r#"{"log": {"level": "off", "output": "none"}}"#).expect("the runtime starts")
}

/// Runs an operation; the answer with its `meta`, or the error object.
pub fn call(client: &Client, operation: &str, request: &Value, options: &Value) -> Result<Value, Value> {
    let mut options = options.clone();
    merge(&mut options, &json!({ "meta": true }));
    match client.call(operation, request.to_string().as_bytes(), &options.to_string()) {
        Ok(answer) => Ok(serde_json::from_slice(&answer).expect("the answer is JSON")),
        Err(error) => Err(serde_json::from_str(&error.to_json()).expect("the error is JSON")),
    }
}
