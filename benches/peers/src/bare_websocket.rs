//! Bare tokio-tungstenite: takes messages as they come, on one thread. `websocket IGNORED SECONDS`

use std::rc::Rc;

use crate::measure::{Meter, Work};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::task::spawn_local;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

pub(crate) async fn run(work: Work) {
    let stream = TcpStream::connect(work.authority()).await.expect("the server is there");
    stream.set_nodelay(true).expect("it is a TCP socket");
    let (mut socket, _) = client_async(format!("ws://{}/", work.authority()), stream).await.expect("a handshake");
    socket.send(Message::text(r#"{"type":"subscribe","topic":"bench"}"#)).await.expect("it is sent");
    socket.send(Message::Ping("1".into())).await.expect("it is sent");
    let meter = Rc::new(Meter::default());
    let counting = Rc::clone(&meter);
    let task = spawn_local(async move {
        while let Some(message) = socket.next().await {
            if message.expect("a message").is_text() && !counting.came() {
                break;
            }
        }
    });
    meter.time(work.time).await;
    task.await.expect("its end");
}
