//! What became of a call, step by step: what `kei.explain` tells. The last calls of a client are kept.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::Method;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use smallvec::SmallVec;

use super::call::Call;
use crate::error::{Error, millis};
use crate::transport::Destination;

/// What became of a call.
// Texts are made when somebody asks: most stories are never asked for. It holds on to nothing else of its call, and takes a few lines of memory, since a story is written over one that
// has long left the processor's caches.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Story {
    /// The correlation id.
    pub correlation_id: String,
    /// The operation.
    pub operation: &'static str,
    /// The HTTP method.
    #[serde(serialize_with = "its_name")]
    #[schemars(with = "String")]
    pub method: Method,
    /// Where it went: scheme, host and port.
    #[serde(serialize_with = "its_origin")]
    #[schemars(with = "String")]
    pub origin: Destination,
    /// When it began, in RFC 3339.
    #[serde(serialize_with = "in_rfc_3339")]
    #[schemars(with = "String")]
    pub began_at: SystemTime,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The status of the answer, where one came.
    pub http_status: Option<u16>,
    /// The error's name, where it failed, for example `KEI_E_TIMEOUT`.
    pub error: Option<&'static str>,
    /// What the error says.
    pub message: Option<Box<str>>,
    /// How many times the request was sent.
    pub attempts: u32,
    /// What was left of the client's retry budget at its end.
    pub retry_budget_left: u32,
    /// What happened, in order.
    #[serde(serialize_with = "in_order")]
    #[schemars(with = "Vec<Step>")]
    pub steps: Steps,
}

fn in_order<S: Serializer>(steps: &Steps, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(steps)
}

fn its_name<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

fn its_origin<S: Serializer>(to: &Destination, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(to.origin())
}

/// Written when somebody asks: most are never asked for.
fn in_rfc_3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let time = jiff::Timestamp::try_from(*time).map_err(serde::ser::Error::custom)?;
    serializer.collect_str(&time)
}

/// One thing that happened to a call.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Step {
    /// When, in milliseconds since the call's beginning.
    pub at_ms: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen to a call.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum What {
    /// It waited since the server had asked for a pause.
    Held {
        /// How long, in milliseconds.
        wait_ms: u64,
    },
    /// The circuit breaker let it pass as a probe, or did not let it pass.
    Breaker {
        /// Whether it passed.
        passed: bool,
    },
    /// It got the credential that the next attempt carries.
    Token {
        /// Which of the client's tokens in a row it was.
        generation: u64,
        /// How long it waited for it, in milliseconds.
        wait_ms: u64,
    },
    /// The request was sent.
    Attempt {
        /// The attempt's number, from 1.
        number: u32,
        /// How long it took, in milliseconds.
        duration_ms: u64,
        /// The status of the answer, where one came.
        http_status: Option<u16>,
        /// The error's name, where it failed.
        error: Option<&'static str>,
        /// What the error says.
        message: Option<Box<str>>,
        /// Whether it was sent once more beside itself, since its answer took long.
        hedged: bool,
    },
    /// It is sent again for the sake of its credential, without counting as a retry.
    Replay,
    /// It is tried again after a pause.
    Retry {
        /// Why: `not sent`, `no usable answer` or `throttled`.
        reason: &'static str,
        /// How long it waits before, in milliseconds.
        wait_ms: u64,
    },
    /// It is not tried again.
    Stop {
        /// Why: `final`, `unsafe`, `attempts`, `retry_after`, `deadline` or `budget`.
        why: &'static str,
    },
}

/// What happened to a call. Most calls have two steps: a token, and an attempt.
type Steps = SmallVec<[Step; 2]>;

/// What has happened to a call so far.
#[derive(Default)]
pub(super) struct Trail {
    /// None when nobody will ask.
    steps: Option<Steps>,
    start: Duration,
}

impl Trail {
    pub(super) fn note(&mut self, now: Duration, what: impl FnOnce() -> What) {
        if let Some(steps) = &mut self.steps {
            steps.push(Step { at_ms: millis(now.saturating_sub(self.start)), what: what() });
        }
    }
}

/// The last calls of a client.
pub(super) struct Stories {
    most: usize,
    kept: Mutex<VecDeque<Story>>,
}

/// The end of a call.
pub(super) struct End<'a> {
    pub(super) call: &'a Call,
    pub(super) wall: SystemTime,
    pub(super) duration_ms: u64,
    pub(super) outcome: Result<u16, &'a Error>,
    pub(super) attempts: u32,
    pub(super) retry_budget_left: u32,
}

impl Stories {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    /// The trail of a call that begins.
    pub(super) fn begin(&self, start: Duration) -> Trail {
        Trail { steps: (self.most > 0).then(Steps::new), start }
    }

    pub(super) fn keep(&self, trail: Trail, end: &End<'_>) {
        let Some(steps) = trail.steps else { return };
        let error = end.outcome.err();
        let began = end.wall.checked_sub(Duration::from_millis(end.duration_ms)).unwrap_or(end.wall);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // The oldest leaves the memory of its id.
        let oldest = if kept.len() >= self.most { kept.pop_front() } else { None };
        let mut correlation_id = oldest.map(|story| story.correlation_id).unwrap_or_default();
        correlation_id.clear();
        correlation_id.push_str(&end.call.context.correlation_id);
        kept.push_back(Story {
            correlation_id,
            operation: end.call.operation,
            method: end.call.method.clone(),
            origin: end.call.url.clone(),
            began_at: began,
            duration_ms: end.duration_ms,
            http_status: end.outcome.map_or_else(|error| error.http_status, Some),
            error: error.map(|error| error.code.name()),
            message: error.map(|error| error.message.as_str().into()),
            attempts: end.attempts,
            retry_budget_left: end.retry_budget_left,
            steps,
        });
    }

    /// Up to `most` of those that fit, the newest first.
    pub(super) fn last(&self, most: usize, fits: impl Fn(&Story) -> bool) -> Vec<Story> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().rev().filter(|story| fits(story)).take(most).cloned().collect()
    }
}
