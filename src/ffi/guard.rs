//! The one way in: panics stop here, errors become numbers and JSON.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use super::abi::{KEI_OK, kei_buf, kei_status};
use super::process;
use crate::error::{Code, Error, Result};
use crate::{fault, runtime};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

const PANIC: &std::ffi::CStr =
    c"{\"code\":8,\"name\":\"KEI_E_PANIC\",\"message\":\"a fault in the library was caught; please report it\",\"retryable\":false,\"retry_after_ms\":null,\"http_status\":null,\"oauth_error\":null,\"correlation_id\":null,\"attempts\":0,\"details\":{}}";

/// Runs the body of an exported function. An error goes to `out` (if it is not NULL) as the error object, and its number is answered.
///
/// # Safety
/// `out` is NULL or points to a `kei_buf` that may be written.
pub(super) unsafe fn guard(out: *mut kei_buf, body: impl FnOnce() -> Result<()>) -> kei_status {
    // SAFETY: the caller promises the same.
    unsafe { guard_anywhere(out, || process::check().and_then(|()| body())) }
}

/// The same for a function that a forked child may call, too.
///
/// # Safety
/// As for [`guard`].
pub(super) unsafe fn guard_anywhere(out: *mut kei_buf, body: impl FnOnce() -> Result<()>) -> kei_status {
    quiet_panics();
    let before = INSIDE.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(body));
    INSIDE.set(before);
    let (status, buf) = match outcome {
        Ok(Ok(())) => return KEI_OK,
        Ok(Err(error)) if out.is_null() => (error.code.number(), kei_buf::EMPTY),
        Ok(Err(error)) => (error.code.number(), kei_buf::give(error.to_json().into_bytes())),
        // Memory may be what failed, so this path takes none.
        Err(_) => (Code::Panic.number(), kei_buf { data: PANIC.as_ptr().cast(), len: PANIC.count_bytes(), owner: 0 }),
    };
    // SAFETY: the caller promises that the pointer is NULL or writable.
    if let Some(out) = unsafe { out.as_mut() } {
        *out = buf;
    }
    status
}

/// Keeps panics of ours off the host's standard error; those of a Rust host go on to its own hook.
fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location();
            // Of any panic: so what is noted is never an earlier one's.
            place.into_iter().for_each(fault::note);
            if !INSIDE.get() && !runtime::is_ours() {
                return others(info);
            }
            // The message may hold anything, the place is ours.
            if let Some(place) = place {
                tracing::error!(target: "kei_agent::panic", file = place.file(), line = place.line(), "{}", fault::CAUGHT);
            }
        }));
    });
}

/// The error for a pointer that must not be NULL.
pub(super) fn null(name: &str) -> Error {
    Error::new(Code::Null, format!("`{name}` is NULL")).with("argument", name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_panic_becomes_a_number_and_an_error_object_with_every_field() {
        let mut out = kei_buf::EMPTY;
        // SAFETY: the place may be written.
        let status = unsafe { guard(&raw mut out, || panic!("a secret in a message")) };
        // SAFETY: the guard wrote a buffer of this length.
        let bytes = unsafe { std::slice::from_raw_parts(out.data, out.len) };
        let object: Value = serde_json::from_slice(bytes).unwrap();
        assert_eq!((status, object["code"].as_i64(), &object["name"]), (8, Some(8), &"KEI_E_PANIC".into()));
        let usual: Value = serde_json::from_str(&Error::new(Code::Panic, "").to_json()).unwrap();
        let fields = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(fields(&object), fields(&usual));
        assert!(!object.to_string().contains("secret"), "{object}");
        assert_eq!(out.owner, 0, "there is nothing to free");
    }

    #[test]
    fn the_log_tells_where_a_panic_was_that_came_on_a_thread_of_the_hosts() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let config = serde_json::json!({"log": {"file": log}}).to_string();
        let runtime = runtime::Runtime::new(&config).unwrap();
        let client = crate::Client::new(&runtime, r#"{"base_url": "http://127.0.0.1:1"}"#).unwrap();
        let mut out = kei_buf::EMPTY;
        // SAFETY: the place may be written.
        let status = unsafe { guard(&raw mut out, || client.call("test.panic.here", b"", "").map(drop)) };
        assert_eq!(status, Code::Panic.number());
        drop(client);
        runtime.shutdown(None).unwrap();
        let record: Value = serde_json::from_str(std::fs::read_to_string(log).unwrap().trim_end()).unwrap();
        assert_eq!((&record["level"], &record["file"]), (&"ERROR".into(), &"src/operations/mod.rs".into()));
        assert!(record["line"].is_u64() && !record.to_string().contains("hunter2"), "{record}");
    }

    #[test]
    fn a_panic_without_a_place_for_the_error_is_still_a_number() {
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { guard(std::ptr::null_mut(), || panic!("x")) }, Code::Panic.number());
    }
}
