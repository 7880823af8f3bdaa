//! From the configuration's `auth` to a credential's source, with every check that needs no network.

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use super::client::Proof;
use super::dpop::Prover;
use super::given::{endpoint, missing, no_certificate, parameters, scopes, secret, text, wrong};
use super::identity::{Identity, Key};
use super::jose::SigningKey;
use super::refresh::RefreshToken;
use super::watched::Watched;
use crate::config::{AuthConfig, AuthType, ClientAuthMethod, GrantType, Mounts};
use crate::error::{Error, Result};
use crate::observe::redact::Redactor;
use crate::secret::Secret;
use crate::transport::ClientCertificate;

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// Where credentials come from.
pub(super) enum Source {
    None,
    Mtls,
    Bearer(Watched),
    Issuer(Box<Client>),
    Host,
    Chain(Vec<(AuthConfig, Source)>),
}

/// What is given beside the configuration of `auth`.
#[derive(Clone, Default)]
pub(super) struct Around {
    /// The client's certificate, if there is one.
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    /// The key that tokens are bound to where no other is given.
    pub(super) prover: Option<Arc<Prover>>,
    /// What makes the way to the issuer another one.
    pub(super) way: String,
    /// Where secrets may stand though others can read them.
    pub(super) mounts: Mounts,
    /// What is told of every secret.
    pub(super) redactor: Arc<Redactor>,
}

/// A client of an issuer.
pub(super) struct Client {
    pub(super) issuer: Option<String>,
    pub(super) token_endpoint: Option<Url>,
    pub(super) device_endpoint: Option<Url>,
    pub(super) revocation_endpoint: Option<Url>,
    pub(super) id: String,
    pub(super) proof: Proof,
    pub(super) flow: Flow,
    pub(super) refresh: RefreshToken,
    pub(super) scopes: Vec<String>,
    pub(super) audience: Option<String>,
    pub(super) resources: Vec<String>,
    pub(super) parameters: BTreeMap<String, String>,
    /// The key that its tokens are bound to.
    pub(super) prover: Option<Arc<Prover>>,
    /// The certificate that its tokens are bound to.
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    /// All that its tokens depend on but the scopes.
    identity: Identity,
}

/// How a token is asked for.
pub(super) enum Flow {
    ClientCredentials,
    RefreshToken,
    DeviceCode,
    TokenExchange(Exchanged),
}

/// The tokens that are exchanged for another.
pub(super) struct Exchanged {
    subject: Watched,
    pub(super) subject_type: String,
    actor: Option<Watched>,
    pub(super) actor_type: String,
    pub(super) wanted: Option<String>,
}

impl Exchanged {
    /// The tokens as they are now: the subject's, and the actor's.
    pub(super) async fn read(&self, redactor: &Redactor) -> Result<(Secret, Option<Secret>)> {
        let subject = self.subject.read().await?;
        redactor.register("subject_token", &subject);
        let actor = match &self.actor {
            Some(actor) => Some(actor.read().await?),
            None => None,
        };
        if let Some(actor) = &actor {
            redactor.register("actor_token", actor);
        }
        Ok((subject, actor))
    }
}

impl Source {
    /// Reads and checks the configuration.
    pub(super) fn read(config: &AuthConfig, around: &Around) -> Result<Self> {
        match config.kind() {
            AuthType::None => Ok(Self::None),
            AuthType::Mtls if around.certificate.is_some() => Ok(Self::Mtls),
            AuthType::Mtls => Err(no_certificate("`auth.type` is `mtls`")),
            AuthType::Bearer => {
                let secret = secret(
                    ("auth.token", &config.token),
                    ("auth.token_file", &config.token_file),
                    "KEI_API_TOKEN",
                    &around.mounts,
                )?;
                Ok(Self::Bearer(secret))
            }
            AuthType::Host => Ok(Self::Host),
            AuthType::Oidc => Client::read(config, around).map(|client| Self::Issuer(Box::new(client))),
            AuthType::Chain => Self::read_chain(config, around),
        }
    }

    fn read_chain(config: &AuthConfig, around: &Around) -> Result<Self> {
        if config.chain.is_empty() {
            return Err(missing("auth.chain", None, "a list of credentials, the preferred first"));
        }
        let member = |(index, member): (usize, &AuthConfig)| {
            let place = |mut error: Error| {
                error.message = format!("in `auth.chain[{index}]`: {}", error.message);
                error
            };
            match Self::read(member, around).map_err(place)? {
                Self::Chain(_) => Err(wrong("auth.chain", "must not hold another chain")),
                Self::None => Err(wrong("auth.chain", "must hold credentials: `none` is none")),
                source => Ok((member.clone(), source)),
            }
        };
        config.chain.iter().enumerate().map(member).collect::<Result<_>>().map(Self::Chain)
    }
}

impl Client {
    fn read(config: &AuthConfig, around: &Around) -> Result<Self> {
        let at =
            |field: &str, given: &Option<String>| text(given.as_ref()).map(|text| endpoint(field, text)).transpose();
        let issuer = text(config.issuer.as_ref()).map(str::to_owned);
        let token_endpoint = at("auth.token_endpoint", &config.token_endpoint)?;
        if let Some(issuer) = &issuer {
            let url = endpoint("auth.issuer", issuer)?;
            if url.query().is_some() || url.fragment().is_some() {
                return Err(wrong("auth.issuer", "must have no query and no fragment"));
            }
        } else if token_endpoint.is_none() {
            return Err(missing("auth.issuer", Some("KEI_OIDC_ISSUER"), "the issuer's URL"));
        }
        let Some(id) = text(config.client_id.as_ref()).map(str::to_owned) else {
            return Err(missing("auth.client_id", Some("KEI_OIDC_CLIENT_ID"), "the client's identifier"));
        };
        let grant = config.grant.unwrap_or_default();
        let certificate = around.certificate.clone().filter(|_| config.certificate_bound);
        if config.certificate_bound && certificate.is_none() {
            return Err(no_certificate("`auth.certificate_bound` is true"));
        }
        let prover = prover(config, around)?;
        let mut client = Self {
            token_endpoint,
            device_endpoint: at("auth.device_authorization_endpoint", &config.device_authorization_endpoint)?,
            revocation_endpoint: at("auth.revocation_endpoint", &config.revocation_endpoint)?,
            proof: proof(config, grant, around)?,
            flow: flow(config, grant, around)?,
            refresh: RefreshToken::new(refresh_token(config, grant, around)?),
            scopes: scopes(&config.scopes)?,
            audience: text(config.audience.as_ref()).map(str::to_owned),
            resources: config.resources.clone(),
            parameters: parameters(&config.parameters)?,
            identity: Identity::new(),
            issuer,
            id,
            prover,
            certificate,
        };
        client.identity = client.identify(config, grant, around);
        Ok(client)
    }

    /// The key of its token with `scopes`, bound to the certificate with this thumbprint; `None` for one that no other client may use, since it takes a
    /// person's consent.
    pub(super) fn key(&self, scopes: &[String], thumbprint: Option<&str>) -> Option<Key> {
        let shared = !matches!(self.flow, Flow::DeviceCode);
        shared.then(|| self.identity.clone().with("scopes", scopes).with("thumbprint", thumbprint).key())
    }

    /// The thumbprint of the certificate that its tokens are bound to, as it is now.
    pub(super) fn thumbprint(&self) -> Option<String> {
        self.certificate.as_ref().map(|certificate| certificate.thumbprint())
    }

    /// Whether the refresh token that comes with a token is kept for the next. One for the client's own rights would be of no use.
    pub(super) fn keeps_refresh_tokens(&self) -> bool {
        !matches!(self.flow, Flow::ClientCredentials)
    }

    fn identify(&self, config: &AuthConfig, grant: GrantType, around: &Around) -> Identity {
        let place = |url: &Option<Url>| url.as_ref().map(Url::as_str).map(str::to_owned);
        let method = config.client_auth_method.map(|method| format!("{method:?}"));
        let (credential, name) = match &self.proof {
            Proof::Secret { secret, .. } => (Some(secret.identity()), "secret"),
            Proof::Key { key, .. } => (Some(key.identity()), "key"),
            Proof::Workload(token) => (Some(token.identity()), "workload"),
            Proof::Certificate => (None, "certificate"),
            Proof::None => (None, "none"),
        };
        let (subject, actor, types) = match &self.flow {
            Flow::TokenExchange(exchanged) => (
                Some(exchanged.subject.identity()),
                exchanged.actor.as_ref().map(Watched::identity),
                vec![
                    exchanged.subject_type.clone(),
                    exchanged.actor_type.clone(),
                    exchanged.wanted.clone().unwrap_or_default(),
                ],
            ),
            _ => (None, None, Vec::new()),
        };
        let parameters = self.parameters.iter().flat_map(|(name, value)| [name, value]);
        Identity::new()
            .with("issuer", &self.issuer)
            .with("token_endpoint", place(&self.token_endpoint))
            .with("device_endpoint", place(&self.device_endpoint))
            .with("client", [&self.id])
            .with("method", method)
            .with("proof", [name])
            .with_secret("credential", credential.as_ref())
            .with("key_id", config.private_key_id.as_ref())
            .with("algorithm", config.signing_algorithm.map(|algorithm| format!("{algorithm:?}")))
            .with("grant", [format!("{grant:?}")])
            .with_secret("refresh", config.refresh_token.as_ref())
            .with("refresh_file", &config.refresh_token_file)
            .with_secret("subject", subject.as_ref())
            .with_secret("actor", actor.as_ref())
            .with("types", types)
            .with("audience", &self.audience)
            .with("resources", &self.resources)
            .with("parameters", parameters)
            .with("dpop", self.prover.as_ref().map(|prover| prover.thumbprint().to_owned()))
            .with("bound", [u8::from(self.certificate.is_some()).to_string()])
            .with("certificate", around.certificate.as_ref().map(|certificate| certificate.identity()))
            .with("way", [&around.way])
    }
}

fn prover(config: &AuthConfig, around: &Around) -> Result<Option<Arc<Prover>>> {
    match (config.dpop, text(config.dpop_key_file.as_ref())) {
        (false, Some(_)) => Err(wrong("auth.dpop_key_file", "is of no use without `auth.dpop`")),
        (false, None) => Ok(None),
        (true, None) => match &around.prover {
            Some(prover) => Ok(Some(Arc::clone(prover))),
            None => SigningKey::generate().map(|key| Some(Arc::new(Prover::new(key)))),
        },
        (true, Some(path)) => {
            let file =
                Watched::File { field: "auth.dpop_key_file", path: path.to_owned(), mounts: around.mounts.clone() };
            let pem = file.read_now()?;
            around.redactor.register("dpop_key", &pem);
            let key = SigningKey::read(&pem, None, "`auth.dpop_key_file`")?;
            Ok(Some(Arc::new(Prover::new(key))))
        }
    }
}

/// How the client proves itself, by what is given; anything given besides is an error, for it would be taken for used.
fn proof(config: &AuthConfig, grant: GrantType, around: &Around) -> Result<Proof> {
    use ClientAuthMethod as Method;
    let has_secret = config.client_secret.is_some() || text(config.client_secret_file.as_ref()).is_some();
    let has_key = config.private_key.is_some() || text(config.private_key_file.as_ref()).is_some();
    let workload = text(config.workload_token_file.as_ref());
    if grant == GrantType::WorkloadIdentity {
        if has_secret || has_key || config.client_auth_method.is_some() {
            let why = "is `workload_identity`, in which the workload's token proves the client: give no secret, key or method besides";
            return Err(wrong("auth.grant", why));
        }
        let path = workload.ok_or_else(|| {
            missing(
                "auth.workload_token_file",
                Some("KEI_OIDC_WORKLOAD_TOKEN_FILE"),
                "the file with the workload's token",
            )
        })?;
        return Ok(Proof::Workload(Watched::File {
            field: "auth.workload_token_file",
            path: path.to_owned(),
            mounts: around.mounts.clone(),
        }));
    }
    if workload.is_some() {
        return Err(wrong("auth.workload_token_file", "is of no use unless `auth.grant` is `workload_identity`"));
    }
    let method = config.client_auth_method;
    if has_secret && has_key {
        return Err(wrong("auth.private_key", "and a client's secret exclude each other: give one of them"));
    }
    let by_secret = matches!(method, Some(Method::ClientSecretBasic | Method::ClientSecretPost));
    if has_secret && !by_secret && method.is_some() {
        return Err(wrong(
            "auth.client_auth_method",
            "names a way that takes no secret, but a client's secret is given",
        ));
    }
    if has_key && !matches!(method, None | Some(Method::PrivateKeyJwt)) {
        return Err(wrong("auth.client_auth_method", "names a way that takes no private key, but one is given"));
    }
    // Those who act for a person, or with another's token, need not be anyone themselves.
    let may_be_public = !matches!(grant, GrantType::ClientCredentials);
    match method {
        Some(Method::TlsClientAuth | Method::SelfSignedTlsClientAuth) if around.certificate.is_none() => {
            Err(no_certificate("`auth.client_auth_method` is a way of the certificate"))
        }
        Some(Method::TlsClientAuth | Method::SelfSignedTlsClientAuth) => Ok(Proof::Certificate),
        Some(Method::None) if may_be_public => Ok(Proof::None),
        Some(Method::None) => Err(wrong(
            "auth.client_auth_method",
            "is `none`, but a client that asks for its own rights must prove itself",
        )),
        Some(Method::PrivateKeyJwt) | None if has_key || method.is_some() => {
            let key = secret(
                ("auth.private_key", &config.private_key),
                ("auth.private_key_file", &config.private_key_file),
                "KEI_OIDC_PRIVATE_KEY_FILE",
                &around.mounts,
            )?;
            // What is wrong with it is better known now than at the first request.
            SigningKey::read(
                &key.read_now()?,
                config.signing_algorithm,
                &format!("`{}`", key.field("auth.private_key")),
            )?;
            Ok(Proof::Key { key, id: config.private_key_id.clone(), algorithm: config.signing_algorithm })
        }
        None if !has_secret && may_be_public => Ok(Proof::None),
        _ => {
            let secret = secret(
                ("auth.client_secret", &config.client_secret),
                ("auth.client_secret_file", &config.client_secret_file),
                "KEI_OIDC_CLIENT_SECRET",
                &around.mounts,
            )?;
            Ok(Proof::Secret { secret, method })
        }
    }
}

fn flow(config: &AuthConfig, grant: GrantType, around: &Around) -> Result<Flow> {
    let has_subject = config.subject_token.is_some() || text(config.subject_token_file.as_ref()).is_some();
    if has_subject && grant != GrantType::TokenExchange {
        return Err(wrong("auth.subject_token", "is of no use unless `auth.grant` is `token_exchange`"));
    }
    match grant {
        GrantType::ClientCredentials | GrantType::WorkloadIdentity => Ok(Flow::ClientCredentials),
        GrantType::RefreshToken => Ok(Flow::RefreshToken),
        GrantType::DeviceCode => Ok(Flow::DeviceCode),
        GrantType::TokenExchange => {
            let has_actor = config.actor_token.is_some() || text(config.actor_token_file.as_ref()).is_some();
            let actor = || {
                let (value, file) = (&config.actor_token, &config.actor_token_file);
                secret(
                    ("auth.actor_token", value),
                    ("auth.actor_token_file", file),
                    "the configuration",
                    &around.mounts,
                )
            };
            let (value, file) = (&config.subject_token, &config.subject_token_file);
            let subject = secret(
                ("auth.subject_token", value),
                ("auth.subject_token_file", file),
                "the configuration",
                &around.mounts,
            )?;
            let kind = |given: &Option<String>| text(given.as_ref()).unwrap_or(ACCESS_TOKEN).to_owned();
            Ok(Flow::TokenExchange(Exchanged {
                subject,
                subject_type: kind(&config.subject_token_type),
                actor: has_actor.then(actor).transpose()?,
                actor_type: kind(&config.actor_token_type),
                wanted: text(config.requested_token_type.as_ref()).map(str::to_owned),
            }))
        }
    }
}

fn refresh_token(config: &AuthConfig, grant: GrantType, around: &Around) -> Result<Option<Watched>> {
    let (value, file) = (&config.refresh_token, &config.refresh_token_file);
    let given = value.is_some() || text(file.as_ref()).is_some();
    match grant {
        GrantType::RefreshToken => secret(
            ("auth.refresh_token", value),
            ("auth.refresh_token_file", file),
            "the configuration",
            &around.mounts,
        )
        .map(Some),
        GrantType::DeviceCode if value.is_some() => Err(wrong(
            "auth.refresh_token",
            "is of no use with `device_code`; name a file in `auth.refresh_token_file` to keep it in",
        )),
        GrantType::DeviceCode if given => {
            let path = text(file.as_ref()).unwrap_or_default().to_owned();
            Ok(Some(Watched::File { field: "auth.refresh_token_file", path, mounts: around.mounts.clone() }))
        }
        _ if given => {
            Err(wrong("auth.refresh_token", "is of no use unless `auth.grant` is `refresh_token` or `device_code`"))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn refused(json: &str) -> Error {
        Source::read(&serde_json::from_str(json).unwrap(), &Around::default()).err().unwrap()
    }

    #[test]
    fn what_is_missing_is_named_with_its_variable() {
        let error = refused(r#"{"type":"oidc"}"#);
        assert_eq!(error.code, Code::ConfigMissing);
        assert!(error.message.contains("`auth.issuer` is missing") && error.message.contains("KEI_OIDC_ISSUER"));
        assert!(refused(r#"{"issuer":"https://a.example"}"#).message.contains("KEI_OIDC_CLIENT_ID"));
        assert!(
            refused(r#"{"issuer":"https://a.example","client_id":"x"}"#).message.contains("KEI_OIDC_CLIENT_SECRET")
        );
        assert!(refused(r#"{"type":"bearer"}"#).message.contains("KEI_API_TOKEN"));
    }

    #[test]
    fn a_secret_goes_nowhere_unencrypted_but_to_this_machine() {
        let issuer = |url: &str| {
            let json = format!(r#"{{"issuer":"{url}","client_id":"x","client_secret":"kept-in-mind"}}"#);
            let read = Source::read(&serde_json::from_str(&json).unwrap(), &Around::default());
            read.err().map(|error| error.message.clone())
        };
        assert_eq!(issuer("http://127.0.0.1:80/oidc"), None);
        assert!(issuer("http://issuer.example").unwrap().contains("must begin with https://"));
        assert!(issuer("https://u:p@issuer.example").unwrap().contains("user name or password"));
        assert!(issuer("https://issuer.example/?a=b").unwrap().contains("no query"));
    }

    #[test]
    fn what_takes_a_certificate_is_refused_without_one() {
        let client = r#""issuer":"https://a.example","client_id":"x""#;
        for config in [
            r#"{"type":"mtls"}"#.to_owned(),
            format!(r#"{{{client},"client_auth_method":"tls_client_auth"}}"#),
            format!(r#"{{{client},"client_secret":"kept-in-mind","certificate_bound":true}}"#),
        ] {
            let error = refused(&config);
            assert!(error.code == Code::ConfigMissing && error.message.contains("tls.client_cert_file"), "{error}");
        }
    }

    #[test]
    fn what_is_of_no_use_is_refused_with_its_field() {
        let client = r#""issuer":"https://a.example","client_id":"x""#;
        for (more, field) in [
            (r#""client_secret":"kept-in-mind","workload_token_file":"f""#, "auth.workload_token_file"),
            (r#""client_secret":"kept-in-mind","subject_token":"kept-in-mind""#, "auth.subject_token"),
            (r#""client_secret":"kept-in-mind","refresh_token":"kept-in-mind""#, "auth.refresh_token"),
            (r#""client_secret":"kept-in-mind","dpop_key_file":"f""#, "auth.dpop_key_file"),
            (r#""client_secret":"kept-in-mind","parameters":{"scope":"a"}"#, "auth.parameters"),
            (r#""client_auth_method":"none""#, "auth.client_auth_method"),
            (r#""grant":"workload_identity","client_secret":"kept-in-mind""#, "auth.grant"),
        ] {
            let error = refused(&format!("{{{client},{more}}}"));
            assert!(error.message.contains(&format!("`{field}`")), "{error}");
            assert!(!error.to_json().contains("kept-in-mind"));
        }
    }
}
