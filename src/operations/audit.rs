//! The audit log: the host's own records, and whether it is as it was written.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Session;
use super::target::{filled, invalid};
use crate::clock::boxed;
use crate::config::ClientConfig;
use crate::error::{Code, Error, Result};
use crate::observe::audit::{Audit, Event, Verified};
use crate::operation::{Answer, Idempotency, Invocation, Operation};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<WriteRequest, WriteAnswer>(
        "audit.write",
        Idempotency::Local,
        "Writes a record of the host's to the audit, and answers when it is written.",
        |invocation| boxed(|| write(invocation)),
    ),
    Operation::new::<VerifyRequest, Verified>(
        "audit.verify",
        Idempotency::Local,
        "Reads an audit from its beginning to its end, and tells whether it is as it was written; what is wrong is in the answer, not an error.",
        |invocation| boxed(|| verify(invocation)),
    ),
];

/// A record.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WriteRequest {
    /// What happened: small letters, digits, `_`, `-` and dots, up to 64. It stands as `host.…` in the audit.
    event: String,
    /// Who brought it about; the client's agent when absent.
    #[serde(default)]
    actor: Option<String>,
    /// Further facts by name. Those whose names are not listed (`redaction.keys`) are masked.
    #[serde(default)]
    fields: Map<String, Value>,
}

/// What became of it.
#[derive(Serialize, JsonSchema)]
struct WriteAnswer {
    /// The number of the record.
    seq: u64,
}

/// Which audit.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VerifyRequest {
    /// Its file; the runtime's own when absent.
    #[serde(default)]
    file: Option<String>,
    /// A PEM file with the public key that it must be signed with; the one beside the file when absent, which whoever changed the audit may have changed too.
    #[serde(default)]
    key_file: Option<String>,
    /// A record that was noted elsewhere and must be in it: so a whole audit that was replaced is found out.
    #[serde(default)]
    expect: Option<Expected>,
}

/// A record that must be there.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Its number.
    seq: u64,
    /// Its hash: 64 hexadecimal digits.
    hash: String,
}

/// On whose behalf a client acts, for the audit.
pub fn actor(config: &ClientConfig) -> String {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    filled(&config.agent_id).or_else(|| filled(&config.auth.client_id)).unwrap_or_else(|| "anonymous".to_owned())
}

impl Session {
    /// Something that the client's agent did.
    pub(crate) fn event(&self, name: &str) -> Event {
        Event::new(name, actor(&self.config)).with("tenant_id", self.config.tenant_id.clone())
    }
}

async fn write(invocation: &Invocation) -> Result<Answer> {
    let request: WriteRequest = invocation.request()?;
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.');
    if !(1..=64).contains(&request.event.len()) || !request.event.bytes().all(fits) {
        return Err(invalid(
            "event",
            "must be 1 to 64 small letters, digits, `_`, `-` and dots, for example `order.paid`",
        ));
    }
    let session = &invocation.session;
    let actor = match &request.actor {
        Some(actor) => filled("actor", actor)?.to_owned(),
        None => actor(&session.config),
    };
    let mut fields = Value::Object(request.fields);
    session.services.observe.redactor.listed().json(&mut fields);
    let mut event = Event::new(format!("host.{}", request.event), actor)
        .with("correlation_id", invocation.context.correlation_id.as_str());
    // Beside what the library writes itself, so that no fact of the host's passes for one of its.
    if fields.as_object().is_some_and(|fields| !fields.is_empty()) {
        event = event.with("fields", fields);
    }
    let seq = invocation.in_time("the audit", session.services.observe.audit.write(event)).await?;
    Answer::local(&WriteAnswer { seq })
}

async fn verify(invocation: &Invocation) -> Result<Answer> {
    let request: VerifyRequest = invocation.request()?;
    let own = invocation.session.services.observe.audit.path().map(Path::to_path_buf);
    let Some(file) = request.file.map(PathBuf::from).or(own) else {
        return Err(invalid("file", "is missing: this runtime has no audit of its own"));
    };
    let key = request.key_file.map(|path| {
        std::fs::read_to_string(&path).map_err(|error| invalid("key_file", &format!("cannot be read ({error})")))
    });
    let key = key.transpose()?;
    let read = move || {
        let expected = request.expect.as_ref().map(|expected| (expected.seq, expected.hash.as_str()));
        Audit::verify(&file, key.as_deref(), expected)
    };
    // It may be a long read.
    let found = async {
        let read = tokio::task::spawn_blocking(read).await;
        read.map_err(|_| Error::new(Code::Panic, "a fault in the library ended the verification"))
    };
    Answer::local(&invocation.in_time("the audit to be read", found).await?)
}
