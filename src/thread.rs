//! The library's own threads. The process's signals are for the host's: here none is taken but those of a fault of the thread itself. So writing to a peer
//! that is gone is an error here, and never the SIGPIPE that ends a process.

use std::thread::{Builder, JoinHandle};

use crate::error::{Code, Error, Result};

/// One of the two ways to start a thread.
pub(crate) type Spawn = fn(&str, Box<dyn FnOnce() + Send>) -> Result<JoinHandle<()>>;

/// Starts a thread of the library's.
pub(crate) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let body = move || {
        leave_signals_to_the_host();
        body();
    };
    spawn_for_the_host(name, body)
}

/// Starts a thread that calls the host back, and takes signals as the host's own do.
pub(crate) fn spawn_for_the_host(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map_err(|error| Error::new(Code::Overloaded, format!("no thread could be made: {error}")))
}

/// Has this thread take no signal of the process's. For a thread that was started another way.
#[cfg(unix)]
pub(crate) fn leave_signals_to_the_host() {
    use nix::sys::signal::{SigSet, Signal};

    let mut signals = SigSet::all();
    for own in [Signal::SIGABRT, Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGSEGV, Signal::SIGTRAP] {
        signals.remove(own);
    }
    // It cannot fail with a set that the system made.
    let _ = signals.thread_block();
}

#[cfg(not(unix))]
pub(crate) fn leave_signals_to_the_host() {}

#[cfg(all(test, unix))]
mod tests {
    use nix::sys::signal::{SigSet, Signal};

    use super::*;

    fn blocked(spawn: Spawn) -> SigSet {
        let (send, receive) = std::sync::mpsc::channel();
        let look = Box::new(move || send.send(SigSet::thread_get_mask().unwrap()).unwrap());
        spawn("test", look).unwrap().join().unwrap();
        receive.recv().unwrap()
    }

    #[test]
    fn a_thread_of_the_librarys_takes_no_signal_but_of_its_own_faults_and_one_of_the_hosts_takes_all() {
        let ours = blocked(spawn);
        for signal in [Signal::SIGPIPE, Signal::SIGTERM, Signal::SIGINT, Signal::SIGCHLD, Signal::SIGALRM] {
            assert!(ours.contains(signal), "{signal}");
        }
        assert!(!ours.contains(Signal::SIGSEGV) && !ours.contains(Signal::SIGABRT));
        let hosts = blocked(spawn_for_the_host);
        assert!(!hosts.contains(Signal::SIGPIPE) && !hosts.contains(Signal::SIGTERM));
    }
}
