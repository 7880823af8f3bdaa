//! A descriptor of the host's, which gets one byte when a queue stops being empty.

use crate::error::{Code, Error, Result};

#[cfg(unix)]
pub(super) use unix::NotifyFd;

#[cfg(not(unix))]
pub(super) use other::NotifyFd;

#[cfg(unix)]
mod unix {
    use std::mem::MaybeUninit;
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::{Code, Error, Result};

    /// A duplicate of the host's descriptor, so that one which the host closes, and the system gives out again, is never written to.
    pub(in crate::ffi) struct NotifyFd(OwnedFd);

    impl NotifyFd {
        pub(in crate::ffi) fn new(number: isize) -> Result<Self> {
            let wrong = |why: &dyn std::fmt::Display| {
                Error::new(Code::Argument, format!("`fd` is {number}, which cannot be written to: {why}"))
                    .with("argument", "fd")
            };
            let number = RawFd::try_from(number)
                .ok()
                .filter(|number| *number >= 0)
                .ok_or_else(|| wrong(&"it is no descriptor"))?;
            // SAFETY: the descriptor is used for this one call, which answers an error if it is not open.
            let theirs = unsafe { BorrowedFd::borrow_raw(number) };
            rustix::io::fcntl_dupfd_cloexec(theirs, 0).map(Self).map_err(|error| wrong(&error))
        }

        /// Writes a byte, unless there is no room: then bytes of before are still unread, and say the same. Never blocks.
        pub(in crate::ffi) fn notify(&self) {
            let fd = self.0.as_fd();
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            let mut watched = [PollFd::new(&fd, PollFlags::OUT)];
            let ready = poll(&mut watched, Some(&now)).is_ok_and(|count| count == 1);
            if ready && watched[0].revents() == PollFlags::OUT {
                without_sigpipe(|| {
                    // SAFETY: the descriptor is ours and the byte lives.
                    unsafe { libc::write(self.0.as_raw_fd(), [1_u8].as_ptr().cast(), 1) == 1 }
                });
            }
        }
    }

    /// Does a write whose reader may have gone, without the signal that ends a process for that. Its disposition is the host's.
    fn without_sigpipe(write: impl FnOnce() -> bool) {
        let mut pipe = MaybeUninit::<libc::sigset_t>::uninit();
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        let mut pending = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: each set is written by the call that takes it before another reads it.
        unsafe {
            libc::sigemptyset(pipe.as_mut_ptr());
            libc::sigaddset(pipe.as_mut_ptr(), libc::SIGPIPE);
            libc::sigpending(pending.as_mut_ptr());
            let was_pending = libc::sigismember(pending.as_ptr(), libc::SIGPIPE) == 1;
            libc::pthread_sigmask(libc::SIG_BLOCK, pipe.as_ptr(), before.as_mut_ptr());
            if !write() && !was_pending {
                libc::sigpending(pending.as_mut_ptr());
                if libc::sigismember(pending.as_ptr(), libc::SIGPIPE) == 1 {
                    // It is pending for this thread, so this takes it away at once.
                    let mut taken = 0;
                    libc::sigwait(pipe.as_ptr(), &raw mut taken);
                }
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut());
        }
    }
}

#[cfg(not(unix))]
mod other {
    use super::{Code, Error, Result};

    /// There is no such descriptor on this platform; nothing can make one.
    pub(in crate::ffi) enum NotifyFd {}

    impl NotifyFd {
        pub(in crate::ffi) fn new(_: isize) -> Result<Self> {
            Err(Error::new(Code::Unsupported, "this platform has no descriptor to notify: use kei_queue_next"))
        }

        pub(in crate::ffi) fn notify(&self) {
            match *self {}
        }
    }
}
