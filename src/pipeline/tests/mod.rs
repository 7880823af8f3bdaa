//! The pipeline under virtual time, against a server and a source of credentials that do as they are told.

mod breaker;
mod hedges;
mod matrix;
mod redirects;
mod retries;
mod stories;
mod storm;
mod tokens;
mod waiting;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::*;
use crate::auth::Credential;
use crate::clock::{BoxFuture, VirtualClock};
use crate::error::Code;
use crate::transport::{Answered, Destination, Exchange, HttpRequest, HttpResponse, Progress, TransportError};

const SEED: u64 = 20_261_123;
const ORIGIN: &str = "https://kei.example";

/// What the server does with one request.
#[derive(Clone)]
enum Does {
    Status(u16),
    With(u16, Vec<(&'static str, String)>),
    Fails(TransportError),
    Hangs,
    /// Answers after a while.
    Slow(Duration, u16),
}

fn connect() -> Does {
    Does::Fails(TransportError::Connect { origin: ORIGIN.into(), why: "refused".into() })
}

fn lost(progress: Progress) -> Does {
    Does::Fails(TransportError::Lost { origin: ORIGIN.into(), why: "reset".into(), progress })
}

/// A request as it arrived.
struct Arrived {
    at: Duration,
    method: Method,
    url: Destination,
    headers: HeaderMap,
    body: Bytes,
    timeout: Duration,
}

type Script = dyn FnMut(usize) -> Does + Send;

/// The server: what it does is a function of the request's number, from 0.
struct Server {
    clock: SharedClock,
    script: Mutex<Box<Script>>,
    arrived: Mutex<Vec<Arrived>>,
    abandoned: AtomicU64,
}

impl Exchange for Arc<Server> {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Answered> {
        let mut arrived = self.arrived.lock().unwrap();
        let does = (self.script.lock().unwrap())(arrived.len());
        arrived.push(Arrived {
            at: self.clock.now(),
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body,
            timeout: request.timeout,
        });
        let server = Arc::clone(self);
        Box::pin(async move {
            let (status, fields) = match does {
                Does::Status(status) => (status, Vec::new()),
                Does::With(status, fields) => (status, fields),
                Does::Slow(time, status) => {
                    let gone = Gone(&server);
                    server.clock.sleep(time).await;
                    std::mem::forget(gone);
                    (status, Vec::new())
                }
                Does::Fails(error) => return Err(error),
                Does::Hangs => {
                    let _gone = Gone(&server);
                    server.clock.sleep(request.timeout).await;
                    let (limit, progress) = (request.timeout, Progress::NoAnswer);
                    return Err(TransportError::Timeout { origin: ORIGIN.into(), limit, progress });
                }
            };
            let field = |(name, value): (&'static str, String)| {
                (HeaderName::from_static(name), HeaderValue::try_from(value).unwrap())
            };
            let headers = fields.into_iter().map(field).collect();
            Ok(Box::new(HttpResponse {
                status: StatusCode::from_u16(status).unwrap(),
                headers,
                body: Bytes::from_static(b"{}"),
                socket: None,
            }))
        })
    }
}

/// Counts exchanges that were dropped before their end.
struct Gone<'a>(&'a Server);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.abandoned.fetch_add(1, Ordering::SeqCst);
    }
}

/// Credentials: generation `n` is the bearer token `token-n`.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // Each is a switch of its own.
struct Tokens {
    generation: AtomicU64,
    renewable: bool,
    /// Tokens are bound to a key.
    bound: bool,
    rejections: AtomicU64,
    /// The scopes that were asked for, by each step.
    stepped_up: Mutex<Vec<String>>,
    fails: bool,
    hangs: bool,
}

impl Credentials for Tokens {
    fn credential(&self) -> BoxFuture<'_, Result<Option<Credential>>> {
        Box::pin(async {
            if self.hangs {
                std::future::pending::<()>().await;
            }
            if self.fails {
                return Err(Error::new(Code::Token, "the issuer is gone"));
            }
            let generation = self.generation.load(Ordering::SeqCst);
            let token = format!("token-{generation}");
            Ok(Some(if self.bound {
                Credential::bound(&token, generation)
            } else {
                Credential::of(&token, generation)
            }))
        })
    }

    fn at_once(&self, _: Duration) -> Option<Option<Credential>> {
        None
    }

    fn rejected<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            self.rejections.fetch_add(1, Ordering::SeqCst);
            assert_eq!(credential.generation, self.generation.load(Ordering::SeqCst), "the credential that was sent");
            if self.renewable {
                self.generation.fetch_add(1, Ordering::SeqCst);
            }
            Ok(self.renewable)
        })
    }

    fn insufficient<'a>(&'a self, credential: &'a Credential, scopes: &'a [String]) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            assert_eq!(credential.generation, self.generation.load(Ordering::SeqCst), "the credential that was sent");
            self.stepped_up.lock().unwrap().push(scopes.join(" "));
            if self.renewable {
                self.generation.fetch_add(1, Ordering::SeqCst);
            }
            Ok(self.renewable)
        })
    }
}

/// A pipeline with its server, credentials and clock.
struct World {
    clock: SharedClock,
    server: Arc<Server>,
    tokens: Arc<Tokens>,
    pipeline: Arc<Pipeline>,
}

impl World {
    fn new(script: impl FnMut(usize) -> Does + Send + 'static) -> Self {
        Self::with(&json!({}), Tokens { renewable: true, ..Tokens::default() }, script)
    }

    /// A server that does each of these once, and then the last for ever.
    fn of(does: &[Does]) -> Self {
        let does = does.to_vec();
        Self::new(move |number| does[number.min(does.len() - 1)].clone())
    }

    fn with(changes: &serde_json::Value, tokens: Tokens, script: impl FnMut(usize) -> Does + Send + 'static) -> Self {
        println!("seed {SEED}");
        let clock: SharedClock = Arc::new(VirtualClock::new(SystemTime::UNIX_EPOCH, SEED));
        let mut config = json!({ "base_url": ORIGIN, "http": { "allowed_origins": ["https://other.example"] } });
        for (name, value) in changes.as_object().unwrap() {
            config[name] = value.clone();
        }
        let config: ClientConfig = serde_json::from_value(config).unwrap();
        let server = Arc::new(Server {
            clock: Arc::clone(&clock),
            script: Mutex::new(Box::new(script)),
            arrived: Mutex::default(),
            abandoned: AtomicU64::new(0),
        });
        let tokens = Arc::new(tokens);
        let source = Arc::clone(&tokens) as Arc<dyn Credentials>;
        let pipeline =
            Pipeline::new(&config, Arc::new(Arc::clone(&server)), source, Arc::clone(&clock), Observe::default())
                .unwrap();
        Self { clock, server, tokens, pipeline: Arc::new(pipeline) }
    }

    fn call(&self, repeat: Repeat) -> Call {
        self.call_within(repeat, Duration::from_secs(30))
    }

    fn call_within(&self, repeat: Repeat, timeout: Duration) -> Call {
        Call {
            operation: "test",
            protocol: Protocol::Http,
            method: Method::POST,
            url: url::Url::parse(&format!("{ORIGIN}/path")).unwrap().into(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(b"{}"),
            repeat,
            authorize: true,
            upgrade: None,
            context: Arc::new(Context {
                correlation_id: "the-call".into(),
                deadline: self.clock.now() + timeout,
                timeout,
                trace: crate::observe::trace::Given::default(),
                tenant_id: None,
            }),
            retry: None,
            any_status: false,
        }
    }

    async fn run(&self, repeat: Repeat) -> Result<Reply> {
        self.pipeline.run(&self.call(repeat)).await
    }

    fn sent(&self) -> usize {
        self.server.arrived.lock().unwrap().len()
    }

    /// The values of a header field over all attempts.
    fn field(&self, name: &str) -> Vec<String> {
        let arrived = self.server.arrived.lock().unwrap();
        let value =
            |arrived: &Arrived| arrived.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        arrived.iter().map(value).collect()
    }

    /// When attempts arrived, since the first.
    fn times(&self) -> Vec<Duration> {
        let arrived = self.server.arrived.lock().unwrap();
        arrived.iter().map(|one| one.at.saturating_sub(arrived[0].at)).collect()
    }
}

fn failed(outcome: Result<Reply>) -> Error {
    outcome.err().expect("a failure")
}
