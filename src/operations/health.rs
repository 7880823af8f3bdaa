//! Whether what the client needs is there: the platform, and a token for it.

use reqwest::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::target::join;
use crate::error::{Error, Result, millis};
use crate::operation::{Answer, Idempotency, Invocation, Operation};

pub(super) const OPERATIONS: &[Operation] = &[Operation::new::<HealthRequest, HealthAnswer>(
    "health.check",
    Idempotency::Idempotent,
    "Checks that the platform answers and that a token can be had; a failed check is in the answer, not an error.",
    |invocation| Box::pin(async move { check(&invocation).await }),
)];

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HealthRequest {}

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// All is well.
    Pass,
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
    /// What was checked: `platform` or `token`.
    name: &'static str,
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

async fn check(invocation: &Invocation) -> Result<Answer> {
    invocation.request::<HealthRequest>()?;
    let checks = [
        timed(invocation, "platform", platform(invocation)).await,
        timed(invocation, "token", token(invocation)).await,
    ];
    let status = checks.iter().map(|check| check.status).max().unwrap_or(Outcome::Pass);
    Answer::local(&HealthAnswer { status, checks: checks.into() })
}

async fn timed(invocation: &Invocation, name: &'static str, work: impl Future<Output = Result<(), Error>>) -> Check {
    let clock = &invocation.session.services.clock;
    let start = clock.now();
    // What goes into an answer is scrubbed here; only errors are on their way out.
    let error = work.await.err().map(|error| invocation.session.services.observe.redactor.scrub_error(error));
    Check {
        name,
        status: if error.is_none() { Outcome::Pass } else { Outcome::Fail },
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
    session.pipeline.run(call).await.map(drop)
}

async fn token(invocation: &Invocation) -> Result<()> {
    let session = &invocation.session;
    let left = invocation.context.deadline.saturating_sub(session.services.clock.now());
    tokio::select! {
        credential = session.tokens.credential() => credential.map(drop),
        () = session.services.clock.sleep(left) => Err(invocation.context.passed("a token")),
    }
}
