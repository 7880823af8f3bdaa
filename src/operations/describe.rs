//! `kei.describe`: the library's own description, made of the schemas of the types that it works with.
//!
//! An OpenRPC document (version 1.3.2), with schemas in JSON Schema draft 7. What OpenRPC has no place for stands under `x-` names: the
//! configuration, the options of a call, the errors and their numbers, the events.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use strum::{EnumMessage, IntoEnumIterator};

use crate::clock::boxed;
use crate::error::{Code, Result};
use crate::operation::{Answer, Idempotency, Operation};
use crate::schemas::{self, DEFINITIONS};

pub(super) const OPERATIONS: &[Operation] = &[Operation::new::<DescribeRequest, Map<String, Value>>(
    "kei.describe",
    Idempotency::Local,
    "Answers an OpenRPC document of every operation, the configuration, the options of a call and the errors.",
    |invocation| {
        boxed(|| async {
            let request: DescribeRequest = invocation.request()?;
            Answer::local(&describe(request.operation.as_deref())?)
        })
    },
)];

/// What to describe.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DescribeRequest<'a> {
    /// One operation's name; all when absent.
    #[serde(borrow, default)]
    operation: Option<Cow<'a, str>>,
}

/// The library's description: of one operation, or of all.
pub fn describe(operation: Option<&str>) -> Result<Value> {
    let chosen = operation.map(super::find).transpose()?;
    Ok(document(|operation| chosen.is_none_or(|chosen| chosen.name == operation.name)))
}

/// What is described besides the operations, and the name of its type.
const EXTENSIONS: [(&str, &str); 5] = [
    ("x-client-configuration", "ClientConfig"),
    ("x-runtime-configuration", "RuntimeConfig"),
    ("x-options", "Options"),
    ("x-meta", "Meta"),
    ("x-error-object", "Wire"),
];

fn document(wanted: impl Fn(&Operation) -> bool) -> Value {
    let methods: Vec<Value> = super::all().filter(|operation| wanted(operation)).map(method).collect();
    let mut document = json!({
        "openrpc": "1.3.2",
        "info": {
            "title": "kei-agent",
            "version": env!("CARGO_PKG_VERSION"),
            "description": env!("CARGO_PKG_DESCRIPTION"),
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "methods": methods,
        "x-errors": errors(),
    });
    for (name, of) in EXTENSIONS {
        document[name] = json!({ "$ref": format!("{DEFINITIONS}{of}") });
    }
    document["components"] = json!({ "schemas": schemas::definitions(&document) });
    document
}

fn method(operation: &Operation) -> Value {
    let part = |part: &str| schemas::find(&format!("{}/{part}", operation.name));
    let request = part("request").unwrap_or_default();
    let mut method = json!({
        "name": operation.name,
        "summary": operation.summary,
        "paramStructure": "by-name",
        "params": params(&request),
        "result": { "name": "answer", "schema": part("answer").unwrap_or_default() },
        "x-request": request,
        "x-idempotency": operation.idempotency,
    });
    for event in ["item", "state", "request", "reply"] {
        if let Some(schema) = part(&format!("event-{event}")) {
            method["x-subscription"][event] = schema;
        }
    }
    method
}

/// The fields of a request, as OpenRPC wants them: one parameter each.
fn params(request: &Value) -> Vec<Value> {
    let definition = schemas::target(request).and_then(schemas::find);
    let object = definition.as_ref().unwrap_or(request);
    let needed: Vec<&str> =
        object.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = object.get("properties").and_then(Value::as_object).into_iter().flatten();
    let (mut params, optional): (Vec<Value>, Vec<Value>) = fields
        .map(|(name, schema)| json!({ "name": name, "required": needed.contains(&name.as_str()), "schema": schema }))
        .partition(|param| param["required"] == true);
    // OpenRPC wants required parameters before optional ones.
    params.extend(optional);
    params
}

fn errors() -> Vec<Value> {
    Code::iter()
        .map(|code| {
            json!({
                "code": code.number(),
                "name": code.name(),
                "message": code.get_documentation().unwrap_or_default(),
                "retryable": code.retryable(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use schemars::SchemaGenerator;

    use super::*;
    use crate::config::{self, ClientConfig, LogFilter, QueueConfig, RuntimeConfig};
    use crate::error::Wire;
    use crate::json::Schema;
    use crate::operation::{Meta, Options};

    /// The name by which the schema of a type is found, which is the type's own.
    fn name<T: JsonSchema>(schemas: &mut SchemaGenerator) -> String {
        let schema = schemas.subschema_for::<T>().to_value();
        let name = schemas::target(&schema).unwrap().to_owned();
        assert_eq!(name, T::schema_name());
        name
    }

    /// The text of `schemas`, as the types have it.
    fn written() -> String {
        let mut schemas = schemas::generator();
        let mut all = Vec::new();
        for operation in super::super::all().filter(|operation| !operation.name.starts_with("test.")) {
            for (part, make) in operation.types.parts.into_iter().flatten() {
                all.push((format!("{}/{part}", operation.name), make(&mut schemas).to_value()));
            }
        }
        let named = [
            name::<ClientConfig>(&mut schemas),
            name::<RuntimeConfig>(&mut schemas),
            name::<Options>(&mut schemas),
            name::<Meta>(&mut schemas),
            name::<Wire>(&mut schemas),
        ];
        assert_eq!(named, EXTENSIONS.map(|(_, name)| name));
        assert_eq!([name::<QueueConfig>(&mut schemas), name::<LogFilter>(&mut schemas)], ["QueueConfig", "LogFilter"]);
        all.extend(schemas.take_definitions(true));
        let text = schemas::written(all.iter().cloned()).leak();
        let [client, runtime] = ["ClientConfig", "RuntimeConfig"].map(|name| Schema::among(text, name).unwrap());
        all.push(("ClientConfig/settings".into(), config::list(client, true)));
        all.push(("RuntimeConfig/settings".into(), config::list(runtime, false)));
        all.push((config::FILE.into(), of_file(client, runtime)));
        schemas::written(all)
    }

    /// The schema of a file that has settings of clients and of runtimes.
    fn of_file(client: Schema, runtime: Schema) -> Value {
        let [mut both, more]: [Value; 2] = [client, runtime].map(|schema| schema.read().unwrap());
        let known = both["properties"].as_object_mut().unwrap();
        for (name, rules) in more["properties"].as_object().unwrap() {
            known.entry(name).or_insert_with(|| rules.clone());
        }
        known.remove("config");
        for rules in known.values_mut().filter_map(Value::as_object_mut) {
            // Files are checked by it, and nobody reads it.
            rules.retain(|key, _| !matches!(key.as_str(), "default" | "description" | "x-env"));
        }
        both
    }

    #[test]
    fn the_schemas_that_are_committed_are_what_the_types_say() {
        let (written, file) = (written(), concat!(env!("CARGO_MANIFEST_DIR"), "/src/schemas.txt"));
        if std::env::var_os("KEI_WRITE_SCHEMAS").is_some() {
            std::fs::write(file, &written).unwrap();
        }
        let committed = std::fs::read_to_string(file).unwrap();
        assert!(written == committed, "src/schemas.txt is not what the types say: run `make schemas` and commit it");
    }

    #[test]
    fn every_operation_is_described_with_its_fields() {
        let document = document(|_| true);
        let methods = document["methods"].as_array().unwrap();
        assert_eq!(methods.len(), super::super::all().count());
        let plan = methods.iter().find(|method| method["name"] == "plan").unwrap();
        assert_eq!(plan["params"][0]["name"], "objective");
        assert_eq!(plan["params"][0]["required"], true);
        assert_eq!(plan["params"][0]["schema"]["description"], "What is to be reached, in plain words.");
        assert_eq!(document["x-errors"].as_array().unwrap().len(), Code::iter().count());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document(|_| true);
        let text = document.to_string();
        let references: Vec<_> = text.match_indices("\"$ref\":\"#").map(|(at, found)| at + found.len()).collect();
        assert!(references.len() > 10);
        for at in references {
            let pointer = text[at..].split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
