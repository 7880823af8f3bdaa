//! A client that lives through changes of its configuration: what it was made with, its session as it is now, and the configurations before.
//!
//! A change is checked as a whole by making the next session of it. Only then does that take the place of the one before, for what begins from
//! then on; what is wrong changes nothing. Changes come one after the other, on threads that may wait: files are read, Vault is asked.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::broadcast;

use super::Session;
use super::session::Before;
use super::settings::{Now, assemble};
use crate::config::{self, Change, ClientConfig, Fields, Loaded, RuntimeConfig, Settings};
use crate::error::{Code, Error, Result};
use crate::runtime::Services;
use crate::secret::Secret;

/// As many notices wait for one who watches.
const NOTICES: usize = 256;

/// Why a configuration took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Cause {
    /// The client was made with it.
    Start,
    /// `config.reload`.
    Reload,
    /// A file changed.
    File,
    /// Secrets in Vault were read again.
    Vault,
    /// `config.update`.
    Update,
    /// `config.rollback`.
    Rollback,
}

/// A configuration that took effect.
#[derive(Clone)]
pub(super) struct Version {
    /// From 1.
    pub(super) number: u64,
    /// When, in RFC 3339.
    pub(super) at: String,
    pub(super) cause: Cause,
    /// What became another by it; secrets masked.
    pub(super) changes: Vec<Change>,
    pub(super) kept: Kept,
}

/// A change that was refused.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Refused {
    /// When, in RFC 3339.
    at: String,
    /// What was tried.
    cause: Cause,
    /// The error's name, for example `KEI_E_CONFIG`.
    error: &'static str,
    /// What is wrong, and where.
    message: String,
}

/// What those who watch are told.
#[derive(Clone)]
pub(super) enum Notice {
    /// Another configuration took effect.
    Changed(Arc<Version>),
    /// One was refused.
    Refused(Arc<Refused>),
}

/// All that makes a configuration.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) client: Arc<Loaded<ClientConfig>>,
    /// What `config.update` changed of the client's.
    update: Secret,
    pub(super) runtime: Now,
}

/// What is to be done.
pub(super) enum Plan {
    /// Read the sources again.
    Reload,
    /// Lay this over the sources.
    Update(Map<String, Value>),
    /// Go back to the version of this number.
    Rollback(u64),
}

/// What is ready to take effect.
struct Prepared {
    kept: Kept,
    changes: Vec<Change>,
    session: Session,
}

/// A client's configuration and session.
pub struct Live {
    current: ArcSwap<Session>,
    /// The JSON that the client was made with.
    handle: Secret,
    history: Mutex<History>,
    /// Held while a change is on its way.
    changing: Mutex<()>,
    notices: broadcast::Sender<Notice>,
}

struct History {
    now: Arc<Version>,
    /// Those before, the oldest first.
    before: VecDeque<Arc<Version>>,
    refused: Option<Arc<Refused>>,
}

impl Live {
    /// A client with the configuration in `text` (JSON; empty for none) and in its other sources. Nothing is sent yet but to Vault.
    pub(crate) fn new(services: &Services, text: &str) -> Result<Arc<Self>> {
        let client: Loaded<ClientConfig> = assemble(&services.settings.vaults, text, "")?;
        let closed = services.stopping.child_token();
        let (config, facts) = (client.config.clone(), &client.facts);
        let session = Session::make(services, config, facts, closed, Weak::new(), None)?;
        let kept = Kept { client: Arc::new(client), update: Secret::new(""), runtime: services.settings.now() };
        note_foreign(services, &kept);
        let now = Arc::new(Version { number: 1, at: now(), cause: Cause::Start, changes: Vec::new(), kept });
        let live = Arc::new_cyclic(|live| Self {
            current: ArcSwap::from_pointee(Session { live: live.clone(), ..session }),
            handle: Secret::new(text),
            history: Mutex::new(History { now, before: VecDeque::new(), refused: None }),
            changing: Mutex::default(),
            notices: broadcast::channel(NOTICES).0,
        });
        Ok(live)
    }

    /// The session as it is now, for a moment: it is not kept alive by a count of its own, which takes less time.
    pub fn glance(&self) -> impl Deref<Target = Arc<Session>> {
        self.current.load()
    }

    /// The session as it is now.
    pub fn session(&self) -> Arc<Session> {
        self.current.load_full()
    }

    /// Ends the client: what is in flight is answered with `Closed`, and so is every later call.
    pub fn close(&self) {
        let session = self.session();
        // First, so that whoever is interrupted sees why.
        session.closed.cancel();
        session.in_flight.close();
    }

    /// Tells of changes from now on.
    pub(super) fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// The configuration as it is now.
    pub(super) fn version(&self) -> Arc<Version> {
        Arc::clone(&lock(&self.history).now)
    }

    /// The configurations that are kept, the oldest first, and the last change that was refused.
    pub(super) fn history(&self) -> (Vec<Arc<Version>>, Option<Arc<Refused>>) {
        let history = lock(&self.history);
        (history.before.iter().chain([&history.now]).cloned().collect(), history.refused.clone())
    }

    /// What a plan would change. Not for a thread that must not wait.
    pub(super) fn try_out(&self, plan: Plan) -> Result<Vec<Change>> {
        let _guard = lock(&self.changing);
        self.prepare(plan).map(|prepared| prepared.changes)
    }

    /// Does as the plan says, or nothing. Answers the version that is in effect then, and whether it is a new one. Not for a thread that must not wait.
    pub(super) fn change(&self, cause: Cause, plan: Plan) -> Result<(Arc<Version>, bool)> {
        let _guard = lock(&self.changing);
        let dispatch = self.session().services.observe.logging.dispatch();
        tracing::dispatcher::with_default(&dispatch, || {
            self.prepare(plan)
                .and_then(|prepared| self.take(cause, prepared))
                .map_err(|error| self.refuse(cause, error))
        })
    }

    fn prepare(&self, plan: Plan) -> Result<Prepared> {
        let session = self.session();
        if session.closed.is_cancelled() {
            return Err(Error::new(Code::Closed, "the client was closed"));
        }
        let settings = &session.services.settings;
        let (before, runtime) = (self.version().kept.clone(), settings.now());
        let kept = match plan {
            Plan::Reload => self.read(&session.services, &before.update, &runtime.update)?,
            Plan::Update(patch) => {
                config::check_update(&patch)?;
                let update = config::merge(&before.update, part(ClientConfig::fields(), &patch))?;
                let of_runtime = config::merge(&runtime.update, part(RuntimeConfig::fields(), &patch))?;
                self.read(&session.services, &update, &of_runtime)?
            }
            Plan::Rollback(number) => self.find(number)?,
        };
        let mut changes = before.client.facts.changes(&kept.client.facts);
        let of_runtime = runtime.loaded.facts.changes(&kept.runtime.loaded.facts);
        refuse_fixed(ClientConfig::fields(), &changes, "client")?;
        refuse_fixed(RuntimeConfig::fields(), &of_runtime, "runtime")?;
        let changed: Vec<String> = changes.iter().map(|change| change.path.clone()).collect();
        let parts = Before { session: &session, changed: &changed };
        let (config, facts, closed) = (kept.client.config.clone(), &kept.client.facts, session.closed.clone());
        let next = Session::make(&session.services, config, facts, closed, session.live.clone(), Some(&parts))?;
        // What both have, such as where Vault is, is told once.
        changes.extend(of_runtime.into_iter().filter(|change| !changed.contains(&change.path)));
        Ok(Prepared { kept, changes, session: next })
    }

    fn read(&self, services: &Services, update: &Secret, of_runtime: &Secret) -> Result<Kept> {
        let client = assemble(&services.settings.vaults, self.handle.expose(), update.expose())?;
        let runtime = services.settings.assemble(of_runtime)?;
        Ok(Kept { client: Arc::new(client), update: update.clone(), runtime })
    }

    fn find(&self, number: u64) -> Result<Kept> {
        let (all, _) = self.history();
        all.iter().find(|version| version.number == number).map(|version| version.kept.clone()).ok_or_else(|| {
            let known: Vec<String> = all.iter().map(|version| version.number.to_string()).collect();
            let message = format!("`version`: there is no version {number}; kept are {}", known.join(", "));
            Error::new(Code::Request, message).with("field", "version")
        })
    }

    fn take(&self, cause: Cause, prepared: Prepared) -> Result<(Arc<Version>, bool)> {
        let Prepared { kept, changes, session } = prepared;
        let services = session.services.clone();
        services.settings.take(&services.observe, &kept.runtime)?;
        let mut history = lock(&self.history);
        if changes.is_empty() {
            // An update that says what is so already still is one. Secrets that were read again may live longer.
            let now = Version { kept, ..(*history.now).clone() };
            history.now = Arc::new(now);
            return Ok((Arc::clone(&history.now), false));
        }
        let most = session.config.config.history;
        self.current.store(Arc::new(session));
        let next = Arc::new(Version { number: history.now.number + 1, at: now(), cause, changes, kept });
        let before = std::mem::replace(&mut history.now, Arc::clone(&next));
        history.before.push_back(before);
        while history.before.len() >= most.max(1) {
            history.before.pop_front();
        }
        drop(history);
        self.tell(&services, &next);
        Ok((next, true))
    }

    fn tell(&self, services: &Services, next: &Arc<Version>) {
        let (number, cause): (_, &str) = (next.number, next.cause.into());
        let paths: Vec<&str> = next.changes.iter().map(|change| change.path.as_str()).collect();
        tracing::info!(target: "kei_agent::config", version = number, cause, changed = %paths.join(" "), "the configuration changed");
        let session = self.session();
        services.observe.audit.note(|| {
            session.event("config.changed").with("version", number).with("cause", cause).with("changed", paths.clone())
        });
        // Nobody need be watching.
        let _ = self.notices.send(Notice::Changed(Arc::clone(next)));
    }

    fn refuse(&self, cause: Cause, error: Error) -> Error {
        let session = self.session();
        let error = session.services.observe.redactor.scrub_error(error);
        if error.code == Code::Closed {
            return error;
        }
        let tried: &str = cause.into();
        tracing::warn!(target: "kei_agent::config", cause = tried, error = error.code.name(), "the configuration stays as it is: {}", error.message);
        session
            .services
            .observe
            .audit
            .note(|| session.event("config.refused").with("cause", tried).with("error", error.code.name()));
        let refused = Arc::new(Refused { at: now(), cause, error: error.code.name(), message: error.message.clone() });
        lock(&self.history).refused = Some(Arc::clone(&refused));
        let _ = self.notices.send(Notice::Refused(refused));
        error
    }
}

/// Says so when the client's file has settings of a runtime, and its runtime was made without that file.
fn note_foreign(services: &Services, kept: &Kept) {
    let facts = &kept.client.facts;
    let Some(path) = facts.config_file.as_ref().filter(|_| !facts.foreign.is_empty()) else { return };
    if kept.runtime.loaded.facts.config_file.as_ref() == Some(path) {
        return;
    }
    tracing::dispatcher::with_default(&services.observe.logging.dispatch(), || {
        let (file, settings) = (path.display().to_string(), facts.foreign.join(" "));
        tracing::warn!(
            target: "kei_agent::config", file, settings,
            "the file has settings of a runtime, but the client's runtime was made without it: name it to the runtime, too, or in KEI_CONFIG"
        );
    });
}

/// The part of an update that is for a kind of configuration.
fn part(fields: &Fields, patch: &Map<String, Value>) -> Map<String, Value> {
    let wanted = patch.iter().filter(|(name, _)| fields.knows(name));
    wanted.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Refuses changes of what stays as it is for life.
fn refuse_fixed(fields: &Fields, changes: &[Change], what: &str) -> Result<()> {
    let fixed: Vec<&str> = changes
        .iter()
        .map(|change| change.path.as_str())
        .filter(|path| fields.find(path).is_none_or(|field| !field.live))
        .collect();
    let Some(first) = fixed.first() else { return Ok(()) };
    let message = format!("`{first}` cannot change while its {what} lives: make a new {what} for that, or set it back");
    Err(Error::new(Code::Config, message).with("field", *first).with("fields", fixed))
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
