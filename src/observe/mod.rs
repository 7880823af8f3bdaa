//! What the library tells of itself: redacted, bounded, and never in a call's way.

pub mod log;
pub mod metrics;
pub mod redact;
