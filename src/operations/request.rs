//! From an invocation to a call of the pipeline, and from its reply to an answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::value::RawValue;

use crate::error::{Code, Error, Result, words};
use crate::json;
use crate::operation::{Answer, Idempotency, Invocation, Meta};
use crate::pipeline::{Call, Repeat, Reply};
use crate::transport::{Destination, HttpResponse, spare};

/// Fields of an answer that carry credentials and are not handed on.
const KEPT_BACK: [&str; 3] = ["set-cookie", "www-authenticate", "proxy-authenticate"];

impl Invocation {
    /// A call of the pipeline with the options of the invocation.
    pub(super) fn to(&self, method: Method, url: impl Into<Destination>) -> Result<Call> {
        let idempotent = match self.operation.idempotency {
            Idempotency::Idempotent => true,
            Idempotency::ByRequest => method.is_idempotent(),
            Idempotency::NotIdempotent | Idempotency::Local => false,
        };
        let repeat = match &self.options.idempotency_key {
            Some(key) => Repeat::WithKey(key.clone()),
            None if self.options.idempotent.unwrap_or(idempotent) => Repeat::Safe,
            None => Repeat::Never,
        };
        Ok(Call {
            operation: self.operation.name,
            protocol: self.operation.protocol(),
            method,
            url: url.into(),
            headers: headers(&self.options.headers, "the option `headers`")?,
            body: Bytes::new(),
            repeat,
            authorize: true,
            upgrade: None,
            context: Arc::clone(&self.context),
            retry: self.options.retry.clone(),
            any_status: false,
        })
    }

    /// Sends the request's own JSON to `url`, and hands the answer's JSON on.
    pub(super) async fn forward(&self, method: Method, url: impl Into<Destination>) -> Result<Answer> {
        let mut call = self.to(method, url)?;
        call.body = self.request.clone();
        self.send(&call).await
    }

    /// Sends a call and hands its JSON on.
    pub(super) async fn send(&self, call: &Call) -> Result<Answer> {
        let reply = self.session.pipeline.run(call).await?;
        let meta = self.meta(&reply);
        if reply.response.body.is_empty() {
            return Ok(Answer { body: Bytes::from_static(b"null"), meta });
        }
        // serde tells what is wrong, and whether what is not plain is JSON all the same.
        if !json::is_plain(&reply.response.body)
            && let Err(error) = serde_json::from_slice::<&RawValue>(&reply.response.body)
        {
            let kind = reply
                .response
                .headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .unwrap_or("no content type");
            let kind = words(kind);
            let message = format!("the answer of {} is not JSON ({kind}): {error}", call.url.origin());
            let mut error = Error::new(Code::Protocol, message);
            error.http_status = Some(reply.response.status.as_u16());
            error.attempts = reply.attempts;
            return Err(error);
        }
        let HttpResponse { headers, body, .. } = *reply.response;
        spare::keep(headers);
        Ok(Answer { body, meta })
    }

    /// How a reply came about, if the caller asks for that.
    pub(super) fn meta(&self, reply: &Reply) -> Option<Meta> {
        self.options.meta.then(|| Meta {
            attempts: reply.attempts,
            protocol: "http",
            http_status: reply.response.status.as_u16(),
            headers: readable(&reply.response.headers),
            timings: reply.timings.clone(),
            correlation_id: self.context.correlation_id.clone(),
        })
    }
}

/// Header fields as text, without those that carry credentials.
pub(super) fn readable(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        if KEPT_BACK.contains(&name.as_str()) {
            continue;
        }
        let text = String::from_utf8_lossy(value.as_bytes());
        fields
            .entry(name.as_str().to_owned())
            .and_modify(|all| {
                all.push_str(", ");
                all.push_str(&text);
            })
            .or_insert_with(|| text.into_owned());
    }
    fields
}

/// Header fields that a caller gives. `what` names where, for errors, which repeat the name but never the value.
pub(super) fn headers(fields: &BTreeMap<String, String>, what: &str) -> Result<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields {
        let shown = words(name);
        let wrong = |why: &str| Err(Error::new(Code::Options, format!("{what} has a field `{shown}` {why}")));
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            return wrong("whose name is not allowed in HTTP: use letters, digits and `-`");
        };
        let Ok(mut value) = HeaderValue::from_bytes(value.as_bytes()) else {
            return wrong("whose value holds a control character, which HTTP does not allow");
        };
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}
