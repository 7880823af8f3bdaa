//! Runtimes from C, and the one that the process has by default.

use std::ffi::c_char;
use std::time::Duration;

use super::abi::{kei_buf, kei_runtime, kei_status};
use super::guard::guard;
use super::handle::Object;
use super::process::{self, here};
use super::{input, table};
use crate::error::Result;
use crate::runtime::Runtime;
use crate::secret::Secret;

/// The runtime that a handle stands for; 0 stands for the process's own.
pub(super) fn find(handle: kei_runtime) -> Result<Runtime> {
    if handle != 0 {
        return table().get(handle);
    }
    let mut own = here().default_runtime();
    if let Some(runtime) = own.as_ref().filter(|runtime| !runtime.services().stopping.is_cancelled()) {
        return Ok(runtime.clone());
    }
    let runtime = Runtime::new("")?;
    *own = Some(runtime.clone());
    Ok(runtime)
}

/// Makes a runtime: an I/O thread with its timers and its logging. Most programs need none of their own: 0 stands for the
/// process's, which is made from the environment (`KEI_LOG_LEVEL`, …) when it is first used.
///
/// `cfg` is a JSON object (NULL or empty for the defaults). On success `*out` is the handle, to be given back with `kei_close`.
///
/// Thread-safe. Answers `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON`, `KEI_E_ARGUMENT`, `KEI_E_CONFIG`,
/// `KEI_E_CONFIG_UNKNOWN_KEY`, `KEI_E_CONFIG_MISSING`, `KEI_E_CONFIG_FILE` or `KEI_E_OVERLOADED`; `*err` is then the error object.
///
/// # Safety
/// `cfg` is NULL or points to `n` bytes (or a text with a NUL, if `n` is `KEI_NUL`); `out` and `err` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_runtime_new(
    cfg: *const c_char,
    n: usize,
    out: *mut kei_runtime,
    err: *mut kei_buf,
) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(err, || {
            let out = input::out(out, "out")?;
            let config = Secret::new(input::text(cfg, n, "cfg")?);
            let handle = table().insert(Object::Runtime(Runtime::new(config.expose())?))?;
            process::remember(handle, &config);
            *out = handle;
            Ok(())
        })
    }
}

/// Shuts a runtime down: refuses new work, cancels what runs, delivers every operation's DONE event, and joins every
/// thread. Afterwards no thread of it runs. Queues keep their events until they are drained. 0 stands for the process's own.
///
/// Waits up to `timeout_ms` milliseconds, or as long as it takes if that is negative.
///
/// Thread-safe; may be called again. Answers `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_WRONG_THREAD` on a thread of the library, or
/// `KEI_E_DEADLINE` when the time was too short (it goes on ending meanwhile).
///
/// # Safety
/// `err` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_runtime_shutdown(runtime: kei_runtime, timeout_ms: i64, err: *mut kei_buf) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(err, || {
            let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
            if runtime != 0 {
                return table().get::<Runtime>(runtime)?.shutdown(timeout);
            }
            let Some(own) = here().default_runtime().clone() else { return Ok(()) };
            own.shutdown(timeout)?;
            // Nothing of it is to stay behind. Another thread may have made a new one meanwhile.
            let ended = here().default_runtime().take_if(|kept| kept.is(&own));
            drop(ended);
            Ok(())
        })
    }
}
