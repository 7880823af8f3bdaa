//! What went wrong, counted by its type: never by words in a message.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Category, Code};
use crate::order;

/// How many minutes are told one by one.
const MINUTES: usize = 60;

/// The errors of a runtime.
#[derive(Default)]
pub struct Errors {
    /// How many operations ended, and the minute that the last one ended in: most end well, and take no lock.
    calls: AtomicU64,
    minute: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u64,
    types: BTreeMap<i32, Type>,
    /// The last minutes that operations ended in, in their order.
    minutes: VecDeque<Minute>,
}

struct Type {
    code: Code,
    count: u64,
    first_at: String,
    last_at: String,
    operations: BTreeMap<&'static str, u64>,
}

struct Minute {
    /// Which it is, of those of the clock's `now`.
    number: u64,
    /// How many operations had ended before it, and how many of them had failed.
    calls: u64,
    failures: u64,
}

/// The errors of a runtime since it began.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErrorStats {
    /// How many operations ended.
    pub calls: u64,
    /// How many of them failed.
    pub failures: u64,
    /// How many ended in the last minute, the one that runs included.
    pub calls_last_minute: u64,
    /// How many of them failed.
    pub failures_last_minute: u64,
    /// How many ended in the last hour.
    pub calls_last_hour: u64,
    /// How many of them failed.
    pub failures_last_hour: u64,
    /// The failures by what kind of thing went wrong.
    pub categories: BTreeMap<Category, u64>,
    /// The failures by their type, the most frequent first.
    pub types: Vec<ErrorType>,
}

/// The errors of one type.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErrorType {
    /// The name, for example `KEI_E_TIMEOUT`.
    pub name: &'static str,
    /// The number.
    pub code: i32,
    /// What kind of thing went wrong.
    pub category: Category,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// How many there were.
    pub count: u64,
    /// When the first was, in RFC 3339.
    pub first_at: String,
    /// When the last was.
    pub last_at: String,
    /// How many there were of each operation; under an empty name what was refused before it was known which.
    pub operations: BTreeMap<&'static str, u64>,
}

impl Errors {
    /// An operation ended at `now` on the clock, with an error or without.
    pub fn ended(&self, now: Duration, operation: &'static str, error: Option<Code>) {
        let minute = minute(now);
        if self.minute.load(Ordering::Relaxed) != minute {
            self.begin(minute);
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        let Some(code) = error else { return };
        let mut state = self.lock();
        state.failures += 1;
        let at = format!("{:.3}", jiff::Timestamp::try_from(SystemTime::now()).unwrap_or_default());
        let first_at = at.clone();
        let entry = || Type { code, count: 0, first_at, last_at: String::new(), operations: BTreeMap::new() };
        let entry = state.types.entry(code.number()).or_insert_with(entry);
        entry.count += 1;
        entry.last_at = at;
        *entry.operations.entry(operation).or_default() += 1;
    }

    /// All of them, `now` on the clock.
    pub fn stats(&self, now: Duration) -> ErrorStats {
        let (state, calls) = (self.lock(), self.calls.load(Ordering::Relaxed));
        let last = |minutes: u64| {
            let begin = (minute(now) + 1).saturating_sub(minutes);
            let first = state.minutes.iter().find(|minute| minute.number >= begin);
            first.map_or((0, 0), |first| (calls - first.calls, state.failures - first.failures))
        };
        let mut categories = BTreeMap::new();
        let mut types = Vec::with_capacity(state.types.len());
        for entry in state.types.values() {
            *categories.entry(entry.code.category()).or_default() += entry.count;
            let entry = ErrorType {
                name: entry.code.name(),
                code: entry.code.number(),
                category: entry.code.category(),
                retryable: entry.code.retryable(),
                count: entry.count,
                first_at: entry.first_at.clone(),
                last_at: entry.last_at.clone(),
                operations: entry.operations.clone(),
            };
            order::put(&mut types, entry, |one, other| other.count.cmp(&one.count));
        }
        let (calls_last_minute, failures_last_minute) = last(1);
        let (calls_last_hour, failures_last_hour) = last(60);
        ErrorStats {
            calls,
            failures: state.failures,
            calls_last_minute,
            failures_last_minute,
            calls_last_hour,
            failures_last_hour,
            categories,
            types,
        }
    }

    /// Notes that a minute begins, if nobody has.
    #[cold]
    fn begin(&self, number: u64) {
        let mut state = self.lock();
        if state.minutes.back().is_some_and(|last| last.number >= number) {
            return;
        }
        if state.minutes.len() == MINUTES {
            state.minutes.pop_front();
        }
        let (calls, failures) = (self.calls.load(Ordering::Relaxed), state.failures);
        state.minutes.push_back(Minute { number, calls, failures });
        self.minute.store(number, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which minute it is, from 1: 0 is none.
fn minute(now: Duration) -> u64 {
    now.as_secs() / 60 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Duration {
        Duration::from_secs(1_000 * 60 + second)
    }

    #[test]
    fn errors_are_counted_by_their_type_and_the_minute_they_came_in() {
        let errors = Errors::default();
        errors.ended(at(0), "plan", None);
        errors.ended(at(1), "plan", Some(Code::Timeout));
        errors.ended(at(61), "act", Some(Code::Timeout));
        errors.ended(at(62), "act", Some(Code::Unauthorized));
        let stats = errors.stats(at(70));
        assert_eq!((stats.calls, stats.failures), (4, 3));
        assert_eq!((stats.calls_last_minute, stats.failures_last_minute), (2, 2));
        assert_eq!((stats.calls_last_hour, stats.failures_last_hour), (4, 3));
        assert_eq!(stats.categories, BTreeMap::from([(Category::Transport, 2), (Category::Security, 1)]));
        let first = &stats.types[0];
        assert_eq!((first.name, first.count, first.retryable), ("KEI_E_TIMEOUT", 2, true));
        assert_eq!(first.operations, BTreeMap::from([("plan", 1), ("act", 1)]));
        assert!(first.first_at <= first.last_at);
        let later = errors.stats(at(3_600 + 130));
        assert_eq!((later.calls, later.calls_last_hour), (4, 0));
    }

    #[test]
    fn the_clocks_first_minute_counts_like_any_other() {
        let errors = Errors::default();
        errors.ended(Duration::ZERO, "plan", Some(Code::Timeout));
        let stats = errors.stats(Duration::ZERO);
        assert_eq!((stats.calls_last_minute, stats.failures_last_hour), (1, 1));
    }

    #[test]
    fn what_ended_more_than_an_hour_ago_is_not_counted_any_more() {
        let errors = Errors::default();
        for number in 0..1000 {
            errors.ended(at(number * 60), "plan", None);
        }
        let stats = errors.stats(at(999 * 60));
        assert_eq!((stats.calls, stats.calls_last_hour, stats.calls_last_minute), (1000, 60, 1));
    }
}
