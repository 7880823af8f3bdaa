//! Operations in flight: each has a ticket to cancel it by. Those of a client have a bounded number of places, and are cancelled together when it is closed;
//! those of a runtime are counted, and its end waits for them.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures_util::task::AtomicWaker;
use slab::Slab;
use tokio::sync::Notify;

/// An operation in flight, to cancel it by. Cloning shares it. It is for one operation.
#[derive(Clone)]
pub struct Ticket(Arc<State>);

#[derive(Default)]
struct State {
    cancelled: AtomicBool,
    operation: AtomicWaker,
}

impl Ticket {
    /// A ticket for an operation that is about to be submitted.
    #[allow(clippy::new_without_default)] // Each is for one operation, and none is like another.
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// Cancels the operation; its outcome is then `Cancelled`, unless it has ended already. Does not wait.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Release);
        self.0.operation.wake();
    }

    /// Waits until it is cancelled.
    pub async fn cancelled(&self) {
        let is_cancelled = || self.0.cancelled.load(Ordering::Acquire);
        poll_fn(|context| {
            if !is_cancelled() {
                self.0.operation.register(context.waker());
            }
            // It may have been cancelled before it was known whom to wake.
            if is_cancelled() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// The operations of a client that are in flight.
#[derive(Default)]
pub struct InFlight {
    tickets: Mutex<Slab<Ticket>>,
    /// Set under the lock, so that whoever has it knows.
    closed: AtomicBool,
}

/// The place of an operation, to be left when it ends.
pub struct Place {
    /// What it is cancelled by.
    pub ticket: Ticket,
    number: usize,
}

/// Why an operation gets no place.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The client is closed.
    Closed,
    /// There are as many as may be.
    Full,
}

impl InFlight {
    /// Gives the operation of `ticket` a place, of which there are `limit`.
    pub fn enter(&self, ticket: Ticket, limit: usize) -> Result<Place, Refusal> {
        let mut tickets = self.lock();
        if self.is_closed() {
            return Err(Refusal::Closed);
        }
        if tickets.len() >= limit {
            return Err(Refusal::Full);
        }
        let number = tickets.insert(ticket.clone());
        Ok(Place { ticket, number })
    }

    /// Takes a place back.
    pub fn leave(&self, place: &Place) {
        self.lock().try_remove(place.number);
    }

    /// Whether it gives no places any more.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Cancels those that are in flight, and gives no places any more.
    pub fn close(&self) {
        let tickets = self.lock();
        self.closed.store(true, Ordering::Relaxed);
        // Whoever is woken may end at once, and leave.
        let all: Vec<Ticket> = tickets.iter().map(|(_, ticket)| ticket.clone()).collect();
        drop(tickets);
        all.iter().for_each(Ticket::cancel);
    }

    fn lock(&self) -> MutexGuard<'_, Slab<Ticket>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many operations of a runtime are in flight.
#[derive(Default)]
pub struct Running {
    count: AtomicUsize,
    closed: AtomicBool,
    /// Told when none is, after it was closed.
    none: Notify,
}

/// Counts an operation as long as it lives.
pub struct Counted<'a>(&'a Running);

impl Running {
    /// One begins; false when none may any more. It is to [`end`](Self::end).
    pub fn begin(&self) -> bool {
        // Whoever closes it sees this one in the count, or this one sees that it is closed: each writes first, and then looks.
        self.count.fetch_add(1, Ordering::SeqCst);
        let open = !self.is_closed();
        if !open {
            self.end();
        }
        open
    }

    /// One that has begun ends.
    pub fn end(&self) {
        if self.count.fetch_sub(1, Ordering::SeqCst) == 1 && self.is_closed() {
            self.none.notify_one();
        }
    }

    /// One that begins here and ends when it is dropped; none when none may any more.
    pub fn counted(&self) -> Option<Counted<'_>> {
        self.begin().then(|| Counted(self))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether none may begin any more.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// None may begin any more.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Waits until none is in flight; it was closed before.
    pub async fn none(&self) {
        while self.count.load(Ordering::SeqCst) > 0 {
            self.none.notified().await;
        }
    }
}

impl Counted<'_> {
    /// Leaves the end of it to another.
    pub fn go_on(self) {
        std::mem::forget(self);
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_woken_and_a_later_wait_is_over_at_once() {
        let ticket = Ticket::new();
        assert!(ticket.cancelled().now_or_never().is_none());
        let other = ticket.clone();
        let waiting = tokio::spawn(async move { other.cancelled().await });
        tokio::task::yield_now().await;
        ticket.cancel();
        waiting.await.unwrap();
        assert!(ticket.cancelled().now_or_never().is_some());
    }

    #[test]
    fn there_are_as_many_places_as_may_be_and_one_that_was_left_is_taken_again() {
        let in_flight = InFlight::default();
        let enter = || in_flight.enter(Ticket::new(), 2);
        let (first, _second) = (enter().unwrap(), enter().unwrap());
        assert_eq!(enter().err(), Some(Refusal::Full));
        in_flight.leave(&first);
        assert!(enter().is_ok());
        assert_eq!(enter().err(), Some(Refusal::Full));
    }

    #[test]
    fn closing_cancels_what_is_in_flight_and_nothing_that_has_left() {
        let in_flight = InFlight::default();
        let (stays, left) = (in_flight.enter(Ticket::new(), 2).unwrap(), in_flight.enter(Ticket::new(), 2).unwrap());
        in_flight.leave(&left);
        in_flight.close();
        let is_cancelled = |place: &Place| place.ticket.cancelled().now_or_never().is_some();
        assert_eq!((is_cancelled(&stays), is_cancelled(&left)), (true, false));
        assert_eq!(in_flight.enter(Ticket::new(), 2).err(), Some(Refusal::Closed));
    }

    #[tokio::test]
    async fn the_end_waits_for_all_that_began_and_nothing_begins_after_it() {
        let running = Running::default();
        let (first, second) = (running.counted(), running.counted());
        assert!(first.is_some() && second.is_some());
        running.close();
        assert!(running.counted().is_none() && !running.begin());
        assert_eq!(running.count(), 2);
        let mut none = std::pin::pin!(running.none());
        assert!(none.as_mut().now_or_never().is_none());
        drop(first);
        assert!(none.as_mut().now_or_never().is_none());
        drop(second);
        none.await;
        running.none().await;
    }
}
