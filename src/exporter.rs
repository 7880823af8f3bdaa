//! The way to a collector: a thread of its own, which sends what waits in [`crate::observe::exports`].
//!
//! It has a reactor and connections of its own, and no log of its own: a collector that hangs holds up nothing else, and sending log records
//! makes none. Each signal goes its own way, so that one that is not taken holds up none of the others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use crate::config::{HttpConfig, LogLevel, Mounts, OtlpConfig, TimeoutConfig, ms};
use crate::error::{Code, Error, Result};
use crate::observe::exports::{BATCH, Signal, Waiting};
use crate::observe::log::Tap;
use crate::observe::otlp::{self, Resource};
use crate::observe::{Observe, exports::Exports};
use crate::operations;
use crate::runtime::Services;
use crate::secret::Secret;
use crate::transport::{self, Answered, ClientCertificate, Exchange, HttpClient, HttpRequest, HttpResponse};

/// How long the last of it may take when the runtime shuts down.
const LAST: Duration = Duration::from_secs(2);
/// How often a request is sent at most, and how long is waited at first, and at most, before it is sent again.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How large an answer may be.
const ANSWER: usize = 1 << 20;
/// The key of the sink that takes log records; queues of the host's have their handles, which are not 0.
const TAP: u64 = 0;

/// The exporter of a runtime, before its thread runs.
pub(crate) struct Exporter {
    reactor: tokio::runtime::Runtime,
    work: Work,
}

impl Exporter {
    /// One as the configuration asks for it, if it does.
    pub(crate) fn new(config: &OtlpConfig, mounts: &Mounts, observe: &Observe) -> Result<Option<Self>> {
        let Some(url) = config.url()? else { return Ok(None) };
        let headers = headers(&config.headers, observe)?;
        let reactor = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .thread_name("kei-blocking")
            .build()
            .map_err(|error| Error::new(Code::Overloaded, format!("no event loop could be made: {error}")))?;
        let http = {
            let _inside = reactor.enter();
            let tls = config.tls.tls();
            let certificate = ClientCertificate::of(&tls, &observe.redactor, mounts)?.map(Arc::new);
            let timeouts = TimeoutConfig::default();
            HttpClient::new(&HttpConfig::default(), &tls, certificate.as_ref(), &timeouts)?
        };
        if config.logs {
            let exports = Arc::clone(&observe.exports);
            observe.logging.attach(TAP, Some(&config.log), Box::new(Records(exports)));
        }
        let work = Work {
            config: config.clone(),
            url,
            headers,
            http,
            resource: Resource::new(config),
            begun: SystemTime::now(),
        };
        Ok(Some(Self { reactor, work }))
    }

    /// Sends until `end` is cancelled, and then what is left, for two seconds at most.
    pub(crate) fn run(self, services: &Services, end: &CancellationToken) {
        let Self { reactor, work } = self;
        let all = async {
            tokio::select! {
                () = work.all(services, end) => {}
                () = async { end.cancelled().await; sleep(LAST).await } => {}
            }
        };
        reactor.block_on(all.with_subscriber(NoSubscriber::new()));
        services.observe.logging.detach(TAP);
        // What did not get through by now is lost.
        let exports = &services.observe.exports;
        exports.lost(Signal::Traces, exports.spans.take().len());
        exports.lost(Signal::Logs, exports.logs.take().len());
        reactor.shutdown_background();
    }
}

/// The header fields that the configuration adds; their values are secrets.
fn headers(given: &BTreeMap<String, Secret>, observe: &Observe) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let field = format!("otlp.headers.{name}");
        let wrong = |what: &str| Error::new(Code::Config, format!("`{field}` {what}")).with("field", field.as_str());
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("is not the name of a header field"))?;
        let mut value_of = HeaderValue::from_str(value.expose())
            .map_err(|_| wrong("must be visible characters, without line breaks"))?;
        value_of.set_sensitive(true);
        observe.redactor.register("header", value);
        headers.insert(parsed, value_of);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    Ok(headers)
}

/// Takes log records to be sent.
struct Records(Arc<Exports>);

impl Tap for Records {
    fn record(&self, _: u32, record: &[u8]) -> bool {
        self.0.logs.push(record.to_vec(), record.len())
    }
}

struct Work {
    config: OtlpConfig,
    url: Url,
    headers: HeaderMap,
    http: HttpClient,
    resource: Resource,
    begun: SystemTime,
}

/// How the way of one signal goes.
struct Way<'a> {
    signal: Signal,
    url: Url,
    observe: &'a Observe,
    end: &'a CancellationToken,
    /// Whether the last request failed.
    failing: bool,
}

impl Work {
    async fn all(&self, services: &Services, end: &CancellationToken) {
        let observe = &services.observe;
        let way = |signal: Signal| {
            let mut url = self.url.clone();
            let path = format!("{}/v1/{}", url.path().trim_end_matches('/'), signal.name());
            url.set_path(&path);
            Way { signal, url, observe, end, failing: false }
        };
        let redactor = &observe.redactor;
        let traces = async {
            let encode = |spans: &[_]| otlp::traces(spans, &self.resource, redactor);
            self.batches(way(Signal::Traces), &observe.exports.spans, encode).await;
        };
        let logs = async {
            let encode = |lines: &[_]| otlp::logs(lines, &self.resource, redactor);
            self.batches(way(Signal::Logs), &observe.exports.logs, encode).await;
        };
        let metrics = async {
            if self.config.metrics {
                self.numbers(way(Signal::Metrics), services).await;
            }
        };
        tokio::join!(traces, logs, metrics);
    }

    /// Sends what waits, when there is enough of it or it has waited for long enough.
    async fn batches<T>(&self, mut way: Way<'_>, waiting: &Waiting<T>, encode: impl Fn(&[T]) -> Bytes) {
        loop {
            let last = tokio::select! {
                biased;
                () = way.end.cancelled() => true,
                () = waiting.enough() => false,
                () = sleep(ms(self.config.batch_ms)) => false,
            };
            let items = waiting.take();
            let mut batches = items.chunks(BATCH);
            for batch in &mut batches {
                self.bring(&mut way, encode(batch), batch.len()).await;
            }
            if last {
                return;
            }
        }
    }

    async fn numbers(&self, mut way: Way<'_>, services: &Services) {
        let every = ms(self.config.metrics_interval_ms);
        let mut next = Instant::now() + every;
        loop {
            let last = tokio::select! {
                biased;
                () = way.end.cancelled() => true,
                () = tokio::time::sleep_until(next) => false,
            };
            next = Instant::now() + every;
            let numbers = operations::metrics(services);
            let body =
                otlp::metrics(&numbers, self.begun, SystemTime::now(), &self.resource, &services.observe.redactor);
            self.bring(&mut way, body, 1).await;
            if last {
                return;
            }
        }
    }

    /// Brings `count` things to the collector, or counts them as lost. Failing is told once, and so is that it works again.
    async fn bring(&self, way: &mut Way<'_>, body: Bytes, count: usize) {
        let signal = way.signal.name();
        match self.try_to_bring(way, body).await {
            Ok(response) => {
                if std::mem::take(&mut way.failing) {
                    let dropped = way.observe.exports.dropped(way.signal);
                    way.say(
                        LogLevel::Info,
                        &format!("the collector takes {signal} again"),
                        &json!({ "dropped": dropped }),
                    );
                }
                if let Some((rejected, why)) = otlp::rejected(&response.body) {
                    way.observe.exports.lost(way.signal, rejected);
                    way.say(
                        LogLevel::Warn,
                        &format!("the collector did not take all {signal}: {why}"),
                        &json!({ "dropped": rejected }),
                    );
                }
            }
            Err(why) => {
                way.observe.exports.lost(way.signal, count);
                if !std::mem::replace(&mut way.failing, true) {
                    way.say(
                        LogLevel::Warn,
                        &format!("the collector takes no {signal}: {why}"),
                        &json!({ "dropped": count }),
                    );
                }
            }
        }
    }

    async fn try_to_bring(&self, way: &Way<'_>, body: Bytes) -> Result<Box<HttpResponse>, String> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            let (why, wait) = match self.send(&way.url, body.clone()).await {
                Ok(response) if response.status.is_success() => return Ok(response),
                Ok(response) => {
                    let why = format!("it answered HTTP {}", response.status.as_u16());
                    // Those that the specification of OTLP/HTTP names.
                    if !matches!(response.status.as_u16(), 429 | 502..=504) {
                        return Err(why);
                    }
                    (why, transport::retry_after(&response.headers, &crate::clock::SystemClock))
                }
                Err(error) => (error.to_string(), None),
            };
            // While the collector takes nothing, what is new is not held up by what is old; at the end there is no time for it.
            if attempt == ATTEMPTS || way.failing || way.end.is_cancelled() {
                return Err(why);
            }
            let wait = wait.unwrap_or(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).min(LONGEST_PAUSE);
            // At the end it is tried once more at once.
            let _ = timeout(wait, way.end.cancelled()).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Err(String::new())
    }

    async fn send(&self, url: &Url, body: Bytes) -> Answered {
        let request = HttpRequest {
            method: Method::POST,
            url: url.clone().into(),
            headers: self.headers.clone(),
            body,
            timeout: ms(self.config.timeout_ms),
            max_answer_bytes: ANSWER,
            upgrade: false,
            leg: None,
        };
        self.http.send(request).await
    }
}

impl Way<'_> {
    fn say(&self, level: LogLevel, message: &str, fields: &Value) {
        let none = Map::new();
        self.observe.logging.write(level, "kei_agent::otlp", message, fields.as_object().unwrap_or(&none));
    }
}
