//! The thread that scrubs lines and writes them.
//!
//! Lines are put one after the other into a batch, which the thread takes as a whole: so the one who logs copies a few hundred bytes, and the sink gets one
//! write for many. A batch is bounded; what does not fit is dropped and counted, and so is what the sink does not take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::sink::Sink;
use crate::error::Result;
use crate::latch::Latch;
use crate::observe::redact::Redactor;
use crate::thread;

/// How many bytes may wait.
const BYTES: usize = 8 << 20;
/// A buffer that grew past this is not kept.
const KEPT: usize = 1 << 20;
/// How long lines wait for others to be written with, and how many bytes are not waited for. Waking a thread for each line, and writing each by itself, takes
/// several times as long as all the rest; doing so each millisecond still takes a hundredth of a busy processor.
const LINGER: Duration = Duration::from_millis(5);
const ENOUGH: usize = 64 << 10;

/// Tells others than the sink itself why it takes nothing.
pub(super) type Announce = Box<dyn Fn(&str) + Send>;

struct Shared {
    batch: Mutex<Batch>,
    /// There is something, and there is enough, or something that is not to wait.
    filled: Condvar,
    enough: Condvar,
    dropped: AtomicU64,
    ended: Latch,
}

struct Batch {
    lines: String,
    open: bool,
    urgent: bool,
}

/// The writer.
pub(super) struct Writer {
    shared: Arc<Shared>,
}

impl Writer {
    pub(super) fn start(sink: Sink, redactor: Arc<Redactor>, announce: Announce) -> Result<Self> {
        let shared = Arc::new(Shared {
            batch: Mutex::new(Batch { lines: String::new(), open: true, urgent: false }),
            filled: Condvar::new(),
            enough: Condvar::new(),
            dropped: AtomicU64::new(0),
            ended: Latch::default(),
        });
        let inside = Arc::clone(&shared);
        thread::spawn("kei-log", move || {
            Run { sink, redactor, shared: &inside, told: 0, failing: false, announce }.run();
            inside.ended.set();
        })?;
        Ok(Self { shared })
    }

    /// Queues a line, its end included, to be written at once if it is urgent; drops and counts it if there is no room.
    pub(super) fn write(&self, line: &str, urgent: bool) {
        let mut batch = self.shared.lock();
        if !batch.open || batch.lines.len() + line.len() > BYTES {
            drop(batch);
            self.shared.dropped.fetch_add(1, Ordering::AcqRel);
            return;
        }
        let before = batch.lines.len();
        batch.lines.push_str(line);
        let enough = (before < ENOUGH && batch.lines.len() >= ENOUGH) || (urgent && !batch.urgent);
        batch.urgent |= urgent;
        drop(batch);
        if before == 0 {
            self.shared.filled.notify_one();
        }
        if enough {
            self.shared.enough.notify_one();
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Acquire)
    }

    /// How many bytes wait to be written.
    pub(super) fn waiting(&self) -> usize {
        self.shared.lock().lines.len()
    }

    /// Takes no more lines, and waits up to `timeout` for those queued to be written.
    pub(super) fn close(&self, timeout: Duration) {
        self.shared.lock().open = false;
        self.shared.filled.notify_one();
        self.shared.enough.notify_one();
        self.shared.ended.wait_until(Instant::now().checked_add(timeout));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Batch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Swaps the batch for `spare` once there is something in it; false when there never will be.
    fn take(&self, spare: &mut String) -> bool {
        let batch = self.lock();
        let batch = self
            .filled
            .wait_while(batch, |batch| batch.lines.is_empty() && batch.open)
            .unwrap_or_else(PoisonError::into_inner);
        let (mut batch, _) = self
            .enough
            .wait_timeout_while(batch, LINGER, |batch| batch.lines.len() < ENOUGH && batch.open && !batch.urgent)
            .unwrap_or_else(PoisonError::into_inner);
        batch.urgent = false;
        std::mem::swap(&mut batch.lines, spare);
        !spare.is_empty()
    }
}

/// The thread's own.
struct Run<'a> {
    sink: Sink,
    redactor: Arc<Redactor>,
    shared: &'a Shared,
    /// How many dropped records the sink was told of.
    told: u64,
    /// Whether the sink took nothing the last time.
    failing: bool,
    announce: Announce,
}

impl Run<'_> {
    fn run(mut self) {
        let mut lines = String::new();
        while self.shared.take(&mut lines) {
            if self.redactor.is_clean(&lines) {
                self.write(&lines);
            } else {
                // Each by itself: a shape must not reach from one into the next.
                let clean: String = lines.split_inclusive('\n').map(|line| self.redactor.scrub(line)).collect();
                self.write(&clean);
            }
            if lines.capacity() > KEPT {
                lines = String::new();
            }
            lines.clear();
        }
    }

    fn write(&mut self, lines: &str) {
        // Said before what came after it.
        let dropped = self.shared.dropped.load(Ordering::Acquire);
        if dropped > self.told && self.sink.write(gap(dropped - self.told).as_bytes()).is_ok() {
            self.told = dropped;
        }
        match self.sink.write(lines.as_bytes()) {
            Ok(()) => self.failing = false,
            Err(failure) => {
                let lost = lines[failure.written..].matches('\n').count();
                self.shared.dropped.fetch_add(lost as u64, Ordering::AcqRel);
                if !std::mem::replace(&mut self.failing, true) {
                    (self.announce)(&format!("{} takes no records: {}", self.sink.name(), failure.error));
                }
            }
        }
    }
}

/// The line that tells of dropped records.
pub(super) fn gap(count: u64) -> String {
    let now = jiff::Timestamp::now();
    let fixed = r#""level":"WARN","target":"kei_agent::log","message":"records dropped""#;
    format!("{{\"timestamp\":\"{now:.6}\",{fixed},\"dropped\":{count}}}\n")
}
