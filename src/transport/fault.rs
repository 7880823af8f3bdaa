//! What went wrong in an exchange, told from the chain of causes that the libraries below give.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::time::Duration;

use super::connect::Late;
use super::{Progress, TransportError, tls};
use crate::error::words;

/// What kind of failure an answer ended with after it had begun.
pub(super) fn broken_off(error: &(dyn StdError + 'static), origin: &str) -> TransportError {
    let (origin, why) = (origin.to_owned(), cause(error));
    let kinds = chain(error).filter_map(|error| error.downcast_ref::<io::Error>().map(io::Error::kind));
    let malformed = matches!(kinds.last(), Some(ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::Other));
    let cut = find::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message)
        || find::<h2::Error>(error).is_some()
        || find::<rustls::Error>(error).is_some();
    if malformed && !cut {
        return TransportError::Protocol { origin, why };
    }
    TransportError::Lost { origin, why: format!("the answer broke off ({why})"), progress: Progress::InAnswer }
}

/// What kind of failure an exchange ended with for which no connection came about. Making one may take `limit`.
pub(super) fn unconnected(error: &(dyn StdError + 'static), origin: &str, limit: Duration) -> TransportError {
    let (origin, why) = (origin.to_owned(), cause(error));
    if let Some(tls) = find::<rustls::Error>(error) {
        return TransportError::Tls { origin, why: tls::why(tls) };
    }
    if find::<Late>(error).is_some() {
        return TransportError::Timeout { origin, limit, progress: Progress::NotSent };
    }
    let dns = chain(error).any(|source| source.to_string().contains("dns error"));
    if dns { TransportError::Dns { origin, why } } else { TransportError::Connect { origin, why } }
}

/// What kind of failure an exchange ended with whose connection was lost before anything was sent on it.
pub(super) fn unsent(error: &(dyn StdError + 'static), origin: &str) -> TransportError {
    TransportError::Lost { origin: origin.to_owned(), why: cause(error), progress: Progress::NotSent }
}

/// What kind of failure an exchange without an answer ended with, once its request was sent, or part of it.
pub(super) fn unanswered(error: &(dyn StdError + 'static), origin: &str) -> TransportError {
    let (origin, why) = (origin.to_owned(), cause(error));
    if let Some(error) = find::<h2::Error>(error)
        && let Some(why) = untouched(error)
    {
        return TransportError::Lost { origin, why: why.to_owned(), progress: Progress::NotSent };
    }
    if let Some(error) = find::<hyper::Error>(error) {
        if error.is_canceled() {
            return TransportError::Lost { origin, why, progress: Progress::NotSent };
        }
        if error.is_parse() {
            return TransportError::Protocol { origin, why };
        }
    }
    TransportError::Lost { origin, why, progress: Progress::NoAnswer }
}

/// Why the server has done nothing with a request (RFC 9113 section 8.7), if it said so.
fn untouched(error: &h2::Error) -> Option<&'static str> {
    if error.is_remote() && error.reason() == Some(h2::Reason::REFUSED_STREAM) {
        return Some("the server refused the stream");
    }
    // A stream ends with this error only if its number is above the last one that the server looked at.
    (error.is_remote() && error.is_go_away())
        .then_some("the server closed the connection before it looked at the request")
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    fn deeper<'a>(error: &&'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
        let error: &'a (dyn StdError + 'static) = *error;
        // An I/O error shows the source of what it wraps, not what it wraps.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    }
    std::iter::successors(Some(error), deeper)
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The deepest cause: what the system or the protocol said, without the URL.
pub(super) fn cause(error: &(dyn StdError + 'static)) -> String {
    words(&chain(error).last().map(ToString::to_string).unwrap_or_default())
}
