//! What arrives on the stream's connections: messages for subscriptions, confirmations, refusals.

use bytes::Bytes;

use super::frames::{In, StreamState};
use super::hub::Waiter;
use super::link::Role;
use super::task::Task;
use crate::error::{Code, Error, Result, words};
use crate::json;
use crate::transport::websocket::{Ended, Frame};

impl Task {
    /// Something arrived, or a connection ended.
    pub(super) async fn frame(&mut self, index: usize, frame: Result<Frame, Ended>) {
        match frame {
            Ok(Frame::Text(text)) => self.text(index, text).await,
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

    async fn text(&mut self, index: usize, text: Bytes) {
        let Ok(frame) = json::object::<In<'_>>(&text) else {
            tracing::warn!(target: "kei_agent::stream", bytes = text.len(), "a frame that is no JSON object with a type was left out");
            return;
        };
        match (&*frame.kind, &frame.topic) {
            ("message", Some(topic)) => {
                let (number, role) = (self.links[index].number, self.links[index].role);
                let another = match frame.id() {
                    Some(id) => self.overlap.came_already(topic, id, number),
                    None => role == Role::Warming,
                };
                if !another {
                    let topic = topic.clone().into_owned();
                    self.hand_out(&topic, text.clone()).await;
                }
            }
            ("error", topic) => {
                let code = frame.code.as_deref().map(words).unwrap_or_default();
                let said = frame.message.as_deref().map(words).unwrap_or_default();
                let topic = topic.as_deref().map(str::to_owned);
                self.refused(index, topic.as_deref(), &code, &said).await;
            }
            _ => {}
        }
    }

    async fn hand_out(&mut self, topic: &str, text: Bytes) {
        let mut over = Vec::new();
        let before = self.clock.now();
        for (id, member) in self.members.iter().filter(|(_, member)| member.topic == topic) {
            if let Err(error) = member.feed.item(text.clone()).await {
                over.push((*id, error));
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
