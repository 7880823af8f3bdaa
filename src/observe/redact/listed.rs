//! What may be shown by its name: header fields, parameters of a query, segments of a path, keys of JSON. What is not listed is masked.

use std::collections::HashSet;

use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use super::mask;
use crate::config::RedactionConfig;

/// Lower case, as all names are compared.
#[rustfmt::skip]
const HEADERS: &[&str] = &[
    "accept", "accept-encoding", "accept-language", "age", "allow", "cache-control", "connection", "content-encoding", "content-length",
    "content-type", "date", "etag", "expires", "host", "last-modified", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after",
    "server", "traceparent", "transfer-encoding", "upgrade", "user-agent", "vary", "via", "x-agent-id", "x-correlation-id", "x-request-id",
    "x-request-timeout-ms", "x-tenant-id",
];
#[rustfmt::skip]
const QUERY: &[&str] = &[
    "after", "before", "capabilities", "category", "force", "limit", "offset", "order", "page", "page_size", "sort", "tags", "tenant_id", "version",
];
#[rustfmt::skip]
const SEGMENTS: &[&str] = &[
    ".well-known", "agents", "agents-mgmt", "api", "bus", "capabilities", "health", "heartbeat", "live", "mcp", "metrics",
    "oauth-authorization-server", "openid-configuration", "plan", "act", "observe", "explain", "publish", "ready", "register", "registry", "rpc",
    "stream", "token", "tools", "v1", "v2", "v3",
];
#[rustfmt::skip]
const KEYS: &[&str] = &[
    "action", "agent_id", "attempt", "attempts", "bytes", "capability", "category", "code", "component", "correlation_id", "count", "created_at",
    "description", "detail", "duration_ms", "elapsed_ms", "error", "errors", "event", "field", "file", "from_agent", "host", "http_status", "id", "items", "kind",
    "length", "level", "limit", "line", "loc", "location", "message", "message_id", "message_type", "method", "module", "msg", "name", "objective",
    "operation", "origin", "outcome", "page", "path", "percent", "pid", "pointer", "port", "priority", "protocol", "queue_length", "reason",
    "request_id", "result", "retryable", "role", "size", "span_id", "stage", "state", "status", "step", "steps", "task_id", "tenant_id", "thread",
    "timestamp", "title", "to_agent", "topic", "total", "trace_id", "ts", "type", "unit", "updated_at", "version", "worker",
];

/// Which names are listed.
#[derive(Debug)]
pub struct Listed {
    headers: Names,
    query: Names,
    segments: Names,
    keys: Names,
}

impl Default for Listed {
    fn default() -> Self {
        Self::new(&RedactionConfig::default())
    }
}

/// Names, or all of them (`*`) but those that say that a secret follows.
#[derive(Debug)]
struct Names {
    listed: HashSet<String>,
    all: bool,
}

impl Names {
    fn new(own: &[&str], further: &[String]) -> Self {
        let further = further.iter().map(|name| name.to_ascii_lowercase());
        let listed: HashSet<_> = own.iter().map(|name| (*name).to_owned()).chain(further).collect();
        Self { all: listed.contains("*"), listed }
    }

    fn has(&self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        self.listed.contains(&lower) || (self.all && !says_secret(&lower))
    }
}

/// Whether a name says that its value is a secret.
pub(super) fn says_secret(name: &str) -> bool {
    const WORDS: [&str; 15] = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "credential",
        "authorization",
        "cookie",
        "assertion",
        "signature",
        "sessionid",
    ];
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    WORDS.iter().any(|word| plain.contains(word)) || plain.ends_with("auth")
}

impl Listed {
    /// Those of the library and those that the configuration adds.
    pub fn new(config: &RedactionConfig) -> Self {
        Self {
            headers: Names::new(HEADERS, &config.headers),
            query: Names::new(QUERY, &config.query),
            segments: Names::new(SEGMENTS, &config.segments),
            keys: Names::new(KEYS, &config.keys),
        }
    }

    /// Header fields, a line of `name: value` each.
    pub fn headers(&self, headers: &HeaderMap) -> String {
        let shown = headers.iter().map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            let listed = self.headers.has(name.as_str());
            format!("{name}: {}", if listed { text.into_owned() } else { mask("header", &text) })
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    /// A URL: its origin, and of its path and query what is listed.
    pub fn url(&self, url: &Url) -> String {
        let mut shown = url.origin().ascii_serialization();
        for segment in url.path_segments().into_iter().flatten() {
            shown.push('/');
            let listed = segment.is_empty() || self.segments.has(segment);
            shown += &if listed { segment.to_owned() } else { mask("path", segment) };
        }
        for (number, (name, value)) in url.query_pairs().enumerate() {
            shown.push(if number == 0 { '?' } else { '&' });
            let parameter = format!("{name}={value}");
            // A name may be a secret as well as a value, when someone forgot it.
            shown += &if self.query.has(&name) { parameter } else { mask("query", &parameter) };
        }
        shown
    }

    /// A JSON value: of its objects what stands under a listed key, with `true`, `false` and `null` anywhere.
    pub fn json(&self, value: &mut Value) {
        self.json_under(value, false);
    }

    /// A value that may be shown itself; of the objects in it what stands under a listed key.
    pub fn parts(&self, value: &mut Value) {
        self.json_under(value, true);
    }

    fn json_under(&self, value: &mut Value, listed: bool) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::String(_) | Value::Number(_) if listed => {}
            Value::String(text) => *value = Value::String(mask("field", text)),
            Value::Number(number) => *value = Value::String(mask("field", &number.to_string())),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json_under(item, listed)),
            Value::Object(object) => {
                for (key, value) in object {
                    self.json_under(value, self.keys.has(key));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_listed_is_masked_however_deep_it_stands() {
        let mut value = json!({
            "status": "ok", "pin": 1234, "agent_id": "a", "list": [{ "secret": "s", "name": "n", "good": true }], "items": ["shown", { "x": "no" }],
        });
        Listed::default().json(&mut value);
        assert_eq!((&value["status"], &value["agent_id"]), (&json!("ok"), &json!("a")));
        assert_eq!((&value["list"][0]["name"], &value["list"][0]["good"]), (&json!("n"), &json!(true)));
        for hidden in [&value["pin"], &value["list"][0]["secret"], &value["items"][1]["x"]] {
            assert!(hidden.as_str().unwrap().starts_with("[REDACTED:field:"), "{value}");
        }
        assert_eq!(value["items"][0], "shown");
    }

    #[test]
    fn a_star_lists_all_but_what_says_that_it_is_secret() {
        let config = RedactionConfig { keys: vec!["*".into()], ..RedactionConfig::default() };
        let mut value = json!({ "city": "Paris", "Api-Key": "k", "nested": { "refreshToken": "t", "n": 1 } });
        Listed::new(&config).json(&mut value);
        assert_eq!((&value["city"], &value["nested"]["n"]), (&json!("Paris"), &json!(1)));
        assert!(value["Api-Key"].as_str().unwrap().starts_with("[REDACTED"));
        assert!(value["nested"]["refreshToken"].as_str().unwrap().starts_with("[REDACTED"));
    }

    #[test]
    fn of_a_url_and_of_header_fields_only_what_is_listed_is_shown() {
        let url = Url::parse("https://u:p@a.example/api/v1/agents/x-1?limit=3&key=hunter2#f").unwrap();
        let shown = Listed::default().url(&url);
        assert!(shown.starts_with("https://a.example/api/v1/agents/[REDACTED:path:"), "{shown}");
        assert!(shown.contains("?limit=3&[REDACTED:query:") && !shown.contains("hunter2"), "{shown}");
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        headers.insert("x-custom", "hunter2".parse().unwrap());
        let shown = Listed::default().headers(&headers);
        assert!(shown.starts_with("content-type: application/json\nx-custom: [REDACTED:header:"), "{shown}");
    }
}
