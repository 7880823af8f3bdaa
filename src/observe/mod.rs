//! What the library tells of itself: redacted, bounded, and never in a call's way.

pub mod log;
pub mod metrics;
pub mod redact;

use std::sync::Arc;

use crate::config::RedactionConfig;

/// What sees a runtime's work. Cloning shares it.
#[derive(Clone, Default)]
pub struct Observe {
    /// The secrets in use.
    pub redactor: Arc<redact::Redactor>,
    /// What happened, counted.
    pub metrics: Arc<metrics::Metrics>,
}

impl Observe {
    /// That of a new runtime.
    pub fn new(redaction: &RedactionConfig) -> Self {
        Self { redactor: Arc::new(redact::Redactor::with(redaction)), metrics: Arc::default() }
    }
}
