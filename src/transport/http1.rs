//! A connection of HTTP/1.1 (RFC 9112), which carries one request at a time.
//!
//! The request that is on it moves it: a task of its own would have to be woken for each request, and wake it for each answer.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::{FutureExt, poll_fn};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::HOST;
use hyper::rt::{Read, Write};
use hyper::{Request, Response};

use super::HttpRequest;
use super::destination::Wire;
use super::pool::Fault;

/// A connection.
pub(super) struct Own {
    sender: SendRequest<Full<Bytes>>,
    life: Life,
    /// Whether a proxy reads the requests, and is to be told the whole URL of each.
    pub(super) forwarded: bool,
}

/// What happens on a connection, as long as it happens when somebody waits for it.
struct Life(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Own {
    /// Begins to speak HTTP/1.1 over `io`. One whose requests may ask for another protocol `upgrades`.
    pub(super) async fn over(
        io: impl Read + Write + Unpin + Send + 'static,
        forwarded: bool,
        upgrades: bool,
    ) -> hyper::Result<Self> {
        let (sender, connection) = http1::handshake(io).await?;
        let life = if upgrades {
            // It goes on when its request has been answered, and nobody gives it back.
            tokio::spawn(connection.with_upgrades());
            Life(None)
        } else {
            // How it ended, its request says.
            Life(Some(Box::pin(connection.map(drop))))
        };
        Ok(Self { sender, life, forwarded })
    }

    /// Whether no request can be sent on it any more, as far as is known.
    pub(super) fn is_closed(&mut self) -> bool {
        // What the server did meanwhile is seen by looking.
        let _ = self.ready().now_or_never();
        self.sender.is_closed()
    }

    /// Whether a request can be sent on it now.
    pub(super) fn is_free(&mut self) -> bool {
        self.ready().now_or_never() == Some(true)
    }

    /// Waits until a request can be sent on it; whether that is ever so.
    pub(super) async fn ready(&mut self) -> bool {
        let Self { sender, life, .. } = self;
        poll_fn(|context| life.poll(context, |context| sender.poll_ready(context))).await.is_ok()
    }

    /// Sends a request to where `wire` says. What is sent is taken out of it.
    pub(super) async fn send(&mut self, request: &mut HttpRequest, wire: &Wire) -> Result<Response<Incoming>, Fault> {
        let mut sent = pin!(self.sender.try_send_request(message(request, wire, self.forwarded)));
        let sent = poll_fn(|context| self.life.poll(context, |context| sent.as_mut().poll(context))).await;
        sent.map_err(|mut error| match error.take_message() {
            Some(message) => {
                restore(request, message);
                Fault::Unsent(error.into_error().into())
            }
            None => Fault::Sending(error.into_error().into()),
        })
    }
}

/// A request as HTTP/1.1 has it: with the whole URL if a proxy reads it.
fn message(request: &mut HttpRequest, wire: &Wire, forwarded: bool) -> Request<Full<Bytes>> {
    let mut message = Request::new(Full::new(std::mem::take(&mut request.body)));
    *message.method_mut() = std::mem::take(&mut request.method);
    *message.uri_mut() = if forwarded { &wire.absolute } else { &wire.path }.clone();
    *message.headers_mut() = std::mem::take(&mut request.headers);
    message.headers_mut().insert(HOST, wire.host.clone());
    message
}

/// Puts back what `message` took.
fn restore(request: &mut HttpRequest, message: Request<Full<Bytes>>) {
    let (head, mut body) = message.into_parts();
    request.method = head.method;
    request.headers = head.headers;
    request.headers.remove(HOST);
    // It is there as a whole.
    let body = body.frame().now_or_never().flatten().and_then(Result::ok);
    request.body = body.and_then(|frame| frame.into_data().ok()).unwrap_or_default();
}

impl Life {
    /// What is waited for, once the connection has brought it.
    fn poll<T>(&mut self, context: &mut Context<'_>, mut waited: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        let there = waited(context);
        let Some(life) = self.0.as_mut().filter(|_| there.is_pending()) else { return there };
        if life.as_mut().poll(context).is_ready() {
            self.0 = None;
        }
        waited(context)
    }
}

/// The body of an answer, as it arrives.
pub(super) struct Brought<'a> {
    incoming: Incoming,
    life: Option<&'a mut Life>,
}

impl<'a> Brought<'a> {
    /// A body that comes by `own`, which the answer's header came by.
    pub(super) fn new(incoming: Incoming, own: Option<&'a mut Own>) -> Self {
        Self { incoming, life: own.map(|own| &mut own.life) }
    }
}

impl Body for Brought<'_> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let Self { incoming, life } = &mut *self;
        let mut arrived = |context: &mut Context<'_>| Pin::new(&mut *incoming).poll_frame(context);
        match life {
            Some(life) => life.poll(context, arrived),
            None => arrived(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::request;
    use super::*;

    #[test]
    fn a_request_of_which_nothing_was_sent_is_whole_again() {
        let mut given = request("http://a.example/path?query");
        given.method = hyper::Method::POST;
        given.body = Bytes::from_static(b"a body");
        given.headers.insert("x-field", "a value".parse().unwrap());
        let (before, to) = (given.clone(), given.url.clone());
        let message = message(&mut given, to.wire().unwrap(), true);
        assert_eq!((message.uri().to_string().as_str(), given.body.len()), ("http://a.example/path?query", 0));
        assert_eq!(message.headers()[HOST], "a.example");
        restore(&mut given, message);
        assert_eq!((&given.method, &given.headers, &given.body), (&before.method, &before.headers, &before.body));
    }
}
