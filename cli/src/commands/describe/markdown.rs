//! The reference documentation, written from the library's own description of itself.

use std::fmt::Write;

use serde_json::{Map, Value};

/// The document as Markdown.
pub(super) fn reference(document: &Value) -> String {
    let page = Page { schemas: document["components"]["schemas"].as_object() };
    let mut out = String::from(HEAD);
    out += "## Operations\n";
    for method in items(&document["methods"]) {
        let idempotency = match text(&method["x-idempotency"]) {
            "not_idempotent" => "Sent again only with `idempotency_key` or `idempotent` in the options.",
            "by_request" => "Sent again where that may help if the method allows it (RFC 9110), or the options do.",
            "local" => "Sends nothing.",
            _ => "Sent again where that may help.",
        };
        let _ = write!(out, "\n### {}\n\n{} {idempotency}\n", text(&method["name"]), text(&method["summary"]));
        page.table(&mut out, "Request", &method["x-request"]);
        page.table(&mut out, "Answer", &method["result"]["schema"]);
    }
    out += "\n## Options of a call\n";
    page.table(&mut out, "Option", &document["x-options"]);
    out += "\nWith `meta` the answer is `{\"result\": …, \"meta\": …}`.\n";
    page.table(&mut out, "In `meta`", &document["x-meta"]);
    out += "\n## Configuration of a client\n";
    page.settings(&mut out, &document["x-client-configuration"], "");
    out += "\n## Configuration of a runtime\n";
    page.settings(&mut out, &document["x-runtime-configuration"], "");
    out += "\n## Errors\n\nThe error object:\n";
    page.table(&mut out, "Field", &document["x-error-object"]);
    out += "\n| number | name | meaning | retryable |\n|---|---|---|---|\n";
    for error in items(&document["x-errors"]) {
        let (code, name, message) = (&error["code"], text(&error["name"]), text(&error["message"]));
        let retryable = if error["retryable"] == true { "yes" } else { "" };
        let _ = writeln!(out, "| {code} | `{name}` | {message} | {retryable} |");
    }
    out
}

const HEAD: &str = "# Operations, options, settings and errors\n\n\
    Made by `kei-agent describe --markdown` from the library's own types; do not edit. `kei.describe` answers the same as an \
    OpenRPC document with JSON Schemas.\n\n";

struct Page<'a> {
    schemas: Option<&'a Map<String, Value>>,
}

impl<'a> Page<'a> {
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let options = items(&schema["anyOf"]).chain(items(&schema["allOf"]));
        let inner = options.clone().find(|option| option["type"] != "null");
        match schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
            Some(name) => {
                self.schemas.and_then(|schemas| schemas.get(name)).map_or(schema, |found| self.resolve(found))
            }
            None => inner.map_or(schema, |option| self.resolve(option)),
        }
    }

    /// The fields of an object, a row each.
    fn table(&self, out: &mut String, title: &str, schema: &'a Value) {
        let schema = self.resolve(schema);
        let Some(fields) = schema["properties"].as_object().filter(|fields| !fields.is_empty()) else { return };
        let _ = write!(out, "\n| {title} | type | meaning |\n|---|---|---|\n");
        for (name, field) in fields {
            let needed = if items(&schema["required"]).any(|wanted| wanted == name) { ", needed" } else { "" };
            let _ = writeln!(out, "| `{name}` | {}{needed} | {} |", self.kind(field), self.meaning(field));
        }
    }

    /// The settings of a configuration with their paths, defaults and environment variables.
    fn settings(&self, out: &mut String, schema: &'a Value, path: &str) {
        let schema = self.resolve(schema);
        let Some(fields) = schema["properties"].as_object() else { return };
        let is_group = |field: &'a Value| self.resolve(field)["properties"].is_object();
        if !path.is_empty() {
            let _ = write!(out, "\n{}\n", text(&schema["description"]));
        }
        let mut rows = String::new();
        for (name, field) in fields.iter().filter(|(_, field)| !is_group(field)) {
            let default = match &field["default"] {
                Value::Null => String::new(),
                value => format!("`{value}`"),
            };
            let variable = field["x-env"].as_str().map(|name| format!("`{name}`")).unwrap_or_default();
            let meaning = self.meaning(field);
            let _ = writeln!(rows, "| `{path}{name}` | {} | {default} | {variable} | {meaning} |", self.kind(field));
        }
        if !rows.is_empty() {
            let _ =
                write!(out, "\n| setting | type | default | environment | meaning |\n|---|---|---|---|---|\n{rows}");
        }
        for (name, field) in fields.iter().filter(|(_, field)| is_group(field)) {
            self.settings(out, field, &format!("{path}{name}."));
        }
    }

    fn kind(&self, schema: &'a Value) -> String {
        let schema = self.resolve(schema);
        let choices: Vec<String> = items(&schema["enum"])
            .chain(items(&schema["oneOf"]).map(|option| &option["const"]))
            .filter(|choice| !choice.is_null())
            .map(|choice| format!("`{choice}`"))
            .collect();
        if !choices.is_empty() {
            return choices.join(", ");
        }
        let single = schema["type"].as_str();
        let several = items(&schema["type"]).filter_map(Value::as_str).find(|name| *name != "null");
        match single.or(several) {
            Some("array") => format!("array of {}", self.kind(&schema["items"])),
            Some("object") if schema["additionalProperties"].is_object() => {
                format!("object of {}", self.kind(&schema["additionalProperties"]))
            }
            Some(name) => match (&schema["minimum"], &schema["maximum"]) {
                (Value::Null, _) => name.to_owned(),
                (least, Value::Null) => format!("{name} from {least}"),
                (least, most) => format!("{name}, {least} to {most}"),
            },
            None => "any JSON".to_owned(),
        }
    }

    fn meaning(&self, field: &'a Value) -> String {
        let own = text(&field["description"]);
        let said = if own.is_empty() { text(&self.resolve(field)["description"]) } else { own };
        said.replace('\n', " ").replace('|', "\\|")
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> + Clone {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
