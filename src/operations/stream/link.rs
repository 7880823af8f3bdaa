//! One connection of the stream: its topics, and what waits for the platform to have read it.
//!
//! Frames are read in order, so the pong to a ping tells that all that was sent before it has taken effect. One ping is on its way at a
//! time; whoever sends meanwhile waits for the next.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, SEC_WEBSOCKET_KEY};

use super::frames;
use super::hub::Waiter;
use crate::auth::Credential;
use crate::clock::new_id;
use crate::config::{StreamConfig, ms};
use crate::error::{Code, Error, Result, millis};
use crate::observe::trace::Given;
use crate::operations::Session;
use crate::operations::target::join;
use crate::pipeline::{Call, Context, Repeat};
use crate::transport::HttpResponse;
use crate::transport::websocket::{self, Ended, Frame, WebSocket};

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It will take over once it has all topics.
    Warming,
    /// It is the one.
    Live,
    /// Another has taken over; what was on its way still comes.
    Draining,
}

/// A connection.
pub(super) struct Link {
    socket: WebSocket,
    /// Which one of the hub's it is, from 1.
    pub(super) number: u64,
    pub(super) role: Role,
    /// Why it is over, once it is.
    pub(super) ended: Option<Ended>,
    pub(super) topics: BTreeSet<String>,
    pub(super) opened: Duration,
    /// When a connection with a newer token is due.
    pub(super) renew_at: Option<Duration>,
    /// The token that it was opened with.
    pub(super) credential: Option<Credential>,
    /// The ping on its way, and who waits for it.
    pinged: Option<(u64, Vec<Waiter>)>,
    /// Who waits for the next.
    waiting: Vec<Waiter>,
    pings: u64,
    next_ping: Duration,
    /// When the pong must have come, or a draining connection ended.
    pub(super) due: Option<Duration>,
    ping: Duration,
    pong: Duration,
}

/// How a connection is made.
pub(super) struct Opening {
    pub(super) session: Arc<Session>,
    pub(super) number: u64,
    pub(super) role: Role,
    pub(super) topics: BTreeSet<String>,
    /// The token that will no longer do.
    pub(super) outworn: Option<Credential>,
    /// The token that the platform said it does not accept any more.
    pub(super) rejected: Option<Credential>,
}

impl Opening {
    /// Opens the connection and asks for its topics.
    pub(super) async fn run(self) -> Result<Link> {
        let Self { session, number, role, topics, outworn, rejected } = self;
        if let Some(credential) = rejected {
            session.tokens.rejected(&credential).await?;
        }
        if let Some(old) = outworn
            && session.tokens.credential().await?.is_some_and(|credential| credential.is(&old))
        {
            let mut error = Error::new(Code::Token, "there is no newer token yet");
            error.retryable = true;
            return Err(error);
        }
        let headers = websocket::handshake();
        let key = headers.get(SEC_WEBSOCKET_KEY).cloned();
        let url = join(&session.base, &session.config.endpoints.stream, &[])?;
        let clock = &session.services.clock;
        let timeout = ms(session.config.timeouts.total_ms);
        let context = Context {
            correlation_id: new_id(),
            deadline: clock.now() + timeout,
            timeout,
            trace: Given::default(),
            tenant_id: None,
        };
        let call = Call {
            operation: "stream",
            protocol: crate::config::Protocol::Stream,
            method: Method::GET,
            url: url.into(),
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
            repeat: Repeat::Safe,
            authorize: true,
            upgrade: Some(Box::new(headers)),
            context: Arc::new(context),
            retry: None,
            any_status: false,
        };
        let reply = session.pipeline.run(&call).await?;
        let limit = session.config.limits.max_answer_bytes;
        let HttpResponse { status, headers, socket, .. } = *reply.response;
        let socket = WebSocket::begin(socket, status, &headers, key.as_ref(), limit)
            .await
            .map_err(|why| Error::new(Code::Protocol, format!("the stream could not be opened: {why}")))?;
        let StreamConfig { ping_ms, pong_ms } = session.config.stream;
        let now = clock.now();
        let mut link = Link {
            socket,
            number,
            role,
            ended: None,
            topics: BTreeSet::new(),
            opened: now,
            renew_at: reply.credential.as_ref().and_then(|credential| credential.renew_at),
            credential: reply.credential,
            pinged: None,
            waiting: Vec::new(),
            pings: 0,
            next_ping: now + ms(ping_ms),
            due: None,
            ping: ms(ping_ms),
            pong: ms(pong_ms),
        };
        for topic in topics {
            link.subscribe(&topic).await;
        }
        Ok(link)
    }
}

impl Link {
    /// The next frame; may be dropped and called again.
    pub(super) async fn next(&mut self) -> Result<Frame, Ended> {
        self.socket.next().await
    }

    /// The next frame if it has come already; nobody is woken for one that has not.
    pub(super) fn ready(&mut self) -> Option<Result<Frame, Ended>> {
        self.socket.ready()
    }

    /// Asks for a topic, once.
    pub(super) async fn subscribe(&mut self, topic: &str) {
        if self.topics.insert(topic.to_owned()) {
            self.send(frames::subscribe(topic)).await;
        }
    }

    /// Asks for a topic no more.
    pub(super) async fn unsubscribe(&mut self, topic: &str) {
        if self.topics.remove(topic) {
            self.send(frames::unsubscribe(topic)).await;
        }
    }

    /// Sends a frame. A failure is noted in `ended`, here as everywhere else.
    pub(super) async fn send(&mut self, frame: String) {
        if self.ended.is_none() {
            self.ended = self.socket.send(frame, self.pong).await.err();
        }
    }

    /// Has `waiter` told when the platform has read all that was sent so far.
    pub(super) async fn wait(&mut self, waiter: Waiter, now: Duration) {
        self.waiting.push(waiter);
        if self.pinged.is_none() {
            self.send_ping(now).await;
        }
    }

    /// The pong with this number came; answers who waited for it.
    pub(super) async fn pong(&mut self, number: u64, now: Duration) -> Vec<Waiter> {
        let Some((_, waiters)) = self.pinged.take_if(|(awaited, _)| *awaited == number) else { return Vec::new() };
        if self.role != Role::Draining {
            self.due = None;
            if !self.waiting.is_empty() {
                self.send_ping(now).await;
            }
        }
        waiters
    }

    /// Takes out those of the waiters that `wanted` names, in the order in which they began to wait.
    pub(super) fn take_waiters(&mut self, wanted: impl Fn(&Waiter) -> bool) -> Vec<Waiter> {
        let pinged = self.pinged.iter_mut().flat_map(|(_, waiters)| waiters.extract_if(.., |waiter| wanted(waiter)));
        let mut taken: Vec<_> = pinged.collect();
        taken.extend(self.waiting.extract_if(.., |waiter| wanted(waiter)));
        taken
    }

    /// Says that nothing more will be sent.
    pub(super) async fn close(&mut self, now: Duration) {
        self.role = Role::Draining;
        self.due = Some(now + self.pong);
        if self.ended.is_none() {
            self.ended = self.socket.close(self.pong).await.err();
        }
    }

    /// When something is to be done next.
    pub(super) fn next_due(&self) -> Duration {
        let ping = if self.pinged.is_none() && self.role != Role::Draining { self.next_ping } else { Duration::MAX };
        self.due.map_or(ping, |due| due.min(ping))
    }

    /// Does what is due: pings, or finds that the platform has not answered in time.
    pub(super) async fn tick(&mut self, now: Duration) {
        if self.due.is_some_and(|due| now >= due) {
            let why = format!("the platform did not answer within {} ms", millis(self.pong));
            self.ended.get_or_insert(Ended::Lost(why));
        } else if now >= self.next_ping && self.pinged.is_none() && self.role != Role::Draining {
            self.send_ping(now).await;
        }
    }

    /// Nothing was read for a while, so that no pong could come: the platform gets its whole time again.
    pub(super) fn excuse(&mut self, now: Duration) {
        if self.due.is_some() {
            self.due = Some(now + self.pong);
        }
    }

    async fn send_ping(&mut self, now: Duration) {
        self.pings += 1;
        self.pinged = Some((self.pings, std::mem::take(&mut self.waiting)));
        self.due = Some(now + self.pong);
        self.next_ping = now + self.ping;
        if self.ended.is_none() {
            self.ended = self.socket.ping(self.pings, self.pong).await.err();
        }
    }
}
