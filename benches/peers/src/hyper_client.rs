//! hyper's own client (hyper-util's, which is how hyper is used for more than one request): a pool of connections to any server, no layers above, one thread.

use std::rc::Rc;
use std::time::Instant;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::task::spawn_local;

use crate::measure::{Meter, Work};

pub(crate) async fn run(work: Work) {
    let work = Rc::new(work);
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_max_idle_per_host(work.in_flight).http2_only(work.http2);
    let client: Client<_, Full<Bytes>> = builder.build(connector);
    let url: Uri = format!("{}{}", work.origin, Work::PATH).parse().expect("it is a URL");
    let meter = Rc::new(Meter::default());
    let tasks = (0..work.in_flight).map(|_| {
        let (work, meter, client, url) = (Rc::clone(&work), Rc::clone(&meter), client.clone(), url.clone());
        spawn_local(async move {
            loop {
                let start = Instant::now();
                let request = Request::post(url.clone())
                    .header(CONTENT_TYPE, "application/json")
                    .header(AUTHORIZATION, &work.bearer)
                    .body(Full::new(work.body.clone()))
                    .expect("it is a request");
                let answer = client.request(request).await.expect("an answer");
                assert!(answer.status().is_success());
                answer.into_body().collect().await.expect("a body").to_bytes();
                if !meter.done(start) {
                    break;
                }
            }
        })
    });
    meter.time_all(work.time, tasks.collect()).await;
}
