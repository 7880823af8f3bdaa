//! The configuration's types: the one source of its JSON Schema, its documentation and its environment variables.
//!
//! Durations are whole milliseconds and end in `_ms`. A field that an environment variable sets names it in `x-env`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AuditConfig, AuthConfig, BreakerConfig, DeadLetterConfig, ExplainConfig, HealthConfig, HedgeConfig, LogConfig,
    OtlpConfig, RedactionConfig, RetryConfig, ServerConfig, SourceConfig, VaultConfig,
};
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
    /// When a second request is sent beside the first.
    pub hedge: HedgeConfig,
    /// Messages that could not be delivered.
    #[schemars(extend("x-live" = false))]
    pub dead_letters: DeadLetterConfig,
    /// What is kept to explain calls by.
    pub explain: ExplainConfig,
    /// What health checks look at.
    pub health: HealthConfig,
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
    /// Where the rest of the configuration comes from.
    #[schemars(extend("x-live" = false))]
    pub config: SourceConfig,
    /// Where secrets are looked up.
    pub vault: VaultConfig,
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
    /// Takes any server for the right one, for development alone: whoever is in between reads and changes everything. Excludes `pins`, and each
    /// client that is made so says it in the log.
    pub insecure_skip_verify: bool,
}

/// Which version of HTTP is spoken. A stream's handshake always speaks HTTP/1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HttpVersion {
    /// HTTP/2 where the server offers it in the TLS handshake (ALPN), else HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2 only: on `https` by ALPN, on `http` by prior knowledge (h2c).
    Http2,
}

/// The HTTP connections.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Which version of HTTP is spoken.
    pub version: HttpVersion,
    /// Origins besides `base_url`'s that `http.request` may call with the client's token, for example `https://api.example.com`.
    pub allowed_origins: Vec<String>,
    /// How long a connection that nothing uses stays open.
    #[schemars(range(min = 1, max = 3_600_000))]
    pub idle_ms: u64,
    /// How many such connections stay open at most, per host.
    #[schemars(range(max = 100_000))]
    pub max_idle_per_host: usize,
    /// The proxy, as `http://host:port`, `https://host:port` or `socks5://host:port` (`socks5h` has it resolve names). When absent, `HTTPS_PROXY`,
    /// `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` decide; `none` forbids any.
    pub proxy: Option<String>,
    /// Who the client is to `proxy`.
    pub proxy_username: Option<String>,
    /// The password to `proxy_username`.
    pub proxy_password: Option<Secret>,
    /// Where `proxy` is not used: names with all below them, addresses, ranges of addresses (`10.0.0.0/8`), each with a port or without; `*` for all.
    pub no_proxy: Vec<String>,
    /// How many redirects are followed in a row. Those to another origin never are.
    #[schemars(range(max = 20))]
    pub max_redirects: u32,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            version: HttpVersion::Auto,
            allowed_origins: Vec::new(),
            idle_ms: 55_000,
            max_idle_per_host: 256,
            proxy: None,
            proxy_username: None,
            proxy_password: None,
            no_proxy: Vec::new(),
            max_redirects: 5,
        }
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
    /// One text in a request's JSON, in bytes as it is written there.
    #[schemars(range(min = 1, max = 1_073_741_824))]
    pub max_text_bytes: usize,
    /// One number in a request's JSON, in characters.
    #[schemars(range(min = 1, max = 10_000))]
    pub max_number_chars: usize,
    /// Lets texts in a request hold control characters besides tabs and line ends, such as NUL and escape sequences of terminals.
    pub control_characters: bool,
    /// How many operations of the client may be in flight. What is answered on the calling thread, as `log.write` is, is not counted.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub max_in_flight: usize,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            max_request_bytes: 16 << 20,
            max_answer_bytes: 64 << 20,
            max_depth: 64,
            max_text_bytes: 16 << 20,
            max_number_chars: 64,
            control_characters: false,
            max_in_flight: 100_000,
        }
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
    /// What is published on the bus.
    pub bus: String,
    /// Messages from agent to agent.
    pub messages: String,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        Self {
            rpc: "/api/v1/rpc".into(),
            registry: "/api/v1/registry/agents".into(),
            agents: "/api/v1/agents-mgmt".into(),
            health: "/api/v1/health".into(),
            stream: "/api/v1/stream".into(),
            bus: "/api/v1/bus/publish".into(),
            messages: "/api/v1/agents".into(),
        }
    }
}

/// The configuration of a runtime.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RuntimeConfig {
    /// Logging.
    pub log: LogConfig,
    /// What may be shown.
    pub redaction: RedactionConfig,
    /// The audit log.
    pub audit: AuditConfig,
    /// The way to an OpenTelemetry collector.
    pub otlp: OtlpConfig,
    /// The operations server.
    pub server: ServerConfig,
    /// Where the rest of the configuration comes from.
    pub config: SourceConfig,
    /// Where secrets are looked up.
    pub vault: VaultConfig,
}

/// The configuration of a queue. It has no settings yet.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QueueConfig {}

/// A number of milliseconds as a duration.
pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
