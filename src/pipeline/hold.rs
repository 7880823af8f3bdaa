//! A server's wish for a pause (`Retry-After`) holds back every request to it, not only the one it answered.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::call::Call;
use crate::clock::SharedClock;

/// The pauses in force, by origin and by whether the client's credential is used.
pub(super) struct Holds {
    clock: SharedClock,
    until: Mutex<HashMap<(String, bool), Duration>>,
    /// Whether there are any: mostly there are none, which takes no lock to see.
    any: AtomicBool,
}

impl Holds {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self { clock, until: Mutex::default(), any: AtomicBool::new(false) }
    }

    /// Holds requests like `call` back for `pause`.
    pub(super) fn hold(&self, call: &Call, pause: Duration) {
        let end = self.clock.now() + pause;
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = until.entry((call.url.origin().to_owned(), call.authorize)).or_default();
        *entry = end.max(*entry);
        self.any.store(true, Ordering::Relaxed);
    }

    /// How long `call` is to wait, with up to a tenth more, so that not all who waited come at once.
    pub(super) fn wait(&self, call: &Call) -> Option<Duration> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        until.retain(|_, end| *end > now);
        self.any.store(!until.is_empty(), Ordering::Relaxed);
        let left = until.get(&(call.url.origin().to_owned(), call.authorize))?.saturating_sub(now);
        Some(left.mul_f64(self.clock.uniform(1.0, 1.1)))
    }
}
