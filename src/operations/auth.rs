//! The state of the client's token, and tokens that the host gives.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::auth::{AuthStatus, Provider, TokenReply, TokenRequest};
use crate::clock::BoxFuture;
use crate::error::Result;
use crate::feed::Feed;
use crate::operation::{Answer, Asks, Idempotency, Invocation, Operation};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<StatusRequest, AuthStatus>(
        "auth.status",
        Idempotency::Local,
        "Tells the state of the client's token, without the token.",
        |invocation: Invocation| {
            Box::pin(async move {
                invocation.request::<StatusRequest>()?;
                Answer::local(&invocation.session.tokens.status())
            })
        },
    ),
    Operation::subscription::<ServeRequest, (), Serving>(
        "auth.serve",
        "Has the host give the client's tokens (`auth.type` is `host`): each time one is needed, a REQUEST event asks for it. It lasts until it is closed; the latest is asked.",
        Some(Asks::new::<TokenRequest, TokenReply>()),
        |invocation, feed| Box::pin(async move { serve(&invocation, feed).await }),
    ),
];

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StatusRequest {}

/// Nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ServeRequest {}

/// What the STATE event says.
#[derive(Serialize, JsonSchema)]
struct Serving {
    /// `live`: from now on the host is asked.
    state: &'static str,
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
    fn token(&self, request: TokenRequest, timeout: Duration) -> BoxFuture<'static, Result<Zeroizing<Vec<u8>>>> {
        let feed = self.0.clone();
        Box::pin(async move { feed.ask(&request, timeout).await })
    }
}
