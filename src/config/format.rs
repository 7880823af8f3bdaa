//! The formats of configuration files. Whatever the format, a key stands once, and nothing of the text is repeated in an error: it may be a secret.

use std::fmt;
use std::path::Path;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{Code, Error, Result, words};
use crate::json::{Bounds, JsonError};

/// No configuration nests nearly as deeply, and nothing else could be read as a value. The parsers of the other formats have bounds of their own.
const BOUNDS: Bounds = Bounds { infinite: false, halves: false, ..Bounds::of_depth(100) };

/// A format, by the ending of a file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON (RFC 8259).
    Json,
    /// TOML 1.0.
    Toml,
    /// YAML 1.2, one document.
    Yaml,
}

impl Format {
    /// The format of a file.
    pub fn of(path: &Path) -> Result<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        match ending.as_deref() {
            Some("json") => Ok(Self::Json),
            Some("toml") => Ok(Self::Toml),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            _ => {
                let message = format!(
                    "`config.path`: {} has no format: its name must end with .json, .toml, .yaml or .yml",
                    path.display()
                );
                Err(Error::new(Code::ConfigFile, message).with("field", "config.path"))
            }
        }
    }

    /// Reads a text as an object. `what` names it in errors.
    pub fn read(self, text: &str, what: &str) -> Result<Map<String, Value>> {
        if text.trim().is_empty() {
            return Ok(Map::new());
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if self == Self::Json {
            BOUNDS.check(text, what).map_err(as_config)?;
        }
        let read = match self {
            Self::Json => serde_json::from_str::<Strict>(text).map_err(|error| words(&error.to_string())),
            Self::Toml => toml::from_str::<Strict>(text).map_err(|error| toml_error(text, &error)),
            Self::Yaml => serde_norway::from_str::<Strict>(text).map_err(|error| words(&error.to_string())),
        };
        let name = match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        };
        let code = if self == Self::Json { Code::Json } else { Code::Config };
        match read {
            Ok(Strict(Value::Object(object))) => Ok(object),
            // A YAML file of comments alone.
            Ok(Strict(Value::Null)) if self == Self::Yaml => Ok(Map::new()),
            Ok(_) => Err(Error::new(Code::Config, format!("{what} must be an object"))),
            Err(why) => Err(Error::new(code, format!("{what} is not {name}: {why}"))),
        }
    }
}

/// The same error in the numbers of the configuration.
pub(super) fn as_config(error: JsonError) -> Error {
    let unknown = matches!(error, JsonError::UnknownKey { .. });
    let mut error = Error::from(error);
    if error.code == Code::Request {
        error.code = if unknown { Code::ConfigUnknownKey } else { Code::Config };
    }
    error
}

/// The crate's own words would show the line, and with it what stands there.
fn toml_error(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{} at line {line} column {column}", words(error.message()))
}

/// A value in which no key stands twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true, false, a list or an object")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if object.contains_key(&key) {
                return Err(de::Error::custom(format!("the key `{}` stands twice", words(&key))));
            }
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(format: Format, text: &str) -> Result<Value, String> {
        format.read(text, "the file").map(Value::Object).map_err(|error| error.message.clone())
    }

    #[test]
    fn the_three_formats_say_the_same() {
        let expected = json!({ "base_url": "https://a.example", "tls": { "pins": ["x"], "insecure_skip_verify": false },
            "retry": { "max_attempts": 3 }, "hedge": { "quantile": 0.9 } });
        assert_eq!(read(Format::Json, &expected.to_string()).unwrap(), expected);
        let toml = "base_url = \"https://a.example\"\n[tls]\npins = [\"x\"]\ninsecure_skip_verify = false\n[retry]\nmax_attempts = 3\n[hedge]\nquantile = 0.9\n";
        assert_eq!(read(Format::Toml, toml).unwrap(), expected);
        let yaml = "base_url: https://a.example\ntls:\n  pins: [x]\n  insecure_skip_verify: false\nretry: {max_attempts: 3}\nhedge: {quantile: 0.9}\n";
        assert_eq!(read(Format::Yaml, yaml).unwrap(), expected);
        for format in [Format::Json, Format::Toml, Format::Yaml] {
            assert_eq!(read(format, " \n").unwrap(), json!({}));
        }
        assert_eq!(read(Format::Yaml, "# nothing yet\n").unwrap(), json!({}));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_in_every_format() {
        for (format, text) in [
            (Format::Json, r#"{"a":1,"b":{"hunter2":1,"hunter2":2}}"#),
            (Format::Toml, "a = 1\na = 2\n"),
            (Format::Yaml, "a: 1\na: 2\n"),
        ] {
            assert!(read(format, text).is_err(), "{text}");
        }
        assert!(read(Format::Yaml, "a: 1\na: 2\n").unwrap_err().contains("`a` stands twice"));
    }

    #[test]
    fn what_cannot_be_read_says_where_and_repeats_nothing() {
        for (format, text, at) in [
            (Format::Json, "{\n \"token\": \"hunter2\n", "line 3"),
            (Format::Toml, "a = 1\ntoken = hunter2\n", "line 2"),
            (Format::Toml, "token = \"hunter2\nx\"\n", "line"),
            (Format::Yaml, "a: 1\ntoken: \"hunter2\n", "line"),
            (Format::Yaml, "a: *hunter2\n", "line"),
        ] {
            let error = read(format, text).unwrap_err();
            assert!(error.contains(at), "{error}");
            assert!(format == Format::Yaml || !error.contains("hunter2"), "{error}");
        }
        assert!(read(Format::Yaml, "token: \"hunter2\n").is_err_and(|error| !error.contains("hunter2")));
        assert!(read(Format::Toml, "a = nan\n").unwrap_err().contains("not finite"));
        assert!(read(Format::Yaml, "- a\n").unwrap_err().contains("must be an object"));
        let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert!(read(Format::Json, &deep("{\"a\":", "}")).unwrap_err().contains("`a.a.a"));
        for (text, why) in
            [(r#"{"a":{"b":[1e999]}}"#, "`a.b[0]` is too large"), (r#"{"a":"\ud800"}"#, "`a` holds half a character")]
        {
            let error = Format::Json.read(text, "the file").unwrap_err();
            assert!(error.code == Code::Config && error.message.contains(why), "{error}");
        }
        assert!(read(Format::Toml, &format!("a = {}", deep("[", "]"))).is_err());
        assert!(read(Format::Yaml, &deep("[", "]")).is_err());
    }

    #[test]
    fn a_yaml_file_cannot_grow_in_memory() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..12 {
            let before = level - 1;
            let nine = vec![format!("*a{before}"); 9].join(",");
            bomb = format!("{bomb}a{level}: &a{level} [{nine}]\n");
        }
        assert!(read(Format::Yaml, &bomb).unwrap_err().contains("repetition limit"));
    }
}
