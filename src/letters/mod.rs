//! Messages that must not be lost: kept from before they are sent until they are delivered or dropped.
//!
//! A message is *pending* while an operation tries to deliver it, and *dead* once that was given up. With a file both outlive the
//! process: what was pending when it ended is dead when it begins anew.

mod journal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::config::{DeadLetterConfig, WhenFull};
use crate::error::{Code, Error, Result};
use journal::{Journal, Record};

/// A message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Letter {
    /// Its id, under which the platform takes it once.
    pub id: String,
    /// The operation that sends it.
    pub operation: String,
    /// Whom it is for.
    pub to: String,
    /// What is sent.
    pub body: Box<RawValue>,
    /// When it was taken, in RFC 3339.
    pub accepted_at: String,
    /// Why it was not delivered; `None` while it is on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failed>,
}

/// Why a message was not delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failed {
    /// When it was given up, in RFC 3339.
    pub at: String,
    /// The error's name.
    pub error: String,
    /// What the error says.
    pub message: String,
    /// How many times it was sent in all.
    pub attempts: u32,
}

/// The messages of a client, or of all clients that name the same file.
pub struct Letters {
    config: DeadLetterConfig,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By the order in which they were taken.
    all: BTreeMap<u64, Letter>,
    by_id: HashMap<String, u64>,
    next: u64,
    dead: usize,
    dead_bytes: usize,
    dropped: u64,
    journal: Option<Journal>,
}

/// The files that are open, by their path.
#[derive(Default)]
pub struct Files(Mutex<HashMap<PathBuf, Weak<Letters>>>);

/// A message that is on its way. Dropped without an outcome, it is dead.
pub struct Pending {
    letters: Arc<Letters>,
    id: String,
    /// How many times it was sent before, when it is sent again.
    before: u32,
    settled: bool,
}

/// How many messages there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// On their way.
    pub pending: usize,
    /// Given up.
    pub dead: usize,
    /// Bytes of those given up.
    pub dead_bytes: usize,
    /// Dropped since there were too many.
    pub dropped: u64,
}

impl Files {
    /// The messages that `config` says: those of its file, which the clients of a runtime share, or a new place in memory.
    pub fn open(&self, config: &DeadLetterConfig) -> Result<Arc<Letters>> {
        let Some(path) = config.file.as_deref().filter(|path| !path.is_empty()) else {
            return Ok(Arc::new(Letters { config: config.clone(), state: Mutex::default() }));
        };
        let path = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|_, letters| letters.strong_count() > 0);
        if let Some(letters) = files.get(&path).and_then(Weak::upgrade) {
            return Ok(letters);
        }
        let letters = Arc::new(Letters::read(config, &path)?);
        files.insert(path, Arc::downgrade(&letters));
        Ok(letters)
    }
}

impl Letters {
    fn read(config: &DeadLetterConfig, path: &Path) -> Result<Self> {
        let (mut journal, found) = Journal::open(path)?;
        let mut state = State::default();
        for mut letter in found {
            if letter.failed.is_none() {
                letter.failed = Some(given_up(&ended(), 0));
            }
            state.add(letter);
        }
        journal.rewrite(state.all.values())?;
        state.journal = Some(journal);
        let letters = Self { config: config.clone(), state: Mutex::new(state) };
        letters.make_room(&mut letters.lock());
        Ok(letters)
    }

    /// Takes a message that is about to be sent. One that is dead under the same id is replaced by it.
    pub fn accept(self: &Arc<Self>, letter: Letter) -> Result<Pending> {
        let mut state = self.lock();
        let known = state.by_id.get(&letter.id).and_then(|seq| state.all.get(seq));
        if known.is_some_and(|known| known.failed.is_none()) {
            let message = format!("a message with the id {} is on its way already", letter.id);
            return Err(Error::new(Code::Conflict, message).with("field", "message_id"));
        }
        if known.is_none() && self.config.when_full == WhenFull::Refuse && self.is_full(&state) {
            let message = format!(
                "{} dead letters of {} bytes are kept, as many as may be (dead_letters.max_count, dead_letters.max_bytes): retry or drop some",
                state.dead, state.dead_bytes
            );
            return Err(Error::new(Code::Overloaded, message));
        }
        state.write(&Record::Put(&letter))?;
        state.remove(&letter.id);
        let id = letter.id.clone();
        state.add(letter);
        Ok(Pending { letters: Arc::clone(self), id, before: 0, settled: false })
    }

    /// Takes a dead letter up again; `None` when there is none with this id, or it is on its way.
    pub fn take_up(self: &Arc<Self>, id: &str) -> Option<(Pending, Letter)> {
        let mut state = self.lock();
        let letter = state.get(id).filter(|letter| letter.failed.is_some())?.clone();
        let before = letter.failed.as_ref().map_or(0, |failed| failed.attempts);
        state.remove(id);
        state.add(Letter { failed: None, ..letter.clone() });
        Some((Pending { letters: Arc::clone(self), id: id.to_owned(), before, settled: false }, letter))
    }

    /// Drops a dead letter; false when there is none with this id, or it is on its way.
    pub fn discard(&self, id: &str) -> bool {
        let mut state = self.lock();
        let dead = state.get(id).is_some_and(|letter| letter.failed.is_some());
        if dead {
            state.remove(id);
            state.write_or_say(&Record::Gone(id));
        }
        dead
    }

    /// The message with this id.
    pub fn get(&self, id: &str) -> Option<Letter> {
        self.lock().get(id).cloned()
    }

    /// Up to `limit` messages in the order in which they were taken, those after `after`.
    pub fn list(&self, after: Option<&str>, limit: usize) -> Vec<Letter> {
        let state = self.lock();
        let start = after.and_then(|id| state.by_id.get(id)).map_or(0, |seq| seq + 1);
        state.all.range(start..).take(limit).map(|(_, letter)| letter.clone()).collect()
    }

    /// The ids of all dead letters, the oldest first.
    pub fn dead(&self) -> Vec<String> {
        let state = self.lock();
        state.all.values().filter(|letter| letter.failed.is_some()).map(|letter| letter.id.clone()).collect()
    }

    /// How many there are.
    pub fn counts(&self) -> Counts {
        let state = self.lock();
        Counts {
            pending: state.all.len() - state.dead,
            dead: state.dead,
            dead_bytes: state.dead_bytes,
            dropped: state.dropped,
        }
    }

    fn is_full(&self, state: &State) -> bool {
        state.dead >= self.config.max_count || state.dead_bytes >= self.config.max_bytes
    }

    /// Drops the oldest dead letters until the rest may be kept.
    fn make_room(&self, state: &mut State) {
        while state.dead > self.config.max_count || state.dead_bytes > self.config.max_bytes {
            let oldest = state.all.values().find(|letter| letter.failed.is_some()).map(|letter| letter.id.clone());
            let Some(id) = oldest else { return };
            state.remove(&id);
            state.write_or_say(&Record::Gone(&id));
            state.dropped += 1;
            tracing::warn!(target: "kei_agent::dead_letters", message_id = %id, "the oldest dead letter was dropped: there are too many");
        }
    }

    fn fail(&self, id: &str, failed: Failed) {
        let mut state = self.lock();
        let Some(letter) = state.get(id).cloned() else { return };
        state.write_or_say(&Record::Failed(id, &failed));
        state.remove(id);
        state.add(Letter { failed: Some(failed), ..letter });
        self.make_room(&mut state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn get(&self, id: &str) -> Option<&Letter> {
        self.all.get(self.by_id.get(id)?)
    }

    fn add(&mut self, letter: Letter) {
        let seq = self.next;
        self.next += 1;
        if letter.failed.is_some() {
            self.dead += 1;
            self.dead_bytes += letter.body.get().len();
        }
        self.by_id.insert(letter.id.clone(), seq);
        self.all.insert(seq, letter);
    }

    fn remove(&mut self, id: &str) {
        let Some(letter) = self.by_id.remove(id).and_then(|seq| self.all.remove(&seq)) else { return };
        if letter.failed.is_some() {
            self.dead -= 1;
            self.dead_bytes -= letter.body.get().len();
        }
    }

    fn write(&mut self, record: &Record<'_>) -> Result<()> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        journal.append(record)?;
        if journal.is_mostly_past() {
            journal.rewrite(self.all.values())?;
        }
        Ok(())
    }

    /// What is written when it is too late to refuse.
    fn write_or_say(&mut self, record: &Record<'_>) {
        if let Err(error) = self.write(record) {
            tracing::error!(target: "kei_agent::dead_letters", "the file of dead letters is behind: {}", error.message);
        }
    }
}

impl Pending {
    /// The message.
    pub fn letter(&self) -> Option<Letter> {
        self.letters.get(&self.id)
    }

    /// The platform has it.
    pub fn delivered(mut self) {
        self.settled = true;
        let mut state = self.letters.lock();
        state.remove(&self.id);
        state.write_or_say(&Record::Gone(&self.id));
    }

    /// It could not be delivered. The error's texts hold no secret.
    pub fn failed(mut self, error: &Error) {
        self.settled = true;
        self.letters.fail(&self.id, given_up(error, self.before));
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.settled {
            let error = Error::new(Code::Cancelled, "its operation ended before it was known whether it was delivered");
            self.letters.fail(&self.id, given_up(&error, self.before));
        }
    }
}

/// The time, as it is kept with messages.
pub fn now() -> String {
    jiff::Timestamp::now().to_string()
}

fn given_up(error: &Error, before: u32) -> Failed {
    let attempts = before.saturating_add(error.attempts);
    Failed { at: now(), error: error.code.name().to_owned(), message: error.message.clone(), attempts }
}

fn ended() -> Error {
    Error::new(Code::Closed, "the process ended before it was known whether it was delivered")
}
