//! What goes into the pipeline and what comes out.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;

use crate::auth::Credential;
use crate::config::{Protocol, RetryOverride};
use crate::error::{Code, Error};
use crate::observe::trace::Given;
use crate::transport::{Destination, HttpResponse};
use std::sync::Arc;

/// One request of an operation.
pub struct Call {
    /// The operation's name.
    pub operation: &'static str,
    /// How it reaches the platform, which its retry policy goes by.
    pub protocol: Protocol,
    /// The HTTP method.
    pub method: Method,
    /// The whole URL.
    pub url: Destination,
    /// Header fields of the request's own.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// Whether it may be sent again when it is not known if the server acted on it.
    pub repeat: Repeat,
    /// Whether it carries the client's credential.
    pub authorize: bool,
    /// The header fields that ask the server to speak another protocol from then on, if it is to.
    pub upgrade: Option<Box<HeaderMap>>,
    /// The deadline and the identifiers.
    pub context: Arc<Context>,
    /// Another retry policy for this call.
    pub retry: Option<RetryOverride>,
    /// Whether an answer that is no success is handed back when nothing more is to be tried, in place of an error made of it.
    pub any_status: bool,
}

/// Whether a request may be sent again when it is not known if the server acted on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeat {
    /// Yes: twice does what once does.
    Safe,
    /// No.
    Never,
    /// Yes: the server tells the attempts by this key, sent as `Idempotency-Key`.
    WithKey(String),
}

impl Repeat {
    pub(super) fn is_safe(&self) -> bool {
        !matches!(self, Self::Never)
    }
}

/// What belongs to a call from its beginning to its end.
#[derive(Debug, Clone)]
pub struct Context {
    /// Sent as `X-Correlation-ID`, and in every log line.
    pub correlation_id: String,
    /// When the call must be over, on the clock's `now`.
    pub deadline: Duration,
    /// How long the call had in all, for messages.
    pub timeout: Duration,
    /// The caller's trace.
    pub trace: Given,
    /// The tenant, in place of the configuration's.
    pub tenant_id: Option<String>,
}

impl Context {
    /// When the call began, on the clock's `now`.
    pub fn begun(&self) -> Duration {
        self.deadline.saturating_sub(self.timeout)
    }

    /// The error for a deadline that passed while waiting for `what`.
    pub fn passed(&self, what: &str) -> Error {
        let message = format!("the deadline of {} ms passed while waiting for {what}", self.timeout.as_millis());
        Error::new(Code::Deadline, message)
    }
}

/// The answer of the server.
pub struct Reply {
    /// What the server said: its status is 101 after an upgrade, else from 200 to 299 unless the call takes any.
    pub response: Box<HttpResponse>,
    /// How many times the request was sent.
    pub attempts: u32,
    /// Where the time went.
    pub timings: Timings,
    /// The credential that it was answered to.
    pub credential: Option<Credential>,
}

/// Where the time of a call went, in milliseconds.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Timings {
    /// From the call's beginning to its end.
    pub total_ms: u64,
    /// Waiting for tokens.
    pub token_ms: u64,
    /// Waiting between attempts.
    pub wait_ms: u64,
    /// The last attempt.
    pub attempt_ms: u64,
}
