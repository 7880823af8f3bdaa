//! How long a program that is running already waits for reqwest's first answer; prints milliseconds as JSON.

use std::time::Instant;

use crate::measure::Work;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};

pub(crate) fn run(work: &Work) {
    let start = Instant::now();
    crate::here(async {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let request = client
            .post(format!("{}{}", work.origin, Work::PATH))
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, &work.bearer)
            .body(work.body.clone());
        let answer = request.send().await.and_then(reqwest::Response::error_for_status).expect("an answer");
        answer.bytes().await.expect("a body");
    });
    println!(r#"{{"ms": {:.3}}}"#, start.elapsed().as_secs_f64() * 1000.0);
}
