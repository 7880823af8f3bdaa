//! The HTTP client against real servers on this machine. What happened is told by the servers, never by the clock.

mod bounds;
mod connections;
mod failures;
mod handshake;
mod http2;
mod pool;
mod proxy;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Answered, Exchange, HttpClient, HttpRequest, Progress, TransportError};
use crate::config::{HttpConfig, TimeoutConfig, TlsConfig};

pub(super) const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
pub(super) const LIMIT: usize = 1 << 20;

/// A server on this machine.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) accepted: Arc<AtomicUsize>,
}

impl Server {
    /// Serves each connection, counted from 0, with `work`.
    pub(super) async fn start<F>(mut work: impl FnMut(TcpStream, usize) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, accepted) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&accepted);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(work(stream, counter.fetch_add(1, Ordering::SeqCst)));
            }
        });
        Self { address, accepted }
    }

    /// Reads each request's head and then writes `answer`, and closes.
    pub(super) async fn answering(answer: &'static [u8]) -> Self {
        Self::start(move |mut stream, _| async move {
            head(&mut stream).await;
            // The client may have had enough before the end.
            let _ = stream.write_all(answer).await;
        })
        .await
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/path?query=1", self.address)
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn connections(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// Reads a request's head; empty if the client went away first.
pub(super) async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return String::new(),
        }
    }
    String::from_utf8(head).unwrap()
}

/// Waits until the peer closes or resets the connection.
pub(super) async fn closed(stream: &mut (impl AsyncRead + Unpin)) {
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
}

/// A client that no proxy of the surroundings disturbs, and that has time.
pub(super) fn client(tls: &TlsConfig) -> HttpClient {
    both(HttpConfig::default(), tls)
}

pub(super) fn plain() -> HttpClient {
    client(&TlsConfig::default())
}

/// The same, with other settings of HTTP.
pub(super) fn with(http: HttpConfig) -> HttpClient {
    both(http, &TlsConfig::default())
}

fn both(http: HttpConfig, tls: &TlsConfig) -> HttpClient {
    let http = HttpConfig { proxy: Some("none".into()), ..http };
    let timeouts = TimeoutConfig { connect_ms: 600_000, ..TimeoutConfig::default() };
    HttpClient::new(&http, tls, None, &timeouts).unwrap()
}

pub(crate) fn request(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::GET,
        url: Url::parse(url).unwrap().into(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        timeout: Duration::from_secs(600),
        max_answer_bytes: LIMIT,
        upgrade: false,
        leg: None,
    }
}

pub(super) async fn get(client: &HttpClient, url: &str) -> Answered {
    client.send(request(url)).await
}

/// The failure of a request.
pub(super) async fn failure(client: &HttpClient, url: &str) -> TransportError {
    get(client, url).await.map(|response| response.status).unwrap_err()
}

/// Holds virtual time still until it is dropped, so that sockets have all the real time they need.
pub(crate) struct Still {
    _held: mpsc::Sender<()>,
}

impl Still {
    pub(crate) fn hold() -> Self {
        let (held, dropped) = mpsc::channel::<()>();
        // Tokio's paused clock does not run ahead while a blocking task is at work.
        tokio::task::spawn_blocking(move || dropped.recv().is_err());
        Self { _held: held }
    }
}
