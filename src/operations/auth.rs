//! The state of the client's token, and tokens that the host gives.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::auth::{AuthStatus, HostRequest, LoggedOut, Provider, TokenReply};
use crate::clock::{BoxFuture, boxed};
use crate::error::Result;
use crate::feed::Feed;
use crate::operation::{Answer, Idempotency, Invocation, Local, Operation, written};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::local::<StatusRequest, AuthStatus>(
        "auth.status",
        "Tells the state of the client's token, without the token.",
        status,
    ),
    Operation::new::<TokenAsked, TokenAnswer>(
        "auth.token",
        Idempotency::Local,
        "Answers an access token for the host's own use, if `auth.expose_token` allows that.",
        |invocation| boxed(|| token(invocation)),
    )
    .audited(),
    Operation::new::<RefreshRequest, AuthStatus>(
        "auth.refresh",
        Idempotency::Local,
        "Gets a new token now, and tells the token's state. The one that lives is used until the new one has come.",
        |invocation| boxed(|| refresh(invocation)),
    )
    .audited(),
    Operation::new::<LogoutRequest, LoggedOut>(
        "auth.logout",
        Idempotency::Local,
        "Revokes the client's tokens at their issuer (RFC 7009), as far as it lets them be, and forgets them. A call after that gets another, if it can.",
        |invocation| boxed(|| log_out(invocation)),
    )
    .audited(),
    Operation::subscription::<ServeRequest, (), Serving>(
        "auth.serve",
        "Has the host asked by REQUEST events: for each token that is needed (`auth.type` is `host`), and to show a person where to consent (`auth.grant` is `device_code`). It lasts until it is closed; the latest is asked.",
        |invocation, feed| boxed(|| serve(invocation, feed)),
    )
    .asking::<HostRequest, TokenReply>(),
];

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StatusRequest {}

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ServeRequest {}

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TokenAsked {}

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RefreshRequest {}

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LogoutRequest {}

/// An access token. It is a secret.
#[derive(Serialize, JsonSchema)]
struct TokenAnswer<'a> {
    /// The token.
    access_token: &'a str,
    /// `Bearer`, or `DPoP` for one that only the library can use, since it holds the key.
    token_type: &'static str,
    /// When it runs out, in milliseconds from now; absent when not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_ms: Option<u64>,
}

/// What the STATE event says.
#[derive(Serialize, JsonSchema)]
struct Serving {
    /// `live`: from now on the host is asked.
    state: &'static str,
}

fn status(invocation: &Local<'_>) -> Result<Vec<u8>> {
    invocation.request::<StatusRequest>()?;
    written(&invocation.session.tokens.status())
}

async fn token(invocation: &Invocation) -> Result<Answer> {
    invocation.request::<TokenAsked>()?;
    let tokens = &invocation.session.tokens;
    let (token, credential) = invocation.in_time("a token", tokens.token()).await?;
    Answer::local(&TokenAnswer {
        access_token: token.expose(),
        token_type: credential.kind(),
        expires_in_ms: tokens.status().expires_in_ms,
    })
}

async fn refresh(invocation: &Invocation) -> Result<Answer> {
    invocation.request::<RefreshRequest>()?;
    let tokens = &invocation.session.tokens;
    invocation.in_time("a token", tokens.refresh()).await?;
    Answer::local(&tokens.status())
}

async fn log_out(invocation: &Invocation) -> Result<Answer> {
    invocation.request::<LogoutRequest>()?;
    let done = invocation.in_time("the issuer to revoke the tokens", invocation.session.tokens.log_out()).await?;
    Answer::local(&done)
}

async fn serve(invocation: &Invocation, feed: Feed) -> Result<Answer> {
    invocation.request::<ServeRequest>()?;
    let _provision = invocation.session.tokens.provide(Arc::new(Asked(feed.clone())))?;
    feed.state(&Serving { state: "live" });
    // It ends when it is closed, or its client, or the runtime.
    std::future::pending().await
}

/// The host, asked by a subscription's events.
struct Asked(Feed);

impl Provider for Asked {
    fn ask(&self, request: HostRequest, timeout: Duration) -> BoxFuture<'static, Result<Zeroizing<Vec<u8>>>> {
        let feed = self.0.clone();
        boxed(move || async move { feed.ask(&request, timeout).await })
    }
}
