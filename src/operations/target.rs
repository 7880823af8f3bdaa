//! Where an operation's request goes: URLs made of the platform's, an endpoint, and names that callers give.

use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;
use url::Url;

use crate::error::{Code, Error, Result};
use crate::transport::Destination;

/// A request that does not fit, with the field that is to blame.
pub(super) fn invalid(field: &str, why: &str) -> Error {
    Error::new(Code::Request, format!("`{field}` {why}")).with("field", field)
}

/// Checks a text that must not be empty.
pub(super) fn filled<'a>(field: &str, text: &'a str) -> Result<&'a str> {
    if text.trim().is_empty() { Err(invalid(field, "must not be empty")) } else { Ok(text) }
}

/// Checks a name that becomes one segment of a path.
pub(super) fn segment<'a>(field: &str, text: &'a str) -> Result<&'a str> {
    filled(field, text)?;
    if text.len() > 256 {
        return Err(invalid(field, "must not be longer than 256 bytes"));
    }
    if matches!(text, "." | "..") || text.contains(['/', '\\']) || text.chars().any(char::is_control) {
        return Err(invalid(field, "must be a plain name: no slash, no control character, not `.` or `..`"));
    }
    Ok(text)
}

/// The platform's URL with an endpoint and further segments behind it.
pub(super) fn join(base: &Url, endpoint: &str, segments: &[&str]) -> Result<Url> {
    let mut url = base.clone();
    url.set_path(&format!("{}/{}", base.path().trim_end_matches('/'), endpoint.trim_matches('/')));
    match url.path_segments_mut() {
        Ok(mut path) => _ = path.pop_if_empty().extend(segments),
        Err(()) => return Err(Error::new(Code::Config, "`base_url` cannot have a path")),
    }
    Ok(url)
}

/// As many places as a session keeps.
const MOST: usize = 256;

/// Where requests have gone, kept for the next: to make a URL and what is derived from it takes longer than to send it.
#[derive(Default)]
pub struct Places(Mutex<HashMap<Box<str>, Segments>>);

/// What goes behind an endpoint, and where that leads.
type Segments = HashMap<Box<str>, Destination>;

impl Places {
    /// The platform's URL with an endpoint and a segment behind it, as [`join`] makes it; `base` is always the same.
    pub(super) fn to(&self, base: &Url, endpoint: &str, segment: &str) -> Result<Destination> {
        let mut endpoints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = endpoints.get(endpoint).and_then(|segments| segments.get(segment)) {
            return Ok(place.clone());
        }
        let place = Destination::from(join(base, endpoint, &[segment])?);
        let segments = endpoints.entry(endpoint.into()).or_default();
        if segments.len() >= MOST {
            segments.clear();
        }
        segments.insert(segment.into(), place.clone());
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_into_one_segment() {
        let base = Url::parse("https://a.example/kei").unwrap();
        let url = join(&base, "/api/v1/rpc", &["do it?"]).unwrap();
        assert_eq!(url.as_str(), "https://a.example/kei/api/v1/rpc/do%20it%3F");
        let plain = join(&Url::parse("https://a.example").unwrap(), "/api/v1/health", &[]).unwrap();
        assert_eq!(plain.as_str(), "https://a.example/api/v1/health");
    }

    #[test]
    fn a_name_cannot_leave_its_segment() {
        for bad in ["", " ", ".", "..", "a/b", "a\\b", "a\nb"] {
            let error = segment("agent_id", bad).unwrap_err();
            assert!(error.message.starts_with("`agent_id` must"), "{bad:?}: {}", error.message);
        }
        assert!(segment("agent_id", "agent 1.ü").is_ok());
    }
}
