//! The way to other machines: one HTTP exchange at a time, and what can go wrong on it.
//!
//! It sends what it is given, once. It knows nothing of tokens, retries or operations, and follows no redirect.

mod certificate;
mod connect;
mod destination;
mod fault;
mod http;
mod http1;
mod http2;
mod measured;
mod packed;
mod pool;
mod proxied;
pub mod proxy;
pub mod spare;
#[cfg(test)]
pub(crate) mod tests;
mod tls;
pub mod websocket;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url};
use tokio::io::{AsyncRead, AsyncWrite};
use url::Position;

use crate::clock::{BoxFuture, Clock};
use crate::error::{Code, Error};
use crate::observe::trace::Trace;

pub use certificate::ClientCertificate;
pub use destination::Destination;
pub use http::HttpClient;
pub use measured::Measured;

/// One request, complete.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: Destination,
    /// The header fields. A value that is a secret is marked sensitive.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// How long the exchange may take, from now to the last byte of the answer.
    pub timeout: Duration,
    /// How large the answer's body may be after decompression.
    pub max_answer_bytes: usize,
    /// Whether the server is asked to speak another protocol on the connection from then on (RFC 9110 section 7.8), which takes HTTP/1.1.
    pub upgrade: bool,
    /// Where it stands in a trace; if it stands in none, it is a trace by itself.
    pub leg: Option<Leg>,
}

/// Where a request stands in a trace.
#[derive(Clone)]
pub struct Leg {
    /// The request's own span.
    pub trace: Trace,
    /// How many requests were sent before it for the same call.
    pub resend: u32,
}

/// A connection on which another protocol is spoken than HTTP.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// One answer, complete.
#[derive(Default)]
pub struct HttpResponse {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
    /// The connection, when the server agreed to an upgrade (status 101).
    pub socket: Option<Box<dyn Duplex>>,
}

/// How an exchange ended. The answer is on the heap, since it goes through many hands.
pub type Answered = Result<Box<HttpResponse>, TransportError>;

/// Something that carries a request to its server and brings the answer back: the network, or a test's stand-in for it.
pub trait Exchange: Send + Sync + 'static {
    /// Sends the request once, in the time that it has, whatever happens. Dropping the future abandons it.
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Answered>;
}

/// What carries requests for many: the network itself, whose futures then are part of those of who sends, or anything else.
#[derive(Clone)]
pub enum Carrier {
    /// The network, measured.
    Network(Measured),
    /// A stand-in for it.
    Other(Arc<dyn Exchange>),
}

impl Carrier {
    /// Sends a request once; see [`Exchange::send`]. What is sent may be taken out of it.
    pub async fn send(&self, request: &mut HttpRequest) -> Answered {
        match self {
            Self::Network(network) => network.exchange(request).await,
            Self::Other(other) => other.send(request.clone()).await,
        }
    }
}

impl From<Measured> for Carrier {
    fn from(network: Measured) -> Self {
        Self::Network(network)
    }
}

impl<E: Exchange> From<Arc<E>> for Carrier {
    fn from(other: Arc<E>) -> Self {
        Self::Other(other)
    }
}

/// How far a failed exchange had come: what decides whether it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The server cannot have seen the request.
    NotSent,
    /// The server may have acted on the request; no answer came.
    NoAnswer,
    /// The answer had begun.
    InAnswer,
}

/// Why an exchange failed. Every message names the origin, never the path or a header, which may hold secrets.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TransportError {
    /// The name has no address.
    #[error("the name of {origin} could not be resolved: {why}")]
    Dns {
        /// Scheme, host and port.
        origin: String,
        /// What the resolver said.
        why: String,
    },
    /// No connection came about.
    #[error("no connection to {origin} could be made: {why}")]
    Connect {
        /// Scheme, host and port.
        origin: String,
        /// What the system said.
        why: String,
    },
    /// The peer could not be verified, or the handshake failed. No byte of the request was sent.
    #[error("no secure connection to {origin} could be made: {why}")]
    Tls {
        /// Scheme, host and port.
        origin: String,
        /// What the verifier said.
        why: String,
    },
    /// The exchange took too long.
    #[error("{origin} did not answer within {} ms", limit.as_millis())]
    Timeout {
        /// Scheme, host and port.
        origin: String,
        /// The time it had.
        limit: Duration,
        /// How far it had come.
        progress: Progress,
    },
    /// The connection broke.
    #[error("the connection to {origin} was lost: {why}")]
    Lost {
        /// Scheme, host and port.
        origin: String,
        /// What the system said.
        why: String,
        /// How far the exchange had come.
        progress: Progress,
    },
    /// The answer is too large.
    #[error("the answer of {origin} is larger than {limit} bytes (limits.max_answer_bytes)")]
    TooLarge {
        /// Scheme, host and port.
        origin: String,
        /// The limit.
        limit: usize,
    },
    /// The answer breaks the protocol.
    #[error("the answer of {origin} is not valid HTTP: {why}")]
    Protocol {
        /// Scheme, host and port.
        origin: String,
        /// What is wrong with it.
        why: String,
    },
}

impl TransportError {
    /// How far the exchange had come.
    pub fn progress(&self) -> Progress {
        match self {
            Self::Dns { .. } | Self::Connect { .. } | Self::Tls { .. } => Progress::NotSent,
            Self::Timeout { progress, .. } | Self::Lost { progress, .. } => *progress,
            Self::TooLarge { .. } | Self::Protocol { .. } => Progress::InAnswer,
        }
    }

    /// The number that the error has at the ABI.
    pub fn code(&self) -> Code {
        match self {
            Self::Dns { .. } => Code::Dns,
            Self::Connect { .. } => Code::Connect,
            Self::Tls { .. } => Code::Tls,
            Self::Timeout { .. } => Code::Timeout,
            Self::Lost { .. } => Code::ConnectionLost,
            Self::TooLarge { .. } => Code::AnswerTooLarge,
            Self::Protocol { .. } => Code::Protocol,
        }
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

/// Scheme, host and port of a URL, without user, path or query (RFC 6454 section 6.2).
pub fn origin(url: &Url) -> String {
    if url.has_authority() && url.username().is_empty() && url.password().is_none() {
        // As it stands in the URL, which has the default port left out already.
        return url[..Position::AfterPort].to_owned();
    }
    url.origin().ascii_serialization()
}

/// The pause that an answer asks for: seconds, or a date, which is read against the server's own clock if it shows it.
pub fn retry_after(headers: &HeaderMap, clock: &dyn Clock) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let wish = text(RETRY_AFTER)?;
    if !wish.is_empty() && wish.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(wish.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let until = httpdate::parse_http_date(wish).ok()?;
    let now = text(DATE).and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(|| clock.wall());
    Some(until.duration_since(now).unwrap_or_default())
}
