//! The OIDC issuer: metadata, keys, the tokens that it gives and takes back, and the check that every platform request goes through.
//!
//! Access tokens are JWTs as RFC 9068 has them, signed with a key made at start.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::extract;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::State;
use super::clients::{ALGORITHMS, authenticated, credential, identified, rules};
use super::grants::{self, DEVICE_CODE, TOKEN_EXCHANGE, token_in};
use super::problem::Problem;

/// The scope that every platform request needs.
pub(super) const AGENT_SCOPE: &str = "kei.agent";
pub(super) const SCOPES: [&str; 2] = [AGENT_SCOPE, "kei.admin"];
const METHODS: [&str; 4] = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];
/// As many statements of the client's are remembered, to take each once.
const MOST_STATEMENTS: usize = 10_000;
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
    /// The client's public keys.
    client_keys: Mutex<JwkSet>,
    /// The statements of the client's that were shown.
    statements: Mutex<HashSet<String>>,
}

/// What a token is to say.
#[derive(Clone, Copy)]
pub(super) struct Granting<'a> {
    pub(super) subject: &'a str,
    pub(super) scope: &'a str,
    /// Who acts for the subject.
    pub(super) actor: Option<&'a str>,
    pub(super) audience: Option<&'a str>,
}

/// What the token of a workload says.
#[derive(Serialize, Deserialize)]
struct Workload {
    iss: String,
    sub: String,
    aud: String,
    iat: i64,
    exp: i64,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Value>,
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
            client_keys: Mutex::new(JwkSet::default()),
            statements: Mutex::default(),
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
        let rules = rules(&self.url, &self.audience, LEEWAY);
        let claims = jsonwebtoken::decode::<Claims>(token, &self.checking, &rules)
            .map_err(|error| format!("the token is not valid: {error}"))?
            .claims;
        let revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner).ids.contains(&claims.jti);
        if revoked { Err("the token was revoked".to_owned()) } else { Ok(claims) }
    }

    /// Gives a token.
    pub(super) fn grant(&self, granting: &Granting<'_>) -> Result<Value, Problem> {
        let behaviour = self.behaviour.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let issued_at = now().saturating_add(behaviour.clock_skew_s);
        let scope = granting.scope;
        let jti = uuid::Uuid::new_v4().to_string();
        let claims = Claims {
            iss: self.url.clone(),
            sub: granting.subject.to_owned(),
            client_id: self.client_id.clone(),
            aud: granting.audience.unwrap_or(&self.audience).to_owned(),
            scope: scope.to_owned(),
            iat: issued_at,
            exp: issued_at.saturating_add(seconds(behaviour.lifetime_s)),
            jti: jti.clone(),
            act: granting.actor.map(|actor| json!({ "sub": actor })),
        };
        let token = self.sign("at+jwt", &claims)?;
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner).issued.push(jti);
        let mut answer = json!({ "access_token": token, "token_type": "Bearer", "scope": scope });
        if !behaviour.omit_expires_in {
            let life = behaviour.lifetime_s;
            answer["expires_in"] = if behaviour.expires_in_as_string { life.to_string().into() } else { life.into() };
        }
        Ok(answer)
    }

    fn sign(&self, kind: &str, claims: &impl Serialize) -> Result<String, Problem> {
        let header = Header { typ: Some(kind.into()), kid: Some(self.key_id.clone()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.signing)
            .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", error.to_string()))
    }

    /// A token as a cluster gives it to its workloads, which this issuer takes in place of the client's secret.
    pub(super) fn workload_token(&self, lifetime_s: i64) -> Result<String, Problem> {
        let issued_at = now();
        self.sign(
            "JWT",
            &Workload {
                iss: self.workloads(),
                sub: "system:serviceaccount:dev:kei-agent".to_owned(),
                aud: self.url.clone(),
                iat: issued_at,
                exp: issued_at.saturating_add(lifetime_s),
            },
        )
    }

    /// The issuer of the workloads' tokens.
    fn workloads(&self) -> String {
        format!("{}/_dev/workloads", self.audience)
    }

    fn workload(&self, token: &str) -> Option<Workload> {
        let rules = rules(&self.workloads(), &self.url, 0);
        jsonwebtoken::decode::<Workload>(token, &self.checking, &rules).ok().map(|read| read.claims)
    }

    pub(super) fn is_workload(&self, token: &str) -> bool {
        self.workload(token).is_some()
    }

    /// Who a token is about, if it is valid: an access token or a workload's.
    pub(super) fn subject_of(&self, token: &str) -> Option<String> {
        self.verify(token).map(|claims| claims.sub).ok().or_else(|| self.workload(token).map(|claims| claims.sub))
    }

    pub(super) fn client_keys(&self) -> JwkSet {
        self.client_keys.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_client_keys(&self, keys: JwkSet) {
        *self.client_keys.lock().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Whether a statement is shown for the first time.
    pub(super) fn is_new(&self, jti: &str) -> bool {
        let mut all = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_STATEMENTS {
            all.clear();
        }
        all.insert(jti.to_owned())
    }

    pub(super) fn knows(&self, id: &str, secret: &str) -> bool {
        let same = |left: &str, right: &str| left.as_bytes().ct_eq(right.as_bytes());
        bool::from(same(id, &self.client_id) & same(secret, &self.client_secret))
    }
}

fn seconds(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX / 2)
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| seconds(time.as_secs()))
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
        "device_authorization_endpoint": format!("{url}/device"),
        "grant_types_supported": ["client_credentials", "refresh_token", DEVICE_CODE, TOKEN_EXCHANGE],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "scopes_supported": SCOPES,
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    ([(header::CACHE_CONTROL, "public, max-age=3600")], Json(metadata))
}

async fn jwks(extract::State(state): Shared) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "public, max-age=3600")], Json(state.issuer.jwks.clone()))
}

async fn token(extract::State(state): Shared, headers: HeaderMap, body: Bytes) -> Response {
    grants::token(&state, &headers, &body).unwrap_or_else(|refused| refused)
}

/// RFC 7009. What is not valid anyhow needs no revoking.
async fn revoke(extract::State(state): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let answer = identified(&state, &headers, &body).and_then(|client| {
        let token = token_in(&client)?;
        if !state.grants.revoke(token)
            && let Ok(claims) = state.issuer.verify(token)
        {
            state.issuer.revoked.lock().unwrap_or_else(PoisonError::into_inner).ids.insert(claims.jti);
        }
        Ok(StatusCode::OK.into_response())
    });
    answer.unwrap_or_else(|refused| refused)
}

async fn introspect(extract::State(state): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let answer = authenticated(&state, &headers, &body).and_then(|client| {
        let claims = state.issuer.verify(token_in(&client)?).ok();
        let mut answer = claims.map_or_else(|| json!({}), |claims| json!(claims));
        answer["active"] = answer.get("jti").is_some().into();
        Ok(Json(answer).into_response())
    });
    answer.unwrap_or_else(|refused| refused)
}
