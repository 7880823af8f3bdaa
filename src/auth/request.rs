//! Getting one token: the requests, their attempts and time-outs, and the reading of the answer.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;
use std::sync::Arc;
use url::form_urlencoded;

use super::discovery::{Discovery, MAX_BYTES, Metadata};
use super::source::Client;
use crate::clock::{Clock, SharedClock};
use crate::config::{ClientAuthMethod, TimeoutConfig, ms};
use crate::error::{Code, Error, Result, words};
use crate::observe::redact::Redactor;
use crate::secret::Secret;
use crate::transport::{self, Exchange, HttpRequest, HttpResponse, Progress, TransportError};

/// How many times a request to an issuer is sent at most.
const ATTEMPTS: u32 = 3;

/// The way to an issuer, with its time-outs.
pub(super) struct Fetch {
    pub(super) http: Arc<dyn Exchange>,
    pub(super) clock: SharedClock,
    attempt: Duration,
    total: Duration,
}

/// The attempts of getting one token, discovery included: one count of time, since one caller waits for all of it.
pub(super) struct Attempts {
    end: Duration,
    /// When the last request was sent.
    sent: Duration,
    /// How many times each request may be sent.
    pub(super) most: u32,
    /// The client's secret that was used last.
    pub(super) secret: Option<Secret>,
}

impl Fetch {
    pub(super) fn new(timeouts: &TimeoutConfig, http: Arc<dyn Exchange>, clock: SharedClock) -> Self {
        Self { http, clock, attempt: ms(timeouts.token_attempt_ms), total: ms(timeouts.token_total_ms) }
    }

    pub(super) fn begin(&self) -> Attempts {
        let now = self.clock.now();
        Attempts { end: now + self.total, sent: now, most: ATTEMPTS, secret: None }
    }

    pub(super) async fn get(&self, url: Url, max: usize, attempts: &mut Attempts) -> Result<HttpResponse> {
        self.send(&Method::GET, &url, &HeaderMap::new(), &Bytes::new(), max, attempts).await
    }

    /// Sends a request until it is answered with something other than 408, 429 or 5xx, three times at most. A pause that the issuer
    /// asks for is waited out where there is time for it.
    async fn send(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        body: &Bytes,
        max_answer_bytes: usize,
        attempts: &mut Attempts,
    ) -> Result<HttpResponse> {
        let origin = transport::origin(url);
        let mut count = 0;
        loop {
            count += 1;
            attempts.sent = self.clock.now();
            let left = attempts.end.saturating_sub(attempts.sent);
            let timeout = self.attempt.min(left);
            let request = HttpRequest {
                method: method.clone(),
                url: url.clone(),
                headers: headers.clone(),
                body: body.clone(),
                timeout,
                max_answer_bytes,
                upgrade: false,
            };
            let outcome = tokio::select! {
                biased;
                outcome = self.http.send(request) => outcome,
                () = self.clock.sleep(timeout) => {
                    Err(TransportError::Timeout { origin: origin.clone(), limit: timeout, progress: Progress::NoAnswer })
                }
            };
            let error = match outcome {
                Ok(response) if !passes(response.status.as_u16()) => return Ok(response),
                Ok(response) => unavailable(&origin, &response, &*self.clock),
                Err(error) => broken(error),
            };
            // A second or more between requests, so that even a failing issuer is asked at most once a second.
            let pause = Duration::from_secs(1).mul_f64(self.clock.uniform(1.0, 1.5));
            let pause = error.retry_after.map_or(pause, |wish| pause.max(wish));
            let left = attempts.end.saturating_sub(self.clock.now());
            if count >= attempts.most || !error.retryable || pause >= left {
                return Err(error);
            }
            tracing::debug!(target: "kei_agent::auth", attempt = count, "the issuer is asked again: {}", error.message);
            self.clock.sleep(pause).await;
        }
    }
}

/// Whether a status may pass by itself.
fn passes(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

fn unavailable(origin: &str, response: &HttpResponse, clock: &dyn Clock) -> Error {
    let status = response.status.as_u16();
    let mut error =
        Error::new(Code::Token, format!("the issuer {origin} could not give a token: it answered HTTP {status}"));
    error.http_status = Some(status);
    error.retryable = true;
    error.retry_after = transport::retry_after(&response.headers, clock);
    error
}

fn broken(error: TransportError) -> Error {
    match error {
        TransportError::Timeout { origin, limit, .. } => Error::new(
            Code::TokenTimeout,
            format!("the issuer {origin} did not answer within {} ms", limit.as_millis()),
        ),
        TransportError::TooLarge { origin, limit } => Error::new(
            Code::AnswerTooLarge,
            format!("the issuer {origin} cannot be used: its answer is larger than {} KiB", limit / 1024),
        ),
        error => {
            let code = error.code();
            Error::new(code, format!("no token could be had: {error}"))
        }
    }
}

/// A token as the issuer gave it.
pub(super) struct Granted {
    pub(super) token: Secret,
    /// How long it lives; `None` when the issuer does not say.
    pub(super) expires_in: Option<Duration>,
    /// When it was asked for, on the clock's `now`.
    pub(super) sent: Duration,
}

/// Gets one token by client credentials (RFC 6749 section 4.4).
pub(super) async fn client_credentials(
    client: &Client,
    discovery: Option<&Discovery>,
    fetch: &Fetch,
    redactor: &Redactor,
    attempts: &mut Attempts,
) -> Result<Granted> {
    let secret = client.secret.read().await?;
    attempts.secret = Some(secret.clone());
    let metadata = match (&client.token_endpoint, discovery) {
        (Some(endpoint), _) => Arc::new(Metadata { token_endpoint: endpoint.clone(), methods: Vec::new() }),
        (None, Some(discovery)) => discovery.metadata(fetch, attempts).await?,
        (None, None) => return Err(Error::new(Code::ConfigMissing, "`auth.issuer` is missing")),
    };
    let method = choose(client.method, &metadata.methods)?;
    match ask(client, &secret, method, &metadata, fetch, redactor, attempts).await {
        Err(error) if client.secret.is_file() && error.oauth_error.as_deref() == Some("invalid_client") => {
            // The secret may have been replaced between reading it and its being checked.
            let newer = client.secret.read().await?;
            if newer.expose() == secret.expose() {
                return Err(error);
            }
            tracing::info!(target: "kei_agent::auth", "the client's secret changed; asking again with the new one");
            attempts.secret = Some(newer.clone());
            ask(client, &newer, method, &metadata, fetch, redactor, attempts).await
        }
        outcome => outcome,
    }
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

async fn ask(
    client: &Client,
    secret: &Secret,
    method: ClientAuthMethod,
    metadata: &Metadata,
    fetch: &Fetch,
    redactor: &Redactor,
    attempts: &mut Attempts,
) -> Result<Granted> {
    redactor.register("client_secret", secret);
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    if method == ClientAuthMethod::ClientSecretBasic {
        headers.insert(AUTHORIZATION, basic(&client.id, secret, redactor)?);
    }
    let body = form(client, (method == ClientAuthMethod::ClientSecretPost).then_some(secret));
    let response = fetch.send(&Method::POST, &metadata.token_endpoint, &headers, &body, MAX_BYTES, attempts).await?;
    let origin = transport::origin(&metadata.token_endpoint);
    let (token, expires_in) = read(&response, &origin)?;
    redactor.register("token", &token);
    Ok(Granted { token, expires_in, sent: attempts.sent })
}

/// The form of a token request; with the client's identifier and secret if they are not sent in a header.
fn form(client: &Client, secret: Option<&Secret>) -> Bytes {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if let Some(secret) = secret {
        form.append_pair("client_id", &client.id).append_pair("client_secret", secret.expose());
    }
    if !client.scopes.is_empty() {
        form.append_pair("scope", &client.scopes.join(" "));
    }
    if let Some(audience) = &client.audience {
        form.append_pair("audience", audience);
    }
    for resource in &client.resources {
        form.append_pair("resource", resource);
    }
    form.finish().into()
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

/// Reads the issuer's answer (RFC 6749 sections 5.1 and 5.2).
fn read(response: &HttpResponse, origin: &str) -> Result<(Secret, Option<Duration>)> {
    let status = response.status.as_u16();
    let body = serde_json::from_slice::<Value>(&response.body);
    let refused = |why: &str| {
        let mut error = Error::new(Code::Token, format!("the issuer {origin} gave no token: {why}"));
        error.http_status = Some(status);
        error
    };
    if !response.status.is_success() {
        let text = |name: &str| body.as_ref().ok().and_then(|body| body.get(name)).and_then(Value::as_str).map(words);
        let Some(code) = text("error") else { return Err(refused(&format!("it answered HTTP {status}"))) };
        let told = text("error_description").map(|text| format!(" ({text})")).unwrap_or_default();
        let hint = match code.as_str() {
            "invalid_client" => "; check auth.client_id and auth.client_secret",
            "invalid_scope" => "; check auth.scopes",
            _ => "",
        };
        let mut error = refused(&format!("{code}{told}{hint}"));
        error.oauth_error = Some(code);
        return Err(error);
    }
    read_token(body.ok(), true, &refused)
}

/// Reads a token out of an answer. No error repeats any of it.
pub(super) fn read_token(
    answer: Option<Value>,
    needs_type: bool,
    refused: &dyn Fn(&str) -> Error,
) -> Result<(Secret, Option<Duration>)> {
    let Some(Value::Object(mut body)) = answer else {
        return Err(refused("its answer is not a JSON object"));
    };
    let token = match body.remove("access_token") {
        Some(Value::String(token)) if !token.is_empty() => Secret::new(token),
        Some(_) => return Err(refused("its access_token is not a text, or is empty")),
        None => return Err(refused("its answer has no access_token")),
    };
    match body.get("token_type").and_then(Value::as_str) {
        Some(kind) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(kind) => return Err(refused(&format!("its token is of the type {}, not Bearer", words(kind)))),
        None if needs_type => return Err(refused("its answer has no token_type")),
        None => {}
    }
    let expires_in = match body.get("expires_in") {
        None | Some(Value::Null) => None,
        Some(value) => Some(seconds(value).ok_or_else(|| refused("its expires_in is not a number of seconds"))?),
    };
    Ok((token, expires_in))
}

/// A number of seconds, as a number or as its digits; not negative.
fn seconds(value: &Value) -> Option<Duration> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().ok()?
        }
        _ => return None,
    };
    (number >= 0.0).then(|| Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX))
}

/// Reads bytes as an answer, a good one and a bad one: a token that it gives is in no error.
#[cfg(fuzzing)]
pub(super) fn fuzz(body: &[u8]) {
    for status in [200, 400] {
        let status = reqwest::StatusCode::from_u16(status).unwrap_or_default();
        let response = HttpResponse { status, body: Bytes::copy_from_slice(body), ..HttpResponse::default() };
        match read(&response, "https://issuer.example") {
            Ok((token, _)) => assert!(!token.expose().is_empty() && status.is_success()),
            Err(error) => {
                assert_eq!(error.code, Code::Token);
                let given = serde_json::from_slice::<Value>(body).ok();
                let token = given.as_ref().and_then(|given| given.get("access_token")).and_then(Value::as_str);
                // Of the answer, only what it says of its error and of the token's type is repeated.
                let harmless = |name: &str| {
                    given.as_ref().and_then(|given| given.get(name)).map(Value::to_string).unwrap_or_default()
                };
                let repeated = ["error", "error_description", "token_type"].map(harmless).concat();
                if let Some(token) = token.filter(|token| token.len() > 16 && !repeated.contains(*token)) {
                    assert!(!error.to_json().contains(token));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::StatusCode;

    fn answer(body: &str) -> std::result::Result<Option<Duration>, String> {
        let response = HttpResponse {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: body.to_owned().into(),
            socket: None,
        };
        read(&response, "https://a.example").map(|(_, life)| life).map_err(|error| error.to_json())
    }

    #[test]
    fn a_malformed_answer_is_a_clear_error_without_the_token() {
        let token = r#""access_token":"hunter2hunter2","token_type":"Bearer""#;
        for (body, why) in [
            ("<html>hunter2hunter2</html>".to_owned(), "not a JSON object"),
            ("[]".to_owned(), "not a JSON object"),
            (r#"{"token_type":"Bearer"}"#.to_owned(), "no access_token"),
            (r#"{"access_token":5,"token_type":"Bearer"}"#.to_owned(), "not a text"),
            (r#"{"access_token":"hunter2hunter2"}"#.to_owned(), "no token_type"),
            (r#"{"access_token":"hunter2hunter2","token_type":"mac"}"#.to_owned(), "of the type mac"),
            (format!(r#"{{{token},"expires_in":"3600abc"}}"#), "expires_in is not a number"),
            (format!(r#"{{{token},"expires_in":-1}}"#), "expires_in is not a number"),
            (format!(r#"{{{token},"expires_in":[]}}"#), "expires_in is not a number"),
        ] {
            let error = answer(&body).unwrap_err();
            assert!(error.contains(why), "{body}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let life = |value: &str| answer(&format!(r#"{{{token},"expires_in":{value}}}"#)).unwrap();
        assert_eq!(life("3600"), Some(Duration::from_secs(3600)));
        assert_eq!(life("\"3600\""), Some(Duration::from_secs(3600)));
        assert_eq!(life("0"), Some(Duration::ZERO));
        assert!(life("1e18").unwrap() > Duration::from_secs(1 << 40));
        assert_eq!(answer(&format!("{{{token}}}")).unwrap(), None);
    }

    #[test]
    fn basic_credentials_are_form_encoded_before_base64() {
        let value = basic("id:1", &Secret::new("a b+ü"), &Redactor::new()).unwrap();
        let pair = STANDARD.decode(&value.to_str().unwrap()["Basic ".len()..]).unwrap();
        assert_eq!(String::from_utf8(pair).unwrap(), "id%3A1:a+b%2B%C3%BC");
        assert!(value.is_sensitive());
    }
}
