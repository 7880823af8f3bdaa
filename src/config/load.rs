//! Puts a configuration together from its sources, and refuses it as a whole with the place of what is wrong.
//!
//! The order, the strongest first: `config.update`, the handle's JSON, `KEI_X`, the file that `KEI_X_FILE` names, the file of `config.env_file`, the
//! configuration file (its profile before the rest), the defaults. A list or a map comes from one source whole. A setting and its other form (`token`,
//! `token_file`) count as one, so that a weaker source's form does not stand beside a stronger one's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use once_cell::sync::Lazy;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::facts::plant;
use super::fields::{Fields, is_under};
use super::format::as_config;
use super::reference::{Lookup, NoVault, Reference, Vault};
use super::{ClientConfig, Facts, Files, Format, Mounts, Origin, RuntimeConfig, Source, SourceConfig, VaultConfig};
use super::{check, file, variables};
use crate::error::{Code, Error, Result};
use crate::json::{self, Schema};
use crate::private;
use crate::schemas;
use crate::secret::Secret;

const WHAT: &str = "the configuration";

/// A configuration that has sources.
pub trait Settings: JsonSchema + DeserializeOwned + Serialize + Sized + 'static {
    /// All its settings.
    fn fields() -> &'static Fields;

    /// Refuses values that contradict each other.
    fn check(&self) -> Result<()>;
}

impl Settings for ClientConfig {
    fn fields() -> &'static Fields {
        static FIELDS: Lazy<Fields> = Lazy::new(|| Fields::of(&ClientConfig::schema_name()));
        &FIELDS
    }

    fn check(&self) -> Result<()> {
        check::client(self)
    }
}

impl Settings for RuntimeConfig {
    fn fields() -> &'static Fields {
        static FIELDS: Lazy<Fields> = Lazy::new(|| Fields::of(&RuntimeConfig::schema_name()));
        &FIELDS
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }
}

/// What a configuration is put together from.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The handle's JSON; empty for none.
    pub handle: &'a str,
    /// What `config.update` has changed; empty for nothing.
    pub update: &'a str,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The way to Vault.
    pub vault: &'a dyn Vault,
}

/// A configuration, and what is known of it.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// The configuration.
    pub config: T,
    /// Who set what.
    pub facts: Facts,
}

/// Reads a `T` that has no sources but `text` (empty for none).
pub fn read<T: JsonSchema + DeserializeOwned>(text: &str) -> Result<T> {
    let value = Value::Object(Format::Json.read(text, WHAT)?);
    json::check(schemas::named(&T::schema_name()), &value, WHAT).map_err(as_config)?;
    typed(&value)
}

/// Reads a `T` from `text` (empty for none) and from the environment, and whatever those name.
pub fn load<T: Settings>(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<T> {
    let given = Given { handle: text, update: "", variable: &variable, vault: &NoVault };
    assemble(&given).map(|loaded| loaded.config)
}

/// The process's environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Lays a patch over an earlier one (JSON Merge Patch, RFC 7396): null takes back what the earlier one set.
pub fn merge(earlier: &Secret, patch: Map<String, Value>) -> Result<Secret> {
    let mut merged = Value::Object(Format::Json.read(earlier.expose(), "the update")?);
    lay(&mut merged, Value::Object(patch));
    Ok(Secret::new(merged.to_string()))
}

fn lay(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else { return *target = patch };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(&name);
        } else {
            lay(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// Puts a configuration together.
pub fn assemble<T: Settings>(given: &Given) -> Result<Loaded<T>> {
    let fields = T::fields();
    let mut layers = Layers::default();
    layers.tree(fields, Source::Update, "", given.update, "the update")?;
    layers.tree(fields, Source::Handle, "", given.handle, WHAT)?;
    variables::read(fields, given.variable, None, &mut layers)?;
    let mut sources: SourceConfig = layers.section(fields, "config", given.variable)?;
    if let Some(path) = sources.env_file.clone().filter(|path| !path.is_empty()) {
        let mounts = Mounts::new(&sources.mounted_secrets);
        layers.reads(Path::new(&path));
        let lines = variables::env_file(Path::new(&path), &mounts)?;
        let variable = |name: &str| lines.get(name).map(|text| text.expose().to_owned());
        variables::read(fields, &variable, Some(&path), &mut layers)?;
        sources = layers.section(fields, "config", given.variable)?;
    }
    if let Some(path) = file::place(&sources, given.variable)? {
        layers.reads(&path);
        let found = file::read(&path, &sources)?;
        layers.foreign = found.trees.iter().flat_map(|(tree, _)| foreign(fields, tree)).collect();
        for (tree, place) in &found.trees {
            layers.add(fields.given(tree), &Origin::at(Source::File, place.as_str()));
        }
        layers.config_file = Some(path);
    } else if let Some(profile) = sources.profile.as_deref().filter(|profile| !profile.is_empty()) {
        let message = format!("`config.profile` is `{profile}`, but there is no configuration file that could have it");
        return Err(Error::new(Code::Config, message).with("field", "config.profile"));
    }
    let vault: VaultConfig = layers.section(fields, "vault", given.variable)?;
    let lookup = Lookup { variable: given.variable, sources: &sources, vault: &vault, way: given.vault };
    finish(fields, layers, &lookup)
}

/// Looks references up, and makes the type of what there is.
fn finish<T: Settings>(fields: &'static Fields, layers: Layers, lookup: &Lookup) -> Result<Loaded<T>> {
    let mut facts = Facts {
        passed_over: layers.passed_over,
        files: layers.files,
        foreign: layers.foreign,
        config_file: layers.config_file,
        ..Facts::default()
    };
    let mut root = Map::new();
    for (path, (mut value, mut origin)) in layers.values {
        fields.texts(&path, &mut value, &mut |place, secret, value| {
            let Some(text) = value.as_str().map(str::to_owned) else { return Ok(()) };
            let (text, secret) = match reference(place, &text)? {
                None => (Secret::new(text), secret),
                Some(reference) => {
                    if let Reference::File(path) = &reference {
                        facts.files.insert(path.into(), private::mark(Path::new(path)));
                    }
                    facts.vault |= matches!(reference, Reference::Vault(_));
                    let found = reference.look_up(place, lookup)?;
                    *value = match fields.find(place) {
                        Some(field) => {
                            field.parse(found.expose(), &format!("`{place}`, which is {},", reference.shown()))?
                        }
                        None => found.expose().into(),
                    };
                    origin.reference = Some(reference.shown());
                    (found, secret || reference.is_secret())
                }
            };
            check::placeholder(place, secret, text.expose())?;
            if secret {
                facts.secrets.insert(place.to_owned(), text);
            }
            Ok(())
        })?;
        plant(&mut root, &path, value);
        facts.origins.insert(path, origin);
    }
    let root = Value::Object(root);
    json::check(fields.schema, &root, WHAT).map_err(as_config)?;
    let config: T = typed(&root)?;
    config.check()?;
    facts.show(fields, serde_json::to_value(&config).unwrap_or_default());
    Ok(Loaded { config, facts })
}

/// The settings of a file that are of the other kind of configuration.
fn foreign(fields: &Fields, tree: &Map<String, Value>) -> Vec<String> {
    tree.keys().filter(|name| !fields.knows(name)).cloned().collect()
}

/// What the sources say, the strongest first.
#[derive(Default)]
pub(super) struct Layers {
    values: BTreeMap<String, (Value, Origin)>,
    passed_over: BTreeMap<String, Vec<Origin>>,
    /// By which layer a setting was set in any of its forms.
    forms: BTreeMap<String, usize>,
    count: usize,
    files: Files,
    foreign: Vec<String>,
    config_file: Option<PathBuf>,
}

impl Layers {
    /// Adds the next weaker layer.
    pub(super) fn add(&mut self, values: impl IntoIterator<Item = (String, Value)>, origin: &Origin) {
        self.add_each(values.into_iter().map(|(path, value)| (path, value, origin.clone())));
    }

    /// Adds the next weaker layer, whose values have origins of their own.
    pub(super) fn add_each(&mut self, values: impl IntoIterator<Item = (String, Value, Origin)>) {
        self.count += 1;
        for (path, value, origin) in values {
            let layer = *self.forms.entry(form(&path).to_owned()).or_insert(self.count);
            if layer == self.count {
                self.values.insert(path, (value, origin));
            } else {
                self.passed_over.entry(path).or_default().push(origin);
            }
        }
    }

    /// Notes a file that is about to be read.
    pub(super) fn reads(&mut self, path: &Path) {
        self.files.insert(path.to_owned(), private::mark(path));
    }

    fn tree(&mut self, fields: &Fields, source: Source, place: &str, text: &str, what: &str) -> Result<()> {
        let tree = Format::Json.read(text, what)?;
        if tree.is_empty() {
            return Ok(());
        }
        check_tree(fields.schema, &tree, what)?;
        let origin = if place.is_empty() { Origin::of(source) } else { Origin::at(source, place) };
        self.add(fields.given(&tree), &origin);
        Ok(())
    }

    /// One section, as far as it is known now. It can hold references, but none to Vault.
    fn section<T: DeserializeOwned>(
        &self,
        fields: &Fields,
        name: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<T> {
        let mut root = Map::new();
        let (sources, vault) = (SourceConfig::default(), VaultConfig::default());
        let lookup = Lookup { variable, sources: &sources, vault: &vault, way: &NoVault };
        for (path, (value, _)) in self.values.iter().filter(|(path, _)| is_under(path, name)) {
            let mut value = value.clone();
            fields.texts(path, &mut value, &mut |place, _, value| {
                if let Some(reference) = reference(place, value.as_str().unwrap_or_default())? {
                    if !matches!(reference, Reference::Env(_) | Reference::File(_)) {
                        let message = format!(
                            "`{place}` can refer to env: and file: alone: other references are looked up with it"
                        );
                        return Err(Error::new(Code::Config, message).with("field", place));
                    }
                    let found = reference.look_up(place, &lookup)?;
                    *value = match fields.find(place) {
                        Some(field) => field.parse(found.expose(), &format!("`{place}`"))?,
                        None => found.expose().into(),
                    };
                }
                Ok(())
            })?;
            plant(&mut root, path, value);
        }
        let Some(section) = root.remove(name) else { return typed(&Value::Object(Map::new())) };
        let tree = Map::from_iter([(name.to_owned(), section.clone())]);
        json::check(fields.schema, &Value::Object(tree), WHAT).map_err(as_config)?;
        typed(&section)
    }
}

/// The name that the forms of a setting share.
fn form(path: &str) -> &str {
    path.strip_suffix("_file").or_else(|| path.strip_suffix("_pem")).unwrap_or(path)
}

/// Reads a value as a reference, if it is one.
fn reference(path: &str, text: &str) -> Result<Option<Reference>> {
    Reference::parse(text).transpose().map_err(|why| {
        Error::new(Code::Config, format!("`{path}` is a reference that cannot be read: it {why}")).with("field", path)
    })
}

/// Checks what one source says, before it is mixed with others. References are checked when they have been looked up.
pub(super) fn check_tree(schema: Schema, tree: &Map<String, Value>, what: &str) -> Result<()> {
    let mut tree = tree.clone();
    prune(&mut tree);
    json::check(schema, &Value::Object(tree), what).map_err(as_config)
}

fn prune(tree: &mut Map<String, Value>) {
    tree.retain(|_, value| match value {
        Value::Null => false,
        Value::String(text) => Reference::parse(text).is_none(),
        Value::Object(inner) => {
            prune(inner);
            true
        }
        _ => true,
    });
}

/// Reads a `T` that fits its schema already. An error names the setting, though serde does not.
pub(super) fn typed<T: DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value).map_err(|error| {
        let why = error.to_string();
        let path = blamed::<T>(value, &why);
        Error::new(Code::Config, format!("{WHAT}: `{path}`: {why}")).with("field", path)
    })
}

/// The path of the setting that is to blame for `why`: that without which it is not said any more.
fn blamed<T: DeserializeOwned>(value: &Value, why: &str) -> String {
    let (mut place, mut path) = (value, Vec::new());
    let is_said_without = |path: &[&String], name: &String| {
        let mut rest = value.clone();
        let section = path.iter().try_fold(&mut rest, |section, name| section.get_mut(name));
        section.and_then(Value::as_object_mut).and_then(|settings| settings.remove(name));
        T::deserialize(&rest).is_err_and(|error| error.to_string() == why)
    };
    while let Some((name, inner)) =
        place.as_object().and_then(|settings| settings.iter().find(|(name, _)| !is_said_without(&path, name)))
    {
        path.push(name);
        place = inner;
    }
    path.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(".")
}
