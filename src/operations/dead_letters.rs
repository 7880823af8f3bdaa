//! Dead letters: messages that could not be delivered, listed, sent again or dropped. What they say is shown to nobody.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bus;
use super::target::invalid;
use crate::clock::boxed;
use crate::error::{Code, Error, Result};
use crate::letters::Letter;
use crate::observe::redact;
use crate::operation::{Answer, Idempotency, Invocation, Operation};

/// How many are listed at once unless asked otherwise.
const PAGE: usize = 100;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<ListRequest, ListAnswer>(
        "dlq.list",
        Idempotency::Local,
        "Lists the messages that could not be delivered, and those on their way, the oldest first. What they say is masked.",
        |invocation| boxed(|| async { list(invocation) }),
    ),
    Operation::new::<GetRequest, Shown>(
        "dlq.get",
        Idempotency::Local,
        "Tells of one message that could not be delivered. What it says is masked.",
        |invocation| boxed(|| async { get(invocation) }),
    ),
    Operation::new::<SelectRequest, RetryAnswer>(
        "dlq.retry",
        Idempotency::Idempotent,
        "Sends messages again that could not be delivered, each under its id. It ends with the deadline; those that it did not come to stay as they are.",
        |invocation| boxed(|| retry(invocation)),
    ),
    Operation::new::<SelectRequest, DropAnswer>(
        "dlq.drop",
        Idempotency::Local,
        "Drops messages that could not be delivered.",
        |invocation| boxed(|| async { discard(invocation) }),
    )
    .audited(),
];

/// Which to list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListRequest<'a> {
    /// Only those after the message with this id.
    #[serde(borrow, default)]
    after: Option<Cow<'a, str>>,
    /// How many at most; 100 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000))]
    limit: Option<usize>,
}

/// The messages.
#[derive(Serialize, JsonSchema)]
struct ListAnswer {
    /// The messages.
    letters: Vec<Shown>,
    /// How many could not be delivered, in all.
    dead: usize,
    /// How many are on their way.
    pending: usize,
    /// How many bytes those have that could not be delivered.
    dead_bytes: usize,
    /// How many were dropped since there were too many.
    dropped: u64,
}

/// A message, without what it says.
#[derive(Serialize, JsonSchema)]
struct Shown {
    /// Its id.
    id: String,
    /// The operation that sends it.
    operation: String,
    /// Whom it is for.
    to: String,
    /// `dead` when it could not be delivered, `pending` while it is on its way.
    state: &'static str,
    /// When it was taken, in RFC 3339.
    accepted_at: String,
    /// When it was given up, in RFC 3339.
    failed_at: Option<String>,
    /// The error's name, for example `KEI_E_CONNECT`.
    error: Option<String>,
    /// What the error says.
    message: Option<String>,
    /// How many times it was sent.
    attempts: u32,
    /// What it says, masked. Equal texts have equal masks within the process.
    payload: String,
    /// How long what it says is, in bytes.
    payload_bytes: usize,
}

/// Which to tell of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetRequest<'a> {
    /// Its id.
    #[serde(borrow)]
    id: Cow<'a, str>,
}

/// Which of those that could not be delivered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SelectRequest {
    /// Those with these ids.
    #[serde(default)]
    ids: Option<Vec<String>>,
    /// All of them.
    #[serde(default)]
    all: bool,
}

/// What became of them.
#[derive(Serialize, JsonSchema)]
struct RetryAnswer {
    /// Those that the platform has now.
    delivered: Vec<String>,
    /// Those that it still has not.
    failed: Vec<Again>,
    /// Those that were not tried: the deadline was near, or something else sends them.
    untried: Vec<String>,
}

/// A message that could not be delivered again.
#[derive(Serialize, JsonSchema)]
struct Again {
    /// Its id.
    id: String,
    /// The error's name.
    error: &'static str,
    /// What the error says.
    message: String,
}

/// What was dropped.
#[derive(Serialize, JsonSchema)]
struct DropAnswer {
    /// The ids of those that are gone.
    dropped: Vec<String>,
}

fn list(invocation: &Invocation) -> Result<Answer> {
    let request: ListRequest = invocation.request()?;
    let limit = request.limit.unwrap_or(PAGE);
    if !(1..=10_000).contains(&limit) {
        return Err(invalid("limit", "must be from 1 to 10000"));
    }
    let letters = &invocation.session.letters;
    if let Some(after) = request.after.as_deref().filter(|after| letters.get(after).is_none()) {
        return Err(unknown("after", after));
    }
    let counts = letters.counts();
    let shown = letters.list(request.after.as_deref(), limit).into_iter().map(|letter| show(invocation, letter));
    Answer::local(&ListAnswer {
        letters: shown.collect(),
        dead: counts.dead,
        pending: counts.pending,
        dead_bytes: counts.dead_bytes,
        dropped: counts.dropped,
    })
}

fn get(invocation: &Invocation) -> Result<Answer> {
    let request: GetRequest = invocation.request()?;
    let letter = invocation.session.letters.get(&request.id).ok_or_else(|| unknown("id", &request.id))?;
    Answer::local(&show(invocation, letter))
}

async fn retry(invocation: &Invocation) -> Result<Answer> {
    let letters = &invocation.session.letters;
    let clock = &invocation.session.services.clock;
    let mut answer = RetryAnswer { delivered: Vec::new(), failed: Vec::new(), untried: Vec::new() };
    for id in selected(invocation)? {
        if clock.now() >= invocation.context.deadline {
            answer.untried.push(id);
            continue;
        }
        let Some((pending, letter)) = letters.take_up(&id) else {
            answer.untried.push(id);
            continue;
        };
        match bus::deliver(invocation, pending, &letter).await {
            Ok(_) => answer.delivered.push(id),
            Err(error) => {
                answer.failed.push(Again { id, error: error.code.name(), message: error.message.clone() });
            }
        }
    }
    Answer::local(&answer)
}

fn discard(invocation: &Invocation) -> Result<Answer> {
    let letters = &invocation.session.letters;
    let dropped = selected(invocation)?.into_iter().filter(|id| letters.discard(id)).collect();
    Answer::local(&DropAnswer { dropped })
}

/// The ids that a request means.
fn selected(invocation: &Invocation) -> Result<Vec<String>> {
    let request: SelectRequest = invocation.request()?;
    let letters = &invocation.session.letters;
    match (request.ids, request.all) {
        (Some(ids), false) => match ids.iter().find(|id| letters.get(id).is_none()) {
            Some(id) => Err(unknown("ids", id)),
            None => Ok(ids),
        },
        (None, true) => Ok(letters.dead()),
        (None, false) => Err(invalid("ids", "is missing: give `ids`, or `all` for all of them")),
        (Some(_), true) => Err(invalid("all", "and `ids` exclude each other: give one of them")),
    }
}

fn unknown(field: &str, id: &str) -> Error {
    let shown: String = id.chars().filter(|character| !character.is_control()).take(128).collect();
    let message = format!("`{field}`: no message with the id {shown} is kept; `dlq.list` tells which are");
    Error::new(Code::NotFound, message).with("field", field)
}

fn show(invocation: &Invocation, letter: Letter) -> Shown {
    let redactor = &invocation.session.services.observe.redactor;
    let clean = |text: String| redactor.scrub(&text).into_owned();
    let (failed_at, error, message, attempts) = match letter.failed {
        Some(failed) => (Some(failed.at), Some(failed.error), Some(clean(failed.message)), failed.attempts),
        None => (None, None, None, 0),
    };
    Shown {
        state: if failed_at.is_some() { "dead" } else { "pending" },
        id: letter.id,
        operation: letter.operation,
        to: clean(letter.to),
        accepted_at: letter.accepted_at,
        failed_at,
        error,
        message,
        attempts,
        payload_bytes: letter.body.get().len(),
        payload: redact::mask("payload", letter.body.get()),
    }
}
