//! Spans.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind as Kind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as Message, Status};
use prost::Message as _;

use super::{Resource, attribute, nanos, scope, text};
use crate::observe::exports::{Attribute, Span, SpanKind};
use crate::observe::redact::Redactor;

/// The lowest bit of a span's flags: the trace is sampled.
const SAMPLED: u32 = 1;

/// The request that brings these spans.
pub fn traces(spans: &[Span], resource: &Resource, redactor: &Redactor) -> Bytes {
    let scoped = ScopeSpans {
        scope: Some(scope()),
        spans: spans.iter().map(|span| message(span, redactor)).collect(),
        ..ScopeSpans::default()
    };
    let resource_spans = ResourceSpans {
        resource: Some(resource.message(redactor)),
        scope_spans: vec![scoped],
        ..ResourceSpans::default()
    };
    ExportTraceServiceRequest { resource_spans: vec![resource_spans] }.encode_to_vec().into()
}

fn message(span: &Span, redactor: &Redactor) -> Message {
    let (trace, id, parent) = span.trace.ids();
    let attributes = span.attributes.iter().map(|(name, value)| match value {
        Attribute::Text(value) => attribute(redactor, name, text(redactor, value)),
        Attribute::Number(value) => attribute(redactor, name, Value::IntValue(*value)),
    });
    let status = span
        .error
        .as_deref()
        .map(|why| Status { message: redactor.scrub(why).into_owned(), code: StatusCode::Error.into() });
    let start = nanos(span.start);
    Message {
        trace_id: trace.into(),
        span_id: id.into(),
        parent_span_id: parent.map(Vec::from).unwrap_or_default(),
        // One that holds a secret would no longer be one when that is masked.
        trace_state: span.trace.state().filter(|state| redactor.is_clean(state)).unwrap_or_default().to_owned(),
        flags: SAMPLED,
        name: redactor.scrub(&span.name).into_owned(),
        kind: match span.kind {
            SpanKind::Internal => Kind::Internal,
            SpanKind::Client => Kind::Client,
        }
        .into(),
        start_time_unix_nano: start,
        end_time_unix_nano: start.saturating_add(u64::try_from(span.time.as_nanos()).unwrap_or(u64::MAX)),
        attributes: attributes.collect(),
        status,
        ..Message::default()
    }
}
