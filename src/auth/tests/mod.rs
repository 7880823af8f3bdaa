//! The token manager against a scripted issuer, under virtual time.

// Times out of order are what these tests look for: a panic is the right end for them.
#![allow(clippy::unchecked_time_subtraction)]

mod bearer;
mod chain;
mod cold;
mod counted;
mod day;
mod discovery;
mod grants;
mod host;
mod life;
mod logout;
mod outage;
mod proof;
mod rejected;
mod renewal;
mod retries;
mod scopes;
mod secrets;
mod shared;
mod vectors;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use tokio::runtime::Handle;

use super::{Credential, Kind, Means, TokenManager};
use crate::clock::{BoxFuture, SharedClock, VirtualClock};
use crate::config::{AuthConfig, Mounts, TimeoutConfig};
use crate::error::{Code, Error, Result};
use crate::observe::Observe;
use crate::observe::redact::Redactor;
use crate::transport::{Answered, Exchange, HttpRequest, HttpResponse, TransportError};

pub(super) const SEED: u64 = 20_261_123;
pub(super) const ISSUER: &str = "https://issuer.example";
pub(super) const SECRET: &str = "p@ss/wörd+\"x\" 1&2=?";
pub(super) const HOUR: Duration = Duration::from_secs(3600);

pub(super) const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What the issuer does with one request.
pub(super) enum Reply {
    /// What a sound issuer answers: its metadata, or a token that lives an hour.
    Usual,
    /// A token that lives this many seconds.
    Token(u64),
    /// A status, with header fields and a body.
    Answer(u16, &'static [(&'static str, &'static str)], String),
    /// No answer, ever.
    Hang,
    /// No answer, and this error.
    Fail(TransportError),
    /// The same, later.
    After(Duration, Box<Reply>),
}

impl Reply {
    pub(super) fn json(text: impl Into<String>) -> Self {
        Self::Answer(200, &[], text.into())
    }

    pub(super) fn status(status: u16) -> Self {
        Self::Answer(status, &[], String::new())
    }

    pub(super) fn later(self, after: Duration) -> Self {
        Self::After(after, Box::new(self))
    }

    pub(super) fn refused() -> Self {
        Self::Fail(TransportError::Connect { origin: ISSUER.into(), why: "connection refused".into() })
    }
}

/// One request that arrived at the issuer.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) at: Duration,
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
    /// Which request for a token it is, counted from 1; 0 for metadata.
    pub(super) number: usize,
}

type Script = Box<dyn FnMut(&Asked) -> Reply + Send>;

/// A stand-in for the network, with one issuer behind it.
pub(super) struct Issuer {
    clock: SharedClock,
    script: Mutex<Script>,
    asked: Mutex<Vec<Asked>>,
}

impl Exchange for Issuer {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Answered> {
        let mut all = self.asked.lock().unwrap();
        let url = request.url.to_string();
        let tokens = all.iter().rev().find_map(|asked| Some(asked.number).filter(|number| *number > 0)).unwrap_or(0);
        let asked = Asked {
            at: self.clock.now(),
            number: if ["/.well-known/", "/device", "/revoke"].iter().any(|other| url.contains(other)) {
                0
            } else {
                tokens + 1
            },
            url,
            headers: request.headers.clone(),
            body: String::from_utf8(request.body.to_vec()).unwrap(),
        };
        all.push(asked.clone());
        drop(all);
        let mut reply = (self.script.lock().unwrap())(&asked);
        Box::pin(async move {
            while let Reply::After(pause, then) = reply {
                tokio::time::sleep(pause).await;
                reply = *then;
            }
            let (status, fields, body) = match reply {
                Reply::Usual if asked.number == 0 => (200, &[][..], metadata(&json!({}))),
                Reply::Usual => (200, &[][..], token(asked.number, Some(json!(3600)))),
                Reply::Token(life) => (200, &[][..], token(asked.number, Some(json!(life)))),
                Reply::Answer(status, fields, body) => (status, fields, body),
                Reply::Hang => std::future::pending().await,
                Reply::Fail(error) => return Err(error),
                Reply::After(..) => unreachable!("unwrapped above"),
            };
            if body.len() > request.max_answer_bytes {
                // As the real transport does.
                return Err(TransportError::TooLarge { origin: ISSUER.into(), limit: request.max_answer_bytes });
            }
            let field = |(name, value): &(&'static str, &'static str)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            };
            let headers = fields.iter().map(field).collect();
            let status = StatusCode::from_u16(status).unwrap();
            Ok(Box::new(HttpResponse { status, headers, body: body.into(), socket: None }))
        })
    }
}

/// The issuer's metadata with some of it replaced.
pub(super) fn metadata(other: &serde_json::Value) -> String {
    let mut all = json!({ "issuer": ISSUER, "token_endpoint": format!("{ISSUER}/token") });
    for (name, value) in other.as_object().unwrap() {
        all[name] = value.clone();
    }
    all.to_string()
}

/// The answer with token number `number`, and what it says of its life.
pub(super) fn token(number: usize, life: Option<serde_json::Value>) -> String {
    let mut all = json!({ "access_token": format!("token-number-{number}"), "token_type": "Bearer" });
    if let Some(life) = life {
        all["expires_in"] = life;
    }
    all.to_string()
}

/// A token manager, its issuer, and the clock that both go by.
pub(super) struct World {
    pub(super) clock: SharedClock,
    pub(super) redactor: Arc<Redactor>,
    pub(super) issuer: Arc<Issuer>,
    pub(super) means: Means,
    pub(super) manager: Arc<TokenManager>,
    pub(super) start: Duration,
}

impl World {
    /// A client that finds the issuer's token endpoint by its metadata.
    pub(super) fn new(seed: u64, script: impl FnMut(&Asked) -> Reply + Send + 'static) -> Self {
        let config = json!({ "issuer": ISSUER, "client_id": "the client", "client_secret": SECRET });
        Self::with(seed, &config, script).unwrap()
    }

    pub(super) fn with(
        seed: u64,
        config: &serde_json::Value,
        script: impl FnMut(&Asked) -> Reply + Send + 'static,
    ) -> Result<Self> {
        println!("seed {seed}");
        let clock: SharedClock = Arc::new(VirtualClock::new(SystemTime::UNIX_EPOCH, seed));
        let config: AuthConfig = serde_json::from_value(config.clone()).unwrap();
        let issuer = Arc::new(Issuer {
            clock: Arc::clone(&clock),
            script: Mutex::new(Box::new(script)),
            asked: Mutex::default(),
        });
        let observe = Observe::default();
        let redactor = Arc::clone(&observe.redactor);
        let means = Means {
            timeouts: TimeoutConfig::default(),
            http: Arc::clone(&issuer) as Arc<dyn Exchange>,
            clock: Arc::clone(&clock),
            observe,
            actor: String::new(),
            spawner: Handle::current(),
            cache: Arc::default(),
            // The tests' own files need not be private.
            mounts: Mounts::new(&[std::env::temp_dir().to_str().unwrap().to_owned()]),
            certificate: None,
            way: String::new(),
        };
        let manager = TokenManager::new(&config, &means)?;
        Ok(Self { start: clock.now(), clock, redactor, issuer, means, manager: Arc::new(manager) })
    }

    pub(super) async fn credential(&self) -> Result<Credential> {
        // `None` would be a request without a credential: none of the clients here may ever make one.
        Ok(self.manager.credential().await?.expect("a credential"))
    }

    /// Has the token count as one that nobody uses, which is not kept fresh.
    pub(super) fn unused(&self) {
        let Kind::Issuer(view) = &self.manager.kind else { panic!("a client of an issuer") };
        view.manager().unused();
    }

    /// Has a new token fetched now.
    pub(super) async fn refresh(&self) {
        self.manager.refresh().await.unwrap();
    }

    /// Tells that the server answered 401 to the token of this generation.
    pub(super) async fn rejected(&self, generation: u64) -> Result<bool> {
        let mut credential = Credential::of("some-token", generation);
        if let Kind::Issuer(view) = &self.manager.kind {
            credential.keeper = view.manager().number();
        }
        self.manager.rejected(&credential).await
    }

    /// The number of the token that callers get.
    pub(super) async fn number(&self) -> usize {
        number(&self.credential().await.unwrap())
    }

    /// Lets virtual time pass, since the world began, up to `at`.
    pub(super) async fn until(&self, at: Duration) {
        tokio::time::sleep((self.start + at).saturating_sub(self.clock.now())).await;
    }

    /// The virtual time since the world began.
    pub(super) fn elapsed(&self) -> Duration {
        self.clock.now() - self.start
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.issuer.asked.lock().unwrap().clone()
    }

    /// When a token was asked for, since the world began.
    pub(super) fn token_requests(&self) -> Vec<Duration> {
        self.asked().iter().filter(|asked| asked.number > 0).map(|asked| asked.at - self.start).collect()
    }
}

/// The number of a token that the issuer made.
pub(super) fn number(credential: &Credential) -> usize {
    let text = credential.header().to_str().unwrap();
    text.strip_prefix("Bearer token-number-").unwrap().parse().unwrap()
}

pub(super) fn code(result: Result<Credential>) -> Code {
    error(result).code
}

pub(super) fn error(result: Result<Credential>) -> Error {
    result.map(|credential| credential.generation).unwrap_err()
}
