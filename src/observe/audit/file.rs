//! The audit's file: opened where it ended, mended where a process was killed as it wrote, appended to a whole line at a time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::chain::{self, Link};
use super::key::Signer;
use super::wrong;
use crate::error::Result;
use crate::private::{self, Held};

/// A line of the audit is shorter than this: what ends it is looked for in the last bytes.
const LONGEST: u64 = 1 << 20;

/// What the file beside the audit holds: up to where the audit was signed last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// The number of the record that is the checkpoint.
    pub(super) seq: u64,
    /// Its hash, in hex.
    pub(super) hash: String,
}

/// The file, and where it ends.
pub(super) struct Trail {
    path: PathBuf,
    file: File,
    _lock: Held,
    length: u64,
    last: Link,
    signer: Signer,
    /// How many records came since the last checkpoint.
    pub(super) unsigned: u64,
}

const FIELD: &str = "audit.file";

impl Trail {
    /// Opens the file, or makes it; tells how many bytes of a line that was never whole were taken away.
    pub(super) fn open(path: &Path, signer: Signer) -> Result<(Self, u64)> {
        let failed = |what: &str, error: &io::Error| wrong(FIELD, path, &format!("cannot be {what} ({error})"));
        let lock = private::options().open(private::beside(path, ".lock")).map_err(|error| failed("locked", &error))?;
        let held = Held::new(lock).map_err(|_| {
            wrong(
                FIELD,
                path,
                "is in use by another process, or another runtime of this one: give each a file of its own",
            )
        })?;
        let mut file = private::options().open(path).map_err(|error| failed("opened", &error))?;
        if let Some(mode) = private::open_to_others(&file) {
            return Err(wrong(FIELD, path, &format!("can be read by others (mode {mode:04o}): make it 0600")));
        }
        let whole = file.metadata().map_err(|error| failed("read", &error))?.len();
        let (length, line) = tail(&mut file, whole).map_err(|error| failed("read", &error))?;
        let last = match line.as_deref().map(chain::read) {
            None => Link::default(),
            Some(Ok(record)) => record.link,
            Some(Err(why)) => {
                let why = format!(
                    "was changed: its last record cannot be gone on from, since {why}. Verify it, and move it away with what is beside it"
                );
                return Err(wrong(FIELD, path, &why));
            }
        };
        let signed = checkpoint(path).map_err(|error| wrong(FIELD, path, &format!("has a checkpoint that {error}")))?;
        if let Some(signed) = signed.filter(|signed| signed.seq > last.seq) {
            let why = format!(
                "ends with record {}, though it was signed up to record {}: records were taken away. Verify it, and move it away with what is beside it",
                last.seq, signed.seq
            );
            return Err(wrong(FIELD, path, &why));
        }
        if length < whole {
            // What follows the last line's end was being written when a process was killed.
            file.set_len(length).map_err(|error| failed("written", &error))?;
        }
        std::fs::write(private::beside(path, ".pub"), signer.public()).map_err(|error| failed("written", &error))?;
        let trail = Self { path: path.to_owned(), file, _lock: held, length, last, signer, unsigned: 0 };
        Ok((trail, whole - length))
    }

    /// Writes to another file from now on; the one before.
    #[cfg(test)]
    pub(super) fn replace_file(&mut self, file: File) -> File {
        std::mem::replace(&mut self.file, file)
    }

    /// Adds a record, whole or not at all; its number.
    pub(super) fn append(&mut self, body: Map<String, Value>) -> io::Result<u64> {
        let (line, link) = chain::line(&self.last, body);
        let written = self.file.seek(SeekFrom::Start(self.length)).and_then(|_| self.file.write_all(line.as_bytes()));
        if let Err(error) = written {
            // Half a line would spoil the next one. If even this fails, the next line is written over it.
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += line.len() as u64;
        self.last = link;
        self.unsigned += 1;
        Ok(link.seq)
    }

    /// Signs what was written so far, and forces it to the disk.
    pub(super) fn sign(&mut self, ts: &str) -> io::Result<()> {
        let signature = self.signer.sign(&chain::signed(self.last.seq + 1, ts, &self.last.hash));
        self.append(chain::checkpoint(ts, &self.signer.id, &signature))?;
        self.file.sync_data()?;
        let checkpoint = Checkpoint { seq: self.last.seq, hash: chain::hex(&self.last.hash) };
        let (path, new) = (private::beside(&self.path, ".checkpoint"), private::beside(&self.path, ".checkpoint.new"));
        let mut file = private::options().truncate(true).open(&new)?;
        file.write_all(&serde_json::to_vec(&checkpoint)?)?;
        std::fs::rename(new, path)?;
        self.unsigned = 0;
        Ok(())
    }
}

/// The last checkpoint of the audit at `path`, as it is kept beside it.
pub(super) fn checkpoint(path: &Path) -> Result<Option<Checkpoint>, String> {
    match std::fs::read(private::beside(path, ".checkpoint")) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| format!("makes no sense ({error})")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot be read ({error})")),
    }
}

/// Where the last whole line ends, and that line.
fn tail(file: &mut File, length: u64) -> io::Result<(u64, Option<String>)> {
    let start = length.saturating_sub(LONGEST);
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.read_to_end(&mut bytes)?;
    let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
        // Without any line it is one that was never whole; one that is too long was not written by us.
        return Ok(if start == 0 { (0, None) } else { (length, Some(String::new())) });
    };
    let begin = bytes[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
    Ok((start + end as u64 + 1, Some(String::from_utf8_lossy(&bytes[begin..end]).into_owned())))
}
