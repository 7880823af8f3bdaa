//! How an operation ends: its outcome is delivered exactly once, its place among those in flight is free again, and the audit has both ends of it.

use std::time::Duration;

use bytes::Bytes;

use super::closed;
use crate::clock;
use crate::error::{Error, Result, millis};
use crate::observe::audit::Event;
use crate::operation::{Invocation, Operation};
use crate::operations::Session;

/// The outcome of an operation, to be delivered to whoever waits for it. Dropped undelivered, it says that the runtime is going away.
pub(super) struct Outcome<F: FnOnce(Result<Bytes>)> {
    pub(super) done: Option<F>,
    pub(super) invocation: Invocation,
}

impl<F: FnOnce(Result<Bytes>)> Outcome<F> {
    /// Delivers it.
    pub(super) fn deliver(mut self, result: Result<Bytes>) {
        self.send(result);
    }

    fn send(&mut self, result: Result<Bytes>) {
        let Some(done) = self.done.take() else { return };
        let invocation = &mut self.invocation;
        // A message that was not sent is settled before anybody is told.
        drop(invocation.take_letter());
        invocation.leave();
        end(invocation, &result);
        done(result.map_err(|mut error| {
            error.correlation_id.get_or_insert_with(|| invocation.context.correlation_id.clone());
            invocation.session.services.observe.redactor.scrub_error(error)
        }));
    }
}

impl<F: FnOnce(Result<Bytes>)> Drop for Outcome<F> {
    fn drop(&mut self) {
        if self.done.is_some() {
            self.send(Err(closed("the runtime is shutting down")));
        }
    }
}

/// Writes down that an operation begins, where that must be before it does.
pub(super) async fn begin(invocation: &Invocation) -> Result<()> {
    let Invocation { operation, session, context, .. } = invocation;
    let services = &session.services;
    if !operation.is_audited() || !services.observe.audit.is_on() {
        return Ok(());
    }
    let written = services.observe.audit.require(|| event(invocation, "call.begin"));
    // On the heap: most clients have no audit.
    let written = Box::pin(clock::before(&*services.clock, context.deadline, written)).await;
    written.unwrap_or_else(|| Err(context.passed("the audit")))
}

fn event(invocation: &Invocation, name: &str) -> Event {
    let Invocation { operation, session, context, .. } = invocation;
    let event = session.event(name).with("tenant_id", context.tenant_id.clone());
    event.with("operation", operation.name).with("correlation_id", context.correlation_id.as_str())
}

fn end(invocation: &Invocation, outcome: &Result<Bytes>) {
    let Invocation { operation, session, context, .. } = invocation;
    let error = outcome.as_ref().err();
    let time = count(session, operation, error, context.begun());
    if operation.is_audited() {
        session.services.observe.audit.note(|| {
            event(invocation, "call.end")
                .with("outcome", if error.is_none() { "success" } else { "failure" })
                .with("error", error.map(|error| error.code.name()))
                .with("http_status", error.and_then(|error| error.http_status))
                .with("duration_ms", millis(time))
        });
    }
}

/// Counts an operation that began at `start` and ends now; how long it took.
pub(super) fn count(session: &Session, operation: &Operation, error: Option<&Error>, start: Duration) -> Duration {
    let (services, code) = (&session.services, error.map(|error| error.code));
    let now = services.clock.now();
    let time = now.saturating_sub(start);
    services.observe.errors.ended(now, operation.name, code);
    services.observe.metrics.called(operation.name, code, time);
    time
}
