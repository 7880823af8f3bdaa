//! Bare hyper: a connection for each request in flight, or one with as many streams by HTTP/2; no pool, no layers, one thread.

use std::rc::Rc;
use std::time::Instant;

use crate::measure::{Meter, Work};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::rt::Executor;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::spawn_local;

type Body = Full<Bytes>;

/// Runs HTTP/2's tasks on this thread.
#[derive(Clone)]
struct Here;

impl<F: Future + 'static> Executor<F> for Here
where
    F::Output: 'static,
{
    fn execute(&self, task: F) {
        spawn_local(task);
    }
}

async fn connect(work: &Work) -> TokioIo<TcpStream> {
    let stream = TcpStream::connect(work.authority()).await.expect("the server is there");
    stream.set_nodelay(true).expect("it is a TCP socket");
    TokioIo::new(stream)
}

fn request(work: &Work) -> Request<Body> {
    let request =
        Request::post(if work.http2 { format!("{}{}", work.origin, Work::PATH) } else { Work::PATH.to_owned() })
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, &work.bearer);
    let request = if work.http2 { request } else { request.header(HOST, work.authority()) };
    request.body(Full::new(work.body.clone())).expect("it is a request")
}

async fn repeat<S>(work: &Work, meter: &Meter, mut send: impl FnMut(Request<Body>) -> S)
where
    S: Future<Output = hyper::Result<Response<Incoming>>>,
{
    loop {
        let start = Instant::now();
        let answer = send(request(work)).await.expect("an answer");
        assert!(answer.status().is_success());
        answer.into_body().collect().await.expect("a body").to_bytes();
        if !meter.done(start) {
            break;
        }
    }
}

pub(crate) async fn run(work: Work) {
    let work = Rc::new(work);
    let meter = Rc::new(Meter::default());
    let mut tasks = Vec::new();
    if work.http2 {
        let (sender, connection) = http2::handshake(Here, connect(&work).await).await.expect("a connection");
        spawn_local(connection);
        for _ in 0..work.in_flight {
            let (work, meter, mut sender) = (Rc::clone(&work), Rc::clone(&meter), sender.clone());
            tasks.push(spawn_local(async move { repeat(&work, &meter, |request| sender.send_request(request)).await }));
        }
    } else {
        for _ in 0..work.in_flight {
            let (mut sender, connection) = http1::handshake(connect(&work).await).await.expect("a connection");
            spawn_local(connection);
            let (work, meter) = (Rc::clone(&work), Rc::clone(&meter));
            tasks.push(spawn_local(async move { repeat(&work, &meter, |request| sender.send_request(request)).await }));
        }
    }
    meter.time_all(work.time, tasks).await;
}
