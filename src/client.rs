//! One client: a configuration, its pipeline and its operations, built once, used from any thread.
//!
//! Whatever happens to an operation, its outcome is delivered exactly once: when it ends, is cancelled, runs out of time, panics,
//! when the client is closed, and when the runtime goes away under it. What is answered at once runs on the thread that calls; all else on the runtime's.

mod given;
mod handed;
mod outcome;
#[cfg(test)]
mod tests;
mod ticket;
mod wait;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use bytes::Bytes;
use futures_util::FutureExt;
use tracing::Dispatch;

use crate::clock::{BoxFuture, boxed};
use crate::error::{Code, Error, Result};
use crate::feed::{BUFFER, Deliver, Feed};
use crate::operation::{Answer, Invocation, Run};
use crate::operations::{self, Live, Session};
use crate::runtime::{self, Runtime};
use crate::transport;

use given::{Ended, Given, finish};
use outcome::{About, Outcome, Place};
use wait::Wait;

pub use handed::handed;
pub use ticket::Ticket;

/// A client. Cloning shares it.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    /// Keeps the runtime alive as long as the client.
    _runtime: Runtime,
    live: Arc<Live>,
    in_flight: Arc<AtomicUsize>,
    /// Where records go of what is done on a host's thread.
    dispatch: Dispatch,
}

/// How an operation begins.
#[allow(clippy::large_enum_variant)] // It is taken apart as soon as it is made.
enum Begun {
    /// It has ended already.
    Ended(Ended),
    /// It is for the runtime's thread.
    Going(Going),
}

/// What is to be run on the runtime's thread.
struct Going {
    run: fn(Invocation) -> BoxFuture<'static, Result<Answer>>,
    invocation: Invocation,
    place: Place<Arc<AtomicUsize>>,
}

impl Client {
    /// A client with the configuration in `text` (JSON; empty for none) and in its other sources. Nothing is sent yet, unless a value stands in Vault, which
    /// is then asked, and waited for.
    pub fn new(runtime: &Runtime, text: &str) -> Result<Self> {
        let services = runtime.services();
        if services.stop.is_cancelled() {
            return Err(closed("the runtime is shutting down"));
        }
        let live = Live::new(services, text).map_err(|error| services.observe.redactor.scrub_error(error))?;
        services.clients.add(&live);
        operations::watch(&live);
        let session = live.session();
        let unverified = session.config.tls.insecure_skip_verify.then_some(true);
        services.observe.audit.note(|| {
            let origin = transport::origin(&session.base);
            session.event("client.open").with("origin", origin).with("insecure_skip_verify", unverified)
        });
        let dispatch = services.observe.logging.dispatch();
        Ok(Self(Arc::new(Inner { _runtime: runtime.clone(), live, in_flight: Arc::default(), dispatch })))
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
        match self.begin(operation, request, options)? {
            Begun::Ended(ended) => done(ended.outcome.map(Bytes::from)),
            Begun::Going(going) => going.start(ticket.clone(), done),
        }
        Ok(())
    }

    /// Checks a call, and runs it if it is answered at once.
    // Much code, and a call's beginning either way: once in the library, whatever the counts that it is built by say.
    #[inline(never)]
    fn begin(&self, operation: &str, request: &[u8], options: &str) -> Result<Begun> {
        let session = self.0.live.glance();
        let given = self.prepare(&session, operation, request, options)?;
        match given.operation.run {
            Run::Subscription { .. } => {
                let message = format!("`{operation}` is a subscription: open it with kei_subscribe");
                Err(Error::new(Code::Argument, message))
            }
            Run::Local(run) => {
                given.is_call()?;
                Ok(Begun::Ended(given.run(run)))
            }
            Run::Call(run) => {
                given.is_call()?;
                let (mut invocation, place) = given.invocation();
                if let Some(accept) = invocation.operation.accept {
                    let kept = self.logged(|| accept(&invocation));
                    invocation.letter = Some(kept.map_err(|error| self.scrub(error))?);
                }
                Ok(Begun::Going(Going { run, invocation, place }))
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
        let given = self.prepare(&session, operation, request, options)?;
        let Run::Subscription { run, .. } = given.operation.run else {
            let message = format!("`{operation}` is no subscription: call it with kei_call or kei_submit");
            return Err(Error::new(Code::Argument, message));
        };
        let options = given.options();
        let (bound, overflow) = (options.buffer.unwrap_or(BUFFER), options.overflow.unwrap_or_default());
        if !(1..=1_000_000).contains(&bound) {
            let message = format!("the option `buffer` is {bound}; it should be from 1 to 1000000");
            return Err(Error::new(Code::Options, message).with("field", "buffer"));
        }
        let clock = Arc::clone(&given.session.services.clock);
        let feed = Feed::new(out, clock, credit, overflow, bound);
        let (invocation, place) = given.invocation();
        let about = About::of(&invocation);
        let (inside, last) = (feed.clone(), feed.clone());
        let work = async move {
            let answer = run(invocation, inside.clone()).await?;
            // It ended well: every item comes before its end.
            inside.drained().await;
            Ok(answer.body)
        };
        let done = move |outcome| last.end(outcome, done);
        spawn(work, ticket.clone(), Outcome { done: Some(done), place, about });
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
        match self.begin(operation, request, options)? {
            Begun::Ended(ended) => ended.outcome,
            Begun::Going(going) => {
                let (wait, tell) = Wait::new();
                going.start(Ticket::new(), tell);
                wait.outcome().map(handed)
            }
        }
    }

    /// Ends the client: what is in flight is answered with `Closed`, and so is every later call.
    pub fn close(&self) {
        self.session().closed.cancel();
    }

    /// Checks a call before it starts, and takes its place among those in flight.
    fn prepare<'a>(
        &'a self,
        session: &'a Arc<Session>,
        name: &str,
        request: &'a [u8],
        options: &str,
    ) -> Result<Given<'a>> {
        Given::check(session, &self.0.in_flight, (name, request, options)).map_err(|error| {
            let operation = operations::find(name).map_or("", |operation| operation.name);
            let services = &session.services;
            services.observe.errors.ended(services.clock.now(), operation, Some(error.code));
            services.observe.redactor.scrub_error(error)
        })
    }
}

impl Going {
    fn start(self, ticket: Ticket, done: impl FnOnce(Result<Bytes>) + Send + 'static) {
        let Self { run, invocation, place } = self;
        let (about, wrap) = (About::of(&invocation), invocation.options.meta);
        let work = async move { run(invocation).await.and_then(|answer| finish(answer, wrap)) };
        spawn(work, ticket, Outcome { done: Some(done), place, about });
    }
}

/// Has `work` run on the runtime's thread until it ends, panics, or is interrupted.
fn spawn<F: FnOnce(Result<Bytes>) + Send + 'static>(
    work: impl Future<Output = Result<Bytes>> + Send + 'static,
    ticket: Ticket,
    outcome: Outcome<F>,
) {
    let session = Arc::clone(&outcome.about.session);
    let services = &session.services;
    let whole = move || async move {
        let about = &outcome.about;
        let work = AssertUnwindSafe(async {
            about.begin().await?;
            work.await
        });
        let result = tokio::select! {
            biased;
            result = work.catch_unwind() => result.unwrap_or_else(|_| Err(panicked())),
            error = interrupted(&ticket, &about.session) => Err(error),
        };
        let result = result.map_err(|mut error| {
            error.correlation_id.get_or_insert_with(|| about.context.correlation_id.clone());
            error
        });
        outcome.deliver(result);
    };
    services.inbox.put(boxed(|| services.tracker.track_future(whole())));
}

impl Drop for Inner {
    fn drop(&mut self) {
        let session = self.live.session();
        session.services.observe.audit.note(|| session.event("client.close"));
        session.closed.cancel();
    }
}

/// Waits until an operation is cancelled, or its client or the runtime is closed.
async fn interrupted(ticket: &Ticket, session: &Session) -> Error {
    tokio::select! {
        biased;
        () = ticket.cancelled() => {}
        () = session.closed.cancelled() => {}
    }
    closed_why(session).map_or_else(|| Error::new(Code::Cancelled, "the operation was cancelled"), closed)
}

/// Why a client takes no operations any more, if it does not.
fn closed_why(session: &Session) -> Option<&'static str> {
    if !session.closed.is_cancelled() {
        None
    } else if session.services.stop.is_cancelled() {
        Some("the runtime is shutting down")
    } else {
        Some("the client was closed")
    }
}

fn closed(why: &str) -> Error {
    Error::new(Code::Closed, why)
}

fn panicked() -> Error {
    Error::new(Code::Panic, "a fault in the library ended the operation; please report it with the log around it")
}
