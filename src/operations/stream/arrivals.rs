//! What arrives on the stream's connections: messages for subscriptions, confirmations, refusals.

use super::frames::{self, In, Refusal, StreamState};
use super::hub::Waiter;
use super::link::Role;
use super::run::{Part, Run, handed_on};
use super::task::Task;
use crate::error::{Code, Error, Result, words};
use crate::json;
use crate::transport::websocket::{Ended, Frame};

/// How many frames are dealt with at once at most.
const TURN: usize = 256;

impl Task {
    /// Something arrived, or a connection ended. What else it has brought already is dealt with at once: a bounded part of it, since others wait.
    pub(super) async fn arrived(&mut self, index: usize, first: Result<Frame, Ended>) {
        let mut run = Run::default();
        let (mut next, mut left) = (Some(first), TURN);
        while let Some(frame) = next {
            left -= 1;
            if let Some(frame) = self.gather(index, frame, &mut run) {
                self.hand_out(&mut run).await;
                self.frame(index, frame).await;
            }
            if left == 0 || run.is_long() || self.ended().is_some() {
                break;
            }
            next = self.links[index].ready();
        }
        self.hand_out(&mut run).await;
    }

    /// Adds what is a message to `run`, and answers anything else: before that is dealt with, `run` is handed out, so that all keeps its order.
    fn gather(&mut self, index: usize, frame: Result<Frame, Ended>, run: &mut Run) -> Option<Result<Frame, Ended>> {
        let Ok(Frame::Text(text)) = frame else { return Some(frame) };
        let Some(said) = In::read(&text) else {
            left_out(&text);
            return None;
        };
        match (&*said.kind, said.topic()) {
            ("message", Some(topic)) => {
                if !self.came_already(index, topic, &text) {
                    run.begin(topic);
                    drop(said);
                    run.add(text);
                }
                None
            }
            ("error", _) => {
                drop(said);
                Some(Ok(Frame::Text(text)))
            }
            _ => None,
        }
    }

    /// What is no message.
    async fn frame(&mut self, index: usize, frame: Result<Frame, Ended>) {
        match frame {
            Ok(Frame::Text(text)) => {
                let (Some(said), Ok(refusal)) = (In::read(&text), json::object_in::<Refusal>(&text)) else {
                    return left_out(&text);
                };
                let words = |text: Option<String>| text.as_deref().map(words).unwrap_or_default();
                self.refused(index, said.topic(), &words(refusal.code), &words(refusal.message)).await;
            }
            Ok(Frame::Pong(number)) => {
                let now = self.clock.now();
                let waiters = self.links[index].pong(number, now).await;
                self.settle(index, waiters).await;
            }
            Ok(Frame::Other) => {}
            Err(ended) => self.links[index].ended = Some(ended),
        }
    }

    /// The platform has read what these wait for.
    async fn settle(&mut self, index: usize, waiters: Vec<Waiter>) {
        let number = self.links[index].number;
        for waiter in waiters {
            match waiter {
                Waiter::Member(id) => {
                    if let Some(member) = self.members.get_mut(&id).filter(|member| !member.live) {
                        (member.live, member.was_live) = (true, true);
                        member.feed.state(&StreamState::of("live", number));
                    }
                }
                Waiter::Publish(publish) => {
                    self.used = Some(self.clock.now());
                    let _ = publish.outcome.send(Ok(()));
                }
                Waiter::OverlapOver => self.overlap.end(),
                Waiter::TakeOver => self.take_over(number).await,
            }
        }
    }

    /// The connection with this number has all topics: it is the one from now on.
    async fn take_over(&mut self, number: u64) {
        let now = self.clock.now();
        for link in &mut self.links {
            if link.number == number {
                link.role = Role::Live;
            } else if link.role == Role::Live {
                // What it still has to confirm it confirms while it drains.
                link.close(now).await;
            }
        }
        for member in self.members.values_mut() {
            if !member.live {
                (member.live, member.was_live) = (true, true);
            }
            member.feed.state(&StreamState::of("renewed", number));
        }
        tracing::info!(target: "kei_agent::stream", connection = number, "another connection took over");
    }

    /// Whether another connection brought this message, or brings it.
    fn came_already(&mut self, index: usize, topic: &str, text: &str) -> bool {
        let (number, role) = (self.links[index].number, self.links[index].role);
        if role != Role::Warming && !self.overlap.is_active() {
            return false;
        }
        match frames::id(text) {
            Some(id) => self.overlap.came_already(topic, id, number),
            None => role == Role::Warming,
        }
    }

    /// Hands out the messages of `run`, of which none are left.
    async fn hand_out(&mut self, run: &mut Run) {
        if run.is_empty() {
            return;
        }
        let mut over = Vec::new();
        let before = self.clock.now();
        for Part { topic, texts } in run.take() {
            let mut items = handed_on(&texts);
            let mut left = self.members.values().filter(|member| member.topic == topic).count();
            for (id, member) in self.members.iter().filter(|(_, member)| member.topic == topic) {
                left -= 1;
                // The last one gets the items themselves.
                let its = if left > 0 { items.clone() } else { std::mem::take(&mut items) };
                if let Err(error) = member.feed.items(its).await {
                    over.push((*id, error));
                }
            }
        }
        let now = self.clock.now();
        if now > before {
            self.links.iter_mut().for_each(|link| link.excuse(now));
        }
        for (id, error) in over {
            self.end(id, error).await;
        }
    }

    /// Ends a subscription.
    pub(super) async fn end(&mut self, id: u64, error: Error) {
        let Some(member) = self.members.remove(&id) else { return };
        let _ = member.outcome.send(Err(error));
        self.let_go_of(&member.topic).await;
    }

    /// The platform refused something: what of this topic it has not confirmed yet, or else the subscriptions that it had.
    async fn refused(&mut self, index: usize, topic: Option<&str>, code: &str, said: &str) {
        let Some(topic) = topic else {
            tracing::warn!(target: "kei_agent::stream", code, "the platform did not take a frame: {said}");
            return;
        };
        let number =
            if code.contains("forbidden") || code.contains("unauthorized") { Code::Forbidden } else { Code::Rejected };
        let error = Error::new(number, format!("the platform refused the topic: {said}"))
            .with("problem_code", code)
            .with("topic", topic);
        let about = |waiter: &Waiter| matches!(waiter, Waiter::Publish(publish) if publish.topic == topic);
        let publishes = self.links[index].take_waiters(about);
        let pending: Vec<u64> = self
            .members
            .iter()
            .filter(|(_, member)| member.topic == topic && !member.live)
            .map(|(id, _)| *id)
            .collect();
        let members = if publishes.is_empty() && pending.is_empty() {
            self.members.iter().filter(|(_, member)| member.topic == topic).map(|(id, _)| *id).collect()
        } else {
            pending
        };
        for waiter in publishes {
            if let Waiter::Publish(publish) = waiter {
                let _ = publish.outcome.send(Err(error.clone()));
            }
        }
        for id in members {
            self.end(id, error.clone()).await;
        }
    }
}

fn left_out(text: &str) {
    tracing::warn!(target: "kei_agent::stream", bytes = text.len(), "a frame that is no JSON object with a type was left out");
}
