//! What is known of a configuration besides its values: who set each, what was passed over, which are secret, which files were read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::{Field, Fields, is_under};
use crate::json::join;
use crate::secret::{MASK, Secret};

/// Where a value comes from, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// `config.update`.
    Update,
    /// The JSON that the handle was made with.
    Handle,
    /// An environment variable.
    Environment,
    /// The file that an environment variable with `_FILE` at its end names.
    EnvironmentFile,
    /// The file that `config.env_file` names.
    EnvFile,
    /// The configuration file.
    File,
    /// Nothing set it.
    Default,
}

/// Who set a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Origin {
    /// The kind of source.
    pub source: Source,
    /// Which variable, which file, and its profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What stands there in the value's place, for example `vault:secret/kei#client_secret`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Origin {
    /// One at a place.
    pub fn at(source: Source, place: impl Into<String>) -> Self {
        Self { source, place: Some(place.into()), reference: None }
    }

    /// One that needs no place.
    pub fn of(source: Source) -> Self {
        Self { source, place: None, reference: None }
    }
}

/// Files, and what would be another if they were replaced: when they were written, and how long they are.
pub type Files = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// What is known of a configuration.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Who set what was set, by path.
    pub origins: BTreeMap<String, Origin>,
    /// Who set it, too, and was passed over.
    pub passed_over: BTreeMap<String, Vec<Origin>>,
    /// The secrets, by path; those in lists and maps by a path of their own.
    pub secrets: BTreeMap<String, Secret>,
    /// All settings.
    pub(super) fields: &'static [Field],
    /// All values, defaults included, as they are written down, with secrets masked.
    pub(super) written: Value,
    /// The same by path, since somebody asked for them.
    pub(super) shown: OnceLock<BTreeMap<&'static str, Value>>,
    /// The files that it was read from, as they looked just before.
    pub files: Files,
    /// The configuration file.
    pub config_file: Option<PathBuf>,
    /// Whether it was looked up in Vault, too.
    pub vault: bool,
    /// The settings in the file that are of the other kind of configuration (a runtime's in a client's).
    pub foreign: Vec<String>,
}

/// One value of a configuration, explained.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Explained {
    /// The setting.
    pub path: String,
    /// Its value; secrets masked.
    pub value: Value,
    /// Who set it.
    pub set_by: Origin,
    /// Who set it, too, and was passed over, the strongest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<Origin>,
    /// The environment variable that can set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// Whether it can change while its client lives.
    pub live: bool,
}

/// One value that changed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// The setting.
    pub path: String,
    /// What it was; secrets masked.
    pub from: Value,
    /// What it is; secrets masked.
    pub to: Value,
}

impl Facts {
    /// Takes the values of a configuration as it was written down, in which secrets are masked by their type.
    pub(super) fn show(&mut self, fields: &'static Fields, mut written: Value) {
        for field in &fields.all {
            // References may have brought secrets to where the type expects none.
            if self.secrets_under(field.path).next().is_some()
                && let Some(value) = field.path.split('.').try_fold(&mut written, |place, name| place.get_mut(name))
            {
                self.mask(field.path, value);
            }
        }
        self.fields = &fields.all;
        self.written = written;
    }

    /// All values, defaults included, by path, with secrets masked.
    pub fn shown(&self) -> &BTreeMap<&'static str, Value> {
        let value = |field: &Field| {
            let value = field.path.split('.').try_fold(&self.written, |place, name| place.get(name));
            (field.path, value.cloned().unwrap_or_default())
        };
        self.shown.get_or_init(|| self.fields.iter().map(value).collect())
    }

    fn mask(&self, path: &str, value: &mut Value) {
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.mask(&format!("{path}[{index}]"), item);
                }
            }
            Value::Object(object) => object.iter_mut().for_each(|(name, inner)| self.mask(&join(path, name), inner)),
            Value::Null => {}
            _ if self.secrets.contains_key(path) => *value = MASK.into(),
            _ => {}
        }
    }

    /// All values with their sources.
    pub fn explain(&self) -> Vec<Explained> {
        let explained = self.fields.iter().map(|field| Explained {
            value: self.shown().get(field.path).cloned().unwrap_or_default(),
            set_by: self.origins.get(field.path).cloned().unwrap_or(Origin::of(Source::Default)),
            passed_over: self.passed_over.get(field.path).cloned().unwrap_or_default(),
            variable: field.variable.map(str::to_owned),
            live: field.live,
            path: field.path.to_owned(),
        });
        explained.collect()
    }

    fn secrets_under(&self, path: &str) -> impl Iterator<Item = (&String, &str)> {
        let under = self.secrets.iter().filter(move |(place, _)| is_under(place, path));
        under.map(|(place, secret)| (place, secret.expose()))
    }

    /// What is another in `next`.
    pub fn changes(&self, next: &Self) -> Vec<Change> {
        let same = |path: &str| {
            self.shown().get(path) == next.shown().get(path) && self.secrets_under(path).eq(next.secrets_under(path))
        };
        let changed = next.shown().keys().filter(|path| !same(path));
        let show = |facts: &Self, path: &str| facts.shown().get(path).cloned().unwrap_or_default();
        changed.map(|path| Change { path: (*path).to_owned(), from: show(self, path), to: show(next, path) }).collect()
    }
}

/// Puts a value at a path.
pub fn plant(root: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => _ = root.insert(path.to_owned(), value),
        Some((name, rest)) => {
            let place = root.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = place {
                plant(inner, rest, value);
            }
        }
    }
}
