//! Whatever is given: taken and written again the same, or refused with its place.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Map, Value};

use super::*;

/// Any JSON, of a fair size.
fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>().prop_map(Value::from),
        prop::sample::select(
            &[
                "env:UNSET",
                "file:/no/such",
                "exec:true",
                "vault:a/b#c",
                "https://a.example",
                "http://b.example",
                "none",
                "oidc",
                "bearer",
                "host",
                "chain",
                "mtls",
                "debug",
                "rpc",
                "",
                "<x>",
                "your-token",
                "127.0.0.1:0",
            ][..]
        )
        .prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..100_u64).prop_map(Value::from),
        any::<f64>().prop_map(|number| serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)),
        text,
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key(), inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A name: one that is known somewhere, most of the time.
fn key() -> impl Strategy<Value = String> {
    let known: Vec<String> = [ClientConfig::fields(), RuntimeConfig::fields()]
        .iter()
        .flat_map(|fields| &fields.all)
        .flat_map(|field| field.path.split('.'))
        .map(str::to_owned)
        .collect();
    prop_oneof![4 => prop::sample::select(known), 1 => any::<String>()]
}

/// A value that a setting takes, or nearly.
fn fitting(field: &Field) -> BoxedStrategy<Value> {
    let own = match field.kind {
        "integer" => (1..5_000_u64).prop_map(Value::from).boxed(),
        "number" => (0.0..1.0_f64).prop_map(Value::from).boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "array" => prop::collection::vec("[a-z]{1,5}", 0..3).prop_map(Value::from).boxed(),
        "object" => Just(Value::Object(Map::new())).boxed(),
        _ if !field.choices().is_empty() => prop::sample::select(field.choices()).prop_map(Value::from).boxed(),
        _ => "[a-z]{8,12}".prop_map(Value::from).boxed(),
    };
    prop_oneof![6 => own, 1 => value()].boxed()
}

/// An object of settings, some of which fit.
fn object(fields: &'static Fields) -> impl Strategy<Value = Value> {
    let one =
        prop::sample::select(&fields.all[..]).prop_flat_map(|field| (Just(field.path.to_owned()), fitting(&field)));
    let noise = prop::option::weighted(0.3, (key(), value()));
    (prop::collection::vec(one, 0..8), noise).prop_map(|(settings, noise)| {
        let mut root = Map::new();
        for (path, value) in settings {
            super::super::facts::plant(&mut root, &path, value);
        }
        root.extend(noise);
        Value::Object(root)
    })
}

/// Reads an object, and checks what comes of it.
fn taken_or_refused<T: Settings>(given: &Value) -> Result<(), TestCaseError> {
    // A file that is named is not here; nothing of this machine's is read.
    match load::<T>(&given.to_string(), none) {
        Ok(config) => {
            let written = serde_json::to_string(&config).unwrap();
            let again =
                load::<T>(&written, none).map_err(|error| TestCaseError::fail(format!("{written}: {error}")))?;
            prop_assert_eq!(written, serde_json::to_string(&again).unwrap());
        }
        Err(error) => {
            prop_assert!((200..300).contains(&error.code.number()), "{}", error);
            // The place is named in backticks: its last name stands in the object, or is one that is missing.
            let named = error.message.split('`').nth(1);
            prop_assert!(named.is_some(), "no path in: {}", error);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_object_is_a_clients_configuration_that_round_trips_or_is_refused_with_a_path(given in object(ClientConfig::fields())) {
        taken_or_refused::<ClientConfig>(&given)?;
    }

    #[test]
    fn any_object_is_a_runtimes_configuration_that_round_trips_or_is_refused_with_a_path(given in object(RuntimeConfig::fields())) {
        taken_or_refused::<RuntimeConfig>(&given)?;
    }

    #[test]
    fn what_nests_however_deeply_is_refused_with_a_path(levels in 1..300_usize, list in any::<bool>(), within in key(), number in prop::option::of(300..500)) {
        let (open, close) = if list { ("[".to_owned(), "]") } else { (format!("{{{}:", Value::from(within)), "}") };
        let inside = number.map_or("1".to_owned(), |exponent| format!("1e{exponent}"));
        let given = format!("{{\"tls\":{}{inside}{}}}", open.repeat(levels), close.repeat(levels));
        let error = load::<ClientConfig>(&given, none).unwrap_err();
        prop_assert!(error.message.split('`').nth(1).is_some_and(|path| path.starts_with("tls")), "no path in: {}", error);
    }

    #[test]
    fn any_text_is_a_file_in_any_format_or_is_refused(text in prop_oneof![any::<String>(), value().prop_map(|value| value.to_string())]) {
        for format in [Format::Json, Format::Toml, Format::Yaml] {
            if let Err(error) = check_text(&text, format) {
                prop_assert!(error.code.number() == 3 || (200..300).contains(&error.code.number()), "{}", error);
            }
        }
    }
}

#[test]
fn many_objects_are_taken() {
    // Otherwise the properties above would say little.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut taken = 0;
    for _ in 0..300 {
        let given = object(ClientConfig::fields()).new_tree(&mut runner).unwrap().current();
        taken += usize::from(load::<ClientConfig>(&given.to_string(), none).is_ok());
    }
    assert!(taken > 30, "{taken} of 300");
}

#[test]
fn a_setting_that_its_type_alone_refuses_is_named_by_its_path() {
    #[derive(Debug, serde::Deserialize)]
    struct Whole {
        #[serde(rename = "section")]
        _section: Section,
    }
    #[derive(Debug, Default, serde::Deserialize)]
    #[serde(default)]
    struct Section {
        #[serde(rename = "address")]
        _address: Option<std::net::IpAddr>,
        #[serde(rename = "name")]
        _name: Option<String>,
    }
    let value = serde_json::json!({"other": 1, "section": {"address": "nowhere", "name": "x"}});
    let error = crate::config::load::typed::<Whole>(&value).unwrap_err();
    assert_eq!(error.code, Code::Config);
    assert!(error.message.starts_with("the configuration: `section.address`: "), "{error}");
}
