//! The JSON Schemas of what the library takes and answers: operations, the configuration, the options of a call, errors.
//!
//! The types derive them, by `schemars`, when the tests are built: the library itself holds their text alone, and none of the code that makes it.
//! `make schemas` writes that text, a line for each schema, in the order of their names: its name, a blank, its JSON. A test of `operations::describe`
//! sees that it is what the types say. What is checked by a schema is checked by its text: to read all of them into memory would take most of the
//! time that a process needs before its first call.

use serde_json::{Map, Value};

pub use crate::json::DEFINITIONS;
use crate::json::Schema;

const TEXT: &str = include_str!("schemas.txt");

/// The schema of this name. Anything fits that of a name which is not there.
pub fn named(name: &str) -> Schema {
    Schema::among(TEXT, name).unwrap_or(Schema::ANY)
}

/// The schema of this name as a value, if there is one.
pub fn find(name: &str) -> Option<Value> {
    Schema::among(TEXT, name)?.read()
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

/// A text like that of the library, of these schemas.
#[cfg(test)]
pub(crate) fn written(schemas: impl IntoIterator<Item = (String, Value)>) -> String {
    let lines: std::collections::BTreeMap<_, _> = schemas.into_iter().collect();
    lines.into_iter().map(|(name, schema)| format!("{name} {schema}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_schema_is_found_by_its_name_and_no_other() {
        let names: Vec<&str> = TEXT.lines().map(|line| line.split_once(' ').unwrap().0).collect();
        assert!(names.len() > 100 && names.is_sorted());
        for line in TEXT.lines() {
            let (name, json) = line.split_once(' ').unwrap();
            assert_eq!(named(name).json(), json);
        }
        for none in ["", "zzz", "ClientConfi", "ClientConfigs", "plan"] {
            assert!(Schema::among(TEXT, none).is_none(), "{none}");
        }
        assert!(Schema::among("", "a").is_none());
    }

    #[test]
    fn each_part_of_a_schema_is_read_off_as_serde_reads_it() {
        fn same(schema: Schema, value: &Value) {
            assert_eq!(schema.read::<Value>().as_ref(), Some(value));
            match value {
                Value::Object(rules) => {
                    let mut count = 0;
                    schema.each(|key, inner| {
                        same(inner, &rules[key]);
                        count += 1;
                    });
                    assert_eq!(count, rules.len(), "{value}");
                }
                Value::Array(items) => {
                    assert_eq!(schema.items().len(), items.len());
                    schema.items().into_iter().zip(items).for_each(|(inner, value)| same(inner, value));
                }
                _ => schema.each(|key, _| panic!("{key}")),
            }
        }
        for line in TEXT.lines() {
            let (name, json) = line.split_once(' ').unwrap();
            same(named(name), &serde_json::from_str(json).unwrap());
        }
    }
}
