//! SIGPIPE, the signal that ends a process which writes to a connection or a pipe whose other end has gone. Its disposition is the host's, so what the
//! library writes is written where the signal is blocked: an error comes back in its place.

#[cfg(unix)]
use std::mem::MaybeUninit;

/// Does something with SIGPIPE blocked on this thread. Threads that are made meanwhile have it blocked for all their life.
#[cfg(unix)]
pub(super) fn with_sigpipe_blocked<T>(work: impl FnOnce() -> T) -> T {
    struct Restore(libc::sigset_t);
    impl Drop for Restore {
        fn drop(&mut self) {
            // SAFETY: the set was written when the signal was blocked.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut()) };
        }
    }
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    let pipe = sigpipe();
    // SAFETY: both sets live, and the second is written before it is read.
    let _restore = unsafe {
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const pipe, before.as_mut_ptr());
        Restore(before.assume_init())
    };
    work()
}

/// There is no such signal on this platform.
#[cfg(not(unix))]
pub(super) fn with_sigpipe_blocked<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Does a write whose reader may have gone, which answers whether it went well, without the signal: one that it brought is taken away.
#[cfg(unix)]
pub(super) fn without_sigpipe(write: impl FnOnce() -> bool) {
    with_sigpipe_blocked(|| {
        let was_pending = is_pending();
        if !write() && !was_pending && is_pending() {
            let (pipe, mut taken) = (sigpipe(), 0);
            // SAFETY: both live; the signal is pending for this thread, so that this takes it away at once.
            unsafe { libc::sigwait(&raw const pipe, &raw mut taken) };
        }
    });
}

#[cfg(unix)]
fn sigpipe() -> libc::sigset_t {
    let mut pipe = MaybeUninit::uninit();
    // SAFETY: the set is written before it is read.
    unsafe {
        libc::sigemptyset(pipe.as_mut_ptr());
        libc::sigaddset(pipe.as_mut_ptr(), libc::SIGPIPE);
        pipe.assume_init()
    }
}

#[cfg(unix)]
fn is_pending() -> bool {
    let mut pending = MaybeUninit::uninit();
    // SAFETY: the set is written before it is read.
    unsafe {
        libc::sigpending(pending.as_mut_ptr());
        libc::sigismember(pending.as_ptr(), libc::SIGPIPE) == 1
    }
}
