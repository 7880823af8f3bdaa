//! Every setting of a configuration, read off its types: the one list that environment variables, explanations, the sample file and reloads go by.

use schemars::JsonSchema;
use serde_json::{Map, Value};

use crate::error::{Code, Error, Result};
use crate::json::{self, resolve};
use crate::schemas;

/// A setting.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its path, for example `auth.client_id`.
    pub path: String,
    /// The environment variable that sets it.
    pub variable: Option<String>,
    /// What it is, in the words of its type's documentation.
    pub text: String,
    /// Whether it is a secret.
    pub secret: bool,
    /// Whether it can change while what it configures lives (`x-live`).
    pub live: bool,
    /// `string`, `integer`, `number`, `boolean`, `array` or `object`.
    pub kind: String,
    /// The texts that it can be, if it is one of several.
    pub choices: Vec<String>,
}

/// The settings of a type, and its JSON Schema.
pub struct Fields {
    /// The JSON Schema.
    pub schema: Value,
    /// All settings, in the order of the documentation.
    pub all: Vec<Field>,
}

impl Fields {
    /// The settings of `T`. `live` says whether they can change where nothing says so.
    pub fn of<T: JsonSchema>(live: bool) -> Self {
        let schema = schemas::document(&T::schema_name());
        let mut all = Vec::new();
        collect(&schema, &schema, &mut Vec::new(), live, &mut all);
        Self { schema, all }
    }

    /// The setting at a path.
    pub fn find(&self, path: &str) -> Option<&Field> {
        self.all.iter().find(|field| field.path == path)
    }

    /// The settings that an object gives, each by its path. Null gives nothing.
    pub fn given(&self, object: &Map<String, Value>) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        self.given_in(&self.schema, object, "", &mut found);
        found
    }

    fn given_in(&self, schema: &Value, object: &Map<String, Value>, path: &str, found: &mut Vec<(String, Value)>) {
        let known = resolve(&self.schema, schema).get("properties");
        for (name, value) in object {
            let Some(inner) = known.and_then(|known| known.get(name)) else { continue };
            let place = join(path, name);
            match value {
                Value::Null => {}
                Value::Object(object) if is_section(&self.schema, inner) => {
                    self.given_in(inner, object, &place, found);
                }
                value => found.push((place, value.clone())),
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
        let mut schema = &self.schema;
        for name in path.split('.') {
            let Some(inner) = resolve(&self.schema, schema).get("properties").and_then(|known| known.get(name)) else {
                return Ok(());
            };
            schema = inner;
        }
        self.texts_in(schema, value, path, see)
    }

    fn texts_in(
        &self,
        schema: &Value,
        value: &mut Value,
        path: &str,
        see: &mut dyn FnMut(&str, bool, &mut Value) -> Result<()>,
    ) -> Result<()> {
        let rules = resolve(&self.schema, schema);
        match value {
            Value::String(_) => see(path, is_secret(&self.schema, schema), value),
            Value::Array(items) => items.iter_mut().enumerate().try_for_each(|(index, item)| {
                self.texts_in(rules.get("items").unwrap_or(&Value::Null), item, &format!("{path}[{index}]"), see)
            }),
            Value::Object(object) => object.iter_mut().try_for_each(|(name, inner)| {
                let schema = rules.get("properties").and_then(|known| known.get(name));
                let schema = schema.or_else(|| rules.get("additionalProperties")).unwrap_or(&Value::Null);
                self.texts_in(schema, inner, &join(path, name), see)
            }),
            _ => Ok(()),
        }
    }
}

impl Field {
    /// The value that a text means here.
    pub fn parse(&self, text: &str, what: &str) -> Result<Value> {
        let wrong = |must: &str| {
            Err(Error::new(Code::Config, format!("{what} must be {must}")).with("field", self.path.as_str()))
        };
        match self.kind.as_str() {
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
            _ if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == text) => {
                wrong(&format!("one of {}", self.choices.join(", ")))
            }
            _ => Ok(text.into()),
        }
    }
}

/// What kind of secret stands at a path, for its mask: the last name.
pub fn kind(path: &str) -> &str {
    let name = path.rsplit('.').next().unwrap_or(path);
    name.split('[').next().unwrap_or(name)
}

/// The name under a path.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Whether a path is `under` or below it.
pub fn is_under(path: &str, under: &str) -> bool {
    path.strip_prefix(under).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn collect(root: &Value, schema: &Value, path: &mut Vec<String>, live: bool, found: &mut Vec<Field>) {
    let target = resolve(root, schema);
    let section = target.get("properties").and_then(Value::as_object);
    let mark = |schema: &Value| schema.get("x-live").and_then(Value::as_bool);
    let live = mark(schema).or_else(|| mark(target)).unwrap_or(live);
    if path.is_empty() || section.is_some() {
        for (name, inner) in section.into_iter().flatten() {
            path.push(name.clone());
            collect(root, inner, path, live, found);
            path.pop();
        }
        return;
    }
    let text = |schema: &Value, name: &str| schema.get(name).and_then(Value::as_str).map(str::to_owned);
    found.push(Field {
        path: path.join("."),
        variable: text(schema, "x-env"),
        text: text(schema, "description").or_else(|| text(target, "description")).unwrap_or_default(),
        secret: is_secret(root, schema),
        live,
        kind: kind_of(target),
        choices: json::choices(root, schema),
    });
}

/// Whether a schema is that of a group of settings, rather than of one.
fn is_section(root: &Value, schema: &Value) -> bool {
    resolve(root, schema).get("properties").is_some()
}

fn is_secret(root: &Value, schema: &Value) -> bool {
    [schema, resolve(root, schema)].iter().any(|schema| schema.get("writeOnly") == Some(&Value::Bool(true)))
}

fn kind_of(schema: &Value) -> String {
    match schema.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("string").to_owned()
        }
        _ => "string".to_owned(),
    }
}
