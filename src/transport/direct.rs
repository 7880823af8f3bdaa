//! hyper's client: its pool of connections, and what an answer may be compressed with.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::{Pending, Ready, pending, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::Either;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_http::decompression::{Decompression, DecompressionBody};
use tower_service::Service;

use super::http::{H2_PING, H2_PONG, TCP_KEEPALIVE, TCP_PROBES};
use super::proxied::{Connector, Stream as Hop};
use super::proxy::Way;
use crate::config::{HttpConfig, HttpVersion, ms};

/// What a body may be packed with.
const PACKED: HeaderValue = HeaderValue::from_static("zstd,gzip,br");

/// Sends requests over connections of its own.
pub(super) struct Direct(Client<Timely, Full<Bytes>>);

impl Direct {
    /// `tls` says already which versions of HTTP are offered in a handshake. A connection goes by `way`, and must be there within `connect`.
    pub(super) fn new(
        http: &HttpConfig,
        way: &Arc<Way>,
        tls: rustls::ClientConfig,
        version: HttpVersion,
        idle: usize,
        connect: Duration,
    ) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(TCP_KEEPALIVE));
        tcp.set_keepalive_interval(Some(TCP_PROBES.0));
        tcp.set_keepalive_retries(Some(TCP_PROBES.1));
        #[cfg(any(target_os = "linux", target_os = "android"))]
        tcp.set_tcp_user_timeout(Some(super::http::TCP_UNACKNOWLEDGED));
        let hops = Connector::new(tcp, Arc::clone(way), tls.clone());
        let connector = Timely { inner: HttpsConnector::from((hops, tls)), limit: connect };
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(ms(http.idle_ms))
            .pool_max_idle_per_host(idle)
            .http2_only(version == HttpVersion::Http2)
            .http2_keep_alive_interval(H2_PING)
            .http2_keep_alive_timeout(H2_PONG)
            .http2_keep_alive_while_idle(false)
            .build(connector);
        Self(client)
    }

    /// The answer as it comes: what is packed can be unpacked by [`unpacked`].
    pub(super) async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Error> {
        request.headers_mut().entry(ACCEPT_ENCODING).or_insert(PACKED);
        self.0.request(request).await
    }
}

/// Whether an answer's body is packed (RFC 9110 section 8.4), in a way that was asked for or another.
pub(super) fn is_packed(response: &Response<Incoming>) -> bool {
    response.headers().contains_key(CONTENT_ENCODING)
}

/// The answer with its body as it will be unpacked.
pub(super) async fn unpacked(response: Response<Incoming>) -> Response<DecompressionBody<Incoming>> {
    let Ok(response) = Decompression::new(There(Some(response))).call(Request::new(())).await;
    response
}

/// An answer that is there already, in the form of a service, which is what unpacks.
struct There(Option<Response<Incoming>>);

impl Service<Request<()>> for There {
    type Response = Response<Incoming>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Self::Response, Infallible>>, Pending<Result<Self::Response, Infallible>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        // There is one answer, and it is asked for once.
        self.0.take().map_or(Either::Right(pending()), |response| Either::Left(ready(Ok(response))))
    }
}

/// No connection came about in time.
#[derive(Debug, thiserror::Error)]
#[error("no connection came about in time")]
pub(super) struct Late;

/// Makes connections, in a bounded time each.
#[derive(Clone)]
struct Timely {
    inner: HttpsConnector<Connector>,
    limit: Duration,
}

type Stream = MaybeHttpsStream<Hop>;

impl Service<Uri> for Timely {
    type Response = Stream;
    type Error = Box<dyn StdError + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, limit) = (self.inner.call(uri), self.limit);
        Box::pin(async move { tokio::time::timeout(limit, connecting).await.map_err(|_| Late)? })
    }
}
