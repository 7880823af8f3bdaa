//! reqwest, on one thread.

use std::rc::Rc;
use std::time::Instant;

use crate::measure::{Meter, Work};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use tokio::task::spawn_local;

pub(crate) async fn run(work: Work) {
    let work = Rc::new(work);
    let mut builder = reqwest::Client::builder().no_proxy().tcp_nodelay(true).pool_max_idle_per_host(work.in_flight);
    if work.http2 {
        builder = builder.http2_prior_knowledge();
    }
    let client = builder.build().expect("a client");
    let meter = Rc::new(Meter::default());
    let tasks = (0..work.in_flight).map(|_| {
        let (work, meter, client) = (Rc::clone(&work), Rc::clone(&meter), client.clone());
        spawn_local(async move {
            let url = format!("{}{}", work.origin, Work::PATH);
            loop {
                let start = Instant::now();
                let request = client
                    .post(&url)
                    .header(CONTENT_TYPE, "application/json")
                    .header(AUTHORIZATION, &work.bearer)
                    .body(work.body.clone());
                let answer = request.send().await.and_then(reqwest::Response::error_for_status).expect("an answer");
                answer.bytes().await.expect("a body");
                if !meter.done(start) {
                    break;
                }
            }
        })
    });
    meter.time_all(work.time, tasks.collect()).await;
}
