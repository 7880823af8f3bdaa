//! Each way to fail, from its real cause.

use super::*;
use tokio::net::TcpSocket;
use tokio::sync::mpsc::unbounded_channel;

/// Says what the error says, and that it says it of this origin and of nothing that may be secret.
fn assert_names(error: &TransportError, origin: &str) {
    let text = error.to_string();
    assert!(text.contains(origin), "{text}");
    assert!(!text.contains("path") && !text.contains("query"), "{text}");
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_no_connection() {
    // Bound, so that nobody else can listen there either.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let origin = format!("http://{}", socket.local_addr().unwrap());
    let error = failure(&plain(), &format!("{origin}/path?query=1")).await;
    assert!(matches!(&error, TransportError::Connect { why, .. } if why.contains("refused")), "{error:?}");
    assert_eq!(error.progress(), Progress::NotSent);
    assert_names(&error, &origin);
}

#[tokio::test]
async fn a_name_without_an_address_is_a_failure_of_the_name() {
    let error = failure(&plain(), "http://nobody.invalid/path?query=1").await;
    assert!(matches!(error, TransportError::Dns { .. }), "{error:?}");
    assert_eq!(error.progress(), Progress::NotSent);
    assert_names(&error, "http://nobody.invalid");
}

#[tokio::test]
async fn a_server_that_goes_before_its_answer_is_lost_without_an_answer() {
    for answer in
        [&b""[..], b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\ncontent-le", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"]
    {
        let server = Server::answering(answer).await;
        let error = failure(&plain(), &server.url()).await;
        assert!(matches!(error, TransportError::Lost { progress: Progress::NoAnswer, .. }), "{error:?}");
        assert_names(&error, &server.origin());
        assert_eq!(server.connections(), 1, "it is not sent again behind the caller's back");
    }
}

#[tokio::test]
async fn a_server_that_goes_in_its_body_is_lost_in_the_answer() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this"[..],
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nonly\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nonly",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 100\r\n\r\n\x1f\x8b\x08\0\0\0\0\0",
    ] {
        let server = Server::answering(answer).await;
        let error = failure(&plain(), &server.url()).await;
        assert!(matches!(error, TransportError::Lost { progress: Progress::InAnswer, .. }), "{error:?}");
        assert_names(&error, &server.origin());
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_is_no_http_breaks_the_protocol() {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.6\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not for you\r\n\r\n",
        b"<html><body>hello</body></html>\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: ten\r\n\r\n0123456789",
    ] {
        let server = Server::answering(answer).await;
        let error = failure(&plain(), &server.url()).await;
        let shown = String::from_utf8_lossy(answer);
        assert!(matches!(error, TransportError::Protocol { .. }), "{shown}: {error:?}");
        assert_names(&error, &server.origin());
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_its_header_says_breaks_the_protocol() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnot hex\r\nbody\r\n0\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 20\r\n\r\nthis is no gzip text",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: zstd\r\ncontent-length: 20\r\n\r\nthis is no zstd text",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 20\r\n\r\n\xff\xff is no brotli text",
    ] {
        let server = Server::answering(answer).await;
        let error = failure(&plain(), &server.url()).await;
        let shown = String::from_utf8_lossy(answer);
        assert!(matches!(error, TransportError::Protocol { .. }), "{shown}: {error:?}");
        assert_eq!(error.progress(), Progress::InAnswer);
        assert_names(&error, &server.origin());
    }
}

/// The failure of a request of ten seconds to a server that does `work`, says so, and is silent from then on.
async fn silence<F>(
    url: impl Fn(&Server) -> String,
    work: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> (TransportError, Server)
where
    F: Future<Output = TcpStream> + Send + 'static,
{
    let (say, mut said) = unbounded_channel();
    let work = Arc::new(work);
    let server = Server::start(move |stream, _| {
        let (work, say) = (Arc::clone(&work), say.clone());
        async move {
            let mut stream = work(stream).await;
            say.send(()).unwrap();
            closed(&mut stream).await;
        }
    })
    .await;
    let timeouts = TimeoutConfig::default();
    let http = HttpConfig { proxy: Some("none".into()), ..HttpConfig::default() };
    let client = HttpClient::new(&http, &TlsConfig::default(), None, &timeouts).unwrap();
    let mut request = request(&url(&server));
    (request.timeout, request.max_answer_bytes) = (Duration::from_secs(10), usize::MAX);
    let still = Still::hold();
    let exchange = tokio::spawn(client.send(request));
    said.recv().await.unwrap();
    drop(still);
    (exchange.await.unwrap().map(|response| response.status).unwrap_err(), server)
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_a_timeout_without_an_answer() {
    let (error, server) = silence(Server::url, |mut stream| async {
        head(&mut stream).await;
        stream
    })
    .await;
    let limit = Duration::from_secs(10);
    assert_eq!(error, TransportError::Timeout { origin: server.origin(), limit, progress: Progress::NoAnswer });
    assert_names(&error, &server.origin());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_in_its_answer_is_a_timeout_in_the_answer() {
    let (error, server) = silence(Server::url, |mut stream| async {
        head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n").await.unwrap();
        // More than all buffers on the way hold: when it is gone, the client is reading the body.
        stream.write_all(&vec![b'x'; 64 << 20]).await.unwrap();
        stream
    })
    .await;
    let limit = Duration::from_secs(10);
    assert_eq!(error, TransportError::Timeout { origin: server.origin(), limit, progress: Progress::InAnswer });
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_silent_in_the_handshake_is_a_timeout_with_nothing_sent() {
    let (error, server) = silence(
        |server| format!("https://{}/path?query=1", server.address),
        |mut stream| async {
            assert_eq!(stream.read_u8().await.unwrap(), 0x16, "the client's first message of a handshake");
            stream
        },
    )
    .await;
    let (origin, limit) = (format!("https://{}", server.address), Duration::from_millis(3100));
    assert_eq!(error, TransportError::Timeout { origin, limit, progress: Progress::NotSent });
}
