//! Where a thread waits for the outcome of its call.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::error::Result;
use crate::runtime::{self, Signal};
use crate::seat::{Called, Number, Seat};

/// The side that waits.
pub(super) struct Wait {
    slot: Arc<Slot>,
    seat: Seat,
}

struct Slot {
    outcome: Mutex<Option<Result<Bytes>>>,
    seat: Number,
}

impl Slot {
    fn take(&self) -> Option<Result<Bytes>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Signal for Slot {
    fn signal(&self, called: &mut Called) {
        called.add(self.seat);
    }
}

impl Wait {
    /// A place to wait at, and what the outcome is to be handed to, which must happen.
    pub(super) fn new() -> (Self, impl FnOnce(Result<Bytes>) + Send + 'static) {
        let seat = Seat::take();
        let slot = Arc::new(Slot { outcome: Mutex::default(), seat: seat.number() });
        let wait = Self { slot: Arc::clone(&slot), seat };
        let tell = move |outcome| {
            *slot.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            runtime::signal_soon(slot);
        };
        (wait, tell)
    }

    /// The outcome, once it is there.
    pub(super) fn outcome(self) -> Result<Bytes> {
        self.seat.until(|| self.slot.take())
    }
}
