//! The configuration file: where it is, whether it is to be trusted, and what it says, profile included.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::fields::Fields;
use super::load::check_tree;
use super::reference::Reference;
use super::{ClientConfig, Format, Mounts, Opened, RuntimeConfig, Settings, SourceConfig};
use crate::error::{Code, Error, Result};
use crate::json;
use crate::schemas;

/// The names that a file in the user's folder can have.
const NAMES: [&str; 4] = ["config.toml", "config.yaml", "config.yml", "config.json"];

/// What a file says: its profile, if one is chosen, before the rest, each with the name of its place.
pub(super) struct Found {
    pub(super) trees: Vec<(Map<String, Value>, String)>,
}

/// The name of the schema of a file: the settings of clients and of runtimes, without those that say how files are read.
pub(crate) const SCHEMA: &str = "config-file";

/// The file that is to be read, if there is one.
pub(super) fn place(sources: &SourceConfig, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<PathBuf>> {
    match sources.path.as_deref().filter(|path| !path.is_empty()) {
        Some("none") => return Ok(None),
        Some(path) => return Ok(Some(path.into())),
        None => {}
    }
    let Some(folder) = user_folder(variable) else { return Ok(None) };
    let there: Vec<_> = NAMES.iter().map(|name| folder.join(name)).filter(|path| path.exists()).collect();
    match there.as_slice() {
        [] => Ok(None),
        [path] => Ok(Some(path.clone())),
        [one, other, ..] => {
            let (one, other) = (one.display(), other.display());
            let message =
                format!("{one} and {other} both exist: keep one of them, or name one in `config.path` (KEI_CONFIG)");
            Err(Error::new(Code::ConfigFile, message).with("field", "config.path"))
        }
    }
}

/// The user's folder for configuration of the library.
pub fn user_folder(variable: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let folder = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = folder("XDG_CONFIG_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".config")))
        .or_else(|| folder("APPDATA"));
    folder.map(|folder| folder.join("kei-agent"))
}

/// Reads a file, and its profile.
pub(super) fn read(path: &Path, sources: &SourceConfig) -> Result<Found> {
    let format = Format::of(path)?;
    let opened = Opened::open(path, "`config.path`", &Mounts::new(&sources.mounted_secrets))?;
    let text = opened.read()?;
    let mut found = parse(text.expose(), format, &path.display().to_string(), sources.profile.as_deref())?;
    // The whole file counts, also the profiles that are not chosen.
    if found.holds_secret {
        opened.check_private()?;
    } else {
        opened.check()?;
    }
    Ok(Found { trees: std::mem::take(&mut found.trees) })
}

/// What a text says.
pub(super) struct Parsed {
    trees: Vec<(Map<String, Value>, String)>,
    holds_secret: bool,
}

/// Reads and checks a text. All profiles are checked; one is taken.
pub(super) fn parse(text: &str, format: Format, place: &str, profile: Option<&str>) -> Result<Parsed> {
    let what = format!("the configuration file {place}");
    let mut tree = format.read(text, &what)?;
    let mut profiles = profiles(&mut tree, &what)?;
    check(&tree, &what)?;
    let mut holds_secret = holds_secret(&tree);
    for (name, profile) in &profiles {
        check(profile, &format!("profile `{name}` of {what}"))?;
        holds_secret |= self::holds_secret(profile);
    }
    let mut trees = Vec::new();
    if let Some(name) = profile.filter(|name| !name.is_empty()) {
        let Some(chosen) = profiles.remove(name) else {
            let names: Vec<&str> = profiles.keys().map(String::as_str).collect();
            let hint = match json::nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "it has none".to_owned(),
                None => format!("it has {}", names.join(", ")),
            };
            let message = format!("`config.profile`: {what} has no profile `{name}`; {hint}");
            return Err(Error::new(Code::Config, message).with("field", "config.profile"));
        };
        trees.push((chosen, format!("{place}, profile {name}")));
    }
    trees.push((tree, place.to_owned()));
    Ok(Parsed { trees, holds_secret })
}

/// Checks a text as a file that could be read, whatever the chosen profile.
pub fn check_text(text: &str, format: Format) -> Result<()> {
    parse(text, format, "given", None).map(|_| ())
}

/// Checks what `config.update` is given, of clients and runtimes, before it is told apart.
pub fn check_update(patch: &Map<String, Value>) -> Result<()> {
    let mut rest = patch.clone();
    // That it cannot change while its client lives is a better answer than that it cannot stand here.
    rest.remove("config");
    check_tree(schemas::named(SCHEMA), &rest, "the update")
}

type Profiles = std::collections::BTreeMap<String, Map<String, Value>>;

fn profiles(tree: &mut Map<String, Value>, what: &str) -> Result<Profiles> {
    let wrong =
        |path: &str| Error::new(Code::Config, format!("{what}: `{path}` must be an object")).with("field", path);
    let profiles = match tree.remove("profile") {
        None | Some(Value::Null) => return Ok(Profiles::new()),
        Some(Value::Object(profiles)) => profiles,
        Some(_) => return Err(wrong("profile")),
    };
    let read = |(name, profile)| match profile {
        Value::Object(profile) => Ok((name, profile)),
        _ => Err(wrong(&format!("profile.{name}"))),
    };
    profiles.into_iter().map(read).collect()
}

fn check(tree: &Map<String, Value>, what: &str) -> Result<()> {
    if tree.contains_key("config") {
        let message = format!(
            "{what}: `config` says how files are read, so it is given with the handle or in the environment, not in the file"
        );
        return Err(Error::new(Code::Config, message).with("field", "config"));
    }
    check_tree(schemas::named(SCHEMA), tree, what)
}

/// Whether a secret stands in it: itself, not a reference to it.
fn holds_secret(tree: &Map<String, Value>) -> bool {
    [ClientConfig::fields(), RuntimeConfig::fields()].into_iter().any(|fields: &Fields| {
        fields.given(tree).into_iter().any(|(path, mut value)| {
            let mut found = false;
            let seen = fields.texts(&path, &mut value, &mut |_, secret, value| {
                let text = value.as_str().unwrap_or_default();
                found |= secret && !text.is_empty() && Reference::parse(text).is_none();
                Ok(())
            });
            found || seen.is_err()
        })
    })
}
