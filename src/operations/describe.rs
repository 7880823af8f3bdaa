//! `kei.describe`: the library's own description, made from the types that it works with.
//!
//! An OpenRPC document (version 1.3.2), with schemas in JSON Schema draft 7. What OpenRPC has no place for stands under `x-` names: the
//! configuration, the options of a call, the errors and their numbers, the events.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use strum::{EnumMessage, IntoEnumIterator};

use crate::config::{ClientConfig, RuntimeConfig};
use crate::error::{Code, Result, Wire};
use crate::operation::{Answer, Idempotency, Invocation, Meta, Operation, Options, Run};

pub(super) const OPERATIONS: &[Operation] = &[Operation::new::<DescribeRequest, Map<String, Value>>(
    "kei.describe",
    Idempotency::Local,
    "Answers an OpenRPC document of every operation, the configuration, the options of a call and the errors.",
    |invocation: Invocation| {
        Box::pin(async move {
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

fn document(wanted: impl Fn(&Operation) -> bool) -> Value {
    let settings = SchemaSettings::draft07().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = SchemaGenerator::new(settings);
    let methods: Vec<Value> =
        super::all().filter(|operation| wanted(operation)).map(|operation| method(operation, &mut schemas)).collect();
    let extensions = [
        ("x-client-configuration", schemas.subschema_for::<ClientConfig>()),
        ("x-runtime-configuration", schemas.subschema_for::<RuntimeConfig>()),
        ("x-options", schemas.subschema_for::<Options>()),
        ("x-meta", schemas.subschema_for::<Meta>()),
        ("x-error-object", schemas.subschema_for::<Wire>()),
    ];
    let mut document = json!({
        "openrpc": "1.3.2",
        "info": {
            "title": "kei-agent",
            "version": env!("CARGO_PKG_VERSION"),
            "description": env!("CARGO_PKG_DESCRIPTION"),
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "methods": methods,
        "components": { "schemas": schemas.take_definitions(true) },
        "x-errors": errors(),
    });
    for (name, schema) in extensions {
        document[name] = schema.to_value();
    }
    document
}

fn method(operation: &Operation, schemas: &mut SchemaGenerator) -> Value {
    let request = (operation.request)(schemas);
    let answer = (operation.answer)(schemas);
    let mut method = json!({
        "name": operation.name,
        "summary": operation.summary,
        "paramStructure": "by-name",
        "params": params(&request, schemas),
        "result": { "name": "answer", "schema": answer },
        "x-request": request,
        "x-idempotency": operation.idempotency,
    });
    if let Run::Subscription { item, state, asks, .. } = &operation.run {
        let mut events = json!({ "item": item(schemas), "state": state(schemas) });
        if let Some(asks) = asks {
            events["request"] = (asks.request)(schemas).to_value();
            events["reply"] = (asks.reply)(schemas).to_value();
        }
        method["x-subscription"] = events;
    }
    method
}

/// The fields of a request, as OpenRPC wants them: one parameter each.
fn params(request: &Schema, schemas: &SchemaGenerator) -> Vec<Value> {
    let reference = request.get("$ref").and_then(Value::as_str);
    let name = reference.and_then(|text| text.rsplit('/').next());
    let object = name.and_then(|name| schemas.definitions().get(name)).unwrap_or(request.as_value());
    let needed: Vec<&str> =
        object.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = object.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut params: Vec<Value> = fields
        .map(|(name, schema)| json!({ "name": name, "required": needed.contains(&name.as_str()), "schema": schema }))
        .collect();
    // OpenRPC wants required parameters before optional ones.
    params.sort_by_key(|param| param["required"] != true);
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
    use super::*;

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
