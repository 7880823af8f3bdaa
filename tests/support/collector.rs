//! A collector that is none of ours: see tests/interop/otlp_sink.py.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use super::{ask, python};

/// The collector. It ends with the test.
pub struct Collector {
    pub url: String,
    /// All that came, as it came.
    pub raw: PathBuf,
    /// What it says of each request; read all the time, or it would wait for its reader and take no more.
    lines: Receiver<String>,
    process: Child,
    stdin: Option<ChildStdin>,
    _folder: tempfile::TempDir,
}

impl Collector {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let raw = folder.path().join("raw");
        std::fs::write(&raw, "").unwrap();
        let mut command = python::script("otlp_sink.py");
        let mut process =
            command.arg(&raw).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 is needed");
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let mut port = String::new();
        lines.read_line(&mut port).unwrap();
        let url = format!("http://127.0.0.1:{}", port.trim());
        let (say, said) = channel();
        std::thread::spawn(move || {
            // Whoever asked may be gone.
            lines.lines().map_while(Result::ok).all(|line| say.send(line).is_ok())
        });
        let stdin = process.stdin.take();
        Self { url, raw, lines: said, process, stdin, _folder: folder }
    }

    /// Changes how it behaves.
    pub fn mode(&self, mode: &Value) {
        ask("POST", &format!("{}/mode", self.url), Some(mode));
    }

    /// The next request that came.
    pub fn next(&self) -> Value {
        let line = self.lines.recv().expect("the collector said nothing more");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// All that came since, once it has ended.
    pub fn end(mut self) -> Vec<Value> {
        drop(self.stdin.take());
        self.process.wait().unwrap();
        self.lines.iter().map(|line| serde_json::from_str(&line).unwrap()).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.process.wait();
    }
}

/// All messages of a kind in requests, flattened: `("/v1/traces", "Spans")` and so on.
pub fn items(requests: &[Value], signal: &str) -> Vec<Value> {
    let (resource, scope, item) = match signal {
        "traces" => ("resourceSpans", "scopeSpans", "spans"),
        "metrics" => ("resourceMetrics", "scopeMetrics", "metrics"),
        _ => ("resourceLogs", "scopeLogs", "logRecords"),
    };
    let lists = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let of = requests.iter().filter(|request| request["path"] == format!("/v1/{signal}"));
    let resources = of.flat_map(|request| lists(&request["body"], resource));
    resources.flat_map(|one| lists(&one, scope)).flat_map(|one| lists(&one, item)).collect()
}

/// The attributes of a message, by name.
pub fn attributes(item: &Value) -> serde_json::Map<String, Value> {
    let all = item["attributes"].as_array().cloned().unwrap_or_default();
    let value = |one: &Value| one["value"].as_object().and_then(|value| value.values().next().cloned());
    all.iter().map(|one| (one["key"].as_str().unwrap().to_owned(), value(one).unwrap_or(json!(null)))).collect()
}
