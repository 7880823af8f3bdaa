//! A connection of HTTP/2 (RFC 9113), which many requests share, each a stream of it.
//!
//! On h2 itself, whose futures live in the request that waits for them: hyper's client starts a task of several kilobytes for each request.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Builder, Connection, SendRequest};
use h2::{Ping, PingPong, Reason, RecvStream};
use hyper::body::{Body, Frame};
use hyper::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{sleep, timeout};

use super::HttpRequest;
use super::destination::Wire;
use super::pool::Fault;

/// After how long a server that is not heard of is asked whether it is there, while requests wait for it, and how long it has to answer.
const PING: Duration = Duration::from_secs(20);
const PONG: Duration = Duration::from_secs(10);
/// How much a server may send of one answer, and of all, ahead of what was read.
const STREAM_WINDOW: u32 = 2 << 20;
const CONNECTION_WINDOW: u32 = 5 << 20;
/// How many streams are opened before the server has said how many it takes: what section 6.5.2 asks servers to take at least.
const FIRST_STREAMS: usize = 100;
/// How large the fields of an answer's header may be together.
const MOST_HEADER_BYTES: u32 = 16 << 10;

/// A connection. Cloning shares it; it ends once nobody has it and its requests are done.
#[derive(Clone)]
pub(super) struct Shared {
    sender: SendRequest<Bytes>,
    life: Arc<Life>,
}

/// How a connection fares.
#[derive(Default)]
struct Life {
    /// How many requests are under way.
    under_way: AtomicUsize,
    /// Whether the server was heard of since this was last looked at.
    heard: AtomicBool,
    /// Whether it did not answer when it was asked.
    silent: AtomicBool,
    closed: AtomicBool,
}

/// The server does not answer any more.
#[derive(Debug, thiserror::Error)]
#[error("the server did not answer a ping in {} s", PONG.as_secs())]
struct Silent;

impl Shared {
    /// Begins to speak HTTP/2 over `io`.
    pub(super) async fn over(io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Self, h2::Error> {
        let (sender, mut connection) = Builder::new()
            .enable_push(false)
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .initial_max_send_streams(FIRST_STREAMS)
            .max_header_list_size(MOST_HEADER_BYTES)
            .handshake(io)
            .await?;
        let life = Arc::new(Life::default());
        let pings = connection.ping_pong();
        tokio::spawn(live(connection, pings, Ends(Arc::clone(&life))));
        Ok(Self { sender, life })
    }

    /// Whether no request can be sent on it any more.
    pub(super) fn is_closed(&self) -> bool {
        self.life.closed.load(Ordering::Relaxed)
    }

    /// Sends a request to where `wire` says. What is sent is taken out of it. Dropping the future, or the answer before its end, resets the stream.
    pub(super) async fn send(mut self, request: &mut HttpRequest, wire: &Wire) -> Result<Response<Stream>, Fault> {
        if let Err(error) = poll_fn(|context| self.sender.poll_ready(context)).await {
            return Err(Fault::Unsent(self.life.why(error)));
        }
        let under_way = UnderWay::new(self.life);
        let why = |error| Fault::Sending(under_way.0.why(error));
        let (head, body) = (head(request, wire), std::mem::take(&mut request.body));
        let (answer, mut stream) = self.sender.send_request(head, body.is_empty()).map_err(why)?;
        if !body.is_empty() {
            stream.send_data(body, true).map_err(why)?;
        }
        drop((self.sender, stream));
        let response = answer.await.map_err(why)?;
        under_way.hear();
        let left = length(response.headers());
        Ok(response.map(|stream| Stream { stream, left, under_way }))
    }
}

impl Life {
    fn why(&self, error: h2::Error) -> Box<dyn StdError + Send + Sync> {
        if self.silent.load(Ordering::Relaxed) { Silent.into() } else { error.into() }
    }
}

/// A request that is under way, as long as it lives.
struct UnderWay(Arc<Life>);

impl UnderWay {
    fn new(life: Arc<Life>) -> Self {
        life.under_way.fetch_add(1, Ordering::Relaxed);
        Self(life)
    }

    fn hear(&self) {
        self.0.heard.store(true, Ordering::Relaxed);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Says that a connection is closed when it is dropped.
struct Ends(Arc<Life>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::Relaxed);
    }
}

/// The life of a connection. How it ends, its requests say.
async fn live<T: AsyncRead + AsyncWrite + Unpin>(
    connection: Connection<T, Bytes>,
    pings: Option<PingPong>,
    ends: Ends,
) {
    let Some(pings) = pings else { return };
    tokio::select! {
        _ = connection => {}
        () = silence(pings, &ends.0) => ends.0.silent.store(true, Ordering::Relaxed),
    }
}

/// Waits until the server does not answer although requests wait for it.
async fn silence(mut pings: PingPong, life: &Life) {
    loop {
        sleep(PING).await;
        let heard = life.heard.swap(false, Ordering::Relaxed);
        if heard || life.under_way.load(Ordering::Relaxed) == 0 {
            continue;
        }
        if timeout(PONG, pings.ping(Ping::opaque())).await.is_err() {
            return;
        }
    }
}

/// A request's header as HTTP/2 has it, with the length of its body where that is to be told (RFC 9110 section 8.6).
fn head(request: &mut HttpRequest, wire: &Wire) -> Request<()> {
    let (method, length) = (std::mem::take(&mut request.method), request.body.len());
    let mut head = Request::new(());
    *head.uri_mut() = wire.absolute.clone();
    *head.headers_mut() = std::mem::take(&mut request.headers);
    head.headers_mut().remove(HOST);
    if length > 0 || matches!(method, Method::POST | Method::PUT | Method::PATCH) {
        head.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    *head.method_mut() = method;
    head
}

/// How long a body is said to be.
fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The body of an answer.
pub(super) struct Stream {
    stream: RecvStream,
    /// How much is still to come, if that was said.
    left: Option<usize>,
    under_way: UnderWay,
}

impl Body for Stream {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        match ready!(self.stream.poll_data(context)) {
            Some(Ok(bytes)) => {
                self.under_way.hear();
                // The stream lives: it has just brought something.
                let _ = self.stream.flow_control().release_capacity(bytes.len());
                self.left = self.left.map(|left| left.saturating_sub(bytes.len()));
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            // The answer is whole, and the server does not want the rest of the request (section 8.1).
            Some(Err(error)) if error.reason() == Some(Reason::NO_ERROR) && self.left.unwrap_or_default() == 0 => {
                Poll::Ready(None)
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            // Trailers are not handed on.
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_end_stream()
    }
}
