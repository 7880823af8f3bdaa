//! A queue of events: filled by operations, emptied by the host, who waits on it or watches its file descriptor.
//!
//! An event that is pushed is never dropped while the queue is open. Waiters and the descriptor are told once, when the
//! queue stops being empty.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::notify::NotifyFd;
use super::wake::WakeFd;
use crate::error::{Code, Error, Result};

/// An event as it waits in the queue.
pub(super) struct Event {
    pub(super) kind: u32,
    pub(super) tag: u64,
    pub(super) source: u64,
    pub(super) seq: u64,
    pub(super) status: i32,
    pub(super) body: Vec<u8>,
}

/// The queue.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    closed: AtomicBool,
}

#[derive(Default)]
struct State {
    events: VecDeque<Event>,
    seq: u64,
    wakes: usize,
    waiters: usize,
    fd: Option<WakeFd>,
    notify: Option<NotifyFd>,
}

impl Queue {
    /// Adds an event; one for a closed queue is let go.
    pub(super) fn push(&self, mut event: Event) {
        let mut state = self.lock();
        if self.closed.load(Ordering::Acquire) {
            return;
        }
        state.seq += 1;
        event.seq = state.seq;
        let was_empty = state.events.is_empty();
        state.events.push_back(event);
        if was_empty {
            if let Some(fd) = &state.fd {
                fd.raise();
            }
            if let Some(fd) = &state.notify {
                fd.notify();
            }
        }
        if state.waiters > 0 {
            self.filled.notify_one();
        }
    }

    /// The next event, waited for up to `timeout` (`None` for ever). `Again` when none came in time, or when woken.
    pub(super) fn next(&self, timeout: Option<Duration>) -> Result<Event> {
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.lock();
        loop {
            if let Some(event) = state.events.pop_front() {
                state.lower_if_empty();
                return Ok(event);
            }
            if self.closed.load(Ordering::Acquire) {
                return Err(Error::new(Code::Closed, "the queue was closed"));
            }
            if state.wakes > 0 {
                state.wakes -= 1;
                return Err(Error::new(Code::Again, "the wait was woken"));
            }
            state.waiters += 1;
            state = match end {
                None => self.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(end) => {
                    let left = end.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        state.waiters -= 1;
                        return Err(Error::new(Code::Again, "no event came in time"));
                    }
                    self.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.waiters -= 1;
        }
    }

    /// Up to `cap` events that are there now.
    pub(super) fn drain(&self, cap: usize) -> Vec<Event> {
        let mut state = self.lock();
        let count = cap.min(state.events.len());
        let events = state.events.drain(..count).collect();
        state.lower_if_empty();
        events
    }

    /// Events as long as `fits` takes them, from the first on; one that it does not take stays.
    pub(super) fn drain_while(&self, mut fits: impl FnMut(&Event) -> bool) -> Vec<Event> {
        let mut state = self.lock();
        let count = state.events.iter().take_while(|event| fits(event)).count();
        let events = state.events.drain(..count).collect();
        state.lower_if_empty();
        events
    }

    /// Has `fd` told, from now on, when the queue stops being empty; at once, if it is not empty now. `None` for no more.
    pub(super) fn notify(&self, fd: Option<NotifyFd>) {
        let mut state = self.lock();
        if let (Some(fd), false) = (&fd, state.events.is_empty()) {
            fd.notify();
        }
        state.notify = fd;
    }

    /// Ends one wait, now or the next, without an event.
    pub(super) fn wake(&self) {
        let mut state = self.lock();
        // More wakes than one for each waiter and one for the next would only pile up.
        state.wakes = (state.wakes + 1).min(state.waiters + 1);
        self.filled.notify_one();
    }

    /// A descriptor that is readable as long as the queue is not empty.
    pub(super) fn fd(&self) -> Result<isize> {
        let mut state = self.lock();
        if let Some(fd) = &state.fd {
            return Ok(fd.number());
        }
        let fd = WakeFd::new()?;
        if !state.events.is_empty() {
            fd.raise();
        }
        let number = fd.number();
        state.fd = Some(fd);
        Ok(number)
    }

    /// Lets every event go, and ends every wait.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        self.closed.store(true, Ordering::Release);
        let events = std::mem::take(&mut state.events);
        state.lower_if_empty();
        state.notify = None;
        drop(state);
        drop(events);
        self.filled.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lower_if_empty(&self) {
        if self.events.is_empty()
            && let Some(fd) = &self.fd
        {
            fd.lower();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn event(tag: u64) -> Event {
        Event { kind: 1, tag, source: 0, seq: 0, status: 0, body: Vec::new() }
    }

    #[test]
    fn events_come_out_in_order_and_numbered_without_gaps() {
        let queue = Queue::default();
        (0..5).for_each(|tag| queue.push(event(tag)));
        let first = queue.next(Some(Duration::ZERO)).unwrap();
        let rest = queue.drain(10);
        let seen: Vec<_> = [first].iter().chain(&rest).map(|event| (event.tag, event.seq)).collect();
        assert_eq!(seen, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]);
        assert_eq!(queue.next(Some(Duration::ZERO)).err().unwrap().code, Code::Again);
    }

    #[test]
    fn closing_ends_every_wait() {
        let queue = Arc::new(Queue::default());
        let waiters: Vec<_> = (0..4)
            .map(|_| {
                let queue = Arc::clone(&queue);
                std::thread::spawn(move || queue.next(None).err().unwrap().code)
            })
            .collect();
        queue.close();
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap(), Code::Closed);
        }
        queue.push(event(1));
        assert!(queue.drain(10).is_empty());
    }

    #[test]
    fn a_wake_before_the_wait_is_not_lost() {
        let queue = Queue::default();
        queue.wake();
        assert_eq!(queue.next(None).err().unwrap().code, Code::Again);
    }

    #[cfg(unix)]
    #[test]
    fn the_descriptor_is_readable_exactly_while_there_are_events() {
        let queue = Queue::default();
        queue.push(event(1));
        queue.fd().unwrap();
        let readable = || queue.lock().fd.as_ref().unwrap().is_raised();
        assert!(readable());
        queue.push(event(2));
        queue.next(Some(Duration::ZERO)).unwrap();
        assert!(readable());
        queue.next(Some(Duration::ZERO)).unwrap();
        assert!(!readable());
        queue.push(event(3));
        assert!(readable());
    }
}
