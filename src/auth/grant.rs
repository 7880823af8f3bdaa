//! Where a manager's tokens come from: an issuer, by one of the grants, or the host.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use super::answer::{self, Granted, Read, Wanted};
use super::client::{Form, Ready};
use super::discovery::{Discovery, MAX_BYTES, Metadata};
use super::fetch::{Attempts, Fetch};
use super::host::{Host, Providers};
use super::source::{Client, Exchanged, Flow};
use super::{AuthStatus, bound, device, dpop};
use crate::config::AuthType;
use crate::error::{Code, Error, Result};
use crate::observe::redact::Redactor;
use crate::secret::Secret;
use crate::transport::{self, HttpResponse};

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// A source of tokens that live for a while.
pub(super) enum Grant {
    /// An issuer.
    Issuer(Box<Issuer>),
    /// The host.
    Host(Host),
}

impl Grant {
    /// Gets one token, and with it, for an issuer, the client's secret that was used. `rejected` says that the server did not accept the last one.
    pub(super) async fn get(&self, rejected: bool, redactor: &Redactor) -> (Result<Granted>, Option<Secret>) {
        match self {
            Self::Issuer(issuer) => {
                let mut attempts = issuer.fetch.begin();
                let granted = issuer.get(redactor, &mut attempts).await;
                (granted, attempts.secret)
            }
            Self::Host(host) => (host.get(rejected, redactor).await, None),
        }
    }

    /// The issuer, if tokens come from one.
    pub(super) fn as_issuer(&self) -> Option<&Issuer> {
        match self {
            Self::Issuer(issuer) => Some(issuer),
            Self::Host(_) => None,
        }
    }

    /// What is known of the source.
    pub(super) fn status(&self) -> AuthStatus {
        match self {
            Self::Issuer(issuer) => AuthStatus {
                kind: AuthType::Oidc,
                issuer: issuer.client.issuer.clone(),
                client_id: Some(issuer.client.id.clone()),
                scopes: issuer.scopes.clone(),
                ..AuthStatus::default()
            },
            Self::Host(host) => {
                AuthStatus { kind: AuthType::Host, scopes: host.scopes().to_vec(), ..AuthStatus::default() }
            }
        }
    }
}

/// An issuer, as one client uses it.
pub(super) struct Issuer {
    pub(super) client: Arc<Client>,
    pub(super) scopes: Vec<String>,
    pub(super) discovery: Option<Arc<Discovery>>,
    pub(super) fetch: Fetch,
    /// Those who show a person where to consent.
    pub(super) providers: Providers,
}

/// A request to the issuer: where, as whom, with what.
pub(super) struct Ask<'a> {
    pub(super) endpoint: &'a Url,
    pub(super) ready: &'a Ready,
    pub(super) fill: &'a (dyn Fn(&mut Form) + Sync),
}

impl Issuer {
    async fn get(&self, redactor: &Redactor, attempts: &mut Attempts) -> Result<Granted> {
        let secret = self.client.proof.secret().await?;
        attempts.secret.clone_from(&secret);
        let metadata = self.metadata(attempts).await?;
        match self.get_with(secret.as_ref(), &metadata, redactor, attempts).await {
            Err(error) if self.client.proof.is_file() && error.oauth_error.as_deref() == Some("invalid_client") => {
                // The secret may have been replaced between reading it and its being checked.
                let newer = self.client.proof.secret().await?;
                if newer.as_ref().map(Secret::expose) == secret.as_ref().map(Secret::expose) {
                    return Err(error);
                }
                tracing::info!(target: "kei_agent::auth", "the client's secret changed; asking again with the new one");
                attempts.secret.clone_from(&newer);
                self.get_with(newer.as_ref(), &metadata, redactor, attempts).await
            }
            outcome => outcome,
        }
    }

    /// The issuer's endpoints: its own word, and over it what the configuration says.
    pub(super) async fn metadata(&self, attempts: &mut Attempts) -> Result<Metadata> {
        let client = &self.client;
        let found = match (&client.token_endpoint, &self.discovery) {
            (Some(endpoint), _) => Metadata::of(endpoint.clone()),
            (None, Some(discovery)) => Metadata::clone(&*discovery.metadata(&self.fetch, attempts).await?),
            (None, None) => return Err(Error::new(Code::ConfigMissing, "`auth.issuer` is missing")),
        };
        let by_certificate = client.proof.is_certificate() || client.certificate.is_some();
        let mut endpoints = if by_certificate { found.by_certificate() } else { found };
        if client.device_endpoint.is_some() {
            endpoints.device_endpoint.clone_from(&client.device_endpoint);
        }
        if client.revocation_endpoint.is_some() {
            endpoints.revocation_endpoint.clone_from(&client.revocation_endpoint);
        }
        Ok(endpoints)
    }

    /// The client's proof, ready to be sent.
    pub(super) fn ready(&self, secret: Option<&Secret>, metadata: &Metadata, redactor: &Redactor) -> Result<Ready> {
        // The issuer's own identifier, so that no other can use the statement (RFC 7523bis); only one without is called by its endpoint.
        let audience = self.client.issuer.as_deref().unwrap_or(metadata.token_endpoint.as_str());
        self.client.proof.ready(&self.client.id, secret, &metadata.methods, audience, redactor)
    }

    async fn get_with(
        &self,
        secret: Option<&Secret>,
        metadata: &Metadata,
        redactor: &Redactor,
        attempts: &mut Attempts,
    ) -> Result<Granted> {
        let ready = self.ready(secret, metadata, redactor)?;
        let endpoint = &metadata.token_endpoint;
        if let Some(refresh) = self.client.refresh.current(redactor).await? {
            let fill = |form: &mut Form| {
                form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", refresh.expose());
                self.fill(form);
            };
            // One that the issuer has replaced must not be shown again, so it is asked once, and not at all after silence.
            let most = std::mem::replace(&mut attempts.most, 1);
            let granted = self.token(&Ask { endpoint, ready: &ready, fill: &fill }, redactor, attempts).await;
            attempts.most = most;
            match granted {
                Err(error) if error.oauth_error.as_deref() == Some("invalid_grant") => {
                    self.client.refresh.refused(&refresh);
                    if matches!(self.client.flow, Flow::RefreshToken) {
                        return Err(error);
                    }
                    tracing::info!(target: "kei_agent::auth", "the issuer does not take the refresh token any more");
                }
                granted => return granted,
            }
        }
        match &self.client.flow {
            Flow::RefreshToken => {
                let message = "no token could be had: there is no refresh token that the issuer takes; log in again";
                Err(Error::new(Code::Token, message))
            }
            Flow::ClientCredentials => {
                let fill = |form: &mut Form| {
                    form.append_pair("grant_type", "client_credentials");
                    self.fill(form);
                };
                self.token(&Ask { endpoint, ready: &ready, fill: &fill }, redactor, attempts).await
            }
            Flow::TokenExchange(exchanged) => {
                let (subject, actor) = exchanged.read(redactor).await?;
                let fill = |form: &mut Form| {
                    form.append_pair("grant_type", TOKEN_EXCHANGE);
                    fill_exchange(form, exchanged, &subject, actor.as_ref());
                    self.fill(form);
                };
                self.token(&Ask { endpoint, ready: &ready, fill: &fill }, redactor, attempts).await
            }
            Flow::DeviceCode => device::get(self, metadata, &ready, redactor, attempts).await,
        }
    }

    /// The parameters that go with every grant.
    pub(super) fn fill(&self, form: &mut Form) {
        if !self.scopes.is_empty() {
            form.append_pair("scope", &self.scopes.join(" "));
        }
        if let Some(audience) = &self.client.audience {
            form.append_pair("audience", audience);
        }
        for resource in &self.client.resources {
            form.append_pair("resource", resource);
        }
        for (name, value) in &self.client.parameters {
            form.append_pair(name, value);
        }
    }

    /// Asks for a token, and checks that it is one as the client wants it.
    pub(super) async fn token(&self, ask: &Ask<'_>, redactor: &Redactor, attempts: &mut Attempts) -> Result<Granted> {
        let response = self.send(ask, attempts).await?;
        let origin = transport::origin(ask.endpoint);
        let wanted = if self.client.prover.is_some() { Wanted::DPoP } else { Wanted::Bearer };
        let Read { token, expires_in, refresh } = answer::read(&response, &origin, wanted)?;
        redactor.register("token", &token);
        let refused =
            |why: String| Error::new(Code::Token, format!("the issuer {origin} gave no token that can be used: {why}"));
        if let Some(prover) = &self.client.prover {
            bound::check(&token, bound::KEY, prover.thumbprint()).map_err(refused)?;
        }
        if let Some(certificate) = &self.client.certificate {
            let thumbprint = certificate.thumbprint();
            bound::check(&token, bound::CERTIFICATE, &thumbprint).map_err(refused)?;
        }
        if let Some(refresh) = refresh.filter(|_| self.client.keeps_refresh_tokens()) {
            self.client.refresh.replace(&refresh, redactor).await;
        }
        Ok(Granted { token, expires_in, sent: attempts.sent })
    }

    /// Sends a form to the issuer; once more, when it wants a nonce in the proof of the key.
    pub(super) async fn send(&self, ask: &Ask<'_>, attempts: &mut Attempts) -> Result<Box<HttpResponse>> {
        let client = &self.client;
        let clock = &*self.fetch.clock;
        let make = || {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            let mut form = Form::new(String::new());
            (ask.fill)(&mut form);
            ask.ready.add(&client.id, &mut form, &mut headers, clock)?;
            if let Some(prover) = &client.prover {
                headers.insert(dpop::PROOF, prover.proof(&Method::POST, ask.endpoint, None, clock)?);
            }
            Ok((headers, form.finish().into()))
        };
        let mut asked_for_nonce = false;
        loop {
            let response = self.fetch.send(&Method::POST, ask.endpoint, &make, MAX_BYTES, attempts).await?;
            let heard = client.prover.as_ref().is_some_and(|prover| prover.heard(ask.endpoint, &response.headers));
            let wants_nonce = || {
                let error = answer::refusal(&response, "", "");
                error.oauth_error.as_deref() == Some("use_dpop_nonce")
            };
            if asked_for_nonce || !heard || response.status.is_success() || !wants_nonce() {
                return Ok(response);
            }
            asked_for_nonce = true;
        }
    }
}

fn fill_exchange(form: &mut Form, exchanged: &Exchanged, subject: &Secret, actor: Option<&Secret>) {
    form.append_pair("subject_token", subject.expose()).append_pair("subject_token_type", &exchanged.subject_type);
    if let Some(actor) = actor {
        form.append_pair("actor_token", actor.expose()).append_pair("actor_token_type", &exchanged.actor_type);
    }
    if let Some(wanted) = &exchanged.wanted {
        form.append_pair("requested_token_type", wanted);
    }
}
