//! Structured logging: one JSON object a line, secrets masked, written by a thread of its own.
//!
//! A call never waits for a sink: records queue up to a bound, and what does not fit is counted. There is no global subscriber; each
//! runtime has its own, entered on its own threads, so that several runtimes and a host's own logging live side by side.

mod layer;
mod line;
mod scope;
mod sink;
mod tap;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use once_cell::sync::Lazy;
use serde_json::{Map, Value};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Level};

use crate::config::{LogConfig, LogFilter, LogLevel, LogOutput};
use crate::error::{Code, Error, Result};
use crate::observe::redact::Redactor;

pub use scope::{Scope, within};
pub use tap::Tap;

pub use layer::Fact;

use layer::{Levels, Lines, Own, Pipe};
use sink::{Rotating, Sink};
use writer::Writer;

/// A second dispatcher, which wants nothing. While there is only one, `tracing` asks that of the current thread whether a
/// place in the code is to be logged at all, and keeps the answer: a thread of a silent runtime would silence it for everyone.
static OTHER: Lazy<Dispatch> = Lazy::new(|| Dispatch::new(NoSubscriber::new()));

/// The logging of one runtime.
pub struct Logging {
    dispatch: Dispatch,
    pipe: Arc<Pipe>,
    /// The log's own sink while nothing was written to it yet: a silent log has no thread.
    unused: Mutex<Option<Sink>>,
    /// What the configuration says of levels.
    filter: LogFilter,
}

impl Logging {
    /// Starts logging as `config` says; every line passes `redactor`.
    pub fn start(config: &LogConfig, redactor: Arc<Redactor>) -> Result<Self> {
        let file = config.file.as_deref().filter(|path| !path.is_empty());
        let output = config.output.unwrap_or(if file.is_some() { LogOutput::File } else { LogOutput::Stderr });
        let sink = match (output, file) {
            (LogOutput::None, _) => None,
            (LogOutput::Stderr, _) => Some(Sink::Stderr),
            (LogOutput::File, Some(path)) => {
                Some(Sink::File(Box::new(Rotating::open(path, config.max_bytes, config.max_files)?)))
            }
            (LogOutput::File, None) => {
                let message =
                    "`log.file` is missing: set it to the path of the log file, or `log.output` to \"stderr\"";
                return Err(Error::new(Code::ConfigMissing, message));
            }
        };
        let filter = LogFilter { level: config.level, targets: config.targets.clone() };
        Self::to(sink, filter, redactor)
    }

    fn to(sink: Option<Sink>, filter: LogFilter, redactor: Arc<Redactor>) -> Result<Self> {
        Lazy::force(&OTHER);
        let pipe = Arc::new(Pipe::new(redactor));
        let logging = Self::around(pipe, sink, filter);
        logging.set_levels(&logging.filter)?;
        Ok(logging)
    }

    fn around(pipe: Arc<Pipe>, sink: Option<Sink>, filter: LogFilter) -> Self {
        let dispatch = Dispatch::new(Lines(Arc::clone(&pipe)));
        Self { dispatch, pipe, unused: Mutex::new(sink), filter }
    }

    /// Has the log's own sink get these records from now on; false if there is none.
    pub fn set_levels(&self, filter: &LogFilter) -> Result<bool> {
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        let writer = match &*self.pipe.own() {
            Some(own) => Some(Arc::clone(&own.writer)),
            None if filter.is_silent() => None,
            None => unused.take().map(|sink| self.writer(sink)).transpose()?.map(Arc::new),
        };
        let has_sink = writer.is_some() || unused.is_some();
        if let Some(writer) = writer {
            self.pipe.set_own(Own { levels: Levels::of_filter(filter), writer });
        }
        Ok(has_sink)
    }

    fn writer(&self, sink: Sink) -> Result<Writer> {
        let (taps, redactor) = (Arc::clone(&self.pipe.taps), Arc::clone(&self.pipe.redactor));
        let announce = move |message: &str| taps.announce(message, &redactor);
        Writer::start(sink, Arc::clone(&self.pipe.redactor), Box::new(announce))
    }

    /// Hands records to `tap`, too, in place of the one that was attached under the same key. Without a filter, those that the
    /// configuration asks for; with one that lets nothing through, the tap is taken away.
    pub fn attach(&self, key: u64, filter: Option<&LogFilter>, tap: Box<dyn Tap>) {
        let filter = filter.unwrap_or(&self.filter);
        let levels = Levels::of_filter(filter);
        self.pipe.set_tap(key, (!filter.is_silent()).then_some((levels, tap)));
    }

    /// Takes away what was attached under the key.
    pub fn detach(&self, key: u64) {
        self.pipe.set_tap(key, None);
    }

    /// Whether anybody wants a record, for one that takes time to put together.
    pub fn wants(&self, level: Level, target: &str) -> bool {
        level <= LevelFilter::current() && self.pipe.wants(level, target)
    }

    /// Takes a record of the library's own, with the fields of the call that it is written in: what `tracing`'s macros do, in a fraction of the time, for
    /// the record that every call writes.
    pub fn record(&self, level: Level, target: &'static str, message: &str, fields: &[(&'static str, Fact<'_>)]) {
        self.pipe.record(level, target, message, fields);
    }

    /// Takes a record of the host's, which goes where those of the library go. Of its fields, which of them may be shown is up to the caller.
    /// Tells whether any sink wants it.
    pub fn write(&self, level: LogLevel, target: &str, message: &str, fields: &Map<String, Value>) -> bool {
        layer::level(level).is_some_and(|level| self.pipe.write(level, target, message, fields))
    }

    /// What to enter on a thread so that its records come here.
    pub fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }

    /// How many records were dropped because a sink was too slow, or took nothing.
    pub fn dropped(&self) -> u64 {
        self.pipe.taps.dropped() + self.pipe.own().as_ref().map_or(0, |own| own.writer.dropped())
    }

    /// How many bytes of records wait for the log's own sink.
    pub fn waiting(&self) -> usize {
        self.pipe.own().as_ref().map_or(0, |own| own.writer.waiting())
    }

    /// Writes what is queued, and ends the writing thread; gives up after `timeout` if the sink hangs. Later records are dropped.
    pub fn close(&self, timeout: Duration) {
        if let Some(own) = &*self.pipe.own() {
            own.writer.close(timeout);
        }
    }
}

impl Default for Logging {
    /// One that goes nowhere.
    fn default() -> Self {
        let pipe = Arc::new(Pipe::new(Arc::default()));
        Self::around(pipe, None, LogFilter::default())
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        self.close(Duration::from_millis(500));
    }
}
