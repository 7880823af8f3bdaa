//! The OIDC issuer: metadata, keys, tokens by client credentials, and the check that every platform request goes through.
//!
//! Access tokens are JWTs as RFC 9068 has them, signed with a key made at start.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::extract;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use super::State;
use super::problem::Problem;

/// The scope that every platform request needs.
pub(super) const AGENT_SCOPE: &str = "kei.agent";
const SCOPES: [&str; 2] = [AGENT_SCOPE, "kei.admin"];
const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];
/// How far clocks may differ, in seconds.
const LEEWAY: u64 = 10;

type Shared = extract::State<Arc<State>>;

/// The issuer.
pub(super) struct Issuer {
    url: String,
    audience: String,
    client_id: String,
    client_secret: String,
    key_id: String,
    signing: EncodingKey,
    checking: DecodingKey,
    jwks: Value,
    behaviour: Mutex<Behaviour>,
    revoked: Mutex<Revoked>,
}

/// What the switches under `/_dev/tokens` change.
#[derive(Clone, Serialize)]
pub(super) struct Behaviour {
    pub(super) lifetime_s: u64,
    pub(super) clock_skew_s: i64,
    pub(super) omit_expires_in: bool,
    pub(super) expires_in_as_string: bool,
}

#[derive(Default)]
struct Revoked {
    ids: HashSet<String>,
    issued: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    client_id: String,
    aud: String,
    scope: String,
    iat: i64,
    exp: i64,
    jti: String,
}

impl Issuer {
    pub(super) fn new(
        base: &str,
        client_id: String,
        client_secret: String,
        lifetime: Duration,
    ) -> Result<Self, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("no signing key could be made: {error}");
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(|error| wrong(&error))?;
        let signing = EncodingKey::from_ec_pem(key.serialize_pem().as_bytes()).map_err(|error| wrong(&error))?;
        // An uncompressed point: 4, then x and y of 32 bytes each.
        let point = key.public_key_raw();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
        let checking = DecodingKey::from_ec_components(&x, &y).map_err(|error| wrong(&error))?;
        let key_id = uuid::Uuid::new_v4().to_string();
        let jwk = json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": key_id, "x": x, "y": y });
        Ok(Self {
            url: format!("{base}/oidc"),
            audience: base.to_owned(),
            client_id,
            client_secret,
            key_id,
            signing,
            checking,
            jwks: json!({ "keys": [jwk] }),
            behaviour: Mutex::new(Behaviour {
                lifetime_s: lifetime.as_secs(),
                clock_skew_s: 0,
                omit_expires_in: false,
                expires_in_as_string: false,
            }),
            revoked: Mutex::default(),
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(super) fn client_secret(&self) -> &str {
        &self.client_secret
    }

    pub(super) fn settings(&self) -> Value {
        json!(*self.behaviour.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Revokes every token given so far.
    pub(super) fn revoke_all(&self) {
        let mut revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner);
        let issued = std::mem::take(&mut revoked.issued);
        revoked.ids.extend(issued);
    }

    /// Checks the bearer token of a request to the platform (RFC 6750), and answers for how long it is good.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<Duration, Problem> {
        let refused = |status, error: &str, why: &str| {
            let challenge = format!("Bearer error=\"{error}\", error_description=\"{why}\"");
            let challenge = if status == StatusCode::FORBIDDEN {
                format!("{challenge}, scope=\"{AGENT_SCOPE}\"")
            } else {
                challenge
            };
            Problem::new(status, error, why).header(header::WWW_AUTHENTICATE, &challenge)
        };
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(token) = value.and_then(|value| credential(value, "Bearer")) else {
            let problem =
                Problem::new(StatusCode::UNAUTHORIZED, "missing_token", "the request carries no bearer token");
            return Err(problem.header(header::WWW_AUTHENTICATE, "Bearer"));
        };
        let unauthorized = |why: &str| refused(StatusCode::UNAUTHORIZED, "invalid_token", why);
        let claims = self.verify(token).map_err(|why| unauthorized(&why))?;
        if !claims.scope.split(' ').any(|scope| scope == AGENT_SCOPE) {
            return Err(refused(StatusCode::FORBIDDEN, "insufficient_scope", "the token does not allow this"));
        }
        let end = u64::try_from(claims.exp).unwrap_or_default().saturating_add(LEEWAY);
        let end = UNIX_EPOCH.checked_add(Duration::from_secs(end)).unwrap_or_else(SystemTime::now);
        Ok(end.duration_since(SystemTime::now()).unwrap_or_default())
    }

    fn verify(&self, token: &str) -> Result<Claims, String> {
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_issuer(&[&self.url]);
        rules.set_audience(&[&self.audience]);
        rules.leeway = LEEWAY;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.checking, &rules)
            .map_err(|error| format!("the token is not valid: {error}"))?
            .claims;
        let revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner).ids.contains(&claims.jti);
        if revoked { Err("the token was revoked".to_owned()) } else { Ok(claims) }
    }

    fn grant(&self, scope: &str, audience: Option<&str>) -> Result<Value, Problem> {
        let behaviour = self.behaviour.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let seconds = |value: u64| i64::try_from(value).unwrap_or(i64::MAX / 2);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| seconds(time.as_secs()));
        let issued_at = now.saturating_add(behaviour.clock_skew_s);
        let jti = uuid::Uuid::new_v4().to_string();
        let claims = Claims {
            iss: self.url.clone(),
            sub: self.client_id.clone(),
            client_id: self.client_id.clone(),
            aud: audience.unwrap_or(&self.audience).to_owned(),
            scope: scope.to_owned(),
            iat: issued_at,
            exp: issued_at.saturating_add(seconds(behaviour.lifetime_s)),
            jti: jti.clone(),
        };
        let header =
            Header { typ: Some("at+jwt".into()), kid: Some(self.key_id.clone()), ..Header::new(Algorithm::ES256) };
        let token = jsonwebtoken::encode(&header, &claims, &self.signing)
            .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", error.to_string()))?;
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner).issued.push(jti);
        let mut answer = json!({ "access_token": token, "token_type": "Bearer", "scope": scope });
        if !behaviour.omit_expires_in {
            let life = behaviour.lifetime_s;
            answer["expires_in"] = if behaviour.expires_in_as_string { life.to_string().into() } else { life.into() };
        }
        Ok(answer)
    }

    fn knows(&self, id: &str, secret: &str) -> bool {
        let same = |left: &str, right: &str| left.as_bytes().ct_eq(right.as_bytes());
        bool::from(same(id, &self.client_id) & same(secret, &self.client_secret))
    }
}

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/.well-known/oauth-authorization-server/oidc", get(metadata))
        .route("/.well-known/openid-configuration/oidc", get(metadata))
        .route("/oidc/.well-known/openid-configuration", get(metadata))
        .route("/oidc/jwks", get(jwks))
        .route("/oidc/token", post(token))
        .route("/oidc/revoke", post(revoke))
        .route("/oidc/introspect", post(introspect))
}

async fn metadata(extract::State(state): Shared) -> impl IntoResponse {
    let url = state.issuer.url();
    let metadata = json!({
        "issuer": url,
        "jwks_uri": format!("{url}/jwks"),
        "token_endpoint": format!("{url}/token"),
        "revocation_endpoint": format!("{url}/revoke"),
        "introspection_endpoint": format!("{url}/introspect"),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "scopes_supported": SCOPES,
        "token_endpoint_auth_methods_supported": METHODS,
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    ([(header::CACHE_CONTROL, "public, max-age=3600")], Json(metadata))
}

async fn jwks(extract::State(state): Shared) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "public, max-age=3600")], Json(state.issuer.jwks.clone()))
}

async fn token(extract::State(state): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let answer = authenticated(&state, &headers, &body).and_then(|form| {
        let field = |name: &str| field(&form, name);
        match field("grant_type") {
            Some("client_credentials") => {}
            Some(_) => {
                return Err(oauth(
                    StatusCode::BAD_REQUEST,
                    "unsupported_grant_type",
                    "only client_credentials is offered",
                ));
            }
            None => return Err(oauth(StatusCode::BAD_REQUEST, "invalid_request", "grant_type is missing")),
        }
        let scope = field("scope").unwrap_or(AGENT_SCOPE);
        if let Some(unknown) = scope.split(' ').find(|scope| !SCOPES.contains(scope)) {
            return Err(oauth(StatusCode::BAD_REQUEST, "invalid_scope", &format!("there is no scope {unknown}")));
        }
        let audience = field("audience").or_else(|| field("resource"));
        let granted = state.issuer.grant(scope, audience).map_err(IntoResponse::into_response)?;
        state.evidence.tokens_granted.fetch_add(1, Ordering::SeqCst);
        Ok(([(header::CACHE_CONTROL, "no-store")], Json(granted)).into_response())
    });
    answer.unwrap_or_else(|refused| refused)
}

async fn revoke(extract::State(state): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let answer = authenticated(&state, &headers, &body).and_then(|form| {
        // One that is not valid anyhow needs no revoking.
        if let Ok(claims) = state.issuer.verify(token_in(&form)?) {
            state.issuer.revoked.lock().unwrap_or_else(PoisonError::into_inner).ids.insert(claims.jti);
        }
        Ok(StatusCode::OK.into_response())
    });
    answer.unwrap_or_else(|refused| refused)
}

async fn introspect(extract::State(state): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let answer = authenticated(&state, &headers, &body).and_then(|form| {
        let claims = state.issuer.verify(token_in(&form)?).ok();
        let mut answer = claims.map_or_else(|| json!({}), |claims| json!(claims));
        answer["active"] = answer.get("jti").is_some().into();
        Ok(Json(answer).into_response())
    });
    answer.unwrap_or_else(|refused| refused)
}

/// The form of a request whose client has proved itself.
fn authenticated(state: &State, headers: &HeaderMap, body: &[u8]) -> Result<Vec<(String, String)>, Response> {
    let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let mut seen = HashSet::new();
    if let Some((name, _)) = form.iter().find(|(name, _)| name != "resource" && !seen.insert(name.clone())) {
        return Err(oauth(StatusCode::BAD_REQUEST, "invalid_request", &format!("{name} is given twice")));
    }
    let field = |name: &str| field(&form, name).map(str::to_owned);
    let credential = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if credential.is_some() && field("client_secret").is_some() {
        // RFC 6749 section 2.3: a client uses one method a request.
        let why = "the client proves itself in two ways; it should choose one";
        return Err(oauth(StatusCode::BAD_REQUEST, "invalid_request", why));
    }
    let basic = credential.and_then(|value| basic(self::credential(value, "Basic")?));
    let posted = field("client_id").zip(field("client_secret"));
    let Some((id, secret)) = basic.or(posted) else {
        return Err(oauth(StatusCode::UNAUTHORIZED, "invalid_client", "the client did not prove itself"));
    };
    if !state.issuer.knows(&id, &secret) {
        return Err(oauth(StatusCode::UNAUTHORIZED, "invalid_client", "the client is unknown, or its secret is wrong"));
    }
    Ok(form)
}

/// A parameter of a form; one without a value counts as absent (RFC 6749 section 3.2).
fn field<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

/// The token that a request to revoke or introspect is about.
fn token_in(form: &[(String, String)]) -> Result<&str, Response> {
    field(form, "token").ok_or_else(|| oauth(StatusCode::BAD_REQUEST, "invalid_request", "token is missing"))
}

/// The credential of an `Authorization` of this scheme, whose case does not count (RFC 9110 section 11.1).
fn credential<'a>(value: &'a str, wanted: &str) -> Option<&'a str> {
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

/// An error as RFC 6749 section 5.2 has it.
fn oauth(status: StatusCode, error: &str, description: &str) -> Response {
    let body = Json(json!({ "error": error, "error_description": description }));
    let mut response = (status, [(header::CACHE_CONTROL, "no-store")], body).into_response();
    if status == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Basic realm=\"kei-agent dev\""));
    }
    response
}
