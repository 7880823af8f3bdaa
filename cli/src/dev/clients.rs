//! Who asks the issuer: the client's proof by its secret, by a statement that it signed, or by the token of its workload.

use std::collections::HashSet;

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use super::State;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What a client may sign with.
pub(super) const ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];

/// What a statement of the client's says.
#[derive(Deserialize)]
struct Statement {
    sub: String,
    jti: String,
}

/// The client of a request.
pub(super) struct Client {
    /// What else the request says.
    pub(super) form: Vec<(String, String)>,
    /// Whether it proved itself; a public one only says who it is.
    pub(super) proved: bool,
}

impl Client {
    /// A parameter of the form; one without a value counts as absent (RFC 6749 section 3.2).
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Response> {
        self.field(name).ok_or_else(|| invalid(&format!("{name} is missing")))
    }
}

/// Reads a request, and checks the proof of its client, if it carries any.
pub(super) fn identified(state: &State, headers: &HeaderMap, body: &[u8]) -> Result<Client, Response> {
    let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let mut seen = HashSet::new();
    if let Some((name, _)) = form.iter().find(|(name, _)| name != "resource" && !seen.insert(name.clone())) {
        return Err(invalid(&format!("{name} is given twice")));
    }
    let mut client = Client { form, proved: false };
    let credential = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let ways =
        [credential.is_some(), client.field("client_secret").is_some(), client.field("client_assertion").is_some()];
    if ways.iter().filter(|way| **way).count() > 1 {
        // RFC 6749 section 2.3: a client uses one method a request.
        return Err(invalid("the client proves itself in two ways; it should choose one"));
    }
    let unknown = || refused("the client is unknown, or its proof is wrong");
    if let Some(statement) = client.field("client_assertion") {
        if client.field("client_assertion_type") != Some(JWT_BEARER) {
            return Err(invalid(&format!("client_assertion_type must be {JWT_BEARER}")));
        }
        let named = client.field("client_id").is_none_or(|id| id == state.issuer.client_id());
        if !named || !(state.issuer.is_workload(statement) || signed_by_client(state, statement)) {
            return Err(unknown());
        }
        client.proved = true;
        return Ok(client);
    }
    let basic = credential.and_then(|value| basic(self::credential(value, "Basic")?));
    let posted = || Some((client.field("client_id")?.to_owned(), client.field("client_secret")?.to_owned()));
    if let Some((id, secret)) = basic.or_else(posted) {
        if !state.issuer.knows(&id, &secret) {
            return Err(unknown());
        }
        client.proved = true;
    } else if credential.is_some() || client.field("client_id") != Some(state.issuer.client_id()) {
        return Err(refused("the client did not prove itself"));
    }
    Ok(client)
}

/// The same, for what takes a proof.
pub(super) fn authenticated(state: &State, headers: &HeaderMap, body: &[u8]) -> Result<Client, Response> {
    let client = identified(state, headers, body)?;
    if client.proved { Ok(client) } else { Err(refused("the client did not prove itself")) }
}

/// Whether the client signed a statement for this issuer, by one of its keys, and has not shown it before.
fn signed_by_client(state: &State, statement: &str) -> bool {
    let issuer = &state.issuer;
    let read = || {
        let header = jsonwebtoken::decode_header(statement).ok()?;
        let keys: JwkSet = issuer.client_keys();
        let key = match &header.kid {
            Some(id) => keys.find(id)?.clone(),
            None => keys.keys.first()?.clone(),
        };
        if !ALGORITHMS.contains(&format!("{:?}", header.alg).as_str()) {
            return None;
        }
        let mut rules = Validation::new(header.alg);
        rules.set_audience(&[issuer.url(), &format!("{}/token", issuer.url())]);
        rules.set_issuer(&[issuer.client_id()]);
        rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        let read = jsonwebtoken::decode::<Statement>(statement, &DecodingKey::from_jwk(&key).ok()?, &rules);
        read.ok().map(|read| read.claims)
    };
    read().is_some_and(|statement| statement.sub == issuer.client_id() && issuer.is_new(&statement.jti))
}

/// The rules for a token that `audience` is to take from `issuer`, signed by the platform.
pub(super) fn rules(issuer: &str, audience: &str, leeway: u64) -> Validation {
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_issuer(&[issuer]);
    rules.set_audience(&[audience]);
    rules.leeway = leeway;
    rules
}

/// The credential of an `Authorization` of this scheme, whose case does not count (RFC 9110 section 11.1).
pub(super) fn credential<'a>(value: &'a str, wanted: &str) -> Option<&'a str> {
    let (scheme, credential) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case(wanted).then_some(credential)
}

/// Identifier and secret of a `Basic` credential, each form-decoded (RFC 6749 section 2.3.1).
fn basic(credential: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(credential).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |text: &str| {
        // The parser would end the text at either of these, and take a part of a wrong secret for a right one.
        let whole = !text.contains(['&', '=']);
        whole.then(|| form_urlencoded::parse(text.as_bytes()).next())?.map(|(name, _)| name.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}

pub(super) fn invalid(why: &str) -> Response {
    oauth(StatusCode::BAD_REQUEST, "invalid_request", why)
}

fn refused(why: &str) -> Response {
    oauth(StatusCode::UNAUTHORIZED, "invalid_client", why)
}

/// An error as RFC 6749 section 5.2 has it.
pub(super) fn oauth(status: StatusCode, error: &str, description: &str) -> Response {
    let body = Json(json!({ "error": error, "error_description": description }));
    let mut response = (status, [(header::CACHE_CONTROL, "no-store")], body).into_response();
    if status == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Basic realm=\"kei-agent dev\""));
    }
    response
}
