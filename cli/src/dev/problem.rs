//! Failures as RFC 9457 problem details.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// A failure of a request.
pub(super) struct Problem {
    status: StatusCode,
    fields: Map<String, Value>,
    headers: HeaderMap,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        let mut fields = Map::new();
        fields.insert("type".into(), json!(format!("urn:kei:problem:{code}")));
        fields.insert("title".into(), json!(status.canonical_reason().unwrap_or("Error")));
        fields.insert("status".into(), json!(status.as_u16()));
        fields.insert("code".into(), json!(code));
        fields.insert("detail".into(), json!(detail.into()));
        Self { status, fields, headers: HeaderMap::new() }
    }

    /// A body or a parameter that does not fit.
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, kind, self.headers, Value::Object(self.fields).to_string()).into_response()
    }
}

/// A text field of a JSON object.
pub(super) fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, Problem> {
    match body.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
        Some(Value::String(_)) => Err(Problem::invalid(format!("`{name}` must not be empty")).with("field", name)),
        Some(_) => Err(Problem::invalid(format!("`{name}` must be a string")).with("field", name)),
        None => Err(Problem::invalid(format!("`{name}` is missing")).with("field", name)),
    }
}
