//! A configuration file with every setting in it, commented out: what each means, its default, its environment variable.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use super::fields::{Field, Fields};
use super::{ClientConfig, Format, RuntimeConfig, Settings};
use crate::error::{Code, Error, Result};

const WIDTH: usize = 100;
const HEAD: &str = "The configuration of kei-agent: of clients and of runtimes. Every setting is here, commented out, with its default. Take the mark away from those that \
    you change. `kei-agent config check` says whether it fits, `kei-agent config explain` which source set what. Secrets need not stand here: give \
    \"env:NAME\", \"file:PATH\", \"vault:MOUNT/PATH#FIELD\" in their place. What stands under profile.NAME is laid over the rest for that profile (KEI_PROFILE).";

/// The sample in a format that has comments.
pub fn sample(format: Format) -> Result<String> {
    let mut groups: BTreeMap<String, Vec<(Field, Value)>> = BTreeMap::new();
    let defaults = [
        (ClientConfig::fields(), serde_json::to_value(ClientConfig::default()).unwrap_or_default()),
        (RuntimeConfig::fields(), serde_json::to_value(RuntimeConfig::default()).unwrap_or_default()),
    ];
    for (fields, default) in &defaults {
        let fields: &Fields = fields;
        for field in fields.all.iter().filter(|field| !field.path.starts_with("config.")) {
            let (group, _) = field.path.rsplit_once('.').unwrap_or(("", field.path));
            let group = groups.entry(group.to_owned()).or_default();
            // Both have some of them, such as where Vault is.
            if group.iter().all(|(known, _)| known.path != field.path) {
                let value = default.pointer(&format!("/{}", field.path.replace('.', "/"))).cloned();
                group.push((*field, value.filter(|value| !value.is_null()).unwrap_or_else(|| example(field))));
            }
        }
    }
    let mut out = String::new();
    comment(&mut out, "", HEAD);
    match format {
        Format::Json => {
            return Err(Error::new(
                Code::ConfigFile,
                "JSON has no comments: let the file's name end with .toml or .yaml",
            ));
        }
        Format::Toml => {
            for (name, group) in &groups {
                if !name.is_empty() {
                    let _ = write!(out, "\n[{name}]\n");
                }
                for (field, value) in group {
                    setting(&mut out, "", field, "=", value);
                }
            }
        }
        Format::Yaml => {
            let mut before: Vec<&str> = Vec::new();
            for (name, group) in &groups {
                let parts: Vec<&str> = name.split('.').filter(|part| !part.is_empty()).collect();
                // A group within the one before goes on in it.
                let open = parts.iter().zip(&before).take_while(|(part, known)| part == known).count();
                if open < parts.len() {
                    out.push('\n');
                }
                for (level, part) in parts.iter().enumerate().skip(open) {
                    let _ = writeln!(out, "{}{part}:", "  ".repeat(level));
                }
                let indent = "  ".repeat(parts.len());
                for (field, value) in group {
                    setting(&mut out, &indent, field, ":", value);
                }
                before = parts;
            }
        }
    }
    Ok(out)
}

fn setting(out: &mut String, indent: &str, field: &Field, sign: &str, value: &Value) {
    out.push('\n');
    comment(out, indent, &field.text());
    let choices = field.choices();
    if !choices.is_empty() {
        comment(out, indent, &format!("One of {}.", choices.join(", ")));
    }
    if let Some(variable) = field.variable {
        comment(out, indent, &format!("Environment: {variable}."));
    }
    let name = field.path.rsplit('.').next().unwrap_or(field.path);
    let space = if sign == "=" { " " } else { "" };
    // JSON's way to write these is TOML's and YAML's, too: no default has more in it than texts, numbers and lists of them.
    let _ = writeln!(out, "{indent}#{name}{space}{sign} {value}");
}

/// What stands for a setting that has no default.
fn example(field: &Field) -> Value {
    match (field.choices().first(), field.kind) {
        (Some(choice), _) => choice.as_str().into(),
        (None, "integer" | "number") => 1.into(),
        (None, "boolean") => false.into(),
        (None, "array") => Value::Array(Vec::new()),
        _ => "".into(),
    }
}

fn comment(out: &mut String, indent: &str, text: &str) {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && indent.len() + line.chars().count() + word.chars().count() + 3 > WIDTH {
            let _ = writeln!(out, "{indent}#{line}");
            line.clear();
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(out, "{indent}#{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::check_text;

    /// The sample with every setting in force.
    fn in_force(text: &str) -> String {
        let is_setting = |line: &str| {
            line.trim_start()
                .strip_prefix('#')
                .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()))
        };
        text.lines()
            .map(|line| if is_setting(line) { line.replacen('#', "", 1) } else { line.to_owned() } + "\n")
            .collect()
    }

    #[test]
    fn the_sample_is_a_file_as_it_is_and_with_every_setting_in_force() {
        for format in [Format::Toml, Format::Yaml] {
            let text = sample(format).unwrap();
            check_text(&text, format).unwrap();
            let all = in_force(&text);
            check_text(&all, format).unwrap_or_else(|error| panic!("{error}\n{all}"));
            let read = format.read(&all, "the sample").unwrap();
            for fields in [ClientConfig::fields(), RuntimeConfig::fields()] {
                for field in fields.all.iter().filter(|field| !field.path.starts_with("config.")) {
                    let value = field
                        .path
                        .split('.')
                        .try_fold(&Value::Object(read.clone()), |place, name| place.get(name))
                        .cloned();
                    assert!(value.is_some(), "{} is not in the sample", field.path);
                }
            }
        }
        assert!(sample(Format::Json).is_err());
    }
}
