//! The body of an event while it waits in a queue.

use std::ops::Deref;

use bytes::Bytes;

use super::buf::wipe;

/// Bytes that are wiped when they are done with.
pub(super) enum Body {
    /// Its own.
    Own(Vec<u8>),
    /// A part of what is wiped by itself when nobody holds any of it any more.
    Part(Bytes),
}

impl Default for Body {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Own(bytes)
    }
}

impl From<Body> for Vec<u8> {
    fn from(body: Body) -> Self {
        match body {
            Body::Own(bytes) => bytes,
            Body::Part(part) => {
                // With room for the NUL.
                let mut bytes = Self::with_capacity(part.len() + 1);
                bytes.extend_from_slice(&part);
                bytes
            }
        }
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Part(part) => part,
        }
    }
}

impl Body {
    /// Wipes it, as far as it is its own.
    pub(super) fn wipe(&mut self) {
        match self {
            Self::Own(bytes) => wipe(bytes),
            Self::Part(part) => part.clear(),
        }
    }
}
