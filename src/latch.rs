//! Something that happens once, and threads that wait for it.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

/// Unset at first, then set for good.
#[derive(Default)]
pub(crate) struct Latch {
    done: Mutex<bool>,
    changed: Condvar,
}

impl Latch {
    /// Sets it, and wakes all who wait.
    pub(crate) fn set(&self) {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Whether it is set.
    pub(crate) fn is_set(&self) -> bool {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is set, or until `end` (`None` for as long as it takes). Answers whether it is set.
    pub(crate) fn wait_until(&self, end: Option<Instant>) -> bool {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        while !*done {
            done = match end {
                None => self.changed.wait(done).unwrap_or_else(PoisonError::into_inner),
                Some(end) => {
                    let left = end.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    self.changed.wait_timeout(done, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }
}
