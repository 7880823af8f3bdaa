//! The way of a subscription's items to the host: at most as many as it granted credit for. What it cannot take yet waits, up to a
//! bound, and past that the subscription's policy decides.
//!
//! Order is kept: what is delivered leaves under one lock, and nothing follows the end. Back-pressure costs no credit for anything but
//! items: states, and requests that the host is to answer, are delivered as they come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::clock::SharedClock;
use crate::error::{Code, Error, Result, millis};
use crate::secret::wiped;

/// How many items wait for credit, unless the options say otherwise.
pub(crate) const BUFFER: usize = 1024;

/// What happens to an item when as many as may wait are waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overflow {
    /// Nothing more is read from the server until there is room; the subscription has a connection of its own, so that it holds up no other.
    #[default]
    Block,
    /// The oldest item that waits is dropped; a STATE event tells how many were.
    DropOldest,
    /// The subscription ends with `KEI_E_OVERFLOW`.
    Fail,
}

/// Where a subscription's events go. Called under a lock: must be quick, and must not call back.
pub trait Deliver: Send + Sync + 'static {
    /// Items, in their order, each of which is wiped when nobody holds it any more.
    fn items(&self, bodies: VecDeque<Bytes>);
    /// A change of the subscription's state: a JSON object.
    fn state(&self, body: Vec<u8>);
    /// Work for the host, which answers it by `reply`, once. It can be answered as long as the guard lives.
    fn request(&self, body: Vec<u8>, reply: Reply) -> Result<Box<dyn Send>>;
}

/// The host's answer to a request: JSON, wiped when done with, since it may hold a secret.
pub type HostAnswer = Zeroizing<Vec<u8>>;

/// Takes the host's answer to a request.
pub struct Reply(oneshot::Sender<Result<HostAnswer>>);

impl Reply {
    /// Answers. Nobody may be waiting any more; then it is false.
    pub fn send(self, answer: Result<HostAnswer>) -> bool {
        self.0.send(answer).is_ok()
    }
}

/// A subscription's items on their way. Cloning shares it.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

struct Inner {
    out: Box<dyn Deliver>,
    clock: SharedClock,
    overflow: Overflow,
    bound: usize,
    state: Mutex<State>,
    /// Told when room was made, and when nothing waits any more.
    moved: Notify,
    ended: CancellationToken,
}

#[derive(Default)]
struct State {
    credit: u64,
    waiting: VecDeque<Bytes>,
    delivered: u64,
    dropped: u64,
    /// How many of the dropped ones the host was not told of yet.
    untold: u64,
    ended: bool,
}

/// What a STATE event says when items were dropped.
#[derive(Serialize, JsonSchema)]
struct Dropped {
    /// Always `dropped`.
    state: &'static str,
    /// How many items were dropped since the last such event.
    dropped: u64,
    /// How many were dropped in all.
    dropped_total: u64,
}

impl Feed {
    /// A feed to `out`, with credit to begin with.
    pub fn new(out: Box<dyn Deliver>, clock: SharedClock, credit: u32, overflow: Overflow, bound: usize) -> Self {
        let state = State { credit: credit.into(), ..State::default() };
        let (moved, ended) = (Notify::new(), CancellationToken::new());
        Self(Arc::new(Inner { out, clock, overflow, bound, state: Mutex::new(state), moved, ended }))
    }

    /// Hands an item on, as [`items`](Self::items) does.
    pub async fn item(&self, body: Vec<u8>) -> Result<()> {
        self.items([wiped(body)].into()).await
    }

    /// Hands items on, in their order: to the host as far as it has granted credit, else to those that wait. With `block`, waits for room; fails with
    /// `Overflow` where that is the policy, and with `Closed` after the end.
    pub async fn items(&self, mut items: VecDeque<Bytes>) -> Result<()> {
        loop {
            let moved = self.0.moved.notified();
            if self.take(&mut items)? {
                return Ok(());
            }
            moved.await;
        }
    }

    /// Takes of the items as many as it can now. Answers whether that was all.
    fn take(&self, items: &mut VecDeque<Bytes>) -> Result<bool> {
        let mut state = self.lock();
        if state.ended {
            return Err(Error::new(Code::Closed, "the subscription has ended"));
        }
        if state.waiting.is_empty() {
            self.deliver(&mut state, items);
        }
        while let Some(body) = items.pop_front() {
            if state.waiting.len() >= self.0.bound {
                match self.0.overflow {
                    Overflow::Block => {
                        items.push_front(body);
                        return Ok(false);
                    }
                    Overflow::Fail => return Err(self.overflowed()),
                    Overflow::DropOldest => {
                        state.waiting.pop_front();
                        state.dropped += 1;
                        state.untold += 1;
                    }
                }
            }
            state.waiting.push_back(body);
        }
        Ok(true)
    }

    /// Lets the host have `more` items.
    pub fn grant(&self, more: u32) {
        let mut state = self.lock();
        state.credit = state.credit.saturating_add(more.into());
        let mut waiting = std::mem::take(&mut state.waiting);
        self.deliver(&mut state, &mut waiting);
        state.waiting = waiting;
        drop(state);
        self.0.moved.notify_waiters();
    }

    /// Tells the host of a change of state.
    pub fn state(&self, state: &impl Serialize) {
        let Ok(body) = serde_json::to_vec(state) else { return };
        let held = self.lock();
        if !held.ended {
            self.0.out.state(body);
        }
    }

    /// Has the host do something and answer, within `timeout`.
    pub async fn ask(&self, request: &impl Serialize, timeout: Duration) -> Result<HostAnswer> {
        let body = serde_json::to_vec(request)
            .map_err(|error| Error::new(Code::Panic, format!("a request could not be written as JSON: {error}")))?;
        let (send, answer) = oneshot::channel();
        let ended = || Error::new(Code::Closed, "the subscription that was to answer has ended");
        let _guard = {
            let state = self.lock();
            if state.ended {
                return Err(ended());
            }
            self.0.out.request(body, Reply(send))?
        };
        tokio::select! {
            biased;
            answer = answer => answer.unwrap_or_else(|_| Err(ended())),
            () = self.0.ended.cancelled() => Err(ended()),
            () = self.0.clock.sleep(timeout) => {
                let message = format!("the host did not answer the request within {} ms: answer it with kei_reply", millis(timeout));
                Err(Error::new(Code::HostTimeout, message))
            }
        }
    }

    /// Waits until nothing waits for credit any more.
    pub async fn drained(&self) {
        loop {
            let moved = self.0.moved.notified();
            if self.lock().waiting.is_empty() {
                return;
            }
            moved.await;
        }
    }

    /// The end: calls `last` with what becomes of the outcome, after which nothing is delivered. An error says how many items the host never got.
    pub fn end<T>(&self, outcome: Result<T>, last: impl FnOnce(Result<T>)) {
        let mut state = self.lock();
        state.ended = true;
        self.tell_of_dropped(&mut state);
        let undelivered = std::mem::take(&mut state.waiting).len();
        last(outcome.map_err(|error| error.with("delivered", state.delivered).with("undelivered", undelivered)));
        drop(state);
        self.0.ended.cancel();
        self.0.moved.notify_waiters();
    }

    /// How many items were delivered.
    pub fn delivered(&self) -> u64 {
        self.lock().delivered
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// What happens to an item that nobody takes.
    pub fn overflow(&self) -> Overflow {
        self.0.overflow
    }

    /// Delivers the first of the items, as many as there is credit for.
    fn deliver(&self, state: &mut State, items: &mut VecDeque<Bytes>) {
        let count = usize::try_from(state.credit).unwrap_or(usize::MAX).min(items.len());
        if count == 0 {
            return;
        }
        self.tell_of_dropped(state);
        let rest = items.split_off(count);
        state.credit -= count as u64;
        state.delivered += count as u64;
        self.0.out.items(std::mem::replace(items, rest));
    }

    fn tell_of_dropped(&self, state: &mut State) {
        let dropped = std::mem::take(&mut state.untold);
        if dropped == 0 {
            return;
        }
        if let Ok(body) = serde_json::to_vec(&Dropped { state: "dropped", dropped, dropped_total: state.dropped }) {
            self.0.out.state(body);
        }
    }

    fn overflowed(&self) -> Error {
        let message = format!(
            "{} items wait already, and the subscription's `overflow` is `fail`: grant more credit, or let more wait (`buffer`)",
            self.0.bound
        );
        Error::new(Code::Overflow, message)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use std::sync::mpsc::{Receiver, Sender, channel};

    struct Out(Sender<String>, Mutex<Vec<Reply>>);

    impl Deliver for Out {
        fn items(&self, bodies: VecDeque<Bytes>) {
            for body in bodies {
                self.state(body.into());
            }
        }
        fn state(&self, body: Vec<u8>) {
            self.0.send(String::from_utf8(body).unwrap()).unwrap();
        }
        fn request(&self, body: Vec<u8>, reply: Reply) -> Result<Box<dyn Send>> {
            self.state(body);
            self.1.lock().unwrap().push(reply);
            Ok(Box::new(()))
        }
    }

    fn feed(credit: u32, overflow: Overflow, bound: usize) -> (Feed, Receiver<String>) {
        let (send, receive) = channel();
        (Feed::new(Box::new(Out(send, Mutex::default())), Arc::new(SystemClock), credit, overflow, bound), receive)
    }

    async fn give(feed: &Feed, text: &'static str) -> Result<()> {
        feed.item(text.into()).await
    }

    fn items<const N: usize>(texts: [&'static str; N]) -> VecDeque<Bytes> {
        texts.map(Bytes::from).into()
    }

    fn seen(receive: &Receiver<String>) -> Vec<String> {
        receive.try_iter().collect()
    }

    #[tokio::test]
    async fn no_more_items_are_delivered_than_there_is_credit_for() {
        let (feed, out) = feed(2, Overflow::Block, 10);
        for text in ["1", "2", "3", "4"] {
            give(&feed, text).await.unwrap();
        }
        assert_eq!(seen(&out), ["1", "2"]);
        feed.grant(1);
        assert_eq!(seen(&out), ["3"]);
        feed.grant(5);
        give(&feed, "5").await.unwrap();
        assert_eq!(seen(&out), ["4", "5"]);
    }

    #[tokio::test]
    async fn items_that_come_together_are_told_apart_by_credit_and_room_as_if_they_came_one_by_one() {
        let (feed, out) = feed(1, Overflow::DropOldest, 2);
        feed.items(items(["1", "2", "3", "4", "5"])).await.unwrap();
        assert_eq!(seen(&out), ["1"]);
        feed.grant(5);
        assert_eq!(seen(&out), [r#"{"state":"dropped","dropped":2,"dropped_total":2}"#, "4", "5"]);
        feed.items(items(["6", "7", "8"])).await.unwrap();
        assert_eq!(seen(&out), ["6", "7", "8"], "no credit was used for what was dropped");
    }

    #[tokio::test]
    async fn items_that_come_together_wait_for_room_in_their_order() {
        let (feed, out) = feed(1, Overflow::Block, 1);
        let all = tokio::spawn({
            let feed = feed.clone();
            async move { feed.items(items(["1", "2", "3", "4"])).await }
        });
        tokio::task::yield_now().await;
        assert_eq!((seen(&out), all.is_finished()), (vec!["1".to_owned()], false));
        feed.grant(10);
        all.await.unwrap().unwrap();
        assert_eq!(seen(&out), ["2", "3", "4"]);
    }

    #[tokio::test]
    async fn a_blocking_subscription_waits_for_room_and_loses_nothing() {
        let (feed, out) = feed(0, Overflow::Block, 2);
        give(&feed, "1").await.unwrap();
        give(&feed, "2").await.unwrap();
        let third = tokio::spawn({
            let feed = feed.clone();
            async move { give(&feed, "3").await }
        });
        tokio::task::yield_now().await;
        assert!(!third.is_finished());
        feed.grant(3);
        third.await.unwrap().unwrap();
        assert_eq!(seen(&out), ["1", "2", "3"]);
    }

    #[tokio::test]
    async fn the_oldest_are_dropped_and_counted_before_the_next_is_delivered() {
        let (feed, out) = feed(0, Overflow::DropOldest, 2);
        for text in ["1", "2", "3", "4", "5"] {
            give(&feed, text).await.unwrap();
        }
        feed.grant(1);
        feed.grant(1);
        assert_eq!(seen(&out), [r#"{"state":"dropped","dropped":3,"dropped_total":3}"#, "4", "5"]);
    }

    #[tokio::test]
    async fn dropped_items_are_told_of_at_the_end_too() {
        let (feed, out) = feed(0, Overflow::DropOldest, 1);
        give(&feed, "1").await.unwrap();
        give(&feed, "2").await.unwrap();
        feed.end(Err::<(), _>(Error::new(Code::Cancelled, "")), |outcome| {
            let error = outcome.unwrap_err();
            assert_eq!((&error.details["undelivered"], &error.details["delivered"]), (&1.into(), &0.into()));
        });
        assert_eq!(seen(&out), [r#"{"state":"dropped","dropped":1,"dropped_total":1}"#]);
    }

    #[tokio::test]
    async fn a_failing_subscription_says_what_would_help() {
        let (feed, _out) = feed(0, Overflow::Fail, 1);
        give(&feed, "1").await.unwrap();
        let error = give(&feed, "2").await.unwrap_err();
        assert_eq!(error.code, Code::Overflow);
        assert!(error.message.contains("grant more credit"), "{error}");
    }

    #[tokio::test]
    async fn nothing_follows_the_end() {
        let (feed, out) = feed(0, Overflow::Block, 1);
        give(&feed, "1").await.unwrap();
        let waits = tokio::spawn({
            let feed = feed.clone();
            async move { give(&feed, "2").await.unwrap_err().code }
        });
        tokio::task::yield_now().await;
        feed.end(Ok(()), |_| ());
        feed.grant(10);
        feed.state(&"late");
        assert_eq!(waits.await.unwrap(), Code::Closed);
        assert_eq!(feed.ask(&"late", Duration::from_secs(60)).await.unwrap_err().code, Code::Closed);
        assert!(seen(&out).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_the_host_does_not_answer_times_out() {
        let (feed, out) = feed(0, Overflow::Block, 1);
        let error = feed.ask(&"do it", Duration::from_millis(1500)).await.unwrap_err();
        assert_eq!(error.code, Code::HostTimeout);
        assert!(error.message.contains("1500 ms"), "{error}");
        assert_eq!(seen(&out), ["\"do it\""]);
    }
}
