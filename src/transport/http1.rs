//! A connection of HTTP/1.1 (RFC 9112), which carries one request at a time.
//!
//! The request that is on it moves it: a task of its own would have to be woken for each request, and wake it for each answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::{FutureExt, poll_fn};
use http_body_util::Full;
use hyper::Response;
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, Write};

use super::pool::Message;

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

    /// Sends a request. If none of it was sent, the error has it.
    pub(super) async fn send(&mut self, message: Message) -> Result<Response<Incoming>, TrySendError<Message>> {
        let mut sent = std::pin::pin!(self.sender.try_send_request(message));
        poll_fn(|context| self.life.poll(context, |context| sent.as_mut().poll(context))).await
    }
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
