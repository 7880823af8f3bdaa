//! A host that logs with `tracing` itself, and two runtimes beside it: each has its own records and nobody else's.

mod support;

use std::sync::{Arc, Mutex};

use kei_agent::Runtime;
use serde_json::{Value, json};
use support::{Platform, call};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

/// What the host's own subscriber heard: targets and messages.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(String, String)>>>);

impl<S: Subscriber> Layer<S> for Heard {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Message(String);
        impl Visit for Message {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        self.0.lock().unwrap().push((event.metadata().target().to_owned(), message.0));
    }
}

#[test]
fn a_host_with_a_subscriber_of_its_own_and_two_runtimes_hear_each_their_own_records_alone() {
    let heard = Heard::default();
    // The process has but one place for a global subscriber. It is the host's, and the library leaves it to it.
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(heard.clone())).unwrap();
    let (platform, folder) = (Platform::start(), tempfile::tempdir().unwrap());
    let file = |name: &str| folder.path().join(name);
    let runtime = |name: &str, level: &str| {
        Runtime::new(&json!({ "log": { "file": file(name), "level": level } }).to_string()).unwrap()
    };
    let (first, second) = (runtime("first", "info"), runtime("second", "trace"));
    let (one, two) = (platform.client(&first), platform.client(&second));
    for round in 0..3 {
        tracing::info!("the host begins round {round}");
        for (client, id) in [(&one, "of-the-first"), (&two, "of-the-second")] {
            call(client, "plan", &json!({ "objective": "add 1 and 2" }), &json!({ "correlation_id": id })).unwrap();
        }
    }
    first.shutdown(None).unwrap();
    tracing::info!("the host goes on");
    call(&two, "plan", &json!({ "objective": "add 1 and 2" }), &json!({ "correlation_id": "alone" })).unwrap();
    second.shutdown(None).unwrap();

    let lines = |name: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(file(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let of = |lines: &[Value], id: &str| lines.iter().filter(|line| line["correlation_id"] == id).count();
    let (first, second) = (lines("first"), lines("second"));
    assert!(of(&first, "of-the-first") >= 3 && of(&second, "of-the-second") > of(&first, "of-the-first"));
    assert_eq!((of(&first, "of-the-second"), of(&second, "of-the-first")), (0, 0));
    assert!(of(&second, "alone") > 0, "the end of one silences no other");
    assert!(first.iter().all(|line| line["level"] != "TRACE") && second.iter().any(|line| line["level"] == "TRACE"));
    let hosts = |line: &Value| line["message"].as_str().is_some_and(|message| message.starts_with("the host"));
    assert!(!first.iter().chain(&second).any(hosts));
    let heard = heard.0.lock().unwrap();
    let (own, others): (Vec<_>, Vec<_>) = heard.iter().partition(|(_, message)| message.starts_with("the host"));
    assert_eq!(own.len(), 4);
    assert!(others.is_empty(), "the host heard {others:?}");
}
