//! The operations, one file a family, and the session that they work with.

mod agents;
mod audit;
mod auth;
mod bus;
mod config;
mod dead_letters;
mod describe;
mod errors;
mod health;
mod http;
mod library;
mod live;
mod log;
mod metrics;
mod request;
mod resilience;
mod rpc;
mod session;
mod settings;
mod stream;
mod target;
mod validate;
mod verbs;
mod watch;

use hashbrown::HashMap;
use once_cell::sync::Lazy;

use crate::error::{Code, Error, Result, words};
use crate::json;
use crate::operation::Operation;
use crate::order;

pub use audit::actor;
pub use describe::describe;
pub use health::{Health, of as health};
pub use library::count_handles_with;
pub use live::{Cause, Live};
pub use metrics::{Clients, all as metrics};
pub use session::Session;
pub use settings::RuntimeSettings;
pub use stream::Stream;
pub(crate) use watch::start as watch;

/// All of them by their names.
static BY_NAME: Lazy<HashMap<&str, &'static Operation>> =
    Lazy::new(|| all().map(|operation| (operation.name, operation)).collect());

/// Every operation, family by family.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    [
        verbs::OPERATIONS,
        rpc::OPERATIONS,
        http::OPERATIONS,
        agents::OPERATIONS,
        stream::OPERATIONS,
        auth::OPERATIONS,
        audit::OPERATIONS,
        bus::OPERATIONS,
        config::OPERATIONS,
        resilience::OPERATIONS,
        dead_letters::OPERATIONS,
        errors::OPERATIONS,
        health::OPERATIONS,
        library::OPERATIONS,
        log::OPERATIONS,
        metrics::OPERATIONS,
        describe::OPERATIONS,
        validate::OPERATIONS,
        #[cfg(test)]
        failing::OPERATIONS,
    ]
    .into_iter()
    .flatten()
}

/// The operation of this name; the error for an unknown one names the nearest.
pub fn find(name: &str) -> Result<&'static Operation> {
    if let Some(operation) = BY_NAME.get(name) {
        return Ok(operation);
    }
    let mut names = Vec::new();
    for operation in all() {
        order::put(&mut names, operation.name, Ord::cmp);
    }
    let shown = words(name);
    let near: Vec<_> = json::near(name, names.iter().copied()).iter().map(|name| format!("`{name}`")).collect();
    let hint = match near.len() {
        0 => "`kei.describe` lists them".to_owned(),
        _ => format!("did you mean {}?", near.join(" or ")),
    };
    let error = Error::new(Code::UnknownOperation, format!("there is no operation `{shown}`; {hint}"));
    Err(error.with("operations", names))
}

/// Reads bytes as a frame of the stream.
#[cfg(fuzzing)]
pub(crate) fn fuzz_frame(body: &[u8]) {
    stream::fuzz(body);
}

/// Operations that are broken, to see that nothing else breaks with them.
#[cfg(test)]
mod failing {
    use super::Operation;
    use crate::operation::Idempotency;

    pub(super) const OPERATIONS: &[Operation] = &[
        Operation::new::<(), ()>("test.panic", Idempotency::Local, "Panics.", |_| {
            Box::pin(async { panic!("hunter2 is in the message") })
        }),
        Operation::local::<(), ()>("test.panic.here", "Panics at once.", |_| panic!("hunter2 is in the message")),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_name_of_its_own_and_a_sentence() {
        for operation in all() {
            assert!(find(operation.name).is_ok_and(|found| std::ptr::eq(found, operation)), "{}", operation.name);
            assert!(operation.summary.ends_with('.'), "{}", operation.name);
        }
    }

    #[test]
    fn an_unknown_operation_is_answered_with_the_nearest() {
        let error = find("pln").err().unwrap();
        assert_eq!(error.code, Code::UnknownOperation);
        assert_eq!(error.message, "there is no operation `pln`; did you mean `plan`?");
        assert!(find("agents.lst").err().unwrap().message.contains("`agents.list`"));
        let several = find("agents").err().unwrap().message.clone();
        assert_eq!(
            several,
            "there is no operation `agents`; did you mean `agents.get` or `agents.list` or `agents.send`?"
        );
        assert!(find("something-else-entirely").err().unwrap().message.contains("kei.describe"));
    }
}
