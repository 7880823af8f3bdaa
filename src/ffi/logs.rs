//! Log records as events.

use std::ffi::c_char;
use std::sync::{Arc, Weak};

use super::abi::{KEI_EVENT_LOG, kei_handle, kei_queue, kei_runtime, kei_status};
use super::guard::guard;
use super::queue::{Event, Queue};
use super::{input, runtime, table};
use crate::config::{self, LogFilter};
use crate::error::Result;
use crate::observe::log::Tap;

/// How many events may wait in a queue before log records are dropped rather than added.
const MOST_WAITING: usize = 8192;

/// A queue that gets log records. It does not keep the queue alive.
struct Records {
    queue: Weak<Queue>,
    source: kei_handle,
}

impl Tap for Records {
    fn record(&self, level: u32, record: &[u8]) -> bool {
        let Some(queue) = self.queue.upgrade() else { return true };
        let event = Event {
            kind: KEI_EVENT_LOG,
            source: self.source,
            flags: level,
            body: record.to_vec().into(),
            ..Event::default()
        };
        queue.push_if(event, |waiting| waiting < MOST_WAITING)
    }
}

/// Has the runtime's log records come to `queue` as LOG events, besides where the configuration sends them. `runtime` is a runtime's handle, or 0 for the
/// process's own.
///
/// `filter` is a JSON object with `level` and `targets`, as in the configuration's `log`; NULL for what the configuration says. Attaching the same queue
/// again changes the filter, and `{"level": "off"}` ends it, as closing the queue does. Records are masked like all others. When 8192 events wait in the queue, records are dropped and
/// counted, and the next one is preceded by one that says how many.
///
/// Thread-safe; does not block. Answers `KEI_E_NULL`, `KEI_E_UTF8`, `KEI_E_JSON`, `KEI_E_ARGUMENT`, `KEI_E_STALE`, `KEI_E_WRONG_KIND`, `KEI_E_CONFIG`, or
/// `KEI_E_CONFIG_UNKNOWN_KEY`.
///
/// # Safety
/// `filter` is NULL or points to `n` bytes (or a text with a NUL, if `n` is `KEI_NUL`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kei_log_attach(
    runtime: kei_runtime,
    queue: kei_queue,
    filter: *const c_char,
    n: usize,
) -> kei_status {
    // SAFETY: the caller's promises are those that the helpers ask for.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let filter = read(input::text(filter, n, "filter")?)?;
            let kept: Arc<Queue> = table().get(queue)?;
            let logging = Arc::clone(&runtime::find(runtime)?.services().observe.logging);
            let tap = Records { queue: Arc::downgrade(&kept), source: runtime };
            logging.attach(queue, filter.as_ref(), Box::new(tap));
            let logging = Arc::downgrade(&logging);
            kept.on_close(logging.as_ptr().addr(), move || {
                if let Some(logging) = logging.upgrade() {
                    logging.detach(queue);
                }
            });
            Ok(())
        })
    }
}

fn read(text: &str) -> Result<Option<LogFilter>> {
    if text.trim().is_empty() { Ok(None) } else { config::read(text).map(Some) }
}
