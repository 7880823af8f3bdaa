//! What the library tells of itself: redacted, bounded, and never in a call's way.

pub mod audit;
pub mod errors;
pub mod exports;
pub mod log;
pub mod metrics;
pub mod otlp;
pub mod redact;
pub mod trace;

pub use metrics::TokenEvent;

use std::sync::Arc;
use std::time::Duration;

use crate::config::RuntimeConfig;
use crate::error::Result;
use audit::Event;

/// What sees a runtime's work. Cloning shares it.
#[derive(Clone, Default)]
pub struct Observe {
    /// The secrets in use.
    pub redactor: Arc<redact::Redactor>,
    /// What happened, counted.
    pub metrics: Arc<metrics::Metrics>,
    /// What went wrong, counted by its type.
    pub errors: Arc<errors::Errors>,
    /// Who did what.
    pub audit: Arc<audit::Audit>,
    /// The log.
    pub logging: Arc<log::Logging>,
    /// What waits for a collector.
    pub exports: Arc<exports::Exports>,
}

impl Observe {
    /// That of a new runtime.
    pub fn new(config: &RuntimeConfig) -> Result<Self> {
        let redactor = Arc::new(redact::Redactor::with(&config.redaction));
        let logging = Arc::new(log::Logging::start(&config.log, Arc::clone(&redactor))?);
        let audit = Arc::new(audit::Audit::start(&config.audit, &redactor, logging.dispatch())?);
        let exports = Arc::new(exports::Exports::new(&config.otlp));
        Ok(Self { redactor, metrics: Arc::default(), errors: Arc::default(), audit, logging, exports })
    }

    /// Something happened to a token that was got on behalf of `actor`.
    pub fn token(&self, event: TokenEvent, actor: &str) {
        self.metrics.token(event);
        self.audit.note(|| Event::new(event.name(), actor));
    }

    /// Writes what is left to write; gives up on each part after `timeout`.
    pub fn close(&self, timeout: Duration) {
        self.audit.close(timeout);
        self.logging.close(timeout);
    }
}
