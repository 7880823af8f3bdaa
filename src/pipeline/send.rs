//! One attempt: the header fields that every request carries, and the exchange itself, with its redirects and its hedge.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{Either, select};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use tracing::Level;

use super::call::{Call, Context, Repeat};
use super::deadline::Waiting;
use super::redirect::Target;
use crate::auth::Credential;
use crate::clock::SharedClock;
use crate::config::{ClientConfig, ms};
use crate::error::{Code, Error, Result, millis};
use crate::observe::Observe;
use crate::observe::log::{Fact, Scope};
use crate::observe::trace::Trace;
use crate::transport::{Answered, Carrier, HttpRequest, Leg, spare};

const AGENT_ID: HeaderName = HeaderName::from_static("x-agent-id");
const TENANT_ID: HeaderName = HeaderName::from_static("x-tenant-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const REQUEST_TIMEOUT: HeaderName = HeaderName::from_static("x-request-timeout-ms");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const BAGGAGE: HeaderName = HeaderName::from_static("baggage");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Where what goes over the wire is logged.
const WIRE: &str = "kei_agent::wire";
/// As many fields as most requests have.
const FIELDS: usize = 12;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What is sent.
pub(super) struct Attempt<'a> {
    pub(super) call: &'a Call,
    pub(super) trace: &'a Trace,
    pub(super) credential: Option<&'a Credential>,
    /// How many were sent before it.
    pub(super) before: u32,
}

/// When a request is sent once more beside itself.
#[derive(Clone, Copy)]
pub(super) struct Hedge<'a> {
    /// After how long without an answer.
    pub(super) delay: Duration,
    /// Whether it may be, asked when it is time.
    pub(super) leave: &'a (dyn Fn() -> bool + Sync),
}

/// Whom records of a call tell of.
struct OfCall {
    context: Arc<Context>,
    operation: &'static str,
    trace: Trace,
    agent_id: Option<HeaderValue>,
    tenant_id: Option<HeaderValue>,
}

impl Scope for OfCall {
    fn each(&self, tell: &mut dyn FnMut(&'static str, &str)) {
        tell("correlation_id", &self.context.correlation_id);
        tell("operation", self.operation);
        self.trace.tell_ids(tell);
        if let Some(id) = shown(self.agent_id.as_ref()) {
            tell("agent_id", id);
        }
        if let Some(id) = tenant(&self.context, self.tenant_id.as_ref()) {
            tell("tenant_id", id);
        }
    }
}

/// Sends attempts.
pub(super) struct Sender {
    http: Carrier,
    clock: SharedClock,
    observe: Observe,
    agent_id: Option<HeaderValue>,
    tenant_id: Option<HeaderValue>,
    attempt: Duration,
    max_answer_bytes: usize,
    max_redirects: u32,
}

impl Sender {
    pub(super) fn new(config: &ClientConfig, http: Carrier, clock: SharedClock, observe: Observe) -> Result<Self> {
        let value = |field: &str, text: &Option<String>| {
            let text = text.as_deref().filter(|text| !text.is_empty());
            text.map(|text| header(text, Code::Config, field)).transpose()
        };
        Ok(Self {
            http,
            clock,
            observe,
            agent_id: value("`agent_id`", &config.agent_id)?,
            tenant_id: value("`tenant_id`", &config.tenant_id)?,
            attempt: ms(config.timeouts.attempt_ms),
            max_answer_bytes: config.limits.max_answer_bytes,
            max_redirects: config.http.max_redirects,
        })
    }

    /// What puts a call's identifiers on each of its log lines.
    pub(super) fn scope(&self, call: &Call, trace: &Trace) -> Arc<dyn Scope> {
        Arc::new(OfCall {
            context: Arc::clone(&call.context),
            operation: call.operation,
            trace: trace.clone(),
            agent_id: self.agent_id.clone(),
            tenant_id: self.tenant_id.clone(),
        })
    }

    /// Tells on whose behalf a call is made.
    pub(super) fn identify(&self, call: &Call, mut tell: impl FnMut(&'static str, &str)) {
        if let Some(id) = shown(self.agent_id.as_ref()) {
            tell("kei.agent_id", id);
        }
        if let Some(id) = tenant(&call.context, self.tenant_id.as_ref()) {
            tell("kei.tenant_id", id);
        }
    }

    /// Sends `call` once, or once more beside itself as `hedge` says; tells whether it did. The outer error is the deadline's, or that of a header field
    /// that cannot be sent.
    pub(super) async fn send(
        &self,
        attempt: &Attempt<'_>,
        waiting: &mut Waiting<'_>,
        hedge: Option<Hedge<'_>>,
    ) -> (Result<Answered>, bool) {
        let start = waiting.now();
        let twice = AtomicBool::new(false);
        let work = |timeout| self.exchange(attempt, start, timeout, hedge, &twice);
        let outcome = waiting.attempt(self.attempt, work).await.and_then(|outcome| outcome);
        let twice = twice.into_inner();
        if twice {
            waiting.hedged();
        }
        let (attempt, duration_ms) = (waiting.attempts(), millis(waiting.now().saturating_sub(start)));
        match &outcome {
            Ok(Ok(response)) => {
                let (status, bytes) = (response.status.as_u16(), response.body.len());
                tracing::debug!(target: "kei_agent::call", attempt, status, bytes, duration_ms, "an attempt was answered");
            }
            Ok(Err(error)) => {
                tracing::debug!(target: "kei_agent::call", attempt, duration_ms, "an attempt failed: {error}");
                if waiting.is_over() {
                    return (Err(waiting.passed()), twice);
                }
            }
            Err(_) => {}
        }
        (outcome, twice)
    }

    /// The request's answer, or that of the request that `hedge` sends beside it.
    async fn exchange(
        &self,
        attempt: &Attempt<'_>,
        now: Duration,
        timeout: Duration,
        hedge: Option<Hedge<'_>>,
        twice: &AtomicBool,
    ) -> Result<Answered> {
        let end = now + timeout;
        let Some(hedge) = hedge else { return self.follow(attempt, now, end).await };
        // On the heap: most calls have none.
        Box::pin(self.hedged(attempt, now, end, hedge, twice)).await
    }

    /// The request's answer, or that of the request that is sent beside it when it takes long.
    async fn hedged(
        &self,
        attempt: &Attempt<'_>,
        now: Duration,
        end: Duration,
        hedge: Hedge<'_>,
        twice: &AtomicBool,
    ) -> Result<Answered> {
        let mut first = pin!(self.follow(attempt, now, end));
        tokio::select! {
            biased;
            outcome = &mut first => return outcome,
            () = self.clock.sleep(hedge.delay) => {}
        }
        if !(hedge.leave)() {
            return first.await;
        }
        twice.store(true, Ordering::Relaxed);
        tracing::debug!(target: "kei_agent::call", "the answer takes long; the request is sent once more");
        let second = pin!(self.follow(attempt, self.clock.now(), end));
        let (earlier, later) = match select(first, second).await {
            Either::Left((outcome, other)) => (outcome, other),
            Either::Right((outcome, other)) => (outcome, other),
        };
        if is_good(&earlier) {
            return earlier;
        }
        let later = later.await;
        if is_good(&later) { later } else { earlier }
    }

    /// The request's answer, after the redirects that may be followed.
    async fn follow(&self, attempt: &Attempt<'_>, mut now: Duration, end: Duration) -> Result<Answered> {
        let mut target = Target::of(attempt.call);
        let mut redirects = 0;
        loop {
            let mut request = self.request(attempt, &target, now, end)?;
            self.show_request(&request);
            let outcome = self.http.send(&mut request).await;
            self.show_answer(&outcome);
            let next = outcome.as_ref().ok().and_then(|response| target.next(response));
            match next {
                Some(next) if redirects < self.max_redirects => target = next,
                _ => return Ok(outcome),
            }
            redirects += 1;
            now = self.clock.now();
        }
    }

    /// What goes out, at the level `trace`: by name what is listed, of the body its length.
    fn show_request(&self, request: &HttpRequest) {
        if self.observe.logging.wants(Level::TRACE, WIRE) {
            let listed = self.observe.redactor.listed();
            let (method, url, headers) = (&request.method, listed.url(&request.url), listed.headers(&request.headers));
            let (method, url, headers) = (Fact::Text(method.as_str()), Fact::Text(&url), Fact::Text(&headers));
            let fields = [("method", method), ("url", url), ("headers", headers), ("bytes", bytes(&request.body))];
            self.observe.logging.record(Level::TRACE, WIRE, "request", &fields);
        }
    }

    fn show_answer(&self, outcome: &Answered) {
        if let Ok(response) = outcome
            && self.observe.logging.wants(Level::TRACE, WIRE)
        {
            let headers = self.observe.redactor.listed().headers(&response.headers);
            let (status, headers) = (Fact::Count(response.status.as_u16().into()), Fact::Text(&headers));
            let fields = [("status", status), ("headers", headers), ("bytes", bytes(&response.body))];
            self.observe.logging.record(Level::TRACE, WIRE, "answer", &fields);
        }
    }

    fn request(&self, attempt: &Attempt<'_>, target: &Target<'_>, now: Duration, end: Duration) -> Result<HttpRequest> {
        let Attempt { call, credential, before, .. } = attempt;
        let trace = attempt.trace.child();
        let left = call.context.deadline.saturating_sub(now);
        let mut headers = spare::fields(FIELDS + call.headers.len());
        if !call.headers.is_empty() {
            headers.extend(call.headers.clone());
        }
        headers.entry(ACCEPT).or_insert(JSON);
        if target.body.is_empty() {
            // A redirect may have taken the body away.
            if !call.body.is_empty() {
                headers.remove(CONTENT_TYPE);
            }
        } else {
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
        let (mut digits, what) = (itoa::Buffer::new(), "the option `timeout_ms`");
        headers.insert(REQUEST_TIMEOUT, header(digits.format(millis(left)), Code::Options, what)?);
        headers.insert(TRACEPARENT, made(&trace.parent())?);
        if let Some(state) = trace.state() {
            headers.insert(TRACESTATE, header(state, Code::Options, "the option `tracestate`")?);
        }
        if let Some(baggage) = trace.baggage() {
            headers.insert(BAGGAGE, header(baggage, Code::Options, "the option `baggage`")?);
        }
        if let Repeat::WithKey(key) = &call.repeat {
            headers.insert(IDEMPOTENCY_KEY, header(key, Code::Options, "the option `idempotency_key`")?);
        }
        if let Some(upgrade) = &call.upgrade {
            headers.extend((**upgrade).clone());
        }
        if let Some(credential) = credential {
            credential.authorize(&target.method, &target.url, &mut headers, &*self.clock)?;
        }
        Ok(HttpRequest {
            method: (*target.method).clone(),
            url: (*target.url).clone(),
            headers,
            body: (*target.body).clone(),
            timeout: end.saturating_sub(now),
            max_answer_bytes: self.max_answer_bytes,
            upgrade: call.upgrade.is_some(),
            leg: Some(Leg { trace, resend: *before }),
        })
    }
}

/// How many they are, for the log.
fn bytes(body: &[u8]) -> Fact<'static> {
    Fact::Count(body.len().try_into().unwrap_or(u64::MAX))
}

/// The tenant of a call: its own, or the configured one.
fn tenant<'a>(context: &'a Context, configured: Option<&'a HeaderValue>) -> Option<&'a str> {
    context.tenant_id.as_deref().or_else(|| shown(configured))
}

fn shown(value: Option<&HeaderValue>) -> Option<&str> {
    value.and_then(|value| value.to_str().ok())
}

/// Whether an outcome leaves nothing to wait for.
fn is_good(outcome: &Result<Answered>) -> bool {
    matches!(outcome, Ok(Ok(response)) if response.status.is_success())
}

/// A value of the library's own making.
fn made(text: &[u8]) -> Result<HeaderValue> {
    HeaderValue::from_bytes(text).map_err(|error| Error::new(Code::Panic, error.to_string()))
}

fn header(text: &str, code: Code, what: &str) -> Result<HeaderValue> {
    let why = "must be visible characters, as HTTP header fields allow: no line breaks or control characters";
    HeaderValue::from_str(text).map_err(|_| Error::new(code, format!("{what} {why}")))
}
