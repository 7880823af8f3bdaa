//! Operations from C: run and wait, or run and queue.

use std::ffi::c_char;
use std::sync::Arc;

use bytes::Bytes;

use super::abi::{KEI_EVENT_DONE, KEI_OK, kei_buf, kei_client, kei_handle, kei_op, kei_queue, kei_status};
use super::guard::guard;
use super::handle::Object;
use super::queue::{Event, Queue};
use super::{input, table};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::in_flight::Ticket;

/// Runs an operation and waits for its outcome. `*out` is the answer (JSON), or the error object when the status is not `KEI_OK`;
/// either is given back with `kei_buf_free`.
///
/// `op` is the operation's name, `req` its request (JSON; NULL or empty for `{}`), `opts` the options of the call (JSON; NULL for none).
///
/// Thread-safe; the wait ends with the call's deadline (`timeout_ms` in the options, else `timeouts.total_ms`). Answers the operation's
/// errors, and `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON`, `KEI_E_ARGUMENT`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_WRONG_THREAD`,
/// `KEI_E_CLOSED`, `KEI_E_UNKNOWN_OPERATION`, `KEI_E_OPTIONS`, `KEI_E_REQUEST`, `KEI_E_REQUEST_TOO_LARGE`, `KEI_E_OVERLOADED` or `KEI_E_DEADLINE`.
///
/// # Safety
/// Each pointer is NULL or points to as many bytes as its length says (or a text with a NUL, for `KEI_NUL`); `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_call(
    client: kei_client,
    op: *const c_char,
    op_n: usize,
    req: *const u8,
    n: usize,
    opts: *const c_char,
    opts_n: usize,
    out: *mut kei_buf,
) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(out, || {
            let place = input::out(out, "out")?;
            let client: Client = table().get(client)?;
            let answer = client.call(
                input::text(op, op_n, "op")?,
                input::bytes(req, n, "req")?,
                input::text(opts, opts_n, "opts")?,
            )?;
            *place = kei_buf::give(answer);
            Ok(())
        })
    }
}

/// Starts an operation; its outcome comes to `queue` as exactly one DONE event with `tag`, whatever happens to it. Parameters as for `kei_call`.
/// On success `*out` (if not NULL) is the operation, for `kei_op_cancel`; it needs no closing and is stale once its event is queued.
///
/// Thread-safe; does not block. What is wrong with the call itself is answered at once, in `*err`, and no event comes; what is wrong
/// with the content of the request is in the event. Answers `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON` (the options, or a request that
/// nests too deeply), `KEI_E_ARGUMENT`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_CLOSED`, `KEI_E_UNKNOWN_OPERATION`, `KEI_E_OPTIONS`,
/// `KEI_E_REQUEST_TOO_LARGE` or `KEI_E_OVERLOADED`.
///
/// # Safety
/// Each pointer is NULL or points to as many bytes as its length says (or a text with a NUL, for `KEI_NUL`); `out` and `err` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_submit(
    client: kei_client,
    op: *const c_char,
    op_n: usize,
    req: *const u8,
    n: usize,
    opts: *const c_char,
    opts_n: usize,
    queue: kei_queue,
    tag: u64,
    out: *mut kei_op,
    err: *mut kei_buf,
) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(err, || {
            let client: Client = table().get(client)?;
            let queue: Arc<Queue> = table().get(queue)?;
            let op = input::text(op, op_n, "op")?;
            let req = input::bytes(req, n, "req")?;
            let handle = submit(&client, op, req, input::text(opts, opts_n, "opts")?, queue, tag)?;
            if let Some(out) = out.as_mut() {
                *out = handle;
            }
            Ok(())
        })
    }
}

impl Event {
    /// The last event of an operation or a subscription.
    pub(super) fn outcome(kind: u32, tag: u64, source: kei_handle, outcome: Result<Bytes>, queue: &Queue) -> Self {
        let (status, body) = match outcome {
            Ok(answer) => (KEI_OK, queue.held(answer)),
            Err(error) => (error.code.number(), error.to_json().into_bytes()),
        };
        Self { kind, tag, source, status, body: body.into(), ..Self::default() }
    }
}

/// Starts the operation under a handle that is given back before its event is queued.
fn submit(client: &Client, op: &str, req: &[u8], opts: &str, queue: Arc<Queue>, tag: u64) -> Result<kei_op> {
    let ticket = Ticket::new();
    let handle = table().insert(Object::Op(ticket.clone()))?;
    let done = move |outcome: Result<Bytes, Error>| {
        // The host may have closed the handle already.
        let _ = table().remove(handle);
        queue.push(Event::outcome(KEI_EVENT_DONE, tag, handle, outcome, &queue));
    };
    client.submit(op, req, opts, &ticket, done).inspect_err(|_| _ = table().remove(handle))?;
    Ok(handle)
}

/// Cancels an operation: its event then says `KEI_E_CANCELLED`, unless it had ended already. Does not block.
///
/// Thread-safe; may be called again. Answers `KEI_E_STALE` when the operation has ended, or `KEI_E_WRONG_KIND`.
#[unsafe(no_mangle)]
pub extern "C" fn kei_op_cancel(op: kei_op) -> kei_status {
    // SAFETY: NULL is allowed.
    unsafe {
        guard(std::ptr::null_mut(), || {
            table().get::<Ticket>(op)?.cancel();
            Ok(())
        })
    }
}
