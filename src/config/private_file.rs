//! Files that are read once, from one descriptor: what was checked is what is read, whatever happens to the path meanwhile.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::error::{Code, Error};
use crate::secret::Secret;

/// The largest configuration file.
const MOST: u64 = 1 << 20;
/// The largest file that holds one secret.
const MOST_SECRET: u64 = 64 << 10;

/// The folders whose files may hold secrets though others can read or own them (`config.mounted_secrets`). Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Mounts(Arc<[PathBuf]>);

impl Mounts {
    /// These folders.
    pub fn new(folders: &[String]) -> Self {
        Self(folders.iter().filter(|folder| !folder.is_empty()).map(PathBuf::from).collect())
    }

    /// Whether a file is in one of them, by its path as it was given: what a link in such a folder leads to was put there by whoever owns the folder.
    fn hold(&self, path: &Path) -> bool {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        !path.components().any(|part| part == Component::ParentDir)
            && self.0.iter().any(|folder| path.starts_with(folder))
    }
}

/// A file that is open for reading, and what the system says of it: of the file itself, not of its name.
#[derive(Debug)]
pub struct Opened {
    file: File,
    found: Metadata,
    path: PathBuf,
    #[cfg_attr(not(unix), allow(dead_code))]
    mounted: bool,
    /// For errors: what the file is, for example "`auth.token_file`".
    what: String,
}

impl Opened {
    /// Opens a regular file. `what` names it in errors.
    pub fn open(path: &Path, what: &str, mounts: &Mounts) -> Result<Self, Error> {
        let failed = |error: io::Error| wrong(what, path, &format!("cannot be read: {error}"));
        let mut options = OpenOptions::new();
        options.read(true);
        // A pipe without a writer would hold the opening up; it is refused below.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_CLOEXEC);
        let file = options.open(path).map_err(failed)?;
        let found = file.metadata().map_err(failed)?;
        if !found.is_file() {
            return Err(wrong(what, path, "is not a regular file"));
        }
        Ok(Self { file, found, path: path.to_owned(), mounted: mounts.hold(path), what: what.to_owned() })
    }

    /// Checks that nobody else has written it.
    pub fn check(&self) -> Result<(), Error> {
        self.judge(false)
    }

    /// Checks that it may hold a secret: it is this user's, and nobody else can read it.
    pub fn check_private(&self) -> Result<(), Error> {
        self.judge(true)
    }

    #[cfg(unix)]
    fn judge(&self, secret: bool) -> Result<(), Error> {
        use std::os::unix::fs::MetadataExt;
        if self.mounted {
            return Ok(());
        }
        let own = rustix::process::geteuid().as_raw();
        match judge(self.found.mode() & 0o7777, self.found.uid(), own, secret) {
            Some(why) => Err(wrong(&self.what, &self.path, &why)),
            None => Ok(()),
        }
    }

    #[cfg(not(unix))]
    #[allow(clippy::unnecessary_wraps, clippy::unused_self)]
    fn judge(&self, _secret: bool) -> Result<(), Error> {
        Ok(())
    }

    /// All of it, as text.
    pub fn read(&self) -> Result<Secret, Error> {
        self.read_most(MOST)
    }

    fn read_most(&self, most: u64) -> Result<Secret, Error> {
        let too_large = || wrong(&self.what, &self.path, &format!("is larger than {} KiB", most >> 10));
        if self.found.len() > most {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(self.found.len()).unwrap_or(0) + 1);
        let read = (&self.file).take(most + 1).read_to_end(&mut bytes);
        read.map_err(|error| wrong(&self.what, &self.path, &format!("cannot be read: {error}")))?;
        if bytes.len() as u64 > most {
            return Err(too_large());
        }
        String::from_utf8(bytes).map(Secret::new).map_err(|_| wrong(&self.what, &self.path, "is not UTF-8"))
    }
}

/// Reads a file that holds a secret and nothing else, without the end of its last line.
pub fn read_secret(path: &Path, what: &str, mounts: &Mounts) -> Result<Secret, Error> {
    let opened = Opened::open(path, what, mounts)?;
    opened.check_private()?;
    let text = opened.read_most(MOST_SECRET)?;
    let trimmed = text.expose().trim_end_matches(['\r', '\n']);
    if trimmed.is_empty() {
        return Err(wrong(what, path, "is empty; it should hold the secret"));
    }
    Ok(Secret::new(trimmed))
}

/// Why a file of this mode and owner is refused, for one that holds secrets or not.
#[cfg(unix)]
fn judge(mode: u32, owner: u32, own: u32, secret: bool) -> Option<String> {
    let mend = "or name its folder in `config.mounted_secrets` if a platform put it there";
    if secret && owner != own {
        return Some(format!(
            "holds a secret and belongs to another user (uid {owner}, this is uid {own}): chown it, {mend}"
        ));
    }
    if secret && mode & 0o077 != 0 {
        return Some(format!("holds a secret and can be used by others (mode {mode:04o}): chmod 600 it, {mend}"));
    }
    // Root's files are as good as one's own; a folder's permissions stand before those of others' files.
    (!secret && mode & 0o002 != 0).then(|| format!("can be written by anyone (mode {mode:04o}): chmod o-w it"))
}

fn wrong(what: &str, path: &Path, why: &str) -> Error {
    let error = Error::new(Code::ConfigFile, format!("{what}: {} {why}", path.display()));
    match what.strip_prefix('`').and_then(|what| what.strip_suffix('`')) {
        Some(field) => error.with("field", field),
        None => error,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::sync::atomic::{AtomicBool, Ordering};

    const OWN: u32 = 1000;

    fn file(folder: &Path, name: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, format!("{name}-secret")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn read(path: &Path, mounts: &Mounts) -> Result<Secret, Error> {
        read_secret(path, "`auth.token_file`", mounts)
    }

    #[test]
    fn who_may_do_what_with_a_file_decides_whether_it_is_read() {
        for (mode, owner, secret, taken) in [
            (0o600, OWN, true, true),
            (0o400, OWN, true, true),
            (0o640, OWN, true, false),
            (0o644, OWN, true, false),
            (0o602, OWN, true, false),
            (0o660, OWN, true, false),
            (0o600, 0, true, false),
            (0o600, OWN + 1, true, false),
            (0o644, OWN, false, true),
            (0o664, OWN, false, true),
            (0o644, 0, false, true),
            (0o666, OWN, false, false),
            (0o622, OWN, false, false),
        ] {
            assert_eq!(judge(mode, owner, OWN, secret).is_none(), taken, "{mode:o} {owner} {secret}");
        }
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused_with_what_would_mend_it() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o644, 0o640, 0o604, 0o660] {
            let error = read(&file(folder.path(), "open", mode), &Mounts::default()).unwrap_err();
            assert_eq!((error.code, &error.details["field"]), (Code::ConfigFile, &"auth.token_file".into()));
            assert!(error.message.contains("chmod 600") && error.message.contains(&format!("{mode:04o}")), "{error}");
            assert!(!error.to_json().contains("open-secret"));
        }
        for mode in [0o600, 0o400] {
            let path = file(folder.path(), &format!("closed-{mode:o}"), mode);
            assert_eq!(read(&path, &Mounts::default()).unwrap().expose(), format!("closed-{mode:o}-secret"));
        }
    }

    #[test]
    fn a_secret_that_another_user_owns_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "foreign", 0o600);
        // Root can give a file away; anyone else finds one of root's on every system.
        let path = if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(54321), None).unwrap();
            path
        } else {
            PathBuf::from("/etc/passwd")
        };
        let error = read(&path, &Mounts::default()).unwrap_err();
        assert!(error.message.contains("belongs to another user"), "{error}");
        let mounts = Mounts::new(&[path.parent().unwrap().to_str().unwrap().to_owned()]);
        assert!(read(&path, &mounts).is_ok(), "the named override is for just this");
    }

    #[test]
    fn a_mounted_folder_holds_only_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("mounted");
        std::fs::create_dir(&inside).unwrap();
        let mounts = Mounts::new(&[inside.to_str().unwrap().to_owned()]);
        file(&inside, "a", 0o644);
        file(folder.path(), "b", 0o644);
        assert!(read(&inside.join("a"), &mounts).is_ok());
        assert!(read(&inside.join("../b"), &mounts).is_err(), "no way out of the folder");
        assert!(read(&folder.path().join("b"), &mounts).is_err());
    }

    #[test]
    fn what_was_checked_is_what_is_read_though_a_link_is_turned_between() {
        let folder = tempfile::tempdir().unwrap();
        file(folder.path(), "good", 0o600);
        file(folder.path(), "bad", 0o644);
        let link = folder.path().join("link");
        symlink("good", &link).unwrap();
        let opened = Opened::open(&link, "the file", &Mounts::default()).unwrap();
        opened.check_private().unwrap();
        std::fs::remove_file(&link).unwrap();
        symlink("bad", &link).unwrap();
        assert_eq!(opened.read().unwrap().expose(), "good-secret");
        // And the other way round: a name that is good again does not make good what was opened.
        let opened = Opened::open(&link, "the file", &Mounts::default()).unwrap();
        std::fs::remove_file(&link).unwrap();
        symlink("good", &link).unwrap();
        assert!(opened.check_private().is_err());
    }

    #[test]
    fn a_link_that_turns_all_the_time_never_brings_what_others_can_read() {
        let folder = tempfile::tempdir().unwrap();
        file(folder.path(), "good", 0o600);
        file(folder.path(), "bad", 0o644);
        let (link, next) = (folder.path().join("link"), folder.path().join("next"));
        symlink("good", &link).unwrap();
        let (mut seen, mut wrong) = ([0, 0], 0);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for name in ["bad", "good"].iter().cycle() {
                    symlink(name, &next).unwrap();
                    std::fs::rename(&next, &link).unwrap();
                    if done.load(Ordering::Relaxed) {
                        return;
                    }
                }
            });
            // Until both were met often: then the link was turned often in the middle of a reading, too.
            while seen.iter().any(|times| *times < 10_000) {
                let read = read(&link, &Mounts::default());
                wrong += usize::from(read.as_ref().is_ok_and(|text| text.expose() != "good-secret"));
                seen[usize::from(read.is_ok())] += 1;
            }
            done.store(true, Ordering::Relaxed);
        });
        assert_eq!(wrong, 0, "of {seen:?} refused and taken");
    }

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
        for path in [folder.path(), &pipe] {
            let error = read(path, &Mounts::default()).unwrap_err();
            assert!(error.message.contains("is not a regular file"), "{error}");
        }
        let large = folder.path().join("large");
        std::fs::write(&large, vec![b'x'; 65 << 10]).unwrap();
        std::fs::set_permissions(&large, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read(&large, &Mounts::default()).unwrap_err().message.contains("larger than 64 KiB"));
    }
}
