//! A walk over a value along its JSON Schema, to say where the two part and what would be right.
//!
//! It knows the part of JSON Schema that `schemas` has for our own types. It repeats numbers, but never a text,
//! which may be a secret in the wrong place.

use serde_json::{Map, Value};

use super::JsonError;
use crate::schemas;

/// Finds the first place where `value` leaves `schema`.
pub(super) fn check(schema: &Value, value: &Value, what: &str) -> Result<(), JsonError> {
    Walk { root: schema, what }.visit(schema, value, "")
}

/// The known name most like `name`, if one is near enough to be what was meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    near(name, known).into_iter().next()
}

/// Up to three known names that are near enough to `name` to be what was meant, the nearest first.
pub fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let allowed = (name.chars().count() / 3).clamp(1, 4);
    let begins = |candidate: &str| name.len() >= 3 && candidate.starts_with(name);
    let mut found: Vec<_> = known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= allowed || begins(candidate))
        .collect();
    found.sort_unstable();
    found.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// The texts that a schema allows, if it is an enumeration, alone or beside null.
pub fn choices(root: &Value, schema: &Value) -> Vec<String> {
    let Some(rules) = resolve(root, schema).as_object() else { return Vec::new() };
    if let Some(found) = allowed(rules) {
        return found.into_iter().map(str::to_owned).collect();
    }
    alternatives(rules).into_iter().flatten().flat_map(|option| choices(root, option)).collect()
}

/// The rules of a schema: its own, or those of the definition that it stands for. One that says more about it refers to it by an `allOf` of one.
pub fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let only = schema.get("allOf").and_then(|all| all.get(0)).unwrap_or(schema);
    let found = schemas::target(only).and_then(|name| root.get("components")?.get("schemas")?.get(name));
    found.map_or(schema, |found| resolve(root, found))
}

struct Walk<'a> {
    root: &'a Value,
    what: &'a str,
}

impl Walk<'_> {
    fn visit(&self, schema: &Value, value: &Value, path: &str) -> Result<(), JsonError> {
        let Some(rules) = resolve(self.root, schema).as_object() else {
            return Ok(());
        };
        if let Some(names) = allowed(rules) {
            return self.visit_choices(&names, value, path);
        }
        if let Some(options) = alternatives(rules) {
            return self.visit_alternatives(options, value, path);
        }
        self.visit_type(rules, value, path)?;
        match value {
            Value::Object(object) => self.visit_object(rules, object, path),
            Value::Array(items) => match rules.get("items") {
                Some(schema) => items
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, item)| self.visit(schema, item, &format!("{path}[{index}]"))),
                None => Ok(()),
            },
            Value::Number(number) => self.visit_range(rules, number.as_f64().unwrap_or(f64::NAN), value, path),
            _ => Ok(()),
        }
    }

    fn visit_choices(&self, choices: &[&str], value: &Value, path: &str) -> Result<(), JsonError> {
        let Some(text) = value.as_str() else {
            return self.wrong(path, &format!("must be one of {}, not {}", list(choices), kind(value)));
        };
        if choices.contains(&text) {
            return Ok(());
        }
        let hint = nearest(text, choices.iter().copied()).map(|name| format!("; did you mean `{name}`?"));
        self.wrong(path, &format!("must be one of {}{}", list(choices), hint.unwrap_or_default()))
    }

    fn visit_alternatives(&self, options: &[Value], value: &Value, path: &str) -> Result<(), JsonError> {
        let mut first = None;
        for option in options {
            match self.visit(option, value, path) {
                Ok(()) => return Ok(()),
                Err(error) => _ = first.get_or_insert(error),
            }
        }
        first.map_or(Ok(()), Err)
    }

    fn visit_type(&self, rules: &Map<String, Value>, value: &Value, path: &str) -> Result<(), JsonError> {
        let wanted: Vec<&str> = match rules.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => return Ok(()),
        };
        if wanted.iter().any(|name| is_type(name, value)) {
            return Ok(());
        }
        let names: Vec<_> = wanted.iter().filter(|name| **name != "null").map(|name| article(name)).collect();
        self.wrong(path, &format!("must be {}, not {}", names.join(" or "), kind(value)))
    }

    fn visit_object(
        &self,
        rules: &Map<String, Value>,
        object: &Map<String, Value>,
        path: &str,
    ) -> Result<(), JsonError> {
        let empty = Map::new();
        let known = rules.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let open = rules.get("additionalProperties");
        for (key, inner) in object {
            let place = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match (known.get(key), open) {
                (Some(schema), _) => self.visit(schema, inner, &place)?,
                (None, Some(Value::Bool(false))) => return Err(self.unknown(key, place, known)),
                (None, Some(schema)) => self.visit(schema, inner, &place)?,
                (None, None) => {}
            }
        }
        let needed = rules.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for name in needed {
            if !object.contains_key(name) {
                let place = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                return self.wrong(&place, "is missing");
            }
        }
        Ok(())
    }

    fn visit_range(&self, rules: &Map<String, Value>, number: f64, value: &Value, path: &str) -> Result<(), JsonError> {
        let bound = |name| rules.get(name).and_then(Value::as_f64);
        let (low, high) = (bound("minimum"), bound("maximum"));
        if low.is_none_or(|low| number >= low) && high.is_none_or(|high| number <= high) {
            return Ok(());
        }
        let show = |name| rules.get(name).map(ToString::to_string).unwrap_or_default();
        let range = match (low, high) {
            (Some(_), Some(_)) => format!("from {} to {}", show("minimum"), show("maximum")),
            (Some(_), None) => format!("at least {}", show("minimum")),
            _ => format!("at most {}", show("maximum")),
        };
        self.wrong(path, &format!("must be {range}, not {value}"))
    }

    fn unknown(&self, key: &str, path: String, known: &Map<String, Value>) -> JsonError {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let hint = match nearest(key, names.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None if names.is_empty() => "no keys are known here".to_owned(),
            None => format!("known keys: {}", list(&names)),
        };
        JsonError::UnknownKey { what: self.what.to_owned(), path, hint }
    }

    fn wrong(&self, path: &str, why: &str) -> Result<(), JsonError> {
        let message =
            if path.is_empty() { format!("{} {why}", self.what) } else { format!("{}: `{path}` {why}", self.what) };
        Err(JsonError::Invalid { message })
    }
}

/// The texts that an enumeration allows, if the schema is one.
fn allowed(rules: &Map<String, Value>) -> Option<Vec<&str>> {
    if let Some(values) = rules.get("enum").and_then(Value::as_array) {
        return values.iter().map(Value::as_str).collect();
    }
    let mut all = Vec::new();
    for option in rules.get("oneOf")?.as_array()? {
        match (option.get("const"), option.get("enum").and_then(Value::as_array)) {
            (Some(value), _) => all.push(value.as_str()?),
            (None, Some(values)) => all.extend(values.iter().filter_map(Value::as_str)),
            (None, None) => return None,
        }
    }
    Some(all)
}

fn alternatives(rules: &Map<String, Value>) -> Option<&[Value]> {
    rules.get("anyOf").or_else(|| rules.get("oneOf"))?.as_array().map(Vec::as_slice)
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn article(name: &str) -> String {
    match name {
        "integer" => "a whole number".to_owned(),
        "object" | "array" => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
