//! The issuer's grants: the client's own rights, refresh tokens that rotate, a person's consent on another device, and another party's token in exchange.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{Query, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use rand::seq::IndexedRandom;
use serde::Deserialize;
use serde_json::{Value, json};

use super::State;
use super::clients::{Client, identified, invalid, oauth};
use super::issuer::{AGENT_SCOPE, Granting, SCOPES};

pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub(super) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// How long a device's code is good, and how often it may ask.
const CODE_LIFE: Duration = Duration::from_secs(600);
const INTERVAL: Duration = Duration::from_secs(1);
/// Letters that cannot be taken for one another, and make no words (RFC 8628 section 6.1).
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";

/// What the grants keep.
#[derive(Default)]
pub(super) struct Grants {
    refresh: Mutex<HashMap<String, Refresh>>,
    devices: Mutex<Vec<Device>>,
}

/// A refresh token.
#[derive(Clone)]
struct Refresh {
    subject: String,
    scope: String,
    /// All that came of one consent, to end together.
    family: String,
    used: bool,
}

/// A device that waits for a person's consent.
struct Device {
    code: String,
    user_code: String,
    scope: String,
    consent: Option<bool>,
    begun: Instant,
    asked: Option<Instant>,
}

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new().route("/oidc/device", post(begin)).route("/oidc/activate", get(page).post(confirm))
}

/// Answers a token request.
pub(super) fn token(state: &State, headers: &HeaderMap, body: &Bytes) -> Result<Response, Response> {
    let client = identified(state, headers, body)?;
    let kind = client.needed("grant_type")?;
    let granted = match kind {
        "client_credentials" if client.proved => own_rights(state, &client),
        TOKEN_EXCHANGE if client.proved => exchange(state, &client),
        "client_credentials" | TOKEN_EXCHANGE => {
            Err(oauth(StatusCode::UNAUTHORIZED, "invalid_client", "the client did not prove itself"))
        }
        "refresh_token" => refresh(state, &client),
        DEVICE_CODE => device(state, &client),
        _ => Err(oauth(StatusCode::BAD_REQUEST, "unsupported_grant_type", "this grant is not offered")),
    }?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(granted)).into_response())
}

fn own_rights(state: &State, client: &Client) -> Result<Value, Response> {
    let scope = known(client.field("scope").unwrap_or(AGENT_SCOPE))?;
    grant(state, client, &Granting { subject: state.issuer.client_id(), scope, actor: None, audience: None })
}

/// The audience of a request, by either of its names.
fn audience(client: &Client) -> Option<&str> {
    client.field("audience").or_else(|| client.field("resource"))
}

fn grant(state: &State, client: &Client, granting: &Granting<'_>) -> Result<Value, Response> {
    let granting = Granting { audience: audience(client), ..*granting };
    let granted = state.issuer.grant(&granting).map_err(IntoResponse::into_response)?;
    state.evidence.tokens_granted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    Ok(granted)
}

fn known(scope: &str) -> Result<&str, Response> {
    match scope.split(' ').find(|scope| !SCOPES.contains(scope)) {
        Some(unknown) => Err(oauth(StatusCode::BAD_REQUEST, "invalid_scope", &format!("there is no scope {unknown}"))),
        None => Ok(scope),
    }
}

/// RFC 8693: the subject stays who they are, and the token says who acts for them.
fn exchange(state: &State, client: &Client) -> Result<Value, Response> {
    let wrong = |why: &str| oauth(StatusCode::BAD_REQUEST, "invalid_request", why);
    let party = |name: &str| {
        let token = client.needed(name)?;
        let kind = client.needed(&format!("{name}_type"))?;
        match kind {
            ACCESS_TOKEN | JWT => {
                state.issuer.subject_of(token).ok_or_else(|| wrong(&format!("the {name} is not valid")))
            }
            _ => Err(wrong(&format!("the {name}_type is not known"))),
        }
    };
    if client.field("requested_token_type").is_some_and(|kind| kind != ACCESS_TOKEN) {
        return Err(wrong("only access tokens are given"));
    }
    let subject = party("subject_token")?;
    let actor = match client.field("actor_token") {
        Some(_) => party("actor_token")?,
        None => state.issuer.client_id().to_owned(),
    };
    let scope = known(client.field("scope").unwrap_or(AGENT_SCOPE))?;
    let mut granted =
        grant(state, client, &Granting { subject: &subject, scope, actor: Some(&actor), audience: None })?;
    granted["issued_token_type"] = ACCESS_TOKEN.into();
    Ok(granted)
}

/// Each refresh token is good once; one that is shown again ends all that came of its consent (RFC 9700 section 4.14.2).
fn refresh(state: &State, client: &Client) -> Result<Value, Response> {
    let shown = client.needed("refresh_token")?;
    let refused = || oauth(StatusCode::BAD_REQUEST, "invalid_grant", "the refresh token is not valid");
    let found = {
        let mut all = lock(&state.grants.refresh);
        let found = all.get_mut(shown).ok_or_else(refused)?;
        let before = found.clone();
        found.used = true;
        if before.used {
            all.retain(|_, other| other.family != before.family);
            return Err(refused());
        }
        before
    };
    let scope = known(client.field("scope").unwrap_or(&found.scope))?.to_owned();
    if scope.split(' ').any(|scope| !found.scope.split(' ').any(|had| had == scope)) {
        return Err(oauth(StatusCode::BAD_REQUEST, "invalid_scope", "that is more than was consented to"));
    }
    with_refresh(state, client, &scope, found)
}

/// A token of a person's, with the next refresh token.
fn with_refresh(state: &State, client: &Client, scope: &str, next: Refresh) -> Result<Value, Response> {
    let mut granted = grant(state, client, &Granting { subject: &next.subject, scope, actor: None, audience: None })?;
    let token = random();
    granted["refresh_token"] = token.clone().into();
    lock(&state.grants.refresh).insert(token, Refresh { used: false, ..next });
    Ok(granted)
}

impl Grants {
    /// Ends a refresh token and all that came of the same consent; false when it is none.
    pub(super) fn revoke(&self, token: &str) -> bool {
        let mut all = lock(&self.refresh);
        let Some(found) = all.get(token).cloned() else { return false };
        all.retain(|_, other| other.family != found.family);
        true
    }
}

async fn begin(Extract(state): Extract<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    let begun = identified(&state, &headers, &body).and_then(|client| {
        let scope = known(client.field("scope").unwrap_or(AGENT_SCOPE))?.to_owned();
        let letters =
            |count| (0..count).filter_map(|_| LETTERS.choose(&mut rand::rng())).map(|letter| char::from(*letter));
        let user_code: String = letters(4).chain(['-']).chain(letters(4)).collect();
        let place = format!("{}/activate", state.issuer.url());
        let device = Device { code: random(), user_code, scope, consent: None, begun: Instant::now(), asked: None };
        let answer = json!({
            "device_code": device.code, "user_code": device.user_code, "verification_uri": place,
            "verification_uri_complete": format!("{place}?user_code={}", device.user_code),
            "expires_in": CODE_LIFE.as_secs(), "interval": INTERVAL.as_secs(),
        });
        let mut devices = lock(&state.grants.devices);
        devices.retain(|device| device.begun.elapsed() < CODE_LIFE);
        devices.push(device);
        Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
    });
    begun.unwrap_or_else(|refused| refused)
}

fn device(state: &State, client: &Client) -> Result<Value, Response> {
    let shown = client.needed("device_code")?;
    let answer = |error: &str, why: &str| oauth(StatusCode::BAD_REQUEST, error, why);
    let scope = {
        let mut devices = lock(&state.grants.devices);
        let index = devices.iter().position(|device| device.code == shown);
        let index = index.ok_or_else(|| answer("invalid_grant", "the device code is not valid"))?;
        let device = &mut devices[index];
        let too_fast = device.asked.is_some_and(|asked| asked.elapsed() < INTERVAL.mul_f64(0.9));
        device.asked = Some(Instant::now());
        match device.consent {
            _ if device.begun.elapsed() >= CODE_LIFE => {
                return Err(answer("expired_token", "the device code has run out"));
            }
            _ if too_fast => return Err(answer("slow_down", "the device asks too often")),
            None => return Err(answer("authorization_pending", "nobody has consented yet")),
            Some(false) => return Err(answer("access_denied", "the person refused")),
            Some(true) => devices.remove(index).scope,
        }
    };
    let subject = "somebody".to_owned();
    with_refresh(state, client, &scope, Refresh { subject, scope: scope.clone(), family: random(), used: false })
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    user_code: String,
}

/// The page where a person enters the code.
async fn page(Query(asked): Query<Asked>) -> Html<String> {
    // Nothing but what a code may be made of gets into the page.
    let code: String =
        asked.user_code.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').take(16).collect();
    Html(format!(
        "<!doctype html><title>Let a device in</title><h1>Let a device in</h1><form method=post>\
         <label>Code <input name=user_code value=\"{code}\" required></label> \
         <button name=consent value=yes>Allow</button> <button name=consent value=no>Refuse</button></form>"
    ))
}

#[derive(Deserialize)]
struct Consent {
    user_code: String,
    consent: String,
}

async fn confirm(Extract(state): Extract<Arc<State>>, Form(given): Form<Consent>) -> Response {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let mut devices = lock(&state.grants.devices);
    let device = devices.iter_mut().find(|device| {
        plain(&device.user_code) == plain(&given.user_code)
            && device.begun.elapsed() < CODE_LIFE
            && device.consent.is_none()
    });
    match device {
        Some(device) => {
            device.consent = Some(given.consent == "yes");
            Html("<!doctype html><title>Done</title><p>Done. You can close this page.").into_response()
        }
        None => {
            (StatusCode::NOT_FOUND, Html("<!doctype html><title>Unknown</title><p>No device waits with this code."))
                .into_response()
        }
    }
}

/// The token that a request is about.
pub(super) fn token_in(client: &Client) -> Result<&str, Response> {
    client.field("token").ok_or_else(|| invalid("token is missing"))
}

fn random() -> String {
    let mut bytes = [0; 24];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
