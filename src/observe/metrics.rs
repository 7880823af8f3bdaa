//! Numbers that monitors read, of one runtime: counted where things happen, and told in one model that Prometheus and OpenTelemetry are written from.
//!
//! Names are OpenTelemetry's where it has one, and begin with `kei.` where not. A label's value is one of a few words of our own, or the name of an operation or a server
//! of the configuration, never a text from outside: so their number is bounded, and no secret gets into one.

mod family;
mod text;

use std::time::Duration;

use crate::error::Code;
use family::{Count, Distribution, Family};

pub use text::text;

/// The bounds of times in seconds that OpenTelemetry recommends.
const SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// A metric with all its points.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name as OpenTelemetry has it, with dots.
    pub name: &'static str,
    /// Its unit (UCUM): `s`, `By`, or something in braces that is counted.
    pub unit: &'static str,
    /// What it tells, in a sentence.
    pub help: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// Its values.
    pub points: Vec<Point>,
}

/// What kind of number a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How values are spread.
    Histogram,
}

/// A value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// What it is the value of, by name, sorted.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: Value,
}

/// The value of a point.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a counter.
    Count(u64),
    /// Of a gauge.
    Level(f64),
    /// Of a histogram.
    Spread {
        /// The upper bounds, without infinity.
        bounds: &'static [f64],
        /// How many values are in each, and past the last.
        counts: Vec<u64>,
        /// The sum of all values.
        sum: f64,
    },
}

impl Metric {
    /// A gauge.
    pub fn gauge(name: &'static str, unit: &'static str, help: &'static str, points: Vec<(Labels, f64)>) -> Self {
        let points = points.into_iter().map(|(labels, level)| Point { labels, value: Value::Level(level) }).collect();
        Self { name, unit, help, kind: Kind::Gauge, points }
    }

    /// A counter without labels.
    pub fn counter(name: &'static str, unit: &'static str, help: &'static str, count: u64) -> Self {
        let points = vec![Point { labels: Vec::new(), value: Value::Count(count) }];
        Self { name, unit, help, kind: Kind::Counter, points }
    }
}

/// What a point is the value of.
pub type Labels = Vec<(&'static str, String)>;

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

/// One exchange with a server.
#[derive(Debug, Clone, Copy)]
pub struct Exchanged<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The server's name or address.
    pub address: &'a str,
    /// Its port.
    pub port: u16,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The error, if there was none.
    pub error: Option<Code>,
}

/// The numbers of a runtime that are counted as things happen.
#[derive(Debug)]
pub struct Metrics {
    requests: Family<Distribution>,
    calls: Family<Distribution>,
    retries: Family<Count>,
    token_requests: Family<Count>,
    token_rejections: Family<Count>,
    token_step_ups: Family<Count>,
    token_logouts: Family<Count>,
}

impl Default for Metrics {
    fn default() -> Self {
        let seconds = |name, help| Family::new(name, "s", help, || Distribution::new(SECONDS));
        let count = |name, unit, help| Family::new(name, unit, help, Count::default);
        Self {
            requests: seconds("http.client.request.duration", "How long requests took, each attempt by itself"),
            calls: seconds("kei.call.duration", "How long operations took, tokens, waits and retries included"),
            retries: count("kei.call.retries", "{retry}", "Requests that were sent again, by why"),
            token_requests: count("kei.token.requests", "{request}", "Tokens asked for, by how that ended"),
            token_rejections: count("kei.token.rejections", "{token}", "Tokens given up since a server answered 401"),
            token_step_ups: count("kei.token.step_ups", "{token}", "Tokens replaced by one with more scopes"),
            token_logouts: count("kei.token.logouts", "{token}", "Tokens given up by logging out"),
        }
    }
}

impl Metrics {
    /// A request was answered, or failed.
    pub fn exchanged(&self, exchanged: &Exchanged<'_>, time: Duration) {
        let Exchanged { method, address, port, status, error } = *exchanged;
        // OpenTelemetry has the status itself as the type of the error.
        let (mut digits, mut port_digits) = (itoa::Buffer::new(), itoa::Buffer::new());
        let text: Option<&str> = match status {
            Some(status) => Some(digits.format(status)),
            None => None,
        };
        let failed = text.filter(|_| status.is_some_and(|status| status >= 400));
        let error = error.map(Code::name).or(failed);
        let mut labels = [("", ""); 5];
        let given = [
            error.map(|error| ("error.type", error)),
            Some(("http.request.method", method)),
            text.map(|status| ("http.response.status_code", status)),
            Some(("server.address", address)),
            Some(("server.port", port_digits.format(port))),
        ];
        let mut count = 0;
        for label in given.into_iter().flatten() {
            labels[count] = label;
            count += 1;
        }
        self.requests.of(&labels[..count], |spread| spread.add(time.as_secs_f64()));
    }

    /// An operation ended.
    pub fn called(&self, operation: &'static str, error: Option<Code>, time: Duration) {
        let labels = [("error.type", error.map_or("", Code::name)), ("kei.operation", operation)];
        let first = usize::from(error.is_none());
        self.calls.of(&labels[first..], |spread| spread.add(time.as_secs_f64()));
    }

    /// A request is sent again.
    pub fn retried(&self, reason: &'static str) {
        self.retries.of(&[("reason", reason)], Count::add);
    }

    /// Something happened to a token.
    pub fn token(&self, event: TokenEvent) {
        let ended = |outcome: &str| self.token_requests.of(&[("outcome", outcome)], Count::add);
        match event {
            TokenEvent::Granted => ended("granted"),
            TokenEvent::Refused => ended("refused"),
            TokenEvent::Unavailable => ended("unavailable"),
            TokenEvent::Rejected => self.token_rejections.of(&[], Count::add),
            TokenEvent::SteppedUp => self.token_step_ups.of(&[], Count::add),
            TokenEvent::LoggedOut => self.token_logouts.of(&[], Count::add),
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<Metric> {
        vec![
            self.requests.metric(),
            self.calls.metric(),
            self.retries.metric(),
            self.token_requests.metric(),
            self.token_rejections.metric(),
            self.token_step_ups.metric(),
            self.token_logouts.metric(),
        ]
    }
}
