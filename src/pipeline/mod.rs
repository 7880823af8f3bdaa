//! A request's way out and its answer's way back, one layer a file.
//!
//! ```text
//! validate → deadline → retry ( hold → breaker → attempt ( token → send, hedge, redirect → answer ) → budget ) → reply → story
//! ```
//!
//! [`Pipeline::run`] is that line as code. The layers keep no state of a call; what outlives calls (the budget, the
//! breakers, the holds) belongs to the pipeline, of which each client has one.

mod answer;
mod breaker;
mod budget;
mod call;
mod deadline;
mod hedge;
mod hold;
mod redirect;
mod retry;
mod send;
mod story;
#[cfg(test)]
mod tests;
mod token;
mod validate;

use std::sync::Arc;
use std::time::Duration;

use tracing::Level;

use crate::auth::Credential;
use crate::clock::SharedClock;
use crate::config::{ClientConfig, Protocol, RetryConfig, ms};
use crate::error::{Error, Result, millis};
use crate::observe::Observe;
use crate::observe::exports::SpanKind;
use crate::observe::log::{Fact, within};
use crate::observe::trace::Trace;
use crate::transport::{Answered, Carrier};

pub use breaker::{BreakerState, BreakerStatus};
pub use call::{Call, Context, Repeat, Reply, Timings};
pub use story::{Step, Story, What};
pub use token::Credentials;

use answer::Verdict;
use deadline::Waiting;
use retry::{Decision, Policy};

/// How often a call may ask for a token with more scopes.
const STEP_UPS: u32 = 2;

/// What a call was replayed for.
#[derive(Default)]
struct Replays {
    token: bool,
    nonce: bool,
    scopes: u32,
}

/// Sends requests with tokens, retries and deadlines.
pub struct Pipeline {
    clock: SharedClock,
    retry: RetryConfig,
    rules: validate::Rules,
    sender: send::Sender,
    credentials: Arc<dyn Credentials>,
    budget: Arc<budget::Budget>,
    breakers: Arc<breaker::Breakers>,
    holds: Arc<hold::Holds>,
    hedges: Arc<hedge::Hedges>,
    stories: Arc<story::Stories>,
    observe: Observe,
}

impl Pipeline {
    /// The pipeline of one client.
    pub fn new(
        config: &ClientConfig,
        http: impl Into<Carrier>,
        credentials: Arc<dyn Credentials>,
        clock: SharedClock,
        observe: Observe,
    ) -> Result<Self> {
        Ok(Self {
            observe: observe.clone(),
            retry: config.retry.clone(),
            rules: validate::Rules::new(config)?,
            sender: send::Sender::new(config, http.into(), Arc::clone(&clock), observe)?,
            credentials,
            budget: Arc::new(budget::Budget::new(&config.retry)),
            breakers: Arc::new(breaker::Breakers::new(&config.breaker, Arc::clone(&clock))),
            holds: Arc::new(hold::Holds::new(Arc::clone(&clock))),
            hedges: Arc::new(hedge::Hedges::new(&config.hedge, config.retry.retry_cost)),
            stories: Arc::new(story::Stories::new(config.explain.calls)),
            clock,
        })
    }

    /// Goes on with what an earlier pipeline of the client has learned: its budget, breakers, holds, hedges and stories, unless their settings `changed`.
    pub fn keep(&mut self, before: &Self, changed: impl Fn(&str) -> bool) {
        self.holds = Arc::clone(&before.holds);
        if !changed("retry.budget") {
            self.budget = Arc::clone(&before.budget);
        }
        if !changed("breaker") {
            self.breakers = Arc::clone(&before.breakers);
        }
        if !changed("hedge") && !changed("retry.retry_cost") {
            self.hedges = Arc::clone(&before.hedges);
        }
        if !changed("explain") {
            self.stories = Arc::clone(&before.stories);
        }
    }

    /// Sends a call, again where that is right, until it has an answer or an error that stands. Dropping the future abandons it.
    pub async fn run(&self, call: &Call) -> Result<Reply> {
        let trace = Trace::of(&call.context.trace, self.observe.exports.ratio());
        within(self.sender.scope(call, &trace), self.run_inside(call, &trace)).await
    }

    async fn run_inside(&self, call: &Call, trace: &Trace) -> Result<Reply> {
        let start = self.clock.now();
        let (operation, origin) = (call.operation, call.url.origin());
        let mut span = self.observe.exports.begin(trace, SpanKind::Internal, &self.clock, || operation.to_owned());
        if let Some(span) = &mut span {
            span.with("kei.operation", operation);
            span.with("kei.correlation_id", call.context.correlation_id.as_str());
            self.sender.identify(call, |name, value| span.with(name, value));
        }
        let mut waiting = Waiting::new(call, &self.clock, start, self.stories.begin(start));
        let outcome = match self.rules.check(call) {
            Ok(()) => self.send_until_settled(call, trace, start, &mut waiting).await,
            Err(error) => Err(error),
        };
        let duration_ms = millis(waiting.now().saturating_sub(start));
        if let Some(mut span) = span {
            span.with("kei.attempts", waiting.attempts());
            if let Err(error) = &outcome {
                span.failed(error.code.name(), error.message.clone());
            }
            span.end();
        }
        self.record(call, duration_ms, &outcome);
        let end = story::End {
            call,
            wall: self.clock.wall(),
            duration_ms,
            outcome: outcome.as_ref().map(|reply| reply.response.status.as_u16()),
            attempts: waiting.attempts(),
            retry_budget_left: self.budget.left(),
        };
        self.stories.keep(waiting.take_trail(), &end);
        outcome.map_err(|mut error| {
            error.correlation_id = Some(call.context.correlation_id.clone());
            error.with("operation", operation).with("origin", origin.to_owned())
        })
    }

    /// The record that each call writes.
    fn record(&self, call: &Call, duration_ms: u64, outcome: &Result<Reply>) {
        let operation = ("operation", Fact::Text(call.operation));
        let method = ("method", Fact::Text(call.method.as_str()));
        let origin = ("origin", Fact::Text(call.url.origin()));
        let duration = ("duration_ms", Fact::Count(duration_ms));
        let attempts = |attempts: u32| ("attempts", Fact::Count(attempts.into()));
        let write = |message: &str, fields: &[_]| {
            self.observe.logging.record(Level::INFO, "kei_agent::call", message, fields);
        };
        match outcome {
            Ok(reply) => {
                let status = reply.response.status.as_u16();
                // A stream's handshake succeeds with 101.
                let message = if status < 300 { "call succeeded" } else { "call answered" };
                let status = ("status", Fact::Count(status.into()));
                write(message, &[operation, method, origin, duration, status, attempts(reply.attempts)]);
            }
            Err(error) => {
                let code = ("error", Fact::Text(error.code.name()));
                let retryable = ("retryable", Fact::Is(error.retryable));
                let fields = [operation, method, origin, duration, code, attempts(error.attempts), retryable];
                write(&format!("call failed: {}", error.message), &fields);
            }
        }
    }

    async fn send_until_settled(
        &self,
        call: &Call,
        trace: &Trace,
        start: Duration,
        waiting: &mut Waiting<'_>,
    ) -> Result<Reply> {
        let policy = Policy::new(&self.retry, call.protocol, call.retry.as_ref(), call.repeat.is_safe());
        let mut retries = retry::Retries::default();
        let mut replays = Replays::default();
        loop {
            waiting.for_hold(self.holds.wait(call)).await?;
            let pass = match self.breakers.admit(call, waiting.now()) {
                Ok(pass) => pass,
                Err(error) => {
                    waiting.note(|| What::Breaker { passed: false });
                    return Err(waiting.failed(error));
                }
            };
            if pass.is_probe() {
                waiting.note(|| What::Breaker { passed: true });
            }
            let credential = token::credential(&*self.credentials, call, waiting).await?;
            let (sent, hedged) = self.attempt(call, trace, credential.as_ref(), waiting).await;
            let heard = match (&sent, &credential) {
                (Ok(Ok(response)), Some(credential)) => credential.heard(&call.url, &response.headers),
                _ => false,
            };
            let verdict = answer::judge(sent, &self.clock);
            pass.settle(&verdict, waiting.now());
            let (failure, response) = match verdict {
                Verdict::Good(response) => {
                    self.budget.succeeded(&retries);
                    if hedged {
                        self.hedges.succeeded(&self.budget);
                    }
                    return Ok(waiting.reply(response, credential, start));
                }
                Verdict::Bad(failure, response) => (failure, response),
            };
            if let Some(credential) = &credential
                && self.replays(&mut replays, credential, &failure, heard, waiting).await?
            {
                waiting.note(|| What::Replay);
                continue;
            }
            let decision = policy.decide(&failure, &mut retries, waiting, &self.budget, &self.clock);
            if let Some(pause) = failure.retry_after {
                // However long the server asks for, no request is held back for longer than one waits.
                self.holds.hold(call, pause.min(ms(self.retry.max_retry_after_ms)));
            }
            match decision {
                Decision::Again { delay, reason } => {
                    let (attempt, delay_ms) = (waiting.attempts(), millis(delay));
                    tracing::warn!(target: "kei_agent::call", attempt, delay_ms, reason, "trying again: {}", failure.error.message);
                    waiting.note(|| What::Retry { reason, wait_ms: delay_ms });
                    self.observe.metrics.retried(reason);
                    waiting.pause(delay).await?;
                }
                Decision::Stand { why } => {
                    waiting.note(|| What::Stop { why });
                    return match response {
                        Some(response) if call.any_status => Ok(waiting.reply(response, credential, start)),
                        _ => Err(stand(failure.error, why, waiting)),
                    };
                }
            }
        }
    }

    /// One attempt, which may be sent once more beside itself; the second tells whether it was.
    async fn attempt(
        &self,
        call: &Call,
        trace: &Trace,
        credential: Option<&Credential>,
        waiting: &mut Waiting<'_>,
    ) -> (Result<Answered>, bool) {
        let first = waiting.attempts() == 0;
        let delay = if first { self.hedges.delay(call) } else { None };
        let (number, start) = (waiting.attempts() + 1, waiting.now());
        let leave = || self.hedges.leave(&self.budget);
        let attempt = send::Attempt { call, trace, credential, before: number - 1 };
        let (sent, hedged) =
            self.sender.send(&attempt, waiting, delay.map(|delay| send::Hedge { delay, leave: &leave })).await;
        let time = waiting.now().saturating_sub(start);
        if let (Ok(Ok(_)), false) = (&sent, hedged) {
            self.hedges.answered(call, time);
        }
        waiting.note(|| {
            let (http_status, error) = match &sent {
                Ok(Ok(response)) => (Some(response.status.as_u16()), None),
                Ok(Err(error)) => (None, Some((error.code().name(), error.to_string().into()))),
                Err(error) => (None, Some((error.code.name(), error.message.as_str().into()))),
            };
            let (error, message) = error.unzip();
            What::Attempt { number, duration_ms: millis(time), http_status, error, message, hedged }
        });
        (sent, hedged)
    }

    /// Whether the request is to be sent again for the sake of its credential: with a proof that holds the server's nonce, with a newer token, or with
    /// one that has more scopes.
    async fn replays(
        &self,
        replays: &mut Replays,
        credential: &Credential,
        failure: &answer::Failure,
        heard: bool,
        waiting: &mut Waiting<'_>,
    ) -> Result<bool> {
        if failure.wants_nonce() {
            let first = !std::mem::replace(&mut replays.nonce, true);
            return Ok(first && heard);
        }
        if failure.is_unauthorized() && !std::mem::replace(&mut replays.token, true) {
            if waiting.for_token(self.credentials.rejected(credential)).await? {
                tracing::debug!(target: "kei_agent::call", "the token was rejected; replaying with a new one");
                return Ok(true);
            }
        } else if let Some(scopes) = failure.wanted_scopes()
            && replays.scopes < STEP_UPS
        {
            replays.scopes += 1;
            match waiting.for_token(self.credentials.insufficient(credential, &scopes)).await {
                Ok(true) => {
                    tracing::debug!(target: "kei_agent::call", "the token had too few scopes; replaying with more");
                    return Ok(true);
                }
                Ok(false) => {}
                // What the server said of the request tells more than why there is no better token.
                Err(error) => {
                    tracing::debug!(target: "kei_agent::call", "no token with more scopes could be had: {}", error.message);
                }
            }
        }
        Ok(false)
    }

    /// How long to wait before a connection that was lost is made again, the `count`-th time in a row (from 0). Each but the first draws on the
    /// retry budget; when that is spent, it is the longest delay.
    pub fn reconnect_delay(&self, count: u32) -> Duration {
        let policy = Policy::new(&self.retry, Protocol::Stream, None, true);
        if count > 0 && !self.budget.take(self.retry.retry_cost) {
            return ms(self.retry.max_delay_ms);
        }
        policy.delay(count, false, &*self.clock)
    }

    /// What became of the last calls: of up to `most` of those that fit, the newest first.
    pub fn stories(&self, most: usize, fits: impl Fn(&Story) -> bool) -> Vec<Story> {
        self.stories.last(most, fits)
    }

    /// Closes the breakers of an operation and an origin, or of all of them; answers how many there were.
    pub fn reset_breakers(&self, operation: Option<&str>, origin: Option<&str>) -> usize {
        self.breakers.reset(operation, origin)
    }

    /// The breakers that have seen requests.
    pub fn breakers(&self) -> Vec<BreakerStatus> {
        self.breakers.status()
    }

    /// What is left of the retry budget.
    pub fn budget_left(&self) -> u32 {
        self.budget.left()
    }
}

/// The failure as the caller gets it: its own number, with why it was not tried again.
fn stand(error: Error, why: &'static str, waiting: &Waiting<'_>) -> Error {
    waiting.failed(error).with("not_retried", why)
}

/// Reads bytes as parts of a failed answer.
#[cfg(fuzzing)]
pub(crate) fn fuzz_answer(body: &[u8]) {
    answer::fuzz(body);
}
