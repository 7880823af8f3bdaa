//! Log records: from the lines of the log, which are JSON objects.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use prost::Message;
use serde_json::{Map, Value as Json};

use super::{Resource, attribute, nanos, scope, text};
use crate::observe::redact::Redactor;

/// The request that brings these records.
pub fn logs(lines: &[Vec<u8>], resource: &Resource, redactor: &Redactor) -> Bytes {
    let now = nanos(std::time::SystemTime::now());
    let records = lines.iter().filter_map(|line| serde_json::from_slice(line).ok());
    let log_records = records.map(|record| message(record, now, redactor)).collect();
    let scoped = ScopeLogs { scope: Some(scope()), log_records, ..ScopeLogs::default() };
    let resource_logs = ResourceLogs {
        resource: Some(resource.message(redactor)),
        scope_logs: vec![scoped],
        ..ResourceLogs::default()
    };
    ExportLogsServiceRequest { resource_logs: vec![resource_logs] }.encode_to_vec().into()
}

fn message(mut record: Map<String, Json>, now: u64, redactor: &Redactor) -> LogRecord {
    let mut take = |name: &str| match record.remove(name) {
        Some(Json::String(text)) => text,
        _ => String::new(),
    };
    let (timestamp, level, body) = (take("timestamp"), take("level"), take("message"));
    let (trace, span) = (take("trace_id"), take("span_id"));
    let at = timestamp.parse::<jiff::Timestamp>().ok().and_then(|at| u64::try_from(at.as_nanosecond()).ok());
    let fields = record.iter().map(|(name, value)| {
        // OpenTelemetry has no name for it.
        let name = if name == "target" { "kei.log.target" } else { name };
        attribute(redactor, name, any(value, redactor))
    });
    LogRecord {
        time_unix_nano: at.unwrap_or_default(),
        observed_time_unix_nano: now,
        severity_number: severity(&level).into(),
        severity_text: level,
        body: Some(AnyValue { value: Some(text(redactor, &body)) }),
        attributes: fields.collect(),
        trace_id: id::<16>(&trace),
        span_id: id::<8>(&span),
        ..LogRecord::default()
    }
}

/// As OpenTelemetry's own bridges for logging libraries map levels.
fn severity(level: &str) -> SeverityNumber {
    match level {
        "TRACE" => SeverityNumber::Trace,
        "DEBUG" => SeverityNumber::Debug,
        "INFO" => SeverityNumber::Info,
        "WARN" => SeverityNumber::Warn,
        "ERROR" => SeverityNumber::Error,
        _ => SeverityNumber::Unspecified,
    }
}

/// The bytes of an id; none if it is none.
fn id<const N: usize>(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    digits.collect::<Option<Vec<u8>>>().filter(|bytes| bytes.len() == N).unwrap_or_default()
}

fn any(value: &Json, redactor: &Redactor) -> Value {
    match value {
        Json::Null => Value::StringValue(String::new()),
        Json::Bool(value) => Value::BoolValue(*value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::IntValue(number),
            None => Value::DoubleValue(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(value) => text(redactor, value),
        Json::Array(items) => {
            let values = items.iter().map(|item| AnyValue { value: Some(any(item, redactor)) }).collect();
            Value::ArrayValue(ArrayValue { values })
        }
        Json::Object(object) => {
            let values = object.iter().map(|(name, value)| attribute(redactor, name, any(value, redactor))).collect();
            Value::KvlistValue(KeyValueList { values })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OtlpConfig;
    use crate::secret::Secret;

    #[test]
    fn a_line_becomes_a_record_with_its_trace_and_no_secret() {
        let redactor = Redactor::new();
        redactor.register("token", &Secret::new("hunter2-\"hunter2\""));
        let line = serde_json::json!({
            "timestamp": "2026-11-25T12:00:00.000001Z", "level": "WARN", "target": "kei_agent::call",
            "message": "a hunter2-\"hunter2\"", "trace_id": "0af7651916cd43dd8448eb211c80319c",
            "span_id": "b7ad6b7169203331", "attempt": 2, "deep": [{ "hunter2-\"hunter2\"": 1.5 }],
        });
        let request =
            logs(&[line.to_string().into(), b"{".to_vec()], &Resource::new(&OtlpConfig::default()), &redactor);
        let request = ExportLogsServiceRequest::decode(request).unwrap();
        assert!(!format!("{request:?}").contains("hunter2"));
        let [record] = &request.resource_logs[0].scope_logs[0].log_records[..] else { panic!("{request:?}") };
        assert_eq!(record.time_unix_nano, 1_795_608_000_000_001_000);
        assert_eq!((record.severity_number(), record.severity_text.as_str()), (SeverityNumber::Warn, "WARN"));
        assert_eq!((record.trace_id.len(), &record.span_id[..2]), (16, &[0xb7, 0xad][..]));
        assert!(record.attributes.contains(&attribute(&redactor, "attempt", Value::IntValue(2))));
        assert!(record.attributes.iter().any(|attribute| attribute.key == "kei.log.target"));
    }
}
