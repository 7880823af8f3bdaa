//! The way to an issuer: one request, sent again where that may help, within one count of time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};

use crate::clock::{Clock, SharedClock};
use crate::config::{TimeoutConfig, ms};
use crate::error::{Code, Error, Result};
use crate::secret::Secret;
use crate::transport::{self, Exchange, HttpRequest, HttpResponse, Progress, TransportError};

/// How many times a request to an issuer is sent at most.
const ATTEMPTS: u32 = 3;

/// The way to an issuer, with its time-outs.
#[derive(Clone)]
pub(super) struct Fetch {
    pub(super) http: Arc<dyn Exchange>,
    pub(super) clock: SharedClock,
    attempt: Duration,
    total: Duration,
}

/// The attempts of getting one token, discovery included: one count of time, since one caller waits for all of it.
pub(super) struct Attempts {
    end: Duration,
    /// When the last request was sent.
    pub(super) sent: Duration,
    /// How many times each request may be sent.
    pub(super) most: u32,
    /// The client's secret that was used last.
    pub(super) secret: Option<Secret>,
}

impl Attempts {
    /// Goes on until `end`, if that is later.
    pub(super) fn extend(&mut self, end: Duration) {
        self.end = self.end.max(end);
    }
}

impl Fetch {
    pub(super) fn new(timeouts: &TimeoutConfig, http: Arc<dyn Exchange>, clock: SharedClock) -> Self {
        Self { http, clock, attempt: ms(timeouts.token_attempt_ms), total: ms(timeouts.token_total_ms) }
    }

    pub(super) fn begin(&self) -> Attempts {
        let now = self.clock.now();
        Attempts { end: now + self.total, sent: now, most: ATTEMPTS, secret: None }
    }

    pub(super) async fn get(&self, url: Url, max: usize, attempts: &mut Attempts) -> Result<Box<HttpResponse>> {
        self.send(&Method::GET, &url, &|| Ok((HeaderMap::new(), Bytes::new())), max, attempts).await
    }

    /// Sends a request until it is answered with something other than 408, 429 or 5xx, three times at most. A pause that the issuer
    /// asks for is waited out where there is time for it. `make` makes each one's fields and body, for some may be used only once.
    pub(super) async fn send(
        &self,
        method: &Method,
        url: &Url,
        make: &(dyn Fn() -> Result<(HeaderMap, Bytes)> + Sync),
        max_answer_bytes: usize,
        attempts: &mut Attempts,
    ) -> Result<Box<HttpResponse>> {
        let origin = transport::origin(url);
        let mut count = 0;
        loop {
            count += 1;
            attempts.sent = self.clock.now();
            let left = attempts.end.saturating_sub(attempts.sent);
            let timeout = self.attempt.min(left);
            let (headers, body) = make()?;
            let request = HttpRequest {
                method: method.clone(),
                url: url.clone().into(),
                headers,
                body,
                timeout,
                max_answer_bytes,
                upgrade: false,
                leg: None,
            };
            let outcome = tokio::select! {
                biased;
                outcome = self.http.send(request) => outcome,
                () = self.clock.sleep(timeout) => {
                    Err(TransportError::Timeout { origin: origin.clone(), limit: timeout, progress: Progress::NoAnswer })
                }
            };
            let error = match outcome {
                Ok(response) if !passes(response.status.as_u16()) => return Ok(response),
                Ok(response) => unavailable(&origin, &response, &*self.clock),
                Err(error) => broken(error),
            };
            // A second or more between requests, so that even a failing issuer is asked at most once a second.
            let pause = Duration::from_secs(1).mul_f64(self.clock.uniform(1.0, 1.5));
            let pause = error.retry_after.map_or(pause, |wish| pause.max(wish));
            let left = attempts.end.saturating_sub(self.clock.now());
            if count >= attempts.most || !error.retryable || pause >= left {
                return Err(error);
            }
            tracing::debug!(target: "kei_agent::auth", attempt = count, "the issuer is asked again: {}", error.message);
            self.clock.sleep(pause).await;
        }
    }
}

/// Whether a status may pass by itself.
fn passes(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

fn unavailable(origin: &str, response: &HttpResponse, clock: &dyn Clock) -> Error {
    let status = response.status.as_u16();
    let mut error =
        Error::new(Code::Token, format!("the issuer {origin} could not give a token: it answered HTTP {status}"));
    error.http_status = Some(status);
    error.retryable = true;
    error.retry_after = transport::retry_after(&response.headers, clock);
    error
}

fn broken(error: TransportError) -> Error {
    match error {
        TransportError::Timeout { origin, limit, .. } => Error::new(
            Code::TokenTimeout,
            format!("the issuer {origin} did not answer within {} ms", limit.as_millis()),
        ),
        TransportError::TooLarge { origin, limit } => Error::new(
            Code::AnswerTooLarge,
            format!("the issuer {origin} cannot be used: its answer is larger than {} KiB", limit / 1024),
        ),
        error => {
            let code = error.code();
            Error::new(code, format!("no token could be had: {error}"))
        }
    }
}
