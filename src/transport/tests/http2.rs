//! Streams of HTTP/2 against a server that does with them what it may.

use super::*;
use axum::http::Response;
use h2::server::{Connection, SendResponse};
use h2::{Reason, RecvStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::config::HttpVersion;

const LARGE: usize = 9 << 20;

type Asked = (axum::http::Request<RecvStream>, SendResponse<Bytes>);

fn two() -> HttpClient {
    with(HttpConfig { version: HttpVersion::Http2, ..HttpConfig::default() })
}

/// A server that hands each connection to `work`.
async fn serving<F>(work: impl Fn(Connection<TcpStream, Bytes>) -> F + Send + Sync + 'static) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    let work = Arc::new(work);
    Server::start(move |stream, _| {
        let work = Arc::clone(&work);
        async move { work(h2::server::handshake(stream).await.unwrap()).await }
    })
    .await
}

/// A server that hands each request to `work`, and answers pings meanwhile.
async fn answering<F>(work: impl Fn(Asked) -> F + Send + Sync + 'static) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    let work = Arc::new(work);
    serving(move |mut connection| {
        let work = Arc::clone(&work);
        async move {
            while let Some(Ok(asked)) = connection.accept().await {
                tokio::spawn(work(asked));
            }
        }
    })
    .await
}

fn post(url: &str, body: Vec<u8>) -> HttpRequest {
    HttpRequest { method: Method::POST, body: body.into(), max_answer_bytes: 2 * LARGE, ..request(url) }
}

fn ok() -> Response<()> {
    Response::new(())
}

/// The whole body of a request, and how long it was said to be.
async fn body(request: axum::http::Request<RecvStream>) -> (Vec<u8>, Option<String>) {
    let length = request.headers().get("content-length").map(|value| value.to_str().unwrap().to_owned());
    let (mut stream, mut whole) = (request.into_body(), Vec::new());
    while let Some(chunk) = stream.data().await {
        let chunk = chunk.unwrap();
        stream.flow_control().release_capacity(chunk.len()).unwrap();
        whole.extend_from_slice(&chunk);
    }
    (whole, length)
}

#[tokio::test]
async fn bodies_larger_than_every_window_arrive_as_they_were_sent() {
    let server = answering(|(request, mut answer)| async move {
        let (whole, length) = body(request).await;
        assert_eq!(length, Some(whole.len().to_string()));
        answer.send_response(ok(), false).unwrap().send_data(whole.into(), true).unwrap();
    })
    .await;
    let client = two();
    for size in [LARGE, 0, 1] {
        let sent: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
        assert!(client.send(post(&server.url(), sent.clone())).await.unwrap().body == sent, "{size}");
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_request_after_the_servers_goodbye_takes_a_new_connection() {
    let server = serving(|mut connection| async move {
        let Some(Ok((_, mut answer))) = connection.accept().await else { return };
        answer.send_response(ok(), true).unwrap();
        connection.graceful_shutdown();
        // It goes on until the client has gone.
        while connection.accept().await.is_some() {}
    })
    .await;
    let client = two();
    for _ in 0..3 {
        assert_eq!(get(&client, &server.url()).await.unwrap().status, 200);
    }
    assert!(server.connections() > 1);
}

#[tokio::test]
async fn a_stream_that_the_server_refused_counts_as_not_sent() {
    let server = answering(|(_, mut answer)| async move { answer.send_reset(Reason::REFUSED_STREAM) }).await;
    let error = failure(&two(), &server.url()).await;
    assert!(matches!(error, TransportError::Lost { progress: Progress::NotSent, .. }), "{error:?}");
}

#[tokio::test]
async fn a_stream_that_the_server_gave_up_counts_as_without_an_answer() {
    let server = answering(|(_, mut answer)| async move { answer.send_reset(Reason::INTERNAL_ERROR) }).await;
    let error = failure(&two(), &server.url()).await;
    assert!(matches!(error, TransportError::Lost { progress: Progress::NoAnswer, .. }), "{error:?}");
}

/// The answer to a request that is larger than what the server takes: `said` bytes long by its header, and then the word that no more of the request is wanted.
async fn cut_short(said: &'static str) -> Answered {
    let server = answering(move |(_request, mut answer)| async move {
        let head = Response::builder().header("content-length", said).body(()).unwrap();
        let mut stream = answer.send_response(head, false).unwrap();
        stream.send_data("enough".into(), false).unwrap();
        // After the body, not in its place.
        tokio::task::yield_now().await;
        stream.send_reset(Reason::NO_ERROR);
    })
    .await;
    two().send(post(&server.url(), vec![7; LARGE])).await
}

#[tokio::test]
async fn an_answer_is_whole_when_the_server_wants_no_more_of_the_request_and_broken_off_if_something_of_it_is_missing()
{
    assert_eq!(&cut_short("6").await.unwrap().body[..], b"enough");
    let error = cut_short("7").await.map(|answer| answer.body).unwrap_err();
    assert!(matches!(error, TransportError::Lost { progress: Progress::InAnswer, .. }), "{error:?}");
}

/// A server that says when a request has come, and then does nothing any more, not even answer pings.
async fn falling_silent(say: UnboundedSender<()>) -> Server {
    serving(move |mut connection| {
        let say = say.clone();
        async move {
            let asked = connection.accept().await.unwrap().unwrap();
            say.send(()).unwrap();
            std::future::pending::<()>().await;
            drop(asked);
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_no_ping_is_lost_long_before_the_requests_time_is_over() {
    let (say, mut said) = unbounded_channel();
    let server = falling_silent(say).await;
    let still = Still::hold();
    let start = tokio::time::Instant::now();
    let exchange = tokio::spawn(two().send(request(&server.url())));
    said.recv().await.unwrap();
    drop(still);
    let error = exchange.await.unwrap().map(|answer| answer.status).unwrap_err();
    assert!(
        matches!(&error, TransportError::Lost { why, progress: Progress::NoAnswer, .. } if why.contains("ping")),
        "{error:?}"
    );
    let took = start.elapsed();
    assert!(Duration::from_secs(25) < took && took < Duration::from_secs(60), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_pings_may_take_its_time() {
    let (say, mut said) = unbounded_channel::<oneshot::Sender<()>>();
    let server = answering(move |(request, mut answer)| {
        let say = say.clone();
        async move {
            if request.uri().path() == "/slow" {
                let (go, wait) = oneshot::channel();
                say.send(go).unwrap();
                wait.await.unwrap();
            }
            answer.send_response(ok(), true).unwrap();
        }
    })
    .await;
    let _still = Still::hold();
    let (client, url) = (two(), format!("http://{}", server.address));
    let slow = tokio::spawn(client.send(request(&format!("{url}/slow"))));
    let go = said.recv().await.unwrap();
    for _ in 0..4 {
        // Long enough for a ping. What comes after it tells that it was answered.
        tokio::time::advance(Duration::from_secs(21)).await;
        get(&client, &url).await.unwrap();
        tokio::time::advance(Duration::from_secs(21)).await;
        get(&client, &url).await.unwrap();
    }
    go.send(()).unwrap();
    assert_eq!(slow.await.unwrap().unwrap().status, 200);
    assert_eq!(server.connections(), 1);
}
