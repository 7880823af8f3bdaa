//! Whether an audit is as it was written.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::chain::{self, CHECKPOINT, Link};
use super::file::{self, Checkpoint};
use super::key::Verifier;
use crate::private;

/// What was found.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Verified {
    /// Whether every record up to the last checkpoint is as it was written, and none is missing.
    pub intact: bool,
    /// How many records were read.
    pub records: u64,
    /// How many of them are checkpoints.
    pub checkpoints: u64,
    /// Up to which record the audit is signed. What comes after is chained, but could be cut off unseen until the next checkpoint.
    pub signed_up_to: u64,
    /// The hash of the last record.
    pub head: String,
    /// How many bytes follow that are no whole record: one that is being written, or was when its process was killed.
    pub unfinished_bytes: u64,
    /// The first thing that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What is wrong with an audit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// The line, from 1; 0 when it is not one line.
    pub line: u64,
    /// What is wrong.
    pub why: String,
}

/// Reads an audit from its beginning to its end. `key` signed it, or the one beside the file; `record` must be in it.
pub(super) fn verify(path: &Path, key: Option<&str>, record: Option<(u64, &str)>) -> Verified {
    let mut found = Verified::default();
    match read(path, key, record, &mut found) {
        Ok(()) => found.intact = true,
        Err((line, why)) => found.problem = Some(Problem { line, why }),
    }
    found
}

fn read(
    path: &Path,
    key: Option<&str>,
    record: Option<(u64, &str)>,
    found: &mut Verified,
) -> Result<(), (u64, String)> {
    let whole = |why: String| (0, why);
    let pem = match key {
        Some(pem) => pem.to_owned(),
        None => std::fs::read_to_string(private::beside(path, ".pub"))
            .map_err(|error| whole(format!("the key beside the file cannot be read ({error})")))?,
    };
    let key =
        Verifier::read(&pem).ok_or_else(|| whole("the key is no Ed25519 key in a block `BEGIN PUBLIC KEY`".into()))?;
    let kept = file::checkpoint(path).map_err(|error| whole(format!("the checkpoint beside the file {error}")))?;
    let file = File::open(path).map_err(|error| whole(format!("the file cannot be read ({error})")))?;
    chained(BufReader::new(file), &key, kept.as_ref(), record, found)
}

/// Reads the lines of an audit that `key` signed, up to `kept` at least.
pub(super) fn chained(
    mut lines: impl BufRead,
    key: &Verifier,
    kept: Option<&Checkpoint>,
    wanted: Option<(u64, &str)>,
    found: &mut Verified,
) -> Result<(), (u64, String)> {
    let mut last = Link::default();
    let mut text = Vec::new();
    let (mut met_kept, mut met_wanted) = (false, wanted.is_none());
    loop {
        text.clear();
        let number = found.records + 1;
        let wrong = |why: &str| (number, why.to_owned());
        let read =
            lines.read_until(b'\n', &mut text).map_err(|error| (number, format!("it cannot be read ({error})")))?;
        if read == 0 {
            break;
        }
        let Some(line) = text.strip_suffix(b"\n") else {
            found.unfinished_bytes = text.len() as u64;
            break;
        };
        let line = std::str::from_utf8(line).map_err(|_| wrong("it is not UTF-8"))?;
        let record = chain::read(line).map_err(wrong)?;
        if record.link.seq != last.seq + 1 {
            return Err(wrong(&format!("it is record {}, where record {} should be", record.link.seq, last.seq + 1)));
        }
        if record.previous != last.hash {
            return Err(wrong("it does not follow on the record before it"));
        }
        last = record.link;
        found.records += 1;
        if record.body.get("event").and_then(Value::as_str) == Some(CHECKPOINT) {
            let text = |name: &str| record.body.get(name).and_then(Value::as_str).unwrap_or_default();
            let signature = URL_SAFE_NO_PAD.decode(text("signature")).unwrap_or_default();
            if text("key") != key.id || !key.verify(&chain::signed(last.seq, text("ts"), &record.previous), &signature)
            {
                return Err(wrong("it is a checkpoint that the key did not sign"));
            }
            found.checkpoints += 1;
            found.signed_up_to = last.seq;
        }
        let hash = chain::hex(&last.hash);
        met_kept |= kept.is_some_and(|kept| kept.seq == last.seq && kept.hash == hash);
        met_wanted |= wanted.is_some_and(|(seq, wanted)| seq == last.seq && wanted.eq_ignore_ascii_case(&hash));
        found.head = hash;
    }
    if !met_kept {
        let why = kept.map_or_else(
            || "the checkpoint beside the file is missing: how far the audit reached cannot be told".to_owned(),
            |kept| format!("record {} is not there as it was signed: records were taken away, or replaced", kept.seq),
        );
        return Err((0, why));
    }
    if !met_wanted {
        return Err((0, "the record that is expected is not there with that hash".to_owned()));
    }
    Ok(())
}
