//! A person's consent on another device (RFC 8628): the host shows where to give it, and the issuer is asked again and again until it is given.

use std::time::Duration;

use serde::Deserialize;

use super::answer::{self, Granted};
use super::client::{Form, Ready};
use super::discovery::Metadata;
use super::fetch::Attempts;
use super::grant::{Ask, Issuer};
use super::host::{DevicePrompt, HostRequest};
use crate::error::{Code, Error, Result, words};
use crate::json;
use crate::observe::redact::Redactor;
use crate::secret::Secret;
use crate::transport;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// How long to wait between two questions: as the issuer says, at least this, and by this more whenever it says that it is too much.
const INTERVAL: Duration = Duration::from_secs(5);
const LEAST: Duration = Duration::from_secs(1);
/// A code is not waited for longer than this, whatever the issuer says.
const LONGEST: Duration = Duration::from_secs(3600);

/// What the issuer answers to a device that wants to be let in (RFC 8628 section 3.2).
#[derive(Deserialize)]
struct Begun {
    device_code: Secret,
    user_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

/// Gets a token by a person's consent.
pub(super) async fn get(
    issuer: &Issuer,
    metadata: &Metadata,
    ready: &Ready,
    redactor: &Redactor,
    attempts: &mut Attempts,
) -> Result<Granted> {
    let Some(endpoint) = &metadata.device_endpoint else {
        let message = "the issuer names no device_authorization_endpoint, which the grant device_code needs; set auth.device_authorization_endpoint if it has one";
        return Err(Error::new(Code::Token, message));
    };
    let response = issuer.send(&Ask { endpoint, ready, fill: &|form: &mut Form| issuer.fill(form) }, attempts).await?;
    let origin = transport::origin(endpoint);
    if !response.status.is_success() {
        return Err(answer::refusal(&response, &origin, "gave no device code"));
    }
    let begun: Begun = json::object(&response.body).map_err(|error| {
        // Its words may repeat a value, so only its place is said.
        let message = format!(
            "the issuer {origin} gave no device code: its answer is not what RFC 8628 says, at line {} column {}",
            error.line(),
            error.column()
        );
        Error::new(Code::Token, message)
    })?;
    redactor.register("device_code", &begun.device_code);
    let life = Duration::from_secs(begun.expires_in).min(LONGEST);
    let clock = &issuer.fetch.clock;
    let end = clock.now() + life;
    attempts.extend(end);
    show(issuer, &begun, life, &origin).await?;
    let mut interval = begun.interval.map_or(INTERVAL, Duration::from_secs).clamp(LEAST, LONGEST);
    let fill = |form: &mut Form| {
        form.append_pair("grant_type", DEVICE_CODE).append_pair("device_code", begun.device_code.expose());
    };
    loop {
        if clock.now() + interval >= end {
            let mut error =
                Error::new(Code::Token, "nobody consented on another device in time; the next call begins anew");
            error.oauth_error = Some("expired_token".to_owned());
            return Err(error);
        }
        clock.sleep(interval).await;
        let ask = Ask { endpoint: &metadata.token_endpoint, ready, fill: &fill };
        match issuer.token(&ask, redactor, attempts).await {
            Err(error) => match error.oauth_error.as_deref() {
                Some("authorization_pending") => {}
                Some("slow_down") => interval += INTERVAL,
                // Unreachable for a while: less often, but not the end (RFC 8628 section 3.5).
                None if error.retryable => interval = interval.saturating_mul(2).min(LONGEST),
                _ => return Err(error),
            },
            granted => return granted,
        }
    }
}

/// Has the host show where to consent.
async fn show(issuer: &Issuer, begun: &Begun, life: Duration, origin: &str) -> Result<()> {
    let wrong = |what: &str| {
        Error::new(
            Code::Token,
            format!("the issuer {origin} gave no device code: its {what} cannot be shown to a person"),
        )
    };
    let web = |text: &String| (text.starts_with("https://") || text.starts_with("http://")) && text.len() <= 2048;
    let plain = |text: &String| !text.is_empty() && words(text) == *text;
    if !web(&begun.verification_uri) || !plain(&begun.user_code) {
        return Err(wrong("verification_uri or user_code"));
    }
    let prompt = DevicePrompt {
        verification_uri: begun.verification_uri.clone(),
        verification_uri_complete: begun.verification_uri_complete.clone().filter(web),
        user_code: begun.user_code.clone(),
        expires_in_ms: crate::error::millis(life),
    };
    let needs = "the grant device_code needs a person's consent";
    issuer.providers.ask(HostRequest::DeviceCode(prompt), needs).await.map(|_| ())
}
