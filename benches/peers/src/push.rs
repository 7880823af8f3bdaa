//! The server of the WebSocket bench: to whoever has sent a text and a ping it writes messages without end, made beforehand, as fast as they are taken. It prints its port.

use std::fmt::Write;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;

/// Messages of a topic, as frames that are not masked.
fn frames() -> Vec<u8> {
    let mut frames = Vec::new();
    for number in 0..256 {
        let mut text = String::new();
        let data = "a".repeat(100);
        write!(
            text,
            r#"{{"type":"message","id":"message-{number:08}","topic":"bench","data":{{"n":{number},"text":"{data}"}}}}"#
        )
        .expect("memory");
        frames.extend([0x81, 126]);
        frames.extend(u16::try_from(text.len()).expect("it is short").to_be_bytes());
        frames.extend(text.as_bytes());
    }
    frames
}

async fn serve(stream: TcpStream) {
    stream.set_nodelay(true).expect("it is a TCP socket");
    let mut socket = tokio_tungstenite::accept_async(stream).await.expect("a handshake");
    while let Some(Ok(message)) = socket.next().await {
        if message.is_ping() {
            break;
        }
    }
    socket.flush().await.expect("the pong goes out");
    let (frames, stream) = (frames(), socket.get_mut());
    while stream.write_all(&frames).await.is_ok() {}
    let _ = socket.send(Message::Close(None)).await;
}

pub(crate) async fn run() {
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL).expect("it ends with its parent");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address").port());
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream));
    }
}
