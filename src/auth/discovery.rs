//! An issuer's metadata (RFC 8414, OpenID Connect Discovery 1.0): found, checked against its issuer, and kept a while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::CACHE_CONTROL;
use serde::Deserialize;
use url::Url;

use super::fetch::{Attempts, Fetch};
use super::given::endpoint;
use crate::clock::SharedClock;
use crate::error::{Code, Error, Result, words};
use crate::json;
use crate::transport::{self, HttpResponse};

/// Metadata is taken as it is for at least this long, and at most a day.
const LEAST: Duration = Duration::from_secs(5 * 60);
const MOST: Duration = Duration::from_secs(24 * 3600);
/// Metadata larger than this is not read.
pub(super) const MAX_BYTES: usize = 256 * 1024;

/// What the library needs of an issuer's metadata.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    pub(super) token_endpoint: Url,
    pub(super) device_endpoint: Option<Url>,
    pub(super) revocation_endpoint: Option<Url>,
    /// How clients may prove themselves; RFC 8414 says `client_secret_basic` where the issuer does not.
    pub(super) methods: Vec<String>,
    /// The same endpoints for clients that show a certificate, where they differ.
    aliases: Endpoints<Url>,
}

impl Metadata {
    /// An issuer that is known by its token endpoint alone.
    pub(super) fn of(token_endpoint: Url) -> Self {
        Self {
            token_endpoint,
            device_endpoint: None,
            revocation_endpoint: None,
            methods: Vec::new(),
            aliases: Endpoints::default(),
        }
    }

    /// The endpoints for a client that shows a certificate (RFC 8705 section 5).
    pub(super) fn by_certificate(self) -> Self {
        let Endpoints { token_endpoint, device_authorization_endpoint, revocation_endpoint } = self.aliases;
        Self {
            token_endpoint: token_endpoint.unwrap_or(self.token_endpoint),
            device_endpoint: device_authorization_endpoint.or(self.device_endpoint),
            revocation_endpoint: revocation_endpoint.or(self.revocation_endpoint),
            methods: self.methods,
            aliases: Endpoints::default(),
        }
    }
}

/// The endpoints that are used.
#[derive(Debug, Clone, Deserialize)]
struct Endpoints<T> {
    token_endpoint: Option<T>,
    device_authorization_endpoint: Option<T>,
    revocation_endpoint: Option<T>,
}

impl<T> Default for Endpoints<T> {
    fn default() -> Self {
        Self { token_endpoint: None, device_authorization_endpoint: None, revocation_endpoint: None }
    }
}

impl Endpoints<String> {
    /// The same, each one a place that secrets may be sent to.
    fn checked(&self) -> Result<Endpoints<Url>> {
        let check = |name: &str, text: &Option<String>| text.as_ref().map(|text| endpoint(name, text)).transpose();
        Ok(Endpoints {
            token_endpoint: check("token_endpoint", &self.token_endpoint)?,
            device_authorization_endpoint: check("device_authorization_endpoint", &self.device_authorization_endpoint)?,
            revocation_endpoint: check("revocation_endpoint", &self.revocation_endpoint)?,
        })
    }
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    #[serde(flatten)]
    endpoints: Endpoints<String>,
    #[serde(default)]
    mtls_endpoint_aliases: Endpoints<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

struct Kept {
    metadata: Arc<Metadata>,
    fresh_until: Duration,
    stale_until: Duration,
}

/// The metadata of one issuer.
pub(super) struct Discovery {
    issuer: String,
    clock: SharedClock,
    kept: Mutex<Option<Kept>>,
}

impl Discovery {
    pub(super) fn new(issuer: String, clock: SharedClock) -> Self {
        Self { issuer, clock, kept: Mutex::default() }
    }

    /// The metadata: kept, or fetched, or, while the issuer fails, kept beyond its time for up to a day.
    pub(super) async fn metadata(&self, fetch: &Fetch, attempts: &mut Attempts) -> Result<Arc<Metadata>> {
        let now = self.clock.now();
        let mut to_spare = false;
        if let Some(kept) = &*self.lock() {
            if now < kept.fresh_until {
                return Ok(Arc::clone(&kept.metadata));
            }
            to_spare = now < kept.stale_until;
        }
        // Where the old will do, the time is better spent on the token than on asking for the metadata over and over.
        let most = attempts.most;
        if to_spare {
            attempts.most = 1;
        }
        let fetched = self.fetch(fetch, attempts).await;
        attempts.most = most;
        match fetched {
            Ok((metadata, age)) => {
                let (metadata, now) = (Arc::new(metadata), self.clock.now());
                let kept =
                    Kept { metadata: Arc::clone(&metadata), fresh_until: now + age, stale_until: now + age + MOST };
                *self.lock() = Some(kept);
                Ok(metadata)
            }
            Err(error) => match &*self.lock() {
                Some(kept) if error.retryable && now < kept.stale_until => {
                    tracing::warn!(target: "kei_agent::auth", "the issuer's metadata could not be renewed; the old is used: {}", error.message);
                    Ok(Arc::clone(&kept.metadata))
                }
                _ => Err(error),
            },
        }
    }

    async fn fetch(&self, fetch: &Fetch, attempts: &mut Attempts) -> Result<(Metadata, Duration)> {
        let mut last = None;
        for url in places(&self.issuer)? {
            let origin = transport::origin(&url);
            let response = fetch.get(url, MAX_BYTES, attempts).await?;
            match response.status.as_u16() {
                200 => return Ok((self.read(&response, &origin)?, max_age(&response))),
                // Not here, or not shown to everyone: the next place may have it.
                status @ 400..=499 => last = Some(status),
                status => return Err(refused(&origin, &format!("its metadata was answered with HTTP {status}"))),
            }
        }
        let status = last.map_or(String::new(), |status| format!(" (HTTP {status})"));
        Err(refused(
            &self.issuer,
            &format!(
                "no metadata was found in any of the usual places{status}; is auth.issuer right? An issuer without metadata needs auth.token_endpoint"
            ),
        ))
    }

    fn read(&self, response: &HttpResponse, origin: &str) -> Result<Metadata> {
        let document: Document = json::object(&response.body)
            .map_err(|error| refused(origin, &format!("its metadata is not what RFC 8414 says: {error}")))?;
        if document.issuer != self.issuer {
            let named = words(&document.issuer);
            let why = format!(
                "its metadata names the issuer {named}, where auth.issuer says {}; they must be equal to the letter",
                self.issuer
            );
            return Err(refused(origin, &why));
        }
        let checked =
            |endpoints: &Endpoints<String>| endpoints.checked().map_err(|error| refused(origin, &error.message));
        let endpoints = checked(&document.endpoints)?;
        let Some(token_endpoint) = endpoints.token_endpoint else {
            return Err(refused(origin, "its metadata names no token_endpoint"));
        };
        let methods = document.token_endpoint_auth_methods_supported;
        Ok(Metadata {
            token_endpoint,
            device_endpoint: endpoints.device_authorization_endpoint,
            revocation_endpoint: endpoints.revocation_endpoint,
            methods: methods.unwrap_or_else(|| vec!["client_secret_basic".to_owned()]),
            aliases: checked(&document.mtls_endpoint_aliases)?,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where an issuer's metadata may be: the well-known name inserted before its path (RFC 8414, then OpenID), then appended to it.
fn places(issuer: &str) -> Result<Vec<Url>> {
    let base = Url::parse(issuer).map_err(|_| Error::new(Code::Config, "`auth.issuer` is not a URL"))?;
    let path = base.path().trim_end_matches('/');
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("/.well-known/openid-configuration{path}"),
        format!("{path}/.well-known/openid-configuration"),
    ];
    paths.dedup();
    let place = |path: &String| {
        let mut url = base.clone();
        url.set_path(path);
        url
    };
    Ok(paths.iter().map(place).collect())
}

fn max_age(response: &HttpResponse) -> Duration {
    let control = response.headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let age = control.split(',').find_map(|part| part.trim().strip_prefix("max-age=")?.trim_matches('"').parse().ok());
    Duration::from_secs(age.unwrap_or(0)).clamp(LEAST, MOST)
}

fn refused(who: &str, why: &str) -> Error {
    Error::new(Code::Discovery, format!("the issuer {who} cannot be used: {why}")).with("issuer", who)
}

/// Reads bytes as metadata: what is accepted is the issuer's own, with an endpoint that a secret may be sent to.
#[cfg(fuzzing)]
pub(super) fn fuzz(body: &[u8]) {
    let issuer = "https://issuer.example";
    let clock = Arc::new(crate::clock::SystemClock);
    let response = HttpResponse { body: bytes::Bytes::copy_from_slice(body), ..HttpResponse::default() };
    match Discovery::new(issuer.to_owned(), clock).read(&response, issuer) {
        Ok(metadata) => assert!(endpoint("x", metadata.token_endpoint.as_str()).is_ok()),
        Err(error) => assert_eq!(error.code, Code::Discovery),
    }
    // An issuer is checked before its metadata is looked for.
    if let Some(text) = std::str::from_utf8(body).ok().filter(|text| endpoint("x", text).is_ok()) {
        for place in places(text).unwrap_or_default() {
            assert!(place.path().contains("/.well-known/"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_looked_for_where_the_specifications_say() {
        let texts = |issuer: &str| places(issuer).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            texts("https://a.example/tenant/1/"),
            [
                "https://a.example/.well-known/oauth-authorization-server/tenant/1",
                "https://a.example/.well-known/openid-configuration/tenant/1",
                "https://a.example/tenant/1/.well-known/openid-configuration",
            ]
        );
        assert_eq!(texts("https://a.example").len(), 2);
    }
}
