//! The state of a token, for people and monitors.

use schemars::JsonSchema;
use serde::Serialize;

use crate::config::AuthType;

/// Where a token stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// There is none yet.
    #[default]
    None,
    /// It is good.
    Valid,
    /// It is good, and is being renewed in the background.
    Soft,
    /// It is about to run out: callers wait for the next one.
    Mandatory,
    /// It has run out.
    Expired,
}

/// The state of a client's token. It holds no secret.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct AuthStatus {
    /// The kind of credential.
    #[serde(rename = "type")]
    pub kind: AuthType,
    /// The issuer, for `oidc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The client's identifier, for `oidc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The scopes asked for, for `oidc`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The members, for `chain`; the rest then tells of the one that is used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<AuthStatus>,
    /// Where the token stands in its life.
    pub state: TokenState,
    /// Which token it is, counted from 1; 0 before the first.
    pub generation: u64,
    /// When it runs out, in milliseconds from now; absent when not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in_ms: Option<u64>,
    /// When it is renewed, in milliseconds from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_in_ms: Option<u64>,
    /// When the last one came (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_refresh: Option<String>,
    /// How many were fetched.
    pub refreshes: u64,
    /// How many fetches failed.
    pub failures: u64,
    /// Why the last fetch failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<LastError>,
}

/// The last failure.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LastError {
    /// The error's name, for example `KEI_E_TOKEN`.
    pub name: &'static str,
    /// What happened.
    pub message: String,
}
