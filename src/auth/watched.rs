//! A secret that is given as a value or in a file, and the static bearer token made of one.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use super::{AuthStatus, Credential, TokenState};
use crate::clock::SharedClock;
use crate::config::{AuthType, Mounts, read_secret};
use crate::error::{Code, Error, Result};
use crate::observe::redact::Redactor;
use crate::secret::Secret;

/// How long what was read of a file is taken as it is.
const FRESH: Duration = Duration::from_secs(1);

/// A secret by value, or the file that holds it.
#[derive(Clone)]
pub(super) enum Watched {
    Value(Secret),
    File { field: &'static str, path: String, mounts: Mounts },
}

impl Watched {
    /// The secret as it is now.
    pub(super) async fn read(&self) -> Result<Secret> {
        match self {
            Self::Value(secret) => Ok(secret.clone()),
            Self::File { field, path, mounts } => {
                let (field, path, mounts) = (*field, path.clone(), mounts.clone());
                let reading = tokio::task::spawn_blocking(move || read_file(field, &path, &mounts));
                reading.await.unwrap_or_else(|_| Err(Error::new(Code::Closed, "the runtime is shutting down")))
            }
        }
    }

    /// The same at once, for when nothing runs yet.
    pub(super) fn read_now(&self) -> Result<Secret> {
        match self {
            Self::Value(secret) => Ok(secret.clone()),
            Self::File { field, path, mounts } => read_file(field, path, mounts),
        }
    }

    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }

    /// The configuration's field that it comes from; `by_value` for a value.
    pub(super) fn field(&self, by_value: &'static str) -> &'static str {
        match self {
            Self::Value(_) => by_value,
            Self::File { field, .. } => field,
        }
    }

    /// What tells it from others: the value, or the file's place.
    pub(super) fn identity(&self) -> Secret {
        match self {
            Self::Value(secret) => secret.clone(),
            Self::File { field, path, .. } => Secret::new(format!("{field} in {path}")),
        }
    }
}

pub(super) fn read_file(field: &str, path: &str, mounts: &Mounts) -> Result<Secret> {
    read_secret(path.as_ref(), &format!("`{field}`"), mounts)
}

/// A static bearer token; one in a file is read again when it changes.
pub(super) struct Bearer {
    secret: Watched,
    clock: SharedClock,
    redactor: Arc<Redactor>,
    current: ArcSwap<Held>,
}

struct Held {
    secret: Secret,
    credential: Credential,
    checked: Duration,
}

impl Bearer {
    pub(super) fn new(secret: Watched, clock: SharedClock, redactor: Arc<Redactor>) -> Result<Self> {
        let value = secret.read_now()?;
        let credential = Credential::new(&value, None, 1, &redactor)?;
        let held = Held { secret: value, credential, checked: clock.now() };
        Ok(Self { secret, redactor, current: ArcSwap::from_pointee(held), clock })
    }

    pub(super) async fn credential(&self) -> Result<Credential> {
        let held = self.current.load_full();
        if !self.secret.is_file() || self.clock.now().saturating_sub(held.checked) < FRESH {
            return Ok(held.credential.clone());
        }
        match self.read_again().await {
            // A file is often not whole for a moment while it is replaced.
            Err(error) => {
                tracing::warn!(target: "kei_agent::auth", "the token is used as it was: {}", error.message);
                let (secret, credential) = (held.secret.clone(), held.credential.clone());
                let kept = Arc::new(Held { secret, credential: credential.clone(), checked: self.clock.now() });
                self.current.compare_and_swap(&held, kept);
                Ok(credential)
            }
            read => read,
        }
    }

    pub(super) async fn rejected(&self, generation: u64) -> Result<bool> {
        if self.secret.is_file() {
            self.read_again().await?;
        }
        Ok(self.current.load().credential.generation != generation)
    }

    /// Reads the file again, if there is one.
    pub(super) async fn refresh(&self) -> Result<()> {
        if self.secret.is_file() {
            self.read_again().await?;
        }
        Ok(())
    }

    async fn read_again(&self) -> Result<Credential> {
        let secret = self.secret.read().await?;
        let held = self.current.load_full();
        let same = held.secret.expose() == secret.expose();
        let credential = if same {
            held.credential.clone()
        } else {
            tracing::info!(target: "kei_agent::auth", "the token's file changed; the new token is used from now on");
            Credential::new(&secret, None, held.credential.generation + 1, &self.redactor)?
        };
        let next = Held { secret, credential: credential.clone(), checked: self.clock.now() };
        self.current.store(Arc::new(next));
        Ok(credential)
    }

    pub(super) fn status(&self) -> AuthStatus {
        AuthStatus {
            kind: AuthType::Bearer,
            state: TokenState::Valid,
            generation: self.current.load().credential.generation,
            ..AuthStatus::default()
        }
    }
}
