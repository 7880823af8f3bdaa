//! Values that stand somewhere else: `env:NAME`, `file:PATH`, `vault:PATH#FIELD`, `exec:PROGRAM ARGUMENTS`.
//!
//! What is read is never repeated in an error, and neither are a program's arguments.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::{Mounts, SourceConfig, VaultConfig, read_secret};
use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// How long a program may take, and how much it may say.
const PATIENCE: Duration = Duration::from_secs(10);
const MOST: u64 = 64 << 10;

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// In an environment variable.
    Env(String),
    /// In a file.
    File(String),
    /// In Vault.
    Vault(VaultPath),
    /// It is what a program says.
    Exec(Vec<String>),
}

/// A field of a secret in Vault's key-value engine, version 2.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VaultPath {
    /// Where the engine is mounted.
    pub mount: String,
    /// The secret's path in it.
    pub path: String,
    /// The field.
    pub field: String,
}

/// Who looks up what stands in Vault. The layer above has the way to it.
pub trait Vault {
    /// The field's value now.
    fn read(&self, config: &VaultConfig, path: &VaultPath) -> Result<Secret>;
}

/// No Vault: a reference to it is an error.
pub struct NoVault;

impl Vault for NoVault {
    fn read(&self, _: &VaultConfig, _: &VaultPath) -> Result<Secret> {
        Err(Error::new(Code::Config, "there is no Vault here"))
    }
}

/// What references are looked up with.
pub struct Lookup<'a> {
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// What is allowed.
    pub sources: &'a SourceConfig,
    /// Where Vault is.
    pub vault: &'a VaultConfig,
    /// The way to Vault.
    pub way: &'a dyn Vault,
}

impl Reference {
    /// Reads a value as a reference; `None` for one that is none.
    pub fn parse(text: &str) -> Option<Result<Self, &'static str>> {
        let (kind, rest) = text.split_once(':')?;
        let rest = rest.trim();
        let reference = match kind {
            "env" if rest.is_empty() => Err("must be env:NAME"),
            "env" => Ok(Self::Env(rest.to_owned())),
            "file" if rest.is_empty() => Err("must be file:PATH"),
            "file" => Ok(Self::File(rest.strip_prefix("//").unwrap_or(rest).to_owned())),
            "vault" => VaultPath::parse(rest).map(Self::Vault).ok_or("must be vault:MOUNT/PATH#FIELD"),
            "exec" if rest.is_empty() => Err("must be exec:PROGRAM ARGUMENTS"),
            "exec" => Ok(Self::Exec(rest.split_whitespace().map(str::to_owned).collect())),
            _ => return None,
        };
        Some(reference)
    }

    /// Whether what it leads to is a secret wherever it stands. An environment variable often is none.
    pub fn is_secret(&self) -> bool {
        !matches!(self, Self::Env(_))
    }

    /// The value. `field` names it in errors.
    pub fn look_up(&self, field: &str, with: &Lookup) -> Result<Secret> {
        let wrong = |code: Code, why: &str| {
            Err(Error::new(code, format!("`{field}`: {} {why}", self.shown())).with("field", field))
        };
        match self {
            Self::Env(name) => match (with.variable)(name).filter(|text| !text.is_empty()) {
                Some(text) => Ok(Secret::new(text)),
                None => wrong(Code::ConfigMissing, "is not set"),
            },
            Self::File(path) => {
                read_secret(Path::new(path), &format!("`{field}`"), &Mounts::new(&with.sources.mounted_secrets))
            }
            Self::Exec(_) if !with.sources.allow_exec => {
                wrong(Code::Config, "runs a program, which `config.allow_exec` must allow")
            }
            Self::Exec(words) => run(words).or_else(|why| wrong(Code::Config, &why)),
            Self::Vault(_) if with.vault.address.as_deref().is_none_or(str::is_empty) => wrong(
                Code::ConfigMissing,
                "needs `vault.address`, for example \"https://vault.example.com:8200\" (or KEI_VAULT_ADDRESS)",
            ),
            Self::Vault(path) => with.way.read(with.vault, path).map_err(|mut error| {
                error.message = format!("`{field}`: {} cannot be read: {}", self.shown(), error.message);
                error.with("field", field)
            }),
        }
    }

    /// As it is shown. A program's arguments may be secret.
    pub fn shown(&self) -> String {
        match self {
            Self::Env(name) => format!("env:{name}"),
            Self::File(path) => format!("file:{path}"),
            Self::Vault(VaultPath { mount, path, field }) => format!("vault:{mount}/{path}#{field}"),
            Self::Exec(words) => format!("exec:{}", words.first().map_or("", String::as_str)),
        }
    }
}

impl VaultPath {
    /// `secret/kei#client_secret`; a mount of several parts is told by `data`, as in Vault's API: `team/kv/data/kei#client_secret`.
    fn parse(text: &str) -> Option<Self> {
        let (path, field) = text.split_once('#')?;
        let path = path.trim_matches('/');
        let (mount, path) = path.split_once("/data/").or_else(|| path.split_once('/'))?;
        let plain = |text: &str| {
            !text.is_empty()
                && text.split('/').all(|part| !matches!(part, "" | "." | ".."))
                && !text.contains(char::is_control)
        };
        (plain(mount) && plain(path) && !field.is_empty()).then(|| Self {
            mount: mount.to_owned(),
            path: path.to_owned(),
            field: field.to_owned(),
        })
    }
}

/// What a program says, without the end of its last line. No shell stands between; what it complains of is not repeated.
fn run(words: &[String]) -> Result<Secret, String> {
    if cfg!(fuzzing) {
        return Err("is not run: a fuzzer made it up".to_owned());
    }
    let (program, arguments) = words.split_first().ok_or("names no program")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot be run: {error}"))?;
    let out = child.stdout.take().ok_or("says nothing")?;
    let (send, receive) = mpsc::channel();
    let reading = crate::thread::spawn("kei-exec", move || {
        let mut text = zeroize::Zeroizing::new(String::new());
        let read = out.take(MOST + 1).read_to_string(&mut text);
        // Nobody waits any more for a program that took too long.
        let _ = send.send(read.map(|_| text));
    });
    let said = match reading {
        Ok(_) => receive.recv_timeout(PATIENCE),
        Err(error) => {
            let _ = child.kill().and_then(|()| child.wait());
            return Err(format!("cannot be listened to: {}", error.message));
        }
    };
    let Ok(said) = said else {
        let _ = child.kill().and_then(|()| child.wait());
        return Err(format!("took longer than {} s", PATIENCE.as_secs()));
    };
    let too_much = said.as_ref().is_ok_and(|text| text.len() as u64 > MOST);
    if too_much {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| format!("cannot be waited for: {error}"))?;
    match said {
        _ if too_much => Err("said more than 64 KiB".to_owned()),
        _ if !status.success() => Err(format!("failed ({status})")),
        Err(_) => Err("said what is not UTF-8".to_owned()),
        Ok(text) => match text.trim_end_matches(['\r', '\n']) {
            "" => Err("said nothing".to_owned()),
            text => Ok(Secret::new(text)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Reference {
        Reference::parse(text).unwrap().unwrap()
    }

    fn look_up(text: &str, allow_exec: bool) -> Result<String, String> {
        let sources = SourceConfig { allow_exec, ..SourceConfig::default() };
        let variable = |name: &str| (name == "SET").then(|| "from-the-environment".to_owned());
        let vault = VaultConfig::default();
        let with = Lookup { variable: &variable, sources: &sources, vault: &vault, way: &NoVault };
        parse(text)
            .look_up("auth.token", &with)
            .map(|secret| secret.expose().to_owned())
            .map_err(|error| error.message.clone())
    }

    #[test]
    fn references_are_told_from_values() {
        assert_eq!(parse("env:HOME"), Reference::Env("HOME".into()));
        assert_eq!(parse("file:///run/secrets/a"), Reference::File("/run/secrets/a".into()));
        let path = |mount: &str| VaultPath { mount: mount.into(), path: "a/b".into(), field: "c".into() };
        assert_eq!(parse("vault:secret/a/b#c"), Reference::Vault(path("secret")));
        assert_eq!(parse("vault:team/kv/data/a/b#c"), Reference::Vault(path("team/kv")));
        for text in ["https://a.example", "plain", "", "environment:x", "a:b", "urn:x", "10.0.0.0:80"] {
            assert_eq!(Reference::parse(text), None, "{text}");
        }
        for text in ["env:", "file:", "exec: ", "vault:a", "vault:a/b", "vault:a#b", "vault:a/../b#c", "vault:a/b#"] {
            assert!(Reference::parse(text).unwrap().is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_reference_leads_to_is_read_and_what_it_does_not_is_named() {
        assert_eq!(look_up("env:SET", false).unwrap(), "from-the-environment");
        assert_eq!(look_up("env:UNSET", false).unwrap_err(), "`auth.token`: env:UNSET is not set");
        assert!(
            look_up("file:/no/such/file", false).unwrap_err().contains("`auth.token`: /no/such/file cannot be read")
        );
        assert!(look_up("vault:a/b#c", false).unwrap_err().contains("needs `vault.address`"));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_run_only_where_that_is_allowed_and_its_arguments_are_kept() {
        assert!(look_up("exec:echo hunter2", false).unwrap_err().contains("`config.allow_exec` must allow"));
        assert_eq!(look_up("exec:echo hunter2  again", true).unwrap(), "hunter2 again");
        for (text, why) in [
            ("exec:false hunter2", "failed"),
            ("exec:/no/such/program hunter2", "cannot be run"),
            ("exec:true hunter2", "said nothing"),
            ("exec:cat /dev/zero", "said more than 64 KiB"),
        ] {
            let error = look_up(text, true).unwrap_err();
            assert!(error.contains(why) && !error.contains("hunter2"), "{error}");
        }
    }
}
