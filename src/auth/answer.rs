//! Reading an issuer's answers: tokens and refusals (RFC 6749 sections 5.1 and 5.2).

use std::time::Duration;

use serde_json::Value;

use crate::error::{Code, Error, Result, words};
use crate::secret::Secret;
use crate::transport::HttpResponse;

/// A token as the issuer gave it.
pub(super) struct Granted {
    pub(super) token: Secret,
    /// How long it lives; `None` when the issuer does not say.
    pub(super) expires_in: Option<Duration>,
    /// When it was asked for, on the clock's `now`.
    pub(super) sent: Duration,
}

/// What an answer says of a token.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) token: Secret,
    pub(super) expires_in: Option<Duration>,
    pub(super) refresh: Option<Secret>,
}

/// The type that a token must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A bearer token (RFC 6750).
    Bearer,
    /// A bearer token, as it is when nothing is said.
    BearerUnlessSaid,
    /// One that is bound to a key (RFC 9449).
    DPoP,
}

impl Wanted {
    fn name(self) -> &'static str {
        if self == Self::DPoP { "DPoP" } else { "Bearer" }
    }
}

/// Reads the issuer's answer (RFC 6749 sections 5.1 and 5.2).
pub(super) fn read(response: &HttpResponse, origin: &str, wanted: Wanted) -> Result<Read> {
    let body = serde_json::from_slice::<Value>(&response.body);
    if !response.status.is_success() {
        return Err(refusal(response, origin, "gave no token"));
    }
    let refused = |why: &str| refused(response, origin, &format!("gave no token: {why}"));
    read_token(body.ok(), wanted, &refused)
}

fn refused(response: &HttpResponse, origin: &str, why: &str) -> Error {
    let mut error = Error::new(Code::Token, format!("the issuer {origin} {why}"));
    error.http_status = Some(response.status.as_u16());
    error
}

/// The error that an answer is, which says why the issuer did not do what it was asked for.
pub(super) fn refusal(response: &HttpResponse, origin: &str, what: &str) -> Error {
    let status = response.status.as_u16();
    let body = serde_json::from_slice::<Value>(&response.body);
    let text = |name: &str| body.as_ref().ok().and_then(|body| body.get(name)).and_then(Value::as_str).map(words);
    let Some(code) = text("error") else {
        return refused(response, origin, &format!("{what}: it answered HTTP {status}"));
    };
    let told = text("error_description").map(|text| format!(" ({text})")).unwrap_or_default();
    let hint = match code.as_str() {
        "invalid_client" => "; check auth.client_id and how the client proves itself",
        "invalid_scope" => "; check auth.scopes",
        "invalid_target" => "; check auth.resources and auth.audience",
        "unauthorized_client" | "unsupported_grant_type" => "; check auth.grant",
        _ => "",
    };
    let mut error = refused(response, origin, &format!("{what}: {code}{told}{hint}"));
    error.oauth_error = Some(code);
    error
}

/// Reads a token out of an answer. No error repeats any of it.
pub(super) fn read_token(answer: Option<Value>, wanted: Wanted, refused: &dyn Fn(&str) -> Error) -> Result<Read> {
    let Some(Value::Object(mut body)) = answer else {
        return Err(refused("its answer is not a JSON object"));
    };
    let token = match body.remove("access_token") {
        Some(Value::String(token)) if !token.is_empty() => Secret::new(token),
        Some(_) => return Err(refused("its access_token is not a text, or is empty")),
        None => return Err(refused("its answer has no access_token")),
    };
    match body.get("token_type").and_then(Value::as_str) {
        Some(kind) if kind.eq_ignore_ascii_case(wanted.name()) => {}
        Some(kind) => return Err(refused(&format!("its token is of the type {}, not {}", words(kind), wanted.name()))),
        None if wanted != Wanted::BearerUnlessSaid => return Err(refused("its answer has no token_type")),
        None => {}
    }
    let expires_in = match body.get("expires_in") {
        None | Some(Value::Null) => None,
        Some(value) => Some(seconds(value).ok_or_else(|| refused("its expires_in is not a number of seconds"))?),
    };
    let refresh = match body.remove("refresh_token") {
        Some(Value::String(token)) if !token.is_empty() => Some(Secret::new(token)),
        _ => None,
    };
    Ok(Read { token, expires_in, refresh })
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
        let response = HttpResponse { status, body: bytes::Bytes::copy_from_slice(body), ..HttpResponse::default() };
        match read(&response, "https://issuer.example", Wanted::Bearer) {
            Ok(read) => assert!(!read.token.is_empty() && status.is_success()),
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
        let response = HttpResponse { status: StatusCode::OK, body: body.to_owned().into(), ..HttpResponse::default() };
        let read = read(&response, "https://a.example", Wanted::Bearer);
        read.map(|read| read.expires_in).map_err(|error| error.to_json())
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
}
