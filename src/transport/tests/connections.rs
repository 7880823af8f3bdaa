//! Connections: used again, given back, given up; and what arrives over them.

use super::*;
use tokio::sync::mpsc::unbounded_channel;

#[tokio::test]
async fn a_hundred_requests_in_a_row_use_one_connection() {
    let server = Server::start(|mut stream, _| async move {
        while !head(&mut stream).await.is_empty() {
            stream.write_all(OK).await.unwrap();
        }
    })
    .await;
    let client = plain();
    for _ in 0..100 {
        assert_eq!(&get(&client, &server.url()).await.unwrap().body[..], b"ok");
    }
    assert_eq!(server.connections(), 1);
    // A clone shares the connection.
    get(&client.clone(), &server.url()).await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced_without_a_failure() {
    let server = Server::start(|mut stream, _| async move {
        head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
    })
    .await;
    let client = plain();
    for _ in 0..20 {
        assert_eq!(&get(&client, &server.url()).await.unwrap().body[..], b"ok");
    }
    assert_eq!(server.connections(), 20);
}

#[tokio::test]
async fn an_answer_that_comes_before_its_request_was_taken_is_the_answer_and_the_last_on_its_connection() {
    let server = Server::start(|mut stream, number| async move {
        assert!(!head(&mut stream).await.is_empty());
        let refused: &[u8] = b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno";
        stream.write_all(if number == 0 { refused } else { OK }).await.unwrap();
        // Nothing more is read.
        std::future::pending::<()>().await;
    })
    .await;
    let client = plain();
    let large = Bytes::from(vec![b'x'; 64 << 20]);
    let answer =
        client.send(HttpRequest { method: Method::POST, body: large, ..request(&server.url()) }).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (413, &b"no"[..]));
    assert_eq!(&get(&client, &server.url()).await.unwrap().body[..], b"ok");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_redirect_is_handed_back_and_not_followed() {
    let other = Server::answering(OK).await;
    let place = format!("http://{}/elsewhere", other.address);
    for status in [301, 302, 303, 307, 308] {
        let answer = format!("HTTP/1.1 {status} Elsewhere\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n");
        let server = Server::answering(answer.into_bytes().leak()).await;
        let response = get(&plain(), &server.url()).await.unwrap();
        assert_eq!((response.status.as_u16(), &response.headers["location"]), (status, &place.parse().unwrap()));
        assert_eq!(server.connections(), 1);
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn giving_up_before_the_answer_closes_the_connection() {
    let (say, mut said) = unbounded_channel();
    let server = Server::start(move |mut stream, _| {
        let say = say.clone();
        async move {
            head(&mut stream).await;
            say.send("request").unwrap();
            closed(&mut stream).await;
            say.send("closed").unwrap();
        }
    })
    .await;
    let exchange = tokio::spawn(plain().send(request(&server.url())));
    assert_eq!(said.recv().await, Some("request"));
    exchange.abort();
    assert_eq!(said.recv().await, Some("closed"));
}

#[tokio::test]
async fn giving_up_in_the_answer_closes_the_connection() {
    let (say, mut said) = unbounded_channel();
    let server = Server::start(move |mut stream, _| {
        let say = say.clone();
        async move {
            head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n").await.unwrap();
            stream.write_all(&vec![b'x'; 64 << 20]).await.unwrap();
            say.send("in the answer").unwrap();
            closed(&mut stream).await;
            say.send("closed").unwrap();
        }
    })
    .await;
    let mut request = request(&server.url());
    request.max_answer_bytes = usize::MAX;
    let exchange = tokio::spawn(plain().send(request));
    assert_eq!(said.recv().await, Some("in the answer"));
    exchange.abort();
    assert_eq!(said.recv().await, Some("closed"));
}

#[tokio::test]
async fn a_request_that_is_given_up_before_it_is_polled_is_never_sent() {
    let server = Server::answering(OK).await;
    let client = plain();
    drop(client.send(request(&server.url())));
    get(&client, &server.url()).await.unwrap();
    assert_eq!(server.connections(), 1, "only the second request came");
}

#[tokio::test]
async fn a_request_arrives_as_it_was_given() {
    let (say, mut said) = unbounded_channel();
    let server = Server::start(move |mut stream, _| {
        let say = say.clone();
        async move {
            let head = head(&mut stream).await;
            let mut body = vec![0; 4];
            stream.read_exact(&mut body).await.unwrap();
            stream.write_all(OK).await.unwrap();
            say.send((head, body)).unwrap();
        }
    })
    .await;
    let mut request = request(&server.url());
    request.method = Method::POST;
    request.body = Bytes::from_static(b"\0\x01\xff!");
    request.headers.insert("x-own", "value".parse().unwrap());
    plain().send(request).await.unwrap();
    let (head, body) = said.recv().await.unwrap();
    assert!(head.starts_with("POST /path?query=1 HTTP/1.1\r\n"), "{head}");
    let lower = head.to_ascii_lowercase();
    for line in ["x-own: value", "content-length: 4", "user-agent: kei-agent/", &format!("host: {}", server.address)] {
        assert!(lower.contains(&format!("\r\n{line}")), "{line} is not in {head}");
    }
    for name in ["referer", "cookie", "authorization"] {
        assert!(!lower.contains(name), "{head}");
    }
    assert_eq!(body, b"\0\x01\xff!");
}
