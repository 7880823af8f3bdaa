//! Subscriptions from C: items as there is credit for them, and requests that the host answers.

use std::collections::VecDeque;
use std::ffi::c_char;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::abi::{
    KEI_EVENT_END, KEI_EVENT_ITEM, KEI_EVENT_REQUEST, KEI_EVENT_STATE, KEI_OK, kei_buf, kei_client, kei_handle,
    kei_queue, kei_status, kei_sub,
};
use super::body::Body;
use super::guard::guard;
use super::handle::Object;
use super::queue::{Event, Queue};
use super::{input, table};
use crate::client::Client;
use crate::error::{Code, Error, Result, words};
use crate::feed::{Deliver, Feed, Reply};
use crate::in_flight::Ticket;
use crate::json;

/// How deeply the host's answer to a request may nest.
const MAX_DEPTH: usize = 64;

/// What a subscription's handle stands for.
pub(super) struct Subscription {
    ticket: Ticket,
    /// Set before the caller gets the handle.
    feed: OnceLock<Feed>,
}

impl Subscription {
    pub(super) fn cancel(&self) {
        self.ticket.cancel();
    }
}

/// A request that the host has not answered yet.
pub(super) struct Pending(Mutex<Option<Reply>>);

impl Pending {
    fn take(&self) -> Option<Reply> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The host closed it: that is an answer, too.
    pub(super) fn refuse(&self) {
        if let Some(reply) = self.take() {
            reply.send(Err(Error::new(Code::Cancelled, "the host closed the request without an answer")));
        }
    }
}

/// A subscription's way into its queue.
struct Out {
    queue: Arc<Queue>,
    tag: u64,
    source: kei_handle,
}

impl Out {
    fn push(&self, kind: u32, source: kei_handle, body: Vec<u8>) {
        self.queue.push(Event { kind, tag: self.tag, source, body: body.into(), ..Event::default() });
    }
}

impl Deliver for Out {
    fn items(&self, bodies: VecDeque<Bytes>) {
        let event = |body| Event {
            kind: KEI_EVENT_ITEM,
            tag: self.tag,
            source: self.source,
            body: Body::Part(body),
            ..Event::default()
        };
        self.queue.extend(bodies.into_iter().map(event));
    }

    fn state(&self, body: Vec<u8>) {
        self.push(KEI_EVENT_STATE, self.source, body);
    }

    fn request(&self, body: Vec<u8>, reply: Reply) -> Result<Box<dyn Send>> {
        let pending = Arc::new(Pending(Mutex::new(Some(reply))));
        let handle = table().insert(Object::Request(pending))?;
        self.push(KEI_EVENT_REQUEST, handle, body);
        Ok(Box::new(Retire(handle)))
    }
}

/// Makes a request's handle stale when nobody waits for the answer any more.
struct Retire(kei_handle);

impl Drop for Retire {
    fn drop(&mut self) {
        // It was answered, if it is gone already.
        let _ = table().remove(self.0);
    }
}

/// Opens a subscription. Its events come to `queue` with `tag`: ITEM for each item, at most `credit` of them until `kei_sub_credit` grants more;
/// STATE when something about it changes; REQUEST for work that the host is to answer with `kei_reply`; and at last, exactly once, END. What may wait for credit is bounded, see
/// the options `buffer` and `overflow`. Parameters otherwise as for `kei_submit`.
///
/// On success `*out` (if not NULL) is the subscription, for `kei_sub_credit`, and for `kei_close`, which ends it: END then says `KEI_E_CANCELLED`. It is stale once its END is queued.
/// Events may come before this function returns.
///
/// Thread-safe; does not block. Answers what `kei_submit` answers, and `KEI_E_ARGUMENT` for an operation that is no subscription.
///
/// # Safety
/// Each pointer is NULL or points to as many bytes as its length says (or a text with a NUL, for `KEI_NUL`); `out` and `err` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_subscribe(
    client: kei_client,
    op: *const c_char,
    op_n: usize,
    req: *const u8,
    n: usize,
    opts: *const c_char,
    opts_n: usize,
    queue: kei_queue,
    tag: u64,
    credit: u32,
    out: *mut kei_sub,
    err: *mut kei_buf,
) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(err, || {
            let client: Client = table().get(client)?;
            let queue: Arc<Queue> = table().get(queue)?;
            let op = input::text(op, op_n, "op")?;
            let req = input::bytes(req, n, "req")?;
            let opts = input::text(opts, opts_n, "opts")?;
            let ticket = Ticket::new();
            let kept = Arc::new(Subscription { ticket: ticket.clone(), feed: OnceLock::new() });
            let handle = table().insert(Object::Sub(Arc::clone(&kept)))?;
            let sink = Box::new(Out { queue: Arc::clone(&queue), tag, source: handle });
            let done = move |outcome: Result<Bytes, Error>| {
                // The host may have closed the handle already.
                let _ = table().remove(handle);
                queue.push(Event::outcome(KEI_EVENT_END, tag, handle, outcome, &queue));
            };
            let feed = client
                .subscribe((op, req, opts), &ticket, credit, sink, done)
                .inspect_err(|_| _ = table().remove(handle))?;
            let _ = kept.feed.set(feed);
            if let Some(out) = out.as_mut() {
                *out = handle;
            }
            Ok(())
        })
    }
}

/// Lets a subscription deliver `n` items more than it was allowed so far.
///
/// Thread-safe; does not block. Answers `KEI_E_STALE` when the subscription has ended, or `KEI_E_WRONG_KIND`.
#[unsafe(no_mangle)]
pub extern "C" fn kei_sub_credit(sub: kei_sub, n: u32) -> kei_status {
    // SAFETY: NULL is allowed.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let subscription: Arc<Subscription> = table().get(sub)?;
            let feed = subscription.feed.get();
            feed.ok_or_else(|| Error::new(Code::Stale, "the subscription is not open yet"))?.grant(n);
            Ok(())
        })
    }
}

/// What the host says of a request that it cannot answer.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    message: Option<String>,
    retryable: Option<bool>,
}

/// Answers a REQUEST event: `request` is the event's `source`. With `KEI_OK`, `body` is the answer (JSON); with another status it is NULL, or an object whose
/// `message` says what went wrong, and whose `retryable` whether it may pass. An answer may come later, from any thread, and once; one that is not valid JSON is not
/// taken, and the request stays open.
///
/// Thread-safe; does not block. Answers `KEI_E_STALE` when the request was answered, timed out, or has nobody waiting for it any more, `KEI_E_WRONG_KIND`, `KEI_E_NULL`,
/// `KEI_E_UTF8`, `KEI_E_JSON`, or `KEI_E_ARGUMENT` for a status that is none.
///
/// # Safety
/// `body` is NULL or points to `n` bytes (or a text with a NUL, if `n` is `KEI_NUL`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_reply(request: kei_handle, status: kei_status, body: *const u8, n: usize) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let pending: Arc<Pending> = table().get(request)?;
            let body = input::text(body.cast(), n, "body")?;
            json::depth(body, MAX_DEPTH, "`body`")?;
            let answer = if status == KEI_OK {
                serde_json::from_str::<&serde_json::value::RawValue>(body).map_err(|error| unfit(&error))?;
                Ok(Zeroizing::new(body.as_bytes().to_vec()))
            } else {
                Err(refused(status, body)?)
            };
            let gone = || Error::new(Code::Stale, "the request was answered already, or nobody waits for it any more");
            let reply = pending.take().ok_or_else(gone)?;
            let _ = table().remove(request);
            if reply.send(answer) { Ok(()) } else { Err(gone()) }
        })
    }
}

fn unfit(error: &serde_json::Error) -> Error {
    Error::new(Code::Json, format!("`body` is not valid JSON: {error}")).with("argument", "body")
}

fn refused(status: kei_status, body: &str) -> Result<Error> {
    let code = Code::from_repr(status).ok_or_else(|| {
        let message =
            format!("`status` is {status}, which is no status of this library: use KEI_OK or a KEI_E_ number");
        Error::new(Code::Argument, message).with("argument", "status")
    })?;
    let said = match body.trim() {
        "" => Refusal::default(),
        text => serde_json::from_str(text).map_err(|error| unfit(&error))?,
    };
    let why = said.message.as_deref().map(words).filter(|text| !text.is_empty());
    let mut error = Error::new(code, why.unwrap_or_else(|| "the host could not answer the request".to_owned()));
    error.retryable = said.retryable.unwrap_or(error.retryable);
    Ok(error)
}
