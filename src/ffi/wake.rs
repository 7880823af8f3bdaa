//! A file descriptor that is readable while it is raised: an eventfd on Linux, a pipe on other Unix systems.

use crate::error::{Code, Error, Result};

#[cfg(unix)]
pub(super) use unix::WakeFd;

#[cfg(not(unix))]
pub(super) use other::WakeFd;

#[cfg(unix)]
mod unix {
    use std::os::fd::{AsRawFd, OwnedFd};

    use super::{Code, Error, Result};

    /// The descriptor. Raising and lowering it twice in a row is harmless, and costs nothing the second time.
    pub(in crate::ffi) struct WakeFd {
        raised: bool,
        read: OwnedFd,
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        write: OwnedFd,
    }

    fn failed(error: rustix::io::Errno) -> Error {
        Error::new(Code::Overloaded, format!("no file descriptor could be made: {error}"))
    }

    impl WakeFd {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        pub(in crate::ffi) fn new() -> Result<Self> {
            use rustix::event::{EventfdFlags, eventfd};
            Ok(Self {
                raised: false,
                read: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(failed)?,
            })
        }

        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        pub(in crate::ffi) fn new() -> Result<Self> {
            use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
            use rustix::io::{FdFlags, fcntl_setfd};
            let (read, write) = rustix::pipe::pipe().map_err(failed)?;
            for fd in [&read, &write] {
                fcntl_setfd(fd, FdFlags::CLOEXEC).map_err(failed)?;
                fcntl_setfl(fd, fcntl_getfl(fd).map_err(failed)? | OFlags::NONBLOCK).map_err(failed)?;
            }
            Ok(Self { raised: false, read, write })
        }

        pub(in crate::ffi) fn number(&self) -> isize {
            self.read.as_raw_fd() as isize
        }

        /// Makes it readable. A full pipe is readable already, so a failure to write changes nothing.
        pub(in crate::ffi) fn raise(&mut self) {
            if std::mem::replace(&mut self.raised, true) {
                return;
            }
            #[cfg(any(target_os = "linux", target_os = "android"))]
            let _ = rustix::io::write(&self.read, &1_u64.to_ne_bytes());
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            let _ = rustix::io::write(&self.write, &[1]);
        }

        /// Makes it not readable.
        pub(in crate::ffi) fn lower(&mut self) {
            if !std::mem::take(&mut self.raised) {
                return;
            }
            let mut bytes = [0_u8; 64];
            while rustix::io::read(&self.read, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
        }

        #[cfg(test)]
        pub(in crate::ffi) fn is_raised(&self) -> bool {
            use rustix::event::{PollFd, PollFlags, Timespec, poll};
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            poll(&mut [PollFd::new(&self.read, PollFlags::IN)], Some(&now)).unwrap() == 1
        }
    }
}

#[cfg(not(unix))]
mod other {
    use super::{Code, Error, Result};

    /// There is no such descriptor on this platform; nothing can make one.
    pub(in crate::ffi) enum WakeFd {}

    impl WakeFd {
        pub(in crate::ffi) fn new() -> Result<Self> {
            Err(Error::new(Code::Unsupported, "this platform has no descriptor to wait on: use kei_queue_next"))
        }

        pub(in crate::ffi) fn number(&self) -> isize {
            match *self {}
        }

        pub(in crate::ffi) fn raise(&mut self) {
            match *self {}
        }

        pub(in crate::ffi) fn lower(&mut self) {
            match *self {}
        }
    }
}
