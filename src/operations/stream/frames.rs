//! The stream's frames: JSON texts, as the platform reads and writes them.

use std::borrow::Cow;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{Error, Wire};
use crate::json;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Out<'a> {
    Subscribe { topic: &'a str },
    Unsubscribe { topic: &'a str },
    Publish { topic: &'a str, id: &'a str, data: &'a RawValue },
}

pub(super) fn subscribe(topic: &str) -> String {
    write(&Out::Subscribe { topic })
}

pub(super) fn unsubscribe(topic: &str) -> String {
    write(&Out::Unsubscribe { topic })
}

pub(super) fn publish(topic: &str, id: &str, data: &RawValue) -> String {
    write(&Out::Publish { topic, id, data })
}

fn write(out: &Out<'_>) -> String {
    // Texts and checked JSON always can be written.
    serde_json::to_string(out).unwrap_or_default()
}

/// What of every incoming frame matters here; the host gets a message as it came.
#[derive(Deserialize)]
pub(super) struct In<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    topic: Option<Text<'a>>,
}

/// A text; serde borrows it inside an `Option` only under a name of its own.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> In<'a> {
    /// Reads a frame; `None` if it is no JSON object with a type.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        Self::plain(text).or_else(|| json::object_in(text).ok())
    }

    /// Reads one as platforms write them; `None` for any that serde should look at.
    fn plain(text: &'a str) -> Option<Self> {
        let (mut kind, mut topic, mut twice) = (None, None, false);
        json::members(text, |key, place| match key {
            b"type" => twice |= kind.replace(place).is_some(),
            b"topic" => twice |= topic.replace(place).is_some(),
            _ => {}
        })?;
        let plain = |place: Range<usize>| {
            let text = text[place].strip_prefix('"')?.strip_suffix('"')?;
            text.bytes().all(|byte| byte != b'\\').then_some(Cow::Borrowed(text))
        };
        let topic = match topic {
            Some(topic) => Some(Text(plain(topic)?)),
            None => None,
        };
        (!twice).then_some(Self { kind: plain(kind?)?, topic })
    }

    pub(super) fn topic(&self) -> Option<&str> {
        self.topic.as_ref().map(|topic| &*topic.0)
    }
}

/// What matters of a message where two connections may bring it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Identity<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    message_id: Option<&'a RawValue>,
}

/// A message's id, as it stands there.
pub(super) fn id(text: &str) -> Option<&str> {
    let Identity { id, message_id } = json::object_in(text).ok()?;
    id.or(message_id).map(RawValue::get)
}

/// What a refusal says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Refusal {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
}

/// A message of a topic, as the platform sent it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Message {
    /// Always `message`.
    #[serde(rename = "type")]
    kind: String,
    /// The topic.
    topic: String,
    /// The message: any JSON.
    data: serde_json::Value,
    /// Its id, where the platform gives it one; none comes twice when connections change.
    id: Option<String>,
}

/// What a STATE event says.
#[derive(Serialize, JsonSchema)]
pub(super) struct StreamState<'a> {
    /// `live`: messages come from now on. `reconnecting`: the connection was lost and is made again; what is published meanwhile is missed. `renewed`: another connection,
    /// with a newer token, has taken over without a gap. `dropped`: items were dropped, see `dropped` and `dropped_total`.
    pub(super) state: &'a str,
    /// Which connection it is about, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connection: Option<u64>,
    /// How many times in a row it has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failures: Option<u32>,
    /// When it is tried next, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delay_ms: Option<u64>,
    /// Why: an error object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Wire<'a>>,
}

impl<'a> StreamState<'a> {
    pub(super) fn of(state: &'a str, connection: u64) -> Self {
        Self { state, connection: Some(connection), failures: None, delay_ms: None, error: None }
    }

    pub(super) fn lost(connection: u64, failures: u32, delay_ms: u64, error: &'a Error) -> Self {
        Self {
            state: "reconnecting",
            connection: Some(connection),
            failures: Some(failures),
            delay_ms: Some(delay_ms),
            error: Some(Wire::from(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_whatever_its_id_is() {
        for (text, id) in [
            (r#"{"type":"message","topic":"t","id":"a","data":1}"#, Some("\"a\"")),
            (r#"{"type":"message","topic":"t","message_id":7,"data":{}}"#, Some("7")),
            (r#"{"type":"message","topic":"t","message_id":7,"id":"a"}"#, Some("\"a\"")),
            (r#"{"type":"message","topic":"\u0074","data":null,"more":[]}"#, None),
        ] {
            assert_eq!((In::read(text).unwrap().topic(), super::id(text)), (Some("t"), id));
        }
    }

    #[test]
    fn a_frame_is_read_as_serde_reads_it_whether_it_is_plain_or_not() {
        for text in [
            r#"{"type":"message","topic":"t"}"#,
            r#" {"topic":null, "type":"a\u0062", "more":[{}]} "#,
            r#"{"t\u0079pe":"message","topic":"t"}"#,
            r#"{"type":"message","topic":"a\"b"}"#,
            r#"{"type":"a","type":"b"}"#,
            r#"{"type":"a","topic":"b","topic":"c"}"#,
            r#"{"type":"a","topic":5}"#,
            r#"{"type":5}"#,
            r#"{"topic":"t"}"#,
            r#"["message","t"]"#,
            r#"{"type":"message","topic":"t"} x"#,
        ] {
            let said = |frame: In| (frame.kind.clone().into_owned(), frame.topic().map(str::to_owned));
            assert_eq!(In::read(text).map(said), json::object_in(text).ok().map(said), "{text}");
        }
    }
}
