//! Requests that go through a proxy: reqwest's client, which speaks HTTP and SOCKS to it.

use std::time::Duration;

use reqwest::{Client, Url};

use super::HttpRequest;
use super::destination::Destination;
use super::fault::cause;
use super::http::{H2_PING, H2_PONG, TCP_KEEPALIVE, TCP_PROBES, user_agent};
use super::proxy::Way;
use crate::config::{HttpConfig, HttpVersion, ms};
use crate::error::{Code, Error, Result};

/// A client that goes the given way. `tls` says already which versions of HTTP are offered in a handshake; `idle` connections are kept for each
/// host, and one must be there within `connect`.
pub(super) fn client(
    http: &HttpConfig,
    way: &Way,
    tls: rustls::ClientConfig,
    version: HttpVersion,
    idle: usize,
    connect: Duration,
) -> Result<Client> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .user_agent(user_agent())
        .connect_timeout(connect)
        .pool_idle_timeout(ms(http.idle_ms))
        .pool_max_idle_per_host(idle)
        .tcp_keepalive(TCP_KEEPALIVE)
        .tcp_keepalive_interval(TCP_PROBES.0)
        .tcp_keepalive_retries(TCP_PROBES.1)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(H2_PING)
        .http2_keep_alive_timeout(H2_PONG)
        .http2_keep_alive_while_idle(false);
    builder = match version {
        HttpVersion::Auto => builder,
        HttpVersion::Http1 => builder.http1_only(),
        HttpVersion::Http2 => builder.http2_prior_knowledge(),
    };
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        builder = builder.tcp_user_timeout(super::http::TCP_UNACKNOWLEDGED);
    }
    if let Some(proxy) = way.proxy.clone() {
        builder = builder.no_proxy().proxy(proxy);
    }
    builder
        .build()
        .map_err(|error| Error::new(Code::Config, format!("no HTTP client could be made: {}", cause(&error))))
}

/// The request as reqwest takes it.
pub(super) fn message(to: &Destination, request: HttpRequest) -> reqwest::Request {
    let mut message = reqwest::Request::new(request.method, Url::clone(to));
    *message.headers_mut() = request.headers;
    if !request.body.is_empty() {
        *message.body_mut() = Some(request.body.into());
    }
    message
}
