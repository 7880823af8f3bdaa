//! Those who share one connection to the stream: a task that opens it, hands messages out, pings, makes it anew when it is lost, and has
//! another take over before its token runs out.
//!
//! Taking over loses nothing and doubles nothing that carries an id: the next connection has all topics, and has said so, before the one before
//! is closed; what comes by both is handed on once. A message without an id is taken from the older connection until that is closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::task::Task;
use crate::error::Result;
use crate::feed::Feed;
use crate::operations::Session;
use crate::pipeline::Context;

/// A message to be published.
pub(super) struct Publish {
    pub(super) topic: String,
    pub(super) frame: String,
    /// Whether it may be sent again when it is not known if the platform has taken it.
    pub(super) again: bool,
    pub(super) outcome: oneshot::Sender<Result<()>>,
}

/// Who is told when the platform has read what was sent.
pub(super) enum Waiter {
    /// A subscription that is live then.
    Member(u64),
    /// A message that is published then.
    Publish(Publish),
    /// The connection has all topics then, and takes over.
    TakeOver,
    /// What the connection before had brought has come by this one then, too.
    OverlapOver,
}

/// What the task is told.
pub(super) enum Command {
    Join(u64, Member),
    Leave(u64),
    Publish(Publish),
}

/// A subscription.
pub(super) struct Member {
    pub(super) topic: String,
    pub(super) feed: Feed,
    /// The deadline for being live the first time.
    pub(super) context: Arc<Context>,
    pub(super) live: bool,
    pub(super) was_live: bool,
    pub(super) outcome: oneshot::Sender<Result<()>>,
}

/// The way to the task. Cloning shares it.
#[derive(Clone)]
pub(super) struct Hub {
    commands: mpsc::UnboundedSender<Command>,
    next: Arc<AtomicU64>,
}

/// A subscription's place; it leaves when this is dropped.
pub(super) struct Membership {
    id: u64,
    commands: mpsc::UnboundedSender<Command>,
}

impl Drop for Membership {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Leave(self.id));
    }
}

impl Hub {
    /// A connection for the operations of `session`; kept for a while when nobody uses it, if it is shared.
    pub(super) fn start(session: &Arc<Session>, shared: bool) -> Self {
        let (commands, receive) = mpsc::unbounded_channel();
        let services = &session.services;
        let task = Task::new(session, receive, shared);
        services.handle.spawn(services.background.track_future(task.run()));
        Self { commands, next: Arc::default() }
    }

    pub(super) fn is_open(&self) -> bool {
        !self.commands.is_closed()
    }

    /// Subscribes; `outcome` is told when it ends by itself, and dropped when the task has ended.
    pub(super) fn join(
        &self,
        topic: String,
        feed: Feed,
        context: Arc<Context>,
        outcome: oneshot::Sender<Result<()>>,
    ) -> Membership {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let _ = self
            .commands
            .send(Command::Join(id, Member { topic, feed, context, live: false, was_live: false, outcome }));
        Membership { id, commands: self.commands.clone() }
    }

    pub(super) fn publish(&self, publish: Publish) {
        let _ = self.commands.send(Command::Publish(publish));
    }
}
