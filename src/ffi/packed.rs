//! Events and their bodies, one after the other, in the caller's memory: one call and one copy for many, and nothing to free.

use std::sync::Arc;

use super::abi::{kei_buf, kei_event, kei_queue, kei_status};
use super::body::Body;
use super::guard::{guard, null};
use super::queue::{Event, Queue};
use super::{input, table};
use crate::error::{Code, Error};

const HEAD: usize = size_of::<kei_event>();

/// How much room an event takes: itself, its body, a NUL, and up to the next multiple of 8.
fn room(event: &Event) -> usize {
    (HEAD + event.body.len() + 1).next_multiple_of(align_of::<kei_event>())
}

/// Takes the events that are there now, as many as fit, and writes them and their bodies into the caller's memory, without waiting.
///
/// Each event is a `kei_event` whose `size` is that of the whole record, so that the next begins `size` bytes after it; its body follows it
/// at once, with a NUL behind. `body.data` points there, and `body.owner` is 0: there is nothing to free. `*used` is how many bytes were
/// written and `*n` how many events, 0 when there are none. An event that does not fit stays in the queue.
///
/// Thread-safe. Answers `KEI_E_TOO_SMALL` when not even the first event fits; `*used` is then how many bytes it needs, and `*n` 0. Further
/// `KEI_E_NULL`, `KEI_E_ARGUMENT` when `buf` is not a multiple of 8, `KEI_E_STALE` or `KEI_E_WRONG_KIND`.
///
/// # Safety
/// `buf` is NULL or has room for `cap` bytes; `used` and `n` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_queue_drain_packed(
    queue: kei_queue,
    buf: *mut u8,
    cap: usize,
    used: *mut usize,
    n: *mut usize,
) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let (used, n) = (input::out(used, "used")?, input::out(n, "n")?);
            if buf.is_null() && cap > 0 {
                return Err(null("buf"));
            }
            if !buf.addr().is_multiple_of(align_of::<kei_event>()) || isize::try_from(cap).is_err() {
                return Err(Error::new(Code::Argument, "`buf` must be a multiple of 8, and `cap` must fit memory"));
            }
            let (mut end, mut needed) = (0, 0);
            let queue = table().get::<Arc<Queue>>(queue)?;
            let events = queue.drain_while(|event| {
                needed = room(event);
                let fits = needed <= cap - end;
                end += if fits { needed } else { 0 };
                fits
            })?;
            *n = events.len();
            *used = end;
            if events.is_empty() && needed > 0 {
                *used = needed;
                return Err(Error::new(Code::TooSmall, format!("the next event needs {needed} bytes")));
            }
            let mut at = 0;
            for event in events {
                let (size, body) = write(event, buf.add(at));
                queue.keep(body);
                at += size;
            }
            Ok(())
        })
    }
}

/// Writes an event, and answers how much room it took, and its body, wiped.
///
/// # Safety
/// `place` has that much room, and is aligned for an event.
unsafe fn write(event: Event, place: *mut u8) -> (usize, Body) {
    let size = room(&event);
    let Event { kind, tag, source, seq, status, flags, mut body } = event;
    // SAFETY: the caller promises room for the event, its body and a NUL, and the alignment; the body is ours.
    unsafe {
        let data = place.add(HEAD);
        data.copy_from_nonoverlapping(body.as_ptr(), body.len());
        data.add(body.len()).write(0);
        let buf = kei_buf { data, len: body.len(), owner: 0 };
        #[allow(clippy::cast_possible_truncation)]
        // A record is far smaller than 4 GiB: bodies are bounded by `limits`.
        let head = kei_event { size: size as u32, kind, tag, source, seq, status, flags, body: buf };
        #[allow(clippy::cast_ptr_alignment)] // Every record begins at a multiple of 8.
        place.cast::<kei_event>().write(head);
    }
    body.wipe();
    (size, body)
}
