//! Connections that several requests want: who gets which, and when they are let go of.

use super::handshake::{this_machine, trusting};
use super::*;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::mpsc::unbounded_channel;

use crate::config::HttpVersion;

#[tokio::test]
async fn who_waits_gets_a_connection_that_another_is_done_with_before_the_own_one_is_there() {
    let identity = this_machine();
    let acceptor = identity.acceptor(&[&rustls::version::TLS13], &[b"http/1.1"]);
    let (say, mut said) = unbounded_channel();
    let released = Arc::new(tokio::sync::Notify::new());
    let release = Arc::clone(&released);
    let server = Server::start(move |mut stream, number| {
        let (acceptor, say, released) = (acceptor.clone(), say.clone(), Arc::clone(&released));
        async move {
            if number > 0 {
                // Its handshake never comes to an end.
                say.send("another").unwrap();
                return closed(&mut stream).await;
            }
            let mut stream = acceptor.accept(stream).await.unwrap();
            head(&mut stream).await;
            say.send("a request").unwrap();
            released.notified().await;
            stream.write_all(OK).await.unwrap();
            head(&mut stream).await;
            stream.write_all(OK).await.unwrap();
        }
    })
    .await;
    let url = format!("https://{}/", server.address);
    let client = client(&trusting(&identity));
    let first = tokio::spawn(client.send(request(&url)));
    assert_eq!(said.recv().await, Some("a request"));
    let second = tokio::spawn(client.send(request(&url)));
    assert_eq!(said.recv().await, Some("another"));
    release.notify_one();
    assert_eq!(&first.await.unwrap().unwrap().body[..], b"ok");
    assert_eq!(&second.await.unwrap().unwrap().body[..], b"ok");
}

#[tokio::test]
async fn who_lost_his_connection_to_another_is_told_that_the_other_one_failed() {
    let identity = this_machine();
    let acceptor = identity.acceptor(&[&rustls::version::TLS13], &[b"http/1.1"]);
    let (say, mut said) = unbounded_channel();
    let failed = Arc::new(tokio::sync::Notify::new());
    let fail = Arc::clone(&failed);
    let server = Server::start(move |stream, number| {
        let (acceptor, say, failed) = (acceptor.clone(), say.clone(), Arc::clone(&failed));
        async move {
            if number == 0 {
                // Closed without a handshake.
                say.send("the first").unwrap();
                return failed.notified().await;
            }
            let mut stream = acceptor.accept(stream).await.unwrap();
            head(&mut stream).await;
            say.send("a request").unwrap();
            closed(&mut stream).await;
        }
    })
    .await;
    let url = format!("https://{}/", server.address);
    let client = client(&trusting(&identity));
    let first = tokio::spawn(client.send(request(&url)));
    assert_eq!(said.recv().await, Some("the first"));
    let second = tokio::spawn(client.send(request(&url)));
    assert_eq!(said.recv().await, Some("a request"), "the second connection carries the first request");
    fail.notify_one();
    assert_eq!(second.await.unwrap().map(|answer| answer.status).unwrap_err().progress(), Progress::NotSent);
    first.abort();
}

#[tokio::test]
async fn no_connection_is_made_any_more_for_a_request_that_was_given_up() {
    let (say, mut said) = unbounded_channel();
    let server = Server::start(move |mut stream, _| {
        let say = say.clone();
        async move {
            say.send("connected").unwrap();
            closed(&mut stream).await;
            say.send("closed").unwrap();
        }
    })
    .await;
    let exchange = tokio::spawn(plain().send(request(&format!("https://{}/", server.address))));
    assert_eq!(said.recv().await, Some("connected"));
    exchange.abort();
    assert_eq!(said.recv().await, Some("closed"));
}

#[tokio::test]
async fn requests_at_once_share_one_connection_of_http_2_and_its_failure() {
    let server = Server::start(|stream, _| async move {
        let answer = |_: Request<Incoming>| async { Ok::<_, std::convert::Infallible>(Response::new("ok".to_owned())) };
        // It ends when the client goes away.
        let _ =
            http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service_fn(answer)).await;
    })
    .await;
    let client = with(HttpConfig { version: HttpVersion::Http2, ..HttpConfig::default() });
    let url = server.url();
    for _ in 0..2 {
        let all = futures_util::future::join_all((0..100).map(|_| get(&client, &url))).await;
        assert!(all.into_iter().all(|answer| &answer.unwrap().body[..] == b"ok"));
        assert_eq!(server.connections(), 1);
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}/");
    let all = futures_util::future::join_all((0..100).map(|_| get(&client, &url))).await;
    assert!(all.into_iter().all(|answer| matches!(answer, Err(TransportError::Connect { .. }))));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_nobody_uses_is_let_go_of_in_time_and_not_before() {
    let still = Still::hold();
    let (say, mut said) = unbounded_channel();
    let server = Server::start(move |mut stream, _| {
        let say = say.clone();
        async move {
            while !head(&mut stream).await.is_empty() {
                stream.write_all(OK).await.unwrap();
            }
            say.send(tokio::time::Instant::now()).unwrap();
        }
    })
    .await;
    let client = with(HttpConfig { idle_ms: 5_000, ..HttpConfig::default() });
    get(&client, &server.url()).await.unwrap();
    tokio::time::advance(Duration::from_secs(4)).await;
    get(&client, &server.url()).await.unwrap();
    let used = tokio::time::Instant::now();
    drop(still);
    let idle = said.recv().await.unwrap() - used;
    assert!((Duration::from_secs(5)..Duration::from_secs(6)).contains(&idle), "{idle:?}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn several_that_send_one_after_the_other_hold_up_nobody() {
    let server = Server::start(|mut stream, _| async move {
        while !head(&mut stream).await.is_empty() {
            stream.write_all(OK).await.unwrap();
        }
    })
    .await;
    let client = plain();
    let each = || async {
        for _ in 0..200 {
            assert_eq!(&get(&client, &server.url()).await.unwrap().body[..], b"ok");
        }
    };
    tokio::join!(each(), each(), each());
    assert!(server.connections() <= 3);
}
