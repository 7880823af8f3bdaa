//! From `tracing` events, and from the host's own records, to lines for the sinks.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use serde_json::{Map, Value as Json};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use super::line::{self, Line, Message, OfEvent, Value};
use super::scope;
use super::tap::{Tap, Taps, number};
use super::writer::Writer;
use crate::config::{LogFilter, LogLevel};
use crate::observe::redact::Redactor;
use crate::order;

/// How much is logged, by target.
pub(super) struct Levels {
    default: LevelFilter,
    /// Prefixes of targets, the longest first.
    targets: Vec<(String, LevelFilter)>,
}

impl Levels {
    pub(super) fn new(default: LogLevel, targets: &BTreeMap<String, LogLevel>) -> Self {
        let mut all: Vec<(String, LevelFilter)> = Vec::new();
        for (target, level) in targets {
            order::put(&mut all, (target.clone(), filter(*level)), |(one, _), (other, _)| other.len().cmp(&one.len()));
        }
        Self { default: filter(default), targets: all }
    }

    pub(super) fn of_filter(filter: &LogFilter) -> Self {
        Self::new(filter.level, &filter.targets)
    }

    fn of(&self, target: &str) -> LevelFilter {
        let covers =
            |prefix: &str| target.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        self.targets.iter().find(|(prefix, _)| covers(prefix)).map_or(self.default, |(_, level)| *level)
    }

    pub(super) fn let_through(&self, level: Level, target: &str) -> bool {
        level <= self.of(target)
    }

    pub(super) fn most(&self) -> LevelFilter {
        self.targets.iter().map(|(_, level)| *level).fold(self.default, std::cmp::max)
    }
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

/// The level of a record; none for `Off`.
pub(super) fn level(level: LogLevel) -> Option<Level> {
    filter(level).into_level()
}

/// The log's own sink, and how much goes there.
pub(super) struct Own {
    pub(super) levels: Levels,
    pub(super) writer: Arc<Writer>,
}

/// What a field of the library's own records says.
#[derive(Debug, Clone, Copy)]
pub enum Fact<'a> {
    /// A text.
    Text(&'a str),
    /// A number.
    Count(u64),
    /// Whether something is so.
    Is(bool),
}

/// What leads to the sinks.
pub(super) struct Pipe {
    own: ArcSwapOption<Own>,
    pub(super) taps: Arc<Taps>,
    pub(super) redactor: Arc<Redactor>,
    /// The least important level that any sink takes, as [`number`] tells it.
    most: AtomicU32,
    changing: Mutex<()>,
}

impl Pipe {
    pub(super) fn new(redactor: Arc<Redactor>) -> Self {
        let (own, taps) = (ArcSwapOption::empty(), Arc::default());
        Self { own, taps, redactor, most: AtomicU32::new(0), changing: Mutex::default() }
    }

    /// The log's own sink, if it has one.
    pub(super) fn own(&self) -> impl Deref<Target = Option<Arc<Own>>> {
        self.own.load()
    }

    /// Has the log's own sink be another, or take other levels.
    pub(super) fn set_own(&self, own: Own) {
        self.own.store(Some(Arc::new(own)));
        self.changed();
    }

    /// Attaches a further sink under a key, in place of the one that has it; `None` takes that away.
    pub(super) fn set_tap(&self, key: u64, tap: Option<(Levels, Box<dyn Tap>)>) {
        self.taps.set(key, tap);
        self.changed();
    }

    /// A sink or its levels changed.
    fn changed(&self) {
        {
            // Whoever comes last sees all that was changed.
            let _held = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
            self.most.store(self.level().into_level().map_or(0, number), Ordering::Relaxed);
        }
        // What is logged at all is remembered for each place in the code, and must be asked again.
        tracing::callsite::rebuild_interest_cache();
    }

    /// The least important level that any sink takes.
    fn level(&self) -> LevelFilter {
        let own = self.own.load().as_ref().map_or(LevelFilter::OFF, |own| own.levels.most());
        own.max(self.taps.most())
    }

    pub(super) fn wants(&self, level: Level, target: &str) -> bool {
        number(level) <= self.most.load(Ordering::Relaxed)
            && (self.own.load().as_ref().is_some_and(|own| own.levels.let_through(level, target))
                || self.taps.want(level, target))
    }

    /// Hands on what `write` writes; tells whether anyone wants it.
    fn offer(&self, level: Level, target: &str, write: impl FnOnce(&mut Line<'_>)) -> bool {
        if number(level) > self.most.load(Ordering::Relaxed) {
            return false;
        }
        let own = self.own.load();
        let own = own.as_ref().filter(|own| own.levels.let_through(level, target));
        let tapped = self.taps.want(level, target);
        if own.is_none() && !tapped {
            return false;
        }
        line::line(&self.redactor, write, |line| {
            if tapped {
                self.taps.record(level, target, line, &self.redactor);
            }
            if let Some(own) = own {
                own.writer.write(line, level == Level::ERROR);
            }
        });
        true
    }

    /// A record of the library's own.
    pub(super) fn record(
        &self,
        level: Level,
        target: &'static str,
        message: &str,
        fields: &[(&'static str, Fact<'_>)],
    ) {
        self.offer(level, target, |line| {
            line.begin(level.as_str(), target);
            line.message(&Value::Text(message));
            scope::each(&mut |name, value| {
                if fields.iter().all(|(own, _)| *own != name) {
                    line.fact(name, &Value::Text(value));
                }
            });
            for (name, fact) in fields {
                match fact {
                    Fact::Text(text) => line.fact(name, &Value::Text(text)),
                    Fact::Count(count) => line.fact(name, &Value::Json(itoa::Buffer::new().format(*count))),
                    Fact::Is(is) => line.fact(name, &Value::Json(if *is { "true" } else { "false" })),
                }
            }
        });
    }

    /// A record of the host's; tells whether anyone wants it.
    pub(super) fn write(&self, level: Level, target: &str, message: &str, fields: &Map<String, Json>) -> bool {
        self.offer(level, target, |line| {
            line.begin(level.as_str(), target);
            line.message(&Value::Text(message));
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                line.given(name, &Value::Json(&value.to_string()));
            }
        })
    }
}

/// Writes events as lines. Spans, which only libraries beneath this one make, are left out.
pub(super) struct Lines(pub(super) Arc<Pipe>);

impl Subscriber for Lines {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Asked again for every place in the code when a sink or a level changes.
        if self.enabled(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && self.0.wants(*metadata.level(), metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0.level())
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        self.0.offer(level, target, |line| {
            line.begin(level.as_str(), target);
            let mut message = Message { line: &mut *line, found: false };
            event.record(&mut message);
            if !message.found {
                line.message(&Value::Text(""));
            }
            event.record(&mut OfEvent(line));
            scope::each(&mut |name, value| line.of_scope(name, value));
        });
    }
}
