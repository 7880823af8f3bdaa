//! The patterns of `bindings/vectors/README.md`: whether a JSON value is what a case expects, and if not, where and why.

use serde_json::Value;

/// Whether the value, if there is one, is as the pattern says.
pub fn check(pattern: &Value, value: Option<&Value>) -> Result<(), String> {
    matches(pattern, value, "")
}

fn differs(path: &str, wanted: &str, value: Option<&Value>) -> Result<(), String> {
    Err(format!("`{path}` should {wanted}; found {}", value.map_or("nothing".to_owned(), Value::to_string)))
}

fn matches(pattern: &Value, value: Option<&Value>, path: &str) -> Result<(), String> {
    match (pattern, value) {
        (Value::Object(fields), _) if fields.keys().any(|name| name.starts_with('$')) => {
            fields.iter().try_for_each(|(name, inner)| rule(name, inner, value, path))
        }
        (Value::Object(fields), Some(Value::Object(object))) => fields.iter().try_for_each(|(name, inner)| {
            let there = object.get(name).filter(|found| !found.is_null() || inner.is_null());
            matches(inner, there, &format!("{path}.{name}"))
        }),
        (Value::Array(items), Some(Value::Array(found))) if items.len() == found.len() => {
            let mut pairs = items.iter().zip(found).enumerate();
            pairs.try_for_each(|(at, (item, found))| matches(item, Some(found), &format!("{path}[{at}]")))
        }
        (Value::Object(_) | Value::Array(_), _) => differs(path, &format!("be like {pattern}"), value),
        _ if value.is_some_and(|value| equal(pattern, value)) => Ok(()),
        _ => differs(path, &format!("be {pattern}"), value),
    }
}

fn rule(name: &str, wanted: &Value, value: Option<&Value>, path: &str) -> Result<(), String> {
    if name == "$absent" {
        return if value.is_none_or(Value::is_null) { Ok(()) } else { differs(path, "be absent", value) };
    }
    let Some(found) = value else { return differs(path, "be there", value) };
    let like = |pattern: &Value, item: &Value| matches(pattern, Some(item), path).is_ok();
    let (text, items) = (found.as_str(), found.as_array());
    let number = || Some((found.as_f64()?, wanted.as_f64()?));
    let part = || wanted.as_str().expect("a text");
    let good = match name {
        "$exact" => equal(wanted, found),
        "$type" => wanted == kind(found),
        "$contains" => text.is_some_and(|text| text.contains(part())),
        "$not_contains" => text.is_some_and(|text| !text.contains(part())),
        "$min" => number().is_some_and(|(found, least)| found >= least),
        "$max" => number().is_some_and(|(found, most)| found <= most),
        "$length" => items.is_some_and(|items| wanted.as_u64() == u64::try_from(items.len()).ok()),
        "$some" => items.is_some_and(|items| items.iter().any(|item| like(wanted, item))),
        "$each" => items.is_some_and(|items| items.iter().all(|item| like(wanted, item))),
        "$none" => items.is_some_and(|items| !items.iter().any(|item| like(wanted, item))),
        "$in" => wanted.as_array().expect("a list").iter().any(|pattern| like(pattern, found)),
        "$text" => text.and_then(|text| serde_json::from_str(text).ok()).is_some_and(|inner| like(wanted, &inner)),
        _ => panic!("there is no rule {name}"),
    };
    if good { Ok(()) } else { differs(path, &format!("fit {name} {wanted}"), value) }
}

/// Equal, whichever way their numbers are written.
#[allow(clippy::float_cmp)] // What is equal is meant.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, inner)| other.get(name).is_some_and(|found| equal(inner, found)))
        }
        _ => one == other,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
