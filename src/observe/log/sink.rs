//! Where lines go: the standard error, or a file that is replaced when it has grown.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};

/// A place for lines.
pub(super) enum Sink {
    Stderr,
    File(Box<Rotating>),
    #[cfg(all(test, unix))]
    Any(Box<dyn Write + Send>),
}

/// A write that failed.
pub(super) struct Failure {
    /// How many bytes were written before: whole lines.
    pub(super) written: usize,
    pub(super) error: io::Error,
}

impl Sink {
    /// Writes lines, which it does not mix with others'.
    pub(super) fn write(&mut self, lines: &[u8]) -> std::result::Result<(), Failure> {
        match self {
            Self::Stderr => whole(lines, stderr).map_err(|(written, error)| cut(lines, written, error)),
            Self::File(file) => file.write(lines),
            #[cfg(all(test, unix))]
            Self::Any(sink) => whole(lines, |part| sink.write(part)).map_err(|(at, error)| cut(lines, at, error)),
        }
    }

    /// What it is called in messages.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stderr => "the standard error".to_owned(),
            Self::File(file) => format!("the log file {}", file.path.display()),
            #[cfg(all(test, unix))]
            Self::Any(_) => "the sink".to_owned(),
        }
    }
}

fn whole(
    lines: &[u8],
    mut write: impl FnMut(&[u8]) -> io::Result<usize>,
) -> std::result::Result<(), (usize, io::Error)> {
    let mut written = 0;
    while written < lines.len() {
        match write(&lines[written..]) {
            Ok(0) => return Err((written, io::ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err((written, error)),
        }
    }
    Ok(())
}

/// A failure after `at` bytes, of which only those up to the last end of a line count.
fn cut(lines: &[u8], at: usize, error: io::Error) -> Failure {
    let written = lines[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    Failure { written, error }
}

/// Writes past the lock that the standard library keeps for standard error: a child forked while a thread holds that would wait for ever.
#[cfg(unix)]
fn stderr(part: &[u8]) -> io::Result<usize> {
    Ok(rustix::io::write(rustix::stdio::stderr(), part)?)
}

#[cfg(not(unix))]
fn stderr(part: &[u8]) -> io::Result<usize> {
    io::stderr().lock().write(part)
}

/// A file that becomes `name.1` when it has grown to its limit, after `name.1` became `name.2`, and so on.
pub(super) struct Rotating {
    path: PathBuf,
    file: File,
    length: u64,
    /// Whether it can be renamed and cut: not a terminal or a pipe.
    regular: bool,
    max_bytes: u64,
    max_files: usize,
}

impl Rotating {
    /// Opens the file, made with mode 0600, to append to it.
    pub(super) fn open(path: &str, max_bytes: u64, max_files: usize) -> Result<Self> {
        let wrong = |error: &io::Error| {
            let message = format!(
                "`log.file`: {path} cannot be written ({error}); name a file in a folder that exists and may be written to"
            );
            Error::new(Code::ConfigFile, message).with("field", "log.file")
        };
        let file = append(Path::new(path)).map_err(|error| wrong(&error))?;
        let found = file.metadata().map_err(|error| wrong(&error))?;
        Ok(Self { path: path.into(), file, length: found.len(), regular: found.is_file(), max_bytes, max_files })
    }

    fn write(&mut self, lines: &[u8]) -> std::result::Result<(), Failure> {
        if self.regular {
            self.follow();
        }
        let mut done = 0;
        // A batch may be larger than a file: it is cut at the ends of lines.
        while done < lines.len() {
            let rest = &lines[done..];
            let part = if self.regular { self.fitting(rest) } else { rest.len() };
            if part == 0 {
                self.rotate().map_err(|error| Failure { written: done, error })?;
                continue;
            }
            if let Err((at, error)) = whole(&rest[..part], |part| self.file.write(part)) {
                let failure = cut(rest, at, error);
                self.length += failure.written as u64;
                if self.regular && failure.written < at {
                    // Half a line is taken back; where even that fails, it stands.
                    let _ = self.file.set_len(self.length);
                }
                return Err(Failure { written: done + failure.written, error: failure.error });
            }
            self.length += part as u64;
            done += part;
        }
        Ok(())
    }

    /// How many bytes of whole lines go into the file as it is; at least one line into an empty one.
    fn fitting(&self, lines: &[u8]) -> usize {
        let room = self.max_bytes.saturating_sub(self.length);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        if lines.len() <= room {
            return lines.len();
        }
        match lines[..room].iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None if self.length == 0 => lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |end| end + 1),
            None => 0,
        }
    }

    fn numbered(&self, number: usize) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }

    fn rotate(&mut self) -> io::Result<()> {
        // Each rename replaces what has the name; the oldest goes so.
        for number in (1..self.max_files).rev() {
            let _ = std::fs::rename(self.numbered(number), self.numbered(number + 1));
        }
        if self.max_files > 0 {
            std::fs::rename(&self.path, self.numbered(1))?;
        } else {
            std::fs::remove_file(&self.path)?;
        }
        self.reopen()
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.file = append(&self.path)?;
        self.length = self.file.metadata()?.len();
        Ok(())
    }

    /// Opens the file anew if another program moved it away.
    #[cfg(unix)]
    fn follow(&mut self) {
        use std::os::unix::fs::MetadataExt;
        let identity = |found: std::fs::Metadata| (found.dev(), found.ino());
        let (named, held) = (std::fs::metadata(&self.path).map(identity), self.file.metadata().map(identity));
        if named.ok() != held.ok() {
            // Where that fails, the file that is open is written on.
            let _ = self.reopen();
        }
    }

    #[cfg(not(unix))]
    fn follow(&mut self) {}
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn a_file_that_has_grown_makes_room_and_only_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut file = Rotating::open(path.to_str().unwrap(), 10, 2).unwrap();
        for number in 0..7 {
            assert!(file.write(format!("line{number}\n").as_bytes()).is_ok());
        }
        assert_eq!(
            (text(&path), text(&file.numbered(1)), text(&file.numbered(2))),
            ("line6\n".into(), "line5\n".into(), "line4\n".into())
        );
        assert!(!file.numbered(3).exists());
        // Many lines at once are spread, and a line that is longer than a file stands by itself.
        assert!(file.write(b"a\nb\na long line of its own\nc\n").is_ok());
        assert_eq!(
            (text(&path), text(&file.numbered(1)), text(&file.numbered(2))),
            ("c\n".into(), "a long line of its own\n".into(), "line6\na\nb\n".into())
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_moved_away_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("log"), folder.path().join("moved"));
        let mut file = Rotating::open(path.to_str().unwrap(), 1000, 2).unwrap();
        assert!(file.write(b"1\n").is_ok());
        std::fs::rename(&path, &moved).unwrap();
        assert!(file.write(b"2\n").is_ok());
        assert_eq!((text(&moved), text(&path)), ("1\n".into(), "2\n".into()));
    }
}
