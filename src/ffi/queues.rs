//! Queues from C: waiting, draining, watching.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use super::abi::{kei_buf, kei_event, kei_queue, kei_runtime, kei_status};
use super::guard::{guard, null};
use super::handle::Object;
use super::notify::NotifyFd;
use super::queue::{Event, Queue};
use super::{input, runtime, table};
use crate::config::{self, QueueConfig};
use crate::error::{Code, Error, Result};

/// The size of an event, which callers must have room for.
const SIZE: usize = size_of::<kei_event>();

impl Event {
    /// The event as C sees it; its body is then the caller's.
    fn give(self) -> kei_event {
        #[allow(clippy::cast_possible_truncation)] // 64.
        let size = SIZE as u32;
        let Self { kind, tag, source, seq, status, flags, body } = self;
        kei_event { size, kind, tag, source, seq, status, flags, body: kei_buf::give(body.into()) }
    }
}

/// Makes a queue of events. `runtime` is a runtime's handle, or 0 for the process's own; `cfg` is a JSON object without settings so far, or
/// NULL. On success `*out` is the handle, to be given back with `kei_close`.
///
/// Thread-safe. Answers `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON`, `KEI_E_ARGUMENT`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`,
/// `KEI_E_CONFIG_UNKNOWN_KEY` or `KEI_E_OVERLOADED`; `*err` is then the error object.
///
/// # Safety
/// `cfg` is NULL or points to `n` bytes (or a text with a NUL, if `n` is `KEI_NUL`); `out` and `err` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_queue_new(
    runtime: kei_runtime,
    cfg: *const c_char,
    n: usize,
    out: *mut kei_queue,
    err: *mut kei_buf,
) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(err, || {
            let out = input::out(out, "out")?;
            config::read::<QueueConfig>(input::text(cfg, n, "cfg")?)?;
            let queue = Queue::of(runtime::find(runtime)?);
            *out = table().insert(Object::Queue(Arc::new(queue)))?;
            Ok(())
        })
    }
}

/// Waits for the next event, up to `timeout_ms` milliseconds, or for ever if that is negative. `event->size` must be
/// `sizeof(kei_event)`; `event->body` is then to be freed with `kei_buf_free`.
///
/// Thread-safe; several threads may wait on one queue, each event goes to one. Answers `KEI_E_AGAIN` when none came in time
/// or `kei_queue_wake` ended the wait, `KEI_E_CLOSED` when the queue was closed meanwhile, `KEI_E_NULL`, `KEI_E_ARGUMENT`, `KEI_E_STALE` or `KEI_E_WRONG_KIND`.
///
/// # Safety
/// `event` is NULL or points to a `kei_event` whose `size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_queue_next(queue: kei_queue, event: *mut kei_event, timeout_ms: i64) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let place = input::out(event, "event")?;
            check_size(place.size as usize)?;
            let queue: Arc<Queue> = table().get(queue)?;
            *place = queue.next(u64::try_from(timeout_ms).ok().map(Duration::from_millis))?.give();
            Ok(())
        })
    }
}

/// Takes up to `cap` events that are there now, without waiting. They are written `stride` bytes apart (`sizeof(kei_event)`), and
/// `*n` says how many; 0 when there are none. Each `body` is to be freed with `kei_buf_free`.
///
/// Thread-safe. Answers `KEI_E_NULL`, `KEI_E_ARGUMENT`, `KEI_E_STALE` or `KEI_E_WRONG_KIND`.
///
/// # Safety
/// `events` is NULL or has room for `cap` events, `stride` bytes apart; `n` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_queue_drain(
    queue: kei_queue,
    events: *mut kei_event,
    stride: usize,
    cap: usize,
    n: *mut usize,
) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let n = input::out(n, "n")?;
            if events.is_null() && cap > 0 {
                return Err(null("events"));
            }
            check_size(stride)?;
            if !stride.is_multiple_of(align_of::<kei_event>()) || isize::try_from(stride.saturating_mul(cap)).is_err() {
                let message = "`stride` must be a multiple of 8, and `stride` times `cap` must fit memory";
                return Err(Error::new(Code::Argument, message));
            }
            let taken = table().get::<Arc<Queue>>(queue)?.drain(cap)?;
            *n = taken.len();
            for (index, event) in taken.into_iter().enumerate() {
                events.byte_add(index * stride).write(event.give());
            }
            Ok(())
        })
    }
}

/// Ends one `kei_queue_next` on the queue with `KEI_E_AGAIN`: one that waits now, or else the next.
///
/// Thread-safe; does not block. Answers `KEI_E_STALE` or `KEI_E_WRONG_KIND`.
#[unsafe(no_mangle)]
pub extern "C" fn kei_queue_wake(queue: kei_queue) -> kei_status {
    // SAFETY: NULL is allowed.
    unsafe { guard(std::ptr::null_mut(), || table().get::<Arc<Queue>>(queue)?.wake()) }
}

/// A file descriptor that is readable as long as the queue holds events, for `poll`, `epoll`, `kqueue` and the like. It belongs to the queue:
/// do not read, write or close it. It lives until the queue is closed.
///
/// Thread-safe. Answers `KEI_E_NULL`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_OVERLOADED` when no descriptor is to be had, or
/// `KEI_E_UNSUPPORTED` on a platform without such descriptors.
///
/// # Safety
/// `fd` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_queue_fd(queue: kei_queue, fd: *mut isize) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let place = input::out(fd, "fd")?;
            *place = table().get::<Arc<Queue>>(queue)?.fd()?;
            Ok(())
        })
    }
}

/// Has one byte written to `fd`, a descriptor of yours, whenever the queue stops being empty, and at once if it is not empty now. -1 ends it.
/// Read the bytes, then drain the queue until it is empty. For a pipe or a stream socket; where it has no room for a byte, none is written.
///
/// The library keeps a duplicate until the queue is closed, so `fd` may be closed at any time. A reader that has gone is no error, and
/// raises no SIGPIPE.
///
/// Thread-safe; does not block. Answers `KEI_E_ARGUMENT` for what is no open descriptor, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, or
/// `KEI_E_UNSUPPORTED` on a platform without such descriptors.
#[unsafe(no_mangle)]
pub extern "C" fn kei_queue_notify_fd(queue: kei_queue, fd: isize) -> kei_status {
    // SAFETY: NULL is allowed.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let queue = table().get::<Arc<Queue>>(queue)?;
            queue.notify(if fd == -1 { None } else { Some(NotifyFd::new(fd)?) })
        })
    }
}

fn check_size(size: usize) -> Result<()> {
    if size >= SIZE {
        return Ok(());
    }
    let message = format!(
        "the event has room for {size} bytes, and needs {SIZE}: set `size`, or pass as `stride`, sizeof(kei_event)"
    );
    Err(Error::new(Code::Argument, message))
}
