//! The platform's stream, by a WebSocket client that sends exactly what it is told.

mod support;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use support::Platform;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A socket of the stream.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn try_open(platform: &Platform, token: &str) -> Result<Self, Error> {
        let url = platform.base().replace("http://", "ws://") + "/api/v1/stream";
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        connect_async(request).await.map(|(socket, _)| Self(socket))
    }

    async fn open(platform: &Platform) -> Self {
        Self::try_open(platform, &platform.token()).await.unwrap()
    }

    async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next text; or the close code, as a number.
    async fn next(&mut self) -> Value {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Close(frame))) => return u16::from(frame.unwrap().code).into(),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn subscribe(&mut self, topic: &str) {
        self.send(json!({ "type": "subscribe", "topic": topic })).await;
        assert_eq!(self.next().await, json!({ "type": "subscribed", "topic": topic }));
    }
}

#[tokio::test]
async fn the_handshake_needs_a_token_and_an_upgrade() {
    let platform = Platform::start();
    let refused = Socket::try_open(&platform, "nonsense").await.err().unwrap();
    assert!(matches!(refused, Error::Http(answer) if answer.status() == 401));
    let plain = platform.ask(&platform.token(), "GET", "/api/v1/stream", &Value::Null);
    assert_eq!((plain.status, plain.header("upgrade")), (426, Some("websocket")));
    assert_eq!(platform.get("/api/v1/stream").status, 401);
    drop(Socket::open(&platform).await);
    let statuses: Vec<_> =
        platform.requests("/api/v1/stream").iter().map(|request| request["status"].clone()).collect();
    assert_eq!(statuses, [401, 426, 401, 101]);
}

#[tokio::test]
async fn a_message_goes_to_all_who_are_subscribed_and_to_no_other() {
    let platform = Platform::start();
    let (mut one, mut two, mut other) =
        (Socket::open(&platform).await, Socket::open(&platform).await, Socket::open(&platform).await);
    one.subscribe("t").await;
    one.subscribe("t").await;
    two.subscribe("t").await;
    other.subscribe("u").await;
    one.send(json!({ "type": "publish", "topic": "t", "data": { "a": 1 }, "id": "my-id" })).await;
    for socket in [&mut one, &mut two] {
        let message = socket.next().await;
        assert_eq!(
            (&message["id"], &message["data"]["a"], &message["type"]),
            (&json!("my-id"), &json!(1), &json!("message"))
        );
    }
    two.send(json!({ "type": "unsubscribe", "topic": "t" })).await;
    assert_eq!(two.next().await["type"], "unsubscribed");
    one.send(json!({ "type": "publish", "topic": "t", "data": 2 })).await;
    one.send(json!({ "type": "publish", "topic": "u", "data": 3 })).await;
    assert_eq!(one.next().await["data"], 2, "once, though it subscribed twice");
    assert_eq!(other.next().await["data"], 3);
    two.subscribe("v").await;
}

#[tokio::test]
async fn what_does_not_fit_is_an_error_that_closes_nothing() {
    let platform = Platform::start();
    let mut socket = Socket::open(&platform).await;
    for (frame, code) in [
        ("nonsense".to_owned(), "invalid_json"),
        (json!({ "type": "shout" }).to_string(), "unknown_type"),
        (json!({ "type": "subscribe" }).to_string(), "invalid_frame"),
        (json!({ "type": "subscribe", "topic": "t", "more": 1 }).to_string(), "invalid_frame"),
        (json!({ "type": "subscribe", "topic": "" }).to_string(), "invalid_topic"),
        (json!({ "type": "subscribe", "topic": "private.x" }).to_string(), "forbidden_topic"),
        (json!({ "type": "publish", "topic": "t", "data": 1, "id": "a b" }).to_string(), "invalid_frame"),
    ] {
        socket.0.send(Message::text(frame.clone())).await.unwrap();
        let error = socket.next().await;
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!(code)), "{frame}: {error}");
    }
    socket.0.send(Message::Binary(vec![1].into())).await.unwrap();
    assert_eq!(socket.next().await["code"], "invalid_frame");
    socket.subscribe("t").await;
}

#[tokio::test]
async fn a_pong_comes_after_all_that_was_sent_before_its_ping_has_taken_effect() {
    let platform = Platform::start();
    let mut socket = Socket::open(&platform).await;
    for round in 0..50_u8 {
        for part in 0..10 {
            socket
                .0
                .feed(Message::text(json!({ "type": "subscribe", "topic": format!("{round}-{part}") }).to_string()))
                .await
                .unwrap();
        }
        socket.0.send(Message::Ping(vec![round].into())).await.unwrap();
        let mut confirmed = 0;
        loop {
            match socket.0.next().await.unwrap().unwrap() {
                Message::Text(_) => confirmed += 1,
                Message::Pong(payload) => break assert_eq!(payload.as_ref(), [round]),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(confirmed, 10);
    }
}

#[tokio::test]
async fn a_socket_is_closed_when_its_token_is_revoked_or_has_run_out_and_when_it_is_too_slow() {
    let platform = Platform::start();
    let mut revoked = Socket::open(&platform).await;
    platform.dev("POST", "/_dev/tokens", &json!({ "revoke_all": true, "lifetime_s": 0, "clock_skew_s": -9 }));
    assert_eq!(revoked.next().await, 4401);
    let mut expires = Socket::open(&platform).await;
    assert_eq!(expires.next().await, 4401);
    platform.dev("POST", "/_dev/tokens", &json!({ "lifetime_s": 3600, "clock_skew_s": 0 }));
    let mut slow = Socket::open(&platform).await;
    slow.subscribe("t").await;
    platform.dev("POST", "/_dev/stream", &json!({ "mute": true }));
    platform.dev("POST", "/_dev/stream", &json!({ "publish": { "topic": "t", "count": 1025 } }));
    platform.dev("POST", "/_dev/stream", &json!({ "mute": false }));
    assert_eq!(slow.next().await, 1013);
    let mut large = Socket::open(&platform).await;
    large.0.send(Message::text("x".repeat((1 << 20) + 1))).await.unwrap();
    assert_eq!(large.next().await, 1009);
    let wrong = platform.send("POST", "/_dev/stream", &[], &json!({ "close": { "code": 999 } }).to_string());
    assert_eq!((wrong.status, &wrong.json()["field"]), (422, &json!("close.code")));
}
