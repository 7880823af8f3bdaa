//! What must be true of a request before anything of it is sent.

use reqwest::header::HeaderName;
use url::Url;

use super::call::Call;
use crate::config::{self, AuthType, ClientConfig};
use crate::error::{Code, Error, Result};
use crate::transport;

/// Header fields that callers may not set, with what to use instead.
const RESERVED: [(&str, &str); 17] = [
    ("authorization", "the configuration's `auth`"),
    ("proxy-authorization", "the configuration's `http.proxy`"),
    ("host", "`url`"),
    ("content-length", "nothing: the library counts"),
    ("transfer-encoding", "nothing: the library frames the body"),
    ("connection", "nothing: the library keeps its connections"),
    ("keep-alive", "nothing: the library keeps its connections"),
    ("proxy-connection", "nothing: the library keeps its connections"),
    ("upgrade", "nothing: the library asks for other protocols where it speaks them"),
    ("te", "nothing: trailers are not handed on"),
    ("x-correlation-id", "the option `correlation_id`"),
    ("x-agent-id", "the configuration's `agent_id`"),
    ("x-tenant-id", "the option `tenant_id`"),
    ("traceparent", "the option `traceparent`"),
    ("baggage", "the option `baggage`"),
    ("tracestate", "the option `tracestate`"),
    ("idempotency-key", "the option `idempotency_key`"),
];

/// The rules of one client.
pub(super) struct Rules {
    allowed: Vec<String>,
    has_credential: bool,
}

impl Rules {
    pub(super) fn new(config: &ClientConfig) -> Result<Self> {
        let mut allowed = vec![transport::origin(&config::base_url(config)?)];
        for (index, text) in config.http.allowed_origins.iter().enumerate() {
            let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            let plain =
                url.filter(|url| matches!(url.path(), "" | "/") && url.query().is_none() && url.username().is_empty());
            let Some(url) = plain else {
                let message = format!(
                    "`http.allowed_origins[{index}]` is not an origin; it should look like \"https://api.example.com\""
                );
                return Err(Error::new(Code::Config, message));
            };
            allowed.push(transport::origin(&url));
        }
        let has_credential = config.auth.kind() != AuthType::None;
        Ok(Self { allowed, has_credential })
    }

    /// Checks a call, before its first attempt.
    pub(super) fn check(&self, call: &Call) -> Result<()> {
        let url = &call.url;
        let refused = |why: String| Err(Error::new(Code::Refused, why));
        if !matches!(url.scheme(), "http" | "https") {
            return refused("the URL must begin with https:// or http://".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused(
                "the URL must not hold a user name, password or token; give credentials in `auth` instead".to_owned(),
            );
        }
        let origin = url.origin();
        if !self.allowed.iter().any(|allowed| allowed == origin) {
            return refused(format!(
                "{origin} is neither the origin of `base_url` nor in `http.allowed_origins`; nothing was sent to it"
            ));
        }
        if call.authorize && self.has_credential && url.scheme() == "http" && !config::is_loopback(url) {
            return refused(format!("a token must not travel to {origin} unencrypted: use https"));
        }
        call.headers.keys().try_for_each(check_name)
    }
}

fn check_name(name: &HeaderName) -> Result<()> {
    match RESERVED.iter().find(|(reserved, _)| name.as_str() == *reserved) {
        Some((reserved, instead)) => {
            let message = format!("the header field `{reserved}` is set by the library; use {instead} instead");
            Err(Error::new(Code::Options, message).with("field", *reserved))
        }
        None => Ok(()),
    }
}
