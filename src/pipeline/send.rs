//! One attempt: the header fields that every request carries, and the exchange itself.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use tracing::Span;

use super::call::{Call, Repeat};
use super::deadline::Waiting;
use super::trace::Trace;
use crate::auth::Credential;
use crate::clock::SharedClock;
use crate::config::{ClientConfig, ms};
use crate::error::{Code, Error, Result, millis};
use crate::transport::{Exchange, HttpRequest, HttpResponse, TransportError};

const AGENT_ID: HeaderName = HeaderName::from_static("x-agent-id");
const TENANT_ID: HeaderName = HeaderName::from_static("x-tenant-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const REQUEST_TIMEOUT: HeaderName = HeaderName::from_static("x-request-timeout-ms");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Sends attempts.
pub(super) struct Sender {
    http: Arc<dyn Exchange>,
    clock: SharedClock,
    agent_id: Option<HeaderValue>,
    tenant_id: Option<HeaderValue>,
    attempt: Duration,
    max_answer_bytes: usize,
}

impl Sender {
    pub(super) fn new(config: &ClientConfig, http: Arc<dyn Exchange>, clock: SharedClock) -> Result<Self> {
        let value = |field: &str, text: &Option<String>| {
            let text = text.as_deref().filter(|text| !text.is_empty());
            text.map(|text| header(text, Code::Config, field)).transpose()
        };
        Ok(Self {
            http,
            clock,
            agent_id: value("`agent_id`", &config.agent_id)?,
            tenant_id: value("`tenant_id`", &config.tenant_id)?,
            attempt: ms(config.timeouts.attempt_ms),
            max_answer_bytes: config.limits.max_answer_bytes,
        })
    }

    /// The span that puts a call's identifiers on each of its log lines.
    pub(super) fn span(&self, call: &Call, trace: &Trace) -> Span {
        let shown =
            |value: &Option<HeaderValue>| value.as_ref().and_then(|value| value.to_str().ok().map(str::to_owned));
        tracing::error_span!(
            target: "kei_agent::call",
            "call",
            correlation_id = %call.context.correlation_id,
            operation = call.operation,
            trace_id = %trace.trace_id,
            span_id = %trace.span_id,
            agent_id = shown(&self.agent_id),
            tenant_id = call.context.tenant_id.clone().or_else(|| shown(&self.tenant_id)),
        )
    }

    /// Sends `call` once. The outer error is the deadline's, or that of a header field that cannot be sent.
    pub(super) async fn send(
        &self,
        call: &Call,
        trace: &Trace,
        credential: Option<&Credential>,
        waiting: &mut Waiting,
    ) -> Result<Result<HttpResponse, TransportError>> {
        let request = self.request(call, trace, credential, waiting.left())?;
        let start = self.clock.now();
        let outcome =
            waiting.attempt(self.attempt, |timeout| self.http.send(HttpRequest { timeout, ..request })).await?;
        let (attempt, duration_ms) = (waiting.attempts(), millis(self.clock.now().saturating_sub(start)));
        match &outcome {
            Ok(response) => {
                let (status, bytes) = (response.status.as_u16(), response.body.len());
                tracing::debug!(target: "kei_agent::call", attempt, status, bytes, duration_ms, "an attempt was answered");
            }
            Err(error) => {
                tracing::debug!(target: "kei_agent::call", attempt, duration_ms, "an attempt failed: {error}");
                if waiting.is_over() {
                    return Err(waiting.passed());
                }
            }
        }
        Ok(outcome)
    }

    fn request(
        &self,
        call: &Call,
        trace: &Trace,
        credential: Option<&Credential>,
        left: Duration,
    ) -> Result<HttpRequest> {
        let mut headers = call.headers.clone();
        headers.entry(ACCEPT).or_insert(JSON);
        if !call.body.is_empty() {
            headers.entry(CONTENT_TYPE).or_insert(JSON);
        }
        if let Some(id) = &self.agent_id {
            headers.insert(AGENT_ID, id.clone());
        }
        let tenant = call.context.tenant_id.as_deref();
        let tenant = tenant.map(|id| header(id, Code::Options, "the option `tenant_id`")).transpose()?;
        if let Some(id) = tenant.or_else(|| self.tenant_id.clone()) {
            headers.insert(TENANT_ID, id);
        }
        headers.insert(
            CORRELATION_ID,
            header(&call.context.correlation_id, Code::Options, "the option `correlation_id`")?,
        );
        headers.insert(REQUEST_TIMEOUT, HeaderValue::from(millis(left)));
        headers.insert(TRACEPARENT, header(&trace.parent(), Code::Options, "the option `traceparent`")?);
        if let Some(state) = trace.state() {
            headers.insert(TRACESTATE, header(state, Code::Options, "the option `tracestate`")?);
        }
        if let Repeat::WithKey(key) = &call.repeat {
            headers.insert(IDEMPOTENCY_KEY, header(key, Code::Options, "the option `idempotency_key`")?);
        }
        headers.extend(call.upgrade.clone().unwrap_or_default());
        if let Some(credential) = credential {
            credential.authorize(&call.method, &call.url, &mut headers, &*self.clock)?;
        }
        Ok(HttpRequest {
            method: call.method.clone(),
            url: call.url.clone(),
            headers,
            body: call.body.clone(),
            timeout: left,
            max_answer_bytes: self.max_answer_bytes,
            upgrade: call.upgrade.is_some(),
        })
    }
}

fn header(text: &str, code: Code, what: &str) -> Result<HeaderValue> {
    let why = "must be visible characters, as HTTP header fields allow: no line breaks or control characters";
    HeaderValue::from_str(text).map_err(|_| Error::new(code, format!("{what} {why}")))
}
