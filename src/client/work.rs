//! An operation on the runtime's thread: it runs until it ends, panics, or is interrupted, and its outcome is delivered.

use std::panic::AssertUnwindSafe;

use bytes::Bytes;
use futures_util::FutureExt;

use super::given::finish;
use super::outcome::{Outcome, begin};
use super::{panicked, why_closed};
use crate::clock::{BoxFuture, boxed};
use crate::error::{Code, Error, Result};
use crate::feed::Feed;
use crate::operation::{Answer, Invocation};
use crate::runtime::Services;

/// What an operation runs.
pub(super) enum Work {
    /// It is answered once.
    Call(fn(&Invocation) -> BoxFuture<'_, Result<Answer>>),
    /// It yields items until it ends.
    Subscription(fn(&Invocation, Feed) -> BoxFuture<'_, Result<Answer>>, Feed),
}

impl Work {
    async fn run(self, invocation: &Invocation) -> Result<Bytes> {
        match self {
            Self::Call(run) => run(invocation).await.and_then(|answer| finish(answer, invocation.options.meta)),
            Self::Subscription(run, feed) => {
                let answer = run(invocation, feed.clone()).await?;
                // It ended well: every item comes before its end.
                feed.drained().await;
                Ok(answer.body)
            }
        }
    }
}

/// What is to be run on the runtime's thread.
pub(super) struct Going {
    pub(super) work: Work,
    pub(super) invocation: Invocation,
}

impl Going {
    /// Has it run on the runtime of `services`, and `done` get its outcome.
    pub(super) fn start(self, services: &Services, done: impl FnOnce(Result<Bytes>) + Send + 'static) {
        let Self { work, invocation } = self;
        // Now, so that it is delivered even if nothing is run any more.
        let outcome = Outcome { done: Some(done), invocation };
        let whole = move || async move {
            let invocation = &outcome.invocation;
            let work = AssertUnwindSafe(async {
                begin(invocation).await?;
                work.run(invocation).await
            });
            let result = tokio::select! {
                biased;
                result = work.catch_unwind() => result.unwrap_or_else(|_| Err(panicked())),
                error = interrupted(invocation) => Err(error),
            };
            outcome.deliver(result);
        };
        services.inbox.put(boxed(whole));
    }
}

/// Waits until an operation is cancelled, or its client or the runtime is closed.
async fn interrupted(invocation: &Invocation) -> Error {
    match &invocation.place {
        Some(place) => place.ticket.cancelled().await,
        None => std::future::pending().await,
    }
    let session = &invocation.session;
    if session.in_flight.is_closed() {
        why_closed(session)
    } else {
        Error::new(Code::Cancelled, "the operation was cancelled")
    }
}
