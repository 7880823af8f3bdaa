//! Messages that came one after the other: those of one topic are handed on together, which costs much less than one by one.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::secret::wiped;
use crate::transport::websocket::Utf8Bytes;

/// Of how many bytes of messages no more are added.
const LONG: usize = 64 * 1024;

/// The messages, in their order.
#[derive(Default)]
pub(super) struct Run {
    parts: Vec<Part>,
    bytes: usize,
}

/// Messages of one topic.
#[derive(Debug, PartialEq)]
pub(super) struct Part {
    pub(super) topic: String,
    pub(super) texts: Vec<Utf8Bytes>,
}

impl Run {
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether it is long enough to be handed on now.
    pub(super) fn is_long(&self) -> bool {
        self.bytes >= LONG
    }

    /// A message of this topic comes next.
    pub(super) fn begin(&mut self, topic: &str) {
        if self.parts.last().is_none_or(|part| part.topic != topic) {
            self.parts.push(Part { topic: topic.to_owned(), texts: Vec::new() });
        }
    }

    /// Adds the message.
    pub(super) fn add(&mut self, text: Utf8Bytes) {
        let Some(part) = self.parts.last_mut() else { return };
        self.bytes += text.len();
        part.texts.push(text);
    }

    /// All that was gathered; nothing is left.
    pub(super) fn take(&mut self) -> Vec<Part> {
        std::mem::take(self).parts
    }
}

/// Messages as they are handed on: in memory of their own, since most of what they were read into may be other messages.
pub(super) fn handed_on(texts: &[Utf8Bytes]) -> VecDeque<Bytes> {
    let mut all = Vec::with_capacity(texts.iter().map(|text| text.len()).sum());
    for text in texts {
        all.extend_from_slice(text.as_bytes());
    }
    let mut all = wiped(all);
    texts.iter().map(|text| all.split_to(text.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<'a>(messages: impl IntoIterator<Item = (&'a str, &'a str)>) -> Run {
        let mut run = Run::default();
        for (topic, text) in messages {
            run.begin(topic);
            run.add(text.into());
        }
        run
    }

    #[test]
    fn messages_keep_their_order_and_those_of_one_topic_stay_together() {
        let mut run = run([("t", "1"), ("t", "2"), ("u", "3"), ("t", "4")]);
        let part = |topic: &str, texts: &[&'static str]| Part {
            topic: topic.to_owned(),
            texts: texts.iter().map(|text| Utf8Bytes::from_static(text)).collect(),
        };
        assert_eq!(run.take(), [part("t", &["1", "2"]), part("u", &["3"]), part("t", &["4"])]);
        assert!(run.is_empty() && run.take().is_empty());
    }

    #[test]
    fn large_messages_are_handed_on_soon() {
        let half = "1".repeat(LONG / 2);
        assert!(!run([("t", &*half)]).is_long());
        assert!(run([("t", &*half), ("u", &*half)]).is_long());
    }

    #[test]
    fn messages_are_handed_on_one_by_one_and_as_they_came() {
        let texts = ["1", "", "22"];
        assert_eq!(handed_on(&texts.map(Utf8Bytes::from)), VecDeque::from(texts.map(Bytes::from)));
    }
}
