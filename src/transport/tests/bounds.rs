//! Answers without end: cut at the limit, whatever they are packed in.

use super::*;
use reqwest::StatusCode;
use std::io::Write;
use tokio::sync::oneshot;

/// A server whose answer has the given header fields and never ends; tells when the client has cut it.
async fn endless(
    fields: &'static str,
    more: impl FnMut() -> Vec<u8> + Send + 'static,
) -> (Server, oneshot::Receiver<()>) {
    let (cut, was_cut) = oneshot::channel();
    let mut once = Some((cut, more));
    let server = Server::start(move |mut stream, _| {
        let (cut, mut more) = once.take().expect("one connection only");
        async move {
            head(&mut stream).await;
            let start = format!("HTTP/1.1 200 OK\r\n{fields}transfer-encoding: chunked\r\n\r\n");
            stream.write_all(start.as_bytes()).await.unwrap();
            loop {
                let data = more();
                let mut chunk = format!("{:x}\r\n", data.len()).into_bytes();
                chunk.extend([&data[..], b"\r\n"].concat());
                if data.is_empty() {
                    continue;
                }
                if stream.write_all(&chunk).await.is_err() {
                    break;
                }
            }
            cut.send(()).unwrap();
        }
    })
    .await;
    (server, was_cut)
}

async fn assert_cut((server, was_cut): (Server, oneshot::Receiver<()>)) {
    let error = failure(&plain(), &server.url()).await;
    assert_eq!(error, TransportError::TooLarge { origin: server.origin(), limit: LIMIT });
    assert!(error.to_string().contains(&server.origin()));
    was_cut.await.expect("the server could write to the end of time");
}

static ZEROS: [u8; 1 << 20] = [0; 1 << 20];

#[tokio::test]
async fn a_chunked_answer_without_end_is_cut_at_the_limit() {
    assert_cut(endless("", || vec![b'x'; 10_000]).await).await;
}

#[tokio::test]
async fn a_gzip_bomb_without_end_is_cut_at_the_limit() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let bomb = endless("content-encoding: gzip\r\n", move || {
        packer.write_all(&ZEROS).unwrap();
        packer.flush().unwrap();
        std::mem::take(packer.get_mut())
    });
    assert_cut(Box::pin(bomb).await).await;
}

#[tokio::test]
async fn a_zstd_bomb_without_end_is_cut_at_the_limit() {
    let mut packer = zstd::Encoder::new(Vec::new(), 3).unwrap();
    let bomb = endless("content-encoding: zstd\r\n", move || {
        packer.write_all(&ZEROS).unwrap();
        packer.flush().unwrap();
        std::mem::take(packer.get_mut())
    });
    assert_cut(Box::pin(bomb).await).await;
}

#[tokio::test]
async fn a_brotli_bomb_without_end_is_cut_at_the_limit() {
    let mut packer = brotli::CompressorWriter::new(Vec::new(), 4096, 3, 22);
    let bomb = endless("content-encoding: br\r\n", move || {
        packer.write_all(&ZEROS).unwrap();
        packer.flush().unwrap();
        std::mem::take(packer.get_mut())
    });
    assert_cut(Box::pin(bomb).await).await;
}

#[tokio::test]
async fn the_limit_counts_the_body_as_unpacked_and_to_the_byte() {
    for (size, fits) in [(LIMIT, true), (LIMIT + 1, false)] {
        for packed in [false, true] {
            let mut body = vec![b'x'; size];
            let mut fields = String::new();
            if packed {
                let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                packer.write_all(&body).unwrap();
                body = packer.finish().unwrap();
                fields += "content-encoding: gzip\r\n";
            }
            let start = format!("HTTP/1.1 200 OK\r\n{fields}content-length: {}\r\n\r\n", body.len());
            let answer = [start.as_bytes(), &body].concat().leak();
            let server = Server::answering(answer).await;
            match get(&plain(), &server.url()).await {
                Ok(response) => {
                    assert!(fits, "{size} bytes fit");
                    assert_eq!((response.status, response.body.len()), (StatusCode::OK, size));
                }
                Err(error) => {
                    assert_eq!(error, TransportError::TooLarge { origin: server.origin(), limit: LIMIT });
                    assert!(!fits, "{size} bytes do not fit");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_header_without_end_is_cut() {
    let (cut, was_cut) = oneshot::channel();
    let mut cut = Some(cut);
    let server = Server::start(move |mut stream, _| {
        let cut = cut.take().expect("one connection only");
        async move {
            head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
            while stream.write_all(b"x-filler: 0123456789012345678901234567890123456789\r\n").await.is_ok() {}
            cut.send(()).unwrap();
        }
    })
    .await;
    let error = failure(&plain(), &server.url()).await;
    assert!(matches!(&error, TransportError::Protocol { origin, .. } if *origin == server.origin()), "{error:?}");
    was_cut.await.unwrap();
}
