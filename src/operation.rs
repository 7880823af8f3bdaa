//! What an operation is: a name, a request, an answer, whether it may be repeated, and one line of prose.
//!
//! The families under `operations/` declare theirs; `kei.describe`, the command line and the wrappers read them from there.

mod local;
mod types;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use once_cell::sync::Lazy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::{self, BoxFuture, new_id};
use crate::config::{Protocol, RetryOverride, ms};
use crate::error::{Code, Error, Result};
use crate::feed::{Feed, Overflow};
use crate::in_flight::Place;
use crate::json;
use crate::letters::Pending;
use crate::observe::trace::Given;
use crate::operations::{self, Session};
use crate::pipeline::Context;
use crate::schemas;
use types::Types;

pub use local::Local;

/// Whether an operation may be sent again when it is not known if the server acted on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Idempotency {
    /// Sending it twice does what sending it once does.
    Idempotent,
    /// It is sent again only if the caller gives an `idempotency_key`, or says `idempotent`.
    NotIdempotent,
    /// It depends on the request, as the operation's description says.
    ByRequest,
    /// It sends nothing.
    Local,
}

/// An operation.
pub struct Operation {
    /// The name, for example `agents.get`.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Whether it may be repeated.
    pub idempotency: Idempotency,
    /// What runs.
    pub run: Run,
    /// What is done before the operation is taken on, for one that sends a message which must not be lost: keeps it.
    pub accept: Option<fn(&Invocation) -> Result<Pending>>,
    /// Whether it is audited though it sends nothing, since it changes something or hands a secret out.
    pub audited: bool,
    /// What it takes and answers; of a subscription, its END event is the answer.
    pub(crate) types: Types,
}

/// The request of an operation, by its name.
pub(crate) struct OfRequest(&'static str);

impl fmt::Display for OfRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request of {}", self.0)
    }
}

/// What an operation runs.
pub enum Run {
    /// Something that is answered once.
    Call(fn(&Invocation) -> BoxFuture<'_, Result<Answer>>),
    /// Something that is answered at once, on the thread that calls: it waits for nothing, touches no file, and takes little time. What it logs it hands to
    /// the runtime's logging itself: events of `tracing`'s go nowhere there.
    Local(fn(&Local<'_>) -> Result<Vec<u8>>),
    /// Something that yields items until it ends.
    Subscription {
        /// Runs until the subscription ends by itself, or is dropped.
        run: fn(&Invocation, Feed) -> BoxFuture<'_, Result<Answer>>,
    },
}

impl Operation {
    /// Declares an operation that takes a `Q` and answers an `A`.
    pub const fn new<Q: JsonSchema, A: JsonSchema>(
        name: &'static str,
        idempotency: Idempotency,
        summary: &'static str,
        run: fn(&Invocation) -> BoxFuture<'_, Result<Answer>>,
    ) -> Self {
        Self {
            name,
            summary,
            idempotency,
            run: Run::Call(run),
            accept: None,
            audited: false,
            types: Types::of::<Q, A>(),
        }
    }

    /// Declares an operation that sends nothing, and is answered at once.
    pub const fn local<Q: JsonSchema, A: JsonSchema>(
        name: &'static str,
        summary: &'static str,
        run: fn(&Local<'_>) -> Result<Vec<u8>>,
    ) -> Self {
        Self {
            name,
            summary,
            idempotency: Idempotency::Local,
            run: Run::Local(run),
            accept: None,
            audited: false,
            types: Types::of::<Q, A>(),
        }
    }

    /// With a message to keep before it is taken on.
    pub const fn accepting(self, accept: fn(&Invocation) -> Result<Pending>) -> Self {
        Self { accept: Some(accept), ..self }
    }

    /// With requests of the type `R` that the host answers by an `A`.
    pub const fn asking<R: JsonSchema, A: JsonSchema>(self) -> Self {
        Self { types: self.types.asking::<R, A>(), ..self }
    }

    /// Noted in the audit, though it sends nothing.
    pub const fn audited(self) -> Self {
        Self { audited: true, ..self }
    }

    /// What its requests are called in errors; written only where there is one.
    pub(crate) fn of_request(&self) -> OfRequest {
        OfRequest(self.name)
    }

    /// Reads a request of it as a `Q`.
    fn decode<'a, Q: Deserialize<'a>>(&self, text: &'a str) -> Result<Q> {
        let schema = || schemas::named(&format!("{}/request", self.name));
        Ok(json::decode(text, &self.of_request(), schema)?)
    }

    /// Whether the audit tells of it: whatever is sent, and what says so itself.
    pub fn is_audited(&self) -> bool {
        self.audited || self.idempotency != Idempotency::Local
    }

    /// How it reaches the platform: its family says it.
    pub fn protocol(&self) -> Protocol {
        match self.name.split_once('.').map_or(self.name, |(family, _)| family) {
            "plan" | "act" | "observe" | "explain" | "execute" | "rpc" => Protocol::Rpc,
            "stream" => Protocol::Stream,
            "bus" => Protocol::Bus,
            _ if self.name == "agents.send" => Protocol::Bus,
            _ => Protocol::Http,
        }
    }

    /// Declares a subscription that takes a `Q`, yields items of the type `I`, and tells of its state by an `S`.
    pub const fn subscription<Q: JsonSchema, I: JsonSchema, S: JsonSchema>(
        name: &'static str,
        summary: &'static str,
        run: fn(&Invocation, Feed) -> BoxFuture<'_, Result<Answer>>,
    ) -> Self {
        Self {
            name,
            summary,
            idempotency: Idempotency::Idempotent,
            run: Run::Subscription { run },
            accept: None,
            audited: false,
            types: Types::of::<Q, Ended>().yielding::<I, S>(),
        }
    }
}

/// What the END event of a subscription holds that ended well.
#[derive(Serialize, JsonSchema)]
pub struct Ended {
    /// How many items were delivered.
    pub delivered: u64,
}

/// One run of an operation.
pub struct Invocation {
    /// The operation.
    pub operation: &'static Operation,
    /// The client's session.
    pub session: Arc<Session>,
    /// The request: checked to be JSON of a fair depth and size, nothing more.
    pub request: Bytes,
    /// The options of the call.
    pub options: Chosen,
    /// The deadline and the identifiers of the call.
    pub context: Arc<Context>,
    /// The message that the operation sends, kept.
    pub letter: Mutex<Option<Pending>>,
    /// Its place among those in flight; none of one that the library runs for itself.
    pub place: Option<Place>,
    /// Whether the runtime's end waits for it.
    pub counted: bool,
}

impl Options {
    /// Refuses what no call may have.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |field: &str, why: &str| {
            Err(Error::new(Code::Options, format!("the option `{field}` {why}")).with("field", field))
        };
        if self.timeout_ms == Some(0) {
            return wrong("timeout_ms", "must be at least 1");
        }
        let fits = |text: &str| (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        for (field, value) in [("correlation_id", &self.correlation_id), ("idempotency_key", &self.idempotency_key)] {
            if value.as_deref().is_some_and(|text| !fits(text)) {
                return wrong(field, "must be 1 to 128 visible ASCII characters");
            }
        }
        Ok(())
    }

    /// The correlation id that they give, or a new one.
    pub(crate) fn correlation_id(&self) -> String {
        self.correlation_id.clone().unwrap_or_else(new_id)
    }
}

/// The options that a call is given, which for most is none.
#[derive(Default)]
pub struct Chosen(pub(crate) Option<Box<Options>>);

impl Deref for Chosen {
    type Target = Options;

    fn deref(&self) -> &Options {
        static NONE: Lazy<Options> = Lazy::new(Options::default);
        self.0.as_deref().unwrap_or(&NONE)
    }
}

/// The deadline and the identifiers of a call with these options.
pub(crate) fn context(session: &Session, options: &Options) -> Context {
    let timeout = match options.timeout_ms {
        Some(millis) => Duration::from_millis(millis.min(86_400_000)),
        None => ms(session.config.timeouts.total_ms),
    };
    Context {
        correlation_id: options.correlation_id(),
        deadline: session.services.clock.now() + timeout,
        timeout,
        trace: Given {
            parent: options.traceparent.clone(),
            state: options.tracestate.clone(),
            baggage: options.baggage.clone(),
        },
        tenant_id: options.tenant_id.clone(),
    }
}

impl Invocation {
    /// One of the library's own, without a request or options.
    pub(crate) fn of(session: &Arc<Session>, name: &str) -> Result<Self> {
        let (session, options) = (Arc::clone(session), Chosen::default());
        let context = Arc::new(context(&session, &options));
        Ok(Self {
            operation: operations::find(name)?,
            session,
            request: Bytes::from_static(b"{}"),
            options,
            context,
            letter: Mutex::default(),
            place: None,
            counted: false,
        })
    }

    /// Takes the message that the operation sends.
    pub(crate) fn take_letter(&self) -> Option<Pending> {
        self.letter.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Leaves its place, for another to take.
    pub(crate) fn leave(&mut self) {
        if let Some(place) = self.place.take() {
            self.session.in_flight.leave(&place);
        }
    }

    /// Reads the request as a `Q`.
    pub fn request<'a, Q: Deserialize<'a>>(&'a self) -> Result<Q> {
        self.operation.decode(json::text(&self.request, &self.operation.of_request())?)
    }

    /// Waits for `work` until the call's deadline. `what` is what it waits for, for errors.
    pub async fn in_time<T>(&self, what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        let outcome = clock::before(&*self.session.services.clock, self.context.deadline, work).await;
        outcome.unwrap_or_else(|| Err(self.context.passed(what)))
    }
}

impl Drop for Invocation {
    fn drop(&mut self) {
        self.leave();
        if self.counted {
            self.session.services.running.end();
        }
    }
}

/// What an operation answers.
pub struct Answer {
    /// The answer: JSON.
    pub body: Bytes,
    /// How it came about, for the caller that asks with `meta`.
    pub meta: Option<Meta>,
}

impl Answer {
    /// An answer that the library made itself.
    pub fn local(value: &impl Serialize) -> Result<Self> {
        Ok(Self { body: written(value)?.into(), meta: None })
    }
}

/// An answer's JSON.
pub(crate) fn written(value: &impl Serialize) -> Result<Vec<u8>> {
    // Many are short, and memory that is not much larger than what is in it is handed on as it is.
    let mut body = Vec::with_capacity(64);
    serde_json::to_writer(&mut body, value)
        .map_err(|error| Error::new(Code::Panic, format!("an answer could not be written as JSON: {error}")))?;
    Ok(body)
}

/// How an answer came about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Meta {
    /// How many times the request was sent.
    pub attempts: u32,
    /// How it was sent: `http`.
    pub protocol: &'static str,
    /// The HTTP status of the answer.
    pub http_status: u16,
    /// The header fields of the answer, by lower-case name; those that carry credentials are left out.
    pub headers: BTreeMap<String, String>,
    /// Where the time went.
    pub timings: crate::pipeline::Timings,
    /// The correlation id of the call.
    pub correlation_id: String,
}

/// The options of a call. All may be left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// How long the call may take in all, in milliseconds; `timeouts.total_ms` when absent.
    #[schemars(range(min = 1, max = 86_400_000))]
    pub timeout_ms: Option<u64>,
    /// The correlation id, up to 128 visible ASCII characters; a new UUID when absent. It is sent as `X-Correlation-ID`, and stands in
    /// every log line of the call.
    pub correlation_id: Option<String>,
    /// The caller's trace context (W3C `traceparent`); one that is not valid is left out, and a new trace begun.
    pub traceparent: Option<String>,
    /// The caller's vendor trace state (W3C `tracestate`); used only with `traceparent`.
    pub tracestate: Option<String>,
    /// Facts that travel with the trace (W3C `baggage`), handed on to every server that the call reaches: no place for secrets.
    pub baggage: Option<String>,
    /// Makes an operation that is not idempotent safe to send again: sent as `Idempotency-Key`, the same on all attempts.
    pub idempotency_key: Option<String>,
    /// The caller's word that this request may be sent twice.
    pub idempotent: Option<bool>,
    /// The tenant, in place of the configuration's.
    pub tenant_id: Option<String>,
    /// Further header fields of the request.
    pub headers: BTreeMap<String, String>,
    /// Another retry policy for this call.
    pub retry: Option<RetryOverride>,
    /// For a subscription: how many items may wait until the host grants credit for them; 1024 when absent.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub buffer: Option<usize>,
    /// For a subscription: what happens to items past that; `block` when absent.
    pub overflow: Option<Overflow>,
    /// Wraps the answer as `{"result": …, "meta": …}`.
    pub meta: bool,
}
