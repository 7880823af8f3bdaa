//! Redirects: followed on the same origin, so that neither the credential nor the body ever goes elsewhere by a server's word.

use std::borrow::Cow;

use bytes::Bytes;
use reqwest::header::LOCATION;
use reqwest::{Method, StatusCode};

use super::call::Call;
use crate::transport::{Destination, HttpResponse};

/// What is asked for, and how.
pub(super) struct Target<'a> {
    pub(super) method: Cow<'a, Method>,
    pub(super) url: Cow<'a, Destination>,
    pub(super) body: Cow<'a, Bytes>,
}

impl<'a> Target<'a> {
    pub(super) fn of(call: &'a Call) -> Self {
        Self { method: Cow::Borrowed(&call.method), url: Cow::Borrowed(&call.url), body: Cow::Borrowed(&call.body) }
    }

    /// Where the answer sends this request, if it does and may (RFC 9110 section 15.4).
    pub(super) fn next(&self, response: &HttpResponse) -> Option<Self> {
        let reads = matches!(*self.method, Method::GET | Method::HEAD);
        let none = Cow::Owned(Bytes::new());
        let (method, body) = match response.status {
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => (self.method.clone(), self.body.clone()),
            // What these mean for other methods is not agreed on: some send the request again, some another one.
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND if reads => (self.method.clone(), self.body.clone()),
            // The request has been done; there is something to read about it.
            StatusCode::SEE_OTHER if *self.method == Method::HEAD => (self.method.clone(), none),
            StatusCode::SEE_OTHER => (Cow::Owned(Method::GET), none),
            _ => return None,
        };
        let url = self.url.join(response.headers.get(LOCATION)?.to_str().ok()?).ok()?;
        let plain = url.username().is_empty() && url.password().is_none();
        let url = Destination::from(url);
        (plain && url.origin() == self.url.origin()).then_some(Self { method, url: Cow::Owned(url), body })
    }
}
