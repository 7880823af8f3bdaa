//! Whether what the client needs is there: the platform, a token for it, what the configuration names, and what the host says of itself.

mod probes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use reqwest::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Session;
use super::target::{invalid, join};
use crate::clock::boxed;
use crate::config::{HealthConfig, ms};
use crate::error::{Code, Error, Result, millis};
use crate::operation::{Answer, Idempotency, Invocation, Local, Operation, written};
use probes::Probe;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<HealthRequest, HealthAnswer>(
        "health.check",
        Idempotency::Idempotent,
        "Checks that the platform answers, that a token can be had, and what `health.checks` and the host add; a failed check is in the answer, not an error.",
        |invocation| boxed(|| check(invocation)),
    ),
    Operation::local::<RegisterRequest, RegisterAnswer>(
        "health.register",
        "Takes what the host says of a part of its own, which `health.check` tells from then on, until it is said anew, runs out, or is removed.",
        register,
    ),
];

/// As many parts as a host may tell of.
const MOST: usize = 1000;

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HealthRequest {}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// All is well.
    Pass,
    /// It works, but someone should look.
    Warn,
    /// It does not work.
    Fail,
}

/// The checks, and the worst of them.
#[derive(Serialize, JsonSchema)]
struct HealthAnswer {
    /// The worst outcome of all checks.
    status: Outcome,
    /// The checks.
    checks: Vec<Check>,
}

/// One check.
#[derive(Serialize, JsonSchema)]
struct Check {
    /// What was checked: `platform`, `token`, or a name of the configuration's or the host's.
    name: String,
    /// How it ended.
    status: Outcome,
    /// How long it took, in milliseconds.
    duration_ms: u64,
    /// Why it did not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// The name of the error, for example `KEI_E_CONNECT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

/// What the host says of a part of its own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RegisterRequest {
    /// The part's name: one that no check of the configuration has, up to 128 characters.
    name: String,
    /// How it is; absent to remove it.
    #[serde(default)]
    status: Option<Outcome>,
    /// Why it does not pass.
    #[serde(default)]
    message: Option<String>,
    /// For how long this holds, in milliseconds: a part that was not told of anew by then has failed. Absent: until it is said anew.
    #[serde(default)]
    #[schemars(range(min = 1, max = 86_400_000))]
    ttl_ms: Option<u64>,
}

/// How many parts the host tells of.
#[derive(Serialize, JsonSchema)]
struct RegisterAnswer {
    /// This one included.
    registered: usize,
}

/// What a client checks besides the platform and the token.
pub struct Health {
    probes: Vec<Probe>,
    host: Arc<Mutex<BTreeMap<String, Said>>>,
}

struct Said {
    status: Outcome,
    message: Option<String>,
    ttl: Option<Duration>,
    /// On the clock's `now`.
    at: Duration,
}

impl Health {
    /// Reads the configuration of the checks.
    pub fn new(config: &HealthConfig) -> Result<Self> {
        Ok(Self { probes: probes::read(config)?, host: Arc::default() })
    }

    /// Other checks, and what the host has said already.
    pub(super) fn again(&self, config: &HealthConfig) -> Result<Self> {
        Ok(Self { probes: probes::read(config)?, host: Arc::clone(&self.host) })
    }
}

impl Said {
    /// How the part is now, and why.
    fn stands(&self, now: Duration) -> (Outcome, Option<String>) {
        match self.ttl.filter(|ttl| now > self.at + *ttl) {
            Some(ttl) => (Outcome::Fail, Some(format!("nothing was said of it for more than {} ms", millis(ttl)))),
            None => (self.status, self.message.clone()),
        }
    }
}

fn register(invocation: &Local<'_>) -> Result<Vec<u8>> {
    let request: RegisterRequest = invocation.request()?;
    let session = &invocation.session;
    let name = request.name.trim();
    let taken = ["platform", "token"].contains(&name) || session.health.probes.iter().any(|probe| probe.name == name);
    if name.is_empty() || name.len() > 128 || taken {
        return Err(invalid("name", "must be 1 to 128 characters, and not the name of another check"));
    }
    if request.ttl_ms == Some(0) {
        return Err(invalid("ttl_ms", "must be at least 1"));
    }
    let mut host = session.health.host.lock().unwrap_or_else(PoisonError::into_inner);
    match request.status {
        None => _ = host.remove(name),
        Some(_) if host.len() >= MOST && !host.contains_key(name) => {
            return Err(Error::new(Code::Overloaded, format!("{MOST} parts are registered already: remove some")));
        }
        Some(status) => {
            let at = session.services.clock.now();
            let said = Said { status, message: request.message, ttl: request.ttl_ms.map(ms), at };
            host.insert(name.to_owned(), said);
        }
    }
    written(&RegisterAnswer { registered: host.len() })
}

async fn check(invocation: &Invocation) -> Result<Answer> {
    invocation.request::<HealthRequest>()?;
    Answer::local(&look(invocation).await)
}

/// The health of a client, for its runtime's server.
pub async fn of(session: &Arc<Session>) -> Value {
    let unknown = |error: Error| json!({ "status": Outcome::Fail, "message": error.message });
    match Invocation::of(session, "health.check") {
        Ok(invocation) => serde_json::to_value(look(&invocation).await).unwrap_or_default(),
        Err(error) => unknown(error),
    }
}

async fn look(invocation: &Invocation) -> HealthAnswer {
    let session = &invocation.session;
    let mut running: Vec<BoxFuture<'_, Check>> = vec![
        Box::pin(timed(invocation, "platform", true, platform(invocation))),
        Box::pin(timed(invocation, "token", true, token(invocation))),
    ];
    for probe in &session.health.probes {
        let look = within(invocation, probe);
        running.push(Box::pin(timed(invocation, &probe.name, probe.critical, look)));
    }
    let mut checks = join_all(running).await;
    checks.extend(host(invocation));
    let status = checks.iter().map(|check| check.status).max().unwrap_or(Outcome::Pass);
    HealthAnswer { status, checks }
}

/// What the host said, and what it should have said again by now.
fn host(invocation: &Invocation) -> Vec<Check> {
    let session = &invocation.session;
    let now = session.services.clock.now();
    let clean = |text: &String| session.services.observe.redactor.scrub(text).into_owned();
    let host = session.health.host.lock().unwrap_or_else(PoisonError::into_inner);
    let told = host.iter().map(|(name, said)| {
        let (status, message) = said.stands(now);
        let message = message.as_ref().map(clean);
        Check { name: clean(name), status, duration_ms: 0, message, error: None }
    });
    told.collect()
}

async fn within(invocation: &Invocation, probe: &Probe) -> Result<()> {
    let clock = &invocation.session.services.clock;
    let left = invocation.context.deadline.saturating_sub(clock.now()).min(probe.timeout);
    let late = || Error::new(Code::Timeout, format!("it took longer than {} ms", millis(left)));
    tokio::select! {
        biased;
        outcome = probe.look(&invocation.session.http) => outcome,
        () = clock.sleep(left) => Err(late()),
    }
}

async fn timed(
    invocation: &Invocation,
    name: &str,
    critical: bool,
    work: impl Future<Output = Result<(), Error>>,
) -> Check {
    let clock = &invocation.session.services.clock;
    let start = clock.now();
    // What goes into an answer is scrubbed here; only errors are on their way out.
    let error = work.await.err().map(|error| invocation.session.services.observe.redactor.scrub_error(error));
    let failed = if critical { Outcome::Fail } else { Outcome::Warn };
    Check {
        name: name.to_owned(),
        status: if error.is_none() { Outcome::Pass } else { failed },
        duration_ms: millis(clock.now().saturating_sub(start)),
        error: error.as_ref().map(|error| error.code.name()),
        message: error.map(|error| error.message.clone()),
    }
}

/// The health endpoint is asked without a token, so that an issuer that is down does not hide a platform that is up.
async fn platform(invocation: &Invocation) -> Result<()> {
    let session = &invocation.session;
    let mut call = invocation.to(Method::GET, join(&session.base, &session.config.endpoints.health, &[])?)?;
    call.authorize = false;
    session.pipeline.run(&call).await.map(drop)
}

async fn token(invocation: &Invocation) -> Result<()> {
    let session = &invocation.session;
    let left = invocation.context.deadline.saturating_sub(session.services.clock.now());
    tokio::select! {
        credential = session.tokens.credential() => credential.map(drop),
        () = session.services.clock.sleep(left) => Err(invocation.context.passed("a token")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_said_holds_for_as_long_as_it_said() {
        let said = Said { status: Outcome::Pass, message: None, ttl: Some(ms(100)), at: ms(50) };
        assert_eq!(said.stands(ms(150)), (Outcome::Pass, None));
        let (status, message) = said.stands(ms(151));
        assert_eq!((status, message.as_deref()), (Outcome::Fail, Some("nothing was said of it for more than 100 ms")));
        let lasting = Said { ttl: None, status: Outcome::Warn, ..said };
        assert_eq!(lasting.stands(ms(1_000_000)).0, Outcome::Warn);
    }
}
