//! Work on its way to a runtime's thread: however much is put in before the thread looks, it is woken once.
//!
//! Waking a thread that sleeps in the system's poll takes a system call, which costs more than all the rest of handing work over.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::clock::BoxFuture;

/// Work on its way.
#[derive(Default)]
pub struct Inbox {
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Default)]
struct State {
    work: Vec<BoxFuture<'static, ()>>,
    closed: bool,
}

impl Inbox {
    /// Puts work in, from any thread. What comes too late is dropped.
    pub fn put(&self, work: BoxFuture<'static, ()>) {
        let mut state = self.lock();
        if state.closed {
            // What is dropped may call back, which must not find the lock taken.
            drop(state);
            return drop(work);
        }
        let first = state.work.is_empty();
        state.work.push(work);
        drop(state);
        if first {
            self.filled.notify_one();
        }
    }

    /// Starts what is put in, on the runtime that this runs on, for ever.
    pub async fn start_all(&self) {
        // Two lists that change places, so that neither has to grow again.
        let mut taken = Vec::new();
        loop {
            self.filled.notified().await;
            std::mem::swap(&mut taken, &mut self.lock().work);
            for work in taken.drain(..) {
                tokio::spawn(work);
            }
        }
    }

    /// Drops what is in it, and all that comes.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let work = std::mem::take(&mut state.work);
        drop(state);
        drop(work);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn all_that_is_put_in_is_started_and_what_comes_too_late_is_dropped() {
        let inbox = Arc::new(Inbox::default());
        let done = Arc::new(AtomicUsize::new(0));
        let inside = Arc::clone(&inbox);
        let starting = tokio::spawn(async move { inside.start_all().await });
        for _ in 0..3 {
            let (send, receive) = tokio::sync::oneshot::channel();
            let count = Arc::clone(&done);
            inbox.put(Box::pin(async move {
                count.fetch_add(1, Ordering::AcqRel);
                let _ = send.send(());
            }));
            receive.await.unwrap();
        }
        assert_eq!(done.load(Ordering::Acquire), 3);
        starting.abort();
        let (held, late) = (Arc::new(()), Arc::new(()));
        let (inside, inside_late) = (Arc::clone(&held), Arc::clone(&late));
        inbox.put(Box::pin(async move { drop(inside) }));
        inbox.close();
        inbox.put(Box::pin(async move { drop(inside_late) }));
        assert_eq!((Arc::strong_count(&held), Arc::strong_count(&late)), (1, 1));
    }
}
