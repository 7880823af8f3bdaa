//! Where the last panic of a thread was: for the log of a runtime whose work it was, when that was not entered on the thread.

use std::cell::RefCell;
use std::panic::Location;

/// What the log says of it.
pub(crate) const CAUGHT: &str = "a fault was caught";

thread_local! {
    static LAST: RefCell<Option<Fault>> = const { RefCell::new(None) };
}

/// A place in the source.
pub(crate) struct Fault {
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// Notes where a panic of the current thread is.
pub(crate) fn note(place: &Location<'_>) {
    LAST.set(Some(Fault { file: place.file().to_owned(), line: place.line() }));
}

/// Where it was, told once.
pub(crate) fn take() -> Option<Fault> {
    LAST.take()
}
