//! The configuration's types: the one source of its JSON Schema, its documentation and its environment variables.
//!
//! Durations are whole milliseconds and end in `_ms`. A field that an environment variable sets names it in `x-env`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::AuthConfig;
use crate::secret::Secret;

/// The configuration of a client.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClientConfig {
    /// Where the platform is, for example `https://kei.example.com`. Needed.
    #[schemars(extend("x-env" = "KEI_API_URL", "format" = "uri"))]
    pub base_url: Option<String>,
    /// The agent on whose behalf requests are made; sent as `X-Agent-ID`.
    #[schemars(extend("x-env" = "KEI_AGENT_ID"))]
    pub agent_id: Option<String>,
    /// The tenant; sent as `X-Tenant-ID`.
    #[schemars(extend("x-env" = "KEI_TENANT_ID"))]
    pub tenant_id: Option<String>,
    /// How requests are authorized.
    pub auth: AuthConfig,
    /// How long things may take.
    pub timeouts: TimeoutConfig,
    /// When and how often a request is sent again.
    pub retry: RetryConfig,
    /// When a failing server is left alone.
    pub breaker: BreakerConfig,
    /// TLS.
    pub tls: TlsConfig,
    /// The HTTP connections.
    pub http: HttpConfig,
    /// The stream.
    pub stream: StreamConfig,
    /// How large things may be.
    pub limits: LimitConfig,
    /// Where on the platform its services are.
    pub endpoints: EndpointConfig,
}

/// How long things may take. One deadline holds over all of a call: tokens, waits and retries included.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutConfig {
    /// A call in all, unless its options say otherwise.
    #[schemars(range(min = 1, max = 86_400_000))]
    pub total_ms: u64,
    /// One attempt of a call, from sending it to the last byte of its answer.
    #[schemars(range(min = 1, max = 86_400_000))]
    pub attempt_ms: u64,
    /// Making a connection, TLS included.
    #[schemars(range(min = 1, max = 600_000))]
    pub connect_ms: u64,
    /// One attempt at the token endpoint.
    #[schemars(range(min = 1, max = 600_000))]
    pub token_attempt_ms: u64,
    /// Getting a token in all.
    #[schemars(range(min = 1, max = 600_000))]
    pub token_total_ms: u64,
    /// The host's answer to a REQUEST event.
    #[schemars(range(min = 1, max = 600_000))]
    pub host_ms: u64,
}

impl Default for TimeoutConfig {
    fn default() -> Self {
        Self {
            total_ms: 30_000,
            attempt_ms: 10_000,
            connect_ms: 3_100,
            token_attempt_ms: 10_000,
            token_total_ms: 30_000,
            host_ms: 10_000,
        }
    }
}

/// How the delay between attempts grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetryStrategy {
    /// Drawn evenly from zero to the exponential delay.
    #[default]
    FullJitter,
    /// Always the base delay.
    Fixed,
    /// The base delay times the number of the attempt.
    Linear,
    /// The base delay, doubled with each attempt.
    Exponential,
    /// The base delay times the Fibonacci numbers.
    Fibonacci,
}

/// When and how often a request is sent again.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetryConfig {
    /// How many times a request is sent at most, the first time included.
    #[schemars(range(min = 1, max = 100))]
    pub max_attempts: u32,
    /// How the delay grows.
    pub strategy: RetryStrategy,
    /// The base delay.
    #[schemars(range(min = 1, max = 600_000))]
    pub base_ms: u64,
    /// The base delay when the server asks for fewer requests.
    #[schemars(range(min = 1, max = 600_000))]
    pub throttle_base_ms: u64,
    /// The longest delay.
    #[schemars(range(min = 1, max = 600_000))]
    pub max_delay_ms: u64,
    /// The longest `Retry-After` that is waited out.
    #[schemars(range(max = 600_000))]
    pub max_retry_after_ms: u64,
    /// The size of the bucket that all retries of a client draw on.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub budget: u32,
    /// What a retry draws.
    #[schemars(range(max = 1_000_000))]
    pub retry_cost: u32,
    /// What a retry draws when the server asked for fewer requests.
    #[schemars(range(max = 1_000_000))]
    pub throttle_cost: u32,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            strategy: RetryStrategy::FullJitter,
            base_ms: 50,
            throttle_base_ms: 1_000,
            max_delay_ms: 20_000,
            max_retry_after_ms: 60_000,
            budget: 500,
            retry_cost: 14,
            throttle_cost: 5,
        }
    }
}

/// When a failing server is left alone. One breaker stands before each operation at each origin.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerConfig {
    /// Whether there are breakers at all.
    pub enabled: bool,
    /// Over how many seconds failures are counted.
    #[schemars(range(min = 1, max = 600))]
    pub window_s: u32,
    /// How many requests it takes before the breaker judges.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_samples: u32,
    /// The share of failures that opens it, from 0 to 1.
    #[schemars(range(min = 0.01, max = 1.0))]
    pub failure_ratio: f64,
    /// How long it stays open the first time; doubled each time after.
    #[schemars(range(min = 1, max = 3_600_000))]
    pub open_ms: u64,
    /// How long it stays open at most.
    #[schemars(range(min = 1, max = 3_600_000))]
    pub max_open_ms: u64,
    /// How many probes must succeed, one after the other, to close it.
    #[schemars(range(min = 1, max = 1_000))]
    pub successes_to_close: u32,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            window_s: 10,
            min_samples: 20,
            failure_ratio: 0.5,
            open_ms: 5_000,
            max_open_ms: 60_000,
            successes_to_close: 3,
        }
    }
}

/// TLS. Without any of these, the platform's own verifier and roots decide, with TLS 1.2 or newer.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// A PEM file of the certificate authorities to trust, instead of the platform's; read again when it changes.
    #[schemars(extend("x-env" = "KEI_MTLS_CA_PATH"))]
    pub ca_file: Option<String>,
    /// The same as PEM text.
    pub ca_pem: Option<String>,
    /// The SHA-256 of public keys (SPKI), in base64, one of which the server must hold, besides being trusted.
    pub pins: Vec<String>,
    /// A PEM file with the client's certificate and those that lead to its authority; read again when it changes.
    #[schemars(extend("x-env" = "KEI_MTLS_CERT_PATH"))]
    pub client_cert_file: Option<String>,
    /// The same as PEM text.
    pub client_cert_pem: Option<String>,
    /// A PEM file with the private key of the client's certificate; read again when it changes.
    #[schemars(extend("x-env" = "KEI_MTLS_KEY_PATH"))]
    pub client_key_file: Option<String>,
    /// The same as PEM text.
    pub client_key_pem: Option<Secret>,
}

/// The HTTP connections.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Origins besides `base_url`'s that `http.request` may call with the client's token, for example `https://api.example.com`.
    pub allowed_origins: Vec<String>,
    /// How long a connection that nothing uses stays open.
    #[schemars(range(min = 1, max = 3_600_000))]
    pub idle_ms: u64,
    /// How many such connections stay open at most, per host.
    #[schemars(range(max = 100_000))]
    pub max_idle_per_host: usize,
    /// The proxy, as `http://host:port`. When absent, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` decide; `none` forbids any.
    pub proxy: Option<String>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self { allowed_origins: Vec::new(), idle_ms: 55_000, max_idle_per_host: 256, proxy: None }
    }
}

/// The stream: the WebSocket on which messages of topics come and go.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StreamConfig {
    /// How often the platform is pinged.
    #[schemars(range(min = 1, max = 3_600_000))]
    pub ping_ms: u64,
    /// How long it may take to answer a ping, or to take a message, before the connection counts as lost.
    #[schemars(range(min = 1, max = 3_600_000))]
    pub pong_ms: u64,
}

impl Default for StreamConfig {
    fn default() -> Self {
        Self { ping_ms: 30_000, pong_ms: 10_000 }
    }
}

/// How large things may be.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitConfig {
    /// A request's JSON, in bytes.
    #[schemars(range(min = 1, max = 1_073_741_824))]
    pub max_request_bytes: usize,
    /// An answer's body after decompression, in bytes.
    #[schemars(range(min = 1, max = 1_073_741_824))]
    pub max_answer_bytes: usize,
    /// How deeply a request's JSON may nest.
    #[schemars(range(min = 1, max = 128))]
    pub max_depth: usize,
    /// How many operations of the client may be in flight.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub max_in_flight: usize,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self { max_request_bytes: 16 << 20, max_answer_bytes: 64 << 20, max_depth: 64, max_in_flight: 100_000 }
    }
}

/// Where on the platform its services are: paths below `base_url`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EndpointConfig {
    /// Remote procedure calls.
    pub rpc: String,
    /// The registry of agents.
    pub registry: String,
    /// The management of agents.
    pub agents: String,
    /// The platform's health.
    pub health: String,
    /// The stream.
    pub stream: String,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        Self {
            rpc: "/api/v1/rpc".into(),
            registry: "/api/v1/registry/agents".into(),
            agents: "/api/v1/agents-mgmt".into(),
            health: "/api/v1/health".into(),
            stream: "/api/v1/stream".into(),
        }
    }
}

/// The configuration of a runtime.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RuntimeConfig {
    /// Logging.
    pub log: LogConfig,
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
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// How much is logged.
    #[schemars(extend("x-env" = "KEI_LOG_LEVEL"))]
    pub level: LogLevel,
    /// Other levels for single targets, by the target's prefix, for example `{"hyper": "debug"}`.
    pub targets: BTreeMap<String, LogLevel>,
    /// Where records go. When absent: `file` if a file is named, else `stderr`.
    #[schemars(extend("x-env" = "KEI_LOG_OUTPUT"))]
    pub output: Option<LogOutput>,
    /// The log file; made with mode 0600, appended to.
    #[schemars(extend("x-env" = "KEI_LOG_FILE"))]
    pub file: Option<String>,
}

/// A number of milliseconds as a duration.
pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
