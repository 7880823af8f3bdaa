//! The thread that scrubs lines and writes them, behind a bounded queue.

use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};
use crate::latch::Latch;
use crate::observe::redact::Redactor;

/// How many records may wait, and how many bytes.
const RECORDS: usize = 8192;
const BYTES: usize = 8 << 20;

/// Where lines go.
pub(super) enum Sink {
    Stderr,
    File(File),
    #[cfg(all(test, unix))]
    Any(Box<dyn Write + Send>),
}

impl Sink {
    /// Writes a line as a whole, and answers whether that went well.
    fn write(&mut self, line: &[u8]) -> bool {
        match self {
            Self::Stderr => stderr(line),
            Self::File(file) => file.write_all(line),
            #[cfg(all(test, unix))]
            Self::Any(sink) => sink.write_all(line),
        }
        .is_ok()
    }
}

/// Writes past the lock that the standard library keeps for standard error: a child forked while a thread holds that would wait for ever.
#[cfg(unix)]
fn stderr(mut line: &[u8]) -> std::io::Result<()> {
    while !line.is_empty() {
        match rustix::io::write(rustix::stdio::stderr(), line) {
            Ok(count) => line = &line[count..],
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn stderr(line: &[u8]) -> std::io::Result<()> {
    std::io::stderr().lock().write_all(line)
}

#[derive(Default)]
struct Shared {
    bytes: AtomicUsize,
    dropped: AtomicU64,
    ended: Latch,
}

/// The writer.
pub(super) struct Writer {
    queue: Mutex<Option<SyncSender<String>>>,
    shared: Arc<Shared>,
}

impl Writer {
    pub(super) fn start(sink: Sink, redactor: Arc<Redactor>) -> Result<Self> {
        let (queue, lines) = sync_channel(RECORDS);
        let shared = Arc::new(Shared::default());
        let inside = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("kei-log".to_owned())
            .spawn(move || {
                run(sink, &lines, &redactor, &inside);
                inside.ended.set();
            })
            .map_err(|error| Error::new(Code::Overloaded, format!("no thread could be made: {error}")))?;
        Ok(Self { queue: Mutex::new(Some(queue)), shared })
    }

    /// Queues a line; drops and counts it if there is no room.
    pub(super) fn write(&self, line: String) {
        let length = line.len();
        if self.shared.bytes.fetch_add(length, Ordering::AcqRel) + length <= BYTES {
            let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            if queue.as_ref().is_some_and(|queue| queue.try_send(line).is_ok()) {
                return;
            }
        }
        self.shared.bytes.fetch_sub(length, Ordering::AcqRel);
        self.shared.dropped.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Acquire)
    }

    /// Takes no more lines, and waits up to `timeout` for those queued to be written.
    pub(super) fn close(&self, timeout: Duration) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.shared.ended.wait_until(Instant::now().checked_add(timeout));
    }
}

fn run(mut sink: Sink, lines: &Receiver<String>, redactor: &Redactor, shared: &Shared) {
    let mut told = 0;
    for line in lines {
        shared.bytes.fetch_sub(line.len(), Ordering::AcqRel);
        if !sink.write(redactor.scrub(&line).as_bytes()) {
            shared.dropped.fetch_add(1, Ordering::AcqRel);
            continue;
        }
        let dropped = shared.dropped.load(Ordering::Acquire);
        if dropped > told && sink.write(gap(dropped - told).as_bytes()) {
            told = dropped;
        }
    }
}

/// The line that tells of dropped records.
pub(super) fn gap(count: u64) -> String {
    let now = jiff::Timestamp::now();
    let fixed = r#""level":"WARN","target":"kei_agent::log","message":"records dropped""#;
    format!("{{\"timestamp\":\"{now:.6}\",{fixed},\"dropped\":{count}}}\n")
}
