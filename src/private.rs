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

/// A file that is held against other processes and other runtimes until this is dropped: to close it would not do, where a child that the host has forked
/// meanwhile still has it open.
pub(crate) struct Held(File);

impl Held {
    /// Fails when another holds it.
    pub(crate) fn new(file: File) -> io::Result<Self> {
        file.try_lock()?;
        Ok(Self(file))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // If it fails, the system lets go of it with the last who has it open.
        let _ = self.0.unlock();
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_held_by_one_and_let_go_of_though_a_child_still_has_it_open() {
        let folder = tempfile::tempdir().unwrap();
        let file = || options().open(folder.path().join("lock")).unwrap();
        let first = file();
        // As a fork has it: another descriptor of the same open file.
        let _childs = first.try_clone().unwrap();
        let held = Held::new(first).unwrap();
        assert!(Held::new(file()).is_err());
        drop(held);
        assert!(Held::new(file()).is_ok());
    }
}
