//! JSON from outside: checked for size, UTF-8 and depth, read into types, with errors that say where and what instead.
//!
//! The happy path is one pass of serde. Only when that fails is the text walked against the type's JSON Schema, to
//! name the path, and for an unknown key the nearest known one.

use std::fmt::Display;

use serde::Deserialize;
use serde_json::Value;

use crate::error::{Code, Error};

mod bounds;
mod members;
mod scan;
mod schema;
mod walk;

pub use bounds::Bounds;
pub use members::{is_plain, members};
pub use schema::{DEFINITIONS, Schema};
pub use walk::{choices, join, near, nearest};

/// What is wrong with a JSON text.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JsonError {
    /// The text is not UTF-8.
    #[error("{what} is not UTF-8: byte {at} is wrong")]
    Utf8 {
        /// What the text is.
        what: String,
        /// The first wrong byte.
        at: usize,
    },
    /// The text is not JSON.
    #[error("{what} is not JSON: {why}")]
    Syntax {
        /// What the text is.
        what: String,
        /// Where and why.
        why: String,
    },
    /// The text nests too deeply.
    #[error("{what}: `{path}` nests more than {limit} levels deep")]
    TooDeep {
        /// What the text is.
        what: String,
        /// Where it does.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// A key is not known.
    #[error("unknown key `{path}` in {what}; {hint}")]
    UnknownKey {
        /// What the text is.
        what: String,
        /// The key with its path.
        path: String,
        /// The nearest known one, or all of them.
        hint: String,
    },
    /// A value does not fit.
    #[error("{message}")]
    Invalid {
        /// What is wrong where, and what would be right.
        message: String,
    },
}

impl From<JsonError> for Error {
    fn from(error: JsonError) -> Self {
        let code = match &error {
            JsonError::Utf8 { .. } => Code::Utf8,
            JsonError::Syntax { .. } | JsonError::TooDeep { .. } => Code::Json,
            JsonError::UnknownKey { .. } | JsonError::Invalid { .. } => Code::Request,
        };
        Self::new(code, error.to_string())
    }
}

/// Checks that `bytes` are UTF-8, and answers them as text.
pub fn text<'a>(bytes: &'a [u8], what: &(impl Display + ?Sized)) -> Result<&'a str, JsonError> {
    std::str::from_utf8(bytes).map_err(|error| JsonError::Utf8 { what: what.to_string(), at: error.valid_up_to() })
}

/// Checks that `text` nests at most `limit` levels deep, without reading it further.
pub fn depth(text: &str, limit: usize, what: &(impl Display + ?Sized)) -> Result<(), JsonError> {
    Bounds::of_depth(limit).check(text, what)
}

/// Reads `text` as a `T`. `what` names the text in errors, for example `the request of plan`; `schema` answers the schema of `T`, for them alone.
pub fn decode<'a, T: Deserialize<'a>>(
    text: &'a str,
    what: &(impl Display + ?Sized),
    schema: impl FnOnce() -> Schema,
) -> Result<T, JsonError> {
    object_in(text).map_err(|error| explain(text, &what.to_string(), schema(), &error))
}

/// Reads a JSON object as a `T`. An array is refused, which serde would take for the object's fields in their order.
pub fn object<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> serde_json::Result<T> {
    no_array(bytes)?;
    serde_json::from_slice(bytes)
}

/// Does the same with a text, which is known to be UTF-8.
pub fn object_in<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    no_array(text.as_bytes())?;
    serde_json::from_str(text)
}

fn no_array(bytes: &[u8]) -> serde_json::Result<()> {
    match bytes.trim_ascii_start().first() {
        Some(b'[') => Err(serde::de::Error::custom("an array, where an object should be")),
        _ => Ok(()),
    }
}

/// Checks a value against a schema: unknown keys, types, ranges and choices.
pub fn check(schema: Schema, value: &Value, what: &str) -> Result<(), JsonError> {
    walk::check(schema, value, what)
}

fn explain(text: &str, what: &str, schema: Schema, error: &serde_json::Error) -> JsonError {
    let value = match serde_json::from_str::<Value>(text) {
        Ok(value) => value,
        Err(syntax) => {
            return JsonError::Syntax { what: what.to_owned(), why: syntax.to_string() };
        }
    };
    match check(schema, &value, what) {
        Err(found) => found,
        // The schema is content, so only the type itself knows; its words name the field but never a value of ours.
        Ok(()) => JsonError::Invalid { message: format!("{what}: {error}") },
    }
}

#[cfg(test)]
mod tests {
    use once_cell::sync::Lazy;
    use schemars::JsonSchema;

    use super::*;
    use crate::schemas;

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        objective: String,
        #[serde(default)]
        #[schemars(range(min = 1, max = 10))]
        count: Option<u32>,
        #[serde(default)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        kind: Kind,
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        /// One.
        Alpha,
        /// Two.
        Beta,
    }

    fn schema() -> Schema {
        static TEXT: Lazy<String> = Lazy::new(|| {
            let mut schemas = schemas::generator();
            schemas.subschema_for::<Sample>();
            schemas::written(schemas.take_definitions(true))
        });
        Schema::among(&TEXT, "Sample").unwrap()
    }

    fn message(text: &str) -> String {
        decode::<Sample>(text, "the request", schema).unwrap_err().to_string()
    }

    #[test]
    fn an_array_does_not_pass_for_the_fields_of_an_object() {
        assert_eq!(message(r#" ["x", 3, []]"#), "the request must be an object, not an array");
    }

    #[test]
    fn what_fits_is_read() {
        let sample: Sample = decode(r#"{"objective":"x","inner":[{"kind":"beta"}]}"#, "the request", schema).unwrap();
        assert_eq!(sample.inner, [Inner { kind: Kind::Beta }]);
    }

    #[test]
    fn an_unknown_key_is_named_with_the_nearest_known_one() {
        assert_eq!(message(r#"{"objectve":"x"}"#), "unknown key `objectve` in the request; did you mean `objective`?");
        assert_eq!(
            message(r#"{"objective":"x","inner":[{"kind":"beta"},{"knd":1}]}"#),
            "unknown key `inner[1].knd` in the request; did you mean `kind`?"
        );
        let far = message(r#"{"objective":"x","zzz":1}"#);
        assert!(far.contains("known keys: `count`, `inner`, `objective`"), "{far}");
    }

    #[test]
    fn a_wrong_value_is_named_with_what_would_be_right() {
        assert_eq!(message(r#"{"objective":5}"#), "the request: `objective` must be a string, not a number");
        assert_eq!(message(r"{}"), "the request: `objective` is missing");
        assert_eq!(message(r"[]"), "the request must be an object, not an array");
        assert_eq!(
            message(r#"{"objective":"x","inner":[{"kind":"bta"}]}"#),
            "the request: `inner[0].kind` must be one of `alpha`, `beta`; did you mean `beta`?"
        );
        let value = serde_json::json!({"objective": "x", "count": 11});
        let error = check(schema(), &value, "the request").unwrap_err().to_string();
        assert_eq!(error, "the request: `count` must be from 1 to 10, not 11");
    }

    #[test]
    fn what_is_not_json_says_where() {
        assert!(message("{\"objective\":").contains("is not JSON: EOF while parsing"));
        assert_eq!(text(b"ab\xffc", "the request"), Err(JsonError::Utf8 { what: "the request".into(), at: 2 }));
    }

    #[test]
    fn depth_counts_brackets_outside_strings_only() {
        assert!(depth(r#"{"a":["[[[[\"[[[["]}"#, 2, "x").is_ok());
        assert!(depth("[[[]]]", 2, "x").is_err());
        assert!(depth("[[],[],[[]]]", 3, "x").is_ok());
        assert!(depth(&"[".repeat(1 << 20), 64, "x").is_err());
    }
}
