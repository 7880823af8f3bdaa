//! One client: a configuration, its pipeline and its operations, built once, used from any thread.
//!
//! Whatever happens to an operation, its outcome is delivered exactly once: when it ends, is cancelled, runs out of time, panics,
//! when the client is closed, and when the runtime goes away under it. What is answered at once runs on the thread that calls; all else on the runtime's.

mod given;
mod handed;
mod outcome;
#[cfg(test)]
mod tests;
mod wait;
mod work;

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use tracing::Dispatch;

use crate::error::{Code, Error, Result};
use crate::feed::{BUFFER, Deliver, Feed};
use crate::in_flight::{Running, Ticket};
use crate::operation::Run;
use crate::operations::{self, Live, Session};
use crate::runtime::{self, Runtime};
use crate::transport;

use given::{Ended, Given};
use wait::Wait;
use work::{Going, Work};

pub use handed::handed;

/// A client. Cloning shares it.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    /// Kept alive as long as the client.
    runtime: Runtime,
    live: Arc<Live>,
    /// Where records go of what is done on a host's thread.
    dispatch: Dispatch,
}

/// How an operation begins.
#[allow(clippy::large_enum_variant)] // It is taken apart as soon as it is made.
enum Begun<'r> {
    /// It has ended already.
    Ended(Ended<'r>),
    /// It is for the runtime's thread.
    Going(Going),
}

impl Client {
    /// A client with the configuration in `text` (JSON; empty for none) and in its other sources. Nothing is sent yet, unless a value stands in Vault, which
    /// is then asked, and waited for.
    pub fn new(runtime: &Runtime, text: &str) -> Result<Self> {
        let services = runtime.services();
        if services.stopping.is_cancelled() {
            return Err(closed("the runtime is shutting down"));
        }
        let live = Live::new(services, text).map_err(|error| services.observe.redactor.scrub_error(error))?;
        services.clients.add(&live);
        if services.stopping.is_cancelled() {
            // Those who shut the runtime down did not see it any more.
            live.close();
        }
        operations::watch(&live);
        let session = live.session();
        let unverified = session.config.tls.insecure_skip_verify.then_some(true);
        services.observe.audit.note(|| {
            let origin = transport::origin(&session.base);
            session.event("client.open").with("origin", origin).with("insecure_skip_verify", unverified)
        });
        let dispatch = services.observe.logging.dispatch();
        Ok(Self(Arc::new(Inner { runtime: runtime.clone(), live, dispatch })))
    }

    fn running(&self) -> &Running {
        &self.0.runtime.services().running
    }

    /// The session as it is configured now.
    fn session(&self) -> Arc<Session> {
        self.0.live.session()
    }

    /// Starts an operation, which `ticket` then cancels. `done` gets its outcome exactly once: on a thread of the runtime, where it must not block, or on this
    /// one, before this function returns, if the operation is answered at once. What is wrong with the call itself is answered here, and `done` is not called.
    pub fn submit(
        &self,
        operation: &str,
        request: &[u8],
        options: &str,
        ticket: &Ticket,
        done: impl FnOnce(Result<Bytes>) + Send + 'static,
    ) -> Result<()> {
        match self.begin((operation, request, options), Some(ticket))? {
            Begun::Ended(ended) => done(ended.outcome.map(Bytes::from)),
            Begun::Going(going) => going.start(self.0.runtime.services(), done),
        }
        Ok(())
    }

    /// Checks a call, and runs it if it is answered at once.
    // Much code, and a call's beginning either way: once in the library, whatever the counts that it is built by say.
    #[inline(never)]
    fn begin(&self, call: (&str, &[u8], &str), ticket: Option<&Ticket>) -> Result<Begun<'_>> {
        let session = self.0.live.glance();
        let given = noted(&session, call.0, Given::check(&session, self.running(), call))?;
        match given.operation.run {
            Run::Subscription { .. } => {
                let message = format!("`{}` is a subscription: open it with kei_subscribe", call.0);
                Err(Error::new(Code::Argument, message))
            }
            Run::Local(run) => {
                given.is_call()?;
                Ok(Begun::Ended(given.run(run)))
            }
            Run::Call(run) => {
                given.is_call()?;
                let ticket = ticket.map_or_else(Ticket::new, Ticket::clone);
                let mut invocation = noted(&session, call.0, given.invocation(ticket))?;
                if let Some(accept) = invocation.operation.accept {
                    let kept = self.logged(|| accept(&invocation));
                    *invocation.letter.get_mut().unwrap_or_else(PoisonError::into_inner) =
                        Some(kept.map_err(|error| self.scrub(error))?);
                }
                Ok(Begun::Going(Going { work: Work::Call(run), invocation }))
            }
        }
    }

    /// Does something on this thread that is logged where the runtime's work is.
    fn logged<T>(&self, work: impl FnOnce() -> T) -> T {
        tracing::dispatcher::with_default(&self.0.dispatch, work)
    }

    /// Opens a subscription, which `ticket` then ends. Its items go to `out` as the host grants credit for them, `credit` to begin with; `done` gets
    /// its outcome exactly once, after which nothing comes. What is wrong with the call itself is answered at once, and `done` is not called.
    pub fn subscribe(
        &self,
        (operation, request, options): (&str, &[u8], &str),
        ticket: &Ticket,
        credit: u32,
        out: Box<dyn Deliver>,
        done: impl FnOnce(Result<Bytes>) + Send + 'static,
    ) -> Result<Feed> {
        let session = self.session();
        let given = noted(&session, operation, Given::check(&session, self.running(), (operation, request, options)))?;
        let Run::Subscription { run, .. } = given.operation.run else {
            let message = format!("`{operation}` is no subscription: call it with kei_call or kei_submit");
            return Err(Error::new(Code::Argument, message));
        };
        let options = &given.options;
        let (bound, overflow) = (options.buffer.unwrap_or(BUFFER), options.overflow.unwrap_or_default());
        if !(1..=1_000_000).contains(&bound) {
            let message = format!("the option `buffer` is {bound}; it should be from 1 to 1000000");
            return Err(Error::new(Code::Options, message).with("field", "buffer"));
        }
        let clock = Arc::clone(&given.session.services.clock);
        let feed = Feed::new(out, clock, credit, overflow, bound);
        let invocation = noted(&session, operation, given.invocation(ticket.clone()))?;
        let last = feed.clone();
        let done = move |outcome| last.end(outcome, done);
        Going { work: Work::Subscription(run, feed.clone()), invocation }.start(self.0.runtime.services(), done);
        Ok(feed)
    }

    fn scrub(&self, error: Error) -> Error {
        self.session().services.observe.redactor.scrub_error(error)
    }

    /// Runs an operation and waits for its outcome. Must not be called on a runtime's I/O thread.
    pub fn call(&self, operation: &str, request: &[u8], options: &str) -> Result<Vec<u8>> {
        if runtime::on_io_thread() {
            return Err(Error::new(
                Code::WrongThread,
                "a call cannot wait on a thread of the runtime: submit it instead",
            ));
        }
        match self.begin((operation, request, options), None)? {
            Begun::Ended(ended) => ended.outcome,
            Begun::Going(going) => {
                let (wait, tell) = Wait::new();
                going.start(self.0.runtime.services(), tell);
                wait.outcome().map(handed)
            }
        }
    }

    /// Ends the client: what is in flight is answered with `Closed`, and so is every later call.
    pub fn close(&self) {
        self.0.live.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let session = self.live.session();
        session.services.observe.audit.note(|| session.event("client.close"));
        self.live.close();
    }
}

/// What came of the check of a call of the operation `name`: what is wrong with it counts as an error of the operation's.
fn noted<T>(session: &Session, name: &str, checked: Result<T>) -> Result<T> {
    checked.map_err(|error| {
        let operation = operations::find(name).map_or("", |operation| operation.name);
        let services = &session.services;
        services.observe.errors.ended(services.clock.now(), operation, Some(error.code));
        services.observe.redactor.scrub_error(error)
    })
}

/// The error for an operation of a client that takes none any more.
fn why_closed(session: &Session) -> Error {
    closed(if session.services.running.is_closed() { "the runtime is shutting down" } else { "the client was closed" })
}

fn closed(why: &str) -> Error {
    Error::new(Code::Closed, why)
}

fn panicked() -> Error {
    Error::new(Code::Panic, "a fault in the library ended the operation; please report it with the log around it")
}
