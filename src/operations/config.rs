//! The client's configuration and its runtime's: what it is, where it comes from, how it changes, and what it was.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::broadcast::error::RecvError;

use super::live::{Cause, Live, Notice, Plan, Refused, Version};
use super::target::invalid;
use crate::clock::boxed;
use crate::config::{self, Change, ClientConfig, Explained, Facts, Format, Settings, is_under};
use crate::error::{Code, Error, Result};
use crate::feed::Feed;
use crate::json;
use crate::operation::{Answer, Idempotency, Invocation, Operation};
use std::sync::Arc;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<GetRequest, GetAnswer>(
        "config.get",
        Idempotency::Local,
        "Answers the configuration that is in effect, the client's and its runtime's, defaults included, secrets masked.",
        |invocation| boxed(|| async { get(invocation) }),
    ),
    Operation::new::<GetRequest, ExplainAnswer>(
        "config.explain",
        Idempotency::Local,
        "Tells of each setting its value, secrets masked, who set it, and who set it, too, and was passed over.",
        |invocation| boxed(|| async { explain(invocation) }),
    ),
    Operation::new::<UpdateRequest, ChangeAnswer>(
        "config.update",
        Idempotency::Local,
        "Lays settings over all sources, as a whole or not at all; what begins from then on goes by them. Null takes an earlier update back. Settings of the runtime hold for all its clients.",
        |invocation| boxed(|| update(invocation)),
    )
    .audited(),
    Operation::new::<ReloadRequest, ChangeAnswer>(
        "config.reload",
        Idempotency::Local,
        "Reads all sources again, and takes on what they say, as a whole or not at all; what begins from then on goes by it.",
        |invocation| boxed(|| reload(invocation)),
    )
    .audited(),
    Operation::new::<HistoryRequest, HistoryAnswer>(
        "config.history",
        Idempotency::Local,
        "Lists the configurations that took effect, the oldest first, with what each changed, secrets masked; and the last change that was refused.",
        |invocation| boxed(|| async { history(invocation) }),
    ),
    Operation::new::<RollbackRequest, ChangeAnswer>(
        "config.rollback",
        Idempotency::Local,
        "Takes on an earlier configuration again, until the next change. A file that it came from stays as it is.",
        |invocation| boxed(|| rollback(invocation)),
    )
    .audited(),
    Operation::new::<ValidateRequest, ValidateAnswer>(
        "config.validate",
        Idempotency::Local,
        "Checks what a change would bring, without the change: the sources as they are now, an update, or the text of a file. What is wrong is in the answer, not an error.",
        |invocation| boxed(|| validate(invocation)),
    ),
    Operation::subscription::<WatchRequest, VersionTold, WatchState>(
        "config.watch",
        "Yields each configuration that takes effect from then on, with what it changed, secrets masked; a STATE event tells of one that was refused. It lasts until it is closed.",
        |invocation, feed| boxed(|| watch(invocation, feed)),
    ),
];

/// Which settings.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetRequest {
    /// A setting, or a group of them, for example `auth` or `auth.client_id`; all when absent.
    #[serde(default)]
    path: Option<String>,
}

/// The configuration.
#[derive(Serialize, JsonSchema)]
struct GetAnswer {
    /// The number of this configuration; see `config.history`.
    version: u64,
    /// The settings; secrets masked.
    config: Map<String, Value>,
}

/// The settings, explained.
#[derive(Serialize, JsonSchema)]
struct ExplainAnswer {
    /// The number of this configuration.
    version: u64,
    /// The settings, the client's before the runtime's.
    settings: Vec<Explained>,
}

/// What to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    /// Settings, as in the configuration, of the client and of its runtime. Null takes back what an earlier update gave.
    config: Map<String, Value>,
}

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReloadRequest {}

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HistoryRequest {}

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WatchRequest {}

/// Which configuration to go back to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RollbackRequest {
    /// Its number; the one before the present one when absent.
    #[serde(default)]
    version: Option<u64>,
}

/// What is in effect now.
#[derive(Serialize, JsonSchema)]
struct ChangeAnswer {
    /// The number of the configuration.
    version: u64,
    /// Whether anything changed.
    changed: bool,
    /// What; secrets masked.
    changes: Vec<Change>,
}

/// A configuration that took effect.
#[derive(Serialize, JsonSchema)]
struct VersionTold {
    /// Its number, from 1.
    version: u64,
    /// When, in RFC 3339.
    at: String,
    /// Why.
    cause: Cause,
    /// What it changed; secrets masked.
    changes: Vec<Change>,
}

/// What became of a change, or of the subscription.
#[derive(Serialize, JsonSchema)]
struct WatchState {
    /// `live`: what takes effect from now on is told. `refused`: a change was, and the configuration stays as it is. `missed`: changes came faster than they were taken; see `config.history`.
    state: &'static str,
    /// The change.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Refused>,
}

/// The configurations.
#[derive(Serialize, JsonSchema)]
struct HistoryAnswer {
    /// Those that are kept, the oldest first; the last is in effect.
    versions: Vec<VersionTold>,
    /// The last change that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Refused>,
}

/// What to check; the sources as they are now when all is absent.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ValidateRequest {
    /// Settings, as `config.update` would take them.
    #[serde(default)]
    update: Option<Map<String, Value>>,
    /// The text of a configuration file.
    #[serde(default)]
    text: Option<String>,
    /// The format of `text`; `toml` when absent.
    #[serde(default)]
    format: Option<FileFormat>,
}

/// The format of a file.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum FileFormat {
    /// JSON.
    Json,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
struct ValidateAnswer {
    /// Whether it would be taken.
    valid: bool,
    /// What would change; secrets masked. Nothing for a `text`.
    changes: Vec<Change>,
    /// Why it would not be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// What is wrong.
#[derive(Serialize, JsonSchema)]
struct Problem {
    /// The error's name, for example `KEI_E_CONFIG_UNKNOWN_KEY`.
    error: &'static str,
    /// What is wrong where, and what would be right.
    message: String,
}

impl From<&Version> for VersionTold {
    fn from(version: &Version) -> Self {
        let Version { number, at, cause, changes, .. } = version;
        Self { version: *number, at: at.clone(), cause: *cause, changes: changes.clone() }
    }
}

fn live(invocation: &Invocation) -> Result<Arc<Live>> {
    let gone = || Error::new(Code::Closed, "the client was closed");
    invocation.session.live.upgrade().ok_or_else(gone)
}

/// The client's facts, and the runtime's.
fn facts(live: &Live) -> (u64, Facts, Facts) {
    let version = live.version();
    let runtime = live.session().services.settings.now();
    (version.number, version.kept.client.facts.clone(), runtime.loaded.facts.clone())
}

fn explained(invocation: &Invocation, path: Option<&str>) -> Result<(u64, Vec<Explained>)> {
    let (number, client, runtime) = facts(&*live(invocation)?);
    let mut all = client.explain();
    let more = runtime.explain();
    let has = |path: &str| ClientConfig::fields().find(path).is_some();
    all.extend(more.into_iter().filter(|setting| !has(&setting.path)));
    if let Some(path) = path.filter(|path| !path.is_empty()) {
        let names: Vec<String> = all.iter().map(|setting| setting.path.clone()).collect();
        all.retain(|setting| is_under(&setting.path, path));
        if all.is_empty() {
            let groups = names.iter().filter_map(|name| name.split_once('.')).map(|(group, _)| group);
            let near = json::nearest(path, names.iter().map(String::as_str).chain(groups));
            let hint =
                near.map_or_else(|| "`config.get` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
            return Err(invalid("path", &format!("names no setting; {hint}")));
        }
    }
    Ok((number, all))
}

fn get(invocation: &Invocation) -> Result<Answer> {
    let request: GetRequest = invocation.request()?;
    let (version, settings) = explained(invocation, request.path.as_deref())?;
    let mut tree = Map::new();
    for setting in settings {
        config::plant(&mut tree, &setting.path, setting.value);
    }
    Answer::local(&GetAnswer { version, config: tree })
}

fn explain(invocation: &Invocation) -> Result<Answer> {
    let request: GetRequest = invocation.request()?;
    let (version, settings) = explained(invocation, request.path.as_deref())?;
    Answer::local(&ExplainAnswer { version, settings })
}

/// Does `work` where waiting harms no one, as long as the call's deadline allows. What has begun then goes on.
async fn elsewhere<T: Send + 'static>(
    invocation: &Invocation,
    work: impl FnOnce(&Live) -> Result<T> + Send + 'static,
) -> Result<T> {
    let live = live(invocation)?;
    let working = tokio::task::spawn_blocking(move || work(&live));
    let done =
        async { working.await.unwrap_or_else(|_| Err(Error::new(Code::Closed, "the runtime is shutting down"))) };
    invocation.in_time("the configuration", done).await
}

async fn changed(invocation: &Invocation, cause: Cause, plan: Plan) -> Result<Answer> {
    let (version, changed) = elsewhere(invocation, move |live| live.change(cause, plan)).await?;
    let changes = if changed { version.changes.clone() } else { Vec::new() };
    Answer::local(&ChangeAnswer { version: version.number, changed, changes })
}

async fn update(invocation: &Invocation) -> Result<Answer> {
    let request: UpdateRequest = invocation.request()?;
    changed(invocation, Cause::Update, Plan::Update(request.config)).await
}

async fn reload(invocation: &Invocation) -> Result<Answer> {
    invocation.request::<ReloadRequest>()?;
    changed(invocation, Cause::Reload, Plan::Reload).await
}

async fn rollback(invocation: &Invocation) -> Result<Answer> {
    let request: RollbackRequest = invocation.request()?;
    let (all, _) = live(invocation)?.history();
    let before = || all.iter().rev().nth(1).map(|version| version.number);
    let number = request.version.or_else(before);
    let number = number.ok_or_else(|| invalid("version", "is absent, and there is no earlier configuration"))?;
    changed(invocation, Cause::Rollback, Plan::Rollback(number)).await
}

fn history(invocation: &Invocation) -> Result<Answer> {
    invocation.request::<HistoryRequest>()?;
    let (all, refused) = live(invocation)?.history();
    let versions = all.iter().map(|version| VersionTold::from(&**version)).collect();
    Answer::local(&HistoryAnswer { versions, refused: refused.map(|refused| (*refused).clone()) })
}

async fn validate(invocation: &Invocation) -> Result<Answer> {
    let request: ValidateRequest = invocation.request()?;
    let outcome = match (request.update, request.text) {
        (Some(_), Some(_)) => return Err(invalid("text", "and `update` exclude each other: give one of them")),
        (Some(update), None) => elsewhere(invocation, |live| live.try_out(Plan::Update(update))).await,
        (None, None) => elsewhere(invocation, |live| live.try_out(Plan::Reload)).await,
        (None, Some(text)) => {
            let format = match request.format {
                Some(FileFormat::Json) => Format::Json,
                Some(FileFormat::Yaml) => Format::Yaml,
                Some(FileFormat::Toml) | None => Format::Toml,
            };
            config::check_text(&text, format).map(|()| Vec::new())
        }
    };
    let problem = |error: Error| {
        let error = invocation.session.services.observe.redactor.scrub_error(error);
        Problem { error: error.code.name(), message: error.message.clone() }
    };
    Answer::local(&match outcome {
        Ok(changes) => ValidateAnswer { valid: true, changes, problem: None },
        Err(error) if matches!(error.code, Code::Deadline | Code::Closed) => return Err(error),
        Err(error) => ValidateAnswer { valid: false, changes: Vec::new(), problem: Some(problem(error)) },
    })
}

async fn watch(invocation: &Invocation, feed: Feed) -> Result<Answer> {
    invocation.request::<WatchRequest>()?;
    let mut notices = live(invocation)?.notices();
    feed.state(&WatchState { state: "live", refused: None });
    loop {
        match notices.recv().await {
            Ok(Notice::Changed(version)) => {
                let told = Answer::local(&VersionTold::from(&*version))?;
                feed.item(told.body.into()).await?;
            }
            Ok(Notice::Refused(refused)) => {
                feed.state(&WatchState { state: "refused", refused: Some((*refused).clone()) });
            }
            Err(RecvError::Lagged(_)) => feed.state(&WatchState { state: "missed", refused: None }),
            Err(RecvError::Closed) => return Err(Error::new(Code::Closed, "the client was closed")),
        }
    }
}
