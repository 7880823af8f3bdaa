//! Further sinks of a log, attached and taken away as it runs: the host's queues.
//!
//! A record is scrubbed before a sink gets it. A sink never blocks: what it has no room for is counted, and told of with the next record that it takes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tracing::Level;
use tracing::level_filters::LevelFilter;

use super::layer::Levels;
use super::line;
use super::writer::gap;
use crate::observe::redact::Redactor;

/// Takes records.
pub trait Tap: Send + Sync + 'static {
    /// Takes a record: a JSON object, and its level from 1 (error) to 5 (trace). False when there is no room. Must not block, and must not log.
    fn record(&self, level: u32, record: &[u8]) -> bool;
}

struct Attached {
    key: u64,
    levels: Levels,
    tap: Box<dyn Tap>,
    missed: AtomicU64,
}

/// The sinks that are attached.
#[derive(Default)]
pub(super) struct Taps {
    all: ArcSwap<Vec<Arc<Attached>>>,
    /// Whether there are any, which takes less time to see.
    any: AtomicBool,
    dropped: AtomicU64,
    changing: Mutex<()>,
}

impl Taps {
    /// Attaches a sink under a key, in place of the one that has it; `None` takes that away.
    pub(super) fn set(&self, key: u64, tap: Option<(Levels, Box<dyn Tap>)>) {
        let _held = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = self.all.load().iter().filter(|attached| attached.key != key).cloned().collect();
        all.extend(tap.map(|(levels, tap)| Arc::new(Attached { key, levels, tap, missed: AtomicU64::new(0) })));
        self.any.store(!all.is_empty(), Ordering::Relaxed);
        self.all.store(Arc::new(all));
    }

    pub(super) fn want(&self, level: Level, target: &str) -> bool {
        self.any.load(Ordering::Relaxed)
            && self.all.load().iter().any(|attached| attached.levels.let_through(level, target))
    }

    pub(super) fn most(&self) -> LevelFilter {
        self.all.load().iter().map(|attached| attached.levels.most()).max().unwrap_or(LevelFilter::OFF)
    }

    /// Hands a line on to those that want it.
    pub(super) fn record(&self, level: Level, target: &str, line: &str, redactor: &Redactor) {
        let all = self.all.load();
        let mut wanting = all.iter().filter(|attached| attached.levels.let_through(level, target)).peekable();
        if wanting.peek().is_none() {
            return;
        }
        let clean = redactor.scrub(line.trim_end());
        for attached in wanting {
            attached.give(number(level), clean.as_bytes(), &self.dropped);
        }
    }

    /// Tells that the log's own sink takes nothing.
    pub(super) fn announce(&self, message: &str, redactor: &Redactor) {
        let (level, target) = (Level::ERROR, "kei_agent::log");
        if self.want(level, target) {
            let write = |line: &mut line::Line<'_>| {
                line.begin(level.as_str(), target);
                line.message(&line::Value::Text(message));
            };
            line::line(redactor, write, |line| self.record(level, target, line, redactor));
        }
    }

    /// How many records were dropped for want of room.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Acquire)
    }
}

impl Attached {
    fn give(&self, level: u32, record: &[u8], dropped: &AtomicU64) {
        let missed = self.missed.swap(0, Ordering::AcqRel);
        let told = missed == 0 || self.tap.record(number(Level::WARN), gap(missed).trim_end().as_bytes());
        if !told || !self.tap.record(level, record) {
            self.missed.fetch_add(if told { 1 } else { missed + 1 }, Ordering::AcqRel);
            dropped.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// A level from 1 (error) to 5 (trace).
pub(super) fn number(level: Level) -> u32 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}
