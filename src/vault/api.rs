//! Vault's HTTP API, as far as it is needed: <https://developer.hashicorp.com/vault/api-docs>.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::config::{HttpConfig, TimeoutConfig, TlsConfig, VaultConfig, VaultPath, is_loopback, ms};
use crate::error::{Code, Error, Result, words};
use crate::secret::Secret;
use crate::transport::{Exchange, HttpClient, HttpRequest, TransportError};

const TOKEN: HeaderName = HeaderName::from_static("x-vault-token");
const NAMESPACE: HeaderName = HeaderName::from_static("x-vault-namespace");
/// Says that a person's browser was not led here; an agent of Vault's asks for it.
const REQUEST: HeaderName = HeaderName::from_static("x-vault-request");
const MOST: usize = 1 << 20;

/// Why Vault gave nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}")]
    Unreachable(#[from] TransportError),
    #[error("Vault is sealed (503)")]
    Sealed,
    #[error("Vault cannot answer now ({status}{why})")]
    Unavailable { status: u16, why: String },
    #[error("Vault denies it ({0}): the token has run out or was revoked, or no policy allows this")]
    Denied(String),
    #[error("there is nothing at this path (404)")]
    Nothing,
    #[error("Vault refuses it ({status}{why})")]
    Refused { status: u16, why: String },
    #[error("the answer is not what Vault's API says: {0}")]
    Protocol(String),
}

impl Failure {
    /// Whether it says nothing of the secret itself.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Sealed | Self::Unavailable { .. })
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let code = match &failure {
            Failure::Unreachable(error) => error.code(),
            Failure::Sealed | Failure::Unavailable { .. } => Code::Remote,
            Failure::Denied(_) => Code::Forbidden,
            Failure::Nothing => Code::NotFound,
            Failure::Refused { .. } => Code::Rejected,
            Failure::Protocol(_) => Code::Protocol,
        };
        Self::new(code, failure.to_string())
    }
}

/// How long something is good.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lease {
    /// `None` for ever.
    pub(super) lasts: Option<Duration>,
    pub(super) renewable: bool,
}

impl Lease {
    fn new(seconds: u64, renewable: bool) -> Self {
        Self { lasts: (seconds > 0).then(|| Duration::from_secs(seconds)), renewable }
    }
}

#[derive(Deserialize)]
struct Auth {
    client_token: Option<Secret>,
    #[serde(default)]
    lease_duration: u64,
    #[serde(default)]
    renewable: bool,
}

#[derive(Deserialize)]
struct Authenticated {
    auth: Auth,
}

#[derive(Deserialize)]
struct LookedUp {
    data: Own,
}

#[derive(Deserialize)]
struct Own {
    #[serde(default)]
    ttl: u64,
    #[serde(default)]
    renewable: bool,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    lease_duration: u64,
    data: Versioned,
}

#[derive(Deserialize)]
struct Versioned {
    /// Null for a version that was deleted.
    data: Option<BTreeMap<String, Value>>,
}

/// The way to one Vault.
pub(super) struct Api {
    http: HttpClient,
    base: Url,
    namespace: Option<HeaderValue>,
    timeout: Duration,
}

impl Api {
    /// Must be called inside a tokio runtime.
    pub(super) fn new(config: &VaultConfig) -> Result<Self> {
        let wrong = |field: &str, why: &str| Error::new(Code::Config, format!("`{field}` {why}")).with("field", field);
        let text = config.address.as_deref().unwrap_or_default().trim().trim_end_matches('/');
        let address = |why| wrong("vault.address", why);
        let base = Url::parse(text)
            .map_err(|_| address("is not a URL; it should look like \"https://vault.example.com:8200\""))?;
        if !base.username().is_empty()
            || base.password().is_some()
            || base.query().is_some()
            || base.fragment().is_some()
        {
            return Err(address("must be scheme, host, port and path, nothing more"));
        }
        match base.scheme() {
            "https" => {}
            "http" if is_loopback(&base) => {}
            _ => return Err(address("must begin with https:// (http:// is allowed for this machine itself only)")),
        }
        let namespace = config.namespace.as_deref().filter(|text| !text.is_empty()).map(HeaderValue::from_str);
        let namespace =
            namespace.transpose().map_err(|_| wrong("vault.namespace", "cannot stand in a header field"))?;
        let tls = TlsConfig { ca_file: config.ca_file.clone().filter(|path| !path.is_empty()), ..TlsConfig::default() };
        let timeouts = TimeoutConfig { connect_ms: config.timeout_ms, ..TimeoutConfig::default() };
        let http = HttpClient::new(&HttpConfig::default(), &tls, None, &timeouts)?;
        Ok(Self { http, base, namespace, timeout: ms(config.timeout_ms) })
    }

    /// Logs in at a way that is mounted at `mount`.
    pub(super) async fn log_in(&self, mount: &str, body: &Secret) -> Result<(Secret, Lease), Failure> {
        let answer: Authenticated = self.send(Method::POST, &["auth", mount, "login"], None, Some(body)).await?;
        let Auth { client_token, lease_duration, renewable } = answer.auth;
        let token = client_token.filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| Failure::Protocol("it logs nobody in".to_owned()))?;
        Ok((token, Lease::new(lease_duration, renewable)))
    }

    /// What is left of a token's lease.
    pub(super) async fn look_up(&self, token: &Secret) -> Result<Lease, Failure> {
        let answer: LookedUp = self.send(Method::GET, &["auth/token/lookup-self"], Some(token), None).await?;
        Ok(Lease::new(answer.data.ttl, answer.data.renewable))
    }

    /// Begins a token's lease anew.
    pub(super) async fn renew(&self, token: &Secret) -> Result<Lease, Failure> {
        let body = Secret::new("{}");
        let answer: Authenticated =
            self.send(Method::POST, &["auth/token/renew-self"], Some(token), Some(&body)).await?;
        Ok(Lease::new(answer.auth.lease_duration, answer.auth.renewable))
    }

    /// A secret's fields, and its own lease, where it has one.
    pub(super) async fn read(
        &self,
        token: &Secret,
        path: &VaultPath,
    ) -> Result<(BTreeMap<String, Secret>, Lease), Failure> {
        let answer: Found = self.send(Method::GET, &[&path.mount, "data", &path.path], Some(token), None).await?;
        let fields = answer.data.data.ok_or(Failure::Nothing)?;
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let fields = fields.into_iter().map(|(name, value)| (name, Secret::new(text(value)))).collect();
        Ok((fields, Lease::new(answer.lease_duration, false)))
    }

    async fn send<T: for<'a> Deserialize<'a>>(
        &self,
        method: Method,
        path: &[&str],
        token: Option<&Secret>,
        body: Option<&Secret>,
    ) -> Result<T, Failure> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(path.iter().flat_map(|part| part.split('/')));
        }
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST, HeaderValue::from_static("true"));
        headers.extend(self.namespace.clone().map(|namespace| (NAMESPACE, namespace)));
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(token.expose())
                .map_err(|_| Failure::Protocol("the token cannot stand in a header field".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(TOKEN, value);
        }
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let body = body.map(|body| body.expose().to_owned().into()).unwrap_or_default();
        let timeout = self.timeout;
        let request = HttpRequest {
            method,
            url: url.into(),
            headers,
            body,
            timeout,
            max_answer_bytes: MOST,
            upgrade: false,
            leg: None,
        };
        let response = self.http.send(request).await?;
        let status = response.status;
        if status.is_success() {
            // The parser's own words could repeat a secret.
            return serde_json::from_slice(&response.body).map_err(|error| {
                Failure::Protocol(format!("it cannot be read at line {} column {}", error.line(), error.column()))
            });
        }
        let why = complaint(&response.body);
        Err(match status {
            StatusCode::SERVICE_UNAVAILABLE if why.is_empty() || why.contains("sealed") => Failure::Sealed,
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Failure::Denied(status.as_u16().to_string()),
            StatusCode::NOT_FOUND => Failure::Nothing,
            StatusCode::PRECONDITION_FAILED | StatusCode::TOO_MANY_REQUESTS => {
                Failure::Unavailable { status: status.as_u16(), why }
            }
            status if status.is_server_error() || matches!(status.as_u16(), 472 | 473) => {
                Failure::Unavailable { status: status.as_u16(), why }
            }
            status => Failure::Refused { status: status.as_u16(), why },
        })
    }
}

/// What Vault says is wrong.
fn complaint(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Errors {
        errors: Vec<String>,
    }
    let errors = serde_json::from_slice::<Errors>(body).map(|said| said.errors).unwrap_or_default();
    errors.first().map(|first| format!(": {}", words(first))).unwrap_or_default()
}
