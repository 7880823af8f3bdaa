//! A record as a line of JSON, written by a writer that knows the schema.

use std::cell::RefCell;
use std::fmt::{self, Write};

use tracing::field::{Field, Visit};

use crate::observe::redact::Redactor;

/// A record longer than this is cut, and still valid JSON.
const LONGEST: usize = 16 * 1024;
/// The fields that the schema itself writes.
const OWN: [&str; 5] = ["timestamp", "level", "target", "message", "truncated"];

/// Room for lines, kept from one to the next.
#[derive(Default)]
struct Room {
    line: String,
    fields: String,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
    static SECOND: RefCell<Second> = RefCell::default();
}

/// The text of the second that it is, since it takes longer to write than all the rest of a line.
#[derive(Default)]
struct Second {
    number: i64,
    text: String,
}

/// Writes a line with `write`, and hands it to `take`.
pub(super) fn line(redactor: &Redactor, write: impl FnOnce(&mut Line<'_>), take: impl FnOnce(&str)) {
    ROOM.with(|room| match room.try_borrow_mut() {
        Ok(mut room) => in_room(&mut room, redactor, write, take),
        // A value that is being written logs in its turn.
        Err(_) => in_room(&mut Room::default(), redactor, write, take),
    });
}

fn in_room(room: &mut Room, redactor: &Redactor, write: impl FnOnce(&mut Line<'_>), take: impl FnOnce(&str)) {
    room.line.clear();
    room.fields.clear();
    let mut line =
        Line { text: &mut room.line, later: &mut room.fields, names: Names::default(), cut: false, redactor };
    write(&mut line);
    line.finish();
    take(&room.line);
}

/// A line being written.
pub(super) struct Line<'a> {
    text: &'a mut String,
    /// Fields that stand after those of the scope.
    later: &'a mut String,
    names: Names,
    cut: bool,
    redactor: &'a Redactor,
}

/// The names that a line has already. Those of fields are few.
#[derive(Default)]
struct Names {
    first: [&'static str; 16],
    count: usize,
    more: Vec<&'static str>,
}

impl Names {
    fn add(&mut self, name: &'static str) {
        match self.first.get_mut(self.count) {
            Some(place) => *place = name,
            None => self.more.push(name),
        }
        self.count += 1;
    }

    fn has(&self, name: &str) -> bool {
        self.first.iter().take(self.count).chain(&self.more).any(|known| *known == name)
    }
}

/// A field's value.
pub(super) enum Value<'a> {
    Text(&'a str),
    Debug(&'a dyn fmt::Debug),
    /// JSON already.
    Json(&'a str),
}

impl Line<'_> {
    /// The beginning that every line has.
    pub(super) fn begin(&mut self, level: &str, target: &str) {
        self.text.push_str("{\"timestamp\":\"");
        timestamp(self.text);
        self.text.push_str("\",\"level\":\"");
        self.text.push_str(level);
        self.text.push_str("\",\"target\":");
        quote(self.text, target);
    }

    pub(super) fn message(&mut self, message: &Value<'_>) {
        put(self.text, 0, "message", message, self.redactor, &mut self.cut);
    }

    /// A field of the work that it tells of, unless the event itself has one of that name.
    pub(super) fn of_scope(&mut self, name: &'static str, value: &str) {
        if !self.names.has(name) {
            put(self.text, self.later.len(), name, &Value::Text(value), self.redactor, &mut self.cut);
        }
    }

    /// A field of the event itself.
    pub(super) fn own(&mut self, name: &'static str, value: &Value<'_>) {
        self.names.add(name);
        self.given(name, value);
    }

    /// A field of a record of the library's own, whose names need no escape and are none of the schema's.
    pub(super) fn fact(&mut self, name: &'static str, value: &Value<'_>) {
        self.text.push_str(",\"");
        self.text.push_str(name);
        self.text.push_str("\":");
        put_value(self.text, self.later.len(), value, self.redactor, &mut self.cut);
    }

    /// A field under a name that is not known beforehand.
    pub(super) fn given(&mut self, name: &str, value: &Value<'_>) {
        put(self.later, self.text.len(), name, value, self.redactor, &mut self.cut);
    }

    fn finish(&mut self) {
        self.text.push_str(self.later);
        self.text.push_str(if self.cut { ",\"truncated\":true}\n" } else { "}\n" });
    }
}

/// Adds a field to `text`, which stands in a line of `others` more bytes. One with a name of the schema's own gets an underscore.
fn put(text: &mut String, others: usize, name: &str, value: &Value<'_>, redactor: &Redactor, cut: &mut bool) {
    text.push(',');
    let own = name != "message" && OWN.contains(&name);
    if is_plain(name) {
        text.push('"');
        text.push_str(name);
        text.push_str(if own { "_\":" } else { "\":" });
    } else {
        quote(text, name);
        text.push(':');
    }
    put_value(text, others, value, redactor, cut);
}

fn put_value(text: &mut String, others: usize, value: &Value<'_>, redactor: &Redactor, cut: &mut bool) {
    let begin = text.len();
    match value {
        Value::Text(plain) => quote(text, plain),
        Value::Json(json) => text.push_str(json),
        Value::Debug(value) => {
            text.push('"');
            // Writing to a text does not fail; what a value's own `Debug` says is up to it.
            let _ = write!(Escaped(text), "{value:?}");
            text.push('"');
        }
    }
    if text.len() + others <= LONGEST {
        return;
    }
    *cut = true;
    text.truncate(begin);
    let plain = match value {
        Value::Text(plain) => (*plain).to_owned(),
        Value::Debug(value) => format!("{value:?}"),
        Value::Json(json) => serde_json::from_str(json).unwrap_or_else(|_| (*json).to_owned()),
    };
    // Masked before it is cut: half a secret is not found any more.
    let plain = redactor.scrub(&plain);
    let room = LONGEST.saturating_sub(begin + others);
    // Escapes make a text up to six times as long, so a sixth of the room always suffices.
    let end = (0..=(room / 6).min(plain.len())).rev().find(|at| plain.is_char_boundary(*at)).unwrap_or(0);
    quote(text, &plain[..end]);
}

/// The time as RFC 3339 has it, in UTC, to the microsecond.
fn timestamp(text: &mut String) {
    let now = jiff::Timestamp::now();
    let (second, nanos) = (now.as_second(), now.subsec_nanosecond());
    SECOND.with_borrow_mut(|known| {
        if known.number != second || known.text.is_empty() {
            known.number = second;
            known.text = jiff::Timestamp::from_second(second).map(|time| time.to_string()).unwrap_or_default();
            known.text.pop();
        }
        text.push_str(&known.text);
    });
    text.push('.');
    // Six digits, with a one before them that keeps their zeros.
    text.push_str(&itoa::Buffer::new().format(1_000_000 + nanos.unsigned_abs() / 1000)[1..]);
    text.push('Z');
}

/// The fields of an event.
pub(super) struct OfEvent<'a, 'b>(pub(super) &'a mut Line<'b>);

impl OfEvent<'_, '_> {
    fn set(&mut self, field: &Field, value: &Value<'_>) {
        if field.name() != "message" {
            self.0.own(field.name(), value);
        }
    }
}

impl Visit for OfEvent<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, &Value::Debug(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, &Value::Text(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, &Value::Json(itoa::Buffer::new().format(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, &Value::Json(itoa::Buffer::new().format(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, &Value::Json(if value { "true" } else { "false" }));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        let text = value.to_string();
        self.set(field, &if value.is_finite() { Value::Json(&text) } else { Value::Text(&text) });
    }
}

/// The message of an event alone.
pub(super) struct Message<'a, 'b> {
    pub(super) line: &'a mut Line<'b>,
    pub(super) found: bool,
}

impl Visit for Message<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.found = true;
            self.line.message(&Value::Debug(value));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.found = true;
            self.line.message(&Value::Text(value));
        }
    }
}

/// Writes a text as a JSON string.
pub(super) fn quote(line: &mut String, text: &str) {
    line.push('"');
    escape(line, text);
    line.push('"');
}

/// Escapes what passes through.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.0, text);
        Ok(())
    }
}

const fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Whether a text is the same in JSON. Every byte is looked at, since that goes by many at once.
fn is_plain(text: &str) -> bool {
    !text.bytes().fold(false, |found, byte| found | is_special(byte))
}

fn escape(line: &mut String, text: &str) {
    if is_plain(text) {
        line.push_str(text);
        return;
    }
    let mut clean = 0;
    for (at, byte) in text.bytes().enumerate().filter(|(_, byte)| is_special(*byte)) {
        line.push_str(&text[clean..at]);
        clean = at + 1;
        match byte {
            b'"' => line.push_str("\\\""),
            b'\\' => line.push_str("\\\\"),
            b'\n' => line.push_str("\\n"),
            b'\r' => line.push_str("\\r"),
            b'\t' => line.push_str("\\t"),
            byte => _ = write!(line, "\\u{byte:04x}"),
        }
    }
    line.push_str(&text[clean..]);
}
