//! What the hot paths of a call cost, one by one: `cargo bench --bench hot`. A token that is read and a record that is logged have benches of their own, beside their peers.

use std::hint::black_box;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use bytes::Bytes;
use divan::Bencher;
use divan::counter::ItemsCount;
use kei_agent::auth::Credential;
use kei_agent::clock::{BoxFuture, SystemClock};
use kei_agent::config::{ClientConfig, Protocol};
use kei_agent::observe::Observe;
use kei_agent::observe::redact::Redactor;
use kei_agent::observe::trace::Given;
use kei_agent::operation::Options;
use kei_agent::pipeline::{Call, Context, Credentials, Pipeline, Repeat};
use kei_agent::secret::Secret;
use kei_agent::transport::{Answered, Exchange, HttpRequest, HttpResponse};
use kei_agent::{Client, Result, Runtime, json};
use reqwest::Method;
use reqwest::header::HeaderMap;

mod c;

const SILENT: &str = r#"{"config": {"path": "none"}, "log": {"output": "none"}}"#;
const CLIENT: &str = r#"{"config": {"path": "none"}, "base_url": "http://127.0.0.1:9"}"#;
const REQUEST: &[u8] = br#"{"method": "bench.echo", "params": {"id": 7, "text": "some text that a request may have", "list": [1, 2, 3, 4]}}"#;
/// A call that sends nothing.
const LOCAL: (&str, &[u8]) = ("log.write", br#"{"level": "trace", "message": "not wanted"}"#);
/// How many are in flight.
const MANY: usize = 64;

fn main() {
    divan::main();
}

/// A handle is found, and its queue is empty.
#[divan::bench]
fn handle_lookup(bencher: Bencher) {
    let host = c::Host::new(SILENT, CLIENT);
    bencher.bench_local(|| host.drain(|_| ()));
}

/// A call is refused: the error object in a buffer, and the buffer given back.
#[divan::bench]
fn buffer_of_an_error(bencher: Bencher) {
    let host = c::Host::new(SILENT, CLIENT);
    bencher.bench_local(|| assert_ne!(host.submit("no.operation", b"{}", 0), 0));
}

#[divan::bench]
fn options_are_read() -> Options {
    json::decode(black_box(r#"{"timeout_ms": 5000, "idempotency_key": "a-key", "meta": true}"#), "the options", || {
        unreachable!("they fit")
    })
    .expect("they fit")
}

#[divan::bench]
fn request_is_checked() -> bool {
    json::text(black_box(REQUEST), "the request").is_ok_and(|text| json::depth(text, 64, "the request").is_ok())
}

#[divan::bench]
fn describe_an_operation(bencher: Bencher) {
    let runtime = Runtime::new(SILENT).expect("a runtime");
    let client = Client::new(&runtime, CLIENT).expect("a client");
    bencher.bench_local(|| client.call("kei.describe", br#"{"operation": "rpc.call"}"#, "").expect("it is described"));
}

/// A record passes the redactor, with a thousand secrets known.
#[divan::bench]
fn redaction(bencher: Bencher) {
    let redactor = Redactor::new();
    let mut random = fastrand::Rng::with_seed(7);
    let secrets: Vec<Secret> =
        (0..1000).map(|_| Secret::new((0..40).map(|_| random.alphanumeric()).collect::<String>())).collect();
    for secret in &secrets {
        redactor.register("token", secret);
    }
    let record = r#"{"timestamp":"2026-11-24T12:00:00.000000Z","level":"INFO","target":"kei_agent::call","message":"call succeeded","correlation_id":"0192f0c1-2b3c-7def-8abc-0123456789ab","operation":"rpc.call","method":"POST","duration_ms":3,"status":200,"attempts":1}"#;
    bencher.bench_local(|| redactor.scrub(black_box(record)).len());
}

/// Answers at once.
struct Mirror;

impl Exchange for Mirror {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Answered> {
        Box::pin(async move { Ok(Box::new(HttpResponse { body: request.body, ..HttpResponse::default() })) })
    }
}

/// Requests that need no credential.
struct Nobody;

impl Credentials for Nobody {
    fn credential(&self) -> BoxFuture<'_, Result<Option<Credential>>> {
        Box::pin(async { Ok(None) })
    }

    fn at_once(&self, _: Duration) -> Option<Option<Credential>> {
        Some(None)
    }

    fn rejected<'a>(&'a self, _: &'a Credential) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(false) })
    }

    fn insufficient<'a>(&'a self, _: &'a Credential, _: &'a [String]) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(false) })
    }
}

fn call() -> Call {
    let day = Duration::from_secs(86_400);
    let context = Context {
        correlation_id: "a-correlation-id".into(),
        deadline: day,
        timeout: day,
        trace: Given::default(),
        tenant_id: None,
    };
    Call {
        operation: "rpc.call",
        protocol: Protocol::Rpc,
        method: Method::POST,
        url: url::Url::parse("https://kei.example/api/v1/rpc/bench.echo").expect("a URL").into(),
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"{}"),
        repeat: Repeat::Never,
        authorize: true,
        upgrade: None,
        context: Arc::new(context),
        retry: None,
        any_status: false,
    }
}

/// Deadline, validation, breaker, budget, header fields, metrics and the log's decision, with a transport that answers at once.
#[divan::bench]
fn pipeline_without_a_transport(bencher: Bencher) {
    let config: ClientConfig = serde_json::from_str(r#"{"base_url": "https://kei.example"}"#).expect("it fits");
    let pipeline =
        Pipeline::new(&config, Arc::new(Mirror), Arc::new(Nobody), Arc::new(SystemClock), Observe::default())
            .expect("a pipeline");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    bencher
        .with_inputs(call)
        .bench_local_values(|call| runtime.block_on(pipeline.run(&call)).expect("an answer").response.body.len());
}

/// Calls that send nothing, their outcomes waited for and drained in batches.
#[divan::bench]
fn queue_push_and_drain(bencher: Bencher) {
    let host = c::Host::new(SILENT, CLIENT);
    bencher.counter(ItemsCount::new(MANY)).bench_local(|| {
        (0..MANY).for_each(|tag| assert_eq!(host.submit(LOCAL.0, LOCAL.1, tag as u64), 0));
        let mut left = MANY;
        while left > 0 {
            host.wait();
            left -= 1;
            host.drain(|_| left -= 1);
        }
    });
}

static ARRIVED: LazyLock<(Sender<u64>, Mutex<Receiver<u64>>)> = LazyLock::new(|| {
    let (send, receive) = channel();
    (send, Mutex::new(receive))
});

/// The same, with a callback for each.
#[divan::bench]
fn callback_dispatch(bencher: Bencher) {
    let host = c::Host::new(SILENT, CLIENT);
    host.call_back(|event| ARRIVED.0.send(event.tag).expect("somebody waits"));
    let arrived = ARRIVED.1.lock().expect("nobody panicked");
    bencher.counter(ItemsCount::new(MANY)).bench_local(|| {
        (0..MANY).for_each(|tag| assert_eq!(host.submit(LOCAL.0, LOCAL.1, tag as u64), 0));
        arrived.iter().take(MANY).count()
    });
}
