//! The JSON Schemas of what the library takes and answers: operations, the configuration, the options of a call, errors.
//!
//! The types derive them, by `schemars`, when the tests are built: the library itself holds their text alone, and none of the code that makes it.
//! `make schemas` writes that text, a line for each schema: its name, a blank, its JSON. A test of `operations::describe` sees that it is what the
//! types say.

use std::collections::BTreeMap;

use once_cell::sync::Lazy;
use serde_json::{Map, Value};

const TEXT: &str = include_str!("schemas.txt");

/// Where in a document the definitions stand that its schemas refer to.
pub const DEFINITIONS: &str = "#/components/schemas/";

static BY_NAME: Lazy<BTreeMap<&str, &str>> =
    Lazy::new(|| TEXT.lines().filter_map(|line| line.split_once(' ')).collect());

/// The schema of this name, if there is one.
pub fn find(name: &str) -> Option<Value> {
    BY_NAME.get(name).and_then(|text| serde_json::from_str(text).ok())
}

/// The same as a document, with the definitions in it. Anything fits that of a name which is not there.
pub fn document(name: &str) -> Value {
    let named = find(name).unwrap_or_default();
    let mut schema = target(&named).and_then(find).unwrap_or(named);
    // Nothing of it is copied: two of these are made before a process's first call.
    let definitions = definitions(&schema);
    if let Some(rules) = schema.as_object_mut() {
        rules.insert("components".into(), Map::from_iter([("schemas".into(), definitions.into())]).into());
    }
    schema
}

/// What a schema refers to, and what that refers to in turn, by name.
pub fn definitions(schema: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    gather(schema, &mut found);
    found
}

/// The name of the definition that a schema stands for.
pub fn target(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(DEFINITIONS)
}

fn gather(schema: &Value, found: &mut Map<String, Value>) {
    if let Some(name) = target(schema)
        && !found.contains_key(name)
        && let Some(definition) = find(name)
    {
        // It may refer to itself.
        found.insert(name.to_owned(), Value::Null);
        gather(&definition, found);
        found.insert(name.to_owned(), definition);
    }
    match schema {
        Value::Object(rules) => rules.values().for_each(|inner| gather(inner, found)),
        Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
        _ => {}
    }
}

/// What makes the schemas of types, as they stand in the text.
#[cfg(test)]
pub(crate) fn generator() -> schemars::SchemaGenerator {
    let settings = schemars::generate::SchemaSettings::draft07().with(|settings| {
        settings.definitions_path = DEFINITIONS.trim_start_matches('#').into();
        settings.meta_schema = None;
    });
    settings.into_generator()
}
