//! What a caller gives with a call, checked before anything is done.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use bytes::Bytes;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::outcome::{Place, count};
use super::{closed, closed_why, panicked};
use crate::config::LimitConfig;
use crate::error::{Code, Error, Result};
use crate::json::{self, Bounds, JsonError};
use crate::observe::redact::Redactor;
use crate::operation::{Answer, Invocation, Local, Meta, Operation, Options, Run, context};
use crate::operations::{self, Session};
use crate::schemas;

/// A call that was checked, and is not begun.
pub(super) struct Given<'a> {
    pub(super) operation: &'static Operation,
    pub(super) session: &'a Arc<Session>,
    request: &'a str,
    pub(super) options: Arc<Options>,
    place: Place<&'a Arc<AtomicUsize>>,
    /// Has the runtime's end wait for an operation that is answered at once.
    counted: Option<TaskTrackerToken>,
}

impl<'a> Given<'a> {
    /// Checks a call of the operation `name`, and takes its place among those `in_flight`.
    pub(super) fn check(
        session: &'a Arc<Session>,
        in_flight: &'a Arc<AtomicUsize>,
        (name, request, options): (&str, &'a [u8], &str),
    ) -> Result<Self> {
        let operation = operations::find(name);
        let is_local = operation.as_ref().is_ok_and(|operation| matches!(operation.run, Run::Local(_)));
        // The runtime's end waits for what is counted; so what is counted too late sees here that it is closed.
        let counted = is_local.then(|| session.services.tracker.token());
        if let Some(why) = closed_why(session) {
            return Err(closed(why));
        }
        let operation = operation?;
        let options = read_options(options)?;
        let (redactor, limits) = (&session.services.observe.redactor, &session.config.limits);
        let request = check_request(operation, request, limits, redactor)?;
        redactor.register_headers(&options.headers);
        options.check()?;
        let place = Place::take(in_flight, limits.max_in_flight)?;
        Ok(Self { operation, session, request, options, place, counted })
    }

    /// Refuses options that only a subscription has.
    pub(super) fn is_call(&self) -> Result<()> {
        if self.options.buffer.is_none() && self.options.overflow.is_none() {
            return Ok(());
        }
        let name = self.operation.name;
        let message = format!("the options `buffer` and `overflow` are for subscriptions; `{name}` is none");
        Err(Error::new(Code::Options, message))
    }

    /// What runs elsewhere, and so has a copy of the request; and its place.
    pub(super) fn invocation(self) -> (Invocation, Place<Arc<AtomicUsize>>) {
        let Self { operation, session, request, options, place, .. } = self;
        let context = Arc::new(context(session, &options));
        let (session, request) = (Arc::clone(session), Bytes::copy_from_slice(request.as_bytes()));
        (Invocation { operation, session, request, options, context, letter: None }, place.keep())
    }

    /// Runs an operation that is answered at once, here. Answers its outcome, and what counts it until that is delivered.
    pub(super) fn run(self, run: fn(&Local<'_>) -> Result<Answer>) -> Ended {
        let Self { operation, session, request, options, place, counted } = self;
        let services = &session.services;
        let start = services.clock.now();
        let local = Local { operation, session, request, options: &options };
        let work = || run(&local).and_then(|answer| finish(answer, options.meta));
        let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked()));
        drop(place);
        count(session, operation, &outcome, start);
        let outcome = outcome.map_err(|mut error| {
            error.correlation_id.get_or_insert_with(|| options.correlation_id());
            services.observe.redactor.scrub_error(error)
        });
        Ended { outcome, _counted: counted }
    }
}

/// An operation that was answered at once.
pub(super) struct Ended {
    pub(super) outcome: Result<Bytes>,
    _counted: Option<TaskTrackerToken>,
}

fn read_options(text: &str) -> Result<Arc<Options>> {
    const WHAT: &str = "the options of the call";
    if text.is_empty() {
        return Ok(Options::none());
    }
    json::depth(text, 8, WHAT)?;
    let schema = || schemas::named("Options");
    let read = json::decode(text, WHAT, schema).and_then(|options: Options| {
        // No option is a list, which serde would take for the fields of `retry`; nor does it look at the ranges of those.
        if text.contains('[') || options.retry.is_some() {
            json::decode(text, WHAT, schema).and_then(|value| json::check(schema(), &value, WHAT))?;
        }
        Ok(Arc::new(options))
    });
    read.map_err(|error: JsonError| {
        let mut error = Error::from(error);
        if error.code == Code::Request {
            error.code = Code::Options;
        }
        error
    })
}

/// The request as it was given, or an empty object in place of nothing; checked for size, UTF-8 and depth. What is secret in it is known to the redactor then.
fn check_request<'a>(
    operation: &Operation,
    request: &'a [u8],
    limits: &LimitConfig,
    redactor: &Redactor,
) -> Result<&'a str> {
    let what = operation.of_request();
    let limit = limits.max_request_bytes;
    if request.len() > limit {
        let message = format!("{what} has {} bytes, more than {limit} (limits.max_request_bytes)", request.len());
        return Err(Error::new(Code::RequestTooLarge, message));
    }
    let text = json::text(request, &what)?;
    if text.trim_start().is_empty() {
        return Ok("{}");
    }
    let bounds = Bounds {
        depth: limits.max_depth,
        text_bytes: limits.max_text_bytes,
        number_chars: limits.max_number_chars,
        infinite: false,
        controls: limits.control_characters,
        halves: false,
    };
    let mut has_secret = false;
    bounds.check_with_keys(text, &what, |key| has_secret |= Redactor::may_name_secret(key))?;
    if has_secret {
        redactor.register_given(text);
    }
    Ok(text)
}

/// The bytes that the caller gets.
pub(super) fn finish(answer: Answer, wrap: bool) -> Result<Bytes> {
    if !wrap {
        return Ok(answer.body);
    }
    let written = |meta: &Option<Meta>| serde_json::to_vec(meta);
    let meta = written(&answer.meta)
        .map_err(|error| Error::new(Code::Panic, format!("an answer could not be written as JSON: {error}")))?;
    Ok([b"{\"result\":".as_slice(), &answer.body, b",\"meta\":", &meta, b"}"].concat().into())
}
