//! The one error that leaves the library: a stable number, a message, and what a caller can act on.
//!
//! Every layer has its own error enum and turns it into an [`Error`] here; [`Code`] is the one table of numbers that the
//! C ABI knows. A number is never reused: a retired one stays behind as a comment. The numbers of the transport and remote bands
//! start at 450 and 550, so that none can be mistaken for an HTTP status.
//!
//! Messages never hold a secret: they are built from names, origins and numbers, and pass the redactor on their way out.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

/// What went wrong, as a stable number. `KEI_OK` (0) is success; everything here is a failure.
///
/// Bands: 1–99 misuse, 100–199 life cycle, 200–299 configuration and validation, 300–399 authentication and security,
/// 400–499 transport, 500–599 protocol and remote, 600–699 resilience.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::FromRepr, strum::IntoStaticStr, strum::EnumIter, strum::EnumMessage,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", prefix = "KEI_E_")]
#[repr(i32)]
pub enum Code {
    /// A pointer that must not be NULL is NULL.
    Null = 1,
    /// A text is not valid UTF-8.
    Utf8 = 2,
    /// A text is not valid JSON, or nests too deeply.
    Json = 3,
    /// The handle was closed, or was never given out.
    Stale = 4,
    /// The handle is of another kind than the function takes.
    WrongKind = 5,
    /// The function would wait for the thread that it was called on.
    WrongThread = 6,
    /// The process is a forked child: the threads of the library stayed with its parent.
    Forked = 7,
    /// A fault in the library was caught at the boundary. Please report it.
    Panic = 8,
    /// The caller was built against another major version of the ABI.
    Abi = 9,
    /// An argument is out of its range.
    Argument = 10,
    /// This platform, or this build, does not offer the function.
    Unsupported = 11,
    /// The room that the caller gave is too small; how much is needed is answered with it.
    TooSmall = 12,
    /// A callback drains the queue, so that it cannot be waited on or drained by hand.
    WrongMode = 13,

    /// The object was closed, or its runtime is shutting down.
    Closed = 100,
    /// The operation was cancelled by its caller.
    Cancelled = 101,
    /// The deadline of the call passed.
    Deadline = 102,
    /// Nothing came within the time given, or the wait was woken.
    Again = 103,
    /// The host did not answer a REQUEST event in time.
    HostTimeout = 104,

    /// A configuration value is wrong.
    Config = 200,
    /// A configuration key is not known.
    ConfigUnknownKey = 201,
    /// A configuration value that is needed is missing.
    ConfigMissing = 202,
    /// A file that the configuration names cannot be used.
    ConfigFile = 203,
    /// No operation has this name.
    UnknownOperation = 210,
    /// The request does not fit the operation's schema.
    Request = 211,
    /// The options of the call do not fit their schema.
    Options = 212,
    /// The request is larger than `limits.max_request_bytes`.
    RequestTooLarge = 213,

    /// No token could be had: the issuer refused, or its answer made no sense.
    Token = 350,
    /// No token could be had in time: the issuer did not answer.
    TokenTimeout = 351,
    /// The issuer's metadata could not be had, or is not to be trusted.
    Discovery = 352,
    /// The server does not accept the credential (HTTP 401).
    Unauthorized = 353,
    /// The credential does not allow this (HTTP 403).
    Forbidden = 354,
    /// A security rule of the configuration forbids the request; nothing was sent.
    Refused = 355,

    /// No connection to the server could be made.
    Connect = 450,
    /// The server's name could not be resolved.
    Dns = 451,
    /// The TLS peer could not be verified, or the handshake failed.
    Tls = 452,
    /// The connection was lost before the whole answer had come.
    ConnectionLost = 453,
    /// The server did not answer in the time of one attempt.
    Timeout = 454,
    /// The answer is larger than `limits.max_answer_bytes`.
    AnswerTooLarge = 455,

    /// The server failed (HTTP 5xx) in a way that may pass.
    Remote = 550,
    /// The server cannot do this at all (HTTP 501, 505).
    NotImplemented = 551,
    /// The server rejected the request (HTTP 4xx).
    Rejected = 552,
    /// The server does not have the thing asked for (HTTP 404, 410).
    NotFound = 553,
    /// The request conflicts with the state of the thing (HTTP 409, 412).
    Conflict = 554,
    /// The server asks for fewer requests (HTTP 429).
    RateLimited = 555,
    /// The answer is not what the protocol says it should be.
    Protocol = 556,

    /// The circuit breaker is open: the server has failed too often of late, nothing was sent.
    BreakerOpen = 650,
    /// Too many operations are in flight.
    Overloaded = 651,
    /// More items came than the host took, and the subscription's `overflow` is `fail`.
    Overflow = 652,
}

/// What kind of thing went wrong: the band that the number is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// The caller used the library in a way that it does not allow (1 to 99).
    Misuse,
    /// The end of the call, the client or the runtime (100 to 199).
    LifeCycle,
    /// A configuration, a request or options that do not fit (200 to 299).
    Validation,
    /// Tokens, and what they do not allow (300 to 399).
    Security,
    /// The way to the server (400 to 499).
    Transport,
    /// What the server answered (500 to 599).
    Remote,
    /// What keeps a failing server from being asked again (600 to 699).
    Resilience,
}

impl Code {
    /// What kind of thing went wrong.
    pub const fn category(self) -> Category {
        match self.number() {
            ..100 => Category::Misuse,
            100..200 => Category::LifeCycle,
            200..300 => Category::Validation,
            300..400 => Category::Security,
            400..500 => Category::Transport,
            500..600 => Category::Remote,
            600.. => Category::Resilience,
        }
    }

    /// The number, as the C ABI gives it.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The name, as the header spells it, for example `KEI_E_STALE`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether the same call may succeed later without any change by the caller.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::Again
                | Self::Deadline
                | Self::HostTimeout
                | Self::TokenTimeout
                | Self::Connect
                | Self::Dns
                | Self::ConnectionLost
                | Self::Timeout
                | Self::Remote
                | Self::RateLimited
                | Self::BreakerOpen
                | Self::Overloaded
                | Self::Overflow
        )
    }
}

/// What an error says; see [`Error`].
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// The stable number.
    pub code: Code,
    /// One sentence for a person: what is wrong, with which value, and what would be right.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// How long the server asked to wait, where it did.
    pub retry_after: Option<Duration>,
    /// The HTTP status that caused the error, where there is one.
    pub http_status: Option<u16>,
    /// The OAuth error code (RFC 6749 section 5.2), where there is one.
    pub oauth_error: Option<String>,
    /// The correlation id of the call.
    pub correlation_id: Option<String>,
    /// How many times the request was sent.
    pub attempts: u32,
    /// Further facts, by name.
    pub details: Map<String, Value>,
}

/// A failure, with everything that a caller can act on.
#[derive(Clone, PartialEq)]
pub struct Error(Box<Fields>);

/// The result of anything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What another machine said, without control characters. It is cut to a fair length only when the error leaves the library: after
/// secrets were masked, since half a secret is not found any more.
pub fn words(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect::<String>().trim().to_owned()
}

impl Error {
    /// An error with a number and a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Fields {
            code,
            message: message.into(),
            retryable: code.retryable(),
            retry_after: None,
            http_status: None,
            oauth_error: None,
            correlation_id: None,
            attempts: 0,
            details: Map::new(),
        }))
    }

    /// The same error with one more fact in `details`.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The error object of the C ABI, as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&Wire::from(self))
            .unwrap_or_else(|_| format!(r#"{{"code":{},"name":"{}"}}"#, self.code.number(), self.code.name()))
    }
}

impl Deref for Error {
    type Target = Fields;
    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Fields {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}

/// The error object as it crosses the ABI.
#[derive(Serialize, schemars::JsonSchema)]
pub(crate) struct Wire<'a> {
    /// The number of the error.
    code: i32,
    /// The name of the number, for example `KEI_E_STALE`.
    name: &'a str,
    /// One sentence for a person.
    message: &'a str,
    /// Whether the same call may succeed later without a change by the caller.
    retryable: bool,
    /// How long the server asked to wait, in milliseconds.
    retry_after_ms: Option<u64>,
    /// The HTTP status that caused the error.
    http_status: Option<u16>,
    /// The OAuth error code (RFC 6749 section 5.2).
    oauth_error: Option<&'a str>,
    /// The correlation id of the call.
    correlation_id: Option<&'a str>,
    /// How many times the request was sent.
    attempts: u32,
    /// Further facts, by name.
    details: &'a Map<String, Value>,
}

impl<'a> From<&'a Error> for Wire<'a> {
    fn from(error: &'a Error) -> Self {
        Self {
            code: error.code.number(),
            name: error.code.name(),
            message: &error.message,
            retryable: error.retryable,
            retry_after_ms: error.retry_after.map(millis),
            http_status: error.http_status,
            oauth_error: error.oauth_error.as_deref(),
            correlation_id: error.correlation_id.as_deref(),
            attempts: error.attempts,
            details: &error.details,
        }
    }
}

/// A duration in whole milliseconds, saturating.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::{EnumMessage, IntoEnumIterator};

    #[test]
    fn every_code_lies_in_a_band_and_is_documented() {
        for code in Code::iter() {
            assert!((1..700).contains(&code.number()), "{}", code.name());
            assert!(code.name().starts_with("KEI_E_"));
            assert!(code.get_documentation().is_some_and(|text| text.ends_with('.')), "{}", code.name());
            assert_eq!(Code::from_repr(code.number()), Some(code));
        }
    }

    #[test]
    fn the_error_object_has_every_field_of_the_contract() {
        let mut error = Error::new(Code::RateLimited, "slow down").with("origin", "https://a");
        error.retry_after = Some(Duration::from_millis(1500));
        let json: Value = serde_json::from_str(&error.to_json()).unwrap();
        let names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = [
            "code",
            "name",
            "message",
            "retryable",
            "retry_after_ms",
            "http_status",
            "oauth_error",
            "correlation_id",
            "attempts",
            "details",
        ];
        expected.sort_unstable();
        assert_eq!(names, expected);
        assert_eq!(json["code"], 555);
        assert_eq!(json["retry_after_ms"], 1500);
        assert_eq!(json["retryable"], true);
    }
}
