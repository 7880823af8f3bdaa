//! The types that cross the boundary, exactly as the header shows them, and who the library is.

use std::ffi::c_char;

use crate::error::Code;

/// A reference to something the library keeps: a runtime, a client, a queue, an operation. 0 is none. Always below
/// 2^53, so that a JavaScript number holds it exactly. Handles may be used from any thread at once.
#[allow(non_camel_case_types)]
pub type kei_handle = u64;
/// An I/O thread with what belongs to it: timers, logging, secrets in use. Made by `kei_runtime_new`.
#[allow(non_camel_case_types)]
pub type kei_runtime = kei_handle;
/// A configuration with its connections and tokens. Made by `kei_client_new`.
#[allow(non_camel_case_types)]
pub type kei_client = kei_handle;
/// A queue of events. Made by `kei_queue_new`.
#[allow(non_camel_case_types)]
pub type kei_queue = kei_handle;
/// An operation in flight. Made by `kei_submit`; stale as soon as its DONE event is queued.
#[allow(non_camel_case_types)]
pub type kei_op = kei_handle;

/// A subscription. Made by `kei_subscribe`; stale as soon as its END event is queued.
#[allow(non_camel_case_types)]
pub type kei_sub = kei_handle;

/// `KEI_OK` (0), or one of the `KEI_E_…` numbers. Numbers are never reused; new ones may be added, so treat an unknown
/// one as a failure and ask `kei_status_retryable`.
#[allow(non_camel_case_types)]
pub type kei_status = i32;

/// Success.
pub const KEI_OK: kei_status = 0;

/// As a length: the text ends at its NUL.
pub const KEI_NUL: usize = usize::MAX;

/// The version of this ABI: the major number in the upper 16 bits, the minor in the lower. The major number changes only when
/// something is taken away or changes its meaning; it is the number in the name of the shared library.
pub const KEI_ABI_VERSION: u32 = 0x0001_0000;

/// The kind of an event without content; what a zeroed `kei_event` has.
pub const KEI_EVENT_NONE: u32 = 0;
/// The kind of an operation's one and last event: `status` and `body` are its outcome.
pub const KEI_EVENT_DONE: u32 = 1;
/// The kind of an item of a subscription: `body` is the item.
pub const KEI_EVENT_ITEM: u32 = 2;
/// The kind of a subscription's one and last event: `status` and `body` are its outcome. It comes exactly once.
pub const KEI_EVENT_END: u32 = 3;
/// The kind of work that the host is to do and to answer with `kei_reply`: `source` is the request's handle, `tag` that of the
/// subscription by which it came, `body` says what is asked.
pub const KEI_EVENT_REQUEST: u32 = 4;
/// The kind of a change that a subscription tells of: `body` is an object with the field `state`.
pub const KEI_EVENT_STATE: u32 = 5;
/// The kind of a log record: `source` is the runtime, `flags` the level from 1 (error) to 5 (trace), `body` the record.
pub const KEI_EVENT_LOG: u32 = 6;

/// Bytes that the library hands out. The caller gives them back with `kei_buf_free`. One more byte, a NUL, follows the
/// last and is not counted in `len`.
#[allow(non_camel_case_types)]
#[repr(C)]
pub struct kei_buf {
    /// The bytes; NULL only when there are none.
    pub data: *const u8,
    /// How many bytes there are.
    pub len: usize,
    /// Whose they are; 0 when there is nothing to free. For the library's use.
    pub owner: u64,
}

/// Something that happened, as a queue hands it out. 64 bytes. The caller sets `size` to `sizeof(kei_event)` before
/// the call, and frees `body` afterwards.
#[allow(non_camel_case_types)]
#[repr(C)]
pub struct kei_event {
    /// The size of this structure: what the caller has room for going in, what was written coming out.
    pub size: u32,
    /// What it is: one of `KEI_EVENT_…`.
    pub kind: u32,
    /// The number that the caller gave with the operation or subscription.
    pub tag: u64,
    /// The operation, subscription, request or runtime that it is about.
    pub source: u64,
    /// The position in the queue's history, from 1, without gaps.
    pub seq: u64,
    /// The outcome: `KEI_OK` or an error's number.
    pub status: i32,
    /// The level of a log record; 0 for all others.
    pub flags: u32,
    /// The answer, the item or what else there is to say, or the error object when `status` is not `KEI_OK`; JSON either way.
    pub body: kei_buf,
}

/// The version of the ABI that the library was built with; compare with `KEI_ABI_VERSION`.
///
/// Thread-safe. Cannot fail.
#[unsafe(no_mangle)]
pub extern "C" fn kei_abi_version() -> u32 {
    KEI_ABI_VERSION
}

/// Checks that the caller's header fits this library: pass `KEI_ABI_VERSION` and `sizeof(kei_event)`.
///
/// Thread-safe. Answers `KEI_E_ABI` when the major version differs, when the caller's minor version is newer, or when its
/// `kei_event` is smaller than this library's.
#[unsafe(no_mangle)]
pub extern "C" fn kei_abi_check(abi: u32, sizeof_event: u32) -> kei_status {
    let parts = |version: u32| (version >> 16, version & 0xffff);
    let ((major, minor), (our_major, our_minor)) = (parts(abi), parts(kei_abi_version()));
    let fits = major == our_major && minor <= our_minor && sizeof_event as usize >= std::mem::size_of::<kei_event>();
    if fits { KEI_OK } else { Code::Abi.number() }
}

/// The library's version, for example `"0.1.0"`. The text lives as long as the process.
///
/// Thread-safe. Cannot fail.
#[unsafe(no_mangle)]
pub extern "C" fn kei_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
