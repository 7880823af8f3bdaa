//! A runtime: one I/O thread with its timers, its logging and the secrets in use.
//!
//! Work is spawned onto the thread from anywhere. Shutting down refuses new work, cancels what runs, lets every operation
//! end, and joins the thread; dropping the last reference does the same without waiting.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{SharedClock, SystemClock};
use crate::config::{self, RuntimeConfig};
use crate::error::{Code, Error, Result};
use crate::latch::Latch;
use crate::observe::log::Logging;
use crate::observe::redact::Redactor;

thread_local! {
    static OURS: Cell<bool> = const { Cell::new(false) };
}

/// How long the thread waits for operations to end once all that refer to the runtime are gone.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// A runtime. Cloning shares it.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

/// What a runtime gives to those that work on it, without keeping it alive.
#[derive(Clone)]
pub struct Services {
    /// Where work is spawned.
    pub handle: Handle,
    /// Time and chance.
    pub clock: SharedClock,
    /// The secrets in use.
    pub redactor: Arc<Redactor>,
    /// Logging.
    pub logging: Arc<Logging>,
    /// Cancelled when the runtime shuts down.
    pub stop: CancellationToken,
    /// Counts the operations in flight.
    pub tracker: TaskTracker,
}

struct Inner {
    services: Services,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Set when the thread has let go of everything.
    ended: Arc<Latch>,
}

impl Runtime {
    /// A runtime with the configuration in `text` (JSON; empty for the defaults) and in the environment.
    pub fn new(text: &str) -> Result<Self> {
        Self::with_config(&config::load(text, config::environment)?)
    }

    /// A runtime with a configuration that was read already.
    pub fn with_config(config: &RuntimeConfig) -> Result<Self> {
        let redactor = Arc::new(Redactor::new());
        let logging = Arc::new(Logging::start(&config.log, Arc::clone(&redactor))?);
        let reactor = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .thread_name("kei-blocking")
            .build()
            .map_err(|error| Error::new(Code::Overloaded, format!("no event loop could be made: {error}")))?;
        let services = Services {
            handle: reactor.handle().clone(),
            clock: Arc::new(SystemClock),
            redactor,
            logging,
            stop: CancellationToken::new(),
            tracker: TaskTracker::new(),
        };
        let ended = Arc::new(Latch::default());
        let (inside, signal) = (services.clone(), Arc::clone(&ended));
        let thread = std::thread::Builder::new()
            .name("kei-io".to_owned())
            .spawn(move || run(reactor, &inside, &signal))
            .map_err(|error| Error::new(Code::Overloaded, format!("no thread could be made: {error}")))?;
        Ok(Self(Arc::new(Inner { services, thread: Mutex::new(Some(thread)), ended })))
    }

    /// What those that work on the runtime need of it.
    pub fn services(&self) -> &Services {
        &self.0.services
    }

    /// Whether `other` is the same runtime.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Refuses new work, cancels what runs, lets every operation end, and joins the thread. `None` waits as long as it takes.
    ///
    /// Fails with `WrongThread` on a thread of the runtime, and with `Deadline` when the time did not suffice; the runtime
    /// then goes on ending, and the call may be repeated.
    pub fn shutdown(&self, timeout: Option<Duration>) -> Result<()> {
        if on_our_thread() {
            return Err(Error::new(Code::WrongThread, "a runtime cannot be shut down from one of its own threads"));
        }
        let services = self.services();
        services.stop.cancel();
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        if !self.0.ended.wait_until(end) {
            let message =
                "operations were still ending when the time for the shutdown was over; call it again to wait on";
            return Err(Error::new(Code::Deadline, message).with("in_flight", services.tracker.len()));
        }
        let thread = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // The thread has ended but for its last return; a panic in it was reported when it happened.
            let _ = thread.join();
        }
        services.logging.close(LAST_WAIT);
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.services.stop.cancel();
    }
}

/// The life of the I/O thread.
fn run(reactor: tokio::runtime::Runtime, services: &Services, ended: &Latch) {
    OURS.set(true);
    let dispatch = services.logging.dispatch();
    tracing::dispatcher::with_default(&dispatch, || {
        reactor.block_on(async {
            services.stop.cancelled().await;
            services.tracker.close();
            // Cancelled operations end at their next step; what does not is ended by dropping it below.
            let _ = tokio::time::timeout(LAST_WAIT, services.tracker.wait()).await;
        });
        reactor.shutdown_timeout(Duration::from_millis(500));
    });
    ended.set();
}

/// Whether the current thread is one of a runtime's own, which must never wait for that runtime.
pub fn on_our_thread() -> bool {
    OURS.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet() -> Runtime {
        Runtime::new(r#"{"log":{"output":"none"}}"#).unwrap()
    }

    #[test]
    fn shutting_down_twice_is_harmless() {
        let runtime = quiet();
        runtime.shutdown(None).unwrap();
        runtime.shutdown(Some(Duration::ZERO)).unwrap();
    }

    #[test]
    fn a_runtime_is_not_shut_down_from_its_own_thread() {
        let runtime = quiet();
        let (send, receive) = std::sync::mpsc::channel();
        let inner = runtime.clone();
        runtime.services().handle.spawn(async move {
            let _ = send.send(inner.shutdown(None).unwrap_err().code);
        });
        assert_eq!(receive.recv().unwrap(), Code::WrongThread);
        runtime.shutdown(None).unwrap();
    }
}
