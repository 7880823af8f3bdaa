//! Where a request goes, with what is derived from its URL: many requests go to the same place.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use hyper::Uri;
use hyper::header::HeaderValue;
use url::{Position, Url};

/// A URL that requests are sent to. Cloning shares it.
#[derive(Clone)]
pub struct Destination(Arc<Inner>);

struct Inner {
    url: Url,
    origin: Box<str>,
    wire: OnceLock<Result<Wire, String>>,
}

/// A URL as it stands in a request.
pub(super) struct Wire {
    /// The whole of it.
    pub(super) absolute: Uri,
    /// Its path and query (RFC 9112 section 3.2.1).
    pub(super) path: Uri,
    /// Its host and, if that is not the scheme's own, its port (RFC 9110 section 7.2).
    pub(super) host: HeaderValue,
}

impl Destination {
    /// Scheme, host and port, as [`super::origin`] has them.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// What is sent of it, or why it cannot be sent.
    pub(super) fn wire(&self) -> Result<&Wire, &str> {
        self.0.wire.get_or_init(|| Wire::of(&self.0.url, self.origin())).as_ref().map_err(String::as_str)
    }
}

impl From<Url> for Destination {
    fn from(url: Url) -> Self {
        let origin = super::origin(&url).into_boxed_str();
        Self(Arc::new(Inner { url, origin, wire: OnceLock::new() }))
    }
}

impl Deref for Destination {
    type Target = Url;

    fn deref(&self) -> &Url {
        &self.0.url
    }
}

impl Wire {
    fn of(url: &Url, origin: &str) -> Result<Self, String> {
        let why = |error: &dyn std::fmt::Display| format!("its URL cannot be sent ({error})");
        let parse = |text: &str| Uri::try_from(text).map_err(|error| why(&error));
        let path_text = &url[Position::BeforePath..Position::AfterQuery];
        // Without a user's name or password.
        let absolute = parse(&[origin, path_text].concat())?;
        let path = parse(path_text)?;
        let host =
            HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort]).map_err(|error| why(&error))?;
        Ok(Self { absolute, path, host })
    }
}
