//! Where a thread waits for the outcome of its call.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use bytes::Bytes;

use crate::error::Result;
use crate::runtime::{self, Signal};

/// The side that waits.
pub(super) struct Wait(Arc<Slot>);

#[derive(Default)]
struct Slot {
    outcome: Mutex<Option<Result<Bytes>>>,
    there: Condvar,
}

impl Signal for Slot {
    fn signal(&self) {
        self.there.notify_one();
    }
}

impl Wait {
    /// A place to wait at, and what the outcome is to be handed to, which must happen.
    pub(super) fn new() -> (Self, impl FnOnce(Result<Bytes>) + Send + 'static) {
        let slot = Arc::new(Slot::default());
        let wait = Self(Arc::clone(&slot));
        let tell = move |outcome| {
            *slot.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            runtime::signal_soon(slot);
        };
        (wait, tell)
    }

    /// The outcome, once it is there.
    pub(super) fn outcome(self) -> Result<Bytes> {
        let mut outcome = self.0.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match outcome.take() {
                Some(outcome) => return outcome,
                None => outcome = self.0.there.wait(outcome).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}
