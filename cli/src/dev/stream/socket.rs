//! One socket's life: what it sends is acted on in order, what others publish is sent to it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Socket, State, TOKEN_EXPIRED, lock};

/// How the socket's side of things goes on.
enum Next {
    Go,
    /// It has ended, with this code if it gave one.
    Ended(Option<u16>),
}

pub(super) async fn serve(state: Arc<State>, mut wire: WebSocket, headers: HeaderMap, expires: Duration) {
    let stream = &state.stream;
    let id = stream.opened.fetch_add(1, Ordering::SeqCst) + 1;
    let agent = headers.get("x-agent-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let socket = Arc::new(Socket {
        agent,
        topics: std::sync::Mutex::default(),
        out: std::sync::Mutex::default(),
        told: tokio::sync::Notify::new(),
        received: 0.into(),
        sent: 0.into(),
        pings: 0.into(),
        cut: false.into(),
    });
    lock(&stream.sockets).insert(id, Arc::clone(&socket));
    // The token may have been revoked after it was checked, and before this socket was known.
    if state.issuer.check(&headers).is_err() {
        socket.close(TOKEN_EXPIRED.0, TOKEN_EXPIRED.1);
    }
    let mut muted = stream.muted.subscribe();
    let mut expired = std::pin::pin!(tokio::time::sleep(expires));
    let code = loop {
        if *muted.borrow_and_update() {
            // Neither read nor written, but kept open. Cutting works all the same.
            tokio::select! {
                _ = muted.changed() => {}
                () = socket.told.notified() => {}
            }
            if socket.cut.load(Ordering::SeqCst) {
                break None;
            }
            if !*muted.borrow() {
                // Whatever came in the meantime is still to be sent.
                socket.told.notify_one();
            }
            continue;
        }
        let next = tokio::select! {
            biased;
            _ = muted.changed() => Next::Go,
            () = socket.told.notified() => send(&socket, &mut wire).await,
            () = &mut expired => {
                close(&mut wire, TOKEN_EXPIRED.0, TOKEN_EXPIRED.1).await;
                Next::Ended(Some(TOKEN_EXPIRED.0))
            }
            message = wire.recv() => match message {
                Some(Ok(message)) => act(&state, &socket, &mut wire, message).await,
                Some(Err(error)) if error.to_string().to_lowercase().contains("too long") => {
                    close(&mut wire, 1009, "message too big").await;
                    Next::Ended(Some(1009))
                }
                Some(Err(_)) | None => Next::Ended(None),
            },
        };
        if let Next::Ended(code) = next {
            break code;
        }
    };
    stream.forget(id, code);
}

/// Sends what waits.
async fn send(socket: &Socket, wire: &mut WebSocket) -> Next {
    if socket.cut.load(Ordering::SeqCst) {
        return Next::Ended(None);
    }
    loop {
        let (message, end) = {
            let mut out = lock(&socket.out);
            let message = out.messages.pop_front();
            (message, if out.messages.is_empty() { out.close.clone() } else { None })
        };
        if let Some(message) = &message {
            if wire.send(Message::text(message.clone())).await.is_err() {
                return Next::Ended(None);
            }
            socket.sent.fetch_add(1, Ordering::SeqCst);
        }
        if let Some((code, reason)) = end {
            close(wire, code, &reason).await;
            return Next::Ended(Some(code));
        }
        if message.is_none() {
            return Next::Go;
        }
    }
}

/// Closes from this side: says so, and reads on until the other side has said it, too.
async fn close(wire: &mut WebSocket, code: u16, reason: &str) {
    if wire.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await.is_ok() {
        let _ =
            tokio::time::timeout(Duration::from_secs(5), async { while let Some(Ok(_)) = wire.recv().await {} }).await;
    }
}

/// What a client sends.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Frame {
    Subscribe { topic: String },
    Unsubscribe { topic: String },
    Publish { topic: String, data: Value, id: Option<String> },
}

async fn act(state: &State, socket: &Socket, wire: &mut WebSocket, message: Message) -> Next {
    match message {
        Message::Text(text) => {
            socket.received.fetch_add(1, Ordering::SeqCst);
            if let Err(error) = frame(state, socket, &text) {
                socket.send(&error);
            }
        }
        Message::Binary(_) => socket.send(&refused(None, "invalid_frame", "frames are JSON texts, not binary")),
        Message::Ping(_) => {
            // The pong goes out by itself with the next write; what was asked for before must be answered before it.
            socket.pings.fetch_add(1, Ordering::SeqCst);
        }
        Message::Pong(_) => {}
        Message::Close(frame) => {
            // What was sent to this socket before goes out before the answer to the close.
            let _ = send(socket, wire).await;
            return Next::Ended(Some(frame.map_or(1005, |frame| frame.code)));
        }
    }
    Next::Go
}

fn refused(topic: Option<&str>, code: &str, message: &str) -> Value {
    let mut error = json!({ "type": "error", "code": code, "message": message });
    if let Some(topic) = topic {
        error["topic"] = topic.into();
    }
    error
}

/// Acts on a frame; what it does not do is answered with an error.
fn frame(state: &State, socket: &Socket, text: &str) -> Result<(), Value> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| refused(None, "invalid_json", &format!("the frame is not JSON: {error}")))?;
    let kind = value["type"].as_str().unwrap_or_default().to_owned();
    if !["subscribe", "unsubscribe", "publish"].contains(&kind.as_str()) {
        let message = "`type` must be subscribe, unsubscribe or publish";
        return Err(refused(None, "unknown_type", message));
    }
    let named = value["topic"].as_str().map(str::to_owned);
    let frame: Frame = serde_json::from_value(value)
        .map_err(|error| refused(named.as_deref(), "invalid_frame", &format!("the frame does not fit: {error}")))?;
    match frame {
        Frame::Subscribe { topic } => {
            check(&topic)?;
            lock(&socket.topics).insert(topic.clone());
            socket.send(&json!({ "type": "subscribed", "topic": topic }));
        }
        Frame::Unsubscribe { topic } => {
            lock(&socket.topics).remove(&topic);
            socket.send(&json!({ "type": "unsubscribed", "topic": topic }));
        }
        Frame::Publish { topic, data, id } => {
            check(&topic)?;
            if id
                .as_ref()
                .is_some_and(|id| !(1..=128).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic()))
            {
                let message = "`id` must be 1 to 128 visible ASCII characters";
                return Err(refused(Some(&topic), "invalid_frame", message));
            }
            state.stream.publish(&topic, id.as_deref(), &data, socket.agent.as_deref());
        }
    }
    Ok(())
}

/// A topic that may be had.
fn check(topic: &str) -> Result<(), Value> {
    if !(1..=256).contains(&topic.len()) || topic.chars().any(char::is_control) {
        let message = "`topic` must be 1 to 256 bytes without control characters";
        return Err(refused(Some(topic), "invalid_topic", message));
    }
    if topic.starts_with("private.") {
        return Err(refused(Some(topic), "forbidden_topic", "topics that begin with `private.` are not for agents"));
    }
    Ok(())
}
