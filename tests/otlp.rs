//! What a collector gets, read by one that is none of ours: spans, metrics and log records by OpenTelemetry's conventions; and that one which takes nothing
//! holds up nothing.

mod support;

use std::path::Path;

use kei_agent::observe::exports::Signal;
use kei_agent::{Client, Runtime};
use serde_json::{Map, Value, json};
use support::collector::{Collector, attributes, items};
use support::{Platform, call, leaks};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

/// As the collector's language shows the bytes of an id.
fn id(hex: &str) -> String {
    use base64::Engine;
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn plan(client: &Client, options: &Value) -> Result<Value, Value> {
    call(client, "plan", &json!({ "objective": "add 1 and 2" }), options)
}

fn runtime(log: &Path, otlp: &Value) -> Runtime {
    let mut config = json!({ "log": { "file": log, "level": "info" }, "otlp": { "batch_ms": 10 } });
    support::merge(&mut config["otlp"], otlp);
    Runtime::new(&config.to_string()).unwrap()
}

fn with<'a>(items: &'a [Value], name: &str, value: &Value) -> Vec<&'a Value> {
    items.iter().filter(|item| attributes(item).get(name) == Some(value)).collect()
}

#[test]
fn spans_metrics_and_log_records_reach_a_collector_by_opentelemetrys_conventions() {
    let (platform, collector, folder) = (Platform::start(), Collector::start(), tempfile::tempdir().unwrap());
    let otlp = json!({
        "endpoint": collector.url, "headers": { "x-collector-key": "the-key-of-the-collector" }, "service_name": "shop",
        "resource": { "deployment.environment.name": "test" },
    });
    let runtime = runtime(&folder.path().join("log"), &otlp);
    let client = platform.client_with(&runtime, &json!({ "agent_id": "agent-1", "tenant_id": "acme" }));
    platform.fault(&json!({ "path": "/api/v1/rpc/plan", "status": 503, "times": 1 }));
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let options = json!({ "traceparent": parent, "tracestate": "vendor=1", "correlation_id": "c-1" });
    plan(&client, &options).unwrap();
    platform.fault(&json!({ "path": "/api/v1/rpc/plan", "status": 403, "times": 1 }));
    plan(&client, &json!({ "correlation_id": "c-2" })).unwrap_err();
    plan(&client, &json!({ "traceparent": format!("00-{TRACE}-{SPAN}-00"), "correlation_id": "c-3" })).unwrap();
    drop(client);
    runtime.shutdown(None).unwrap();
    let raw = std::fs::read(&collector.raw).unwrap();
    let requests = collector.end();
    leaks::assert_none(&[platform.secret().to_owned()], &String::from_utf8_lossy(&raw), "what was exported");

    for request in &requests {
        assert_eq!(request["headers"]["content-type"], "application/x-protobuf");
        assert_eq!(request["headers"]["x-collector-key"], "the-key-of-the-collector");
    }
    of_the_spans(&items(&requests, "traces"), &platform);
    of_the_resource(&requests);
    of_the_metrics(&items(&requests, "metrics"));
    of_the_records(&items(&requests, "logs"), &items(&requests, "traces"));
}

fn of_the_spans(spans: &[Value], platform: &Platform) {
    let calls = with(spans, "kei.operation", &json!("plan"));
    assert_eq!(calls.len(), 2, "the trace that was not sampled has none: {spans:?}");
    let (first, second) = (calls[0], calls[1]);
    assert_eq!((&first["traceId"], &first["parentSpanId"]), (&json!(id(TRACE)), &json!(id(SPAN))));
    assert_eq!((&first["traceState"], &first["kind"]), (&json!("vendor=1"), &json!("SPAN_KIND_INTERNAL")));
    let facts = attributes(first);
    assert_eq!((&facts["kei.correlation_id"], &facts["kei.agent_id"]), (&json!("c-1"), &json!("agent-1")));
    assert_eq!((&facts["kei.tenant_id"], &facts["kei.attempts"]), (&json!("acme"), &json!("2")));
    assert!(first.get("status").is_none(), "{first}");

    // One for each request, within the call's, and it is the parent that the platform saw.
    let within = |span: &Value| -> Vec<Value> {
        spans.iter().filter(|other| other["parentSpanId"] == span["spanId"]).cloned().collect()
    };
    let attempts = within(first);
    let seen: Vec<Value> = platform
        .requests("/api/v1/rpc/plan")
        .iter()
        .map(|request| json!(id(request["headers"]["traceparent"].as_str().unwrap().split('-').nth(2).unwrap())))
        .collect();
    assert_eq!(attempts.iter().map(|span| span["spanId"].clone()).collect::<Vec<_>>(), seen[..2]);
    let port = platform.url.rsplit_once(':').unwrap().1;
    for (number, (span, status)) in attempts.iter().zip(["503", "200"]).enumerate() {
        let facts = attributes(span);
        assert_eq!((&span["name"], &span["kind"]), (&json!("POST"), &json!("SPAN_KIND_CLIENT")));
        assert_eq!(facts["http.request.method"], "POST");
        assert_eq!(facts["http.response.status_code"], status);
        assert_eq!((&facts["server.address"], &facts["server.port"]), (&json!("127.0.0.1"), &json!(port)));
        assert_eq!(facts["url.full"], format!("{}/api/v1/rpc/plan", platform.url));
        assert_eq!(facts.get("http.request.resend_count"), (number > 0).then(|| json!("1")).as_ref());
        assert_eq!(facts.get("error.type"), (status == "503").then(|| json!("503")).as_ref());
        assert_eq!(span["traceId"], first["traceId"]);
        let time = |name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
        assert!(time("startTimeUnixNano") <= time("endTimeUnixNano"), "{span}");
    }
    assert_eq!(attempts[0]["status"]["code"], "STATUS_CODE_ERROR");

    // A trace of its own, which failed.
    assert!(second.get("parentSpanId").is_none() && second["traceId"] != first["traceId"], "{second}");
    assert_eq!(attributes(second)["error.type"], "KEI_E_FORBIDDEN");
    assert_eq!(second["status"]["code"], "STATUS_CODE_ERROR");
    // The token's request, and the discovery before it, are traces by themselves.
    let token = |span: &&Value| attributes(span)["url.full"].as_str().is_some_and(|url| url.ends_with("/token"));
    let roots: Vec<&Value> =
        spans.iter().filter(|span| span["kind"] == "SPAN_KIND_CLIENT" && span.get("parentSpanId").is_none()).collect();
    assert!(roots.iter().any(token), "{roots:?}");
}

fn of_the_resource(requests: &[Value]) {
    for (signal, list) in [("traces", "resourceSpans"), ("metrics", "resourceMetrics"), ("logs", "resourceLogs")] {
        let path = format!("/v1/{signal}");
        let request = requests.iter().find(|request| request["path"] == path).expect(signal);
        let facts: Map<String, Value> = attributes(&request["body"][list][0]["resource"]);
        assert_eq!(
            (&facts["service.name"], &facts["deployment.environment.name"]),
            (&json!("shop"), &json!("test")),
            "{signal}"
        );
        assert_eq!(facts["telemetry.sdk.name"], "kei-agent");
        assert!(facts["service.instance.id"].as_str().is_some_and(|id| id.len() == 36));
    }
}

fn of_the_metrics(metrics: &[Value]) {
    // What came last counts all.
    let last =
        |name: &str| metrics.iter().rev().find(|metric| metric["name"] == name).unwrap_or_else(|| panic!("{name}"));
    let spread = &last("http.client.request.duration");
    assert_eq!(
        (&spread["unit"], &spread["histogram"]["aggregationTemporality"]),
        (&json!("s"), &json!("AGGREGATION_TEMPORALITY_CUMULATIVE"))
    );
    let points = spread["histogram"]["dataPoints"].as_array().unwrap();
    let point = with(points, "http.response.status_code", &json!("503"));
    assert_eq!((point.len(), &point[0]["count"]), (1, &json!("1")), "{spread}");
    let buckets: u64 = point[0]["bucketCounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|count| count.as_str().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!((buckets, point[0]["explicitBounds"].as_array().unwrap().len()), (1, 14));
    let retries = &last("kei.call.retries")["sum"];
    assert_eq!((&retries["isMonotonic"], &retries["dataPoints"][0]["asInt"]), (&json!(true), &json!("1")), "{retries}");
    assert!(last("kei.calls.in_flight")["gauge"]["dataPoints"][0].get("asDouble").is_some());
}

fn of_the_records(records: &[Value], spans: &[Value]) {
    let calls = with(records, "correlation_id", &json!("c-1"));
    let ended = calls.iter().find(|record| record["body"]["stringValue"] == "call succeeded").expect("the call's end");
    let span = with(spans, "kei.correlation_id", &json!("c-1"))[0];
    assert_eq!((&ended["traceId"], &ended["spanId"]), (&span["traceId"], &span["spanId"]), "they are of one span");
    assert_eq!((&ended["severityNumber"], &ended["severityText"]), (&json!("SEVERITY_NUMBER_INFO"), &json!("INFO")));
    assert_eq!(attributes(ended)["kei.log.target"], "kei_agent::call");
    assert!(ended["timeUnixNano"].as_str().unwrap() <= ended["observedTimeUnixNano"].as_str().unwrap());
}

#[test]
fn a_collector_that_hangs_holds_up_no_call_nor_the_end_and_what_it_does_not_get_is_counted() {
    let (platform, collector, folder) = (Platform::start(), Collector::start(), tempfile::tempdir().unwrap());
    collector.mode(&json!({ "hang": true }));
    let otlp = json!({ "endpoint": collector.url });
    let runtime = runtime(&folder.path().join("log"), &otlp);
    let client = platform.client(&runtime);
    let dropped = || runtime.services().observe.exports.dropped(Signal::Logs);
    // More than may wait. The collector has answered nothing yet, nor will it.
    let record = json!({ "level": "info", "message": "one of many" });
    while dropped() == 0 {
        call(&client, "log.write", &record, &json!({})).unwrap();
        plan(&client, &json!({})).unwrap();
        for _ in 0..1000 {
            client.call("log.write", record.to_string().as_bytes(), "").unwrap();
        }
    }
    // Nor does it hold up the end.
    runtime.shutdown(None).unwrap();
    collector.mode(&json!({}));
}

#[test]
fn that_a_collector_takes_nothing_is_told_once_and_so_is_that_it_does_again() {
    let (collector, folder) = (Collector::start(), tempfile::tempdir().unwrap());
    let log = folder.path().join("log");
    let otlp = json!({ "endpoint": collector.url, "logs": false, "traces": false, "metrics_interval_ms": 10 });
    collector.mode(&json!({ "status": 400 }));
    let runtime = runtime(&log, &otlp);
    let refused = (0..3).map(|_| collector.next()).filter(|request| request["status"] == 400).count();
    assert_eq!(refused, 3);
    collector.mode(&json!({}));
    while collector.next()["status"] != 200 {}
    collector.next();
    let dropped = runtime.services().observe.exports.dropped(Signal::Metrics);
    runtime.shutdown(None).unwrap();
    assert!(dropped >= 3, "{dropped}");
    let log = std::fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = lines.iter().filter(|line| line["target"] == "kei_agent::otlp").collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0]["message"], "the collector takes no metrics: it answered HTTP 400");
    assert_eq!(
        (&told[1]["message"], &told[1]["dropped"]),
        (&json!("the collector takes metrics again"), &json!(dropped))
    );
}

#[test]
fn what_a_collector_refuses_is_counted_and_what_it_is_too_busy_for_is_sent_again() {
    let (platform, collector, folder) = (Platform::start(), Collector::start(), tempfile::tempdir().unwrap());
    let otlp = json!({ "endpoint": format!("{}/", collector.url), "logs": false, "metrics": false });
    let runtime = runtime(&folder.path().join("log"), &otlp);
    let client = platform.client(&runtime);
    collector.mode(&json!({ "status": 503 }));
    plan(&client, &json!({ "correlation_id": "c-1" })).unwrap();
    let first = collector.next();
    assert_eq!((&first["path"], &first["status"]), (&json!("/v1/traces"), &json!(503)));
    collector.mode(&json!({ "reject": 2 }));
    let again = collector.next();
    assert_eq!((&again["body"], &again["status"]), (&first["body"], &json!(200)), "the same, once more");
    let dropped = || runtime.services().observe.exports.dropped(Signal::Traces);
    while dropped() == 0 {
        std::thread::yield_now();
    }
    assert_eq!(dropped(), 2);
    let text = call(&client, "metrics.snapshot", &json!({}), &json!({})).unwrap()["result"]["text"].to_string();
    assert!(text.contains(r#"kei_otlp_dropped_total{signal=\"traces\"} 2"#), "{text}");
    runtime.shutdown(None).unwrap();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("the collector did not take all traces: too many"), "{log}");
}

#[test]
fn a_collector_that_may_not_be_used_is_refused_with_its_field() {
    for (otlp, field, says) in [
        (json!({ "endpoint": "collector:4318" }), "otlp.endpoint", "must begin with https://"),
        (json!({ "endpoint": "nowhere" }), "otlp.endpoint", "is not a URL"),
        (json!({ "endpoint": "https://a:hunter2@b.example" }), "otlp.endpoint", "otlp.headers"),
        (
            json!({ "endpoint": "http://b.example", "headers": { "k": "hunter2" } }),
            "otlp.endpoint",
            "must begin with https://",
        ),
        (
            json!({ "endpoint": "https://b.example", "headers": { "a b": "hunter2" } }),
            "otlp.headers.a b",
            "name of a header",
        ),
        (json!({ "endpoint": "https://b.example", "headers": { "a": "hunter2\n" } }), "otlp.headers.a", "visible"),
    ] {
        let error = Runtime::new(&json!({ "log": { "output": "none" }, "otlp": otlp }).to_string()).err().unwrap();
        assert!(error.message.contains(says) && error.details["field"] == field, "{error}");
        assert!(!error.to_json().contains("hunter2"), "{error}");
    }
}
