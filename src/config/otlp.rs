//! The configuration of the way to an OpenTelemetry collector.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{LogFilter, LogLevel, TlsConfig, is_loopback};
use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// Traces, metrics and log records for an OpenTelemetry collector, by OTLP over HTTP with protobuf. Variables that begin with `OTEL_` are the host's own, and are not read.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OtlpConfig {
    /// Where the collector is, for example `http://127.0.0.1:4318`; `/v1/traces`, `/v1/metrics` and `/v1/logs` are appended. When absent, nothing is exported.
    #[schemars(extend("x-env" = "KEI_OTLP_ENDPOINT", "format" = "uri"))]
    pub endpoint: Option<String>,
    /// Further header fields of each request, for example the collector's key. They are secrets, so that they are sent by `https`, or to this machine, alone.
    pub headers: BTreeMap<String, Secret>,
    /// Whether spans are exported.
    pub traces: bool,
    /// Whether metrics are exported.
    pub metrics: bool,
    /// Whether log records are exported.
    pub logs: bool,
    /// Which log records.
    pub log: LogFilter,
    /// Of how many traces that begin here spans are exported, from 0 (none) to 1 (all). In a trace that the caller began, its own choice holds.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub sample_ratio: f64,
    /// The name that the host has in traces: `service.name`.
    #[schemars(extend("x-env" = "KEI_OTLP_SERVICE_NAME"))]
    pub service_name: String,
    /// Further attributes of the resource, for example `deployment.environment.name`.
    pub resource: BTreeMap<String, String>,
    /// How long spans and log records wait for others to be sent with.
    #[schemars(range(min = 10, max = 600_000))]
    pub batch_ms: u64,
    /// How often metrics are sent.
    #[schemars(range(min = 10, max = 86_400_000))]
    pub metrics_interval_ms: u64,
    /// How long the collector may take to answer.
    #[schemars(range(min = 1, max = 600_000))]
    pub timeout_ms: u64,
    /// TLS to the collector.
    pub tls: OtlpTlsConfig,
}

/// TLS to the collector. It has nothing of that to the platform, nor are the variables of that for it.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OtlpTlsConfig {
    /// A PEM file of the certificate authorities to trust, instead of the platform's; read again when it changes.
    pub ca_file: Option<String>,
    /// The same as PEM text.
    pub ca_pem: Option<String>,
    /// A PEM file with the client's certificate and those that lead to its authority; read again when it changes.
    pub client_cert_file: Option<String>,
    /// The same as PEM text.
    pub client_cert_pem: Option<String>,
    /// A PEM file with the private key of the client's certificate; read again when it changes.
    pub client_key_file: Option<String>,
    /// The same as PEM text.
    pub client_key_pem: Option<Secret>,
}

impl OtlpTlsConfig {
    /// As it is for connections of any kind.
    pub fn tls(&self) -> TlsConfig {
        let Self { ca_file, ca_pem, client_cert_file, client_cert_pem, client_key_file, client_key_pem } = self.clone();
        let rest = TlsConfig::default();
        TlsConfig { ca_file, ca_pem, client_cert_file, client_cert_pem, client_key_file, client_key_pem, ..rest }
    }
}

impl Default for OtlpConfig {
    fn default() -> Self {
        Self {
            endpoint: None,
            headers: BTreeMap::new(),
            traces: true,
            metrics: true,
            logs: true,
            log: LogFilter { level: LogLevel::Info, targets: BTreeMap::new() },
            sample_ratio: 1.0,
            service_name: "kei-agent".to_owned(),
            resource: BTreeMap::new(),
            batch_ms: 1_000,
            metrics_interval_ms: 60_000,
            timeout_ms: 10_000,
            tls: OtlpTlsConfig::default(),
        }
    }
}

impl OtlpConfig {
    /// The collector's URL, checked, if there is one.
    pub fn url(&self) -> Result<Option<Url>> {
        let Some(text) = self.endpoint.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let wrong =
            |why: &str| Error::new(Code::Config, format!("`otlp.endpoint` {why}")).with("field", "otlp.endpoint");
        let url = Url::parse(text).map_err(|error| {
            wrong(&format!("is not a URL ({error}); it should look like \"http://127.0.0.1:4318\""))
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("must begin with https:// or http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a user name or password; give the collector's key in `otlp.headers`"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("must end with its path: it has a query or a fragment"));
        }
        if !self.headers.is_empty() && url.scheme() == "http" && !is_loopback(&url) {
            return Err(wrong(
                "must begin with https:// when `otlp.headers` holds secrets, unless it is on this machine",
            ));
        }
        Ok(Some(url))
    }
}
