//! Faults on demand: what the platform is told to do wrong, and to which requests.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};

/// A fault, and which requests it befalls.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    /// The beginning of the path, or `*` for all.
    pub(super) path: String,
    /// The method; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<String>,
    /// How many requests it befalls; all until it is cleared when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u64>,
    /// How many requests it lets pass first.
    #[serde(default)]
    pub(super) skip: u64,
    /// Answer this status instead of doing the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    /// The `Retry-After` of that answer, as it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retry_after: Option<String>,
    /// Further header fields of that answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    /// The body of that answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
    /// Wait this long first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) latency_ms: Option<u64>,
    /// Never answer.
    #[serde(default)]
    pub(super) hang: bool,
    /// Reset the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reset: Option<Reset>,
    /// Promise the whole body, and close after this many bytes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) truncate_bytes: Option<usize>,
}

/// When the connection is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reset {
    /// Before anything is answered.
    BeforeHeaders,
    /// When the header of the answer has been sent.
    AfterHeaders,
    /// In the middle of the answer's body.
    InBody,
}

impl Fault {
    /// The field that keeps the fault from doing what it says, and why.
    pub(super) fn mistake(&self) -> Option<(String, String)> {
        let wrong = |field: &str, why: &str| Some((field.to_owned(), why.to_owned()));
        if self.path != "*" && !self.path.starts_with('/') {
            return wrong("path", "should begin with `/`, or be `*` for all");
        }
        if self.method.as_ref().is_some_and(|method| Method::from_bytes(method.as_bytes()).is_err()) {
            return wrong("method", "is no HTTP method");
        }
        match self.status {
            Some(status) if !(200..=599).contains(&status) => {
                return wrong("status", &format!("is {status}; it should be from 200 to 599"));
            }
            None if self.retry_after.is_some() || self.body.is_some() || !self.headers.is_empty() => {
                return wrong("status", "is missing; `retry_after`, `headers` and `body` go with it");
            }
            _ => {}
        }
        if self.retry_after.as_ref().is_some_and(|value| HeaderValue::from_str(value).is_err()) {
            return wrong("retry_after", "cannot be the value of a header field");
        }
        let fits = |name: &str, value: &str| HeaderName::try_from(name).is_ok() && HeaderValue::from_str(value).is_ok();
        let (name, _) = self.headers.iter().find(|(name, value)| !fits(name, value))?;
        wrong(&format!("headers.{name}"), "cannot be a header field")
    }

    pub(super) fn latency(&self) -> Option<Duration> {
        self.latency_ms.map(Duration::from_millis)
    }

    fn befalls(&self, method: &str, path: &str) -> bool {
        (self.path == "*" || path.starts_with(&self.path))
            && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.times != Some(0)
    }
}

/// The faults in force.
#[derive(Default)]
pub(super) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(super) fn add(&self, faults: Vec<Fault>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(faults);
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn list(&self) -> Vec<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The fault that befalls a request, if any: the first that has times left. Counts it.
    pub(super) fn take(&self, method: &str, path: &str) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = faults.iter_mut().find(|fault| fault.befalls(method, path))?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times = fault.times.map(|times| times - 1);
        Some(fault.clone())
    }
}
