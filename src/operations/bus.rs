//! Messages that are kept until they are delivered: what is published on the bus, and what one agent sends another.
//!
//! A message is kept under its id before it is sent, and the platform takes it once under that id, so that it may be sent again at any time.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use reqwest::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Session;
use super::target::{filled, invalid, join, segment};
use crate::clock::{boxed, new_id};
use crate::error::{Code, Error, Result};
use crate::letters::{self, Letter, Pending};
use crate::operation::{Answer, Idempotency, Invocation, Operation};
use crate::pipeline::Repeat;

const PUBLISH: &str = "bus.publish";
const SEND: &str = "agents.send";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<PublishRequest, PublishAnswer>(
        PUBLISH,
        Idempotency::Idempotent,
        "Publishes a message on the bus. It is kept until the platform has taken it: what cannot be delivered is a dead letter, see `dlq.list`.",
        |invocation| boxed(|| send(invocation)),
    )
    .accepting(|invocation| {
        let request: PublishRequest = invocation.request()?;
        filled("type", &request.kind)?;
        filled("target", &request.target)?;
        let id = id(invocation, request.message_id.as_deref())?;
        let message = Message { message_id: &id, kind: &request.kind, target: &request.target, payload: request.payload };
        keep(invocation, &id, PUBLISH, &request.target, &message)
    }),
    Operation::new::<SendRequest, SendAnswer>(
        SEND,
        Idempotency::Idempotent,
        "Sends a message to another agent by way of the platform. It is kept until the platform has taken it: what cannot be delivered is a dead letter, see `dlq.list`.",
        |invocation| boxed(|| send(invocation)),
    )
    .accepting(|invocation| {
        let request: SendRequest = invocation.request()?;
        segment("to_agent", &request.to_agent)?;
        let id = id(invocation, request.message_id.as_deref())?;
        let envelope = Envelope {
            message_id: &id,
            from_agent: invocation.session.config.agent_id.as_deref(),
            timestamp: letters::now(),
            correlation_id: &invocation.context.correlation_id,
            request: &request,
        };
        keep(invocation, &id, SEND, &request.to_agent, &envelope)
    }),
];

/// What to publish.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PublishRequest<'a> {
    /// What kind of message it is, for example `task.done`.
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    /// Whom it is for: a topic or an agent.
    #[serde(borrow)]
    target: Cow<'a, str>,
    /// The message: any JSON.
    #[serde(borrow)]
    payload: &'a RawValue,
    /// Its id, up to 128 visible ASCII characters; the option `idempotency_key`, or else a new UUID, when absent.
    #[serde(borrow, default)]
    message_id: Option<Cow<'a, str>>,
}

/// A message as the platform takes it.
#[derive(Serialize)]
struct Message<'a> {
    message_id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    target: &'a str,
    payload: &'a RawValue,
}

/// What the platform says of a message.
#[derive(JsonSchema)]
#[allow(dead_code)] // The type is the documentation of an answer that is handed on unread.
struct PublishAnswer {
    /// Its id.
    message_id: String,
    /// What became of it, for example `accepted`.
    status: String,
}

/// What to send.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SendRequest<'a> {
    /// The agent that it is for.
    #[serde(borrow)]
    to_agent: Cow<'a, str>,
    /// What kind of message it is, for example `request`.
    #[serde(borrow)]
    message_type: Cow<'a, str>,
    /// The message: any JSON.
    #[serde(borrow)]
    payload: &'a RawValue,
    /// Its id, up to 128 visible ASCII characters; the option `idempotency_key`, or else a new UUID, when absent.
    #[serde(borrow, default, skip_serializing)]
    message_id: Option<Cow<'a, str>>,
    /// Header fields of the message's own.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The capability that it is meant for.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    target_capability: Option<Cow<'a, str>>,
    /// That capability's version.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    target_version: Option<Cow<'a, str>>,
    /// How urgent it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    priority: Option<i32>,
    /// For how many seconds it is of use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl_seconds: Option<u64>,
    /// Whom to answer.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<Cow<'a, str>>,
}

/// A message from agent to agent as the platform takes it.
#[derive(Serialize)]
struct Envelope<'a> {
    message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_agent: Option<&'a str>,
    timestamp: String,
    correlation_id: &'a str,
    #[serde(flatten)]
    request: &'a SendRequest<'a>,
}

/// What became of a message.
#[derive(JsonSchema)]
#[allow(dead_code)] // The type is the documentation of an answer that is handed on unread.
struct SendAnswer {
    /// Its id.
    message_id: String,
    /// The correlation id.
    correlation_id: String,
    /// What became of it, for example `accepted`.
    status: String,
}

/// The id that a message goes by.
fn id(invocation: &Invocation, given: Option<&str>) -> Result<String> {
    let id = given.or(invocation.options.idempotency_key.as_deref()).map_or_else(new_id, str::to_owned);
    if (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(id);
    }
    Err(invalid("message_id", "must be 1 to 128 visible ASCII characters"))
}

/// Keeps a message before the operation that sends it is taken on.
fn keep(invocation: &Invocation, id: &str, operation: &str, to: &str, body: &impl Serialize) -> Result<Pending> {
    let body = serde_json::value::to_raw_value(body)
        .map_err(|error| Error::new(Code::Panic, format!("a message could not be written as JSON: {error}")))?;
    invocation.session.letters.accept(Letter {
        id: id.to_owned(),
        operation: operation.to_owned(),
        to: to.to_owned(),
        body,
        accepted_at: letters::now(),
        failed: None,
    })
}

async fn send(invocation: &Invocation) -> Result<Answer> {
    let pending = invocation.take_letter();
    let letter = pending.as_ref().and_then(Pending::letter);
    let (Some(pending), Some(letter)) = (pending, letter) else {
        return Err(Error::new(Code::Panic, "a message was not kept before it was sent"));
    };
    deliver(invocation, pending, &letter).await
}

/// Sends a message that is kept, and settles what becomes of it.
pub(super) async fn deliver(invocation: &Invocation, pending: Pending, letter: &Letter) -> Result<Answer> {
    let outcome = match call(invocation, letter) {
        Ok(call) => invocation.send(&call).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(answer) => {
            pending.delivered();
            Ok(answer)
        }
        Err(error) => {
            let error = invocation.session.services.observe.redactor.scrub_error(error);
            pending.failed(&error);
            Err(error.with("dead_letter", letter.id.clone()))
        }
    }
}

fn call(invocation: &Invocation, letter: &Letter) -> Result<crate::pipeline::Call> {
    let (operation, url) = place(&invocation.session, letter)?;
    let mut call = invocation.to(Method::POST, url)?;
    (call.operation, call.protocol) = (operation.name, operation.protocol());
    call.repeat = Repeat::WithKey(letter.id.clone());
    call.body = Bytes::copy_from_slice(letter.body.get().as_bytes());
    Ok(call)
}

/// Where a message goes.
fn place(session: &Session, letter: &Letter) -> Result<(&'static Operation, url::Url)> {
    let (base, endpoints) = (&session.base, &session.config.endpoints);
    match OPERATIONS.iter().find(|operation| operation.name == letter.operation) {
        Some(operation) if operation.name == PUBLISH => Ok((operation, join(base, &endpoints.bus, &[])?)),
        Some(operation) => Ok((operation, join(base, &endpoints.messages, &[segment("to_agent", &letter.to)?])?)),
        None => {
            let message = format!("this version of the library cannot send what `{}` has kept", letter.operation);
            Err(Error::new(Code::Unsupported, message))
        }
    }
}
