//! Callback mode: a thread of ours that hands a queue's events to the host's function.
//!
//! It is no I/O thread, and holds no lock while the host's function runs, so that this may call any function back.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::{Arc, Weak};

use super::abi::{kei_buf, kei_event, kei_queue, kei_status};
use super::buf::{terminated, wipe};
use super::guard::guard;
use super::queue::{Event, Queue, Step};
use super::table;
use crate::error::{Code, Error, Result};
use crate::runtime::Runtime;

/// The host's function, what it gets, and what is called when it is done with.
pub(super) struct Callback {
    function: extern "C" fn(*mut c_void, *const kei_event),
    user: *mut c_void,
    fini: Option<extern "C" fn(*mut c_void)>,
}

// SAFETY: the library never looks behind `user`; the host promises that its functions may be called from another thread.
unsafe impl Send for Callback {}
// SAFETY: only one thread, the queue's own, ever calls.
unsafe impl Sync for Callback {}

impl Callback {
    /// Hands one event over; its body is wiped afterwards.
    fn call(&self, event: Event) {
        let Event { kind, tag, source, seq, status, flags, body } = event;
        let len = body.len();
        let mut body = terminated(body.into());
        let buf = kei_buf { data: body.as_ptr(), len, owner: 0 };
        #[allow(clippy::cast_possible_truncation)] // 64.
        let size = size_of::<kei_event>() as u32;
        let event = kei_event { size, kind, tag, source, seq, status, flags, body: buf };
        (self.function)(self.user, &raw const event);
        wipe(&mut body);
    }

    fn done(&self) {
        if let Some(fini) = self.fini {
            fini(self.user);
        }
    }
}

/// Has each event of the queue handed to `cb`, one after the other, on a thread of the library that is made for this; NULL ends that.
///
/// `cb` gets `user` and the event, which lives until `cb` returns: copy what is to be kept, and free nothing. It may call every function, `kei_call` and
/// `kei_close` of its own queue included, but not `kei_runtime_shutdown`, which answers `KEI_E_WRONG_THREAD` there. It must return; nothing may be thrown
/// through it. While it is set, the functions that wait on, watch or drain the queue answer `KEI_E_WRONG_MODE`.
///
/// `fini` (NULL for none) gets `user` once, on the same thread, when no call of `cb` can come any more: after NULL or another `cb` was set, after the queue was
/// closed, and when its runtime shut down, by then with every event handed over. The function itself does not wait for that, so it may be called with any lock held. Events that
/// are left go to the next `cb`, or stay in the queue.
///
/// Thread-safe. Answers `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_CLOSED` when the runtime is shutting down, or `KEI_E_OVERLOADED` when no thread could be made; `fini` is not
/// called then.
///
/// # Safety
/// `cb` and `fini` are NULL or functions of these types; `user` is good for them, on any thread, until `fini` was called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_queue_set_callback(
    queue: kei_queue,
    cb: Option<extern "C" fn(*mut c_void, *const kei_event)>,
    user: *mut c_void,
    fini: Option<extern "C" fn(*mut c_void)>,
) -> kei_status {
    // SAFETY: NULL is allowed.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let queue: Arc<Queue> = table().get(queue)?;
            let callback = cb.map(|function| Callback { function, user, fini });
            if queue.set_callback(callback)? {
                start(&queue).inspect_err(|_| queue.unset_callback())?;
            }
            Ok(())
        })
    }
}

/// Starts the thread that calls back.
fn start(queue: &Arc<Queue>) -> Result<()> {
    let runtime: &Runtime =
        queue.runtime.as_ref().ok_or_else(|| Error::new(Code::Closed, "the queue has no runtime"))?;
    let (weak, queue) = (Arc::downgrade(queue), Arc::clone(queue));
    let finish = move || {
        if let Some(queue) = Weak::upgrade(&weak) {
            queue.finish();
        }
    };
    runtime.start_helper("kei-callback", finish, move || run(&queue))
}

fn run(queue: &Queue) {
    loop {
        match queue.step() {
            Step::Deliver(callback, events) => deliver(queue, &callback, events),
            Step::Release(callback) => callback.done(),
            Step::End => return,
        }
    }
}

/// Calls back for one event after the other, as long as the callback is still wanted.
fn deliver(queue: &Queue, callback: &Arc<Callback>, mut events: VecDeque<Event>) {
    while let Some(event) = events.pop_front() {
        callback.call(event);
        if !queue.calls(callback) {
            return queue.put_back(events);
        }
    }
}
