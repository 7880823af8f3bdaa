//! What went wrong, counted by its type: never by words in a message.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Category, Code};
use crate::order;

/// How many minutes are told one by one.
const MINUTES: usize = 60;

/// The errors of a runtime.
#[derive(Default)]
pub struct Errors(Mutex<State>);

#[derive(Default)]
struct State {
    calls: u64,
    failures: u64,
    types: BTreeMap<i32, Type>,
    /// Calls and failures by the minute since 1970 that they ended in, the last of them.
    minutes: BTreeMap<u64, Minute>,
}

struct Type {
    code: Code,
    count: u64,
    first_at: String,
    last_at: String,
    operations: BTreeMap<&'static str, u64>,
}

#[derive(Default, Clone, Copy)]
struct Minute {
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
    /// An operation ended, with an error or without.
    pub fn ended(&self, operation: &'static str, error: Option<Code>) {
        self.ended_at(SystemTime::now(), operation, error);
    }

    fn ended_at(&self, now: SystemTime, operation: &'static str, error: Option<Code>) {
        let minute = minute(now);
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.calls += 1;
        let failed = u64::from(error.is_some());
        state.failures += failed;
        let place = state.minutes.entry(minute).or_default();
        place.calls += 1;
        place.failures += failed;
        if state.minutes.len() > MINUTES {
            state.minutes.pop_first();
        }
        let Some(code) = error else { return };
        let at = format!("{:.3}", jiff::Timestamp::try_from(now).unwrap_or_default());
        let first_at = at.clone();
        let entry = || Type { code, count: 0, first_at, last_at: String::new(), operations: BTreeMap::new() };
        let entry = state.types.entry(code.number()).or_insert_with(entry);
        entry.count += 1;
        entry.last_at = at;
        *entry.operations.entry(operation).or_default() += 1;
    }

    /// All of them.
    pub fn stats(&self) -> ErrorStats {
        self.stats_at(SystemTime::now())
    }

    fn stats_at(&self, now: SystemTime) -> ErrorStats {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = |minutes: u64| {
            let begin = (minute(now) + 1).saturating_sub(minutes);
            state.minutes.range(begin..).fold(Minute::default(), |sum, (_, minute)| Minute {
                calls: sum.calls + minute.calls,
                failures: sum.failures + minute.failures,
            })
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
        let (of_minute, of_hour) = (last(1), last(60));
        ErrorStats {
            calls: state.calls,
            failures: state.failures,
            calls_last_minute: of_minute.calls,
            failures_last_minute: of_minute.failures,
            calls_last_hour: of_hour.calls,
            failures_last_hour: of_hour.failures,
            categories,
            types,
        }
    }
}

fn minute(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / 60
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000 / 60 * 60 + second)
    }

    #[test]
    fn errors_are_counted_by_their_type_and_the_minute_they_came_in() {
        let errors = Errors::default();
        errors.ended_at(at(0), "plan", None);
        errors.ended_at(at(1), "plan", Some(Code::Timeout));
        errors.ended_at(at(61), "act", Some(Code::Timeout));
        errors.ended_at(at(62), "act", Some(Code::Unauthorized));
        let stats = errors.stats_at(at(70));
        assert_eq!((stats.calls, stats.failures), (4, 3));
        assert_eq!((stats.calls_last_minute, stats.failures_last_minute), (2, 2));
        assert_eq!((stats.calls_last_hour, stats.failures_last_hour), (4, 3));
        assert_eq!(stats.categories, BTreeMap::from([(Category::Transport, 2), (Category::Security, 1)]));
        let first = &stats.types[0];
        assert_eq!((first.name, first.count, first.retryable), ("KEI_E_TIMEOUT", 2, true));
        assert_eq!(first.operations, BTreeMap::from([("plan", 1), ("act", 1)]));
        assert!(first.first_at < first.last_at);
        let later = errors.stats_at(at(3_600 + 130));
        assert_eq!((later.calls, later.calls_last_hour), (4, 0));
    }

    #[test]
    fn no_more_than_an_hour_of_minutes_is_kept() {
        let errors = Errors::default();
        for number in 0..1000 {
            errors.ended_at(at(number * 60), "plan", None);
        }
        assert_eq!(errors.0.lock().unwrap().minutes.len(), MINUTES);
        assert_eq!(errors.stats_at(at(999 * 60)).calls_last_hour, 60);
    }
}
