//! Tokens that several clients share, and those that they must not.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use super::*;
use crate::auth::source::{Around, Source};

fn oidc(more: &serde_json::Value) -> serde_json::Value {
    let mut config = json!({ "issuer": ISSUER, "client_id": "c", "client_secret": SECRET });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

/// Another client of the same runtime.
fn another(world: &World, more: &serde_json::Value) -> TokenManager {
    TokenManager::new(&serde_json::from_value(oidc(more)).unwrap(), &world.means).unwrap()
}

#[tokio::test(start_paused = true)]
async fn clients_whose_tokens_are_for_the_same_share_one_and_others_do_not() {
    let world = World::with(SEED, &oidc(&json!({})), |_| Reply::Usual).unwrap();
    assert_eq!(world.number().await, 1);
    let same = another(&world, &json!({ "scopes": [] }));
    assert_eq!(number(&same.credential().await.unwrap().unwrap()), 1);
    let other = another(&world, &json!({ "scopes": ["more"] }));
    assert_eq!(number(&other.credential().await.unwrap().unwrap()), 2);
    // What one of them learns of the token, the others know.
    assert!(same.rejected(&same.credential().await.unwrap().unwrap()).await.unwrap());
    assert_eq!(world.number().await, 3);
    assert_eq!(number(&other.credential().await.unwrap().unwrap()), 2);
    assert_eq!(world.means.cache.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_clients_on_a_cold_key_make_one_token_request_and_outlive_the_first() {
    let world = World::with(SEED, &oidc(&json!({})), |asked| match asked.number {
        0 => Reply::Usual,
        _ => Reply::Usual.later(s(2)),
    })
    .unwrap();
    let clients: Vec<_> = (0..100).map(|_| Arc::new(another(&world, &json!({})))).collect();
    let mut callers = Vec::new();
    for caller in 0..10_000 {
        let client = Arc::clone(&clients[caller % clients.len()]);
        callers.push(tokio::spawn(async move { number(&client.credential().await.unwrap().unwrap()) }));
    }
    tokio::time::sleep(s(1)).await;
    callers[0].abort();
    let ended = futures_util::future::join_all(callers).await;
    assert!(ended[0].as_ref().is_err_and(tokio::task::JoinError::is_cancelled));
    assert!(ended[1..].iter().all(|number| *number.as_ref().unwrap() == 1));
    assert_eq!(world.token_requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn at_most_256_tokens_are_kept_the_latest_used_and_those_that_are_being_fetched() {
    let world = World::with(SEED, &oidc(&json!({ "scopes": ["s0"] })), |asked| {
        if asked.body.contains("scope=slow") { Reply::Usual.later(s(9)) } else { Reply::Usual }
    })
    .unwrap();
    let token = |scope: String| {
        let client = another(&world, &json!({ "scopes": [scope] }));
        async move { number(&client.credential().await.unwrap().unwrap()) }
    };
    let slow = tokio::spawn(token("slow".to_owned()));
    tokio::time::sleep(Duration::from_millis(10)).await;
    let first = token("s0".to_owned()).await;
    for scope in 1..255 {
        token(format!("s{scope}")).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(world.means.cache.len(), 256);
    // Used again, it is not the one that goes; the next oldest does.
    assert_eq!(token("s0".to_owned()).await, first);
    tokio::time::sleep(Duration::from_millis(10)).await;
    let asked = world.token_requests().len();
    token("one more".replace(' ', "-")).await;
    assert_eq!(world.means.cache.len(), 256);
    assert_eq!(token("s0".to_owned()).await, first);
    assert_eq!(world.token_requests().len(), asked + 1);
    token("s1".to_owned()).await;
    assert_eq!(world.token_requests().len(), asked + 2, "that one was gone");
    tokio::time::sleep(s(9)).await;
    let fetched = slow.await.unwrap();
    assert_eq!(token("slow".to_owned()).await, fetched, "one in flight is never let go of");
}

/// All that a token's key is made of, each with a value of its own.
fn configuration() -> impl Strategy<Value = BTreeMap<&'static str, serde_json::Value>> {
    let text = || "[a-c]{1,3}".prop_map(serde_json::Value::from);
    let list = || proptest::collection::vec("[a-c]{1,3}", 0..3).prop_map(serde_json::Value::from);
    let maybe = |value: BoxedStrategy<serde_json::Value>| proptest::option::of(value);
    let endpoint = "[a-c]{1,2}".prop_map(|path| json!(format!("{ISSUER}/{path}"))).boxed();
    let parameters = proptest::collection::btree_map("x[a-c]{1,2}", "[a-c]{1,2}", 0..2).prop_map(|map| json!(map));
    (
        (text(), text(), list(), maybe(text().boxed()), list()),
        (
            maybe(endpoint),
            parameters,
            any::<bool>(),
            proptest::sample::select(vec!["client_credentials", "token_exchange"]),
        ),
        (text(), maybe(text().boxed()), maybe(text().boxed()), maybe(text().boxed())),
        proptest::option::of(proptest::sample::select(vec!["client_secret_basic", "client_secret_post"])),
    )
        .prop_map(
            |(
                (id, secret, scopes, audience, resources),
                (endpoint, parameters, dpop, grant),
                (subject, kind, actor, wanted),
                method,
            )| {
                let mut all = BTreeMap::from([
                    ("issuer", json!(ISSUER)),
                    ("client_id", id),
                    ("client_secret", json!(format!("longer-{}", secret.as_str().unwrap()))),
                    ("scopes", scopes),
                    ("resources", resources),
                    ("parameters", parameters),
                    ("dpop", dpop.into()),
                    ("grant", grant.into()),
                ]);
                let mut also = |name, value: Option<serde_json::Value>| {
                    if let Some(value) = value {
                        all.insert(name, value);
                    }
                };
                also("audience", audience);
                also("token_endpoint", endpoint);
                also("client_auth_method", method.map(Into::into));
                if grant == "token_exchange" {
                    also("subject_token", Some(json!(format!("subject-{}", subject.as_str().unwrap()))));
                    also("subject_token_type", kind);
                    also("actor_token", actor.map(|actor| json!(format!("actor-{}", actor.as_str().unwrap()))));
                    also("requested_token_type", wanted);
                }
                all
            },
        )
}

/// What the key should depend on: the same configuration in one form.
fn canonical(config: &BTreeMap<&'static str, serde_json::Value>) -> String {
    let mut config = config.clone();
    let mut scopes: Vec<String> = serde_json::from_value(config["scopes"].clone()).unwrap();
    scopes.sort();
    scopes.dedup();
    config.insert("scopes", json!(scopes));
    config.entry("subject_token_type").or_insert(json!("urn:ietf:params:oauth:token-type:access_token"));
    json!(config).to_string()
}

fn key(config: &BTreeMap<&'static str, serde_json::Value>, around: &Around) -> [u8; 32] {
    let config: AuthConfig = serde_json::from_value(json!(config)).unwrap();
    let Source::Issuer(client) = Source::read(&config, around).unwrap() else { panic!("an issuer") };
    client.key(&client.scopes, None).unwrap()
}

fn around() -> Around {
    let prover = crate::auth::TokenCache::default().prover().unwrap();
    // The tests' own files need not be private.
    let mounts = crate::config::Mounts::new(&[std::env::temp_dir().to_str().unwrap().to_owned()]);
    Around { prover: Some(prover), mounts, ..Around::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
    #[test]
    fn two_configurations_have_one_key_only_if_their_tokens_are_for_the_same(one in configuration(), two in configuration()) {
        let around = around();
        prop_assert_eq!(canonical(&one) == canonical(&two), key(&one, &around) == key(&two, &around));
        prop_assert_eq!(key(&one, &around), key(&one.clone(), &around));
    }
}

#[test]
fn changing_any_input_of_the_key_changes_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let pem = |name: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem())
            .unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (one, two) = (pem("one"), pem("two"));
    let exchange = json!({ "grant": "token_exchange", "subject_token": "subject-1" });
    let signed = json!({ "client_secret": null, "private_key_file": one });
    let changes = [
        (json!({}), json!({ "issuer": "https://other.example" })),
        (json!({}), json!({ "token_endpoint": "https://issuer.example/other" })),
        (json!({}), json!({ "client_id": "d" })),
        (json!({}), json!({ "client_secret": "another-secret" })),
        (json!({}), json!({ "client_secret": null, "client_secret_file": one })),
        (json!({}), json!({ "client_auth_method": "client_secret_post" })),
        (json!({}), json!({ "scopes": ["a"] })),
        (json!({ "scopes": ["a", "b"] }), json!({ "scopes": ["ab"] })),
        (json!({}), json!({ "audience": "a" })),
        (json!({ "audience": "a" }), json!({ "resources": ["a"] })),
        (json!({ "resources": ["a", "b"] }), json!({ "resources": ["b", "a"] })),
        (json!({}), json!({ "parameters": { "a": "b" } })),
        (json!({ "parameters": { "a": "b" } }), json!({ "parameters": { "ab": "" } })),
        (json!({}), json!({ "dpop": true })),
        (json!({ "dpop": true, "dpop_key_file": one }), json!({ "dpop": true, "dpop_key_file": two })),
        (signed.clone(), json!({ "client_secret": null, "private_key_file": two })),
        (signed.clone(), json!({ "client_secret": null, "private_key_file": one, "private_key_id": "k" })),
        (json!({}), exchange.clone()),
        (exchange.clone(), json!({ "grant": "token_exchange", "subject_token": "subject-2" })),
        (
            exchange.clone(),
            json!({ "grant": "token_exchange", "subject_token": "subject-1", "actor_token": "actor-1" }),
        ),
        (
            exchange.clone(),
            json!({ "grant": "token_exchange", "subject_token": "subject-1", "subject_token_type": "x" }),
        ),
        (exchange, json!({ "grant": "token_exchange", "subject_token": "subject-1", "requested_token_type": "x" })),
        (
            json!({ "grant": "refresh_token", "refresh_token": "refresh-1" }),
            json!({ "grant": "refresh_token", "refresh_token": "refresh-2" }),
        ),
    ];
    let around = around();
    let key = |more: &serde_json::Value| {
        let config: AuthConfig = serde_json::from_value(oidc(more)).unwrap();
        let Source::Issuer(client) = Source::read(&config, &around).unwrap() else { panic!("an issuer") };
        client.key(&client.scopes, None).unwrap()
    };
    for (before, after) in &changes {
        assert_ne!(key(before), key(after), "{before} and {after}");
        assert_eq!(key(before), key(before));
    }
    let all: HashSet<_> = changes.iter().flat_map(|(before, after)| [before, after]).map(key).collect();
    let distinct: HashSet<_> =
        changes.iter().flat_map(|(before, after)| [before.to_string(), after.to_string()]).collect();
    assert_eq!(all.len(), distinct.len());
    // The certificate that it is bound to, and the way to the issuer.
    let config: AuthConfig = serde_json::from_value(oidc(&json!({}))).unwrap();
    let with = |around: &Around, thumbprint| {
        let Source::Issuer(client) = Source::read(&config, around).unwrap() else { panic!("an issuer") };
        client.key(&client.scopes, thumbprint).unwrap()
    };
    let elsewhere = Around { way: "other authorities".to_owned(), ..around.clone() };
    assert_ne!(with(&around, None), with(&elsewhere, None));
    assert_ne!(with(&around, None), with(&around, Some("a")));
}
