//! The log of the runtime: the host's own records, and how much is logged.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::target::{filled, invalid};
use crate::clock::boxed;
use crate::config::{LogFilter, LogLevel};
use crate::error::Result;
use crate::operation::{Answer, Idempotency, Invocation, Local, Operation, written};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::local::<WriteRequest, WriteAnswer>(
        "log.write",
        "Writes a record of the host's to the runtime's log: to its file or standard error, to the queues that get records, and to the collector.",
        write,
    ),
    Operation::new::<LogFilter, LevelsAnswer>(
        "log.levels",
        Idempotency::Local,
        "Sets from now on how much goes to the log's file or standard error; what is absent is as if it were absent from the configuration.",
        |invocation| boxed(|| async { levels(invocation) }),
    )
    .audited(),
];

/// A record.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WriteRequest<'a> {
    /// How important it is; `off` is none.
    level: LogLevel,
    /// What happened, for a person. Secrets in it are masked.
    #[serde(borrow)]
    message: Cow<'a, str>,
    /// Which part of the host says it, up to 128 visible characters; `host` when absent. Levels go by its beginning.
    #[serde(default)]
    target: Option<String>,
    /// Further facts by name. Those whose names are not listed (`redaction.keys`) are masked.
    #[serde(default)]
    fields: Map<String, Value>,
}

/// What became of it.
#[derive(Serialize, JsonSchema)]
struct WriteAnswer {
    /// Whether any sink takes records of this level and target.
    wanted: bool,
}

/// How much is logged from now on.
#[derive(Serialize, JsonSchema)]
struct LevelsAnswer {
    /// Whether the log has a file, or the standard error, that the levels hold for.
    has_sink: bool,
}

fn write(invocation: &Local<'_>) -> Result<Vec<u8>> {
    let request: WriteRequest = invocation.request()?;
    filled("message", &request.message)?;
    let target = request.target.as_deref().unwrap_or("host");
    if !(1..=128).contains(&target.len()) || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("target", "must be 1 to 128 visible ASCII characters"));
    }
    if request.level == LogLevel::Off {
        return Err(invalid("level", "must be one of error, warn, info, debug, trace: `off` is no level of a record"));
    }
    let services = &invocation.session.services;
    let mut fields = Value::Object(request.fields);
    services.observe.redactor.listed().json(&mut fields);
    let Value::Object(mut fields) = fields else { return Err(invalid("fields", "must be an object")) };
    // Only what the caller gave ties the record to others.
    if let Some(id) = &invocation.options.correlation_id {
        fields.insert("correlation_id".to_owned(), id.clone().into());
    }
    let wanted = services.observe.logging.write(request.level, target, &request.message, &fields);
    written(&WriteAnswer { wanted })
}

fn levels(invocation: &Invocation) -> Result<Answer> {
    let filter: LogFilter = invocation.request()?;
    let has_sink = invocation.session.services.observe.logging.set_levels(&filter)?;
    Answer::local(&LevelsAnswer { has_sink })
}
