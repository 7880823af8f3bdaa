//! Every way to prove the client and every grant, with a foreign issuer, npm's certified `oidc-provider`, whose resource server checks the tokens and what
//! they are bound to.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use kei_agent::{Client, Runtime};
use serde_json::{Value, json};
use support::events::Subscription;
use support::issuer::Issuer;
use support::{ask, call, leaks, runtime, runtime_logging_to};

const SECRET: &str = "a-secret-that-is-shared-with-the-issuer";

fn client(runtime: &Runtime, issuer: &Issuer, id: &str, auth: &Value) -> Client {
    client_with(runtime, issuer, id, auth, &json!({}))
}

fn client_with(runtime: &Runtime, issuer: &Issuer, id: &str, auth: &Value, more: &Value) -> Client {
    let mut config =
        json!({ "base_url": issuer.url, "auth": { "issuer": issuer.url, "client_id": id, "scopes": ["kei.agent"] } });
    support::merge(&mut config["auth"], auth);
    support::merge(&mut config, more);
    Client::new(runtime, &config.to_string())
        .unwrap_or_else(|error| panic!("the configuration fits: {}", error.message))
}

fn claims(client: &Client) -> Value {
    call(client, "rpc.call", &json!({ "method": "whoami" }), &json!({})).unwrap_or_else(|error| panic!("{error}"))["result"].clone()
}

#[test]
fn a_signed_statement_proves_the_client_with_each_algorithm() {
    let issuer = Issuer::start(SECRET);
    let runtime = runtime();
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        let id = format!("jwt-{algorithm}");
        let auth = json!({ "private_key_file": issuer.file(&format!("{algorithm}.pem")), "private_key_id": format!("key-{algorithm}"),
            "signing_algorithm": algorithm });
        assert_eq!(claims(&client(&runtime, &issuer, &id, &auth))["client_id"], id);
    }
    let seen = issuer.stop();
    assert!(
        seen.len() == 4 && seen.iter().all(|one| one["outcome"] == "granted" && one["method"] == "jwt"),
        "{seen:?}"
    );
}

#[test]
fn the_key_of_another_client_proves_nothing() {
    let issuer = Issuer::start(SECRET);
    let runtime = runtime();
    let auth = json!({ "private_key_file": issuer.file("PS256.pem"), "private_key_id": "key-RS256", "signing_algorithm": "RS256" });
    let error =
        call(&client(&runtime, &issuer, "jwt-RS256", &auth), "rpc.call", &json!({ "method": "whoami" }), &json!({}))
            .unwrap_err();
    assert_eq!(
        (&error["name"], &error["oauth_error"], &error["attempts"]),
        (&json!("KEI_E_TOKEN"), &json!("invalid_client"), &json!(0))
    );
}

#[test]
fn tokens_are_bound_to_a_key_with_the_nonces_that_both_servers_require() {
    let issuer = Issuer::start(SECRET);
    let log = issuer.folder.path().join("log");
    let runtime = runtime_logging_to(&log);
    let client = client(&runtime, &issuer, "dpop", &json!({ "client_secret": SECRET, "dpop": true }));
    let first = claims(&client);
    assert!(first["cnf"]["jkt"].as_str().is_some_and(|thumbprint| thumbprint.len() == 43), "{first}");
    for _ in 0..20 {
        assert_eq!(claims(&client)["jti"], first["jti"]);
    }
    // Without a proof the same client gets no token at all.
    let bare = self::client(&runtime, &issuer, "dpop", &json!({ "client_secret": SECRET }));
    let error = call(&bare, "rpc.call", &json!({ "method": "whoami" }), &json!({})).unwrap_err();
    assert_eq!(error["name"], "KEI_E_TOKEN");
    runtime.shutdown(None).unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(!log.contains("eyJ"), "no proof and no token is in the log");
    leaks::assert_none(&[SECRET.to_owned()], &log, "the log");
}

#[test]
fn certificates_prove_the_client_and_bind_its_tokens_and_are_replaced_under_load_without_a_failed_call() {
    let issuer = Issuer::start_with_tls(SECRET);
    let runtime = runtime();
    let tls = |name: &str| {
        json!({ "tls": { "ca_file": issuer.file("ca.pem"), "client_cert_file": issuer.file(&format!("{name}.pem")),
        "client_key_file": issuer.file(&format!("{name}.key")) } })
    };
    let auth = |method: &str| json!({ "client_auth_method": method, "certificate_bound": true });
    let by_authority = client_with(&runtime, &issuer, "tls", &auth("tls_client_auth"), &tls("client"));
    let first = claims(&by_authority);
    assert!(first["cnf"]["x5t#S256"].is_string(), "{first}");
    let alone =
        client_with(&runtime, &issuer, "self-signed", &auth("self_signed_tls_client_auth"), &tls("self-signed"));
    assert_ne!(claims(&alone)["cnf"], first["cnf"]);
    let stranger = client_with(&runtime, &issuer, "tls", &auth("tls_client_auth"), &tls("stranger"));
    let error = call(&stranger, "rpc.call", &json!({ "method": "whoami" }), &json!({})).unwrap_err();
    assert_eq!((&error["oauth_error"], &error["attempts"]), (&json!("invalid_client"), &json!(0)), "{error}");
    // Another certificate of the same client takes its place on disk while calls go on.
    for kind in ["pem", "key"] {
        std::fs::copy(issuer.file(&format!("client-2.{kind}")), issuer.file(&format!("client.{kind}"))).unwrap();
    }
    let mut calls = 0;
    while claims(&by_authority)["cnf"] == first["cnf"] {
        calls += 1;
        assert!(calls < 100_000, "the new certificate is used in the end");
    }
    for _ in 0..20 {
        assert_ne!(claims(&by_authority)["cnf"], first["cnf"]);
    }
}

#[test]
fn a_resource_is_asked_for_and_its_token_is_for_that_alone() {
    let issuer = Issuer::start(SECRET);
    let runtime = runtime();
    let of = |resource: &str| {
        claims(&client(&runtime, &issuer, "basic", &json!({ "client_secret": SECRET, "resources": [resource] })))
    };
    let (platform, other) = (of("urn:kei:platform"), of("urn:kei:other"));
    assert_eq!((&platform["aud"], &other["aud"]), (&json!("urn:kei:platform"), &json!("urn:kei:other")));
    assert_ne!(platform["jti"], other["jti"], "each has its own");
    let wrong = client(
        &runtime,
        &issuer,
        "basic",
        &json!({ "client_secret": SECRET, "resources": ["urn:kei:platform", "urn:kei:other"] }),
    );
    let error = call(&wrong, "rpc.call", &json!({ "method": "whoami" }), &json!({})).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("auth.resources"), "{error}");
}

#[test]
fn a_person_consents_once_and_refresh_tokens_rotate_until_they_are_revoked() {
    let issuer = Issuer::start(SECRET);
    let runtime = runtime();
    let file = issuer.file("refresh-token");
    let auth = json!({ "grant": "device_code", "refresh_token_file": file });
    let device = client(&runtime, &issuer, "device", &auth);
    let mut host = Subscription::open(&device, "auth.serve", &json!({}), &json!({}), 0);
    let calling = {
        let device = device.clone();
        std::thread::spawn(move || claims(&device))
    };
    let (prompt, reply) = host.request();
    assert_eq!(prompt["request"], "device_code");
    let place = format!("{}/person", issuer.url);
    ask("POST", &place, Some(&json!({ "user_code": prompt["user_code"] })));
    reply.send(Ok(b"null".to_vec().into()));
    assert_eq!(calling.join().unwrap()["sub"], "somebody");
    let mut tokens = vec![std::fs::read_to_string(&file).unwrap()];
    for _ in 0..3 {
        call(&device, "auth.refresh", &json!({}), &json!({})).unwrap();
        claims(&device);
        tokens.push(std::fs::read_to_string(&file).unwrap());
    }
    let mut distinct = tokens.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 4, "each was replaced");
    // Another process goes on with what stands in the file.
    let later = client(&runtime, &issuer, "device", &json!({ "grant": "refresh_token", "refresh_token_file": file }));
    assert_eq!(claims(&later)["sub"], "somebody");
    let last = std::fs::read_to_string(&file).unwrap();
    let done = call(&later, "auth.logout", &json!({}), &json!({})).unwrap();
    assert_eq!(done["result"]["refresh_token"], true, "{done}");
    assert!(!std::path::Path::new(&file).exists());
    let revoked = client(&runtime, &issuer, "device", &json!({ "grant": "refresh_token", "refresh_token": last }));
    let error = call(&revoked, "rpc.call", &json!({ "method": "whoami" }), &json!({})).unwrap_err();
    assert_eq!(error["oauth_error"], "invalid_grant", "{error}");
    leaks::assert_none(&tokens, &error.to_string(), "the error");
}

#[test]
fn five_second_tokens_under_load_never_fail_a_call() {
    let issuer = Issuer::start(SECRET);
    let runtime = runtime();
    let seconds = std::env::var("KEI_TEST_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let client = Arc::new(client(
        &runtime,
        &issuer,
        "basic",
        &json!({ "client_secret": SECRET, "resources": ["urn:kei:short"] }),
    ));
    let end = Instant::now() + Duration::from_secs(seconds);
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let client = Arc::clone(&client);
            std::thread::spawn(move || {
                let mut seen = std::collections::BTreeSet::new();
                let mut calls = 0_u32;
                while Instant::now() < end {
                    seen.insert(claims(&client)["jti"].to_string());
                    calls += 1;
                }
                (seen, calls)
            })
        })
        .collect();
    let mut tokens = std::collections::BTreeSet::new();
    let mut calls = 0;
    for caller in callers {
        let (seen, made) = caller.join().expect("no call failed");
        tokens.extend(seen);
        calls += made;
    }
    let requests = issuer.stop().len() as u64;
    println!("{calls} calls with {} tokens", tokens.len());
    assert!(tokens.len() as u64 >= seconds / 5, "tokens were renewed");
    assert!(requests <= seconds / 2 + 2, "{requests} token requests in {seconds} s");
}
