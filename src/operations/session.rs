//! What the operations of one client share, made of a configuration; a part that a change does not touch goes over to the next session.

use std::sync::{Arc, Weak};

use tokio_util::sync::CancellationToken;
use url::Url;

use super::live::Live;
use super::target::Places;
use super::{Health, Stream, actor};
use crate::auth::{Means, TokenManager};
use crate::config::{self, ClientConfig, Facts, HttpConfig, Mounts, TlsConfig, is_under};
use crate::error::Result;
use crate::in_flight::InFlight;
use crate::letters::Letters;
use crate::pipeline::Pipeline;
use crate::runtime::Services;
use crate::transport::proxy::passwords_in_environment;
use crate::transport::{ClientCertificate, HttpClient, Measured};

/// What the operations of one client share. A change of the configuration makes another; what runs keeps the one that it began with.
pub struct Session {
    /// The configuration.
    pub config: ClientConfig,
    /// The platform's URL, without a slash at its end.
    pub base: Url,
    /// Where its requests have gone.
    pub places: Places,
    /// The way to the platform.
    pub pipeline: Pipeline,
    /// The client's tokens.
    pub tokens: Arc<TokenManager>,
    /// The messages that are kept until they are delivered.
    pub letters: Arc<Letters>,
    /// What the platform and others are asked by, without a token.
    pub http: Measured,
    /// What health checks look at.
    pub health: Health,
    /// The client's stream.
    pub stream: Arc<Stream>,
    /// What the runtime gives.
    pub services: Services,
    /// Cancelled when the client is closed.
    pub closed: CancellationToken,
    /// The operations in flight, of all the client's sessions.
    pub in_flight: Arc<InFlight>,
    /// The client itself: what it was configured with, and its session as it is now.
    pub live: Weak<Live>,
    /// The client's certificate, if it has one.
    pub certificate: Option<Arc<ClientCertificate>>,
}

/// The session before, and what is another now: settings by their paths.
pub(super) struct Before<'a> {
    pub(super) session: &'a Session,
    pub(super) changed: &'a [String],
}

impl Before<'_> {
    fn touches(&self, parts: &[&str]) -> bool {
        self.changed.iter().any(|path| parts.iter().any(|part| is_under(path, part)))
    }
}

impl Session {
    /// A session. Nothing is sent yet.
    pub(super) fn make(
        services: &Services,
        config: ClientConfig,
        facts: &Facts,
        closed: CancellationToken,
        live: Weak<Live>,
        before: Option<&Before>,
    ) -> Result<Self> {
        // On the runtime, and logged there, whoever's thread it is.
        let _on_runtime = services.handle.enter();
        tracing::dispatcher::with_default(&services.observe.logging.dispatch(), || {
            register(services, &config, facts);
            let base = config::base_url(&config)?;
            let same = |parts: &[&str]| before.filter(|before| !before.touches(parts)).map(|before| before.session);
            let way_parts = ["tls", "http", "timeouts.connect_ms"];
            let (certificate, http) = match same(&way_parts) {
                Some(session) => (session.certificate.clone(), session.http.clone()),
                None => way(services, &config)?,
            };
            let tokens = match (same(&["auth", "tls", "http", "timeouts", "agent_id"]), before) {
                (Some(session), _) => Arc::clone(&session.tokens),
                (None, before) => {
                    let means = means(services, &config, certificate.clone(), http.clone());
                    Arc::new(match before {
                        Some(before) => before.session.tokens.succeed(&config.auth, &means)?,
                        None => TokenManager::new(&config.auth, &means)?,
                    })
                }
            };
            let (clock, observe) = (Arc::clone(&services.clock), services.observe.clone());
            let mut pipeline = Pipeline::new(&config, http.clone(), tokens.clone(), clock, observe)?;
            if let Some(before) = before {
                pipeline.keep(&before.session.pipeline, |part| before.touches(&[part]));
            }
            let letters = match before {
                Some(before) => Arc::clone(&before.session.letters),
                None => services.letters.open(&config.dead_letters)?,
            };
            let health = match before {
                Some(before) => before.session.health.again(&config.health)?,
                None => Health::new(&config.health)?,
            };
            let stream_parts =
                ["base_url", "endpoints.stream", "stream", "auth", "tls", "http", "agent_id", "tenant_id"];
            let stream = same(&stream_parts).map(|session| Arc::clone(&session.stream)).unwrap_or_default();
            let in_flight = before.map(|before| Arc::clone(&before.session.in_flight)).unwrap_or_default();
            let services = services.clone();
            Ok(Self {
                config,
                base,
                places: Places::default(),
                pipeline,
                tokens,
                letters,
                http,
                health,
                stream,
                services,
                closed,
                in_flight,
                live,
                certificate,
            })
        })
    }
}

/// Has the redactor know every secret, whether it is used already, or at all.
fn register(services: &Services, config: &ClientConfig, facts: &Facts) {
    let redactor = &services.observe.redactor;
    for (path, secret) in &facts.secrets {
        redactor.register(config::kind(path), secret);
    }
    for password in config.http.proxy_password.clone().into_iter().chain(passwords_in_environment()) {
        redactor.register("proxy_password", &password);
    }
}

type Way = (Option<Arc<ClientCertificate>>, Measured);

fn way(services: &Services, config: &ClientConfig) -> Result<Way> {
    let certificate =
        ClientCertificate::of(&config.tls, &services.observe.redactor, &Mounts::new(&config.config.mounted_secrets))?
            .map(Arc::new);
    let http = HttpClient::new(&config.http, &config.tls, certificate.as_ref(), &config.timeouts)?;
    Ok((certificate, Measured::new(http, services.observe.clone(), Arc::clone(&services.clock))))
}

fn means(
    services: &Services,
    config: &ClientConfig,
    certificate: Option<Arc<ClientCertificate>>,
    http: Measured,
) -> Means {
    Means {
        timeouts: config.timeouts.clone(),
        http: Arc::new(http),
        clock: Arc::clone(&services.clock),
        observe: services.observe.clone(),
        actor: actor(config),
        spawner: services.handle.clone(),
        cache: Arc::clone(&services.tokens),
        mounts: Mounts::new(&config.config.mounted_secrets),
        certificate,
        way: way_of_trust(config),
    }
}

/// What makes the way to an issuer another one than another client's: whom this one trusts, and through whom it speaks.
fn way_of_trust(config: &ClientConfig) -> String {
    let TlsConfig { ca_file, ca_pem, pins, insecure_skip_verify, .. } = &config.tls;
    let HttpConfig { proxy, proxy_username, no_proxy, .. } = &config.http;
    format!("{:?}", (ca_file, ca_pem, pins, insecure_skip_verify, proxy, proxy_username, no_proxy))
}
