//! One client: a configuration, its pipeline and its operations, built once, used from any thread.
//!
//! Whatever happens to an operation, its outcome is delivered exactly once: when it ends, is cancelled, runs out of time, panics,
//! when the client is closed, and when the runtime goes away under it.

mod outcome;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use bytes::Bytes;
use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

use crate::config::ClientConfig;
use crate::error::{Code, Error, Result};
use crate::feed::{BUFFER, Deliver, Feed};
use crate::json::{self, Bounds, JsonError};
use crate::operation::{self, Answer, Invocation, Meta, Operation, Options, Run};
use crate::operations::{self, Live, Session};
use crate::runtime::{self, Runtime};
use crate::schemas;
use crate::transport;

use outcome::{About, Outcome, Place};

/// A client. Cloning shares it.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    /// Keeps the runtime alive as long as the client.
    _runtime: Runtime,
    live: Arc<Live>,
    in_flight: Arc<AtomicUsize>,
}

/// An operation in flight, to cancel it by. Cloning shares it.
#[derive(Clone)]
pub struct Ticket(CancellationToken);

impl Ticket {
    /// A ticket for an operation of `client` that is about to be submitted.
    pub fn new(client: &Client) -> Self {
        Self(client.session().closed.child_token())
    }

    /// Cancels the operation; its outcome is then `Cancelled`, unless it has ended already. Does not wait.
    pub fn cancel(&self) {
        self.0.cancel();
    }
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
        Ok(Self(Arc::new(Inner { _runtime: runtime.clone(), live, in_flight: Arc::default() })))
    }

    /// The session as it is configured now.
    fn session(&self) -> Arc<Session> {
        self.0.live.session()
    }

    /// Starts an operation, which `ticket` then cancels. `done` gets its outcome exactly once, on a thread of the runtime, where it must not block.
    /// What is wrong with the call itself is answered at once, and `done` is not called.
    pub fn submit(
        &self,
        operation: &str,
        request: &[u8],
        options: &str,
        ticket: &Ticket,
        done: impl FnOnce(Result<Bytes>) + Send + 'static,
    ) -> Result<()> {
        let (mut invocation, place) = self.prepare(operation, request, options)?;
        let Run::Call(run) = invocation.operation.run else {
            let message = format!("`{operation}` is a subscription: open it with kei_subscribe");
            return Err(Error::new(Code::Argument, message));
        };
        let options = &invocation.options;
        if options.buffer.is_some() || options.overflow.is_some() {
            let message = format!("the options `buffer` and `overflow` are for subscriptions; `{operation}` is none");
            return Err(Error::new(Code::Options, message));
        }
        let wrap = options.meta;
        if let Some(accept) = invocation.operation.accept {
            let dispatch = self.session().services.observe.logging.dispatch();
            let kept = tracing::dispatcher::with_default(&dispatch, || accept(&invocation));
            invocation.letter = Some(kept.map_err(|error| self.scrub(error))?);
        }
        let about = About::of(&invocation);
        let work = async move { run(invocation).await.and_then(|answer| finish(answer, wrap)) };
        self.spawn(work, about, ticket, place, done);
        Ok(())
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
        let (invocation, place) = self.prepare(operation, request, options)?;
        let Run::Subscription { run, .. } = invocation.operation.run else {
            let message = format!("`{operation}` is no subscription: call it with kei_call or kei_submit");
            return Err(Error::new(Code::Argument, message));
        };
        let options = &invocation.options;
        let bound = options.buffer.unwrap_or(BUFFER);
        if !(1..=1_000_000).contains(&bound) {
            let message = format!("the option `buffer` is {bound}; it should be from 1 to 1000000");
            return Err(Error::new(Code::Options, message).with("field", "buffer"));
        }
        let clock = Arc::clone(&self.session().services.clock);
        let feed = Feed::new(out, clock, credit, options.overflow.unwrap_or_default(), bound);
        let about = About::of(&invocation);
        let (inside, last) = (feed.clone(), feed.clone());
        let work = async move {
            let answer = run(invocation, inside.clone()).await?;
            // It ended well: every item comes before its end.
            inside.drained().await;
            Ok(answer.body)
        };
        self.spawn(work, about, ticket, place, move |outcome| last.end(outcome, done));
        Ok(feed)
    }

    /// Runs `work` until it ends, panics, or is interrupted.
    fn spawn(
        &self,
        work: impl Future<Output = Result<Bytes>> + Send + 'static,
        about: About,
        ticket: &Ticket,
        place: Place,
        done: impl FnOnce(Result<Bytes>) + Send + 'static,
    ) {
        let session = self.session();
        let services = &session.services;
        let cancel = ticket.0.clone();
        let correlation_id = about.context.correlation_id.clone();
        let outcome = Outcome { done: Some(done), place, about };
        let work = async move {
            let work = AssertUnwindSafe(async {
                outcome.about.begin().await?;
                work.await
            });
            let work = work.catch_unwind();
            let result = tokio::select! {
                biased;
                result = work => result.unwrap_or_else(|_| Err(panicked())),
                () = cancel.cancelled() => Err(interrupted(&outcome.about.session)),
            };
            outcome.deliver(result.map_err(|mut error| {
                error.correlation_id.get_or_insert(correlation_id);
                error
            }));
        };
        services.inbox.put(Box::pin(services.tracker.track_future(work)));
    }

    fn scrub(&self, error: Error) -> Error {
        self.session().services.observe.redactor.scrub_error(error)
    }

    /// Runs an operation and waits for its outcome. Must not be called on a runtime's I/O thread.
    pub fn call(&self, operation: &str, request: &[u8], options: &str) -> Result<Bytes> {
        if runtime::on_io_thread() {
            return Err(Error::new(
                Code::WrongThread,
                "a call cannot wait on a thread of the runtime: submit it instead",
            ));
        }
        let (send, receive) = std::sync::mpsc::sync_channel(1);
        self.submit(operation, request, options, &Ticket::new(self), move |outcome| {
            // The receiver waits below and cannot be gone.
            let _ = send.send(outcome);
        })?;
        receive.recv().unwrap_or_else(|_| Err(closed("the runtime is shutting down")))
    }

    /// Ends the client: what is in flight is answered with `Closed`, and so is every later call.
    pub fn close(&self) {
        self.session().closed.cancel();
    }

    /// Checks a call before it starts, and takes its place among those in flight.
    fn prepare(&self, name: &str, request: &[u8], options: &str) -> Result<(Invocation, Place)> {
        self.check(name, request, options).map_err(|error| {
            let operation = operations::find(name).map_or("", |operation| operation.name);
            self.session().services.observe.errors.ended(operation, Some(error.code));
            self.scrub(error)
        })
    }

    fn check(&self, name: &str, request: &[u8], options: &str) -> Result<(Invocation, Place)> {
        let session = &self.session();
        if session.closed.is_cancelled() {
            let why = if session.services.stop.is_cancelled() {
                "the runtime is shutting down"
            } else {
                "the client was closed"
            };
            return Err(closed(why));
        }
        let operation = operations::find(name)?;
        let options = read_options(options)?;
        let request = check_request(operation, request, &session.config)?;
        session.services.observe.redactor.register_given(&request, &options.headers);
        let context = Arc::new(operation::context(session, &options)?);
        let place = Place::take(&self.0.in_flight, session.config.limits.max_in_flight)?;
        Ok((Invocation { operation, session: Arc::clone(session), request, options, context, letter: None }, place))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let session = self.live.session();
        session.services.observe.audit.note(|| session.event("client.close"));
        session.closed.cancel();
    }
}

fn read_options(text: &str) -> Result<Options> {
    const WHAT: &str = "the options of the call";
    if text.is_empty() {
        return Ok(Options::default());
    }
    json::depth(text, 8, WHAT)?;
    let schema = || schemas::document("Options");
    let read = json::decode(text, WHAT, schema).and_then(|options: Options| {
        // No option is a list, which serde would take for the fields of `retry`; nor does it look at the ranges of those.
        if text.contains('[') || options.retry.is_some() {
            json::decode(text, WHAT, schema).and_then(|value| json::check(&schema(), &value, WHAT))?;
        }
        Ok(options)
    });
    read.map_err(|error: JsonError| {
        let mut error = Error::from(error);
        if error.code == Code::Request {
            error.code = Code::Options;
        }
        error
    })
}

/// The request as it was given, or an empty object in place of nothing; checked for size, UTF-8 and depth.
fn check_request(operation: &Operation, request: &[u8], config: &ClientConfig) -> Result<Bytes> {
    let what = operation.of_request();
    let limit = config.limits.max_request_bytes;
    if request.len() > limit {
        let message = format!("{what} has {} bytes, more than {limit} (limits.max_request_bytes)", request.len());
        return Err(Error::new(Code::RequestTooLarge, message));
    }
    let text = json::text(request, &what)?;
    if text.trim().is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    let limits = &config.limits;
    let bounds = Bounds {
        depth: limits.max_depth,
        text_bytes: limits.max_text_bytes,
        number_chars: limits.max_number_chars,
        infinite: false,
        controls: limits.control_characters,
        halves: false,
    };
    bounds.check(text, &what)?;
    Ok(Bytes::copy_from_slice(request))
}

/// The bytes that the caller gets.
fn finish(answer: Answer, wrap: bool) -> Result<Bytes> {
    if !wrap {
        return Ok(answer.body);
    }
    let written = |meta: &Option<Meta>| serde_json::to_vec(meta);
    let meta = written(&answer.meta)
        .map_err(|error| Error::new(Code::Panic, format!("an answer could not be written as JSON: {error}")))?;
    Ok([b"{\"result\":".as_slice(), &answer.body, b",\"meta\":", &meta, b"}"].concat().into())
}

fn interrupted(session: &Session) -> Error {
    if session.services.stop.is_cancelled() {
        closed("the runtime is shutting down")
    } else if session.closed.is_cancelled() {
        closed("the client was closed")
    } else {
        Error::new(Code::Cancelled, "the operation was cancelled")
    }
}

fn closed(why: &str) -> Error {
    Error::new(Code::Closed, why)
}

fn panicked() -> Error {
    Error::new(Code::Panic, "a fault in the library ended the operation; please report it with the log around it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn client(runtime: &Runtime) -> Client {
        Client::new(runtime, r#"{"base_url": "http://127.0.0.1:1"}"#).unwrap()
    }

    fn runtime() -> Runtime {
        Runtime::new(r#"{"log": {"output": "none"}}"#).unwrap()
    }

    #[test]
    fn a_panic_in_an_operation_is_its_one_outcome_and_the_client_goes_on() {
        let runtime = runtime();
        let client = client(&runtime);
        let (send, receive) = mpsc::channel();
        client
            .submit("test.panic", b"", "", &Ticket::new(&client), move |outcome| send.send(outcome).unwrap())
            .unwrap();
        let outcomes: Vec<_> = receive.iter().collect();
        assert_eq!(outcomes.len(), 1);
        let error = outcomes[0].as_ref().unwrap_err();
        assert_eq!(error.code, Code::Panic);
        assert!(error.correlation_id.is_some() && !error.to_json().contains("hunter2"), "{error}");
        assert!(client.call("kei.info", b"", "").is_ok());
    }

    #[test]
    fn the_place_of_an_operation_is_free_when_its_outcome_is_delivered() {
        let runtime = runtime();
        let config = r#"{"base_url": "http://127.0.0.1:1", "limits": {"max_in_flight": 1}}"#;
        let client = Client::new(&runtime, config).unwrap();
        for _ in 0..100 {
            client.call("kei.info", b"", "").unwrap();
        }
        let (go, wait) = mpsc::channel::<()>();
        let done = move |_| wait.recv().unwrap();
        client.submit("kei.info", b"", "", &Ticket::new(&client), done).unwrap();
        go.send(()).unwrap();
        runtime.shutdown(None).unwrap();
    }

    #[test]
    fn more_operations_than_the_limit_are_refused_with_the_settings_name() {
        let runtime = runtime();
        let config = r#"{"base_url": "http://127.0.0.1:1", "limits": {"max_in_flight": 2}}"#;
        let client = Client::new(&runtime, config).unwrap();
        let (held, hold) = mpsc::channel::<()>();
        let (running, run) = mpsc::channel();
        // The first holds the I/O thread up in its delivery, so that those behind it stay in flight.
        let first = move |_| {
            running.send(()).unwrap();
            hold.recv().unwrap();
        };
        client.submit("kei.info", b"", "", &Ticket::new(&client), first).unwrap();
        run.recv().unwrap();
        for _ in 0..2 {
            client.submit("kei.info", b"", "", &Ticket::new(&client), |_| ()).unwrap();
        }
        let error = client.submit("kei.info", b"", "", &Ticket::new(&client), |_| ()).unwrap_err();
        assert_eq!((error.code, error.retryable), (Code::Overloaded, true));
        assert!(error.message.contains("limits.max_in_flight"), "{error}");
        held.send(()).unwrap();
        runtime.shutdown(None).unwrap();
    }

    #[test]
    fn a_call_on_a_thread_of_the_runtime_is_refused() {
        let runtime = runtime();
        let client = client(&runtime);
        let (send, receive) = mpsc::channel();
        let inner = client.clone();
        let done = move |_| send.send(inner.call("kei.info", b"", "").unwrap_err().code).unwrap();
        client.submit("kei.info", b"", "", &Ticket::new(&client), done).unwrap();
        assert_eq!(receive.recv().unwrap(), Code::WrongThread);
    }
}
