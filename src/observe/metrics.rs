//! Numbers that monitors read, of one runtime: counted where things happen, and written as text that Prometheus takes (OpenMetrics 1.0).
//!
//! Names begin with `kei_`. A label's value is one of a few words of our own, never a text from outside: so their number is bounded, and no secret gets into one.

use std::sync::{Mutex, PoisonError};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// What happens to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenEvent {
    /// It was granted.
    Granted,
    /// It was refused, which will not mend itself.
    Refused,
    /// It could not be had, which may pass.
    Unavailable,
    /// It was given up since a server answered 401 to it.
    Rejected,
    /// It was replaced by one with more scopes.
    SteppedUp,
    /// It was given up by logging out.
    LoggedOut,
}

impl TokenEvent {
    /// Its name in the audit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "token.granted",
            Self::Refused => "token.refused",
            Self::Unavailable => "token.unavailable",
            Self::Rejected => "token.rejected",
            Self::SteppedUp => "token.stepped_up",
            Self::LoggedOut => "token.logged_out",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    outcome: &'static str,
}

/// The numbers of a runtime.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    token_requests: Family<Ended, Counter>,
    token_rejections: Counter,
    token_step_ups: Counter,
    token_logouts: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("kei");
        let (token_requests, token_rejections) = (Family::default(), Counter::default());
        let (token_step_ups, token_logouts) = (Counter::default(), Counter::default());
        registry.register("token_requests", "Tokens asked for, by how that ended", token_requests.clone());
        registry.register(
            "token_rejections",
            "Tokens given up since a server answered 401 to them",
            token_rejections.clone(),
        );
        registry.register("token_step_ups", "Tokens replaced by one with more scopes", token_step_ups.clone());
        registry.register("token_logouts", "Tokens given up by logging out", token_logouts.clone());
        Self { registry: Mutex::new(registry), token_requests, token_rejections, token_step_ups, token_logouts }
    }
}

impl Metrics {
    /// Something happened to a token.
    pub fn token(&self, event: TokenEvent) {
        let ended = |outcome| self.token_requests.get_or_create(&Ended { outcome }).inc();
        match event {
            TokenEvent::Granted => ended("granted"),
            TokenEvent::Refused => ended("refused"),
            TokenEvent::Unavailable => ended("unavailable"),
            TokenEvent::Rejected => self.token_rejections.inc(),
            TokenEvent::SteppedUp => self.token_step_ups.inc(),
            TokenEvent::LoggedOut => self.token_logouts.inc(),
        };
    }

    /// All of them as text.
    pub fn text(&self) -> String {
        let mut all = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a text does not fail.
        let _ = text::encode(&mut all, &registry);
        all
    }
}
