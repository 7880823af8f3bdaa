//! What a request takes in memory while it is in flight, with bare hyper: the same as `c/held.c`.

use std::io::stdin;

use crate::measure::{Work, memory, more_files, variable};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::spawn_local;

async fn one(origin: String, bearer: String, body: Bytes) -> bool {
    let stream = TcpStream::connect(&origin).await.expect("the server is there");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("a connection");
    spawn_local(connection);
    let request = Request::post(Work::PATH)
        .header(HOST, origin)
        .header(CONTENT_TYPE, "application/json")
        .header(AUTHORIZATION, bearer)
        .body(Full::new(body))
        .expect("it is a request");
    let answer = sender.send_request(request).await.expect("an answer");
    let good = answer.status().is_success();
    answer.into_body().collect().await.expect("a body");
    good
}

/// Waits for a line while what runs on this thread goes on.
async fn line() {
    let read = tokio::task::spawn_blocking(|| stdin().read_line(&mut String::new()));
    read.await.expect("it is read").expect("standard input");
}

pub(crate) async fn run(count: usize) {
    more_files();
    let origin = variable("BENCH_ORIGIN").trim_start_matches("http://").to_owned();
    let body: Bytes = variable("BENCH_BODY").into();
    let bearer = format!("Bearer {}", variable("BENCH_BEARER"));
    let start = || spawn_local(one(origin.clone(), bearer.clone(), body.clone()));
    let mut tasks = vec![start()];
    line().await;
    let before = memory("VmRSS:");
    tasks.extend((1..count).map(|_| start()));
    line().await;
    let after = memory("VmRSS:");
    let mut good = 0;
    println!(r#"{{"bytes": {}}}"#, (after - before) * 1024 / (count as u64 - 1));
    for task in tasks {
        good += usize::from(task.await.expect("its end"));
    }
    println!(r#"{{"good": {good}}}"#);
}
