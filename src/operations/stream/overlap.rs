//! While one connection takes over from another, both bring the same messages: which of them came already.

use std::collections::{HashMap, VecDeque};

/// How many messages are remembered at most.
const MOST: usize = 65_536;

/// The messages that came while two connections were open, and by which.
#[derive(Default)]
pub(super) struct Overlap {
    active: bool,
    seen: HashMap<String, u64>,
    order: VecDeque<String>,
}

impl Overlap {
    /// Two connections are open from now on.
    pub(super) fn begin(&mut self) {
        self.active = true;
    }

    /// Only one is left, and everything that the other had brought has come by it, too.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// Whether two connections are open.
    pub(super) fn is_active(&self) -> bool {
        self.active
    }

    /// Whether a message came by another connection already; remembers it if not. The same id twice by one connection is the platform's affair.
    pub(super) fn came_already(&mut self, topic: &str, id: &str, connection: u64) -> bool {
        if !self.active {
            return false;
        }
        let key = format!("{topic}\n{id}");
        if let Some(first) = self.seen.get(&key) {
            return *first != connection;
        }
        if self.order.len() == MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        self.order.push_back(key.clone());
        self.seen.insert(key, connection);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_by_both_connections_comes_once_and_one_sent_twice_comes_twice() {
        let mut overlap = Overlap::default();
        overlap.begin();
        assert!(!overlap.came_already("t", "1", 1));
        assert!(overlap.came_already("t", "1", 2));
        assert!(!overlap.came_already("t", "1", 1), "a redelivery");
        assert!(!overlap.came_already("u", "1", 2), "another topic");
        overlap.end();
        assert!(!overlap.came_already("t", "1", 2));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut overlap = Overlap::default();
        overlap.begin();
        for id in 0..2 * MOST {
            overlap.came_already("t", &id.to_string(), 1);
        }
        assert_eq!((overlap.seen.len(), overlap.order.len()), (MOST, MOST));
    }
}
