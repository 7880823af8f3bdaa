//! Client credentials with a foreign issuer, npm's certified `oidc-provider`, whose resource server checks the tokens.

mod support;

use kei_agent::{Client, Runtime};
use serde_json::{Value, json};
use support::issuer::Issuer;
use support::{call, leaks, runtime, runtime_logging_to};

/// With characters that form encoding (RFC 6749 section 2.3.1) must change.
const SECRET: &str = "s3cr+t/w%th:odd=char&cters and spaces";

fn client(runtime: &Runtime, issuer: &Issuer, id: &str, auth: &Value) -> Client {
    let mut config = json!({ "base_url": issuer.url, "auth": {
        "issuer": issuer.url, "client_id": id, "client_secret": SECRET, "scopes": ["kei.agent"],
    } });
    support::merge(&mut config["auth"], auth);
    Client::new(runtime, &config.to_string()).expect("the configuration fits")
}

fn claims(client: &Client) -> Value {
    call(client, "rpc.call", &json!({ "method": "whoami" }), &json!({})).expect("the resource server accepts the token")
}

#[test]
fn both_ways_to_prove_the_client_get_a_token_that_the_resource_server_accepts() {
    let issuer = Issuer::start(SECRET);
    let runtime = runtime();
    let basic = claims(&client(&runtime, &issuer, "basic", &json!({ "client_auth_method": "client_secret_basic" })));
    assert_eq!((&basic["result"]["client_id"], &basic["meta"]["attempts"]), (&json!("basic"), &json!(1)));
    let post = claims(&client(&runtime, &issuer, "post", &json!({ "client_auth_method": "client_secret_post" })));
    assert_eq!((&post["result"]["client_id"], &post["result"]["scope"]), (&json!("post"), &json!("kei.agent")));
    let seen = issuer.stop();
    let expected = |method: &str, id: &str| json!({ "outcome": "granted", "method": method, "client_id": id, "grant": "client_credentials", "error": null });
    assert_eq!(seen, [expected("Basic", "basic"), expected("post", "post")]);
}

#[test]
fn one_token_serves_many_calls() {
    let issuer = Issuer::start(SECRET);
    let runtime = runtime();
    let client = client(&runtime, &issuer, "basic", &json!({}));
    let first = claims(&client)["result"]["jti"].clone();
    for _ in 0..20 {
        assert_eq!(claims(&client)["result"]["jti"], first);
    }
    assert_eq!(issuer.stop().len(), 1);
}

#[test]
fn a_wrong_secret_is_the_issuers_own_error_and_is_not_asked_twice() {
    let issuer = Issuer::start(SECRET);
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let runtime = runtime_logging_to(&log);
    let wrong = "another secret: entirely wrong";
    let client = client(&runtime, &issuer, "basic", &json!({ "client_secret": wrong }));
    let error = call(&client, "rpc.call", &json!({ "method": "whoami" }), &json!({})).unwrap_err();
    assert_eq!((&error["name"], &error["oauth_error"]), (&json!("KEI_E_TOKEN"), &json!("invalid_client")), "{error}");
    assert_eq!(error["retryable"], false);
    assert!(error["message"].as_str().unwrap().contains(&issuer.url), "{error}");
    assert_eq!(error["attempts"], 0, "no request goes out unauthenticated: {error}");
    runtime.shutdown(None).unwrap();
    leaks::assert_none(&[wrong.into()], &(error.to_string() + &std::fs::read_to_string(log).unwrap()), "error and log");
    assert_eq!(issuer.stop().len(), 1);
}
