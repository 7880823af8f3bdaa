//! Clients from C, and the closing of handles of any kind.

use std::ffi::c_char;

use super::abi::{kei_buf, kei_client, kei_handle, kei_runtime, kei_status};
use super::guard::guard;
use super::handle::{Kind, Object};
use super::{input, process, runtime, table};
use crate::client::Client;
use crate::error::{Code, Error};

/// Makes a client: a configuration with its connections and its token. Nothing is sent before the first call, unless a value stands in Vault, which is
/// asked then, and waited for.
///
/// `runtime` is a runtime's handle, or 0 for the process's own. `cfg` is a JSON object; what it leaves out comes from the environment
/// (`KEI_API_URL`, …), then from a configuration file, then from the defaults. On success `*out` is the handle, to be given back with `kei_close`.
///
/// Thread-safe. Answers `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON`, `KEI_E_ARGUMENT`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_CLOSED`,
/// `KEI_E_CONFIG`, `KEI_E_CONFIG_UNKNOWN_KEY`, `KEI_E_CONFIG_MISSING` or `KEI_E_CONFIG_FILE`; where
/// Vault was asked in vain, `KEI_E_REMOTE`, `KEI_E_FORBIDDEN`, `KEI_E_REJECTED`, `KEI_E_NOT_FOUND`, `KEI_E_PROTOCOL`, or what a connection ends with. `*err` is then the error object.
///
/// # Safety
/// `cfg` is NULL or points to `n` bytes (or a text with a NUL, if `n` is `KEI_NUL`); `out` and `err` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_client_new(
    runtime: kei_runtime,
    cfg: *const c_char,
    n: usize,
    out: *mut kei_client,
    err: *mut kei_buf,
) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(err, || {
            let out = input::out(out, "out")?;
            let cfg = input::text(cfg, n, "cfg")?;
            *out = table().insert(Object::Client(Client::new(&runtime::find(runtime)?, cfg)?))?;
            Ok(())
        })
    }
}

/// Gives a handle of any kind back. In any order: what is still needed by others lives on with them. Closing a client ends its
/// operations with `KEI_E_CLOSED`; closing a queue lets its events go and ends its waits and callbacks; closing an operation or a subscription cancels it; closing a request refuses it. Does not wait.
///
/// Thread-safe, also while other threads use the handle. Answers `KEI_E_STALE` for a handle that was closed or never given out, and
/// `KEI_E_WRONG_KIND` for a buffer's owner, which `kei_buf_free` takes.
#[unsafe(no_mangle)]
pub extern "C" fn kei_close(handle: kei_handle) -> kei_status {
    // SAFETY: NULL is allowed.
    unsafe {
        guard(std::ptr::null_mut(), || {
            if Kind::of(handle) == Some(Kind::Buf) {
                return Err(Error::new(Code::WrongKind, "a buffer is given back with kei_buf_free"));
            }
            match table().remove(handle)? {
                Object::Client(client) => client.close(),
                Object::Queue(queue) => queue.close(),
                Object::Op(ticket) => ticket.cancel(),
                Object::Sub(subscription) => subscription.cancel(),
                Object::Request(pending) => pending.refuse(),
                Object::Runtime(_) => process::forget(handle),
                Object::Buf(_) => {}
            }
            Ok(())
        })
    }
}
