//! A client's refresh token: given, or come with another token; replaced when the issuer gives a new one, in its file, too.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::watched::{Watched, read_file};
use crate::error::Result;
use crate::observe::redact::Redactor;
use crate::secret::Secret;

/// The refresh token of one client.
#[derive(Default)]
pub(super) struct RefreshToken {
    given: Option<Watched>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// What the issuer gave last.
    latest: Option<Secret>,
    /// What was given when that came: something else that is given later counts more.
    over: Option<Secret>,
    /// What the issuer does not take any more.
    refused: Option<Secret>,
}

impl RefreshToken {
    pub(super) fn new(given: Option<Watched>) -> Self {
        Self { given, kept: Mutex::default() }
    }

    /// The refresh token to use now, if there is one.
    pub(super) async fn current(&self, redactor: &Redactor) -> Result<Option<Secret>> {
        let given = self.given().await?;
        let kept = self.lock();
        let same = |left: &Option<Secret>, right: &Option<Secret>| {
            left.as_ref().map(Secret::expose) == right.as_ref().map(Secret::expose)
        };
        let current = if kept.latest.is_some() && same(&kept.over, &given) { kept.latest.clone() } else { given };
        if let Some(token) = &current {
            redactor.register("refresh_token", token);
        }
        Ok(current.filter(|token| !same(&kept.refused, &Some(token.clone()))))
    }

    async fn given(&self) -> Result<Option<Secret>> {
        match &self.given {
            Some(Watched::File { field, path, mounts }) => {
                let (field, path, mounts) = (*field, path.clone(), mounts.clone());
                let reading = tokio::task::spawn_blocking(move || {
                    // Before a first login there is none.
                    if Path::new(&path).exists() { read_file(field, &path, &mounts).map(Some) } else { Ok(None) }
                });
                reading.await.unwrap_or(Ok(None))
            }
            Some(watched) => watched.read().await.map(Some),
            None => Ok(None),
        }
    }

    /// Takes the place of the one that was used.
    pub(super) async fn replace(&self, token: &Secret, redactor: &Redactor) {
        redactor.register("refresh_token", token);
        let over = match &self.given {
            Some(Watched::File { path, .. }) => {
                let (path, content) = (PathBuf::from(path), token.clone());
                let written = tokio::task::spawn_blocking(move || write_private(&path, &content)).await;
                match written.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into())) {
                    Ok(()) => Some(token.clone()),
                    Err(error) => {
                        tracing::error!(
                            target: "kei_agent::auth",
                            "the new refresh token could not be written to its file, and is lost when the process ends: {error}"
                        );
                        self.given().await.unwrap_or(None)
                    }
                }
            }
            _ => self.given().await.unwrap_or(None),
        };
        let mut kept = self.lock();
        (kept.latest, kept.over) = (Some(token.clone()), over);
    }

    /// Notes that the issuer does not take `token` any more.
    pub(super) fn refused(&self, token: &Secret) {
        self.lock().refused = Some(token.clone());
    }

    /// Forgets it, and takes its file away.
    pub(super) async fn forget(&self) -> io::Result<()> {
        if let Ok(Some(given)) = self.given().await {
            self.refused(&given);
        }
        let latest = self.lock().latest.take();
        if let Some(latest) = latest {
            self.refused(&latest);
        }
        if let Some(Watched::File { path, .. }) = &self.given {
            let path = path.clone();
            let removed = tokio::task::spawn_blocking(move || std::fs::remove_file(path)).await;
            return match removed.unwrap_or(Ok(())) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                removed => removed,
            };
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a file that its owner alone can read, whole or not at all.
fn write_private(path: &Path, content: &Secret) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}.new", uuid::Uuid::new_v4()));
    let beside = path.with_file_name(name);
    let write = || {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(content.expose().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().inspect_err(|_| {
        let _ = std::fs::remove_file(&beside);
    })
}
