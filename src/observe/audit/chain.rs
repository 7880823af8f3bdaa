//! The format of the audit: records that are chained by hashes, and checkpoints that are signed.
//!
//! A record is a JSON object on a line of its own, in the canonical form of RFC 8785 (keys sorted, no space between them), of which the numbers are whole. It has
//! `seq` (from 1), `ts`, `event`, `actor`, facts by name, `prev` (the hash of the record before, 64 zeros for the first) and `hash`: SHA-256, in hex, of the bytes
//! of `prev` and the canonical form of all the rest.
//!
//! A checkpoint is such a record of the event `audit.checkpoint`. Its `signature` is Ed25519, in base64url, over the text
//! `kei-agent audit checkpoint 1`, its `seq`, its `ts` and its `prev`, each followed by a line feed.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The event of a checkpoint.
pub(super) const CHECKPOINT: &str = "audit.checkpoint";
/// The largest number that every reader of JSON takes for what it is: 2^53 - 1.
const LARGEST: u64 = (1 << 53) - 1;

/// Where a chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Link {
    /// The number of the last record; 0 for none.
    pub(super) seq: u64,
    /// Its hash.
    pub(super) hash: [u8; 32],
}

/// A line that was read and is whole in itself.
pub(super) struct Record {
    pub(super) link: Link,
    pub(super) previous: [u8; 32],
    /// The facts, without `prev` and `hash`.
    pub(super) body: Map<String, Value>,
}

/// The line of the record that comes after `previous`, and where the chain ends then.
pub(super) fn line(previous: &Link, mut body: Map<String, Value>) -> (String, Link) {
    let seq = previous.seq + 1;
    body.insert("seq".to_owned(), seq.into());
    let hash = digest(&previous.hash, &body);
    body.insert("prev".to_owned(), hex(&previous.hash).into());
    body.insert("hash".to_owned(), hex(&hash).into());
    let mut line = canonical(&Value::Object(body));
    line.push('\n');
    (line, Link { seq, hash })
}

/// Reads a line without its end. Fails when it is not as `line` would have written it.
pub(super) fn read(line: &str) -> Result<Record, &'static str> {
    let Ok(Value::Object(mut body)) = serde_json::from_str::<Value>(line) else { return Err("it is no JSON object") };
    let whole = Value::Object(body);
    if canonical(&whole) != line {
        return Err("it is not in the canonical form");
    }
    let Value::Object(taken) = whole else { return Err("it is no JSON object") };
    body = taken;
    let mut hash = |name| body.remove(name).as_ref().and_then(Value::as_str).and_then(unhex);
    let (Some(previous), Some(hash)) = (hash("prev"), hash("hash")) else {
        return Err("it has no `prev` or no `hash`");
    };
    if digest(&previous, &body) != hash {
        return Err("its hash is not that of its content");
    }
    let Some(seq) = body.get("seq").and_then(Value::as_u64) else { return Err("it has no `seq`") };
    Ok(Record { link: Link { seq, hash }, previous, body })
}

fn digest(previous: &[u8; 32], body: &Map<String, Value>) -> [u8; 32] {
    let mut text = String::new();
    object(body, &mut text);
    Sha256::new().chain_update(previous).chain_update(text).finalize().into()
}

/// What a checkpoint signs.
pub(super) fn signed(seq: u64, ts: &str, previous: &[u8; 32]) -> String {
    format!("kei-agent audit checkpoint 1\n{seq}\n{ts}\n{}\n", hex(previous))
}

/// The fields of a checkpoint.
pub(super) fn checkpoint(ts: &str, key: &str, signature: &[u8]) -> Map<String, Value> {
    [
        ("event", CHECKPOINT),
        ("actor", "kei-agent"),
        ("ts", ts),
        ("key", key),
        ("signature", &URL_SAFE_NO_PAD.encode(signature)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.into()))
    .collect()
}

/// The value with every number that not every reader takes for what it is as a text.
pub(super) fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let size = number.as_i64().map(i64::unsigned_abs).or(number.as_u64());
            if size.is_some_and(|size| size <= LARGEST) { Value::Number(number) } else { number.to_string().into() }
        }
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(object) => object.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => other,
    }
}

/// The canonical form (RFC 8785) of a value whose numbers are whole.
fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => object(map, text),
        Value::Array(items) => {
            text.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        // Texts are escaped as RFC 8785 has it: only what must be.
        other => _ = write!(text, "{other}"),
    }
}

fn object(map: &Map<String, Value>, text: &mut String) {
    let mut all: Vec<_> = map.iter().collect();
    // By UTF-16, as RFC 8785 has it.
    all.sort_unstable_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    text.push('{');
    for (number, (key, value)) in all.into_iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        let _ = write!(text, "{}:", Value::String(key.clone()));
        write(value, text);
    }
    text.push('}');
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let bytes: Vec<u8> = text
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect::<Option<_>>()?;
    (text.len() == 64).then(|| bytes.try_into().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_canonical_form_is_that_of_rfc_8785() {
        // Its own example of sorting (section 3.2.3), and of texts.
        let value = json!({ "\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7 });
        let canonical_text = canonical(&value);
        let order: Vec<&str> = canonical_text.split(':').skip(1).map(|part| &part[..1]).collect();
        assert_eq!(order, ["2", "4", "6", "7", "1", "5", "3"]);
        assert_eq!(canonical(&json!("\u{8}\u{f}\n\"\\/\u{7f}€")), "\"\\b\\u000f\\n\\\"\\\\/\u{7f}€\"");
        assert_eq!(canonical(&json!({ "b": [1, -2, null, true, {}], "a": "" })), r#"{"a":"","b":[1,-2,null,true,{}]}"#);
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let body = json!({ "event": "x", "actor": "me", "n": 1 });
        let (line, link) = line(&Link::default(), body.as_object().unwrap().clone());
        let line = line.trim_end();
        let record = read(line).ok().unwrap();
        assert_eq!((record.link, record.previous), (link, [0; 32]));
        assert!(read(&line.replace(":1", ":2")).is_err());
        assert!(read(&line.replace("\"n\":1", "\"n\": 1")).is_err());
        assert!(read(&line.replace("\"n\":1", "\"n\":1,\"n\":1")).is_err());
        assert!(read("[]").is_err() && read("{}").is_err());
    }

    #[test]
    fn numbers_that_not_every_reader_takes_become_texts() {
        let value = plain(json!([1.5, 9_007_199_254_740_993_u64, -7, { "a": 1e3 }]));
        assert_eq!(value, json!(["1.5", "9007199254740993", -7, { "a": "1000.0" }]));
    }
}
