//! Connections as a proxy wants them: a tunnel of HTTP's or of SOCKS, or requests that the proxy forwards itself.

use std::error::Error as StdError;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper::header::{HeaderMap, USER_AGENT};
use hyper::http::uri::Scheme;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use smallvec::SmallVec;
use tokio::net::TcpStream;
use tokio_util::either::Either;
use tower_service::Service;
use url::Url;

use super::Duplex;
use super::http::USER_AGENT_VALUE;
use super::proxy::Way;

type Fault = Box<dyn StdError + Send + Sync>;
type Tcp = TokioIo<TcpStream>;

/// Parts that are no more bytes than this together are written as one: to copy them takes less time than it takes the system to gather them.
const JOINED: usize = 4 << 10;

/// Makes connections towards a server, by the proxy that stands before it if there is one.
#[derive(Clone)]
pub(super) struct Hops {
    tcp: HttpConnector,
    way: Arc<Way>,
    /// For proxies that are spoken to by TLS.
    tls: Arc<rustls::ClientConfig>,
}

impl Hops {
    pub(super) fn new(tcp: HttpConnector, way: Arc<Way>, mut tls: rustls::ClientConfig) -> Self {
        // To a proxy HTTP/1.1 is spoken, whatever the server behind it speaks.
        tls.alpn_protocols.clear();
        Self { tcp, way, tls: Arc::new(tls) }
    }

    async fn by(self, proxy: Intercept, to: Uri) -> Result<Hop, Fault> {
        let at = proxy.uri().clone();
        let scheme = at.scheme_str().unwrap_or_default();
        if scheme.starts_with("socks") {
            let to = if matches!(scheme, "socks4" | "socks5") { resolved(&to).await? } else { with_port(&to)? };
            let tunnel = if scheme.starts_with("socks4") {
                SocksV4::new(at, self.tcp).call(to).await?
            } else {
                let socks = SocksV5::new(at, self.tcp);
                let mut socks = match proxy.raw_auth() {
                    Some((user, password)) => socks.with_auth(user.to_owned(), password.to_owned()),
                    None => socks,
                };
                socks.call(to).await?
            };
            return Ok(Hop { over: tcp(tunnel), forwarded: false });
        }
        let mut hop = HttpsConnector::from((self.tcp, self.tls));
        if to.scheme() != Some(&Scheme::HTTPS) {
            return Ok(Hop { over: to_proxy(hop.call(at).await?), forwarded: true });
        }
        let about = HeaderMap::from_iter([(USER_AGENT, USER_AGENT_VALUE.clone())]);
        let tunnel = Tunnel::new(at, hop).with_headers(about);
        let mut tunnel = match proxy.basic_auth() {
            Some(auth) => tunnel.with_auth(auth.clone()),
            None => tunnel,
        };
        Ok(Hop { over: to_proxy(tunnel.call(to).await?), forwarded: false })
    }
}

impl Service<Uri> for Hops {
    type Response = Hop;
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Hop, Fault>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let proxy = Url::parse(&to.to_string()).ok().and_then(|url| self.way.proxy(&url, &to));
        if let Some(proxy) = proxy {
            return Box::pin(self.clone().by(proxy, to));
        }
        let connecting = self.tcp.call(to);
        Box::pin(async move { Ok(Hop { over: tcp(connecting.await?), forwarded: false }) })
    }
}

/// Where to, with a port, which SOCKS needs.
fn with_port(to: &Uri) -> Result<Uri, Fault> {
    addressed(to, to.host().unwrap_or_default())
}

/// The same with an address that this machine found, for a proxy that is not to look names up.
async fn resolved(to: &Uri) -> Result<Uri, Fault> {
    let host = to.host().unwrap_or_default().trim_matches(['[', ']']);
    let found = tokio::net::lookup_host((host, 0)).await?.next();
    let found = found.ok_or_else(|| io::Error::other("the name has no address"))?.ip();
    addressed(to, &if found.is_ipv6() { format!("[{found}]") } else { found.to_string() })
}

fn addressed(to: &Uri, host: &str) -> Result<Uri, Fault> {
    let scheme = to.scheme_str().unwrap_or_default();
    let port = to.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Ok(format!("{scheme}://{host}:{port}").parse::<Uri>()?)
}

/// A connection towards a server, with TLS where that or a proxy asks for it.
pub(super) struct Hop {
    over: Over,
    /// Whether a proxy reads the requests, and is to be told the whole URL of each.
    forwarded: bool,
}

/// What a connection's bytes go over: TCP, or TLS, which is on the heap, since a connection without it has no need for that much room.
type Over = TokioIo<Either<TcpStream, Box<dyn Duplex>>>;

fn tcp(tcp: Tcp) -> Over {
    TokioIo::new(Either::Left(tcp.into_inner()))
}

fn tls(tls: TokioIo<impl Duplex + 'static>) -> Over {
    TokioIo::new(Either::Right(Box::new(tls.into_inner())))
}

/// What leads to a proxy.
fn to_proxy(stream: MaybeHttpsStream<Tcp>) -> Over {
    match stream {
        MaybeHttpsStream::Http(plain) => tcp(plain),
        MaybeHttpsStream::Https(secure) => tls(secure),
    }
}

impl From<MaybeHttpsStream<Self>> for Hop {
    fn from(stream: MaybeHttpsStream<Self>) -> Self {
        match stream {
            MaybeHttpsStream::Http(hop) => hop,
            MaybeHttpsStream::Https(secure) => Self { over: tls(secure), forwarded: false },
        }
    }
}

impl Connection for Hop {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.forwarded)
    }
}

impl Read for Hop {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, room: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().over).poll_read(context, room)
    }
}

impl Write for Hop {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().over).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().over).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().over).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.over.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let over = Pin::new(&mut self.get_mut().over);
        if parts.iter().map(|part| part.len()).sum::<usize>() > JOINED {
            return over.poll_write_vectored(context, parts);
        }
        let mut joined = SmallVec::<[u8; JOINED]>::new();
        for part in parts {
            joined.extend_from_slice(part);
        }
        over.poll_write(context, &joined)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::*;

    /// What was written at a time, and whether it came in parts.
    type Writes = Vec<(Vec<u8>, bool)>;

    /// Notes what is written.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Writes>>);

    impl AsyncRead for Written {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Written {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            self.0.lock().unwrap().push((bytes.to_vec(), false));
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            parts: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let all: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
            let length = all.len();
            self.0.lock().unwrap().push((all, true));
            Poll::Ready(Ok(length))
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn short_parts_are_written_as_one_and_long_ones_are_not_copied() {
        let written = Written::default();
        let stream: Box<dyn Duplex> = Box::new(written.clone());
        let mut hop = Hop { over: TokioIo::new(Either::Right(stream)), forwarded: false };
        let long = vec![b'x'; JOINED];
        let mut context = Context::from_waker(std::task::Waker::noop());
        for (first, second) in [(&b"head"[..], &b"body"[..]), (b"", &long), (b"head", &long)] {
            let parts = [IoSlice::new(first), IoSlice::new(second)];
            let outcome = Pin::new(&mut hop).poll_write_vectored(&mut context, &parts);
            assert!(matches!(outcome, Poll::Ready(Ok(length)) if length == first.len() + second.len()));
        }
        let together = [b"head", &long[..]].concat();
        let expected = [(b"headbody".to_vec(), false), (long, false), (together, true)];
        assert_eq!(*written.0.lock().unwrap(), expected);
    }
}
