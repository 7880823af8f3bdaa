//! Every setting of a configuration, read off its types: the one list that environment variables, explanations, the sample file and reloads go by.

use serde_json::{Map, Value};

use crate::error::{Code, Error, Result};
use crate::json::{self, Schema, join};
use crate::schemas;

/// A setting.
#[derive(Clone, Copy)]
pub struct Field {
    /// Its path, for example `auth.client_id`.
    pub path: &'static str,
    /// The environment variable that sets it.
    pub variable: Option<&'static str>,
    /// Whether it is a secret.
    pub secret: bool,
    /// Whether it can change while what it configures lives (`x-live`).
    pub live: bool,
    /// `string`, `integer`, `number`, `boolean`, `array` or `object`.
    pub kind: &'static str,
    /// The JSON Schema of the configuration that it belongs to.
    of: Schema,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.path)
    }
}

/// A setting as it stands in the list that is written beside the schemas: path, type, environment variable, whether it is a secret, whether it is live.
type Listed = (&'static str, &'static str, Option<&'static str>, bool, bool);

/// The settings of a type, and its JSON Schema.
pub struct Fields {
    /// The JSON Schema.
    pub schema: Schema,
    /// All settings, in the order of the documentation.
    pub all: Vec<Field>,
}

impl Fields {
    /// The settings of the type of this name.
    pub fn of(name: &str) -> Self {
        let of = schemas::named(name);
        let listed: Vec<Listed> = schemas::named(&format!("{name}/settings")).read().unwrap_or_default();
        let field = |(path, kind, variable, secret, live)| Field { path, variable, secret, live, kind, of };
        Self { schema: of, all: listed.into_iter().map(field).collect() }
    }

    /// The setting at a path.
    pub fn find(&self, path: &str) -> Option<&Field> {
        self.all.iter().find(|field| field.path == path)
    }

    /// Whether there are settings under a path.
    pub fn has_section(&self, path: &str) -> bool {
        self.all.iter().any(|field| field.path != path && is_under(field.path, path))
    }

    /// Whether a setting or a section stands at a path.
    pub fn knows(&self, path: &str) -> bool {
        self.all.iter().any(|field| is_under(field.path, path))
    }

    /// The settings that an object gives, each by its path. Null gives nothing.
    pub fn given(&self, object: &Map<String, Value>) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        self.given_in(object, "", &mut found);
        found
    }

    fn given_in(&self, object: &Map<String, Value>, path: &str, found: &mut Vec<(String, Value)>) {
        for (name, value) in object {
            let place = join(path, name);
            match value {
                Value::Null => {}
                Value::Object(object) if self.has_section(&place) => self.given_in(object, &place, found),
                value if self.knows(&place) => found.push((place, value.clone())),
                _ => {}
            }
        }
    }

    /// Calls `see` with each text in `value`, which stands at `path`, and whether it is a secret.
    pub fn texts(
        &self,
        path: &str,
        value: &mut Value,
        see: &mut dyn FnMut(&str, bool, &mut Value) -> Result<()>,
    ) -> Result<()> {
        match (self.find(path), &*value) {
            (Some(field), Value::String(_)) => see(path, field.secret, value),
            (Some(_), Value::Array(_) | Value::Object(_)) => match at(self.schema, path) {
                Some(schema) => texts_in(Some(schema), value, path, see),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// The schema of what stands at a path.
fn at(schema: Schema, path: &str) -> Option<Schema> {
    path.split('.').try_fold(schema, |schema, name| schema.resolved().at("properties")?.at(name))
}

fn texts_in(
    schema: Option<Schema>,
    value: &mut Value,
    path: &str,
    see: &mut dyn FnMut(&str, bool, &mut Value) -> Result<()>,
) -> Result<()> {
    let rules = schema.map(Schema::resolved);
    match value {
        Value::String(_) => see(path, schema.is_some_and(is_secret), value),
        Value::Array(items) => items.iter_mut().enumerate().try_for_each(|(index, item)| {
            texts_in(rules.and_then(|rules| rules.at("items")), item, &format!("{path}[{index}]"), see)
        }),
        Value::Object(object) => object.iter_mut().try_for_each(|(name, inner)| {
            let known = rules.and_then(|rules| rules.at("properties")).and_then(|known| known.at(name));
            let schema = known.or_else(|| rules.and_then(|rules| rules.at("additionalProperties")));
            texts_in(schema, inner, &join(path, name), see)
        }),
        _ => Ok(()),
    }
}

impl Field {
    /// What it is, in the words of its type's documentation.
    pub fn text(&self) -> String {
        let schema = at(self.of, self.path);
        let text = |schema: Schema| schema.at("description")?.read();
        schema.and_then(|schema| text(schema).or_else(|| text(schema.resolved()))).unwrap_or_default()
    }

    /// The texts that it can be, if it is one of several.
    pub fn choices(&self) -> Vec<String> {
        at(self.of, self.path).map(json::choices).unwrap_or_default()
    }

    /// The value that a text means here.
    pub fn parse(&self, text: &str, what: &str) -> Result<Value> {
        let wrong =
            |must: &str| Err(Error::new(Code::Config, format!("{what} must be {must}")).with("field", self.path));
        match self.kind {
            "integer" => {
                text.trim().parse::<i64>().map_or_else(|_| wrong("a whole number"), |number| Ok(number.into()))
            }
            "number" => {
                let number = text.trim().parse::<f64>().ok().and_then(serde_json::Number::from_f64);
                number.map_or_else(|| wrong("a number"), |number| Ok(number.into()))
            }
            "boolean" => match text.trim().to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => Ok(true.into()),
                "0" | "false" | "no" | "off" => Ok(false.into()),
                _ => wrong("true or false"),
            },
            "array" => Ok(text.split([' ', ',']).filter(|item| !item.is_empty()).collect()),
            "object" => wrong("given in JSON or a file: it has parts"),
            _ => {
                let choices = self.choices();
                if choices.is_empty() || choices.iter().any(|choice| choice == text) {
                    return Ok(text.into());
                }
                wrong(&format!("one of {}", choices.join(", ")))
            }
        }
    }
}

/// What kind of secret stands at a path, for its mask: the last name.
pub fn kind(path: &str) -> &str {
    let name = path.rsplit('.').next().unwrap_or(path);
    name.split('[').next().unwrap_or(name)
}

/// Whether a path is `under` or below it.
pub fn is_under(path: &str, under: &str) -> bool {
    path.strip_prefix(under).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn is_secret(schema: Schema) -> bool {
    [schema, schema.resolved()].into_iter().any(|schema| schema.at("writeOnly").is_some_and(|is| is.json() == "true"))
}

/// The list of a type's settings, as it is written beside its schema. `live` says whether they can change where nothing says so.
#[cfg(test)]
pub(crate) fn list(schema: Schema, live: bool) -> Value {
    let mut found = Vec::new();
    collect(schema, &mut Vec::new(), live, &mut found);
    found.into()
}

#[cfg(test)]
fn collect(schema: Schema, path: &mut Vec<&'static str>, live: bool, found: &mut Vec<Value>) {
    let target = schema.resolved();
    let mark = |schema: Schema| schema.at("x-live").and_then(Schema::read::<bool>);
    let live = mark(schema).or_else(|| mark(target)).unwrap_or(live);
    if let Some(section) = target.at("properties") {
        section.each(|name, inner| {
            path.push(name);
            collect(inner, path, live, found);
            path.pop();
        });
        return;
    }
    let variable = schema.at("x-env").and_then(Schema::read::<&str>);
    found.push(serde_json::json!([path.join("."), kind_of(target), variable, is_secret(schema), live]));
}

#[cfg(test)]
fn kind_of(schema: Schema) -> &'static str {
    let Some(kinds) = schema.at("type") else { return "string" };
    let first = || kinds.read::<Vec<&str>>()?.into_iter().find(|name| *name != "null");
    kinds.read().or_else(first).unwrap_or("string")
}
