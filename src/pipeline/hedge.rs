//! Hedging: when an answer takes longer than nearly all others do, the request is sent once more, and the first good answer counts.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::budget::Budget;
use super::call::Call;
use crate::config::{HedgeConfig, ms};

/// How many of the last answers tell how long they take.
const SAMPLES: usize = 256;
/// With fewer nothing is known.
const ENOUGH: usize = 20;
/// How many operations at how many origins are kept apart.
const MOST: usize = 1024;
/// What a hedge costs; each call brings its share of that.
const WHOLE: u64 = 1_000_000;
/// How many hedges may be saved up for.
const SAVED: u64 = 10;

/// The hedges of a client.
pub(super) struct Hedges {
    config: HedgeConfig,
    cost: u32,
    recent: Mutex<HashMap<(&'static str, String), VecDeque<Duration>>>,
    allowance: AtomicU64,
}

impl Hedges {
    pub(super) fn new(config: &HedgeConfig, cost: u32) -> Self {
        Self { config: config.clone(), cost, recent: Mutex::default(), allowance: AtomicU64::new(0) }
    }

    /// After how long `call` is to be sent once more, if it may be.
    pub(super) fn delay(&self, call: &Call) -> Option<Duration> {
        if !self.config.enabled || !call.repeat.is_safe() || call.upgrade.is_some() {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        // From 0 to half a million.
        let share = (self.config.max_share.clamp(0.0, 0.5) * WHOLE as f64) as u64;
        let save = |saved: u64| Some((saved + share).min(SAVED * WHOLE));
        let _ = self.allowance.fetch_update(Ordering::AcqRel, Ordering::Acquire, save);
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut times: Vec<Duration> =
            recent.get(&key(call)).filter(|times| times.len() >= ENOUGH)?.iter().copied().collect();
        drop(recent);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // At most 256.
        let rank = ((times.len() as f64 * self.config.quantile).ceil() as usize).clamp(1, times.len()) - 1;
        let (_, time, _) = times.select_nth_unstable(rank);
        Some((*time).max(ms(self.config.min_delay_ms)))
    }

    /// Leave to send one more request: the share of calls is not used up, and the budget has what it costs.
    pub(super) fn leave(&self, budget: &Budget) -> bool {
        let spend = |saved: u64| saved.checked_sub(WHOLE);
        self.allowance.fetch_update(Ordering::AcqRel, Ordering::Acquire, spend).is_ok() && budget.take(self.cost)
    }

    /// A call that was sent twice came to a good end.
    pub(super) fn succeeded(&self, budget: &Budget) {
        budget.give(self.cost);
    }

    /// `call` was answered after `time`.
    pub(super) fn answered(&self, call: &Call, time: Duration) {
        if !self.config.enabled {
            return;
        }
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= MOST {
            recent.clear();
        }
        let times = recent.entry(key(call)).or_default();
        if times.len() >= SAMPLES {
            times.pop_front();
        }
        times.push_back(time);
    }
}

fn key(call: &Call) -> (&'static str, String) {
    (call.operation, call.url.origin().to_owned())
}
