//! The configuration of what the library tells of itself: what may be shown, the log, the audit log.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names whose values may be shown besides those that the library lists itself, in logs, spans and the audit. What is not listed is masked: values of
/// header fields, parameters, segments of paths, and texts and numbers in JSON. `*` lists all names but those that say that a secret follows.
/// What the library knows to be a secret, and what looks like one, is masked in any case.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RedactionConfig {
    /// Header fields.
    pub headers: Vec<String>,
    /// Parameters of a URL's query.
    pub query: Vec<String>,
    /// Segments of a URL's path.
    pub segments: Vec<String>,
    /// Keys of JSON objects.
    pub keys: Vec<String>,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// What is likely to fail, or went on in a worse way.
    #[default]
    Warn,
    /// What happens, one line for a call.
    Info,
    /// Each step.
    Debug,
    /// Everything.
    Trace,
}

/// Where log records go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogOutput {
    /// Nowhere.
    None,
    /// The process's standard error.
    #[default]
    Stderr,
    /// The file named by `file`.
    File,
}

/// Which log records a queue gets.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogFilter {
    /// How much is logged.
    pub level: LogLevel,
    /// Other levels for single targets, by the target's prefix.
    pub targets: BTreeMap<String, LogLevel>,
}

impl LogFilter {
    /// Whether it lets nothing through.
    pub fn is_silent(&self) -> bool {
        self.level == LogLevel::Off && self.targets.values().all(|level| *level == LogLevel::Off)
    }
}

/// Logging: JSON objects, one a line, with secrets masked.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// How much is logged.
    #[schemars(extend("x-env" = "KEI_LOG_LEVEL", "x-live" = true))]
    pub level: LogLevel,
    /// Other levels for single targets, by the target's prefix, for example `{"hyper": "debug"}`.
    #[schemars(extend("x-live" = true))]
    pub targets: BTreeMap<String, LogLevel>,
    /// Where records go. When absent: `file` if a file is named, else `stderr`.
    #[schemars(extend("x-env" = "KEI_LOG_OUTPUT"))]
    pub output: Option<LogOutput>,
    /// The log file; made with mode 0600, appended to.
    #[schemars(extend("x-env" = "KEI_LOG_FILE"))]
    pub file: Option<String>,
    /// How many bytes the file may have before it is renamed to `….1`, and a new one is begun.
    #[schemars(range(min = 1_024, max = 1_099_511_627_776_u64))]
    pub max_bytes: u64,
    /// How many such files are kept besides the one that is written to.
    #[schemars(range(max = 1_000))]
    pub max_files: usize,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            level: LogLevel::default(),
            targets: BTreeMap::new(),
            output: None,
            file: None,
            max_bytes: 100 << 20,
            max_files: 5,
        }
    }
}

/// The operations server: what a monitor asks, on this machine alone.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Where it listens: an address of the loopback interface and a port, for example `127.0.0.1:9464`; port 0 takes a free one, which `kei.info` tells. When absent, there is none.
    #[schemars(extend("x-env" = "KEI_SERVER_LISTEN"))]
    pub listen: Option<String>,
}

/// What happens to a call when the audit cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFailure {
    /// It goes on; what is missing is counted, and the audit says how much.
    #[default]
    Continue,
    /// It is refused before anything is sent.
    Deny,
}

/// The audit log: who did what, a line each, chained by hashes and signed, so that no line is changed, added or taken away unseen.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// Whether there is one.
    #[schemars(extend("x-env" = "KEI_AUDIT_ENABLED"))]
    pub enabled: bool,
    /// Its file, made with mode 0600. Beside it are `….checkpoint`, the last checkpoint, and `….pub`, the key to verify it with.
    #[schemars(extend("x-env" = "KEI_AUDIT_FILE"))]
    pub file: Option<String>,
    /// A PEM file with the Ed25519 key that signs, PKCS#8. When absent: `….key` beside the file. It is made with mode 0600 if it is not there.
    #[schemars(extend("x-env" = "KEI_AUDIT_KEY_FILE"))]
    pub key_file: Option<String>,
    /// What happens to a call when the audit cannot be written.
    pub on_write_failure: AuditFailure,
    /// After how many records a checkpoint is signed.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub checkpoint_records: u64,
    /// After how long one is signed at the latest.
    #[schemars(range(min = 1, max = 86_400_000))]
    pub checkpoint_ms: u64,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            file: None,
            key_file: None,
            on_write_failure: AuditFailure::default(),
            checkpoint_records: 1_000,
            checkpoint_ms: 60_000,
        }
    }
}
