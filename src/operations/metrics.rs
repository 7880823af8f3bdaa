//! The numbers of the runtime: those that are counted as things happen, and those that are read off when someone asks.

use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Live, Session};
use crate::auth::{AuthStatus, TokenState};
use crate::clock::boxed;
use crate::error::Result;
use crate::observe::Observe;
use crate::observe::exports::Signal;
use crate::observe::metrics::{self, Labels, Metric, Point};
use crate::operation::{Answer, Idempotency, Invocation, Operation};
use crate::pipeline::BreakerState;
use crate::runtime::Services;
use std::sync::Arc;

pub(super) const OPERATIONS: &[Operation] = &[Operation::new::<SnapshotRequest, SnapshotAnswer>(
    "metrics.snapshot",
    Idempotency::Local,
    "Answers the runtime's numbers as text that Prometheus takes.",
    |invocation| boxed(|| async { snapshot(invocation) }),
)];

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SnapshotRequest {}

/// The numbers.
#[derive(Serialize, JsonSchema)]
struct SnapshotAnswer {
    /// All of them, in Prometheus's text format 0.0.4.
    text: String,
}

fn snapshot(invocation: &Invocation) -> Result<Answer> {
    invocation.request::<SnapshotRequest>()?;
    Answer::local(&SnapshotAnswer { text: metrics::text(&all(&invocation.session.services)) })
}

/// The clients of a runtime that are open, each with its number, from 1 in the order in which they were made.
#[derive(Default)]
pub struct Clients(Mutex<Listed>);

#[derive(Default)]
struct Listed {
    last: u64,
    open: Vec<(u64, Weak<Live>)>,
}

impl Clients {
    /// Adds one.
    pub fn add(&self, client: &Arc<Live>) {
        let mut listed = self.listed();
        listed.open.retain(|(_, client)| client.strong_count() > 0);
        listed.last += 1;
        let number = listed.last;
        listed.open.push((number, Arc::downgrade(client)));
    }

    /// Closes them all.
    pub fn close(&self) {
        let open: Vec<_> = self.listed().open.iter().filter_map(|(_, client)| client.upgrade()).collect();
        for client in open {
            client.close();
        }
    }

    /// Those that are open.
    pub fn all(&self) -> Vec<(u64, Arc<Session>)> {
        let listed = self.listed();
        let open = listed.open.iter().filter_map(|(number, client)| Some((*number, client.upgrade()?.session())));
        open.filter(|(_, session)| !session.closed.is_cancelled()).collect()
    }

    fn listed(&self) -> MutexGuard<'_, Listed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every number of a runtime.
pub fn all(services: &Services) -> Vec<Metric> {
    let observe = &services.observe;
    let mut all = observe.metrics.all();
    let level = |name, unit, help, level| Metric::gauge(name, unit, help, vec![(Labels::new(), level)]);
    all.extend([
        level("kei.calls.in_flight", "{call}", "Operations in flight", number(services.running.count())),
        level("kei.log.waiting", "By", "Log records that wait to be written", number(observe.logging.waiting())),
        Metric::counter("kei.log.dropped", "{record}", "Log records that no sink took", observe.logging.dropped()),
    ]);
    all.push(exports(observe));
    if observe.audit.is_on() {
        all.extend([
            Metric::counter(
                "kei.audit.records",
                "{record}",
                "Audit records that were written",
                observe.audit.written(),
            ),
            Metric::counter(
                "kei.audit.lost",
                "{record}",
                "Audit records that could not be written",
                observe.audit.lost(),
            ),
        ]);
    }
    all.extend(of_clients(&services.clients.all()));
    all
}

fn exports(observe: &Observe) -> Metric {
    let dropped = |signal: Signal| Point {
        labels: vec![("signal", signal.name().to_owned())],
        value: metrics::Value::Count(observe.exports.dropped(signal)),
    };
    let points = Signal::all().map(dropped).into();
    let (name, help) = ("kei.otlp.dropped", "What the collector did not get, by signal");
    Metric { name, unit: "{item}", help, kind: metrics::Kind::Counter, points }
}

fn of_clients(clients: &[(u64, Arc<Session>)]) -> Vec<Metric> {
    let (mut budgets, mut letters, mut breakers) = (Vec::new(), Vec::new(), Vec::new());
    let (mut states, mut lives, mut ages) = (Vec::new(), Vec::new(), Vec::new());
    for (client, session) in clients {
        let of = |more: &[(&'static str, &str)]| -> Labels {
            let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
            [("client", client.to_string())].into_iter().chain(more).collect()
        };
        budgets.push((of(&[]), f64::from(session.pipeline.budget_left())));
        let counts = session.letters.counts();
        letters.push((of(&[("state", "dead")]), number(counts.dead)));
        letters.push((of(&[("state", "pending")]), number(counts.pending)));
        for breaker in session.pipeline.breakers() {
            let labels = of(&[("operation", &breaker.operation), ("origin", &breaker.origin)]);
            breakers.push((
                labels,
                match breaker.state {
                    BreakerState::Closed => 0.0,
                    BreakerState::HalfOpen => 1.0,
                    BreakerState::Open => 2.0,
                },
            ));
        }
        let status = session.tokens.status();
        states.push((of(&[("state", state(status.state))]), 1.0));
        lives.extend(status.expires_in_ms.map(|left| (of(&[]), seconds(left))));
        ages.extend(age(&status).map(|age| (of(&[]), age)));
    }
    vec![
        Metric::gauge("kei.retry_budget.left", "{token}", "What is left of the retry budget", budgets),
        Metric::gauge("kei.dead_letters", "{message}", "Messages that are kept until they are delivered", letters),
        Metric::gauge("kei.breaker.state", "1", "Circuit breakers: 0 closed, 1 half open, 2 open", breakers),
        Metric::gauge("kei.token.state", "1", "Where the token stands in its life", states),
        Metric::gauge("kei.token.expires_in", "s", "How long the token is good", lives),
        Metric::gauge("kei.token.age", "s", "How long ago the token was obtained", ages),
    ]
}

fn state(state: TokenState) -> &'static str {
    match state {
        TokenState::None => "none",
        TokenState::Valid => "valid",
        TokenState::Soft => "soft",
        TokenState::Mandatory => "mandatory",
        TokenState::Expired => "expired",
    }
}

/// How many seconds ago the token came.
fn age(status: &AuthStatus) -> Option<f64> {
    let at: jiff::Timestamp = status.last_refresh.as_deref()?.parse().ok()?;
    Some(jiff::Timestamp::now().duration_since(at).as_secs_f64().max(0.0))
}

/// As a gauge has it.
#[allow(clippy::cast_precision_loss)] // Past 2^53 nobody counts one by one.
fn number(count: usize) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss)]
fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}
