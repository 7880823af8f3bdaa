//! The deadline: one over tokens, waits and attempts together, and the count of what was done under it.

use std::time::Duration;

use super::call::{Call, Context, Reply, Timings};
use super::story::{Trail, What};
use crate::auth::Credential;
use crate::clock::{self, SharedClock};
use crate::error::{Code, Error, Result, millis};
use crate::transport::{Destination, HttpResponse};

/// A call's waiting: each wait ends with the deadline, and says then what it was for.
pub(super) struct Waiting<'a> {
    context: &'a Context,
    clock: &'a SharedClock,
    to: &'a Destination,
    /// When the clock was last looked at: what takes no time itself needs no look of its own.
    now: Duration,
    attempts: u32,
    token: Duration,
    pauses: Duration,
    last_attempt: Duration,
    trail: Trail,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(call: &'a Call, clock: &'a SharedClock, now: Duration, trail: Trail) -> Self {
        Self {
            context: &call.context,
            clock,
            to: &call.url,
            now,
            attempts: 0,
            token: Duration::ZERO,
            pauses: Duration::ZERO,
            last_attempt: Duration::ZERO,
            trail,
        }
    }

    /// Notes what happens, for `kei.explain`.
    pub(super) fn note(&mut self, what: impl FnOnce() -> What) {
        self.trail.note(self.now, what);
    }

    /// The time as it was when the last wait ended.
    pub(super) fn now(&self) -> Duration {
        self.now
    }

    fn look(&mut self) -> Duration {
        self.now = self.clock.now();
        self.now
    }

    /// What has happened.
    pub(super) fn take_trail(&mut self) -> Trail {
        std::mem::take(&mut self.trail)
    }

    /// What is left until the deadline.
    pub(super) fn left(&self) -> Duration {
        self.context.deadline.saturating_sub(self.now)
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Waits for a token.
    pub(super) async fn for_token<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let start = self.now;
        let outcome = self.until_deadline(work, |this| format!("a token for {}", this.to.origin())).await;
        self.token += self.now.saturating_sub(start);
        outcome?.map_err(|error| self.failed(error))
    }

    /// Waits for the credential of the next attempt.
    pub(super) async fn for_credential(
        &mut self,
        work: impl Future<Output = Result<Option<Credential>>>,
    ) -> Result<Option<Credential>> {
        let before = self.token;
        let credential = self.for_token(work).await?;
        Ok(self.has_credential(credential, self.token.saturating_sub(before)))
    }

    /// Notes the credential of the next attempt, which was waited for so long.
    pub(super) fn has_credential(&mut self, credential: Option<Credential>, wait: Duration) -> Option<Credential> {
        if let Some(credential) = &credential {
            let (generation, wait_ms) = (credential.generation, millis(wait));
            self.note(|| What::Token { generation, wait_ms });
        }
        credential
    }

    /// Waits until the pause that the server asked others for is over.
    pub(super) async fn for_hold(&mut self, hold: Option<Duration>) -> Result<()> {
        let Some(delay) = hold else { return Ok(()) };
        self.note(|| What::Held { wait_ms: millis(delay) });
        if delay < self.left() {
            return self.pause(delay).await;
        }
        let (origin, pause) = (self.to.origin(), delay.as_millis());
        let message =
            format!("{origin} asked for a pause, which lasts {pause} ms more, beyond the deadline of this call");
        let mut error = Error::new(Code::RateLimited, message);
        error.retry_after = Some(delay);
        Err(self.failed(error).with("not_retried", "retry_after"))
    }

    /// Waits between attempts; the delay was found to fit.
    pub(super) async fn pause(&mut self, delay: Duration) -> Result<()> {
        let what = |this: &Self| format!("the next attempt at {} (after {})", this.to.origin(), this.attempts);
        self.until_deadline(self.clock.sleep(delay), what).await?;
        self.pauses += delay;
        Ok(())
    }

    /// Makes one attempt of at most `limit`, or of what is left.
    pub(super) async fn attempt<T, F>(&mut self, limit: Duration, work: impl FnOnce(Duration) -> F) -> Result<T>
    where
        F: Future<Output = T>,
    {
        let start = self.now;
        let time = limit.min(self.left());
        if time.is_zero() {
            return Err(self.failed(self.context.passed(&format!("{} (not sent)", self.to.origin()))));
        }
        self.attempts += 1;
        // It keeps its time itself.
        let outcome = work(time).await;
        self.last_attempt = self.look().saturating_sub(start);
        Ok(outcome)
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
        self.failed(self.context.passed(&format!("an answer of {} (attempt {})", self.to.origin(), self.attempts)))
    }

    pub(super) fn reply(&self, response: Box<HttpResponse>, credential: Option<Credential>, start: Duration) -> Reply {
        Reply {
            response,
            credential,
            attempts: self.attempts,
            timings: Timings {
                total_ms: millis(self.now.saturating_sub(start)),
                token_ms: millis(self.token),
                wait_ms: millis(self.pauses),
                attempt_ms: millis(self.last_attempt),
            },
        }
    }

    async fn until_deadline<T>(&mut self, work: impl Future<Output = T>, what: impl Fn(&Self) -> String) -> Result<T> {
        let outcome = clock::before(&**self.clock, self.context.deadline, work).await;
        self.look();
        outcome.ok_or_else(|| self.failed(self.context.passed(&what(self))))
    }
}
