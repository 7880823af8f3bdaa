//! The C interface for a bench in Rust: a runtime, a client and a queue, given back at the end.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;

use kei_agent::ffi::{
    kei_buf, kei_buf_free, kei_client, kei_client_new, kei_close, kei_event, kei_queue, kei_queue_drain_packed,
    kei_queue_new, kei_queue_next, kei_queue_set_callback, kei_runtime, kei_runtime_new, kei_runtime_shutdown,
    kei_status, kei_submit,
};

/// What a host has.
pub(crate) struct Host {
    runtime: kei_runtime,
    client: kei_client,
    queue: kei_queue,
    room: RefCell<Vec<u64>>,
}

fn empty() -> kei_buf {
    kei_buf { data: ptr::null(), len: 0, owner: 0 }
}

impl Host {
    /// A runtime and a client of these configurations, and a queue.
    pub(crate) fn new(runtime_config: &str, client_config: &str) -> Self {
        let (mut runtime, mut client, mut queue) = (0, 0, 0);
        // SAFETY: the texts are as long as is said, and each pointer is to something of its type.
        let made = unsafe {
            kei_runtime_new(runtime_config.as_ptr().cast(), runtime_config.len(), &raw mut runtime, ptr::null_mut())
                + kei_client_new(
                    runtime,
                    client_config.as_ptr().cast(),
                    client_config.len(),
                    &raw mut client,
                    ptr::null_mut(),
                )
                + kei_queue_new(runtime, ptr::null(), 0, &raw mut queue, ptr::null_mut())
        };
        assert_eq!(made, 0, "the configurations fit");
        Self { runtime, client, queue, room: RefCell::new(vec![0; 8192]) }
    }

    /// `kei_submit`; the error object is given back.
    pub(crate) fn submit(&self, operation: &str, request: &[u8], tag: u64) -> kei_status {
        let mut error = empty();
        // SAFETY: the texts are as long as is said, and each pointer is to something of its type.
        unsafe {
            let status = kei_submit(
                self.client,
                operation.as_ptr().cast(),
                operation.len(),
                request.as_ptr(),
                request.len(),
                ptr::null(),
                0,
                self.queue,
                tag,
                ptr::null_mut(),
                &raw mut error,
            );
            kei_buf_free(&raw mut error);
            status
        }
    }

    /// Waits for one event, and lets it go.
    pub(crate) fn wait(&self) {
        let size = u32::try_from(size_of::<kei_event>()).expect("it is small");
        let mut event = kei_event { size, kind: 0, tag: 0, source: 0, seq: 0, status: 0, flags: 0, body: empty() };
        // SAFETY: the event is one, and says how large it is.
        unsafe {
            assert_eq!(kei_queue_next(self.queue, &raw mut event, -1), 0);
            kei_buf_free(&raw mut event.body);
        }
    }

    /// Takes the events that are there.
    pub(crate) fn drain(&self, mut each: impl FnMut(&kei_event)) {
        let mut room = self.room.borrow_mut();
        let (mut used, mut n, mut at) = (0, 0, 0);
        // SAFETY: the room is as large as is said, and aligned.
        let status = unsafe {
            kei_queue_drain_packed(
                self.queue,
                room.as_mut_ptr().cast(),
                size_of_val(room.as_slice()),
                &raw mut used,
                &raw mut n,
            )
        };
        assert_eq!(status, 0);
        while at < used {
            // SAFETY: there an event was written, which says where the next one is.
            let event = unsafe { &*room.as_ptr().byte_add(at).cast::<kei_event>() };
            each(event);
            at += event.size as usize;
        }
    }

    /// Has a function called with each event.
    pub(crate) fn call_back(&self, each: fn(&kei_event)) {
        extern "C" fn one(user: *mut c_void, event: *const kei_event) {
            // SAFETY: `user` is the function below, and the event lives while this runs.
            unsafe { std::mem::transmute::<*mut c_void, fn(&kei_event)>(user)(&*event) }
        }
        // SAFETY: a function lives for ever.
        let status = unsafe { kei_queue_set_callback(self.queue, Some(one), each as *mut c_void, None) };
        assert_eq!(status, 0);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        kei_close(self.queue);
        kei_close(self.client);
        // SAFETY: NULL is allowed.
        unsafe { kei_runtime_shutdown(self.runtime, -1, ptr::null_mut()) };
        kei_close(self.runtime);
    }
}
