//! A client of an issuer: who it is, and how it proves that (OpenID Connect Core section 9, RFC 7523, RFC 8705).

use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde::Serialize;
use url::form_urlencoded;

use super::jose::SigningKey;
use super::watched::Watched;
use crate::clock::Clock;
use crate::config::{ClientAuthMethod, SigningAlgorithm};
use crate::error::{Code, Error, Result};
use crate::observe::redact::Redactor;
use crate::secret::Secret;

/// How long a statement of the client's is good, in seconds: as long as a slow request takes.
const STATEMENT_S: u64 = 60;
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A form that is being filled in.
pub(super) type Form = form_urlencoded::Serializer<'static, String>;

/// What the client proves itself by.
pub(super) enum Proof {
    /// A secret, in the way that is named, or that the issuer offers.
    Secret { secret: Watched, method: Option<ClientAuthMethod> },
    /// A key that signs a statement.
    Key { key: Watched, id: Option<String>, algorithm: Option<SigningAlgorithm> },
    /// A token that the platform gives the workload.
    Workload(Watched),
    /// The certificate of the connection.
    Certificate,
    /// Nothing: a public client.
    None,
}

/// What is sent of a proof, ready for as many requests as it takes.
pub(super) enum Ready {
    Basic(HeaderValue),
    Post(Secret),
    Key {
        key: Box<SigningKey>,
        id: Option<String>,
        audience: String,
    },
    Workload(Secret),
    /// The client is named, and that is all.
    Named,
}

/// What a statement says (RFC 7523 section 3).
#[derive(Serialize)]
struct Statement<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
    jti: String,
}

impl Proof {
    /// Whether it may change as the client runs.
    pub(super) fn is_file(&self) -> bool {
        self.watched().is_some_and(Watched::is_file)
    }

    /// Whether it is the connection's certificate.
    pub(super) fn is_certificate(&self) -> bool {
        matches!(self, Self::Certificate)
    }

    fn watched(&self) -> Option<&Watched> {
        match self {
            Self::Secret { secret: watched, .. } | Self::Key { key: watched, .. } | Self::Workload(watched) => {
                Some(watched)
            }
            Self::Certificate | Self::None => None,
        }
    }

    /// The secret behind it as it is now, if there is one.
    pub(super) async fn secret(&self) -> Result<Option<Secret>> {
        match self.watched() {
            Some(watched) => watched.read().await.map(Some),
            None => Ok(None),
        }
    }

    /// Makes it ready with `secret`, for an issuer that offers `methods` and is called `audience`.
    pub(super) fn ready(
        &self,
        client_id: &str,
        secret: Option<&Secret>,
        methods: &[String],
        audience: &str,
        redactor: &Redactor,
    ) -> Result<Ready> {
        let Some(secret) = secret else { return Ok(Ready::Named) };
        match self {
            Self::Secret { method, .. } => {
                redactor.register("client_secret", secret);
                match choose(*method, methods)? {
                    ClientAuthMethod::ClientSecretPost => Ok(Ready::Post(secret.clone())),
                    _ => basic(client_id, secret, redactor).map(Ready::Basic),
                }
            }
            Self::Key { key, id, algorithm } => {
                redactor.register("private_key", secret);
                let key = SigningKey::read(secret, *algorithm, &format!("`{}`", key.field("auth.private_key")))?;
                Ok(Ready::Key { key: Box::new(key), id: id.clone(), audience: audience.to_owned() })
            }
            Self::Workload(_) => {
                redactor.register("workload_token", secret);
                Ok(Ready::Workload(secret.clone()))
            }
            Self::Certificate | Self::None => Ok(Ready::Named),
        }
    }
}

impl Ready {
    /// Adds the proof to a request.
    pub(super) fn add(
        &self,
        client_id: &str,
        form: &mut Form,
        headers: &mut HeaderMap,
        clock: &dyn Clock,
    ) -> Result<()> {
        match self {
            Self::Basic(value) => {
                headers.insert(AUTHORIZATION, value.clone());
            }
            Self::Post(secret) => {
                form.append_pair("client_id", client_id).append_pair("client_secret", secret.expose());
            }
            Self::Key { key, id, audience } => {
                let now = clock.wall().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                let statement = Statement {
                    iss: client_id,
                    sub: client_id,
                    aud: audience,
                    iat: now,
                    exp: now.saturating_add(STATEMENT_S),
                    jti: uuid::Uuid::new_v4().to_string(),
                };
                add_statement(&key.sign_by_id(id.as_deref(), &statement)?, client_id, form);
            }
            Self::Workload(token) => add_statement(token, client_id, form),
            Self::Named => {
                form.append_pair("client_id", client_id);
            }
        }
        Ok(())
    }
}

fn add_statement(statement: &Secret, client_id: &str, form: &mut Form) {
    form.append_pair("client_id", client_id)
        .append_pair("client_assertion_type", JWT_BEARER)
        .append_pair("client_assertion", statement.expose());
}

fn choose(wanted: Option<ClientAuthMethod>, offered: &[String]) -> Result<ClientAuthMethod> {
    if let Some(method) = wanted {
        return Ok(method);
    }
    let has = |name: &str| offered.iter().any(|offer| offer == name);
    if offered.is_empty() || has("client_secret_basic") {
        Ok(ClientAuthMethod::ClientSecretBasic)
    } else if has("client_secret_post") {
        Ok(ClientAuthMethod::ClientSecretPost)
    } else {
        let message = "the issuer takes neither client_secret_basic nor client_secret_post; set auth.client_auth_method if it does";
        Err(Error::new(Code::Token, message))
    }
}

/// The `Basic` credential: identifier and secret, each form-encoded first (RFC 6749 section 2.3.1).
fn basic(id: &str, secret: &Secret, redactor: &Redactor) -> Result<HeaderValue> {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Secret::new(STANDARD.encode(format!("{}:{}", encode(id), encode(secret.expose()))));
    redactor.register("client_secret", &pair);
    let mut value = HeaderValue::try_from(format!("Basic {}", pair.expose()))
        .map_err(|_| Error::new(Code::Token, "the client's credentials do not fit an HTTP header"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded_before_base64() {
        let value = basic("id:1", &Secret::new("a b+ü"), &Redactor::new()).unwrap();
        let pair = STANDARD.decode(&value.to_str().unwrap()["Basic ".len()..]).unwrap();
        assert_eq!(String::from_utf8(pair).unwrap(), "id%3A1:a+b%2B%C3%BC");
        assert!(value.is_sensitive());
    }
}
