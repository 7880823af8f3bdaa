//! Merges a configuration from its sources: the handle's JSON before the environment before the defaults.
//!
//! The schema says which environment variable sets which field (`x-env`), so that there is no second list of them.

use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Code, Error};
use crate::json::{self, JsonError};

const MAX_DEPTH: usize = 32;
const WHAT: &str = "the configuration";

/// Reads a `T` from `text` (empty for none) and from the environment, which `variable` looks up.
pub fn load<T>(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<T, Error>
where
    T: JsonSchema + DeserializeOwned,
{
    json::depth(text, MAX_DEPTH, WHAT)?;
    let mut value = match text.trim() {
        "" => Value::Object(Map::new()),
        text => serde_json::from_str(text)
            .map_err(|error| JsonError::Syntax { what: WHAT.to_owned(), why: error.to_string() })?,
    };
    json::check::<T>(&value, WHAT).map_err(as_config)?;
    for binding in bindings::<T>() {
        if let Some(text) = variable(&binding.variable).filter(|text| !text.is_empty()) {
            binding.apply(&mut value, &text)?;
        }
    }
    json::check::<T>(&value, WHAT).map_err(as_config)?;
    serde_json::from_value(value).map_err(|error| Error::new(Code::Config, format!("{WHAT}: {error}")))
}

/// The process's environment, for [`load`].
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A field that an environment variable sets.
struct Binding {
    variable: String,
    path: Vec<String>,
    kind: String,
    choices: Vec<String>,
}

impl Binding {
    /// Sets the field from the variable's text, unless the JSON has set it already.
    fn apply(&self, root: &mut Value, text: &str) -> Result<(), Error> {
        let mut place = root;
        for name in &self.path {
            let Value::Object(object) = place else { return Ok(()) };
            place = object.entry(name.as_str()).or_insert(Value::Null);
            if place.is_null() && name != self.path.last().unwrap_or(name) {
                *place = Value::Object(Map::new());
            }
        }
        if place.is_null() {
            *place = self.parse(text)?;
        }
        Ok(())
    }

    fn parse(&self, text: &str) -> Result<Value, Error> {
        let wrong = |what: &str| {
            let message = format!("the environment variable {} must be {what}", self.variable);
            Err(Error::new(Code::Config, message).with("variable", self.variable.as_str()))
        };
        match self.kind.as_str() {
            "integer" => {
                text.trim().parse::<i64>().map_or_else(|_| wrong("a whole number"), |number| Ok(number.into()))
            }
            "boolean" => match text.trim().to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => Ok(true.into()),
                "0" | "false" | "no" | "off" => Ok(false.into()),
                _ => wrong("true or false"),
            },
            "array" => Ok(text.split([' ', ',']).filter(|item| !item.is_empty()).collect()),
            _ if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == text) => {
                wrong(&format!("one of {}", self.choices.join(", ")))
            }
            _ => Ok(text.into()),
        }
    }
}

/// All fields of `T` that an environment variable sets.
fn bindings<T: JsonSchema>() -> Vec<Binding> {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>().to_value();
    let mut found = Vec::new();
    collect(&schema, &schema, &mut Vec::new(), &mut found);
    found
}

fn collect(root: &Value, schema: &Value, path: &mut Vec<String>, found: &mut Vec<Binding>) {
    let target = resolve(root, schema);
    if let Some(variable) = schema.get("x-env").and_then(Value::as_str) {
        found.push(Binding {
            variable: variable.to_owned(),
            path: path.clone(),
            kind: kind(target),
            choices: json::choices(root, schema),
        });
        return;
    }
    for (name, inner) in target.get("properties").and_then(Value::as_object).into_iter().flatten() {
        path.push(name.clone());
        collect(root, inner, path, found);
        path.pop();
    }
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
    reference.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

fn kind(schema: &Value) -> String {
    match schema.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("string").to_owned()
        }
        _ => "string".to_owned(),
    }
}

/// The same error in the numbers of the configuration.
fn as_config(error: JsonError) -> Error {
    let unknown = matches!(error, JsonError::UnknownKey { .. });
    let mut error = Error::from(error);
    if error.code == Code::Request {
        error.code = if unknown { Code::ConfigUnknownKey } else { Code::Config };
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AuthType, ClientConfig, LogLevel, RuntimeConfig};

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn nothing_given_means_the_defaults() {
        let config: ClientConfig = load("", none).unwrap();
        assert_eq!(config.timeouts.total_ms, 30_000);
        assert_eq!(config.retry.max_attempts, 3);
        assert!(config.base_url.is_none());
    }

    #[test]
    fn the_json_wins_over_the_environment() {
        let variable = |name: &str| match name {
            "KEI_API_URL" => Some("https://env.example".to_owned()),
            "KEI_OIDC_SCOPES" => Some("a, b c".to_owned()),
            "KEI_AUTH_TYPE" => Some("oidc".to_owned()),
            _ => None,
        };
        let config: ClientConfig = load(r#"{"base_url":"https://json.example"}"#, variable).unwrap();
        assert_eq!(config.base_url.as_deref(), Some("https://json.example"));
        assert_eq!(config.auth.scopes, ["a", "b", "c"]);
        assert_eq!(config.auth.kind, Some(AuthType::Oidc));
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let level = |name: &str| (name == "KEI_LOG_LEVEL").then(|| "loud".to_owned());
        let error = load::<RuntimeConfig>("{}", level).unwrap_err();
        assert_eq!(error.code, Code::Config);
        assert!(error.message.contains("KEI_LOG_LEVEL must be one of off, error, warn"), "{}", error.message);
        let level = |name: &str| (name == "KEI_LOG_LEVEL").then(|| "debug".to_owned());
        assert_eq!(load::<RuntimeConfig>("{}", level).unwrap().log.level, LogLevel::Debug);
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest() {
        let error = load::<ClientConfig>(r#"{"auth":{"client_idd":"x"}}"#, none).unwrap_err();
        assert_eq!(error.code, Code::ConfigUnknownKey);
        assert_eq!(error.message, "unknown key `auth.client_idd` in the configuration; did you mean `client_id`?");
    }

    #[test]
    fn a_number_out_of_range_is_refused_with_the_range() {
        let error = load::<ClientConfig>(r#"{"timeouts":{"total_ms":0}}"#, none).unwrap_err();
        assert_eq!(error.code, Code::Config);
        assert!(error.message.contains("`timeouts.total_ms` must be from 1 to 86400000, not 0"), "{}", error.message);
    }

    #[test]
    fn every_default_fits_its_own_schema() {
        let value = serde_json::to_value(ClientConfig::default()).unwrap();
        json::check::<ClientConfig>(&value, "the default").unwrap();
        let value = serde_json::to_value(RuntimeConfig::default()).unwrap();
        json::check::<RuntimeConfig>(&value, "the default").unwrap();
    }
}
