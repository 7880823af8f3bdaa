//! Exchanges, measured: how long each took, and how it ended; and a span of each, where somebody listens.

use std::sync::Arc;

use super::{Answered, Exchange, HttpClient, HttpRequest, Leg, TransportError};
use crate::clock::{BoxFuture, SharedClock, boxed};
use crate::observe::Observe;
use crate::observe::exports::{Live, SpanKind};
use crate::observe::metrics::Exchanged;
use crate::observe::trace::{Given, Trace};

/// Measures what an HTTP client sends. Cloning shares it.
#[derive(Clone)]
pub struct Measured(Arc<Inner>);

struct Inner {
    http: HttpClient,
    observe: Observe,
    clock: SharedClock,
}

impl Measured {
    /// Measures `http`.
    pub fn new(http: HttpClient, observe: Observe, clock: SharedClock) -> Self {
        Self(Arc::new(Inner { http, observe, clock }))
    }

    pub(super) async fn exchange(&self, request: &mut HttpRequest) -> Answered {
        let Inner { http, observe, clock } = &*self.0;
        let (method, to, leg) = (request.method.clone(), request.url.clone(), request.leg.take());
        let start = clock.now();
        let exchanged = |outcome: Option<&Answered>| Exchanged {
            method: method.as_str(),
            address: to.host_str().unwrap_or_default(),
            port: to.port_or_known_default().unwrap_or_default(),
            status: outcome.and_then(|outcome| outcome.as_ref().ok()).map(|response| response.status.as_u16()),
            error: outcome.and_then(|outcome| outcome.as_ref().err()).map(TransportError::code),
        };
        let mut span = span(observe, clock, leg, &exchanged(None));
        if let Some(span) = &mut span {
            span.with("url.full", observe.redactor.listed().url(&to));
        }
        let outcome = http.exchange(&to, request).await;
        let exchanged = exchanged(Some(&outcome));
        observe.metrics.exchanged(&exchanged, clock.now().saturating_sub(start));
        if let Some(span) = span {
            end(span, &exchanged, outcome.as_ref().err());
        }
        outcome
    }
}

impl Exchange for Measured {
    fn send(&self, mut request: HttpRequest) -> BoxFuture<'static, Answered> {
        let this = self.clone();
        boxed(move || async move { this.exchange(&mut request).await })
    }
}

/// The span of an exchange, by OpenTelemetry's conventions for HTTP clients.
fn span<'a>(
    observe: &'a Observe,
    clock: &'a SharedClock,
    leg: Option<Leg>,
    exchanged: &Exchanged<'_>,
) -> Option<Live<'a>> {
    let exports = &observe.exports;
    let root = || Leg { trace: Trace::of(&Given::default(), exports.ratio()), resend: 0 };
    let Leg { trace, resend } = leg.unwrap_or_else(root);
    let mut span = exports.begin(&trace, SpanKind::Client, clock, || exchanged.method.to_owned())?;
    span.with("http.request.method", exchanged.method);
    span.with("server.address", exchanged.address);
    span.with("server.port", exchanged.port);
    span.with_some("http.request.resend_count", (resend > 0).then_some(resend));
    Some(span)
}

fn end(mut span: Live<'_>, exchanged: &Exchanged<'_>, error: Option<&TransportError>) {
    span.with_some("http.response.status_code", exchanged.status);
    if let Some(error) = error {
        span.failed(error.code().name(), error.to_string());
    } else if let Some(status) = exchanged.status.filter(|status| *status >= 400) {
        span.failed(status.to_string(), String::new());
    }
    span.end();
}
