//! Token exchange, workload identity and signed statements with the platform in a box.

mod support;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use support::{Platform, ask, call, leaks, runtime};

/// The claims of a token, as it says them.
fn claims(token: &str) -> Value {
    use base64::Engine;
    let body = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

fn workload_token(platform: &Platform, settings: &Value) -> String {
    let answer = ask("POST", &format!("{}/_dev/workloads", platform.url), Some(settings));
    answer["token"].as_str().unwrap().to_owned()
}

/// Without the secret that the platform's usual client has.
fn auth(changes: &Value) -> Value {
    let mut all = json!({ "client_secret": null, "expose_token": true });
    support::merge(&mut all, changes);
    json!({ "auth": all })
}

fn plan(client: &kei_agent::Client) -> Result<Value, Value> {
    call(client, "plan", &json!({ "objective": "compute 6 * 7" }), &json!({}))
}

#[test]
fn a_workload_needs_no_secret_and_its_token_may_change_at_any_time() {
    let platform = Platform::start();
    let runtime = runtime();
    let file = platform.folder.path().join("workload");
    support::write_private(&file, workload_token(&platform, &json!({})));
    let client =
        platform.client_with(&runtime, &auth(&json!({ "grant": "workload_identity", "workload_token_file": file })));
    assert!(plan(&client).unwrap()["result"]["plan_id"].is_string());
    let first = std::fs::read_to_string(&file).unwrap();
    let second = workload_token(&platform, &json!({ "lifetime_s": 7200 }));
    support::write_private(&file, &second);
    call(&client, "auth.refresh", &json!({}), &json!({})).unwrap();
    assert!(plan(&client).is_ok());
    // One that has run out is the issuer's to refuse, and shows in no error.
    let old = workload_token(&platform, &json!({ "lifetime_s": -60 }));
    support::write_private(&file, &old);
    let error = call(&client, "auth.refresh", &json!({}), &json!({})).unwrap_err();
    assert_eq!((&error["name"], &error["oauth_error"]), (&json!("KEI_E_TOKEN"), &json!("invalid_client")), "{error}");
    assert!(plan(&client).is_ok(), "the token that lives is used on");
    leaks::assert_none(&[first, second, old], &error.to_string(), "the error");
}

#[test]
fn a_token_is_exchanged_and_says_who_acts_for_whom() {
    let platform = Platform::start();
    let runtime = runtime();
    let subject = workload_token(&platform, &json!({}));
    let exchange = json!({ "client_secret": platform.secret(), "grant": "token_exchange", "subject_token": subject,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt" });
    let client = platform.client_with(&runtime, &auth(&exchange));
    assert!(plan(&client).is_ok());
    let token = call(&client, "auth.token", &json!({}), &json!({})).unwrap()["result"]["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let said = claims(&token);
    assert_eq!((&said["sub"], &said["act"]["sub"]), (&json!("system:serviceaccount:dev:kei-agent"), &json!("kei-dev")));
    let mut wrong = exchange.clone();
    wrong["subject_token"] = json!("not-a-token-that-anyone-gave");
    let error = plan(&platform.client_with(&runtime, &auth(&wrong))).unwrap_err();
    assert_eq!((&error["oauth_error"], &error["attempts"]), (&json!("invalid_request"), &json!(0)), "{error}");
    leaks::assert_none(&["not-a-token-that-anyone-gave".to_owned()], &error.to_string(), "the error");
}

#[test]
fn a_client_signs_who_it_is_with_a_key_that_the_platform_knows() {
    let platform = Platform::start();
    let runtime = runtime();
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let pem = pair.serialize_pem();
    let client = || {
        platform.client_with(
            &runtime,
            &auth(&json!({ "private_key": pem, "private_key_id": "k1", "parameters": { "n": uuid() } })),
        )
    };
    assert_eq!(plan(&client()).unwrap_err()["oauth_error"], "invalid_client", "the platform does not know the key yet");
    let mut key = Jwk::from_encoding_key(&EncodingKey::from_ec_pem(pem.as_bytes()).unwrap(), Algorithm::ES256).unwrap();
    key.common.key_id = Some("k1".to_owned());
    ask("PUT", &format!("{}/_dev/client_keys", platform.url), Some(&json!({ "keys": [key] })));
    assert!(plan(&client()).is_ok());
}

/// Makes two clients' tokens be for something else.
fn uuid() -> String {
    kei_agent::clock::new_id()
}

#[test]
fn an_issuer_that_replaced_the_secrets_file_is_followed_without_a_failed_call() {
    let platform = Platform::start();
    let runtime = runtime();
    let file = platform.folder.path().join("secret");
    support::write_private(&file, "an-old-secret");
    let client = platform.client_with(&runtime, &auth(&json!({ "client_secret_file": file })));
    assert_eq!(plan(&client).unwrap_err()["oauth_error"], "invalid_client");
    support::write_private(&file, platform.secret());
    // The refusal stands until it is seen that the file changed, which is looked for once a second.
    let mut outcome = plan(&client);
    let mut tries = 0;
    while outcome.is_err() {
        tries += 1;
        assert!(tries < 1_000_000, "{outcome:?}");
        outcome = plan(&client);
    }
    let status = call(&client, "auth.status", &json!({}), &json!({})).unwrap();
    assert_eq!((&status["result"]["refreshes"], &status["result"]["failures"]), (&json!(1), &json!(1)), "{status}");
}

#[test]
fn a_thousand_parallel_401s_make_one_token_request_and_at_most_one_replay_each() {
    let platform = Platform::start();
    let runtime = runtime();
    let client = platform.client(&runtime);
    assert!(plan(&client).is_ok());
    platform.tokens(&json!({ "revoke_all": true }));
    let (send, receive) = std::sync::mpsc::channel();
    for _ in 0..1000 {
        let send = send.clone();
        let ticket = kei_agent::in_flight::Ticket::new();
        let done = move |outcome: kei_agent::Result<_>| {
            let _ = send.send(outcome.is_ok());
        };
        client.submit("rpc.call", br#"{"method": "echo", "params": {}}"#, "", &ticket, done).unwrap();
    }
    drop(send);
    let outcomes: Vec<bool> = receive.iter().collect();
    assert!(outcomes.len() == 1000 && outcomes.iter().all(|good| *good));
    let stats = platform.stats();
    assert_eq!(stats["token_requests"], 2, "{stats}");
    let arrived = stats["requests_by_path"]["/api/v1/rpc/echo"].as_u64().unwrap();
    assert!((1000..=2000).contains(&arrived), "{arrived}");
}
