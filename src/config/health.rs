//! The configuration of what health checks look at besides the platform and the token.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Health checks.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HealthConfig {
    /// What is checked besides the platform and the token.
    pub checks: Vec<CheckConfig>,
}

/// One check.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckConfig {
    /// Its name in the answer, which no other check has.
    pub name: String,
    /// What is checked.
    #[serde(rename = "type")]
    pub kind: CheckKind,
    /// For `disk`: a folder or a file on it.
    #[serde(default)]
    pub path: Option<String>,
    /// For `disk` and `memory`: how many bytes must be free.
    #[serde(default)]
    pub min_free_bytes: Option<u64>,
    /// For `http`: the URL that must answer with a status from 200 to 299. It is asked without a token.
    #[serde(default)]
    pub url: Option<String>,
    /// For `tcp`: host and port that must take a connection, for example `db.example.com:5432`.
    #[serde(default)]
    pub address: Option<String>,
    /// How long the check may take, in milliseconds.
    #[serde(default = "timeout")]
    #[schemars(range(min = 1, max = 600_000))]
    pub timeout_ms: u64,
    /// Whether all is unhealthy when it fails; otherwise that is a warning.
    #[serde(default = "critical")]
    pub critical: bool,
}

const fn timeout() -> u64 {
    5_000
}

const fn critical() -> bool {
    true
}

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// Free space on a disk. On Unix; elsewhere the check fails with `KEI_E_UNSUPPORTED`.
    Disk,
    /// Free memory, of the machine or of the container. On Linux; elsewhere the check fails with `KEI_E_UNSUPPORTED`.
    Memory,
    /// A URL.
    Http,
    /// A TCP port.
    Tcp,
}
