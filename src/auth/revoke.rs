//! Logging out: tokens are revoked at their issuer (RFC 7009), and forgotten here whether that succeeds or not.

use schemars::JsonSchema;
use serde::Serialize;

use super::answer;
use super::client::{Form, Ready};
use super::discovery::Metadata;
use super::fetch::Attempts;
use super::grant::{Ask, Issuer};
use crate::error::{Code, Error, Result};
use crate::observe::redact::Redactor;
use crate::secret::Secret;
use crate::transport;

/// What was revoked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LoggedOut {
    /// Whether the issuer revoked an access token.
    pub access_token: bool,
    /// Whether the issuer revoked a refresh token.
    pub refresh_token: bool,
}

/// Revokes what there is of the issuer's. The refresh token is forgotten first, with its file.
pub(super) async fn log_out(issuer: &Issuer, token: Option<Secret>, redactor: &Redactor) -> Result<LoggedOut> {
    let refresh = issuer.client.refresh.current(redactor).await.ok().flatten();
    let forgotten = issuer.client.refresh.forget().await;
    let done = match (&refresh, &token) {
        (None, None) => Ok(LoggedOut::default()),
        _ => revoke(issuer, refresh.as_ref(), token.as_ref(), redactor).await,
    };
    forgotten.map_err(|error| {
        let message = format!("`auth.refresh_token_file`: the file of the refresh token could not be removed: {error}");
        Error::new(Code::ConfigFile, message).with("field", "auth.refresh_token_file")
    })?;
    done
}

async fn revoke(
    issuer: &Issuer,
    refresh: Option<&Secret>,
    token: Option<&Secret>,
    redactor: &Redactor,
) -> Result<LoggedOut> {
    let mut attempts = issuer.fetch.begin();
    let secret = issuer.client.proof.secret().await?;
    let metadata = issuer.metadata(&mut attempts).await?;
    let ready = issuer.ready(secret.as_ref(), &metadata, redactor)?;
    // The refresh token first: whoever holds it could get another access token.
    Ok(LoggedOut {
        refresh_token: one(issuer, &metadata, &ready, "refresh_token", refresh, &mut attempts).await?,
        access_token: one(issuer, &metadata, &ready, "access_token", token, &mut attempts).await?,
    })
}

async fn one(
    issuer: &Issuer,
    metadata: &Metadata,
    ready: &Ready,
    kind: &str,
    token: Option<&Secret>,
    attempts: &mut Attempts,
) -> Result<bool> {
    let (Some(token), Some(endpoint)) = (token, &metadata.revocation_endpoint) else { return Ok(false) };
    let fill = |form: &mut Form| {
        form.append_pair("token", token.expose()).append_pair("token_type_hint", kind);
    };
    let response = issuer.send(&Ask { endpoint, ready, fill: &fill }, attempts).await?;
    if response.status.is_success() {
        tracing::info!(target: "kei_agent::auth", kind, "the issuer revoked a token");
        return Ok(true);
    }
    let refusal = answer::refusal(&response, &transport::origin(endpoint), "did not revoke a token");
    match refusal.oauth_error.as_deref() {
        // One that it cannot revoke, such as a token that only resource servers check.
        Some("unsupported_token_type") => Ok(false),
        _ => Err(refusal),
    }
}
