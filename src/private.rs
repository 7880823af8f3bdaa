//! Files that are nobody else's business: made with mode 0600, held by one process at a time.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How to open one to read and write it, made where it is missing.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// What changes with a file: when it was written, and its length.
pub(crate) type Mark = (SystemTime, u64);

/// What a file shows now that would be another if it were replaced; `None` for one that is not there.
pub(crate) fn mark(path: &Path) -> Option<Mark> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// The path with a further ending.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Holds a file against other processes and other runtimes, as long as it is open. Fails when another has it.
#[cfg(unix)]
pub(crate) fn lock(file: &File) -> io::Result<()> {
    Ok(rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?)
}

#[cfg(not(unix))]
pub(crate) fn lock(_file: &File) -> io::Result<()> {
    Ok(())
}

/// The mode of a file that others may read, or write; `None` for one that they may not.
#[cfg(unix)]
pub(crate) fn open_to_others(file: &File) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map(|found| found.permissions().mode()).unwrap_or_default();
    (mode & 0o077 != 0).then_some(mode & 0o7777)
}

#[cfg(not(unix))]
pub(crate) fn open_to_others(_file: &File) -> Option<u32> {
    None
}
