//! A mark that a forked child does not inherit: so seeing whether this is one takes a look at memory, and no system call.

/// The mark. Where the system has none, it never says that it is whole, and the process's number is asked for instead.
pub(super) struct Stamp(#[cfg(target_os = "linux")] Option<std::ptr::NonNull<std::sync::atomic::AtomicU8>>);

// SAFETY: it points to a page that is never given back, and is only read after it was made.
unsafe impl Send for Stamp {}
// SAFETY: as above; the byte is atomic.
unsafe impl Sync for Stamp {}

impl Stamp {
    #[cfg(target_os = "linux")]
    pub(super) fn new() -> Self {
        use std::sync::atomic::{AtomicU8, Ordering};

        const ROOM: usize = 4096;
        // SAFETY: a new page of our own, of a size that any system rounds up to its own.
        let page = unsafe {
            let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            libc::mmap(std::ptr::null_mut(), ROOM, access, kind, -1, 0)
        };
        if page == libc::MAP_FAILED {
            return Self(None);
        }
        // SAFETY: advice about the page just made. An emulator that takes advice which does not exist does not do what it is asked for either.
        let kept =
            unsafe { libc::madvise(page, ROOM, -1) != 0 && libc::madvise(page, ROOM, libc::MADV_WIPEONFORK) == 0 };
        let mark = std::ptr::NonNull::new(page.cast::<AtomicU8>()).filter(|_| kept);
        // SAFETY: the page is writable, and an atomic byte may stand anywhere.
        mark.inspect(|mark| unsafe { mark.as_ref() }.store(1, Ordering::Relaxed))
            .map_or(Self(None), |mark| Self(Some(mark)))
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn new() -> Self {
        Self()
    }

    /// Whether this surely is the process that made it.
    #[cfg(target_os = "linux")]
    pub(super) fn is_whole(&self) -> bool {
        // SAFETY: the page is never given back.
        self.0.is_some_and(|mark| unsafe { mark.as_ref() }.load(std::sync::atomic::Ordering::Relaxed) == 1)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn is_whole(&self) -> bool {
        false
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_whole_here_and_not_in_a_forked_child() {
        let stamp = Stamp::new();
        assert!(stamp.is_whole());
        // SAFETY: the child does nothing but look at memory and leave.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: leaving without the parent's handlers is what a forked child may do.
            unsafe { libc::_exit(i32::from(stamp.is_whole())) };
        }
        let mut status = -1;
        // SAFETY: the child is ours, and the place may be written.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "{status}");
    }
}
