//! The HTTP client: one pool of connections, one exchange at a time, and failures told apart.

use std::error::Error as StdError;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::Body;
use hyper::header::{ACCEPT_ENCODING, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use once_cell::sync::Lazy;
use tokio::time::{Instant, timeout, timeout_at};

use super::certificate::FRESH;
use super::connect::Connector;
use super::destination::Destination;
use super::packed::{self, PACKED};
use super::pool::{Fault, Pool};
use super::proxy::Way;
use super::{Answered, ClientCertificate, Exchange, HttpRequest, HttpResponse, Progress, TransportError, fault, tls};
use crate::clock::{BoxFuture, boxed};
use crate::config::{HttpConfig, HttpVersion, TimeoutConfig, TlsConfig, ms};
use crate::error::{Result, millis};
use crate::private::{self, Mark};

pub(super) const TCP_KEEPALIVE: Duration = Duration::from_secs(30);
/// How far apart the probes are that ask after a silent machine, and how many may go unanswered.
pub(super) const TCP_PROBES: (Duration, u32) = (Duration::from_secs(15), 3);
/// How long sent bytes may go without the other machine's word that they came: then it is gone.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const TCP_UNACKNOWLEDGED: Duration = Duration::from_secs(30);
/// A body must bring at least this many bytes in each such time.
const STALL: (usize, Duration) = (20, Duration::from_secs(20));

/// An agent's name as a header field.
pub(super) static USER_AGENT_VALUE: Lazy<HeaderValue> =
    // Once in a process, so that no request counts who uses it.
    Lazy::new(|| HeaderValue::from_static(Box::leak(user_agent().into_boxed_str())));

/// The HTTP client. Cloning shares its connections.
#[derive(Clone)]
pub struct HttpClient {
    made: Arc<ArcSwap<Made>>,
    recipe: Arc<Recipe>,
}

/// The connections that show one certificate, and trust the authorities of one file.
struct Made {
    tls: rustls::ClientConfig,
    ordinary: Arc<Pool>,
    /// For requests that ask for another protocol; made when there is one.
    upgrading: OnceLock<Arc<Pool>>,
    /// The thumbprint of the client's certificate, if it has one.
    thumbprint: Option<String>,
    /// The file of the authorities as it was, and when that was last looked at, in milliseconds since the recipe's beginning.
    authorities: Option<Mark>,
    looked: AtomicU64,
    /// How many answers came over them.
    heard: AtomicU64,
}

/// What clients are made by.
struct Recipe {
    begun: Instant,
    tls: TlsConfig,
    certificate: Option<Arc<ClientCertificate>>,
    http: HttpConfig,
    way: Arc<Way>,
    connect: Duration,
}

impl Recipe {
    fn make(&self) -> Result<Made> {
        let thumbprint = self.certificate.as_ref().map(|certificate| certificate.thumbprint());
        // Before the file is read: what changes after that is seen the next time.
        let authorities = self.authorities();
        let tls = tls::client_config(&self.tls, self.certificate.as_ref())?;
        let ordinary = self.pool(&tls, false);
        let looked = AtomicU64::new(self.age());
        Ok(Made {
            tls,
            ordinary,
            upgrading: OnceLock::new(),
            thumbprint,
            authorities,
            looked,
            heard: AtomicU64::new(0),
        })
    }

    fn authorities(&self) -> Option<Mark> {
        private::mark(Path::new(self.tls.ca_file.as_deref()?))
    }

    fn age(&self) -> u64 {
        millis(self.begun.elapsed())
    }

    /// Whether what `made` was made of is another now. Files are looked at once a second.
    fn changed(&self, made: &Made) -> bool {
        if self.certificate.as_ref().is_some_and(|certificate| Some(certificate.thumbprint()) != made.thumbprint) {
            return true;
        }
        if self.tls.ca_file.is_none() {
            return false;
        }
        let now = self.age();
        if now.saturating_sub(made.looked.load(Ordering::Relaxed)) < millis(FRESH) {
            return false;
        }
        made.looked.store(now, Ordering::Relaxed);
        let authorities = self.authorities();
        // One that is away for a moment is being replaced.
        authorities.is_some() && authorities != made.authorities
    }

    fn pool(&self, tls: &rustls::ClientConfig, upgrading: bool) -> Arc<Pool> {
        let (version, idle) =
            if upgrading { (HttpVersion::Http1, 0) } else { (self.http.version, self.http.max_idle_per_host) };
        let mut tls = tls.clone();
        match version {
            HttpVersion::Auto => {}
            HttpVersion::Http1 => tls.alpn_protocols = vec![b"http/1.1".to_vec()],
            HttpVersion::Http2 => tls.alpn_protocols = vec![b"h2".to_vec()],
        }
        let connector = Connector::new(&self.way, tls, version, upgrading, self.connect);
        Pool::new(connector, idle, ms(self.http.idle_ms))
    }
}

impl HttpClient {
    /// A client. Nothing is connected yet. Must be called inside a tokio runtime's context.
    pub fn new(
        http: &HttpConfig,
        tls: &TlsConfig,
        certificate: Option<&Arc<ClientCertificate>>,
        timeouts: &TimeoutConfig,
    ) -> Result<Self> {
        let recipe = Recipe {
            begun: Instant::now(),
            tls: tls.clone(),
            certificate: certificate.cloned(),
            http: http.clone(),
            way: Arc::new(Way::of(http)?),
            connect: ms(timeouts.connect_ms),
        };
        let made = recipe.make()?;
        if tls.insecure_skip_verify {
            tracing::warn!(
                target: "kei_agent::tls",
                "tls.insecure_skip_verify is on: this client takes any server for the right one, and anyone in between can read its tokens"
            );
        }
        Ok(Self { made: Arc::new(ArcSwap::from_pointee(made)), recipe: Arc::new(recipe) })
    }

    /// The connections for a request.
    fn pool<'a>(&self, made: &'a Made, upgrade: bool) -> &'a Arc<Pool> {
        if upgrade { made.upgrading.get_or_init(|| self.recipe.pool(&made.tls, true)) } else { &made.ordinary }
    }

    /// The connections that show the certificate, and trust the authorities, as they are now. Those of before end with the requests that they carry.
    fn made(&self) -> Arc<Made> {
        let made = self.made.load_full();
        if !self.recipe.changed(&made) {
            return made;
        }
        match self.recipe.make() {
            Ok(next) => {
                tracing::info!(target: "kei_agent::tls", "the certificate or the authorities changed; new connections go by the new ones");
                let next = Arc::new(next);
                self.made.store(Arc::clone(&next));
                next
            }
            Err(error) => {
                tracing::warn!(target: "kei_agent::tls", "the certificate and the authorities are used as they were: {}", error.message);
                made
            }
        }
    }

    /// A request that was sent after `heard` answers had `limit` in vain. If nobody was heard on its connections meanwhile, they may lead nowhere:
    /// HTTP/2 would send the next attempt over the same one. Requests from now on get new ones; others under way go on.
    fn unheard(&self, made: &Arc<Made>, heard: u64, limit: Duration) {
        let silent = limit >= self.recipe.connect && made.heard.load(Ordering::Relaxed) == heard;
        if !silent || !Arc::ptr_eq(made, &self.made.load()) {
            return;
        }
        if let Ok(next) = self.recipe.make() {
            tracing::debug!(target: "kei_agent::transport", "nobody was heard; requests get new connections from now on");
            self.made.store(Arc::new(next));
        }
    }

    /// Carries a request to its server, `to`, and brings the answer back, in the time that it has. What is sent is taken out of it.
    pub(super) async fn exchange(&self, to: &Destination, request: &mut HttpRequest) -> Answered {
        let limit = request.timeout;
        let now = Instant::now();
        let Some(end) = now.checked_add(limit) else {
            let origin = to.origin().to_owned();
            return Err(TransportError::Timeout { origin, limit, progress: Progress::NotSent });
        };
        let made = self.made();
        let heard = made.heard.load(Ordering::Relaxed);
        let answered = AtomicBool::new(false);
        // Where it stays: what is handed on by value is copied.
        let work = pin!(self.carry(&made, to, now, request, &answered));
        if let Ok(outcome) = timeout_at(end, work).await {
            return outcome;
        }
        let progress = if answered.load(Ordering::Relaxed) {
            Progress::InAnswer
        } else {
            self.unheard(&made, heard, limit);
            Progress::NoAnswer
        };
        Err(TransportError::Timeout { origin: to.origin().to_owned(), limit, progress })
    }

    /// The exchange itself, which begins at `now`, however long it takes; notes in `answered` that the answer has begun.
    async fn carry(
        &self,
        made: &Made,
        to: &Destination,
        now: Instant,
        request: &mut HttpRequest,
        answered: &AtomicBool,
    ) -> Answered {
        let unsent = |why: &str| TransportError::Connect { origin: to.origin().to_owned(), why: why.to_owned() };
        let wire = to.wire().map_err(unsent)?;
        let told = Told { to, max: request.max_answer_bytes, upgrade: request.upgrade, made, answered };
        let pool = self.pool(made, request.upgrade);
        // What goes through a tunnel has been authorized with it.
        if to.scheme() == "http"
            && let Some(auth) = self.recipe.way.proxy(to, &wire.absolute).and_then(|proxy| proxy.basic_auth().cloned())
        {
            request.headers.entry(PROXY_AUTHORIZATION).or_insert(auth);
        }
        request.headers.entry(USER_AGENT).or_insert_with(|| USER_AGENT_VALUE.clone());
        request.headers.entry(ACCEPT_ENCODING).or_insert(PACKED);
        let sent = pool.send(to, now, request).await;
        let (response, mut borrowed) = sent.map_err(|fault| match fault {
            Fault::Connecting(error) => fault::unconnected(&*error, to.origin(), self.recipe.connect),
            Fault::Unsent(error) => fault::unsent(&*error, to.origin()),
            Fault::Sending(error) => fault::unanswered(&*error, to.origin()),
        })?;
        let mut response = response.map(|body| borrowed.body(body));
        let answer = if packed::is_packed(&response) {
            Box::pin(async { told.answer(&mut packed::unpacked(response).await).await }).await
        } else {
            let answer = pin!(told.answer(&mut response)).await;
            drop(response);
            answer
        };
        if answer.as_ref().is_ok_and(|answer| answer.socket.is_none()) {
            pool.give_back(to, borrowed);
        }
        answer
    }
}

/// What is known of an exchange when its answer begins.
struct Told<'a> {
    to: &'a Destination,
    max: usize,
    upgrade: bool,
    made: &'a Made,
    answered: &'a AtomicBool,
}

impl Told<'_> {
    fn origin(&self) -> String {
        self.to.origin().to_owned()
    }

    /// Takes the whole answer, whichever way it came.
    async fn answer<B: Body<Data = Bytes> + Unpin>(self, response: &mut Response<B>) -> Answered
    where
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.made.heard.fetch_add(1, Ordering::Relaxed);
        self.answered.store(true, Ordering::Relaxed);
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut answer = Box::new(HttpResponse { status, headers, ..HttpResponse::default() });
        if self.upgrade && status == StatusCode::SWITCHING_PROTOCOLS {
            let socket =
                hyper::upgrade::on(response).await.map_err(|error| fault::broken_off(&error, self.to.origin()))?;
            answer.socket = Some(Box::new(TokioIo::new(socket)));
        } else {
            answer.body = self.read(response.body_mut()).await?;
        }
        Ok(answer)
    }

    async fn read<B: Body<Data = Bytes> + Unpin>(&self, body: &mut B) -> Result<Bytes, TransportError>
    where
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let stalled =
            || TransportError::Timeout { origin: self.origin(), limit: STALL.1, progress: Progress::InAnswer };
        let mut whole = Whole::default();
        let mut watch: Option<(usize, Instant)> = None;
        loop {
            let frame = match body.frame().now_or_never() {
                Some(frame) => frame,
                // A clock runs only while something is waited for.
                None => timeout(STALL.1, body.frame()).await.map_err(|_| stalled())?,
            };
            let Some(frame) = frame else { return Ok(whole.into_bytes()) };
            let frame = frame.map_err(|error| fault::broken_off(&*error.into(), self.to.origin()))?;
            // Trailers are not handed on.
            let Ok(chunk) = frame.into_data() else { continue };
            if chunk.len() > self.max - whole.len() {
                return Err(TransportError::TooLarge { origin: self.origin(), limit: self.max });
            }
            whole.push(chunk);
            if body.is_end_stream() {
                return Ok(whole.into_bytes());
            }
            let now = Instant::now();
            let (before, end) = watch.get_or_insert((0, now + STALL.1));
            if now >= *end {
                if whole.len() - *before < STALL.0 {
                    return Err(stalled());
                }
                watch = Some((whole.len(), now + STALL.1));
            }
        }
    }
}

/// A body in the making. One that comes in one piece is not copied.
#[derive(Default)]
struct Whole {
    first: Bytes,
    more: BytesMut,
}

impl Whole {
    fn len(&self) -> usize {
        self.first.len() + self.more.len()
    }

    fn push(&mut self, chunk: Bytes) {
        if self.len() == 0 {
            self.first = chunk;
        } else {
            let first = std::mem::take(&mut self.first);
            self.more.extend_from_slice(&first);
            self.more.extend_from_slice(&chunk);
        }
    }

    fn into_bytes(self) -> Bytes {
        if self.more.is_empty() { self.first } else { self.more.freeze() }
    }
}

impl Exchange for HttpClient {
    fn send(&self, mut request: HttpRequest) -> BoxFuture<'static, Answered> {
        let client = self.clone();
        boxed(move || async move { client.exchange(&request.url.clone(), &mut request).await })
    }
}

/// What the library says of itself (RFC 9110 section 10.1.5).
fn user_agent() -> String {
    format!("kei-agent/{} ({}; {})", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH)
}
