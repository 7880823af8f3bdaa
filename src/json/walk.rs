//! A walk over a value along its JSON Schema, to say where the two part and what would be right.
//!
//! It knows the part of JSON Schema that `schemas` has for our own types. It repeats numbers, but never a text,
//! which may be a secret in the wrong place.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::JsonError;
use crate::json::Schema;
use crate::order;

/// Finds the first place where `value` leaves `schema`.
pub(super) fn check(schema: Schema, value: &Value, what: &str) -> Result<(), JsonError> {
    Walk { what }.visit(schema, value, "")
}

/// The known name most like `name`, if one is near enough to be what was meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    near(name, known).into_iter().next()
}

/// Up to three known names that are near enough to `name` to be what was meant, the nearest first.
pub fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let allowed = (name.chars().count() / 3).clamp(1, 4);
    let begins = |candidate: &str| name.len() >= 3 && candidate.starts_with(name);
    let mut found = Vec::new();
    for candidate in known {
        let distance = strsim::damerau_levenshtein(name, candidate);
        if distance <= allowed || begins(candidate) {
            order::put(&mut found, (distance, candidate), Ord::cmp);
        }
    }
    found.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// The texts that a schema allows, if it is an enumeration, alone or beside null.
pub fn choices(schema: Schema) -> Vec<String> {
    let rules = Rules::of(schema);
    rules.allowed().unwrap_or_else(|| rules.alternatives().into_iter().flatten().flat_map(choices).collect())
}

/// What a schema says, as far as it is looked at here.
#[derive(Default)]
struct Rules {
    kinds: Option<Schema>,
    allowed: Option<Schema>,
    one_of: Option<Schema>,
    any_of: Option<Schema>,
    properties: Option<Schema>,
    additional: Option<Schema>,
    required: Option<Schema>,
    items: Option<Schema>,
    minimum: Option<Schema>,
    maximum: Option<Schema>,
}

impl Rules {
    /// Those of a schema, or of the definition that it stands for.
    fn of(schema: Schema) -> Self {
        let (mut rules, mut definition) = (Self::default(), None);
        schema.each(|key, inner| {
            if let Some(found) = schema.definition(key, inner) {
                definition = Some(found);
            }
            let place = match key {
                "type" => &mut rules.kinds,
                "enum" => &mut rules.allowed,
                "oneOf" => &mut rules.one_of,
                "anyOf" => &mut rules.any_of,
                "properties" => &mut rules.properties,
                "additionalProperties" => &mut rules.additional,
                "required" => &mut rules.required,
                "items" => &mut rules.items,
                "minimum" => &mut rules.minimum,
                "maximum" => &mut rules.maximum,
                _ => return,
            };
            *place = Some(inner);
        });
        definition.map_or(rules, Self::of)
    }

    /// The texts that an enumeration allows, if it is one.
    fn allowed(&self) -> Option<Vec<String>> {
        if let Some(texts) = self.allowed {
            return texts.read();
        }
        let mut all = Vec::new();
        for option in self.one_of?.items() {
            match (option.at("const"), option.at("enum")) {
                (Some(text), _) => all.push(text.read()?),
                (None, Some(texts)) => all.extend(texts.read::<Vec<String>>()?),
                (None, None) => return None,
            }
        }
        Some(all)
    }

    fn alternatives(&self) -> Option<Vec<Schema>> {
        self.any_of.or(self.one_of).map(Schema::items)
    }

    /// The types that a value may have; none for any.
    fn kinds(&self) -> Vec<&'static str> {
        let Some(kinds) = self.kinds else { return Vec::new() };
        kinds.read().map_or_else(|| kinds.read().unwrap_or_default(), |one| vec![one])
    }
}

struct Walk<'a> {
    what: &'a str,
}

impl Walk<'_> {
    fn visit(&self, schema: Schema, value: &Value, path: &str) -> Result<(), JsonError> {
        let rules = Rules::of(schema);
        if let Some(texts) = rules.allowed() {
            return self.visit_choices(&texts, value, path);
        }
        if let Some(options) = rules.alternatives() {
            return self.visit_alternatives(&options, value, path);
        }
        self.visit_type(&rules, value, path)?;
        match value {
            Value::Object(object) => self.visit_object(&rules, object, path),
            Value::Array(items) => match rules.items {
                Some(schema) => items
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, item)| self.visit(schema, item, &format!("{path}[{index}]"))),
                None => Ok(()),
            },
            Value::Number(number) => self.visit_range(&rules, number.as_f64().unwrap_or(f64::NAN), value, path),
            _ => Ok(()),
        }
    }

    fn visit_choices(&self, choices: &[String], value: &Value, path: &str) -> Result<(), JsonError> {
        let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
        let Some(text) = value.as_str() else {
            return self.wrong(path, &format!("must be one of {}, not {}", list(&choices), kind(value)));
        };
        if choices.contains(&text) {
            return Ok(());
        }
        let hint = nearest(text, choices.iter().copied()).map(|name| format!("; did you mean `{name}`?"));
        self.wrong(path, &format!("must be one of {}{}", list(&choices), hint.unwrap_or_default()))
    }

    fn visit_alternatives(&self, options: &[Schema], value: &Value, path: &str) -> Result<(), JsonError> {
        let mut first = None;
        for option in options {
            match self.visit(*option, value, path) {
                Ok(()) => return Ok(()),
                Err(error) => _ = first.get_or_insert(error),
            }
        }
        first.map_or(Ok(()), Err)
    }

    fn visit_type(&self, rules: &Rules, value: &Value, path: &str) -> Result<(), JsonError> {
        let wanted = rules.kinds();
        if wanted.is_empty() || wanted.iter().any(|name| is_type(name, value)) {
            return Ok(());
        }
        let names: Vec<_> = wanted.iter().filter(|name| **name != "null").map(|name| article(name)).collect();
        self.wrong(path, &format!("must be {}, not {}", names.join(" or "), kind(value)))
    }

    fn visit_object(&self, rules: &Rules, object: &Map<String, Value>, path: &str) -> Result<(), JsonError> {
        let mut known = BTreeMap::new();
        if let Some(properties) = rules.properties.filter(|_| !object.is_empty()) {
            properties.each(|name, schema| {
                if object.contains_key(name) {
                    known.insert(name, schema);
                }
            });
        }
        let open = rules.additional.map(|schema| (schema, schema.json() == "false"));
        for (key, inner) in object {
            let place = join(path, key);
            match (known.get(key.as_str()), open) {
                (Some(schema), _) => self.visit(*schema, inner, &place)?,
                (None, Some((_, true))) => return Err(self.unknown(key, place, rules)),
                (None, Some((schema, false))) => self.visit(schema, inner, &place)?,
                (None, None) => {}
            }
        }
        let needed: Vec<&str> = rules.required.and_then(Schema::read).unwrap_or_default();
        match needed.iter().find(|name| !object.contains_key(**name)) {
            Some(name) => self.wrong(&join(path, name), "is missing"),
            None => Ok(()),
        }
    }

    fn visit_range(&self, rules: &Rules, number: f64, value: &Value, path: &str) -> Result<(), JsonError> {
        let bound = |schema: Option<Schema>| schema.and_then(Schema::read::<f64>);
        let (low, high) = (bound(rules.minimum), bound(rules.maximum));
        if low.is_none_or(|low| number >= low) && high.is_none_or(|high| number <= high) {
            return Ok(());
        }
        let show = |schema: Option<Schema>| schema.map_or("", Schema::json);
        let range = match (low, high) {
            (Some(_), Some(_)) => format!("from {} to {}", show(rules.minimum), show(rules.maximum)),
            (Some(_), None) => format!("at least {}", show(rules.minimum)),
            _ => format!("at most {}", show(rules.maximum)),
        };
        self.wrong(path, &format!("must be {range}, not {value}"))
    }

    fn unknown(&self, key: &str, path: String, rules: &Rules) -> JsonError {
        let mut names = Vec::new();
        if let Some(properties) = rules.properties {
            properties.each(|name, _| names.push(name));
        }
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

/// The name under a path.
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
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
