//! The audit log: who did what, chained by hashes and signed, so that no record is changed, added or taken away unseen.
//!
//! Records are written by a thread of their own. What is noted never waits; a call that may not go on without its record waits for it. The format is told
//! in `chain`, so that anyone can verify it without this library.

mod chain;
mod file;
mod key;
#[cfg(test)]
mod tests;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tokio::sync::oneshot;
use tracing::Dispatch;

use crate::config::{AuditConfig, AuditFailure, ms};
use crate::error::{Code, Error, Result};
use crate::latch::Latch;
use crate::observe::redact::Redactor;
use crate::private;
use file::Trail;
use key::Signer;

pub use verify::{Problem, Verified};

/// How many records may wait to be written.
const WAITING: usize = 8192;

/// The audit of a runtime, or none.
#[derive(Default)]
pub struct Audit(Option<Inner>);

struct Inner {
    path: PathBuf,
    deny: bool,
    queue: Mutex<Option<SyncSender<Entry>>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    written: AtomicU64,
    lost: AtomicU64,
    ended: Latch,
}

struct Entry {
    body: Map<String, Value>,
    written: Option<oneshot::Sender<Option<u64>>>,
}

/// Something that happened.
#[derive(Debug)]
pub struct Event {
    body: Map<String, Value>,
}

impl Event {
    /// An event of this name, brought about by `actor`.
    pub fn new(name: impl Into<String>, actor: impl Into<String>) -> Self {
        let mut body = Map::new();
        body.insert("event".to_owned(), Value::String(name.into()));
        body.insert("actor".to_owned(), Value::String(actor.into()));
        Self { body }
    }

    /// With one more fact; none for `null`, or under a name that every record has.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() && !matches!(name, "seq" | "ts" | "event" | "actor" | "prev" | "hash") {
            self.body.insert(name.to_owned(), value);
        }
        self
    }
}

impl Audit {
    /// Begins, or goes on, as `config` says; every record passes `redactor`. What goes wrong later is told in `log`.
    pub fn start(config: &AuditConfig, redactor: &Arc<Redactor>, log: Dispatch) -> Result<Self> {
        if !config.enabled {
            return Ok(Self(None));
        }
        let Some(path) = config.file.as_deref().filter(|path| !path.is_empty()) else {
            let message =
                "`audit.file` is missing: set it to the path of the audit's file, or `audit.enabled` to false";
            return Err(Error::new(Code::ConfigMissing, message).with("field", "audit.file"));
        };
        let path = PathBuf::from(path);
        let key = config.key_file.as_deref().filter(|path| !path.is_empty());
        let key = key.map_or_else(|| private::beside(&path, ".key"), PathBuf::from);
        let (trail, torn) = Trail::open(&path, Signer::open(&key, redactor)?)?;
        let (queue, entries) = sync_channel(WAITING);
        let shared = Arc::new(Shared::default());
        let writer = Writer {
            trail,
            redactor: Arc::clone(redactor),
            shared: Arc::clone(&shared),
            told: 0,
            failing: false,
            records: config.checkpoint_records,
            time: ms(config.checkpoint_ms),
            due: None,
        };
        crate::thread::spawn("kei-audit", move || {
            let shared = Arc::clone(&writer.shared);
            tracing::dispatcher::with_default(&log, || writer.run(&entries, torn));
            shared.ended.set();
        })?;
        let deny = config.on_write_failure == AuditFailure::Deny;
        Ok(Self(Some(Inner { path, deny, queue: Mutex::new(Some(queue)), shared })))
    }

    /// Whether there is one.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Notes an event. Does not wait; what cannot be written is counted.
    pub fn note(&self, event: impl FnOnce() -> Event) {
        if let Some(inner) = &self.0 {
            inner.send(Entry { body: event().body, written: None });
        }
    }

    /// Notes an event, and fails if it was to be written before anything else happens, and could not be.
    pub async fn require(&self, event: impl FnOnce() -> Event) -> Result<()> {
        match &self.0 {
            Some(inner) if inner.deny => inner.write(event()).await.map(drop),
            Some(_) => {
                self.note(event);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Writes an event; the number of its record. Fails if there is no audit, or it cannot be written.
    pub async fn write(&self, event: Event) -> Result<u64> {
        self.inner()?.write(event).await
    }

    fn inner(&self) -> Result<&Inner> {
        self.0.as_ref().ok_or_else(|| {
            Error::new(Code::Unsupported, "there is no audit: set `audit.enabled` and `audit.file` of the runtime")
        })
    }

    /// How many records were written.
    pub fn written(&self) -> u64 {
        self.0.as_ref().map_or(0, |inner| inner.shared.written.load(Ordering::Acquire))
    }

    /// How many could not be.
    pub fn lost(&self) -> u64 {
        self.0.as_ref().map_or(0, |inner| inner.shared.lost.load(Ordering::Acquire))
    }

    /// The file of the audit, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.0.as_ref().map(|inner| inner.path.as_path())
    }

    /// Verifies the audit in a file, with the public key in `key` (PEM) or the one beside the file. `record` is the number and the hash of a record that was noted elsewhere, and must
    /// be in it. Reads the whole file, and so may take long.
    pub fn verify(path: &Path, key: Option<&str>, record: Option<(u64, &str)>) -> Verified {
        verify::verify(path, key, record)
    }

    /// Signs and closes the file; gives up after `timeout` if it hangs. Later records are lost.
    pub fn close(&self, timeout: Duration) {
        if let Some(inner) = &self.0 {
            inner.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
            inner.shared.ended.wait_until(Instant::now().checked_add(timeout));
        }
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        self.close(Duration::from_millis(500));
    }
}

impl Inner {
    fn send(&self, mut entry: Entry) -> bool {
        entry.body.insert("ts".to_owned(), now().into());
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = match queue.as_ref().map(|queue| queue.try_send(entry)) {
            Some(Ok(())) => true,
            None | Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) => false,
        };
        drop(queue);
        if !sent {
            self.shared.lost.fetch_add(1, Ordering::AcqRel);
        }
        sent
    }

    async fn write(&self, event: Event) -> Result<u64> {
        let (say, hear) = oneshot::channel();
        self.send(Entry { body: event.body, written: Some(say) });
        hear.await.ok().flatten().ok_or_else(|| {
            let message =
                format!("the audit {} cannot be written, and nothing was done without its record", self.path.display());
            Error::new(Code::Refused, message)
        })
    }
}

fn now() -> String {
    format!("{:.6}", jiff::Timestamp::now())
}

/// The thread's own.
struct Writer {
    trail: Trail,
    redactor: Arc<Redactor>,
    shared: Arc<Shared>,
    /// How many lost records the audit says itself.
    told: u64,
    /// Whether the last record could not be written.
    failing: bool,
    records: u64,
    time: Duration,
    /// When a checkpoint is due at the latest.
    due: Option<Instant>,
}

impl Writer {
    fn run(mut self, entries: &Receiver<Entry>, torn: u64) {
        let begun = Event::new("audit.begin", "kei-agent").with("version", env!("CARGO_PKG_VERSION"));
        self.own(begun.with("mended_bytes", if torn > 0 { torn.into() } else { Value::Null }));
        self.sign();
        loop {
            let entry = match self.due {
                None => entries.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => entries.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            match entry {
                Ok(entry) => self.take(entry),
                Err(RecvTimeoutError::Timeout) => self.sign(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.own(Event::new("audit.end", "kei-agent"));
        self.sign();
    }

    fn own(&mut self, event: Event) {
        let mut body = event.body;
        body.insert("ts".to_owned(), now().into());
        self.take(Entry { body, written: None });
    }

    fn take(&mut self, entry: Entry) {
        let lost = self.shared.lost.load(Ordering::Acquire);
        if lost > self.told {
            let mut gap = Event::new("audit.gap", "kei-agent").with("lost", lost - self.told).body;
            gap.insert("ts".to_owned(), now().into());
            if self.append(gap).is_some() {
                self.told = lost;
            }
        }
        let mut body = Value::Object(entry.body);
        self.redactor.scrub_json(&mut body);
        let written = match chain::plain(body) {
            Value::Object(body) => self.append(body),
            _ => None,
        };
        match written {
            Some(_) => _ = self.shared.written.fetch_add(1, Ordering::AcqRel),
            None => _ = self.shared.lost.fetch_add(1, Ordering::AcqRel),
        }
        if let Some(say) = entry.written {
            // Whoever waited may have given up.
            let _ = say.send(written);
        }
        if self.trail.unsigned >= self.records {
            self.sign();
        } else if self.trail.unsigned > 0 && self.due.is_none() {
            self.due = Instant::now().checked_add(self.time);
        }
    }

    fn append(&mut self, body: Map<String, Value>) -> Option<u64> {
        let written = self.trail.append(body);
        self.failed(written.as_ref().err());
        written.ok()
    }

    fn sign(&mut self) {
        self.due = None;
        if self.trail.unsigned > 0 {
            let signed = self.trail.sign(&now());
            self.failed(signed.as_ref().err());
            if signed.is_err() {
                // It is tried again when it is due the next time.
                self.due = Instant::now().checked_add(self.time);
            }
        }
    }

    /// Says once, until it works again, that it does not.
    fn failed(&mut self, error: Option<&std::io::Error>) {
        if let Some(error) = error
            && !self.failing
        {
            tracing::error!(target: "kei_agent::audit", "the audit cannot be written: {error}");
        }
        self.failing = error.is_some();
    }
}

/// What is wrong with a file that the configuration names.
fn wrong(field: &str, path: &Path, why: &str) -> Error {
    Error::new(Code::ConfigFile, format!("`{field}`: {} {why}", path.display())).with("field", field)
}
