//! Exchanges, measured: how long each took, and how it ended.

use std::sync::Arc;

use super::{Exchange, HttpRequest, HttpResponse, TransportError};
use crate::clock::{BoxFuture, SharedClock};
use crate::observe::metrics::{Exchanged, Metrics};

/// Measures what another one sends.
pub struct Measured<E> {
    inner: E,
    metrics: Arc<Metrics>,
    clock: SharedClock,
}

impl<E: Exchange> Measured<E> {
    /// Measures `inner`.
    pub fn new(inner: E, metrics: Arc<Metrics>, clock: SharedClock) -> Self {
        Self { inner, metrics, clock }
    }
}

impl<E: Exchange> Exchange for Measured<E> {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let (metrics, clock, start) = (Arc::clone(&self.metrics), Arc::clone(&self.clock), self.clock.now());
        let (method, url) = (request.method.clone(), request.url.clone());
        let sent = self.inner.send(request);
        Box::pin(async move {
            let outcome = sent.await;
            let exchanged = Exchanged {
                method: method.as_str(),
                address: url.host_str().unwrap_or_default(),
                port: url.port_or_known_default().unwrap_or_default(),
                status: outcome.as_ref().ok().map(|response| response.status.as_u16()),
                error: outcome.as_ref().err().map(TransportError::code),
            };
            metrics.exchanged(&exchanged, clock.now().saturating_sub(start));
            outcome
        })
    }
}
