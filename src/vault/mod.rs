//! Secrets in HashiCorp Vault, or in what speaks its HTTP API: the key-value engine, version 2.
//!
//! A token is got as the configuration says, and renewed when two thirds of its lease are over. What was read is read again each time it is asked for; while
//! Vault is sealed, or cannot be reached, what is known serves to its lease's end. All of it happens on a thread of its own, for the one who waits.

mod api;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use once_cell::sync::OnceCell;

use crate::clock::{SharedClock, SystemClock};
use crate::config::{Mounts, Vault, VaultAuth, VaultConfig, VaultPath, kind, read_secret};
use crate::error::{Code, Error, Result};
use crate::observe::redact::Redactor;
use crate::secret::Secret;
use crate::thread;
use api::{Api, Failure, Lease};

/// What was read so lately is not read again: several values of one secret are looked up one after the other.
const FRESH: Duration = Duration::from_millis(500);

/// The Vaults that a runtime knows, and what they said.
pub struct Vaults {
    clock: SharedClock,
    redactor: OnceCell<Arc<Redactor>>,
    known: Mutex<HashMap<String, Arc<Mutex<Known>>>>,
}

/// What is known of one, as one configuration sees it.
#[derive(Default)]
struct Known {
    token: Option<Token>,
    secrets: HashMap<(String, String), Held>,
}

/// The library's token.
#[derive(Clone)]
struct Token {
    text: Secret,
    lease: Lease,
    /// When the lease began.
    at: Duration,
}

/// A secret as it was read.
#[derive(Clone)]
struct Held {
    fields: BTreeMap<String, Secret>,
    at: Duration,
    /// When it must not be used any more; `None` for never.
    until: Option<Duration>,
}

impl Default for Vaults {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl Token {
    /// When it is to be renewed: with a third of its lease left.
    fn renew_at(&self) -> Option<Duration> {
        self.lease.lasts.map(|lasts| self.at + lasts * 2 / 3)
    }

    fn ends(&self) -> Option<Duration> {
        self.lease.lasts.map(|lasts| self.at + lasts)
    }
}

impl Vaults {
    fn new(clock: SharedClock) -> Self {
        Self { clock, redactor: OnceCell::new(), known: Mutex::default() }
    }

    /// Has `redactor` told of every secret, those that are known already included.
    pub fn tell(&self, redactor: &Arc<Redactor>) {
        // There is one for a runtime.
        let _ = self.redactor.set(Arc::clone(redactor));
        for known in lock(&self.known).values() {
            let known = lock(known);
            self.register(known.token.as_ref().map(|token| ("vault_token", &token.text)));
            let fields = known.secrets.values().flat_map(|held| &held.fields);
            self.register(fields.map(|(name, secret)| (name.as_str(), secret)));
        }
    }

    fn register<'a>(&self, secrets: impl IntoIterator<Item = (&'a str, &'a Secret)>) {
        let Some(redactor) = self.redactor.get() else { return };
        secrets.into_iter().for_each(|(name, secret)| redactor.register(kind(name), secret));
    }

    /// In how long a token is to be renewed; `None` when none has a lease.
    pub fn renew_in(&self) -> Option<Duration> {
        let known: Vec<_> = lock(&self.known).values().cloned().collect();
        let due = known.iter().filter_map(|known| lock(known).token.as_ref().and_then(Token::renew_at)).min()?;
        Some(due.saturating_sub(self.clock.now()))
    }

    fn known(&self, config: &VaultConfig) -> Arc<Mutex<Known>> {
        // Whoever reads with other rights reads for themselves. The secrets of the configuration show only as the mask.
        let given = config.token.as_ref().or(config.secret_id.as_ref()).map_or("", Secret::expose);
        let of = format!("{config:?} {}", crate::observe::redact::mask("vault", given));
        Arc::clone(lock(&self.known).entry(of).or_default())
    }

    /// A secret's fields: as they are now, or as they are known, where Vault does not answer and that is allowed.
    fn fields(&self, config: &VaultConfig, path: &VaultPath) -> Result<BTreeMap<String, Secret>> {
        let known = self.known(config);
        let mut known = lock(&known);
        let key = (path.mount.clone(), path.path.clone());
        let held = known.secrets.get(&key).cloned();
        let now = self.clock.now();
        if let Some(held) = held
            .as_ref()
            .filter(|held| now.saturating_sub(held.at) < FRESH && held.until.is_none_or(|until| now < until))
        {
            return Ok(held.fields.clone());
        }
        let asked = on_own_thread(|| self.ask(config, path, known.token.clone()));
        let (token, outcome) = asked?;
        if let Some(token) = token {
            self.register([("vault_token", &token.text)]);
            known.token = Some(token);
        }
        let failure = match outcome {
            Ok(held) => {
                self.register(held.fields.iter().map(|(name, secret)| (name.as_str(), secret)));
                known.secrets.insert(key, held.clone());
                return Ok(held.fields);
            }
            Err(failure) => failure,
        };
        if !failure.may_pass() {
            known.secrets.remove(&key);
            return Err(failure.into());
        }
        let held = held.filter(|held| held.until.is_none_or(|until| now < until)).ok_or(failure)?;
        tracing::warn!(target: "kei_agent::vault", "Vault does not answer: a secret is used as it was read before");
        Ok(held.fields)
    }

    /// Asks Vault, with a token that is good. Answers the token that it has now, too.
    async fn ask(
        &self,
        config: &VaultConfig,
        path: &VaultPath,
        token: Option<Token>,
    ) -> Result<(Option<Token>, Result<Held, Failure>)> {
        let api = Api::new(config)?;
        let credential = Credential::read(config)?;
        let mut fresh = false;
        let mut token = match self.token(&api, &credential, token, &mut fresh).await {
            Ok(token) => token,
            Err(failure) => return Ok((None, Err(failure))),
        };
        let mut read = self.fetch(&api, &token, path).await;
        // It may have been revoked. One that was just got was not.
        if matches!(read, Err(Failure::Denied(_))) && !fresh && !matches!(credential, Credential::Token(_)) {
            match self.log_in(&api, &credential).await {
                Ok(next) => {
                    token = next;
                    read = self.fetch(&api, &token, path).await;
                }
                Err(failure) => read = Err(failure),
            }
        }
        Ok((Some(token), read))
    }

    async fn fetch(&self, api: &Api, token: &Token, path: &VaultPath) -> Result<Held, Failure> {
        let at = self.clock.now();
        let (fields, lease) = api.read(&token.text, path).await?;
        let until = lease.lasts.map(|lasts| at + lasts).or_else(|| token.ends());
        Ok(Held { fields, at, until })
    }

    /// A token that is good: the one that is known, renewed when that is due, or a new one, which `fresh` tells.
    async fn token(
        &self,
        api: &Api,
        credential: &Credential,
        known: Option<Token>,
        fresh: &mut bool,
    ) -> Result<Token, Failure> {
        let now = self.clock.now();
        let Some(token) = known else {
            *fresh = true;
            return self.log_in(api, credential).await;
        };
        if token.renew_at().is_none_or(|due| now < due) {
            return Ok(token);
        }
        let has_ended = token.ends().is_some_and(|ends| now >= ends);
        if token.lease.renewable && !has_ended {
            match api.renew(&token.text).await {
                Ok(lease) => return Ok(Token { text: token.text, lease, at: now }),
                Err(failure) if failure.may_pass() => return Ok(token),
                Err(_) => {}
            }
        }
        if matches!(credential, Credential::Token(_)) {
            // There is no other; what becomes of it, Vault says.
            return Ok(token);
        }
        *fresh = true;
        self.log_in(api, credential).await
    }

    async fn log_in(&self, api: &Api, credential: &Credential) -> Result<Token, Failure> {
        let at = self.clock.now();
        let (text, lease) = match credential {
            Credential::Token(token) => (token.clone(), api.look_up(token).await?),
            Credential::Login { mount, body } => api.log_in(mount, body).await?,
        };
        Ok(Token { text, lease, at })
    }
}

impl Vault for Vaults {
    fn read(&self, config: &VaultConfig, path: &VaultPath) -> Result<Secret> {
        let fields = self.fields(config, path)?;
        fields.get(&path.field).cloned().ok_or_else(|| {
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            Error::new(Code::Config, format!("the secret has no field `{}`; it has {}", path.field, names.join(", ")))
        })
    }
}

/// What the library proves itself with.
enum Credential {
    Token(Secret),
    Login { mount: String, body: Secret },
}

impl Credential {
    fn read(config: &VaultConfig) -> Result<Self> {
        let missing = |field: &str, what: &str| {
            let message = format!("`{field}` is missing: set it to {what}, or `vault.auth` to another way");
            Error::new(Code::ConfigMissing, message).with("field", field)
        };
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        // Where a platform puts such files.
        let mounts = Mounts::new(&crate::config::SourceConfig::default().mounted_secrets);
        let secret = |value: &Option<Secret>, file: &Option<String>, field: &str| match (value, filled(file)) {
            (Some(secret), _) => Ok(secret.clone()),
            (None, Some(path)) => read_secret(path.as_ref(), &format!("`{field}_file`"), &mounts),
            (None, None) => Err(missing(field, &format!("the secret, or `{field}_file` to the file that holds it"))),
        };
        let login = |mount: &str, body: &serde_json::Value| {
            let mount = filled(&config.mount).unwrap_or_else(|| mount.to_owned());
            Self::Login { mount, body: Secret::new(body.to_string()) }
        };
        match config.auth {
            VaultAuth::Token => Ok(Self::Token(secret(&config.token, &config.token_file, "vault.token")?)),
            VaultAuth::Approle => {
                let role = filled(&config.role_id).ok_or_else(|| missing("vault.role_id", "the role's identifier"))?;
                let secret = secret(&config.secret_id, &config.secret_id_file, "vault.secret_id")?;
                Ok(login("approle", &serde_json::json!({ "role_id": role, "secret_id": secret.expose() })))
            }
            VaultAuth::Kubernetes => {
                let role = filled(&config.role).ok_or_else(|| missing("vault.role", "the role's name"))?;
                let jwt = read_secret(config.jwt_file.as_ref(), "`vault.jwt_file`", &mounts)?;
                Ok(login("kubernetes", &serde_json::json!({ "role": role, "jwt": jwt.expose() })))
            }
        }
    }
}

/// Runs `work` to its end on a thread of its own: the one who waits may be any thread, and the runtime may not run yet.
fn on_own_thread<T: Send, F: Future<Output = Result<T>>>(work: impl FnOnce() -> F + Send) -> Result<T> {
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let run = || {
        thread::leave_signals_to_the_host();
        let reactor = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let reactor =
            reactor.map_err(|error| Error::new(Code::Overloaded, format!("no event loop could be made: {error}")))?;
        tracing::dispatcher::with_default(&dispatch, || reactor.block_on(work()))
    };
    std::thread::scope(|scope| {
        let looking = std::thread::Builder::new().name("kei-vault".to_owned()).spawn_scoped(scope, run);
        let looking =
            looking.map_err(|error| Error::new(Code::Overloaded, format!("no thread could be made: {error}")))?;
        looking.join().unwrap_or_else(|_| Err(Error::new(Code::Panic, "a fault in the library ended the look-up")))
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
