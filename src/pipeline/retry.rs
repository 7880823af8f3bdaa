//! Whether a failed attempt is followed by another, and after how long.
//!
//! What was not sent may always be sent again, the first time without drawing on the budget. What may have reached
//! the server is sent again only if that is safe. What the server refused for good is not.

use std::time::Duration;

use super::answer::{Class, Failure};
use super::budget::Budget;
use super::deadline::Waiting;
use crate::clock::{Clock, SharedClock};
use crate::config::{Protocol, RetryConfig, RetryOverride, RetryStrategy, ms};

/// The policy of one call.
pub(super) struct Policy<'a> {
    config: &'a RetryConfig,
    max_attempts: u32,
    strategy: RetryStrategy,
    base: Duration,
    max_delay: Duration,
    safe: bool,
}

/// The retries that a call has made.
#[derive(Default)]
pub(super) struct Retries {
    count: u32,
    /// What the last one drew from the budget.
    pub(super) last_cost: u32,
}

impl Retries {
    pub(super) fn any(&self) -> bool {
        self.count > 0
    }
}

/// What to do after a failure.
pub(super) enum Decision {
    Again { delay: Duration, reason: &'static str },
    Stand { why: &'static str },
}

impl<'a> Policy<'a> {
    /// The policy of a call by `protocol`: its own `other` first, then the protocol's, then everyone's.
    pub(super) fn new(config: &'a RetryConfig, protocol: Protocol, other: Option<&RetryOverride>, safe: bool) -> Self {
        let all = [other, config.protocols.get(&protocol)];
        Self {
            max_attempts: pick(all, |over| over.max_attempts).unwrap_or(config.max_attempts).max(1),
            strategy: pick(all, |over| over.strategy).unwrap_or(config.strategy),
            base: ms(pick(all, |over| over.base_ms).unwrap_or(config.base_ms)),
            max_delay: ms(pick(all, |over| over.max_delay_ms).unwrap_or(config.max_delay_ms)),
            config,
            safe,
        }
    }

    pub(super) fn decide(
        &self,
        failure: &Failure,
        retries: &mut Retries,
        waiting: &Waiting<'_>,
        budget: &Budget,
        clock: &SharedClock,
    ) -> Decision {
        let (reason, throttled) = match failure.class {
            Class::Final => return Decision::Stand { why: "final" },
            Class::Ambiguous if !self.safe => return Decision::Stand { why: "unsafe" },
            Class::Ambiguous => ("no usable answer", false),
            Class::NotSent => ("not sent", false),
            Class::Throttled => ("throttled", true),
        };
        if retries.count + 1 >= self.max_attempts {
            return Decision::Stand { why: "attempts" };
        }
        let delay = match failure.retry_after {
            Some(wish) if wish > ms(self.config.max_retry_after_ms).min(waiting.left()) => {
                return Decision::Stand { why: "retry_after" };
            }
            Some(wish) => wish.mul_f64(clock.uniform(1.0, 1.1)),
            None => self.delay(retries.count, throttled, &**clock),
        };
        if delay >= waiting.left() {
            return Decision::Stand { why: "deadline" };
        }
        let cost = match failure.class {
            Class::NotSent if retries.count == 0 => 0,
            Class::Throttled => self.config.throttle_cost,
            _ => self.config.retry_cost,
        };
        if !budget.take(cost) {
            return Decision::Stand { why: "budget" };
        }
        retries.count += 1;
        retries.last_cost = cost;
        Decision::Again { delay, reason }
    }

    /// The delay before retry number `count`, from 0.
    pub(super) fn delay(&self, count: u32, throttled: bool, clock: &dyn Clock) -> Duration {
        let base = if throttled { self.base.max(ms(self.config.throttle_base_ms)) } else { self.base };
        let times = |factor: u32| base.saturating_mul(factor).min(self.max_delay);
        let doubled = times(1_u32.checked_shl(count).unwrap_or(u32::MAX));
        match self.strategy {
            RetryStrategy::FullJitter => doubled.mul_f64(clock.uniform(0.0, 1.0)),
            RetryStrategy::Fixed => times(1),
            RetryStrategy::Linear => times(count.saturating_add(1)),
            RetryStrategy::Exponential => doubled,
            RetryStrategy::Fibonacci => times(fibonacci(count)),
        }
    }
}

fn pick<T>(all: [Option<&RetryOverride>; 2], field: fn(&RetryOverride) -> Option<T>) -> Option<T> {
    all.into_iter().flatten().find_map(field)
}

/// 1, 1, 2, 3, 5, …
fn fibonacci(count: u32) -> u32 {
    let mut pair = (1_u32, 1_u32);
    for _ in 0..count {
        pair = (pair.1, pair.0.saturating_add(pair.1));
    }
    pair.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::VirtualClock;
    use std::time::SystemTime;

    const SEED: u64 = 20_261_123;

    #[tokio::test(start_paused = true)]
    async fn delays_are_full_jitter() {
        println!("seed {SEED}");
        let clock = VirtualClock::new(SystemTime::UNIX_EPOCH, SEED);
        let config = RetryConfig::default();
        let policy = Policy::new(&config, Protocol::Http, None, true);
        for (count, throttled, high) in [(0, false, 0.05), (1, false, 0.1), (20, false, 20.0), (0, true, 1.0)] {
            let mut drawn: Vec<f64> =
                (0..4000).map(|_| policy.delay(count, throttled, &clock).as_secs_f64() / high).collect();
            drawn.sort_by(f64::total_cmp);
            let n = 4000.0;
            #[allow(clippy::cast_precision_loss)] // A few thousand samples.
            let distance = drawn
                .iter()
                .enumerate()
                .map(|(index, value)| (value - index as f64 / n).abs().max((value - (index + 1) as f64 / n).abs()))
                .fold(0.0, f64::max);
            // The Kolmogorov–Smirnov bound at the 0.1 % level.
            assert!(distance < 1.95 / f64::sqrt(n), "delay {count}: distance {distance}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn other_strategies_grow_as_their_names_say() {
        let clock = VirtualClock::new(SystemTime::UNIX_EPOCH, SEED);
        let delays = |strategy| {
            let config = RetryConfig { strategy, ..RetryConfig::default() };
            let policy = Policy::new(&config, Protocol::Http, None, true);
            (0..5).map(|count| policy.delay(count, false, &clock).as_millis()).collect::<Vec<_>>()
        };
        assert_eq!(delays(RetryStrategy::Fixed), [50, 50, 50, 50, 50]);
        assert_eq!(delays(RetryStrategy::Linear), [50, 100, 150, 200, 250]);
        assert_eq!(delays(RetryStrategy::Exponential), [50, 100, 200, 400, 800]);
        assert_eq!(delays(RetryStrategy::Fibonacci), [50, 50, 100, 150, 250]);
    }
}
