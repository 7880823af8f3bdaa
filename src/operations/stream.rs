//! Topics on the platform's stream: what is published there comes as items, and what is given is published.
//!
//! A client has one connection for all of this, made when it is first needed and made anew when it is lost; see [`hub`]. A subscription that
//! blocks rather than loses items has one of its own, so that it holds up no other.

mod arrivals;
mod frames;
mod hub;
mod link;
mod overlap;
mod run;
mod task;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::Session;
use crate::clock::{boxed, new_id};
use crate::error::{Code, Error, Result};
use crate::feed::{Feed, Overflow};
use crate::operation::{Answer, Ended, Idempotency, Invocation, Operation};
use frames::{Message, StreamState};
use hub::{Hub, Publish};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::subscription::<SubscribeRequest, Message, StreamState>(
        "stream.subscribe",
        "Yields what is published under a topic of the platform's stream. A connection that is lost is made again, which a STATE event tells; what was published meanwhile is missed.",
        |invocation, feed| boxed(|| subscribe(invocation, feed)),
    ),
    Operation::new::<PublishRequest, PublishAnswer>(
        "stream.publish",
        Idempotency::NotIdempotent,
        "Publishes a message under a topic of the platform's stream; it is answered when the platform has taken it.",
        |invocation| boxed(|| publish(invocation)),
    ),
];

/// What to subscribe to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SubscribeRequest<'a> {
    /// The topic.
    #[serde(borrow)]
    topic: Cow<'a, str>,
}

/// What to publish.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PublishRequest<'a> {
    /// The topic.
    #[serde(borrow)]
    topic: Cow<'a, str>,
    /// The message: any JSON.
    #[serde(borrow)]
    data: &'a RawValue,
    /// The message's id, up to 128 visible ASCII characters; the option `idempotency_key`, or else a new UUID, when absent.
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
}

/// The message as it was published.
#[derive(Serialize, JsonSchema)]
struct PublishAnswer {
    /// Its id.
    id: String,
}

/// The stream of one client.
#[derive(Default)]
pub struct Stream {
    shared: Mutex<Option<Hub>>,
}

impl Stream {
    /// The connection that a client's operations share.
    fn shared(&self, session: &Arc<Session>) -> Hub {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        match &*shared {
            Some(hub) if hub.is_open() => hub.clone(),
            _ => shared.insert(Hub::start(session, true)).clone(),
        }
    }
}

async fn subscribe(invocation: &Invocation, feed: Feed) -> Result<Answer> {
    let request: SubscribeRequest = invocation.request()?;
    let topic = check_topic(&request.topic)?;
    check_options(invocation)?;
    let session = &invocation.session;
    loop {
        let hub = match feed.overflow() {
            Overflow::Block => Hub::start(session, false),
            Overflow::DropOldest | Overflow::Fail => session.stream.shared(session),
        };
        let (tell, outcome) = oneshot::channel();
        let _membership = hub.join(topic.to_owned(), feed.clone(), Arc::clone(&invocation.context), tell);
        match outcome.await {
            Ok(outcome) => outcome?,
            // The connection was given up for want of use just when this came.
            Err(_) if !session.closed.is_cancelled() => continue,
            Err(_) => return Err(Error::new(Code::Closed, "the client was closed")),
        }
        return Answer::local(&Ended { delivered: feed.delivered() });
    }
}

async fn publish(invocation: &Invocation) -> Result<Answer> {
    let request: PublishRequest = invocation.request()?;
    let topic = check_topic(&request.topic)?;
    check_options(invocation)?;
    let (session, options) = (&invocation.session, &invocation.options);
    let id = request.id.as_deref().or(options.idempotency_key.as_deref());
    let id = id.map_or_else(new_id, str::to_owned);
    if !(1..=128).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "the request of stream.publish: `id` must be 1 to 128 visible ASCII characters";
        return Err(Error::new(Code::Request, message).with("field", "id"));
    }
    let again = options.idempotency_key.is_some() || options.idempotent == Some(true);
    let frame = frames::publish(topic, &id, request.data);
    let clock = Arc::clone(&session.services.clock);
    let context = &invocation.context;
    let work = async {
        loop {
            let (tell, outcome) = oneshot::channel();
            let publish = Publish { topic: topic.to_owned(), frame: frame.clone(), again, outcome: tell };
            session.stream.shared(session).publish(publish);
            match outcome.await {
                Ok(outcome) => return outcome,
                Err(_) if !session.closed.is_cancelled() => {}
                Err(_) => return Err(Error::new(Code::Closed, "the client was closed")),
            }
        }
    };
    tokio::select! {
        biased;
        outcome = work => outcome?,
        () = clock.sleep(context.deadline.saturating_sub(clock.now())) => return Err(context.passed("the platform to take the message")),
    }
    Answer::local(&PublishAnswer { id })
}

/// A topic as the platform may take it.
fn check_topic(topic: &str) -> Result<&str> {
    if (1..=256).contains(&topic.len()) && !topic.chars().any(char::is_control) {
        return Ok(topic);
    }
    let message = "`topic` must be 1 to 256 bytes without control characters";
    Err(Error::new(Code::Request, message).with("field", "topic"))
}

/// The connection is the client's, so what is sent with its making cannot be an operation's.
fn check_options(invocation: &Invocation) -> Result<()> {
    let options = &invocation.options;
    let given = [
        ("headers", !options.headers.is_empty()),
        ("tenant_id", options.tenant_id.is_some()),
        ("retry", options.retry.is_some()),
    ];
    let Some((field, _)) = given.into_iter().find(|(_, given)| *given) else { return Ok(()) };
    let message = format!(
        "the option `{field}` has no meaning here: the stream is one connection for all operations; configure the client instead"
    );
    Err(Error::new(Code::Options, message).with("field", field))
}

/// Reads a text as a frame: what is read is a JSON object with a type. The connection lets no text through that is not UTF-8.
#[cfg(fuzzing)]
pub(super) fn fuzz(body: &[u8]) {
    let Ok(text) = std::str::from_utf8(body) else { return };
    if let Some(frame) = frames::In::read(text) {
        // What nobody asks for is passed over without a look at its numbers, which may be too large to be one.
        let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return };
        assert_eq!(value["type"].as_str(), Some(&*frame.kind));
        assert!(frames::id(text).is_none_or(|id| serde_json::from_str::<&RawValue>(id).is_ok()));
    }
}
