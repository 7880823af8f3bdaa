//! What a caller gives with a call, checked before anything is done.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tracing::Level;

use super::outcome::count;
use super::{panicked, why_closed};
use crate::config::LimitConfig;
use crate::error::{Code, Error, Result};
use crate::fault;
use crate::in_flight::{Counted, Refusal, Running, Ticket};
use crate::json::{self, Bounds, JsonError};
use crate::observe::log::Fact;
use crate::observe::redact::Redactor;
use crate::operation::{Answer, Chosen, Invocation, Local, Meta, Operation, Options, context, written};
use crate::operations::{self, Session};
use crate::schemas;

/// A call that was checked, and is not begun.
pub(super) struct Given<'a, 'r> {
    pub(super) operation: &'static Operation,
    pub(super) session: &'a Arc<Session>,
    request: &'a str,
    pub(super) options: Chosen,
    /// Has the runtime's end wait for the operation.
    counted: Counted<'r>,
}

impl<'a, 'r> Given<'a, 'r> {
    /// Checks a call of the operation `name`, which counts among those that are `running`.
    pub(super) fn check(
        session: &'a Arc<Session>,
        running: &'r Running,
        (name, request, options): (&str, &'a [u8], &str),
    ) -> Result<Self> {
        let counted = running.counted().filter(|_| !session.in_flight.is_closed());
        let counted = counted.ok_or_else(|| why_closed(session))?;
        let operation = operations::find(name)?;
        let options = read_options(options)?;
        let (redactor, limits) = (&session.services.observe.redactor, &session.config.limits);
        let request = check_request(operation, request, limits, redactor)?;
        if let Some(options) = &options.0 {
            redactor.register_headers(&options.headers);
            options.check()?;
        }
        Ok(Self { operation, session, request, options, counted })
    }

    /// Refuses options that only a subscription has.
    pub(super) fn is_call(&self) -> Result<()> {
        let options = &self.options;
        if options.buffer.is_none() && options.overflow.is_none() {
            return Ok(());
        }
        let name = self.operation.name;
        let message = format!("the options `buffer` and `overflow` are for subscriptions; `{name}` is none");
        Err(Error::new(Code::Options, message))
    }

    /// What runs elsewhere, and so has a copy of the request, and a place among those in flight. What is answered at once is in flight as long as its
    /// caller is in it, and is no more than callers are.
    pub(super) fn invocation(self, ticket: Ticket) -> Result<Invocation> {
        let Self { operation, session, request, options, counted } = self;
        let limit = session.config.limits.max_in_flight;
        let place = session.in_flight.enter(ticket, limit).map_err(|refusal| match refusal {
            Refusal::Closed => why_closed(session),
            Refusal::Full => {
                let message =
                    format!("{limit} operations are in flight already (limits.max_in_flight): wait for some to end");
                Error::new(Code::Overloaded, message)
            }
        })?;
        let context = Arc::new(context(session, &options));
        let (session, request) = (Arc::clone(session), Bytes::copy_from_slice(request.as_bytes()));
        let (letter, place) = (Mutex::default(), Some(place));
        counted.go_on();
        Ok(Invocation { operation, session, request, options, context, letter, place, counted: true })
    }

    /// Runs an operation that is answered at once, here. Answers its outcome, and what counts it until that is delivered.
    pub(super) fn run(self, run: fn(&Local<'_>) -> Result<Vec<u8>>) -> Ended<'r> {
        let (operation, session, options) = (self.operation, self.session, &*self.options);
        let services = &session.services;
        let start = services.clock.now();
        let local = Local { operation, session, request: self.request, options };
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&local))).unwrap_or_else(|_| {
            if let Some(fault) = fault::take() {
                let fields = [("file", Fact::Text(&fault.file)), ("line", Fact::Count(fault.line.into()))];
                services.observe.logging.record(Level::ERROR, "kei_agent::panic", fault::CAUGHT, &fields);
            }
            Err(panicked())
        });
        count(session, operation, outcome.as_ref().err(), start);
        let outcome = match outcome {
            Ok(answer) if options.meta => wrapped(&answer, None),
            Ok(answer) => Ok(answer),
            Err(mut error) => {
                error.correlation_id.get_or_insert_with(|| options.correlation_id());
                Err(services.observe.redactor.scrub_error(error))
            }
        };
        Ended { outcome, _counted: self.counted }
    }
}

/// An operation that was answered at once.
pub(super) struct Ended<'r> {
    pub(super) outcome: Result<Vec<u8>>,
    _counted: Counted<'r>,
}

fn read_options(text: &str) -> Result<Chosen> {
    const WHAT: &str = "the options of the call";
    if text.is_empty() {
        return Ok(Chosen::default());
    }
    json::depth(text, 8, WHAT)?;
    let schema = || schemas::named("Options");
    let read = json::decode(text, WHAT, schema).and_then(|options: Options| {
        // No option is a list, which serde would take for the fields of `retry`; nor does it look at the ranges of those.
        if text.contains('[') || options.retry.is_some() {
            json::decode(text, WHAT, schema).and_then(|value| json::check(schema(), &value, WHAT))?;
        }
        Ok(Chosen(Some(Box::new(options))))
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
    if wrap { wrapped(&answer.body, answer.meta.as_ref()).map(Bytes::from) } else { Ok(answer.body) }
}

fn wrapped(answer: &[u8], meta: Option<&Meta>) -> Result<Vec<u8>> {
    Ok([b"{\"result\":".as_slice(), answer, b",\"meta\":", &written(&meta)?, b"}"].concat())
}
