//! The configuration of a runtime, which its clients share: what it was made with, and what they changed.

use std::sync::{Arc, Mutex, PoisonError};

use crate::config::{self, Given, Loaded, LogFilter, RuntimeConfig, Settings};
use crate::error::Result;
use crate::observe::Observe;
use crate::observe::redact::Redactor;
use crate::secret::Secret;
use crate::vault::Vaults;

/// The configuration of a runtime.
pub struct RuntimeSettings {
    /// The JSON that it was made with.
    handle: Secret,
    now: Mutex<Now>,
    /// The way to Vault, and what is known of its secrets.
    pub vaults: Arc<Vaults>,
}

/// What is in effect.
#[derive(Clone)]
pub(super) struct Now {
    pub(super) loaded: Arc<Loaded<RuntimeConfig>>,
    /// What `config.update` changed.
    pub(super) update: Secret,
}

impl RuntimeSettings {
    /// Reads the configuration in `text` and in its other sources.
    pub fn read(text: &str) -> Result<Self> {
        let vaults = Arc::<Vaults>::default();
        let loaded = Arc::new(assemble(&vaults, text, "")?);
        let now = Mutex::new(Now { loaded, update: Secret::new("") });
        Ok(Self { handle: Secret::new(text), now, vaults })
    }

    /// The configuration that the runtime is made by.
    pub fn config(&self) -> RuntimeConfig {
        self.now().loaded.config.clone()
    }

    /// Has the redactor know the secrets.
    pub fn register(&self, redactor: &Arc<Redactor>) {
        self.vaults.tell(redactor);
        for (path, secret) in &self.now().loaded.facts.secrets {
            redactor.register(config::kind(path), secret);
        }
    }

    pub(super) fn now(&self) -> Now {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The configuration as its sources say it now.
    pub(super) fn assemble(&self, update: &Secret) -> Result<Now> {
        let loaded = Arc::new(assemble(&self.vaults, self.handle.expose(), update.expose())?);
        Ok(Now { loaded, update: update.clone() })
    }

    /// Has `next` in effect from now on.
    pub(super) fn take(&self, observe: &Observe, next: &Now) -> Result<()> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = now.loaded.facts.changes(&next.loaded.facts);
        if changes.iter().any(|change| config::is_under(&change.path, "log")) {
            let log = &next.loaded.config.log;
            observe.logging.set_levels(&LogFilter { level: log.level, targets: log.targets.clone() })?;
        }
        *now = next.clone();
        drop(now);
        self.register(&observe.redactor);
        Ok(())
    }
}

/// Puts a configuration together from a handle's JSON, an update and this process's environment.
pub(super) fn assemble<T: Settings>(vaults: &Vaults, handle: &str, update: &str) -> Result<Loaded<T>> {
    config::assemble(&Given { handle, update, variable: &config::environment, vault: vaults })
}
