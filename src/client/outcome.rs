//! How an operation ends: its outcome is delivered exactly once, its place among those in flight is free again, and the audit has both ends of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::closed;
use crate::clock;
use crate::error::{Code, Error, Result, millis};
use crate::observe::audit::Event;
use crate::operation::{Invocation, Operation};
use crate::operations::Session;
use crate::pipeline::Context;

/// What the audit tells of an operation.
pub(super) struct About {
    pub(super) session: Arc<Session>,
    operation: &'static Operation,
    pub(super) context: Arc<Context>,
}

impl About {
    pub(super) fn of(invocation: &Invocation) -> Self {
        let (session, context) = (Arc::clone(&invocation.session), Arc::clone(&invocation.context));
        Self { session, operation: invocation.operation, context }
    }

    fn event(&self, name: &str) -> Event {
        let event = self.session.event(name).with("tenant_id", self.context.tenant_id.clone());
        event.with("operation", self.operation.name).with("correlation_id", self.context.correlation_id.as_str())
    }

    pub(super) async fn begin(&self) -> Result<()> {
        if !self.operation.is_audited() {
            return Ok(());
        }
        let services = &self.session.services;
        if !services.observe.audit.is_on() {
            return Ok(());
        }
        let written = services.observe.audit.require(|| self.event("call.begin"));
        // On the heap: most clients have no audit.
        let written = Box::pin(clock::before(&*services.clock, self.context.deadline, written)).await;
        written.unwrap_or_else(|| Err(self.context.passed("the audit")))
    }

    fn end(&self, outcome: &Result<Bytes>) {
        let services = &self.session.services;
        let time = count(&self.session, self.operation, outcome.as_ref().err(), self.context.begun());
        if self.operation.is_audited() {
            services.observe.audit.note(|| {
                let error = outcome.as_ref().err();
                self.event("call.end")
                    .with("outcome", if error.is_none() { "success" } else { "failure" })
                    .with("error", error.map(|error| error.code.name()))
                    .with("http_status", error.and_then(|error| error.http_status))
                    .with("duration_ms", millis(time))
            });
        }
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

/// Delivers an outcome exactly once, also when the task that holds it is dropped unfinished.
pub(super) struct Outcome<F: FnOnce(Result<Bytes>)> {
    pub(super) done: Option<F>,
    pub(super) place: Place<Arc<AtomicUsize>>,
    pub(super) about: About,
}

impl<F: FnOnce(Result<Bytes>)> Outcome<F> {
    pub(super) fn deliver(mut self, result: Result<Bytes>) {
        self.send(result);
    }

    fn send(&mut self, result: Result<Bytes>) {
        if let Some(done) = self.done.take() {
            self.place.leave();
            self.about.end(&result);
            done(result.map_err(|error| self.about.session.services.observe.redactor.scrub_error(error)));
        }
    }
}

impl<F: FnOnce(Result<Bytes>)> Drop for Outcome<F> {
    fn drop(&mut self) {
        if self.done.is_some() {
            self.send(Err(closed("the runtime is shutting down")));
        }
    }
}

/// A place among the operations in flight, which are counted in `C`.
pub(super) struct Place<C: AsRef<AtomicUsize>>(Option<C>);

impl<C: AsRef<AtomicUsize>> Place<C> {
    /// That of an operation that needs none.
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn take(count: C, limit: usize) -> Result<Self> {
        if count.as_ref().fetch_add(1, Ordering::AcqRel) >= limit {
            count.as_ref().fetch_sub(1, Ordering::AcqRel);
            let message =
                format!("{limit} operations are in flight already (limits.max_in_flight): wait for some to end");
            return Err(Error::new(Code::Overloaded, message));
        }
        Ok(Self(Some(count)))
    }

    fn leave(&mut self) {
        if let Some(count) = self.0.take() {
            count.as_ref().fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Place<&Arc<AtomicUsize>> {
    /// The same place, for longer than this call.
    pub(super) fn keep(mut self) -> Place<Arc<AtomicUsize>> {
        Place(self.0.take().map(Arc::clone))
    }
}

impl<C: AsRef<AtomicUsize>> Drop for Place<C> {
    fn drop(&mut self) {
        self.leave();
    }
}
