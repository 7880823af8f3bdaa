//! The file of messages: a line for each thing that happens to one. A line is written before the thing is done, in one piece, so that a process that is
//! killed leaves whole lines and at most one torn one, at the end.
//!
//! Lines are handed to the system, not forced to the disk: they outlive the process, not a loss of power.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Failed, Letter};
use crate::error::{Code, Error, Result};
use crate::private::{self, Held};

/// How many bytes may be of the past before the file is written anew.
const PAST: u64 = 1 << 20;

/// What happens to a message.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record<'a> {
    /// It was taken.
    Put(&'a Letter),
    /// It was given up.
    Failed(&'a str, &'a Failed),
    /// It is not kept any more.
    Gone(&'a str),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Put(Letter),
    Failed(String, Failed),
    Gone(String),
}

/// The file.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Held as long as the file is used.
    _lock: Held,
    /// How long it is, and how much of it was needed when it was last written anew.
    length: u64,
    needed: u64,
}

impl Journal {
    /// Opens the file, or makes it; answers the messages in it, in order.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<Letter>)> {
        let lock = private::options()
            .open(private::beside(path, ".lock"))
            .map_err(|error| wrong(path, &format!("cannot be locked ({error})")))?;
        let held = Held::new(lock).map_err(|_| {
            wrong(path, "is in use by another process, or another runtime of this one: give each a file of its own")
        })?;
        let mut file =
            private::options().open(path).map_err(|error| wrong(path, &format!("cannot be opened ({error})")))?;
        if let Some(mode) = private::open_to_others(&file) {
            let why = format!("can be read by others (mode {mode:04o}): messages are kept in it; make it 0600");
            return Err(wrong(path, &why));
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(|error| wrong(path, &format!("cannot be read ({error})")))?;
        // What follows the last line's end is what a process was writing when it was killed; nobody was told that it is kept.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let letters = read(&text[..whole], path)?;
        file.set_len(whole as u64).map_err(|error| wrong(path, &format!("cannot be written ({error})")))?;
        let length = whole as u64;
        Ok((Self { path: path.to_owned(), file, _lock: held, length, needed: length }, letters))
    }

    /// Adds a line, whole or not at all.
    pub(super) fn append(&mut self, record: &Record<'_>) -> Result<()> {
        let mut line = serde_json::to_vec(record).map_err(|error| wrong(&self.path, &error.to_string()))?;
        line.push(b'\n');
        let written = self.file.seek(SeekFrom::Start(self.length)).and_then(|_| self.file.write_all(&line));
        if let Err(error) = written {
            // Half a line would spoil the next one. If even this fails, the next line is written over it.
            let _ = self.file.set_len(self.length);
            return Err(wrong(&self.path, &format!("cannot be written ({error})")));
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// Whether most of it is of no use any more.
    pub(super) fn is_mostly_past(&self) -> bool {
        self.length > PAST + 2 * self.needed
    }

    /// Writes it anew, with these messages alone.
    pub(super) fn rewrite<'a>(&mut self, letters: impl Iterator<Item = &'a Letter>) -> Result<()> {
        let mut text = Vec::new();
        for letter in letters {
            serde_json::to_writer(&mut text, &Record::Put(letter))
                .map_err(|error| wrong(&self.path, &error.to_string()))?;
            text.push(b'\n');
        }
        let name = private::beside(&self.path, ".new");
        let failed = |error: std::io::Error| wrong(&self.path, &format!("cannot be written anew ({error})"));
        let mut file = private::options().truncate(true).open(&name).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_data()).map_err(failed)?;
        // The one before is closed first: not every system replaces a file that is open.
        drop(std::mem::replace(&mut self.file, file));
        if let Err(error) = std::fs::rename(&name, &self.path) {
            self.file = private::options().open(&self.path).map_err(failed)?;
            return Err(failed(error));
        }
        self.length = text.len() as u64;
        self.needed = self.length;
        Ok(())
    }
}

fn read(text: &[u8], path: &Path) -> Result<Vec<Letter>> {
    let mut letters: Vec<Option<Letter>> = Vec::new();
    let mut places = HashMap::new();
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
        let record = serde_json::from_slice(line)
            .map_err(|error| wrong(path, &format!("is not a file of dead letters: line {} ({error})", index + 1)))?;
        match record {
            Line::Put(letter) => {
                if let Some(place) = places.insert(letter.id.clone(), letters.len()) {
                    letters[place] = None;
                }
                letters.push(Some(letter));
            }
            Line::Failed(id, failed) => {
                if let Some(letter) = places.get(&id).and_then(|place: &usize| letters[*place].as_mut()) {
                    letter.failed = Some(failed);
                }
            }
            Line::Gone(id) => {
                if let Some(place) = places.remove(&id) {
                    letters[place] = None;
                }
            }
        }
    }
    Ok(letters.into_iter().flatten().collect())
}

fn wrong(path: &Path, why: &str) -> Error {
    let message = format!("`dead_letters.file`: {} {why}", path.display());
    Error::new(Code::ConfigFile, message).with("field", "dead_letters.file")
}
