//! Making connections: by TCP and TLS, in a bounded time, and which version of HTTP is spoken on them.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{Connection as _, HttpConnector};
use hyper_util::rt::TokioIo;
use tower_service::Service;

use super::destination::Destination;
use super::http::{TCP_KEEPALIVE, TCP_PROBES};
use super::http1::Own;
use super::http2::Shared;
use super::proxied::{Hop, Hops};
use super::proxy::Way;
use crate::config::HttpVersion;

/// A connection to a server: what requests are sent by.
pub(super) enum Connection {
    /// By HTTP/1.1, one request at a time.
    Own(Own),
    /// By HTTP/2, many.
    Shared(Shared),
}

/// Makes connections.
pub(super) struct Connector {
    https: HttpsConnector<Hops>,
    version: HttpVersion,
    /// Whether another protocol may be spoken on them later.
    upgrades: bool,
    /// How long it may take.
    limit: Duration,
}

/// No connection came about in time.
#[derive(Debug, thiserror::Error)]
#[error("no connection came about in time")]
pub(super) struct Late;

impl Connector {
    /// `tls` says already which versions of HTTP are offered in a handshake. A connection goes by `way`, and must be there within `limit`.
    pub(super) fn new(
        way: &Arc<Way>,
        tls: rustls::ClientConfig,
        version: HttpVersion,
        upgrades: bool,
        limit: Duration,
    ) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(TCP_KEEPALIVE));
        tcp.set_keepalive_interval(Some(TCP_PROBES.0));
        tcp.set_keepalive_retries(Some(TCP_PROBES.1));
        #[cfg(any(target_os = "linux", target_os = "android"))]
        tcp.set_tcp_user_timeout(Some(super::http::TCP_UNACKNOWLEDGED));
        let hops = Hops::new(tcp, Arc::clone(way), tls.clone());
        Self { https: HttpsConnector::from((hops, tls)), version, upgrades, limit }
    }

    /// Whether all connections are known to be shared, before there is one.
    pub(super) fn shares(&self) -> bool {
        self.version == HttpVersion::Http2
    }

    /// A new connection.
    pub(super) async fn connect(&self, to: &Destination) -> Result<Connection, Arc<dyn StdError + Send + Sync>> {
        let made = tokio::time::timeout(self.limit, self.make(to)).await;
        made.unwrap_or_else(|_| Err(Late.into())).map_err(Arc::from)
    }

    async fn make(&self, to: &Destination) -> Result<Connection, Box<dyn StdError + Send + Sync>> {
        let stream = self.https.clone().call(to.wire()?.absolute.clone()).await?;
        let (connected, hop) = (stream.connected(), Hop::from(stream));
        if self.shares() || connected.is_negotiated_h2() {
            return Ok(Connection::Shared(Shared::over(TokioIo::new(hop)).await?));
        }
        Ok(Connection::Own(Own::over(hop, connected.is_proxied(), self.upgrades).await?))
    }
}
