//! What the tests of the binary share: a platform that runs as a process, and an HTTP client that sends exactly what it is told.

// Each test file is a program of its own and uses a part of this only.
#![allow(dead_code)]

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::form_urlencoded;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_kei-agent");

/// A platform that runs until this is dropped.
pub(crate) struct Platform {
    pub(crate) process: Child,
    input: Option<ChildStdin>,
    output: BufReader<std::process::ChildStdout>,
    /// The one line that it announced itself with.
    pub(crate) line: String,
    /// What it wrote to its env file.
    pub(crate) variables: HashMap<String, String>,
    pub(crate) folder: TempDir,
}

/// An HTTP answer, read to the end of its connection.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads an answer. What is wrong with it is an error: an end before its header, or before the length it promised.
    pub(crate) fn read(stream: &mut TcpStream) -> std::io::Result<Self> {
        let (answer, ended) = Self::read_part(stream)?;
        let promised = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
        ended?;
        if promised.is_some_and(|promised| promised > answer.body.len()) {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(answer)
    }

    /// Reads an answer that may lack the rest of its body, and how the connection ended.
    pub(crate) fn read_part(stream: &mut TcpStream) -> std::io::Result<(Self, std::io::Result<()>)> {
        let mut bytes = Vec::new();
        let ended = loop {
            let mut chunk = [0; 4096];
            match stream.read(&mut chunk) {
                Ok(0) => break Ok(()),
                Ok(count) => bytes.extend_from_slice(&chunk[..count]),
                Err(error) => break Err(error),
            }
        };
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Err(ended.err().unwrap_or_else(|| std::io::ErrorKind::UnexpectedEof.into()));
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect();
        Ok((Self { status, headers, body: bytes[end + 4..].to_vec() }, ended))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }
}

impl Platform {
    pub(crate) fn start() -> Self {
        Self::start_with::<&str>(&[])
    }

    pub(crate) fn start_with<S: AsRef<OsStr>>(arguments: &[S]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("platform.env");
        let mut process = Command::new(BINARY)
            .args(["dev", "--listen", "127.0.0.1:0", "--exit-with-parent", "--env-file"])
            .arg(&file)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "the platform did not start: {:?}", process.wait());
        let variables = variables(&file);
        Self { process, input, output, line, variables, folder }
    }

    pub(crate) fn base(&self) -> &str {
        &self.variables["KEI_API_URL"]
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.variables["KEI_OIDC_CLIENT_ID"]
    }

    pub(crate) fn client_secret(&self) -> &str {
        &self.variables["KEI_OIDC_CLIENT_SECRET"]
    }

    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.base().strip_prefix("http://").unwrap()).unwrap()
    }

    /// Sends a request and leaves its answer to be read.
    pub(crate) fn begin(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
        let host = self.base().strip_prefix("http://").unwrap();
        let length = body.len().to_string();
        let own = [("host", host), ("connection", "close"), ("content-length", length.as_str())];
        let fields = own.iter().chain(headers).map(|(name, value)| format!("{name}: {value}\r\n"));
        let head = format!("{method} {path} HTTP/1.1\r\n{}", fields.collect::<String>());
        let mut stream = self.connect();
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
        stream
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        Answer::read(&mut self.begin(method, path, headers, body)).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "")
    }

    /// Turns a switch or asks for evidence; the answer must be good.
    pub(crate) fn dev(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.send(method, path, &[], &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    pub(crate) fn fault(&self, fault: &Value) {
        self.dev("POST", "/_dev/faults", fault);
    }

    pub(crate) fn stats(&self) -> Value {
        self.dev("GET", "/_dev/stats", &Value::Null)
    }

    /// Comes back when so many requests are being worked on.
    pub(crate) fn wait_for_in_flight(&self, count: u64) {
        while self.stats()["in_flight"] != count {
            std::thread::yield_now();
        }
    }

    /// The requests on record for a path, in the order in which they came.
    pub(crate) fn requests(&self, path: &str) -> Vec<Value> {
        let Value::Array(all) = self.dev("GET", "/_dev/requests", &Value::Null) else { panic!("not a list") };
        all.into_iter().filter(|request| request["path"] == path).collect()
    }

    /// Comes back when so many requests for a path are on record.
    pub(crate) fn wait_for_requests(&self, path: &str, count: usize) {
        while self.requests(path).len() < count {
            std::thread::yield_now();
        }
    }

    /// Posts a form to the issuer, with the credential in a header.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let credential = basic(self.client_id(), self.client_secret());
        self.send("POST", path, &[("authorization", &credential)], &encoded(fields))
    }

    /// A token of the client's, with further fields in the request for it.
    pub(crate) fn token_with(&self, fields: &[(&str, &str)]) -> String {
        let answer = self.form("/oidc/token", &[&[("grant_type", "client_credentials")], fields].concat());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn token(&self) -> String {
        self.token_with(&[])
    }

    /// Asks the platform with a token.
    pub(crate) fn ask(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, &[("authorization", &format!("Bearer {token}"))], &body)
    }

    /// Calls a method of the platform's RPC.
    pub(crate) fn rpc(&self, token: &str, method: &str, body: &Value) -> Answer {
        self.ask(token, "POST", &format!("/api/v1/rpc/{method}"), body)
    }

    /// Has an action carried out; its status and result.
    pub(crate) fn act(&self, token: &str, action: &str, parameters: &Value) -> (String, Value) {
        let answer = self.rpc(token, "act", &json!({ "action": action, "parameters": parameters }));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        (answer["status"].as_str().unwrap().to_owned(), answer["result"].clone())
    }

    /// A command of the binary, with the environment that the platform asks for and nothing else.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command.envs(&self.variables);
        command
    }

    /// Ends the platform's standard input, as the end of its parent would.
    pub(crate) fn leave(&mut self) {
        self.input = None;
    }

    /// Waits for the end; what it printed after its first line, and how it ended.
    pub(crate) fn wait(&mut self) -> (String, std::process::ExitStatus) {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (rest, self.process.wait().unwrap())
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.leave();
        let _ = self.process.wait();
    }
}

/// A command of the binary, in an empty environment.
pub(crate) fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments).env_clear();
    command
}

/// What a command that succeeded or failed wrote to standard output and error.
pub(crate) fn texts(output: &Output) -> (&str, &str) {
    (std::str::from_utf8(&output.stdout).unwrap(), std::str::from_utf8(&output.stderr).unwrap())
}

pub(crate) fn variables(file: &Path) -> HashMap<String, String> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| line.split_once('=').unwrap()).map(|(name, value)| (name.into(), value.into())).collect()
}

/// A `Basic` credential as RFC 6749 section 2.3.1 has it.
pub(crate) fn basic(id: &str, secret: &str) -> String {
    let form = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    raw_basic(&format!("{}:{}", form(id), form(secret)))
}

/// A `Basic` credential of just this text.
pub(crate) fn raw_basic(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
