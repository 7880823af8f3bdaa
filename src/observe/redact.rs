//! The value registry: every secret that the library holds, searched for in everything that leaves it.

use std::borrow::Cow;

use crate::secret::Secret;

/// Knows the secrets in use and masks them wherever they appear.
#[derive(Default)]
pub struct Redactor {}

impl Redactor {
    /// A redactor that knows no secret yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a secret known. `kind` names it in the mask, for example `client_secret`.
    pub fn register(&self, _kind: &'static str, _secret: &Secret) {}

    /// The text with every known secret masked.
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        Cow::Borrowed(text)
    }
}
