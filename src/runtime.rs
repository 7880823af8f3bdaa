//! A runtime: one I/O thread with its timers, its logging and the secrets in use.
//!
//! Work is spawned onto the thread from anywhere. Shutting down refuses new work, cancels what runs, lets every operation
//! end, lets helping threads finish, and joins them all; dropping the last reference does the same without waiting.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::TokenCache;
use crate::clock::{SharedClock, SystemClock};
use crate::config::Mounts;
use crate::error::{Code, Error, Result};
use crate::exporter::Exporter;
use crate::in_flight::Running;
use crate::inbox::Inbox;
use crate::latch::Latch;
use crate::letters::Files;
use crate::observe::Observe;
use crate::operations::{Clients, RuntimeSettings};
use crate::seat::Called;
use crate::{server, thread};

/// Whose thread it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The host's.
    Host,
    /// A runtime's I/O thread.
    Io,
    /// A thread that works for a runtime, and may wait for it, but not for its end.
    Helper,
}

thread_local! {
    static ROLE: Cell<Role> = const { Cell::new(Role::Host) };
    /// What is to be told before the thread sleeps.
    static SIGNALS: RefCell<Vec<Arc<dyn Signal>>> = const { RefCell::new(Vec::new()) };
    /// Says that something is to be told: a thread with so much to do that it never sleeps tells it after what else is due now.
    static DUE: Arc<Notify> = Arc::default();
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
    /// Where operations from other threads go.
    pub inbox: Arc<Inbox>,
    /// Time and chance.
    pub clock: SharedClock,
    /// What sees the work.
    pub observe: Observe,
    /// Its configuration, which its clients share.
    pub settings: Arc<RuntimeSettings>,
    /// The tokens that its clients share.
    pub tokens: Arc<TokenCache>,
    /// The files of dead letters that its clients share.
    pub letters: Arc<Files>,
    /// Where its operations server listens, if it has one.
    pub server: Option<SocketAddr>,
    /// Its clients.
    pub clients: Arc<Clients>,
    /// Cancelled when the runtime shuts down.
    pub stopping: CancellationToken,
    /// Counts the operations in flight.
    pub running: Arc<Running>,
    /// Counts what works for several operations, and is to end tidily after them.
    pub background: TaskTracker,
}

impl Services {
    /// Lets nothing begin any more, and cancels what is in flight.
    fn stop(&self) {
        self.running.close();
        self.stopping.cancel();
        self.clients.close();
    }
}

struct Inner {
    services: Services,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Set when the thread has let go of everything.
    ended: Arc<Latch>,
    helpers: Mutex<Vec<Helper>>,
}

/// A thread that works for a runtime besides its own.
struct Helper {
    /// Asks it to end once its work is done.
    finish: Arc<dyn Fn() + Send + Sync>,
    ended: Arc<Latch>,
    thread: Option<JoinHandle<()>>,
}

impl Runtime {
    /// A runtime with the configuration in `text` (JSON; empty for none) and in its other sources.
    pub fn new(text: &str) -> Result<Self> {
        let settings = Arc::new(RuntimeSettings::read(text)?);
        let config = settings.config();
        let observe = Observe::new(&config)?;
        settings.register(&observe.redactor);
        let mounts = Mounts::new(&config.config.mounted_secrets);
        let exporter = Exporter::new(&config.otlp, &mounts, &observe)?;
        let listener = server::bind(&config.server)?;
        let reactor = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .thread_name("kei-blocking")
            .on_thread_park(signal)
            .build()
            .map_err(|error| Error::new(Code::Overloaded, format!("no event loop could be made: {error}")))?;
        let services = Services {
            handle: reactor.handle().clone(),
            inbox: Arc::default(),
            clock: Arc::new(SystemClock),
            observe,
            settings,
            tokens: Arc::default(),
            letters: Arc::default(),
            server: listener.as_ref().and_then(|listener| listener.local_addr().ok()),
            clients: Arc::default(),
            stopping: CancellationToken::new(),
            running: Arc::default(),
            background: TaskTracker::new(),
        };
        if let Some(listener) = listener {
            let serving = server::serve(listener, services.clone());
            services.handle.spawn(services.background.track_future(serving));
        }
        let ended = Arc::new(Latch::default());
        let (inside, signal) = (services.clone(), Arc::clone(&ended));
        // Cancelled when all operations have ended.
        let idle = CancellationToken::new();
        let end = idle.clone();
        let thread = thread::spawn("kei-io", move || {
            run(reactor, &inside);
            idle.cancel();
            signal.set();
        })?;
        let inner = Inner { services, thread: Mutex::new(Some(thread)), ended, helpers: Mutex::default() };
        let runtime = Self(Arc::new(inner));
        if let Some(exporter) = exporter {
            let services = runtime.services().clone();
            runtime.helper(thread::spawn, "kei-otlp", || {}, move || exporter.run(&services, &end))?;
        }
        Ok(runtime)
    }

    /// What those that work on the runtime need of it.
    pub fn services(&self) -> &Services {
        &self.0.services
    }

    /// Whether `other` is the same runtime.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Starts a thread that calls the host back for the runtime, until `body` returns. When the runtime shuts down, `finish` is called after the last
    /// operation has ended, and the thread is waited for.
    pub fn start_helper(
        &self,
        name: &str,
        finish: impl Fn() + Send + Sync + 'static,
        body: impl FnOnce() + Send + 'static,
    ) -> Result<()> {
        self.helper(thread::spawn_for_the_host, name, finish, body)
    }

    fn helper(
        &self,
        spawn: thread::Spawn,
        name: &str,
        finish: impl Fn() + Send + Sync + 'static,
        body: impl FnOnce() + Send + 'static,
    ) -> Result<()> {
        let mut helpers = self.helpers();
        if self.services().stopping.is_cancelled() {
            return Err(Error::new(Code::Closed, "the runtime is shutting down"));
        }
        // Those that have ended meanwhile are let go of here.
        for helper in helpers.extract_if(.., |helper| helper.ended.is_set()) {
            helper.join();
        }
        let ended = Arc::new(Latch::default());
        let signal = Arc::clone(&ended);
        let work = move || {
            ROLE.set(Role::Helper);
            // A panic was reported where it happened; the thread ends either way.
            let _ = catch_unwind(AssertUnwindSafe(body));
            signal.set();
        };
        let thread = spawn(name, Box::new(work))?;
        helpers.push(Helper { finish: Arc::new(finish), ended, thread: Some(thread) });
        Ok(())
    }

    /// Refuses new work, cancels what runs, lets every operation end, and joins the threads. `None` waits as long as it takes.
    ///
    /// Fails with `WrongThread` on a thread of a runtime, and with `Deadline` when the time did not suffice; the runtime
    /// then goes on ending, and the call may be repeated.
    pub fn shutdown(&self, timeout: Option<Duration>) -> Result<()> {
        if ROLE.get() != Role::Host {
            return Err(Error::new(Code::WrongThread, "a runtime cannot be shut down from one of its own threads"));
        }
        let services = self.services();
        services.stop();
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        if !self.0.ended.wait_until(end) {
            let message =
                "operations were still ending when the time for the shutdown was over; call it again to wait on";
            return Err(Error::new(Code::Deadline, message).with("in_flight", services.running.count()));
        }
        self.finish_helpers(end)?;
        let thread = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // The thread has ended but for its last return; a panic in it was reported when it happened.
            let _ = thread.join();
        }
        services.observe.close(LAST_WAIT);
        Ok(())
    }

    fn finish_helpers(&self, end: Option<Instant>) -> Result<()> {
        let waited: Vec<_> =
            self.helpers().iter().map(|helper| (Arc::clone(&helper.finish), Arc::clone(&helper.ended))).collect();
        for (finish, _) in &waited {
            finish();
        }
        if !waited.iter().all(|(_, ended)| ended.wait_until(end)) {
            let message =
                "a callback was still running when the time for the shutdown was over; call it again to wait on";
            return Err(Error::new(Code::Deadline, message));
        }
        let ended = std::mem::take(&mut *self.helpers());
        ended.into_iter().for_each(Helper::join);
        Ok(())
    }

    fn helpers(&self) -> MutexGuard<'_, Vec<Helper>> {
        self.0.helpers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Helper {
    /// Waits for the last instructions of a thread that has ended otherwise.
    fn join(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.services.stop();
    }
}

/// The life of the I/O thread.
fn run(reactor: tokio::runtime::Runtime, services: &Services) {
    ROLE.set(Role::Io);
    let dispatch = services.observe.logging.dispatch();
    let inbox = Arc::clone(&services.inbox);
    tracing::dispatcher::with_default(&dispatch, || {
        reactor.spawn(async move { inbox.start_all().await });
        let due = DUE.with(Arc::clone);
        reactor.spawn(async move {
            loop {
                due.notified().await;
                signal();
            }
        });
        reactor.block_on(async {
            services.stopping.cancelled().await;
            services.background.close();
            // What was cancelled ends at its next step; what does not is ended by dropping it below.
            let _ = tokio::time::timeout(LAST_WAIT, services.running.none()).await;
            let _ = tokio::time::timeout(LAST_WAIT, services.background.wait()).await;
        });
        reactor.shutdown_timeout(Duration::from_millis(500));
        services.inbox.close();
        signal();
    });
}

/// Something that others wait for.
pub trait Signal {
    /// Tells them, or adds them to those who are `called` together.
    fn signal(&self, called: &mut Called);
}

/// Has `signal` told after what else is due now, and before the current thread sleeps, if it is a runtime's I/O thread, or else at once: so many things that
/// happen one after the other are told of with one signal.
pub fn signal_soon(signal: Arc<dyn Signal>) {
    if on_io_thread() {
        let first = SIGNALS.with_borrow_mut(|signals| {
            signals.push(signal);
            signals.len() == 1
        });
        if first {
            DUE.with(|due| due.notify_one());
        }
    } else {
        tell([signal]);
    }
}

/// Tells what is to be told.
fn signal() {
    let signals = SIGNALS.take();
    if !signals.is_empty() {
        tell(signals);
    }
}

fn tell(signals: impl IntoIterator<Item = Arc<dyn Signal>>) {
    let mut called = Called::default();
    for signal in signals {
        signal.signal(&mut called);
    }
    called.wake();
}

/// Makes the current thread the host's: in a forked child, it is whatever thread of the parent's forked.
pub fn forget_thread() {
    ROLE.set(Role::Host);
}

/// Whether the current thread is one of a runtime's.
pub fn is_ours() -> bool {
    ROLE.get() != Role::Host
}

/// Whether the current thread is a runtime's I/O thread, which must never wait for operations.
pub fn on_io_thread() -> bool {
    ROLE.get() == Role::Io
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
    fn a_thread_that_never_sleeps_tells_what_is_to_be_told_all_the_same() {
        struct Told(std::sync::mpsc::Sender<()>);
        impl Signal for Told {
            fn signal(&self, _: &mut Called) {
                let _ = self.0.send(());
            }
        }
        let runtime = quiet();
        let (send, receive) = std::sync::mpsc::channel();
        let told = Arc::new(Told(send));
        let busy = runtime.services().handle.spawn(async move {
            signal_soon(told);
            loop {
                tokio::task::yield_now().await;
            }
        });
        assert!(receive.recv().is_ok());
        busy.abort();
        runtime.shutdown(None).unwrap();
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
