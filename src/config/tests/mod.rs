//! The configuration from its sources to its type, and back.

mod any;
mod files;
mod precedence;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;
use crate::error::{Code, Error, Result};

/// Sources, as a test sets them: a folder of files, and an environment of its own.
pub(super) struct World {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

impl World {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: BTreeMap::new() }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file that its owner alone can read.
    pub(super) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        mode(&path, 0o600);
        path
    }

    pub(super) fn set(&mut self, name: &str, value: impl AsRef<Path>) -> &mut Self {
        self.variables.insert(name.to_owned(), value.as_ref().to_str().unwrap().to_owned());
        self
    }

    pub(super) fn assemble<T: Settings>(&self, update: &str, handle: &str) -> Result<Loaded<T>> {
        let variable = |name: &str| self.variables.get(name).cloned();
        assemble(&Given { handle, update, variable: &variable, vault: &NoVault })
    }

    pub(super) fn client(&self, handle: &str) -> Result<Loaded<ClientConfig>> {
        self.assemble("", handle)
    }

    pub(super) fn refused(&self, handle: &str) -> Error {
        self.client(handle).unwrap_err()
    }
}

#[cfg(unix)]
pub(super) fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
pub(super) fn mode(_: &Path, _: u32) {}

fn none(_: &str) -> Option<String> {
    None
}

#[test]
fn nothing_given_means_the_defaults() {
    let config: ClientConfig = load("", none).unwrap();
    assert_eq!(config.timeouts.total_ms, 30_000);
    assert_eq!(config.retry.max_attempts, 3);
    assert!(config.base_url.is_none());
}

#[test]
fn a_wrong_variable_is_named() {
    let level = |name: &str| (name == "KEI_LOG_LEVEL").then(|| "loud".to_owned());
    let error = load::<RuntimeConfig>("{}", level).unwrap_err();
    assert_eq!(error.code, Code::Config);
    assert!(error.message.contains("KEI_LOG_LEVEL must be one of off, error, warn"), "{}", error.message);
    let level = |name: &str| (name == "KEI_LOG_LEVEL").then(|| "debug".to_owned());
    assert_eq!(load::<RuntimeConfig>("{}", level).unwrap().log.level, LogLevel::Debug);
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest() {
    let error = load::<ClientConfig>(r#"{"auth":{"client_idd":"x"}}"#, none).unwrap_err();
    assert_eq!(error.code, Code::ConfigUnknownKey);
    assert_eq!(error.message, "unknown key `auth.client_idd` in the configuration; did you mean `client_id`?");
}

#[test]
fn a_number_out_of_range_is_refused_with_the_range() {
    let error = load::<ClientConfig>(r#"{"timeouts":{"total_ms":0}}"#, none).unwrap_err();
    assert_eq!(error.code, Code::Config);
    assert!(error.message.contains("`timeouts.total_ms` must be from 1 to 86400000, not 0"), "{}", error.message);
}

#[test]
fn every_default_fits_its_own_schema() {
    let value = serde_json::to_value(ClientConfig::default()).unwrap();
    crate::json::check(ClientConfig::fields().schema, &value, "the default").unwrap();
    let value = serde_json::to_value(RuntimeConfig::default()).unwrap();
    crate::json::check(RuntimeConfig::fields().schema, &value, "the default").unwrap();
}

#[test]
fn every_setting_is_described_and_every_variable_sets_one_thing() {
    let mut variables = BTreeMap::new();
    for fields in [ClientConfig::fields(), RuntimeConfig::fields()] {
        for field in &fields.all {
            assert!(!field.text().is_empty(), "{}", field.path);
            if let Some(variable) = field.variable {
                let path = variables.entry(variable).or_insert(field.path);
                assert_eq!(*path, field.path, "{variable}");
            }
        }
    }
    assert!(variables.len() > 20);
}
