//! The HTTP client: one pool of connections, one exchange at a time, and failures told apart.

use std::error::Error as StdError;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper::header::{HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use once_cell::sync::Lazy;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout, timeout_at};

use super::certificate::FRESH;
use super::direct::{self, Direct};
use super::proxy::Way;
use super::{
    ClientCertificate, Duplex, Exchange, HttpRequest, HttpResponse, Progress, TransportError, fault, origin, tls,
};
use crate::clock::BoxFuture;
use crate::config::{HttpConfig, HttpVersion, TimeoutConfig, TlsConfig, ms};
use crate::error::{Result, millis};
use crate::private::{self, Mark};

pub(super) const TCP_KEEPALIVE: Duration = Duration::from_secs(30);
/// How far apart the probes are that ask after a silent machine, and how many may go unanswered.
pub(super) const TCP_PROBES: (Duration, u32) = (Duration::from_secs(15), 3);
/// How long sent bytes may go without the other machine's word that they came: then it is gone.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const TCP_UNACKNOWLEDGED: Duration = Duration::from_secs(30);
pub(super) const H2_PING: Duration = Duration::from_secs(20);
pub(super) const H2_PONG: Duration = Duration::from_secs(10);
/// A body up to this size, in bytes, is copied out of the connection's buffer.
const SMALL: usize = 4096;
/// A body must bring at least this many bytes in each such time.
const STALL: (usize, Duration) = (20, Duration::from_secs(20));

/// An agent's name as a header field.
pub(super) static USER_AGENT_VALUE: Lazy<HeaderValue> =
    Lazy::new(|| HeaderValue::from_str(&user_agent()).unwrap_or(HeaderValue::from_static("kei-agent")));

/// The HTTP client. Cloning shares its connections.
#[derive(Clone)]
pub struct HttpClient {
    made: Arc<ArcSwap<Made>>,
    recipe: Arc<Recipe>,
}

/// The connections that show one certificate, and trust the authorities of one file.
struct Made {
    tls: rustls::ClientConfig,
    ordinary: Direct,
    /// For requests that ask for another protocol; made when there is one.
    upgrading: OnceLock<Direct>,
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
        let ordinary = self.client(&tls, false);
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

    fn client(&self, tls: &rustls::ClientConfig, upgrading: bool) -> Direct {
        let (version, idle) =
            if upgrading { (HttpVersion::Http1, 0) } else { (self.http.version, self.http.max_idle_per_host) };
        let mut tls = tls.clone();
        match version {
            HttpVersion::Auto => {}
            HttpVersion::Http1 => tls.alpn_protocols = vec![b"http/1.1".to_vec()],
            HttpVersion::Http2 => tls.alpn_protocols = vec![b"h2".to_vec()],
        }
        Direct::new(&self.http, &self.way, tls, version, idle, self.connect)
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

    /// The client for a request.
    fn client<'a>(&self, made: &'a Made, upgrade: bool) -> &'a Direct {
        if upgrade { made.upgrading.get_or_init(|| self.recipe.client(&made.tls, true)) } else { &made.ordinary }
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

    async fn exchange(self, mut request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let limit = request.timeout;
        let url = &request.url;
        let Some(end) = Instant::now().checked_add(limit) else {
            return Err(TransportError::Timeout { origin: origin(url), limit, progress: Progress::NotSent });
        };
        let made = self.made();
        let uri = Uri::try_from(url.as_str()).map_err(|error| TransportError::Connect {
            origin: origin(url),
            why: format!("its URL cannot be sent ({error})"),
        })?;
        let message = self.message(&mut request, uri);
        let told =
            Told { client: &self, made: &made, heard: made.heard.load(Ordering::Relaxed), request: &request, end };
        let sent = timeout_at(end, self.client(&made, request.upgrade).send(message)).await;
        let connecting = hyper_util::client::legacy::Error::is_connect;
        match sent {
            Ok(Ok(packed)) if direct::is_packed(&packed) => {
                let unpacked = direct::unpacked(packed).await;
                Box::pin(told.answer(Ok(Ok(unpacked)), connecting)).await
            }
            sent => told.answer(sent, connecting).await,
        }
    }

    /// The request as hyper takes it.
    fn message(&self, request: &mut HttpRequest, uri: Uri) -> Request<Full<Bytes>> {
        let mut message = Request::new(Full::new(std::mem::take(&mut request.body)));
        *message.method_mut() = std::mem::take(&mut request.method);
        *message.headers_mut() = std::mem::take(&mut request.headers);
        message.headers_mut().entry(USER_AGENT).or_insert_with(|| USER_AGENT_VALUE.clone());
        // What goes through a tunnel has been authorized with it.
        if request.url.scheme() == "http"
            && let Some(auth) = self.recipe.way.proxy(&request.url, &uri).and_then(|proxy| proxy.basic_auth().cloned())
        {
            message.headers_mut().entry(PROXY_AUTHORIZATION).or_insert(auth);
        }
        *message.uri_mut() = uri;
        message
    }
}

/// What is known of an exchange when its answer begins.
struct Told<'a> {
    client: &'a HttpClient,
    made: &'a Arc<Made>,
    heard: u64,
    request: &'a HttpRequest,
    end: Instant,
}

impl Told<'_> {
    fn origin(&self) -> String {
        origin(&self.request.url)
    }

    fn late(&self, progress: Progress) -> TransportError {
        TransportError::Timeout { origin: self.origin(), limit: self.request.timeout, progress }
    }

    /// Takes the whole answer, whichever way it came.
    async fn answer<B: Body<Data = Bytes> + Unpin, E: StdError + 'static>(
        self,
        sent: Result<Result<Response<B>, E>, Elapsed>,
        connecting: impl Fn(&E) -> bool,
    ) -> Result<HttpResponse, TransportError>
    where
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let Ok(sent) = sent else {
            self.client.unheard(self.made, self.heard, self.request.timeout);
            return Err(self.late(Progress::NoAnswer));
        };
        let mut response = sent.map_err(|error| {
            fault::unanswered(&error, connecting(&error), &self.origin(), self.client.recipe.connect)
        })?;
        self.made.heard.fetch_add(1, Ordering::Relaxed);
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        if self.request.upgrade && status == StatusCode::SWITCHING_PROTOCOLS {
            let socket = timeout_at(self.end, hyper::upgrade::on(response))
                .await
                .map_err(|_| self.late(Progress::InAnswer))?
                .map_err(|error| fault::broken_off(&error, &self.origin()))?;
            let socket: Box<dyn Duplex> = Box::new(TokioIo::new(socket));
            return Ok(HttpResponse { status, headers, body: Bytes::new(), socket: Some(socket) });
        }
        let body = timeout_at(self.end, self.read(response.into_body())).await;
        let body = body.map_err(|_| self.late(Progress::InAnswer))??;
        Ok(HttpResponse { status, headers, body, socket: None })
    }

    async fn read<B: Body<Data = Bytes> + Unpin>(&self, mut body: B) -> Result<Bytes, TransportError>
    where
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let max = self.request.max_answer_bytes;
        let stalled =
            || TransportError::Timeout { origin: self.origin(), limit: STALL.1, progress: Progress::InAnswer };
        let mut whole = Whole::default();
        let mut watch = (0, Instant::now() + STALL.1);
        loop {
            let Ok(frame) = timeout(STALL.1, body.frame()).await else { return Err(stalled()) };
            let Some(frame) = frame else { return Ok(whole.into_bytes()) };
            let frame = frame.map_err(|error| fault::broken_off(&*error.into(), &self.origin()))?;
            // Trailers are not handed on.
            let Ok(chunk) = frame.into_data() else { continue };
            if chunk.len() > max - whole.len() {
                return Err(TransportError::TooLarge { origin: self.origin(), limit: max });
            }
            whole.push(chunk);
            let now = Instant::now();
            if now >= watch.1 {
                if whole.len() - watch.0 < STALL.0 {
                    return Err(stalled());
                }
                watch = (whole.len(), now + STALL.1);
            }
        }
    }
}

/// A body in the making. One that comes in one piece is not copied, unless it is small.
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
        if self.first.len() > SMALL {
            self.first
        } else if self.more.is_empty() {
            // A piece of the connection's buffer, which could not be used again as long as somebody holds it.
            let mut small = Vec::with_capacity(self.first.len() + 1);
            small.extend_from_slice(&self.first);
            small.into()
        } else {
            self.more.freeze()
        }
    }
}

impl Exchange for HttpClient {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        Box::pin(self.clone().exchange(request))
    }
}

/// What the library says of itself (RFC 9110 section 10.1.5).
pub(super) fn user_agent() -> String {
    format!("kei-agent/{} ({}; {})", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH)
}
