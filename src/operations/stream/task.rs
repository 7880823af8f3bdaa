//! The task behind a [`Hub`](super::hub::Hub): opens connections and closes them, pings, and knows when it is of no more use. What arrives is handled in `arrivals`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::frames::StreamState;
use super::hub::{Command, Member, Publish, Waiter};
use super::link::{Link, Opening, Role};
use super::overlap::Overlap;
use crate::auth::Credential;
use crate::clock::{BoxFuture, SharedClock};
use crate::config::ms;
use crate::error::{Code, Error, Result, millis};
use crate::operations::{Live, Session};
use crate::transport::websocket::{Ended, Frame};

/// How long after a token's renewal failed, or brought the same one, it is tried again.
const RENEW_AGAIN: Duration = Duration::from_secs(1);
/// How long a connection must have been open for the next not to count as a further attempt.
const LASTED: Duration = Duration::from_secs(30);
/// The close code by which the platform says that the token has run out or was revoked.
const TOKEN_EXPIRED: u16 = 4401;

/// What the task knows.
pub(super) struct Task {
    live: Weak<Live>,
    closed: CancellationToken,
    pub(super) clock: SharedClock,
    commands: mpsc::UnboundedReceiver<Command>,
    pub(super) members: BTreeMap<u64, Member>,
    /// Messages for the next connection.
    unsent: VecDeque<Publish>,
    /// At most one that is live, one that warms up, and those that drain.
    pub(super) links: Vec<Link>,
    opening: Option<BoxFuture<'static, Result<Link>>>,
    /// Before this, no connection is opened.
    open_at: Duration,
    /// How many connections in a row failed, or did not last.
    failures: u32,
    /// How many were opened, counting those that failed.
    opened: u64,
    /// The token that the platform does not accept any more.
    rejected: Option<Credential>,
    pub(super) overlap: Overlap,
    idle: Duration,
    /// When it was last of use; `None` before it is the first time.
    pub(super) used: Option<Duration>,
    timer: Timer,
}

/// A wait that lasts over many turns: it is made anew only if it was over, or would be too late.
struct Timer {
    wait: BoxFuture<'static, ()>,
    /// When it is over.
    at: Duration,
}

impl Timer {
    /// One that is never over.
    fn never() -> Self {
        Self { wait: Box::pin(pending()), at: Duration::MAX }
    }

    /// Has it be over in time for `due`; it may be so earlier. One whose time has passed may not know it yet: it does not see that the machine was suspended.
    fn set(&mut self, due: Duration, now: Duration, clock: &SharedClock) {
        if due < self.at || now >= self.at {
            *self = Self { wait: clock.sleep(due.saturating_sub(now)), at: due };
        }
    }
}

enum Event {
    Closed,
    Command(Option<Command>),
    Opened(Box<Result<Link>>),
    Frame(usize, Result<Frame, Ended>),
    Due,
}

impl Task {
    /// A task for the operations of `session`, which does what `commands` say.
    pub(super) fn new(session: &Arc<Session>, commands: mpsc::UnboundedReceiver<Command>, shared: bool) -> Self {
        Self {
            live: session.live.clone(),
            closed: session.closed.clone(),
            clock: Arc::clone(&session.services.clock),
            commands,
            members: BTreeMap::new(),
            unsent: VecDeque::new(),
            links: Vec::new(),
            opening: None,
            open_at: Duration::ZERO,
            failures: 0,
            opened: 0,
            rejected: None,
            overlap: Overlap::default(),
            idle: if shared { ms(session.config.http.idle_ms) } else { Duration::ZERO },
            used: None,
            timer: Timer::never(),
        }
    }

    /// Works until nobody needs it, or the client is closed.
    pub(super) async fn run(mut self) {
        loop {
            let now = self.clock.now();
            if self.is_idle(now) {
                self.commands.close();
                // What comes too late is dropped, which tells its sender to look for another.
                break;
            }
            self.open_if_due(now);
            self.timer.set(self.next_due(now), now, &self.clock);
            let event = {
                let Self { commands, opening, links, timer, closed, .. } = &mut self;
                tokio::select! {
                    () = closed.cancelled() => Event::Closed,
                    command = commands.recv() => Event::Command(command),
                    outcome = ready(opening) => Event::Opened(Box::new(outcome)),
                    (index, frame) = any(links) => Event::Frame(index, frame),
                    () = &mut timer.wait => Event::Due,
                }
            };
            match event {
                Event::Closed | Event::Command(None) => break,
                Event::Command(Some(command)) => self.take(command).await,
                Event::Opened(outcome) => self.opened(*outcome).await,
                Event::Frame(index, frame) => self.arrived(index, frame).await,
                Event::Due => {
                    self.timer = Timer::never();
                    self.tick().await;
                }
            }
            while let Some(index) = self.ended() {
                self.lost(index).await;
            }
            self.send_unsent().await;
        }
        let now = self.clock.now();
        for link in &mut self.links {
            if link.role != Role::Draining {
                // A courtesy, which holds up nobody's shutdown.
                let _ = tokio::time::timeout(Duration::from_millis(200), link.close(now)).await;
            }
        }
    }

    fn is_idle(&self, now: Duration) -> bool {
        !self.is_needed() && self.used.is_some_and(|used| now >= used + self.idle)
    }

    /// A connection that is over.
    pub(super) fn ended(&self) -> Option<usize> {
        self.links.iter().position(|link| link.ended.is_some())
    }

    fn is_needed(&self) -> bool {
        !self.members.is_empty() || !self.unsent.is_empty()
    }

    fn live(&mut self) -> Option<&mut Link> {
        self.links.iter_mut().find(|link| link.role == Role::Live)
    }

    fn topics(&self) -> BTreeSet<String> {
        self.members.values().map(|member| member.topic.clone()).collect()
    }

    fn next_due(&self, now: Duration) -> Duration {
        let links = self.links.iter().map(Link::next_due);
        let deadlines = self.members.values().filter(|member| !member.was_live).map(|member| member.context.deadline);
        let mut due = links.chain(deadlines).min().unwrap_or(Duration::MAX);
        if self.opening.is_none() {
            let renew = self.links.iter().find(|link| link.role == Role::Live).and_then(|link| link.renew_at);
            let no_live = self.links.iter().all(|link| link.role == Role::Draining);
            if no_live && self.is_needed() {
                due = due.min(self.open_at);
            } else if let Some(renew) = renew {
                due = due.min(renew);
            }
        }
        if let Some(used) = self.used.filter(|_| !self.is_needed()) {
            due = due.min(used + self.idle);
        }
        due.min(now + Duration::from_secs(3600))
    }

    /// Begins to open a connection, if there is none, or the token of the one there is runs out.
    fn open_if_due(&mut self, now: Duration) {
        if self.opening.is_some() {
            return;
        }
        if self.links.iter().any(|link| link.role == Role::Warming) {
            return;
        }
        let may_open = now >= self.open_at && self.is_needed();
        let outworn = match self.live() {
            Some(live) if live.renew_at.is_some_and(|at| now >= at) => live.credential.clone(),
            None if may_open => None,
            _ => return,
        };
        // As it is configured now.
        let Some(session) = self.live.upgrade().map(|live| live.session()) else { return };
        self.opened += 1;
        let opening = Opening {
            session,
            number: self.opened,
            role: if outworn.is_some() { Role::Warming } else { Role::Live },
            topics: self.topics(),
            outworn,
            rejected: self.rejected.take(),
        };
        self.opening = Some(Box::pin(opening.run()));
    }

    async fn take(&mut self, command: Command) {
        let now = self.clock.now();
        self.used = Some(now);
        match command {
            Command::Join(id, member) => {
                let topic = member.topic.clone();
                self.members.insert(id, member);
                for link in self.links.iter_mut().filter(|link| link.role != Role::Draining) {
                    link.subscribe(&topic).await;
                    if link.role == Role::Live {
                        link.wait(Waiter::Member(id), now).await;
                    }
                }
            }
            Command::Leave(id) => {
                if let Some(member) = self.members.remove(&id) {
                    self.let_go_of(&member.topic).await;
                }
            }
            Command::Publish(publish) => self.unsent.push_back(publish),
        }
    }

    /// Unsubscribes from a topic that nobody wants any more.
    pub(super) async fn let_go_of(&mut self, topic: &str) {
        if self.members.values().any(|other| other.topic == topic) {
            return;
        }
        for link in self.links.iter_mut().filter(|link| link.role != Role::Draining) {
            link.unsubscribe(topic).await;
        }
    }

    async fn send_unsent(&mut self) {
        let now = self.clock.now();
        let Self { links, unsent, .. } = self;
        let Some(link) = links.iter_mut().find(|link| link.role == Role::Live) else { return };
        while link.ended.is_none()
            && let Some(publish) = unsent.pop_front()
        {
            // Its caller may have gone meanwhile.
            if !publish.outcome.is_closed() {
                link.send(publish.frame.clone()).await;
                link.wait(Waiter::Publish(publish), now).await;
            }
        }
    }

    async fn opened(&mut self, outcome: Result<Link>) {
        self.opening = None;
        let now = self.clock.now();
        let mut link = match outcome {
            Ok(link) => link,
            Err(error) => return self.not_opened(error, now),
        };
        // Subscriptions may have come and gone meanwhile.
        let wanted = self.topics();
        for topic in link.topics.clone().difference(&wanted) {
            link.unsubscribe(topic).await;
        }
        for topic in &wanted {
            link.subscribe(topic).await;
        }
        if link.role == Role::Warming && self.live().is_some() {
            self.overlap.begin();
            link.wait(Waiter::TakeOver, now).await;
        } else {
            // The one that it was to take over from is gone.
            link.role = Role::Live;
            for (id, _) in self.members.iter().filter(|(_, member)| !member.live) {
                link.wait(Waiter::Member(*id), now).await;
            }
        }
        self.links.push(link);
    }

    /// No connection came about.
    fn not_opened(&mut self, error: Error, now: Duration) {
        if let Some(live) = self.live() {
            // It was to take over; the one there is goes on.
            live.renew_at = Some(now + RENEW_AGAIN);
            tracing::info!(target: "kei_agent::stream", "the stream's connection was not renewed: {}", error.message);
            return;
        }
        for publish in self.unsent.drain(..) {
            let _ = publish.outcome.send(Err(error.clone()));
        }
        let gone = |member: &Member| !error.retryable || !member.was_live;
        for (id, member) in std::mem::take(&mut self.members) {
            if gone(&member) {
                let _ = member.outcome.send(Err(error.clone()));
            } else {
                self.members.insert(id, member);
            }
        }
        self.retry(error, now);
    }

    /// Says that the connection is gone, and when the next is tried.
    fn retry(&mut self, error: Error, now: Duration) {
        let Some(session) = self.live.upgrade().map(|live| live.session()) else { return };
        let delay = session.pipeline.reconnect_delay(self.failures);
        let delay = error.retry_after.map_or(delay, |wish| delay.max(wish));
        self.failures = self.failures.saturating_add(1);
        self.open_at = now + delay;
        let error = session.services.observe.redactor.scrub_error(error);
        tracing::warn!(target: "kei_agent::stream", connection = self.opened, failures = self.failures, delay_ms = millis(delay), "reconnecting: {}", error.message);
        let state = StreamState::lost(self.opened, self.failures, millis(delay), &error);
        for member in self.members.values_mut() {
            member.live = false;
            member.feed.state(&state);
        }
    }

    /// A connection ended.
    async fn lost(&mut self, index: usize) {
        let now = self.clock.now();
        let mut link = self.links.remove(index);
        let ended = link.ended.take().unwrap_or(Ended::Lost("it ended".to_owned()));
        self.not_confirmed(link.take_waiters(|_| true), &ended);
        match link.role {
            Role::Draining => {
                // All that it brought was sent to the other before this ping is read.
                for link in self.links.iter_mut().filter(|link| link.role != Role::Draining) {
                    link.wait(Waiter::OverlapOver, now).await;
                }
                return;
            }
            Role::Warming => {
                self.overlap.end();
                if let Some(live) = self.live() {
                    live.renew_at = Some(now + RENEW_AGAIN);
                }
                return;
            }
            Role::Live => {}
        }
        if matches!(ended, Ended::Closed { code: TOKEN_EXPIRED, .. }) {
            self.rejected = link.credential;
        }
        if let Some(next) = self.links.iter_mut().find(|link| link.role == Role::Warming) {
            // It has asked for the topics already.
            next.role = Role::Live;
            return;
        }
        self.overlap.end();
        // One that did not last counts as a failure, so that a platform which closes at once is not asked at once.
        if now.saturating_sub(link.opened) >= LASTED {
            self.failures = 0;
        }
        if self.is_needed() {
            self.retry(Error::new(Code::ConnectionLost, ended.to_string()), now);
        }
    }

    /// What was published on a connection that ended first is published again, if that is right.
    fn not_confirmed(&mut self, waiters: Vec<Waiter>, ended: &Ended) {
        for waiter in waiters.into_iter().rev() {
            let Waiter::Publish(publish) = waiter else { continue };
            if publish.again {
                self.unsent.push_front(publish);
                continue;
            }
            let message = format!("it is not known whether the platform took the message: {ended}");
            let error = Error::new(Code::ConnectionLost, message).with("not_retried", "unsafe");
            let _ = publish.outcome.send(Err(error));
        }
    }

    async fn tick(&mut self) {
        let now = self.clock.now();
        for link in self.links.iter_mut().filter(|link| now >= link.next_due()) {
            link.tick(now).await;
        }
        let late: Vec<u64> = self
            .members
            .iter()
            .filter(|(_, member)| !member.was_live && now >= member.context.deadline)
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            let error = self.members[&id].context.passed("the stream to be opened");
            self.end(id, error).await;
        }
    }
}

/// The outcome of an opening, when there is one.
async fn ready(opening: &mut Option<BoxFuture<'static, Result<Link>>>) -> Result<Link> {
    match opening {
        Some(opening) => opening.await,
        None => pending().await,
    }
}

/// The next frame of any connection, and which one's it is.
async fn any(links: &mut [Link]) -> (usize, Result<Frame, Ended>) {
    let mut first = 0;
    poll_fn(|context| {
        let count = links.len();
        for offset in 0..count {
            let index = (first + offset) % count;
            if let Poll::Ready(frame) = pin!(links[index].next()).poll(context) {
                return Poll::Ready((index, frame));
            }
        }
        first += 1;
        Poll::Pending
    })
    .await
}
