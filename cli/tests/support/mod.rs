//! A running `kei-agent dev`, and plain HTTP to it.
#![allow(dead_code, unreachable_pub)] // Each test binary uses its own part.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use url::form_urlencoded;

/// The command line.
pub fn kei_agent() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kei-agent"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KEI_") {
            command.env_remove(name);
        }
    }
    command
}

/// A platform in a box. It ends with the test.
pub struct Platform {
    pub line: String,
    pub url: String,
    pub variables: BTreeMap<String, String>,
    pub folder: tempfile::TempDir,
    pub process: Child,
    stdin: Option<ChildStdin>,
    out: BufReader<std::process::ChildStdout>,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

impl Platform {
    pub fn start() -> Self {
        Self::with(&[])
    }

    pub fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dev.env");
        let mut command = kei_agent();
        command.args(["dev", "--exit-with-parent", "--env-file"]).arg(&file).args(arguments);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, mut out) = (process.stdin.take(), BufReader::new(process.stdout.take().unwrap()));
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let pair = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        let variables: BTreeMap<_, _> = text.lines().filter_map(pair).collect();
        let url = variables.get("KEI_API_URL").unwrap_or_else(|| panic!("it did not start: {line}")).clone();
        Self { line, url, variables, folder, process, stdin, out }
    }

    /// A request with these header fields; the answer as it came.
    pub fn send(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &str) -> std::io::Result<Answer> {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host)?;
        let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{fields}");
        stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let broken = || std::io::Error::other(format!("not a whole answer: {text}"));
        let (head, body) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
        let answer = Answer { status, head: head.to_owned(), body: body.to_owned() };
        let promised = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
        if promised.is_some_and(|length| length > body.len()) { Err(broken()) } else { Ok(answer) }
    }

    pub fn get(&self, path: &str) -> Value {
        self.send("GET", path, &[], "").unwrap().json()
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], &body.to_string()).unwrap()
    }

    pub fn delete(&self, path: &str) {
        assert_eq!(self.send("DELETE", path, &[], "").unwrap().status, 200);
    }

    pub fn secret(&self) -> &str {
        &self.variables["KEI_OIDC_CLIENT_SECRET"]
    }

    pub fn basic(id: &str, secret: &str) -> String {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
    }

    /// Asks for a token with this form, proving the client by `Authorization`.
    pub fn ask_for_token(&self, form: &str) -> Answer {
        let basic = Self::basic("kei-dev", self.secret());
        let fields = [("content-type", "application/x-www-form-urlencoded"), ("authorization", basic.as_str())];
        self.send("POST", "/oidc/token", &fields, form).unwrap()
    }

    pub fn token(&self) -> String {
        let answer = self.ask_for_token("grant_type=client_credentials").json();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub fn with_token(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {token}");
        self.send(method, path, &[("authorization", bearer.as_str())], &body.to_string()).unwrap()
    }

    /// One action, by a tool of the platform: its status and result.
    pub fn act(&self, action: &str, parameters: &Value) -> (String, Value) {
        let body = json!({ "action": action, "parameters": parameters });
        let answer = self.with_token(&self.token(), "POST", "/api/v1/rpc/act", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        (answer.json()["status"].as_str().unwrap().to_owned(), answer.json()["result"].clone())
    }

    /// Lets standard input end, and answers what it printed further and how it ended.
    pub fn stop(&mut self) -> (String, Option<i32>) {
        drop(self.stdin.take());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (rest, self.process.wait().unwrap().code())
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.process.wait();
    }
}
