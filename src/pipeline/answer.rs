//! What an attempt's outcome means: an answer, or a failure of a class that says whether to try again.
//!
//! A server's own words (RFC 9457 problem details, RFC 6750 challenges) are taken into the error, bounded and printable.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, WWW_AUTHENTICATE};
use serde_json::Value;
use url::Url;

use crate::clock::SharedClock;
use crate::error::{Code, Error, Result, words};
use crate::transport::{self, Answered, HttpResponse, Progress, TransportError};

/// Whether a failure may be followed by another attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The server has not seen the request.
    NotSent,
    /// The server may have acted on it.
    Ambiguous,
    /// The server refused to act, for now.
    Throttled,
    /// The next attempt would end the same way, or must not be made.
    Final,
}

/// A failed attempt.
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) class: Class,
    pub(super) retry_after: Option<Duration>,
    pub(super) trips_breaker: bool,
}

/// An attempt's outcome.
pub(super) enum Verdict {
    Good(Box<HttpResponse>),
    /// With what the server answered, if it did.
    Bad(Box<Failure>, Option<Box<HttpResponse>>),
}

impl Failure {
    pub(super) fn is_unauthorized(&self) -> bool {
        self.error.code == Code::Unauthorized
    }

    /// Whether the server wants its nonce in the proof of the key (RFC 9449 section 9).
    pub(super) fn wants_nonce(&self) -> bool {
        self.is_unauthorized() && self.error.oauth_error.as_deref() == Some("use_dpop_nonce")
    }

    /// The scopes that the server wants, when it says that the token has too few (RFC 6750 section 3.1).
    pub(super) fn wanted_scopes(&self) -> Option<Vec<String>> {
        let too_few =
            self.error.code == Code::Forbidden && self.error.oauth_error.as_deref() == Some("insufficient_scope");
        let scopes = self.error.details.get("scope").and_then(Value::as_str).filter(|_| too_few)?;
        Some(scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect())
    }
}

/// Judges an outcome.
pub(super) fn judge(outcome: Result<Answered>, clock: &SharedClock) -> Verdict {
    let failure = match outcome {
        Ok(Ok(response)) if response.status.is_success() || response.socket.is_some() => {
            return Verdict::Good(response);
        }
        Ok(Ok(response)) => {
            let failure = from_status(&response, clock);
            // What a proxy says is not the server's answer.
            let of_server = response.status != StatusCode::PROXY_AUTHENTICATION_REQUIRED;
            return Verdict::Bad(Box::new(failure), of_server.then_some(response));
        }
        Ok(Err(error)) => from_transport(error),
        Err(error) => {
            let trips_breaker = error.code == Code::Deadline;
            Failure { error, class: Class::Final, retry_after: None, trips_breaker }
        }
    };
    Verdict::Bad(Box::new(failure), None)
}

fn from_transport(error: TransportError) -> Failure {
    let class = match (&error, error.progress()) {
        (TransportError::Tls { .. }, _) | (_, Progress::InAnswer) => Class::Final,
        (_, Progress::NotSent) => Class::NotSent,
        (_, Progress::NoAnswer) => Class::Ambiguous,
    };
    let trips_breaker = !matches!(error, TransportError::TooLarge { .. } | TransportError::Tls { .. });
    Failure { error: error.into(), class, retry_after: None, trips_breaker }
}

fn from_status(response: &HttpResponse, clock: &SharedClock) -> Failure {
    let status = response.status;
    let (code, class) = match status.as_u16() {
        401 => (Code::Unauthorized, Class::Final),
        403 => (Code::Forbidden, Class::Final),
        // Of a proxy, which let nothing through.
        407 => (Code::Connect, Class::Final),
        404 | 410 => (Code::NotFound, Class::Final),
        409 | 412 => (Code::Conflict, Class::Final),
        429 => (Code::RateLimited, Class::Throttled),
        408 => (Code::Timeout, Class::Ambiguous),
        425 | 500 | 502 | 503 | 504 => (Code::Remote, Class::Ambiguous),
        501 | 505 => (Code::NotImplemented, Class::Final),
        500..=599 => (Code::Remote, Class::Final),
        400..=499 => (Code::Rejected, Class::Final),
        _ => (Code::Protocol, Class::Final),
    };
    let mut error = Error::new(code, describe(response));
    error.http_status = Some(status.as_u16());
    let wish = matches!(class, Class::Throttled | Class::Ambiguous)
        .then(|| transport::retry_after(&response.headers, &**clock))
        .flatten();
    error.retry_after = wish;
    add_problem(&mut error, response);
    add_challenge(&mut error, &response.headers);
    Failure {
        error,
        class,
        retry_after: wish,
        trips_breaker: status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT,
    }
}

fn describe(response: &HttpResponse) -> String {
    let status = response.status;
    let reason = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return "the proxy does not let this client through (407): set `http.proxy_username` and `http.proxy_password`"
            .to_owned();
    }
    if status.is_redirection() {
        let place = response.headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let place = Url::parse(place).map_or("another path".to_owned(), |url| transport::origin(&url));
        return format!(
            "the server answered {}{reason}, a redirect to {place}, which is not followed: see `http.max_redirects`, and http.allowed_origins for other origins",
            status.as_u16()
        );
    }
    format!("the server answered {}{reason}", status.as_u16())
}

/// Takes in what the server says of the failure, if it says it as problem details or in a field of a usual name.
fn add_problem(error: &mut Error, response: &HttpResponse) {
    let kind = response.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.contains("json") || response.body.len() > 64 * 1024 {
        return;
    }
    let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(&response.body) else { return };
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(words).filter(|text| !text.is_empty());
    let said = text("detail")
        .or_else(|| text("message"))
        .or_else(|| text("title"))
        .or_else(|| text("error_description"))
        .or_else(|| text("error"));
    if let Some(said) = said {
        error.message = format!("{}: {said}", error.message);
    }
    for name in ["type", "title", "code", "instance"] {
        if let Some(text) = text(name) {
            error.details.insert(format!("problem_{name}"), text.into());
        }
    }
    if let Some(errors) = body.get("errors").filter(|errors| errors.to_string().len() <= 1024) {
        error.details.insert("problem_errors".to_owned(), errors.clone());
    }
}

/// Takes in the challenge of a 401 or 403 (RFC 6750 section 3).
fn add_challenge(error: &mut Error, headers: &HeaderMap) {
    let challenges = || headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    // Of several, the one that says what is wrong.
    let told = challenges().find(|challenge| self::parameter(challenge, "error").is_some());
    let Some(challenge) = told.or_else(|| challenges().next()) else { return };
    let parameter = |name: &str| parameter(challenge, name).map(|text| words(&text));
    if let Some(code) = parameter("error") {
        error.oauth_error = Some(code);
    }
    if let Some(description) = parameter("error_description") {
        let already = error.message.contains(&description);
        if !already {
            error.message = format!("{}: {description}", error.message);
        }
    }
    if let Some(scope) = parameter("scope") {
        error.details.insert("scope".to_owned(), scope.into());
    }
}

/// A parameter of a challenge: `name=token` or `name="quoted"`.
fn parameter(challenge: &str, name: &str) -> Option<String> {
    let mut rest = challenge;
    while let Some(at) = rest.find(name) {
        let before = rest[..at].chars().next_back();
        let after = rest[at + name.len()..].trim_start();
        rest = &rest[at + name.len()..];
        let starts = before.is_none_or(|character| matches!(character, ' ' | ',' | '\t'));
        let Some(value) = after.strip_prefix('=').filter(|_| starts) else { continue };
        let value = value.trim_start();
        return Some(match value.strip_prefix('"') {
            Some(quoted) => {
                let mut escaped = false;
                quoted
                    .chars()
                    .take_while(|character| {
                        let ends = *character == '"' && !escaped;
                        escaped = *character == '\\' && !escaped;
                        !ends
                    })
                    .filter(|character| *character != '\\')
                    .collect()
            }
            None => value.split([',', ' ']).next().unwrap_or_default().to_owned(),
        });
    }
    None
}

/// Reads bytes as problem details, as a challenge and as a pause: an error of the status is what comes of them.
#[cfg(fuzzing)]
pub(super) fn fuzz(body: &[u8]) {
    use reqwest::header::{HeaderValue, RETRY_AFTER};
    let clock: SharedClock = std::sync::Arc::new(crate::clock::SystemClock);
    for status in [401, 403, 404, 429, 500, 302] {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(body) {
            headers.insert(WWW_AUTHENTICATE, value.clone());
            headers.insert(RETRY_AFTER, value.clone());
            headers.insert(LOCATION, value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let status = StatusCode::from_u16(status).unwrap_or_default();
        let response = HttpResponse { status, headers, body: bytes::Bytes::copy_from_slice(body), socket: None };
        let Verdict::Bad(failure, _) = judge(Ok(Ok(Box::new(response))), &clock) else {
            panic!("{status} is no success")
        };
        assert_eq!(failure.error.http_status, Some(status.as_u16()));
        assert!(!failure.error.message.is_empty() && !failure.error.message.contains(char::is_control));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_of_a_challenge_are_found() {
        let challenge =
            r#"Bearer realm="a, error=x", error="invalid_token", error_description="it \"ended\"", scope=a"#;
        assert_eq!(parameter(challenge, "error_description").as_deref(), Some("it \"ended\""));
        assert_eq!(parameter(challenge, "scope").as_deref(), Some("a"));
        assert_eq!(parameter("Bearer error=\"invalid_token\"", "error").as_deref(), Some("invalid_token"));
        assert_eq!(parameter("Bearer", "error"), None);
    }
}
