//! What waits to be exported to a collector: spans that have ended, and log records. It is bounded, so that a collector that is slow or gone
//! costs neither time nor memory; what does not fit is dropped and counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use super::trace::Trace;
use crate::clock::SharedClock;
use crate::config::OtlpConfig;
use crate::error::Code;

/// How much may wait of each kind.
const MOST: usize = 8_192;
const MOST_BYTES: usize = 8 << 20;
/// How much is sent at once, and is not waited beyond.
pub(crate) const BATCH: usize = 512;

/// What leaves for the collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Numbers.
    Metrics,
    /// Log records.
    Logs,
}

impl Signal {
    /// All of them.
    pub const fn all() -> [Self; 3] {
        [Self::Traces, Self::Metrics, Self::Logs]
    }

    /// Its name, in the collector's paths and in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
        }
    }
}

/// What a runtime exports.
#[derive(Default)]
pub struct Exports {
    /// Whether spans are, and of how many traces that begin here.
    ratio: Option<f64>,
    /// Spans that have ended.
    pub spans: Waiting<Span>,
    /// Log records, each a JSON object that is scrubbed already.
    pub logs: Waiting<Vec<u8>>,
    dropped: [AtomicU64; 3],
}

impl Exports {
    /// Those that the configuration asks for.
    pub fn new(config: &OtlpConfig) -> Self {
        let on = config.endpoint.as_deref().is_some_and(|text| !text.trim().is_empty());
        Self { ratio: (on && config.traces).then_some(config.sample_ratio), ..Self::default() }
    }

    /// Of how many traces that begin here spans are kept.
    pub fn ratio(&self) -> f64 {
        self.ratio.unwrap_or(0.0)
    }

    /// Begins a span, if it is to be kept. `name` is made only then.
    pub fn begin<'a>(
        &'a self,
        trace: &Trace,
        kind: SpanKind,
        clock: &'a SharedClock,
        name: impl FnOnce() -> String,
    ) -> Option<Live<'a>> {
        self.ratio.filter(|_| trace.is_sampled())?;
        let span = Box::new(Span {
            name: name(),
            kind,
            trace: trace.clone(),
            start: clock.wall(),
            time: Duration::ZERO,
            attributes: Vec::new(),
            error: None,
        });
        Some(Live { exports: self, clock, start: clock.now(), span: Some(span) })
    }

    /// That much of a signal was lost.
    pub fn lost(&self, signal: Signal, count: usize) {
        self.dropped[signal as usize].fetch_add(count as u64, Ordering::AcqRel);
    }

    /// How much of a signal was lost.
    pub fn dropped(&self, signal: Signal) -> u64 {
        let waiting = match signal {
            Signal::Traces => self.spans.dropped(),
            Signal::Metrics => 0,
            Signal::Logs => self.logs.dropped(),
        };
        waiting + self.dropped[signal as usize].load(Ordering::Acquire)
    }
}

/// Things that wait to be taken, up to a bound.
pub struct Waiting<T> {
    queue: Mutex<Queue<T>>,
    dropped: AtomicU64,
    enough: Notify,
}

struct Queue<T> {
    items: Vec<T>,
    bytes: usize,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        let queue = Mutex::new(Queue { items: Vec::new(), bytes: 0 });
        Self { queue, dropped: AtomicU64::new(0), enough: Notify::new() }
    }
}

impl<T> Waiting<T> {
    /// Adds one of so many bytes; false, and it is counted as dropped, when there is no room.
    pub fn push(&self, item: T, bytes: usize) -> bool {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.items.len() >= MOST || queue.bytes + bytes > MOST_BYTES {
            drop(queue);
            self.dropped.fetch_add(1, Ordering::AcqRel);
            return false;
        }
        queue.items.push(item);
        queue.bytes += bytes;
        let enough = queue.items.len() == BATCH;
        drop(queue);
        if enough {
            self.enough.notify_one();
        }
        true
    }

    /// Takes all of them.
    pub fn take(&self) -> Vec<T> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.bytes = 0;
        std::mem::take(&mut queue.items)
    }

    /// Waits until there is enough for a batch.
    pub async fn enough(&self) {
        self.enough.notified().await;
    }

    fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Acquire)
    }
}

/// Which side of a call a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// Work of the library's own.
    Internal,
    /// A request to a server.
    Client,
}

/// A span that has ended.
#[derive(Debug, Clone)]
pub struct Span {
    /// What it is of, in a few words that repeat.
    pub name: String,
    /// Which side of a call it is.
    pub kind: SpanKind,
    /// Where it stands.
    pub trace: Trace,
    /// When it began, by the time of day.
    pub start: SystemTime,
    /// How long it took.
    pub time: Duration,
    /// Its attributes, by OpenTelemetry's names where it has them.
    pub attributes: Vec<(&'static str, Attribute)>,
    /// What failed, if it did.
    pub error: Option<String>,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
}

impl From<String> for Attribute {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u16> for Attribute {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Attribute {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

/// A span that runs. One that is dropped before it ended was cancelled.
pub struct Live<'a> {
    exports: &'a Exports,
    clock: &'a SharedClock,
    start: Duration,
    /// On the heap: most calls have none, and keep no room for it.
    span: Option<Box<Span>>,
}

impl Live<'_> {
    /// Adds an attribute.
    pub fn with(&mut self, name: &'static str, value: impl Into<Attribute>) {
        if let Some(span) = &mut self.span {
            span.attributes.push((name, value.into()));
        }
    }

    /// Adds an attribute where there is one.
    pub fn with_some(&mut self, name: &'static str, value: Option<impl Into<Attribute>>) {
        if let Some(value) = value {
            self.with(name, value);
        }
    }

    /// Notes that it failed: the type of the error, and what it says.
    pub fn failed(&mut self, kind: impl Into<Attribute>, message: String) {
        self.with("error.type", kind);
        if let Some(span) = &mut self.span {
            span.error = Some(message);
        }
    }

    /// Ends it.
    pub fn end(mut self) {
        self.keep();
    }

    fn keep(&mut self) {
        if let Some(mut span) = self.span.take() {
            span.time = self.clock.now().saturating_sub(self.start);
            let size = size_of::<Span>() + 64 * span.attributes.len();
            self.exports.spans.push(*span, size);
        }
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        if self.span.is_some() {
            self.failed(Code::Cancelled.name(), "it was not waited for any longer".to_owned());
            self.keep();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::observe::trace::Given;

    fn exports(ratio: f64) -> Exports {
        let endpoint = Some("http://127.0.0.1:4318".to_owned());
        Exports::new(&OtlpConfig { endpoint, sample_ratio: ratio, ..OtlpConfig::default() })
    }

    #[test]
    fn a_span_is_kept_only_when_its_trace_is_sampled_and_there_is_a_collector() {
        let clock: SharedClock = Arc::new(SystemClock);
        for (exports, kept) in [(exports(1.0), 1), (exports(0.0), 0), (Exports::default(), 0)] {
            let trace = Trace::of(&Given::default(), exports.ratio());
            if let Some(span) = exports.begin(&trace, SpanKind::Client, &clock, || "GET".to_owned()) {
                span.end();
            }
            assert_eq!(exports.spans.take().len(), kept);
        }
    }

    #[test]
    fn a_span_that_nobody_ends_was_cancelled() {
        let (exports, clock): (_, SharedClock) = (exports(1.0), Arc::new(SystemClock));
        let trace = Trace::of(&Given::default(), 1.0);
        drop(exports.begin(&trace, SpanKind::Internal, &clock, || "plan".to_owned()));
        let spans = exports.spans.take();
        assert_eq!(spans[0].attributes, [("error.type", "KEI_E_CANCELLED".into())]);
        assert!(spans[0].error.is_some());
    }

    #[test]
    fn what_waits_is_bounded_by_number_and_by_size_and_the_rest_is_counted() {
        let exports = exports(1.0);
        for _ in 0..MOST + 5 {
            exports.logs.push(Vec::new(), 1);
        }
        assert_eq!(exports.dropped(Signal::Logs), 5);
        assert_eq!(exports.logs.take().len(), MOST);
        assert!(exports.logs.push(Vec::new(), MOST_BYTES) && !exports.logs.push(Vec::new(), 1));
        assert!(exports.logs.take().len() == 1 && exports.logs.push(Vec::new(), 1), "room is made by taking");
        exports.lost(Signal::Traces, 3);
        assert_eq!((exports.dropped(Signal::Logs), exports.dropped(Signal::Traces)), (6, 3));
    }
}
