//! A queue of events: filled by operations, emptied by the host, who waits on it, watches its file descriptor, or is called back.
//!
//! An event that is pushed is never dropped while the queue is open. Waiters and the descriptor are told once, when the
//! queue stops being empty; events that come on an I/O thread are told of together, before it sleeps or when they are many.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::body::Body;
use super::dispatch::Callback;
use super::notify::NotifyFd;
use super::wake::WakeFd;
use crate::client::handed;
use crate::error::{Code, Error, Result};
use crate::runtime::{self, Runtime, Signal};
use crate::seat::Called;

/// As many events as come before those who wait are told of the first. Fewer have the threads change places more often where they share a processor.
const TOGETHER: usize = 64;
/// The memory of so many bodies is kept for those to come, as far as it is short.
const SPARE: usize = 64;
const SHORT: usize = 1024;

/// An event as it waits in the queue.
#[derive(Default)]
pub(super) struct Event {
    pub(super) kind: u32,
    pub(super) tag: u64,
    pub(super) source: u64,
    pub(super) seq: u64,
    pub(super) status: i32,
    pub(super) flags: u32,
    pub(super) body: Body,
}

/// The queue.
#[derive(Default)]
pub(super) struct Queue {
    /// Kept alive as long as the queue, and its callbacks joined when it shuts down.
    pub(super) runtime: Option<Runtime>,
    state: Mutex<State>,
    filled: Condvar,
    /// Memory of bodies that were taken and wiped. They are made on one thread and done with on another, which an allocator takes long for.
    spare: Mutex<Vec<Vec<u8>>>,
}

#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // Each says something of its own.
struct State {
    events: VecDeque<Event>,
    seq: u64,
    wakes: usize,
    waiters: usize,
    /// Those who wait are to be told that the queue stopped being empty.
    due: bool,
    fd: Option<WakeFd>,
    notify: Option<NotifyFd>,
    callback: Option<Arc<Callback>>,
    /// Callbacks that are to be told that they are done with.
    released: VecDeque<Arc<Callback>>,
    /// A thread calls back, or is about to see that there is nothing more to call.
    dispatching: bool,
    /// The runtime shuts down: once the queue is empty, no callback comes any more.
    finishing: bool,
    closed: bool,
    /// What is to be let go of when the queue is closed.
    on_close: BTreeMap<usize, Box<dyn FnOnce() + Send>>,
}

/// What the thread that calls back has to do next.
pub(super) enum Step {
    /// Hand these events to this callback.
    Deliver(Arc<Callback>, VecDeque<Event>),
    /// Tell this callback that it is done with.
    Release(Arc<Callback>),
    /// End.
    End,
}

impl Queue {
    /// A queue of `runtime`'s.
    pub(super) fn of(runtime: Runtime) -> Self {
        Self { runtime: Some(runtime), ..Self::default() }
    }

    /// Adds an event; one for a closed queue is let go.
    pub(super) fn push(self: &Arc<Self>, event: Event) {
        self.push_if(event, |_| true);
    }

    /// Adds an event if `wanted` says so of the number of those that wait. Answers whether it was added.
    pub(super) fn push_if(self: &Arc<Self>, event: Event, wanted: impl FnOnce(usize) -> bool) -> bool {
        self.extend_if([event], wanted)
    }

    /// Adds events, in their order.
    pub(super) fn extend(self: &Arc<Self>, events: impl IntoIterator<Item = Event>) {
        self.extend_if(events, |_| true);
    }

    fn extend_if(
        self: &Arc<Self>,
        events: impl IntoIterator<Item = Event>,
        wanted: impl FnOnce(usize) -> bool,
    ) -> bool {
        let mut state = self.lock();
        if state.closed || !wanted(state.events.len()) {
            return false;
        }
        let was_empty = state.events.is_empty();
        let State { events: waiting, seq, .. } = &mut *state;
        waiting.extend(events.into_iter().map(|event| {
            *seq += 1;
            Event { seq: *seq, ..event }
        }));
        let was_empty = was_empty && !waiting.is_empty();
        state.due |= was_empty;
        let many = state.due && state.events.len() >= TOGETHER;
        drop(state);
        if many {
            self.tell();
        } else if was_empty {
            runtime::signal_soon(Arc::clone(self) as Arc<dyn Signal>);
        }
        true
    }

    /// An answer as it waits here, in memory that another has left where some fits.
    pub(super) fn held(&self, answer: Bytes) -> Vec<u8> {
        let fits = |room: &mut Vec<u8>| (answer.len() + 1..=2 * answer.len() + 64).contains(&room.capacity());
        // Whoever has the list now is not waited for.
        match self.spare.try_lock().ok().and_then(|mut spare| spare.pop_if(fits)) {
            Some(mut room) => {
                room.extend_from_slice(&answer);
                room
            }
            None => handed(answer),
        }
    }

    /// Takes the memory of a body back, which was wiped.
    pub(super) fn keep(&self, body: Body) {
        if let Body::Own(mut room) = body
            && room.capacity() <= SHORT
            && let Ok(mut spare) = self.spare.try_lock()
            && spare.len() < SPARE
        {
            room.clear();
            spare.push(room);
        }
    }

    /// The next event, waited for up to `timeout` (`None` for ever). `Again` when none came in time, or when woken.
    pub(super) fn next(&self, timeout: Option<Duration>) -> Result<Event> {
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.lock();
        loop {
            state.by_hand()?;
            if let Some(event) = state.events.pop_front() {
                state.lower_if_empty();
                if state.waiters > 0 && !state.events.is_empty() {
                    // One was told of all: so each tells the next.
                    self.filled.notify_one();
                }
                return Ok(event);
            }
            if state.closed {
                return Err(Error::new(Code::Closed, "the queue was closed"));
            }
            if state.wakes > 0 {
                state.wakes -= 1;
                return Err(Error::new(Code::Again, "the wait was woken"));
            }
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Error::new(Code::Again, "no event came in time"));
            }
            state = self.wait(state, left);
        }
    }

    fn wait<'a>(&'a self, mut state: MutexGuard<'a, State>, left: Option<Duration>) -> MutexGuard<'a, State> {
        state.waiters += 1;
        let mut state = match left {
            None => self.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(left) => self.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
        };
        state.waiters -= 1;
        state
    }

    /// Up to `cap` events that are there now.
    pub(super) fn drain(&self, cap: usize) -> Result<Vec<Event>> {
        let mut left = cap;
        self.drain_while(|_| left.checked_sub(1).inspect(|fewer| left = *fewer).is_some())
    }

    /// Events as long as `fits` takes them, from the first on; one that it does not take stays.
    pub(super) fn drain_while(&self, mut fits: impl FnMut(&Event) -> bool) -> Result<Vec<Event>> {
        let mut state = self.lock();
        state.by_hand()?;
        let count = state.events.iter().take_while(|event| fits(event)).count();
        let events = state.events.drain(..count).collect();
        state.lower_if_empty();
        Ok(events)
    }

    /// Has `fd` told, from now on, when the queue stops being empty; at once, if it is not empty now. `None` for no more.
    pub(super) fn notify(&self, fd: Option<NotifyFd>) -> Result<()> {
        let mut state = self.lock();
        state.by_hand()?;
        if let (Some(fd), false) = (&fd, state.events.is_empty()) {
            fd.notify();
        }
        state.notify = fd;
        Ok(())
    }

    /// Ends one wait, now or the next, without an event.
    pub(super) fn wake(&self) -> Result<()> {
        let mut state = self.lock();
        state.by_hand()?;
        // More wakes than one for each waiter and one for the next would only pile up.
        state.wakes = (state.wakes + 1).min(state.waiters + 1);
        self.filled.notify_one();
        Ok(())
    }

    /// A descriptor that is readable as long as the queue is not empty.
    pub(super) fn fd(&self) -> Result<isize> {
        let mut state = self.lock();
        state.by_hand()?;
        if let Some(fd) = &state.fd {
            return Ok(fd.number());
        }
        let fd = WakeFd::new()?;
        let number = fd.number();
        state.fd = Some(fd);
        if !state.events.is_empty() {
            state.raise();
        }
        Ok(number)
    }

    /// Has events handed to `callback` from now on; `None` for by hand again. True when a thread must be started for it.
    pub(super) fn set_callback(&self, callback: Option<Callback>) -> Result<bool> {
        let mut state = self.lock();
        if state.closed || (state.finishing && callback.is_some()) {
            return Err(Error::new(Code::Closed, "the queue was closed, or its runtime is shutting down"));
        }
        state.release();
        state.callback = callback.map(Arc::new);
        let start = state.callback.is_some() && !state.dispatching;
        state.dispatching |= start;
        self.filled.notify_all();
        Ok(start)
    }

    /// Takes the callback back whose thread could not be started.
    pub(super) fn unset_callback(&self) {
        let mut state = self.lock();
        state.callback = None;
        state.dispatching = false;
    }

    /// What the thread that calls back has to do next; waits until there is something.
    pub(super) fn step(&self) -> Step {
        let mut state = self.lock();
        loop {
            if let Some(callback) = state.released.pop_front() {
                return Step::Release(callback);
            }
            let Some(callback) = state.callback.clone() else {
                state.dispatching = false;
                return Step::End;
            };
            if !state.events.is_empty() {
                let events = std::mem::take(&mut state.events);
                state.lower_if_empty();
                return Step::Deliver(callback, events);
            }
            if state.finishing {
                state.release();
                continue;
            }
            state = self.wait(state, None);
        }
    }

    /// Whether `callback` is still the one to call.
    pub(super) fn calls(&self, callback: &Arc<Callback>) -> bool {
        self.lock().callback.as_ref().is_some_and(|current| Arc::ptr_eq(current, callback))
    }

    /// Puts events back that were taken for a callback which is none any more; a closed queue lets them go.
    pub(super) fn put_back(&self, events: VecDeque<Event>) {
        let mut state = self.lock();
        if state.closed || events.is_empty() {
            return;
        }
        let was_empty = state.events.is_empty();
        for event in events.into_iter().rev() {
            state.events.push_front(event);
        }
        if was_empty {
            state.raise();
            self.filled.notify_all();
        }
    }

    /// Ends callbacks once every event was handed over.
    pub(super) fn finish(&self) {
        self.lock().finishing = true;
        self.filled.notify_all();
    }

    /// Lets every event go, and ends every wait and every callback.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let events = std::mem::take(&mut state.events);
        state.lower_if_empty();
        state.notify = None;
        state.release();
        let on_close = std::mem::take(&mut state.on_close);
        drop(state);
        drop(events);
        self.filled.notify_all();
        for last in on_close.into_values() {
            last();
        }
    }

    /// Has `last` called when the queue is closed, or at once if it is; in place of what was given under the same key.
    pub(super) fn on_close(&self, key: usize, last: impl FnOnce() + Send + 'static) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            return last();
        }
        state.on_close.insert(key, Box::new(last));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Signal for Queue {
    fn signal(&self, _: &mut Called) {
        self.tell();
    }
}

impl Queue {
    /// Tells those who wait that the queue stopped being empty, if that is to be told.
    fn tell(&self) {
        let mut state = self.lock();
        if !std::mem::take(&mut state.due) {
            return;
        }
        state.raise();
        if let Some(fd) = &state.notify {
            fd.notify();
        }
        if state.waiters > 0 {
            // Who is woken needs the lock at once.
            drop(state);
            self.filled.notify_one();
        }
    }
}

impl State {
    /// An error while a callback drains the queue.
    fn by_hand(&self) -> Result<()> {
        if self.callback.is_none() {
            return Ok(());
        }
        let message = "a callback drains this queue: take it away first, with kei_queue_set_callback and NULL";
        Err(Error::new(Code::WrongMode, message))
    }

    /// Lets go of the callback.
    fn release(&mut self) {
        let callback = self.callback.take();
        self.released.extend(callback);
    }

    fn lower_if_empty(&mut self) {
        if !self.events.is_empty() {
            return;
        }
        // What was not told of yet was taken without that.
        self.due = false;
        if let Some(fd) = &mut self.fd {
            fd.lower();
        }
    }

    fn raise(&mut self) {
        if let Some(fd) = &mut self.fd {
            fd.raise();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(tag: u64) -> Event {
        Event { kind: 1, tag, ..Event::default() }
    }

    #[test]
    fn events_come_out_in_order_and_numbered_without_gaps() {
        let queue = Arc::new(Queue::default());
        (0..2).for_each(|tag| queue.push(event(tag)));
        queue.extend((2..5).map(event));
        let first = queue.next(Some(Duration::ZERO)).unwrap();
        let rest = queue.drain(10).unwrap();
        let seen: Vec<_> = [first].iter().chain(&rest).map(|event| (event.tag, event.seq)).collect();
        assert_eq!(seen, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]);
        assert_eq!(queue.next(Some(Duration::ZERO)).err().unwrap().code, Code::Again);
    }

    #[test]
    fn memory_is_used_again_where_it_fits_and_has_nothing_of_before_in_it() {
        let queue = Queue::default();
        let mut body = Body::Own(queue.held(Bytes::from_static(b"a first secret")));
        let place = body.as_ptr();
        body.wipe();
        queue.keep(body);
        let longer = queue.held(Bytes::from(vec![b'x'; 500]));
        assert!(longer.as_ptr() != place, "it is too short for that");
        let next = queue.held(Bytes::from_static(b"a second one"));
        assert_eq!((next.as_ptr(), &next[..]), (place, &b"a second one"[..]));
        queue.keep(Body::Own(Vec::with_capacity(SHORT + 1)));
        assert!(queue.spare.lock().unwrap().is_empty());
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
        assert!(queue.drain(10).unwrap().is_empty());
    }

    #[test]
    fn a_wake_before_the_wait_is_not_lost() {
        let queue = Arc::new(Queue::default());
        queue.wake().unwrap();
        assert_eq!(queue.next(None).err().unwrap().code, Code::Again);
    }

    #[cfg(unix)]
    #[test]
    fn the_descriptor_is_readable_exactly_while_there_are_events() {
        let queue = Arc::new(Queue::default());
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
