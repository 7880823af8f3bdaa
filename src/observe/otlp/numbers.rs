//! Metrics, all of them since the runtime began ("cumulative").

use std::time::SystemTime;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric as Message, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum,
};
use prost::Message as _;

use super::{Resource, attribute, nanos, scope, text};
use crate::observe::metrics::{Kind, Metric, Point, Value};
use crate::observe::redact::Redactor;

/// From when to when numbers were counted, in nanoseconds since 1970.
#[derive(Clone, Copy)]
struct Span {
    start: u64,
    end: u64,
}

/// The request that brings these metrics, counted from `start` to `end`.
pub fn metrics(
    metrics: &[Metric],
    start: SystemTime,
    end: SystemTime,
    resource: &Resource,
    redactor: &Redactor,
) -> Bytes {
    let span = Span { start: nanos(start), end: nanos(end) };
    let scoped = ScopeMetrics {
        scope: Some(scope()),
        metrics: metrics
            .iter()
            .filter(|metric| !metric.points.is_empty())
            .map(|metric| message(metric, span, redactor))
            .collect(),
        ..ScopeMetrics::default()
    };
    let resource_metrics = ResourceMetrics {
        resource: Some(resource.message(redactor)),
        scope_metrics: vec![scoped],
        ..ResourceMetrics::default()
    };
    ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] }.encode_to_vec().into()
}

fn message(metric: &Metric, span: Span, redactor: &Redactor) -> Message {
    let cumulative = AggregationTemporality::Cumulative.into();
    let numbers = || metric.points.iter().map(|point| number(point, span, redactor)).collect();
    let data = match metric.kind {
        Kind::Counter => {
            Data::Sum(Sum { data_points: numbers(), aggregation_temporality: cumulative, is_monotonic: true })
        }
        Kind::Gauge => Data::Gauge(Gauge { data_points: numbers() }),
        Kind::Histogram => {
            let data_points = metric.points.iter().map(|point| spread(point, span, redactor)).collect();
            Data::Histogram(Histogram { data_points, aggregation_temporality: cumulative })
        }
    };
    Message {
        name: metric.name.to_owned(),
        description: metric.help.to_owned(),
        unit: metric.unit.to_owned(),
        data: Some(data),
        ..Message::default()
    }
}

fn labels(point: &Point, redactor: &Redactor) -> Vec<KeyValue> {
    point.labels.iter().map(|(name, value)| attribute(redactor, name, text(redactor, value))).collect()
}

fn number(point: &Point, span: Span, redactor: &Redactor) -> NumberDataPoint {
    let (value, start) = match point.value {
        Value::Count(count) => (Some(Number::AsInt(i64::try_from(count).unwrap_or(i64::MAX))), span.start),
        Value::Level(level) => (Some(Number::AsDouble(level)), 0),
        Value::Spread { .. } => (None, span.start),
    };
    NumberDataPoint {
        attributes: labels(point, redactor),
        start_time_unix_nano: start,
        time_unix_nano: span.end,
        value,
        ..NumberDataPoint::default()
    }
}

fn spread(point: &Point, span: Span, redactor: &Redactor) -> HistogramDataPoint {
    let mut message = HistogramDataPoint {
        attributes: labels(point, redactor),
        start_time_unix_nano: span.start,
        time_unix_nano: span.end,
        ..HistogramDataPoint::default()
    };
    if let Value::Spread { bounds, counts, sum } = &point.value {
        message.count = counts.iter().sum();
        message.sum = Some(*sum);
        message.bucket_counts.clone_from(counts);
        message.explicit_bounds = bounds.to_vec();
    }
    message
}
