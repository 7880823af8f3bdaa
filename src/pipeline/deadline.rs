//! The deadline: one over tokens, waits and attempts together, and the count of what was done under it.

use std::time::Duration;

use super::call::{Context, Reply, Timings};
use super::story::{Trail, What};
use crate::auth::Credential;
use crate::clock::{self, SharedClock};
use crate::error::{Code, Error, Result, millis};
use crate::transport::HttpResponse;
use std::sync::Arc;

/// A call's waiting: each wait ends with the deadline, and says then what it was for.
pub(super) struct Waiting {
    context: Arc<Context>,
    clock: SharedClock,
    origin: String,
    attempts: u32,
    token: Duration,
    pauses: Duration,
    last_attempt: Duration,
    trail: Trail,
}

impl Waiting {
    pub(super) fn new(context: &Arc<Context>, clock: SharedClock, origin: String, trail: Trail) -> Self {
        Self {
            context: Arc::clone(context),
            clock,
            origin,
            attempts: 0,
            token: Duration::ZERO,
            pauses: Duration::ZERO,
            last_attempt: Duration::ZERO,
            trail,
        }
    }

    /// Notes what happens, for `kei.explain`.
    pub(super) fn note(&mut self, what: impl FnOnce() -> What) {
        self.trail.note(self.clock.now(), what);
    }

    /// What has happened.
    pub(super) fn take_trail(&mut self) -> Trail {
        std::mem::take(&mut self.trail)
    }

    /// What is left until the deadline.
    pub(super) fn left(&self) -> Duration {
        self.context.deadline.saturating_sub(self.clock.now())
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Waits for a token.
    pub(super) async fn for_token<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let start = self.clock.now();
        let outcome = self.until_deadline(work, |this| format!("a token for {}", this.origin)).await;
        self.token += self.clock.now().saturating_sub(start);
        outcome?.map_err(|error| self.failed(error))
    }

    /// Waits for the credential of the next attempt.
    pub(super) async fn for_credential(
        &mut self,
        work: impl Future<Output = Result<Option<Credential>>>,
    ) -> Result<Option<Credential>> {
        let before = self.token;
        let credential = self.for_token(work).await?;
        if let Some(credential) = &credential {
            let (generation, wait_ms) = (credential.generation, millis(self.token.saturating_sub(before)));
            self.note(|| What::Token { generation, wait_ms });
        }
        Ok(credential)
    }

    /// Waits until the pause that the server asked others for is over.
    pub(super) async fn for_hold(&mut self, hold: Option<Duration>) -> Result<()> {
        let Some(delay) = hold else { return Ok(()) };
        self.note(|| What::Held { wait_ms: millis(delay) });
        if delay < self.left() {
            return self.pause(delay).await;
        }
        let (origin, pause) = (&self.origin, delay.as_millis());
        let message =
            format!("{origin} asked for a pause, which lasts {pause} ms more, beyond the deadline of this call");
        let mut error = Error::new(Code::RateLimited, message);
        error.retry_after = Some(delay);
        Err(self.failed(error).with("not_retried", "retry_after"))
    }

    /// Waits between attempts; the delay was found to fit.
    pub(super) async fn pause(&mut self, delay: Duration) -> Result<()> {
        let what = |this: &Self| format!("the next attempt at {} (after {})", this.origin, this.attempts);
        self.until_deadline(self.clock.sleep(delay), what).await?;
        self.pauses += delay;
        Ok(())
    }

    /// Makes one attempt of at most `limit`, or of what is left.
    pub(super) async fn attempt<T, F>(&mut self, limit: Duration, work: impl FnOnce(Duration) -> F) -> Result<T>
    where
        F: Future<Output = T>,
    {
        let start = self.clock.now();
        let time = limit.min(self.left());
        if time.is_zero() {
            return Err(self.failed(self.context.passed(&format!("{} (not sent)", self.origin))));
        }
        self.attempts += 1;
        // The exchange has its own time; this one holds even if it does not keep it.
        let what = |this: &Self| format!("an answer of {} (attempt {})", this.origin, this.attempts);
        let outcome = self.until_deadline(work(time), what).await;
        self.last_attempt = self.clock.now().saturating_sub(start);
        outcome
    }

    /// One more request was sent beside the attempt.
    pub(super) fn hedged(&mut self) {
        self.attempts += 1;
    }

    /// Whether the deadline has passed.
    pub(super) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// An error of this call, with the attempts it took.
    pub(super) fn failed(&self, mut error: Error) -> Error {
        error.attempts = self.attempts;
        error
    }

    /// The error for a deadline that passed during the attempt just made.
    pub(super) fn passed(&self) -> Error {
        self.failed(self.context.passed(&format!("an answer of {} (attempt {})", self.origin, self.attempts)))
    }

    pub(super) fn reply(&self, response: HttpResponse, credential: Option<Credential>, start: Duration) -> Reply {
        Reply {
            status: response.status,
            headers: response.headers,
            body: response.body,
            socket: response.socket,
            credential,
            attempts: self.attempts,
            timings: Timings {
                total_ms: millis(self.clock.now().saturating_sub(start)),
                token_ms: millis(self.token),
                wait_ms: millis(self.pauses),
                attempt_ms: millis(self.last_attempt),
            },
        }
    }

    async fn until_deadline<T>(&self, work: impl Future<Output = T>, what: impl Fn(&Self) -> String) -> Result<T> {
        let outcome = clock::before(&*self.clock, self.context.deadline, work).await;
        outcome.ok_or_else(|| self.failed(self.context.passed(&what(self))))
    }
}
