//! The HTTP client: one pool of connections, one exchange at a time, and failures told apart.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::{Bytes, BytesMut};
use reqwest::{Client, Request, Response, StatusCode, Url};
use tokio::time::{Instant, timeout, timeout_at};

use super::certificate::FRESH;
use super::proxy::Way;
use super::{ClientCertificate, Exchange, HttpRequest, HttpResponse, Progress, TransportError, origin, tls};
use crate::clock::BoxFuture;
use crate::config::{HttpConfig, HttpVersion, TimeoutConfig, TlsConfig, ms};
use crate::error::{Code, Error, Result, millis, words};
use crate::private::{self, Mark};

const TCP_KEEPALIVE: Duration = Duration::from_secs(30);
/// How long sent bytes may go without the other machine's word that they came: then it is gone.
#[cfg(any(target_os = "linux", target_os = "android"))]
const TCP_UNACKNOWLEDGED: Duration = Duration::from_secs(30);
const H2_PING: Duration = Duration::from_secs(20);
const H2_PONG: Duration = Duration::from_secs(10);
/// A body must bring at least this many bytes in each such time.
const STALL: (usize, Duration) = (20, Duration::from_secs(20));

/// The HTTP client. Cloning shares its connections.
#[derive(Clone)]
pub struct HttpClient {
    made: Arc<ArcSwap<Made>>,
    recipe: Arc<Recipe>,
}

/// The connections that show one certificate, and trust the authorities of one file.
struct Made {
    tls: rustls::ClientConfig,
    ordinary: Pair,
    /// For requests that ask for another protocol; made when there is one.
    upgrading: OnceLock<Result<Pair>>,
    /// The thumbprint of the client's certificate, if it has one.
    thumbprint: Option<String>,
    /// The file of the authorities as it was, and when that was last looked at, in milliseconds since the recipe's beginning.
    authorities: Option<Mark>,
    looked: AtomicU64,
    /// How many answers came over them.
    heard: AtomicU64,
}

/// A client, and one for servers that no proxy stands before.
#[derive(Clone)]
struct Pair {
    usual: Client,
    direct: Client,
}

/// What clients are made by.
struct Recipe {
    begun: Instant,
    tls: TlsConfig,
    certificate: Option<Arc<ClientCertificate>>,
    http: HttpConfig,
    way: Way,
    connect: Duration,
}

impl Recipe {
    fn make(&self) -> Result<Made> {
        let thumbprint = self.certificate.as_ref().map(|certificate| certificate.thumbprint());
        // Before the file is read: what changes after that is seen the next time.
        let authorities = self.authorities();
        let tls = tls::client_config(&self.tls, self.certificate.as_ref())?;
        let ordinary = self.pair(&tls, false)?;
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
        let now = self.age();
        if self.tls.ca_file.is_none() || now.saturating_sub(made.looked.load(Ordering::Relaxed)) < millis(FRESH) {
            return false;
        }
        made.looked.store(now, Ordering::Relaxed);
        let authorities = self.authorities();
        // One that is away for a moment is being replaced.
        authorities.is_some() && authorities != made.authorities
    }

    fn pair(&self, tls: &rustls::ClientConfig, upgrading: bool) -> Result<Pair> {
        Ok(Pair { usual: self.client(tls, false, upgrading)?, direct: self.client(tls, true, upgrading)? })
    }

    fn client(&self, tls: &rustls::ClientConfig, direct: bool, upgrading: bool) -> Result<Client> {
        let version = if upgrading { HttpVersion::Http1 } else { self.http.version };
        let mut tls = tls.clone();
        let mut builder = Client::builder();
        match version {
            HttpVersion::Auto => {}
            HttpVersion::Http1 => {
                tls.alpn_protocols = vec![b"http/1.1".to_vec()];
                builder = builder.http1_only();
            }
            HttpVersion::Http2 => {
                tls.alpn_protocols = vec![b"h2".to_vec()];
                builder = builder.http2_prior_knowledge();
            }
        }
        builder = builder
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(user_agent())
            .connect_timeout(self.connect)
            .pool_idle_timeout(ms(self.http.idle_ms))
            .pool_max_idle_per_host(if upgrading { 0 } else { self.http.max_idle_per_host })
            .tcp_keepalive(TCP_KEEPALIVE)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(H2_PING)
            .http2_keep_alive_timeout(H2_PONG)
            .http2_keep_alive_while_idle(false);
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            builder = builder.tcp_user_timeout(TCP_UNACKNOWLEDGED);
        }
        if direct || !self.way.environment {
            builder = builder.no_proxy();
        }
        if let Some(proxy) = self.way.proxy.clone().filter(|_| !direct) {
            builder = builder.proxy(proxy);
        }
        builder
            .build()
            .map_err(|error| Error::new(Code::Config, format!("no HTTP client could be made: {}", cause(&error))))
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
            way: Way::of(http)?,
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

    /// The client for a request.
    fn client(&self, made: &Made, url: &Url, upgrade: bool) -> Result<Client, TransportError> {
        let pair = if upgrade {
            let upgrading = made.upgrading.get_or_init(|| self.recipe.pair(&made.tls, true)).as_ref();
            // It was made of the same once already, so this does not happen.
            upgrading.map_err(|error| TransportError::Connect { origin: origin(url), why: error.message.clone() })?
        } else {
            &made.ordinary
        };
        Ok(if self.recipe.way.is_direct(url) { pair.direct.clone() } else { pair.usual.clone() })
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

    async fn exchange(self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let origin = origin(&request.url);
        let (limit, max) = (request.timeout, request.max_answer_bytes);
        let late = |progress| TransportError::Timeout { origin: origin.clone(), limit, progress };
        let Some(end) = Instant::now().checked_add(limit) else { return Err(late(Progress::NotSent)) };
        let made = self.made();
        let client = self.client(&made, &request.url, request.upgrade)?;
        let heard = made.heard.load(Ordering::Relaxed);
        let mut message = Request::new(request.method, request.url);
        *message.headers_mut() = request.headers;
        if !request.body.is_empty() {
            *message.body_mut() = Some(request.body.into());
        }
        let Ok(answered) = timeout_at(end, client.execute(message)).await else {
            self.unheard(&made, heard, limit);
            return Err(late(Progress::NoAnswer));
        };
        let mut response = answered.map_err(|error| classify(&error, &origin, self.recipe.connect))?;
        made.heard.fetch_add(1, Ordering::Relaxed);
        if request.upgrade && response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            let socket = timeout_at(end, response.upgrade())
                .await
                .map_err(|_| late(Progress::InAnswer))?
                .map_err(|error| broken_off(&error, &origin))?;
            return Ok(HttpResponse { status, headers, body: Bytes::new(), socket: Some(Box::new(socket)) });
        }
        let body = timeout_at(end, read(&mut response, &origin, max)).await.map_err(|_| late(Progress::InAnswer))??;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        Ok(HttpResponse { status, headers, body, socket: None })
    }
}

impl Exchange for HttpClient {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        Box::pin(self.clone().exchange(request))
    }
}

async fn read(response: &mut Response, origin: &str, max: usize) -> Result<Bytes, TransportError> {
    let too_large = || TransportError::TooLarge { origin: origin.to_owned(), limit: max };
    let mut body = BytesMut::new();
    let mut watch = (body.len(), Instant::now() + STALL.1);
    loop {
        let chunk = match timeout(STALL.1, response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| broken_off(&error, origin))?,
            Err(_) => return Err(stalled(origin)),
        };
        let Some(chunk) = chunk else { return Ok(body.freeze()) };
        if chunk.len() > max - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
        let now = Instant::now();
        if now >= watch.1 {
            if body.len() - watch.0 < STALL.0 {
                return Err(stalled(origin));
            }
            watch = (body.len(), now + STALL.1);
        }
    }
}

/// What kind of failure an answer ended with after it had begun.
fn broken_off(error: &reqwest::Error, origin: &str) -> TransportError {
    let (origin, why) = (origin.to_owned(), cause(error));
    let kinds = chain(error).filter_map(|error| error.downcast_ref::<io::Error>().map(io::Error::kind));
    let malformed = matches!(kinds.last(), Some(ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::Other));
    let cut = find::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message)
        || find::<h2::Error>(error).is_some()
        || find::<rustls::Error>(error).is_some();
    if malformed && !cut {
        return TransportError::Protocol { origin, why };
    }
    TransportError::Lost { origin, why: format!("the answer broke off ({why})"), progress: Progress::InAnswer }
}

fn stalled(origin: &str) -> TransportError {
    TransportError::Timeout { origin: origin.to_owned(), limit: STALL.1, progress: Progress::InAnswer }
}

/// What kind of failure an exchange without an answer ended with; making a connection may take `limit`.
fn classify(error: &reqwest::Error, origin: &str, limit: Duration) -> TransportError {
    let (origin, why) = (origin.to_owned(), cause(error));
    if error.is_connect() {
        // Later on, a fault of TLS is one of a connection that has carried the request.
        if let Some(tls) = find::<rustls::Error>(error) {
            return TransportError::Tls { origin, why: tls::why(tls) };
        }
        if error.is_timeout() {
            return TransportError::Timeout { origin, limit, progress: Progress::NotSent };
        }
        let dns = chain(error).any(|source| source.to_string().contains("dns error"));
        return if dns { TransportError::Dns { origin, why } } else { TransportError::Connect { origin, why } };
    }
    if let Some(error) = find::<h2::Error>(error)
        && let Some(why) = untouched(error)
    {
        return TransportError::Lost { origin, why: why.to_owned(), progress: Progress::NotSent };
    }
    if let Some(error) = find::<hyper::Error>(error) {
        if error.is_canceled() {
            return TransportError::Lost { origin, why, progress: Progress::NotSent };
        }
        if error.is_parse() {
            return TransportError::Protocol { origin, why };
        }
    }
    TransportError::Lost { origin, why, progress: Progress::NoAnswer }
}

/// Why the server has done nothing with a request (RFC 9113 section 8.7), if it said so.
fn untouched(error: &h2::Error) -> Option<&'static str> {
    if error.is_remote() && error.reason() == Some(h2::Reason::REFUSED_STREAM) {
        return Some("the server refused the stream");
    }
    // A stream ends with this error only if its number is above the last one that the server looked at.
    (error.is_remote() && error.is_go_away())
        .then_some("the server closed the connection before it looked at the request")
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    fn deeper<'a>(error: &&'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
        let error: &'a (dyn StdError + 'static) = *error;
        // An I/O error shows the source of what it wraps, not what it wraps.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    }
    std::iter::successors(Some(error), deeper)
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The deepest cause: what the system or the protocol said, without the URL.
fn cause(error: &(dyn StdError + 'static)) -> String {
    words(&chain(error).last().map(ToString::to_string).unwrap_or_default())
}

fn user_agent() -> String {
    format!("kei-agent/{} ({}; {})", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH)
}
