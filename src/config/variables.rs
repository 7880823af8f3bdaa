//! Environment variables, in the environment and in a file of lines `KEI_X=value`: which one sets what, the types say (`x-env`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::fields::{Field, Fields};
use super::load::Layers;
use super::reference::Reference;
use super::{ClientConfig, RuntimeConfig, Settings};
use super::{Mounts, Opened, Origin, Source, read_secret};
use crate::error::{Code, Error, Result};
use crate::json;
use crate::secret::Secret;

/// Adds what the variables set: those themselves, and below them those that name a file. `file` is the file of lines that they stand in, if they do.
pub(super) fn read(
    fields: &Fields,
    variable: &dyn Fn(&str) -> Option<String>,
    file: Option<&str>,
    layers: &mut Layers,
) -> Result<()> {
    let text = |name: &str| variable(name).filter(|text| !text.is_empty());
    let (mut direct, mut by_file) = (Vec::new(), Vec::new());
    for field in &fields.all {
        let Some(name) = field.variable else { continue };
        let file_name = format!("{name}_FILE");
        let place = |name: &str| file.map_or_else(|| name.to_owned(), |file| format!("{name} in {file}"));
        let value = text(name);
        // Another setting may have this name.
        let taken = fields.all.iter().any(|other| other.variable == Some(file_name.as_str()));
        if let Some(path) = text(&file_name).filter(|_| !taken) {
            if field.path.starts_with("config.") {
                let message = format!("there is no environment variable {file_name}; did you mean {name}?");
                return Err(Error::new(Code::ConfigUnknownKey, message).with("variable", file_name));
            }
            if value.is_some() {
                let message =
                    format!("the environment variables {name} and {file_name} are both set: unset one of them");
                return Err(Error::new(Code::Config, message).with("variable", file_name).with("field", field.path));
            }
            let source = if file.is_some() { Source::EnvFile } else { Source::EnvironmentFile };
            let origin = Origin::at(source, place(&file_name));
            let (path, value) = from_file(fields, field, &file_name, path, layers)?;
            by_file.push((path, value, origin));
        }
        if let Some(text) = value {
            let source = if file.is_some() { Source::EnvFile } else { Source::Environment };
            let value = parse(field, &text, &format!("the environment variable {name}"));
            let value = value.map_err(|error| error.with("variable", name))?;
            direct.push((field.path.to_owned(), value, Origin::at(source, place(name))));
        }
    }
    layers.add_each(direct);
    layers.add_each(by_file);
    Ok(())
}

/// What `KEI_X_FILE` sets: the setting that names a file where there is one, so that it is read again when it changes; else what stands in it.
fn from_file(fields: &Fields, field: &Field, name: &str, path: String, layers: &mut Layers) -> Result<(String, Value)> {
    let sibling = format!("{}_file", field.path);
    if fields.find(&sibling).is_some() {
        return Ok((sibling, path.into()));
    }
    let what = format!("the environment variable {name}");
    let path = PathBuf::from(path);
    let mounts = Mounts::default();
    layers.reads(&path);
    let text = if field.secret {
        read_secret(&path, &what, &mounts)?
    } else {
        let opened = Opened::open(&path, &what, &mounts)?;
        opened.check()?;
        Secret::new(opened.read()?.expose().trim_end_matches(['\r', '\n']))
    };
    Ok((field.path.to_owned(), parse(field, text.expose(), &what)?))
}

fn parse(field: &Field, text: &str, what: &str) -> Result<Value> {
    // It is looked up, and read as what it should be, later.
    if Reference::parse(text).is_some() { Ok(text.into()) } else { field.parse(text, what) }
}

/// The variables that a file of lines sets. Nothing is written to the environment.
pub(super) fn env_file(path: &Path, mounts: &Mounts) -> Result<BTreeMap<String, Secret>> {
    let what = "`config.env_file`";
    let opened = Opened::open(path, what, mounts)?;
    let text = opened.read()?;
    let mut lines = BTreeMap::new();
    for line in dotenvy::from_read_iter(text.expose().as_bytes()) {
        // The crate's own words would repeat the line.
        let (name, value) = line.map_err(|_| {
            let number = lines.len() + 1;
            let message =
                format!("{what}: {}: assignment number {number} is not of the form KEI_X=value", path.display());
            Error::new(Code::ConfigFile, message).with("field", "config.env_file")
        })?;
        if lines.insert(name.clone(), Secret::new(value)).is_some() {
            let message = format!("{what}: {}: {name} stands twice", path.display());
            return Err(Error::new(Code::ConfigFile, message).with("field", "config.env_file"));
        }
    }
    let is_secret = |name: &str| {
        let all = [ClientConfig::fields(), RuntimeConfig::fields()];
        all.iter().flat_map(|fields| &fields.all).any(|field| field.secret && field.variable == Some(name))
    };
    let holds = |(name, value): (&String, &Secret)| {
        is_secret(name) && !value.is_empty() && Reference::parse(value.expose()).is_none()
    };
    if lines.iter().any(holds) {
        opened.check_private()?;
    } else {
        opened.check()?;
    }
    Ok(lines)
}

/// The names among `names` that look as if they were to set something, and set nothing, each with the nearest that does.
pub fn unknown(names: impl IntoIterator<Item = String>) -> Vec<(String, String)> {
    let fields = [ClientConfig::fields(), RuntimeConfig::fields()];
    let known: Vec<&str> = fields.iter().flat_map(|fields| &fields.all).filter_map(|field| field.variable).collect();
    let is_known =
        |name: &str| known.contains(&name) || name.strip_suffix("_FILE").is_some_and(|name| known.contains(&name));
    let unknown = names.into_iter().filter(|name| name.starts_with("KEI_") && !is_known(name));
    unknown
        .filter_map(|name| json::nearest(&name, known.iter().copied()).map(|near| (name.clone(), near.to_owned())))
        .collect()
}
