//! Circuit breakers, one for each operation at each origin: a server that fails too often is left alone for a while.
//!
//! Closed, a breaker counts outcomes in windows of a second. When enough of them failed it opens, and nothing is sent. After a
//! while it lets one probe through at a time; some successes in a row close it, a failure opens it for twice as long.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Verdict;
use super::call::Call;
use crate::clock::SharedClock;
use crate::config::{BreakerConfig, ms};
use crate::error::{Code, Error, Result, millis};

/// How many breakers a client keeps at most; the least recently used closed one makes room.
const MOST: usize = 1024;

/// The state of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Requests pass.
    Closed,
    /// Nothing is sent.
    Open,
    /// One request at a time is let through, to see.
    HalfOpen,
}

/// A breaker as it stands.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BreakerStatus {
    /// The operation.
    pub operation: String,
    /// The origin.
    pub origin: String,
    /// The state.
    pub state: BreakerState,
    /// Outcomes counted in the windows.
    pub samples: u32,
    /// Failures among them.
    pub failures: u32,
    /// When open: in how many milliseconds a probe is let through.
    pub retry_in_ms: Option<u64>,
}

/// The breakers of a client.
pub(super) struct Breakers {
    config: BreakerConfig,
    clock: SharedClock,
    all: Mutex<All>,
}

/// The breakers, by operation and by origin.
#[derive(Default)]
struct All {
    origins: HashMap<Box<str>, HashMap<&'static str, Arc<Mutex<Breaker>>>>,
    count: usize,
}

impl All {
    /// Each with its operation and its origin.
    fn each(&self) -> impl Iterator<Item = (&'static str, &str, &Arc<Mutex<Breaker>>)> {
        self.origins.iter().flat_map(|(origin, operations)| {
            operations.iter().map(move |(operation, breaker)| (*operation, &**origin, breaker))
        })
    }

    fn get(&self, operation: &str, origin: &str) -> Option<&Arc<Mutex<Breaker>>> {
        self.origins.get(origin)?.get(operation)
    }

    fn remove(&mut self, operation: &str, origin: &str) {
        if let Some(operations) = self.origins.get_mut(origin)
            && operations.remove(operation).is_some()
        {
            self.count -= 1;
            if operations.is_empty() {
                self.origins.remove(origin);
            }
        }
    }
}

struct Breaker {
    windows: VecDeque<Window>,
    phase: Phase,
    /// How many times in a row it opened.
    opened: u32,
    used: Duration,
}

struct Window {
    second: u64,
    samples: u32,
    failures: u32,
}

enum Phase {
    Closed,
    Open { until: Duration },
    HalfOpen { probing: bool, successes: u32 },
}

/// What an attempt says of its server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Health {
    /// It answered.
    Well,
    /// It could not be reached, did not answer in time, or failed.
    Ill,
    /// Nothing: what went wrong was not its health.
    Unknown,
}

/// Leave to make one attempt. Its outcome is settled with it; dropped without one, its place is given back.
pub(super) struct Pass<'a> {
    owner: &'a Breakers,
    breaker: Option<Arc<Mutex<Breaker>>>,
    probe: bool,
}

impl Breakers {
    pub(super) fn new(config: &BreakerConfig, clock: SharedClock) -> Self {
        Self { config: config.clone(), clock, all: Mutex::default() }
    }

    /// Leave to send `call`, or the error that says when to come again.
    pub(super) fn admit(&self, call: &Call, now: Duration) -> Result<Pass<'_>> {
        if !self.config.enabled {
            return Ok(Pass { owner: self, breaker: None, probe: false });
        }
        let breaker = self.of(call, now);
        let mut state = lock(&breaker);
        state.used = now;
        if let Phase::Open { until } = state.phase {
            if now < until {
                return Err(refusal(call, until.saturating_sub(now)));
            }
            state.phase = Phase::HalfOpen { probing: false, successes: 0 };
        }
        let probe = match &mut state.phase {
            Phase::HalfOpen { probing: true, .. } => return Err(refusal(call, Duration::ZERO)),
            Phase::HalfOpen { probing, .. } => {
                *probing = true;
                true
            }
            _ => false,
        };
        drop(state);
        Ok(Pass { owner: self, breaker: Some(breaker), probe })
    }

    pub(super) fn status(&self) -> Vec<BreakerStatus> {
        let all = self.all();
        let mut found: Vec<_> = all
            .each()
            .map(|(operation, origin, breaker)| lock(breaker).status(operation, origin, self.clock.now()))
            .collect();
        found.sort_by(|a, b| (&a.operation, &a.origin).cmp(&(&b.operation, &b.origin)));
        found
    }

    /// Closes the breakers of an operation and an origin, or of all of them; answers how many there were.
    pub(super) fn reset(&self, operation: Option<&str>, origin: Option<&str>) -> usize {
        let all = self.all();
        let wanted = |(of, at, _): &(&str, &str, _)| {
            operation.is_none_or(|operation| operation == *of) && origin.is_none_or(|origin| origin == *at)
        };
        let close = |(_, _, breaker)| {
            let mut state = lock(breaker);
            *state = Breaker::new(state.used);
        };
        all.each().filter(wanted).map(close).count()
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, call: &Call, now: Duration) -> Arc<Mutex<Breaker>> {
        let mut all = self.all();
        let origin = call.url.origin();
        if let Some(breaker) = all.get(call.operation, origin) {
            return Arc::clone(breaker);
        }
        if all.count >= MOST {
            let idle = |breaker: &Arc<Mutex<Breaker>>| {
                let state = lock(breaker);
                matches!(state.phase, Phase::Closed).then_some(state.used)
            };
            let closed =
                all.each().filter_map(|(operation, origin, breaker)| Some((idle(breaker)?, operation, origin)));
            if let Some((operation, origin)) = closed.min().map(|(_, operation, origin)| (operation, origin.to_owned()))
            {
                all.remove(operation, &origin);
            }
        }
        let breaker = Arc::new(Mutex::new(Breaker::new(now)));
        all.origins.entry(origin.into()).or_default().insert(call.operation, Arc::clone(&breaker));
        all.count += 1;
        breaker
    }

    fn settle(&self, state: &mut Breaker, probe: bool, health: Health, now: Duration) {
        match &mut state.phase {
            Phase::Closed => {
                let (samples, failures) = state.count(now, health == Health::Ill, u64::from(self.config.window_s));
                let ratio = f64::from(failures) / f64::from(samples);
                if samples >= self.config.min_samples && ratio >= self.config.failure_ratio {
                    self.open(state, now);
                }
            }
            Phase::HalfOpen { probing, successes } if probe => {
                *probing = false;
                match health {
                    Health::Ill => self.open(state, now),
                    Health::Unknown => {}
                    Health::Well => {
                        *successes += 1;
                        if *successes >= self.config.successes_to_close {
                            state.phase = Phase::Closed;
                            state.opened = 0;
                            state.windows.clear();
                            tracing::info!(target: "kei_agent::breaker", "a circuit breaker closed");
                        }
                    }
                }
            }
            // An attempt from before the breaker opened says nothing new.
            Phase::HalfOpen { .. } | Phase::Open { .. } => {}
        }
    }

    fn open(&self, state: &mut Breaker, now: Duration) {
        let doubled = ms(self.config.open_ms).saturating_mul(1_u32.checked_shl(state.opened).unwrap_or(u32::MAX));
        let time = doubled.min(ms(self.config.max_open_ms)).mul_f64(self.clock.uniform(0.8, 1.2));
        state.opened = state.opened.saturating_add(1);
        state.windows.clear();
        state.phase = Phase::Open { until: now + time };
        let open_ms = millis(time);
        tracing::warn!(target: "kei_agent::breaker", open_ms, "a circuit breaker opened: the server failed too often");
    }
}

impl Breaker {
    fn new(used: Duration) -> Self {
        Self { windows: VecDeque::new(), phase: Phase::Closed, opened: 0, used }
    }

    /// Counts an outcome, and answers the samples and failures of the windows that still count.
    fn count(&mut self, now: Duration, failed: bool, seconds: u64) -> (u32, u32) {
        let second = now.as_secs();
        self.windows.retain(|window| window.second + seconds > second);
        match self.windows.back_mut() {
            Some(window) if window.second == second => {
                window.samples += 1;
                window.failures += u32::from(failed);
            }
            _ => self.windows.push_back(Window { second, samples: 1, failures: u32::from(failed) }),
        }
        self.sums()
    }

    fn sums(&self) -> (u32, u32) {
        let sum = |field: fn(&Window) -> u32| self.windows.iter().map(field).sum();
        (sum(|window| window.samples), sum(|window| window.failures))
    }

    fn status(&self, operation: &str, origin: &str, now: Duration) -> BreakerStatus {
        let (samples, failures) = self.sums();
        let (state, retry_in_ms) = match self.phase {
            Phase::Closed => (BreakerState::Closed, None),
            Phase::Open { until } => (BreakerState::Open, Some(millis(until.saturating_sub(now)))),
            Phase::HalfOpen { .. } => (BreakerState::HalfOpen, None),
        };
        let (operation, origin) = (operation.to_owned(), origin.to_owned());
        BreakerStatus { operation, origin, state, samples, failures, retry_in_ms }
    }
}

impl Pass<'_> {
    /// Whether it is a probe of a breaker that is half open.
    pub(super) fn is_probe(&self) -> bool {
        self.probe
    }

    /// The attempt has an outcome, at `now`.
    pub(super) fn settle(mut self, verdict: &Verdict, now: Duration) {
        if let Some(breaker) = self.breaker.take() {
            let health = match verdict {
                Verdict::Bad(failure, _) if failure.trips_breaker => Health::Ill,
                Verdict::Bad(failure, _) if failure.error.http_status.is_none() => Health::Unknown,
                _ => Health::Well,
            };
            self.owner.settle(&mut lock(&breaker), self.probe, health, now);
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let (Some(breaker), true) = (&self.breaker, self.probe)
            && let Phase::HalfOpen { probing, .. } = &mut lock(breaker).phase
        {
            *probing = false;
        }
    }
}

fn lock(breaker: &Arc<Mutex<Breaker>>) -> MutexGuard<'_, Breaker> {
    breaker.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refusal(call: &Call, left: Duration) -> Error {
    let origin = call.url.origin();
    let operation = call.operation;
    let when = if left.is_zero() {
        "a probe is under way".to_owned()
    } else {
        format!("it is tried again in {} ms", left.as_millis().max(1))
    };
    let message = format!("nothing was sent: `{operation}` at {origin} has failed too often of late; {when}");
    let mut error = Error::new(Code::BreakerOpen, message);
    error.retry_after = Some(left);
    error
}
