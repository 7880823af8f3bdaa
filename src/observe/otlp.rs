//! What a collector gets, in OpenTelemetry's own messages (opentelemetry-proto 1.x, as protobuf). Every text passes the redactor here,
//! whatever it passed before.

mod logs;
mod numbers;
mod traces;

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1;
use prost::Message;

use super::redact::Redactor;
use crate::config::OtlpConfig;

pub use logs::logs;
pub use numbers::metrics;
pub use traces::traces;

/// Whose spans, numbers and records they are.
pub struct Resource(Vec<(String, String)>);

impl Resource {
    /// The host, as the configuration names it, and the library in it.
    pub fn new(config: &OtlpConfig) -> Self {
        let own = [
            ("service.name", config.service_name.clone()),
            ("service.instance.id", crate::clock::new_id()),
            ("process.pid", std::process::id().to_string()),
            ("telemetry.sdk.language", "rust".to_owned()),
            ("telemetry.sdk.name", "kei-agent".to_owned()),
            ("telemetry.sdk.version", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        let own = own.into_iter().filter(|(name, _)| !config.resource.contains_key(*name));
        let own = own.map(|(name, value)| (name.to_owned(), value));
        Self(own.chain(config.resource.clone()).collect())
    }

    fn message(&self, redactor: &Redactor) -> v1::Resource {
        let attributes = self.0.iter().map(|(name, value)| attribute(redactor, name, text(redactor, value)));
        v1::Resource { attributes: attributes.collect(), ..v1::Resource::default() }
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "kei_agent".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    }
}

fn attribute(redactor: &Redactor, name: &str, value: Value) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: redactor.scrub(name).into_owned(), value, ..KeyValue::default() }
}

fn text(redactor: &Redactor, text: &str) -> Value {
    Value::StringValue(redactor.scrub(text).into_owned())
}

/// Nanoseconds since 1970; 0 for what was before.
fn nanos(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// How many of the things that were sent the collector's answer says it did not take, and why.
pub fn rejected(answer: &[u8]) -> Option<(usize, String)> {
    /// The answers to all three have the same shape.
    #[derive(Message)]
    struct Answer {
        #[prost(message, optional, tag = "1")]
        partial_success: Option<Partial>,
    }
    #[derive(Message)]
    struct Partial {
        #[prost(int64, tag = "1")]
        rejected: i64,
        #[prost(string, tag = "2")]
        error_message: String,
    }
    let partial = Answer::decode(answer).ok()?.partial_success?;
    let rejected = usize::try_from(partial.rejected).ok().filter(|count| *count > 0)?;
    Some((rejected, partial.error_message))
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};

    use super::*;

    #[test]
    fn what_the_collector_did_not_take_is_read_from_its_answer() {
        let answer = |rejected_log_records| {
            let partial = ExportLogsPartialSuccess { rejected_log_records, error_message: "too old".to_owned() };
            ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec()
        };
        assert_eq!(rejected(&answer(3)), Some((3, "too old".to_owned())));
        assert_eq!((rejected(&answer(0)), rejected(b""), rejected(b"\xff<html>")), (None, None, None));
    }

    #[test]
    fn a_resource_takes_the_configurations_attributes_before_its_own() {
        let resource = [("service.name", "shop"), ("deployment.environment.name", "test")];
        let resource = resource.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let config = OtlpConfig { resource, ..OtlpConfig::default() };
        let message = Resource::new(&config).message(&Redactor::new());
        let names: Vec<_> = message.attributes.iter().filter(|attribute| attribute.key == "service.name").collect();
        assert_eq!(names.len(), 1);
        assert_eq!(names[0].value.as_ref().unwrap().value, Some(Value::StringValue("shop".to_owned())));
    }
}
