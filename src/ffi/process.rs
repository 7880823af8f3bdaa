//! What the library keeps in this process, and how a forked child lets go of it.
//!
//! A child gets a copy of its parent's memory, but none of its threads: a lock that one of them held stays locked for ever, and a
//! runtime has nobody to run it. So nothing of the parent's is touched in a child, not even to drop it. The child refuses every call until it is told to begin
//! anew, and then leaves all of it behind.

use std::collections::BTreeMap;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use once_cell::sync::Lazy;

use super::abi::{kei_handle, kei_runtime, kei_status};
use super::guard::guard_anywhere;
use super::handle::{Object, Table};
use super::stamp::Stamp;
use crate::error::{Code, Error, Result};
use crate::operations;
use crate::runtime::{self, Runtime};
use crate::seat;
use crate::secret::Secret;

/// The state of the library in one process. Never dropped.
pub(super) struct Process {
    pid: u32,
    stamp: Stamp,
    forks: u32,
    pub(super) table: Table,
    /// The process's own runtime, made when it is first needed and again after it was shut down.
    default: Mutex<Option<Runtime>>,
}

static CURRENT: AtomicPtr<Process> = AtomicPtr::new(ptr::null_mut());

type Runtimes = BTreeMap<kei_handle, Secret>;

/// The configurations of the runtimes that are open, to make them anew in a child, which never waits for this lock.
static RUNTIMES: Lazy<Mutex<Runtimes>> = Lazy::new(Mutex::default);

impl Process {
    fn new(forks: u32, table: Table) -> Self {
        Self { pid: std::process::id(), stamp: Stamp::new(), forks, table, default: Mutex::default() }
    }

    /// That of a forked child.
    fn child(&self) -> Result<Self> {
        let forks = self.forks + 1;
        let table = Table::after(forks).ok_or_else(|| {
            Error::new(Code::Overloaded, "the process descends from too many forks that each began the library anew")
        })?;
        Ok(Self::new(forks, table))
    }

    pub(super) fn default_runtime(&self) -> MutexGuard<'_, Option<Runtime>> {
        self.default.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The library's state; not yet made when it was never used.
fn current() -> Option<&'static Process> {
    // SAFETY: what the pointer was set to is leaked, and only ever shared.
    unsafe { CURRENT.load(Ordering::Acquire).as_ref() }
}

/// Puts `next` in place of `before`. Another thread may have been faster; then that one's counts.
fn replace(before: Option<&'static Process>, next: Process) -> &'static Process {
    let before = before.map_or(ptr::null_mut(), |before| ptr::from_ref(before).cast_mut());
    let next = Box::into_raw(Box::new(next));
    match CURRENT.compare_exchange(before, next, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: it was just made, and is leaked from now on.
        Ok(_) => unsafe { &*next },
        Err(faster) => {
            // SAFETY: nobody else has seen `next`; `faster` is leaked.
            unsafe {
                drop(Box::from_raw(next));
                &*faster
            }
        }
    }
}

/// The library's state, made when it is first needed.
pub(super) fn here() -> &'static Process {
    current().unwrap_or_else(|| {
        operations::count_handles_with(|| here().table.counts());
        Lazy::force(&RUNTIMES);
        replace(None, Process::new(0, Table::new()))
    })
}

/// An error in a forked child that was not told to begin anew.
pub(super) fn check() -> Result<()> {
    let here = here();
    if here.stamp.is_whole() || here.pid == std::process::id() {
        return Ok(());
    }
    let message =
        "the process was forked after the library was first used: call kei_runtime_after_fork_child in the child first";
    Err(Error::new(Code::Forked, message))
}

/// Remembers how a runtime is made.
pub(super) fn remember(handle: kei_handle, config: &Secret) {
    runtimes().insert(handle, config.clone());
}

/// Forgets how a runtime was made.
pub(super) fn forget(handle: kei_handle) {
    runtimes().remove(&handle);
}

fn runtimes() -> MutexGuard<'static, Runtimes> {
    RUNTIMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a runtime of the parent's was made.
fn recalled(handle: kei_handle) -> Result<Secret> {
    let all = match RUNTIMES.try_lock() {
        Ok(all) => all,
        Err(TryLockError::Poisoned(all)) => all.into_inner(),
        Err(TryLockError::WouldBlock) => {
            let message = "the process was forked while another thread made or closed a runtime, so none can be made anew in the child";
            return Err(Error::new(Code::Forked, message));
        }
    };
    all.get(&handle).cloned().ok_or_else(|| Error::new(Code::Stale, "the parent had no such runtime"))
}

/// Begins anew in a forked child, where every other function answers `KEI_E_FORKED` until then. What was inherited is left behind, neither closed nor
/// freed: handles of clients, queues, operations and buffers are stale from now on, and their memory and descriptors stay as they are. `runtime` is the handle
/// of a runtime that the parent had: it stands for a new one of the same configuration from now on. 0 stands for the process's own, as always. Other runtimes that
/// the parent had need a call each. What only one may have, the file of an audit or a fixed port in `server.listen`, is the parent's: a configuration with it is
/// refused with `KEI_E_CONFIG_FILE` or `KEI_E_CONFIG`. Pass 0 then, and make a runtime with a file and a port of its own.
///
/// Call it first in the child, before other threads are made. In a process that is no child of one that used the library, and for a runtime that was made anew already, it does nothing.
/// Do not fork while another thread makes or closes a runtime.
///
/// Answers `KEI_E_STALE` for what is no runtime of the parent's, `KEI_E_FORKED` for any that the parent had, if it was forked as another thread made or
/// closed one, what `kei_runtime_new` answers when the new one cannot be made, or `KEI_E_OVERLOADED` after 15 forks one below the other.
#[unsafe(no_mangle)]
pub extern "C" fn kei_runtime_after_fork_child(runtime: kei_runtime) -> kei_status {
    // SAFETY: NULL is allowed.
    unsafe {
        guard_anywhere(ptr::null_mut(), || {
            let inherited = current().filter(|process| process.pid != std::process::id());
            if let Some(inherited) = inherited {
                replace(Some(inherited), inherited.child()?);
                runtime::forget_thread();
                seat::leave_all();
            }
            let process = here();
            if runtime == 0 || process.table.get::<Runtime>(runtime).is_ok() {
                return Ok(());
            }
            process.table.insert_at(runtime, Object::Runtime(Runtime::new(recalled(runtime)?.expose())?))
        })
    }
}
