//! Numbers that monitors read, of one runtime: counted where things happen, and written as text that Prometheus takes (OpenMetrics 1.0).
//!
//! Names begin with `kei_`. A label's value is one of a few words of our own, never a text from outside: so their number is bounded, and no secret gets into one.

use std::sync::{Mutex, PoisonError};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// How a request for a token ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOutcome {
    /// With a token.
    Granted,
    /// With a refusal that will not mend itself.
    Refused,
    /// With a failure that may pass.
    Unavailable,
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
    /// A request for a token ended.
    pub fn token_request(&self, outcome: TokenOutcome) {
        let outcome = match outcome {
            TokenOutcome::Granted => "granted",
            TokenOutcome::Refused => "refused",
            TokenOutcome::Unavailable => "unavailable",
        };
        self.token_requests.get_or_create(&Ended { outcome }).inc();
    }

    /// A token was given up since a server answered 401 to it.
    pub fn token_rejected(&self) {
        self.token_rejections.inc();
    }

    /// A token was replaced by one with more scopes.
    pub fn token_stepped_up(&self) {
        self.token_step_ups.inc();
    }

    /// A token was given up by logging out.
    pub fn token_logged_out(&self) {
        self.token_logouts.inc();
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
