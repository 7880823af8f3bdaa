//! `http.request`: any request to the platform, or to an origin that the configuration allows, with the client's token,
//! retries and redaction.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;

use super::request::{headers, readable};
use super::target::invalid;
use crate::clock::boxed;
use crate::error::Result;
use crate::operation::{Answer, Idempotency, Invocation, Operation};

pub(super) const OPERATIONS: &[Operation] = &[Operation::new::<HttpRequest, HttpAnswer>(
    "http.request",
    Idempotency::ByRequest,
    "Sends any HTTP request to the platform or an allowed origin; a status from 300 on is an error unless `error_for_status` is `false`. The methods that HTTP calls idempotent may be sent again.",
    |invocation| boxed(|| request(invocation)),
)];

/// A request. At most one of `body`, `text`, `form` and `body_base64` may be given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HttpRequest<'a> {
    /// The method; `GET` when absent.
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    /// The path below `base_url`, beginning with a slash; it may hold a query.
    #[serde(borrow, default)]
    path: Option<Cow<'a, str>>,
    /// The whole URL, in place of `path`: on the platform or an origin in `http.allowed_origins`.
    #[serde(borrow, default)]
    url: Option<Cow<'a, str>>,
    /// Query parameters to add, encoded by the library.
    #[serde(default)]
    query: BTreeMap<String, String>,
    /// Header fields.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// A JSON body.
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
    /// A text body.
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    /// A form body, encoded by the library.
    #[serde(default)]
    form: Option<BTreeMap<String, String>>,
    /// A body of any bytes, in base64.
    #[serde(borrow, default)]
    body_base64: Option<Cow<'a, str>>,
    /// Whether a status from 300 on is an error; `true` when absent. With `false` the answer is what the server said in the end, header fields and body, once nothing more
    /// is to be tried: tokens, retries and breakers work as ever.
    #[serde(default = "yes")]
    error_for_status: bool,
}

fn yes() -> bool {
    true
}

/// The answer. Its body is in `body` if it is JSON, else in `text` if it is UTF-8, else in `body_base64`.
#[derive(Serialize, JsonSchema)]
struct HttpAnswer<'a> {
    /// The status.
    status: u16,
    /// The header fields, by lower-case name.
    headers: BTreeMap<String, String>,
    /// The body, if it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a RawValue>,
    /// The body, if it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// The body otherwise, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

async fn request(invocation: &Invocation) -> Result<Answer> {
    let request: HttpRequest = invocation.request()?;
    let mut call = invocation.to(method(request.method.as_deref())?, target(&invocation.session.base, &request)?)?;
    let (body, kind) = body(invocation, &request)?;
    call.body = body;
    call.any_status = !request.error_for_status;
    if let Some(kind) = kind {
        call.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    call.headers.extend(headers(&request.headers, "`headers`")?);
    let reply = invocation.session.pipeline.run(&call).await?;
    let json =
        serde_json::from_slice::<&RawValue>(&reply.response.body).ok().filter(|_| is_json(&reply.response.headers));
    let text = if json.is_some() { None } else { std::str::from_utf8(&reply.response.body).ok() };
    let bytes = (json.is_none() && text.is_none()).then(|| STANDARD.encode(&reply.response.body));
    let headers = readable(&reply.response.headers);
    let answer = HttpAnswer { status: reply.response.status.as_u16(), headers, body: json, text, body_base64: bytes };
    Ok(Answer { meta: invocation.meta(&reply), ..Answer::local(&answer)? })
}

fn method(name: Option<&str>) -> Result<Method> {
    let name = name.unwrap_or("GET").to_ascii_uppercase();
    match name.as_str() {
        "CONNECT" | "TRACE" => Err(invalid("method", "must not be CONNECT or TRACE")),
        name => Method::from_bytes(name.as_bytes()).map_err(|_| invalid("method", "is not an HTTP method")),
    }
}

fn target(base: &Url, request: &HttpRequest) -> Result<Url> {
    let mut url = match (&request.path, &request.url) {
        (Some(path), None) => {
            if !path.starts_with('/') || path.starts_with("//") {
                return Err(invalid("path", "must begin with one slash, for example `/api/v1/health`"));
            }
            if path.contains(['#', '\\']) || path.chars().any(char::is_control) {
                return Err(invalid("path", "must not hold `#`, a backslash or a control character"));
            }
            let (path, query) = path.split_once('?').map_or((path.as_ref(), None), |(path, query)| (path, Some(query)));
            refuse_traversal("path", path)?;
            let mut url = base.clone();
            url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
            url.set_query(query);
            url
        }
        (None, Some(text)) => {
            // Parsing would fold `..` away, so the text itself is looked at.
            let path = text.split(['?', '#']).next().unwrap_or_default();
            refuse_traversal("url", path)?;
            Url::parse(text).map_err(|error| invalid("url", &format!("is not a URL: {error}")))?
        }
        (None, None) => return Err(invalid("path", "is missing: give `path` or `url`")),
        (Some(_), Some(_)) => return Err(invalid("url", "and `path` exclude each other: give one of them")),
    };
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&request.query);
    }
    Ok(url)
}

fn refuse_traversal(field: &str, path: &str) -> Result<()> {
    let plain = path.replace("%2e", ".").replace("%2E", ".");
    if plain.split(['/', '\\']).any(|segment| matches!(segment, "." | "..")) {
        return Err(invalid(field, "must not hold `.` or `..` segments, encoded or not"));
    }
    Ok(())
}

fn body(invocation: &Invocation, request: &HttpRequest) -> Result<(Bytes, Option<&'static str>)> {
    let given = [request.body.is_some(), request.text.is_some(), request.form.is_some(), request.body_base64.is_some()];
    if given.into_iter().filter(|given| *given).count() > 1 {
        return Err(invalid("body", "`text`, `form` and `body_base64` exclude each other: give one of them"));
    }
    if let Some(json) = request.body {
        return Ok((invocation.request.slice_ref(json.get().as_bytes()), Some("application/json")));
    }
    if let Some(text) = &request.text {
        return Ok((text.as_bytes().to_vec().into(), Some("text/plain; charset=utf-8")));
    }
    if let Some(form) = &request.form {
        let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        return Ok((encoded.into(), Some("application/x-www-form-urlencoded")));
    }
    if let Some(text) = &request.body_base64 {
        let bytes = STANDARD
            .decode(text.as_bytes())
            .map_err(|error| invalid("body_base64", &format!("is not base64: {error}")))?;
        return Ok((bytes.into(), Some("application/octet-stream")));
    }
    Ok((Bytes::new(), None))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("application/json");
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<String> {
        let base = Url::parse("https://a.example/kei").unwrap();
        target(&base, &serde_json::from_str(text).unwrap()).map(String::from)
    }

    #[test]
    fn a_path_stays_below_the_base_url() {
        assert_eq!(url(r#"{"path":"/x?y=1","query":{"z":"ä"}}"#).unwrap(), "https://a.example/kei/x?y=1&z=%C3%A4");
        for bad in ["x", "//evil.example/x", "/a/../b", "/a/%2e%2E/b", "/a\\\\..\\\\b", "/a#b", "/a\\nb", "/./a"] {
            let error = url(&format!(r#"{{"path":"{bad}"}}"#)).unwrap_err();
            assert!(error.message.starts_with("`path` must"), "{bad}: {}", error.message);
        }
        assert!(url(r#"{"url":"https://a.example/a/../b"}"#).is_err());
        assert!(url("{}").unwrap_err().message.contains("give `path` or `url`"));
        assert!(url(r#"{"path":"/a","url":"https://a.example"}"#).is_err());
    }

    #[test]
    fn the_method_defaults_to_get_and_is_checked() {
        assert_eq!(method(None).unwrap(), Method::GET);
        assert_eq!(method(Some("patch")).unwrap(), Method::PATCH);
        assert!(method(Some("CONNECT")).is_err());
        assert!(method(Some("G T")).is_err());
    }
}
