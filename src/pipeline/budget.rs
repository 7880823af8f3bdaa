//! The retry budget: a bucket that all retries of a client draw on, so that an outage cannot become a storm.

use std::sync::atomic::{AtomicU32, Ordering};

use super::retry::Retries;
use crate::config::RetryConfig;

/// The bucket.
pub(super) struct Budget {
    left: AtomicU32,
    size: u32,
}

impl Budget {
    pub(super) fn new(config: &RetryConfig) -> Self {
        Self { left: AtomicU32::new(config.budget), size: config.budget }
    }

    /// Draws `cost`, if there is as much.
    pub(super) fn take(&self, cost: u32) -> bool {
        self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(cost)).is_ok()
    }

    /// A call succeeded: what its last retry drew comes back, or 1 for a first try.
    pub(super) fn succeeded(&self, retries: &Retries) {
        let back = if retries.any() { retries.last_cost } else { 1 };
        self.give(back);
    }

    /// Puts something back.
    pub(super) fn give(&self, back: u32) {
        // A full bucket, the usual case, is not written to.
        if self.left.load(Ordering::Acquire) < self.size {
            let refill = |left: u32| Some(left.saturating_add(back).min(self.size));
            let _ = self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, refill);
        }
    }

    pub(super) fn left(&self) -> u32 {
        self.left.load(Ordering::Acquire)
    }
}
