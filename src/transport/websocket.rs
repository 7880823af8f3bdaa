//! WebSocket (RFC 6455) on a connection that an HTTP exchange has opened: with its TLS, its proxy and its credential.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use reqwest::StatusCode;
use reqwest::header::{
    CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use tokio_tungstenite::WebSocketStream;
pub use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};

use super::Duplex;
use crate::error::words;

/// How much is read at a time. All of it is cleared before each read, so that much more costs a message that comes alone much more.
const READ: usize = 32 * 1024;

/// The header fields that ask for a WebSocket, with a key of this time's own.
pub fn handshake() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    if let Ok(key) = HeaderValue::try_from(generate_key()) {
        headers.insert(SEC_WEBSOCKET_KEY, key);
    }
    headers
}

/// What arrives.
#[derive(Debug)]
pub enum Frame {
    /// A message of text.
    Text(Utf8Bytes),
    /// The answer to the ping with this number; 0 for one that was none of ours.
    Pong(u64),
    /// Something that needs nothing done.
    Other,
}

/// Why a connection has ended.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Ended {
    /// The other side closed it.
    #[error("the platform closed the stream (code {code}{})", if reason.is_empty() { String::new() } else { format!(": {reason}") })]
    Closed {
        /// The close code (RFC 6455 section 7.4); 1005 when none was given.
        code: u16,
        /// What the other side said of it.
        reason: String,
    },
    /// It broke.
    #[error("the stream was lost: {0}")]
    Lost(String),
}

/// A WebSocket.
pub struct WebSocket(WebSocketStream<Box<dyn Duplex>>);

impl WebSocket {
    /// Begins on a connection; `status` and `headers` are what the handshake was answered with. `key` is what it sent. Messages longer than `limit` bytes end it.
    pub async fn begin(
        socket: Option<Box<dyn Duplex>>,
        status: StatusCode,
        headers: &HeaderMap,
        key: Option<&HeaderValue>,
        limit: usize,
    ) -> Result<Self, String> {
        let socket = socket.ok_or_else(|| format!("the server answered {status} instead of opening a WebSocket"))?;
        let wanted = key.map(|key| derive_accept_key(key.as_bytes()));
        let accepted = headers.get(SEC_WEBSOCKET_ACCEPT).and_then(|value| value.to_str().ok());
        let upgraded = headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
        if !upgraded || wanted.is_none() || accepted != wanted.as_deref() {
            return Err("the server switched protocols, but not to this WebSocket (RFC 6455 section 4.1)".to_owned());
        }
        let config =
            WebSocketConfig::default().read_buffer_size(READ).max_message_size(Some(limit)).max_frame_size(Some(limit));
        Ok(Self(WebSocketStream::from_raw_socket(socket, Role::Client, Some(config)).await))
    }

    /// The next frame. May be dropped and called again without loss. Answers pings by itself.
    pub async fn next(&mut self) -> Result<Frame, Ended> {
        match self.0.next().await {
            None => Err(Ended::Lost("it ended without a close frame".to_owned())),
            Some(Ok(Message::Text(text))) => Ok(Frame::Text(text)),
            Some(Ok(Message::Pong(payload))) => {
                Ok(Frame::Pong(payload.as_ref().try_into().map_or(0, u64::from_be_bytes)))
            }
            Some(Ok(Message::Close(frame))) => {
                let (code, reason) =
                    frame.map_or((1005, String::new()), |frame| (frame.code.into(), words(frame.reason.as_str())));
                Err(Ended::Closed { code, reason })
            }
            Some(Ok(_)) => Ok(Frame::Other),
            Some(Err(error)) => Err(lost(&error)),
        }
    }

    /// The next frame if it has come already. Nobody is woken for one that has not, so [`next`](Self::next) is to be asked then.
    pub fn ready(&mut self) -> Option<Result<Frame, Ended>> {
        self.next().now_or_never()
    }

    /// Sends a message of text, to the last byte, within `limit`.
    pub async fn send(&mut self, text: String, limit: Duration) -> Result<(), Ended> {
        self.write(Message::text(text), limit).await
    }

    /// Sends a ping with a number that the pong will bring back.
    pub async fn ping(&mut self, number: u64, limit: Duration) -> Result<(), Ended> {
        self.write(Message::Ping(Bytes::copy_from_slice(&number.to_be_bytes())), limit).await
    }

    /// Says that nothing more will be sent; the other side's frames still come, up to its own close.
    pub async fn close(&mut self, limit: Duration) -> Result<(), Ended> {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        match tokio::time::timeout(limit, self.0.close(Some(frame))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(lost(&error)),
            Err(_) => Err(Ended::Lost(NOT_TAKEN.to_owned())),
        }
    }

    async fn write(&mut self, message: Message, limit: Duration) -> Result<(), Ended> {
        match tokio::time::timeout(limit, self.0.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(lost(&error)),
            Err(_) => Err(Ended::Lost(NOT_TAKEN.to_owned())),
        }
    }
}

const NOT_TAKEN: &str = "the platform took nothing more from it in time";

fn lost(error: &tungstenite::Error) -> Ended {
    Ended::Lost(words(&error.to_string()))
}
