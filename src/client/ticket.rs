//! What an operation in flight is cancelled by.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures_util::task::AtomicWaker;

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
    pub(super) async fn cancelled(&self) {
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
}
