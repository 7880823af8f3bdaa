//! The issuer: its metadata, its keys, and the tokens that it gives, revokes and tells of.

mod support;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};
use support::{Platform, basic, encoded, raw_basic};

/// The refusals of an endpoint of the issuer: status and `error`.
fn refusal(answer: &support::Answer) -> (u16, String) {
    (answer.status, answer.json()["error"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned())
}

fn bad(error: &str) -> (u16, String) {
    (400, error.to_owned())
}

#[test]
fn all_three_discovery_paths_answer_the_same_metadata_of_the_right_issuer() {
    let platform = Platform::start();
    let answers: Vec<Value> = [
        "/oidc/.well-known/openid-configuration",
        "/.well-known/openid-configuration/oidc",
        "/.well-known/oauth-authorization-server/oidc",
    ]
    .iter()
    .map(|path| platform.get(path))
    .map(|answer| {
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        answer.json()
    })
    .collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let issuer = platform.variables["KEI_OIDC_ISSUER"].as_str();
    assert_eq!(issuer, format!("{}/oidc", platform.base()));
    assert_eq!(answers[0]["issuer"], issuer);
    // Every endpoint that is named is there: none answers that there is nothing at its path.
    for name in ["jwks_uri", "token_endpoint", "revocation_endpoint", "introspection_endpoint"] {
        let path = answers[0][name].as_str().unwrap().strip_prefix(platform.base()).unwrap();
        assert_ne!(platform.get(path).status, 404, "{name}");
    }
}

#[test]
fn the_published_key_verifies_the_token_and_its_claims() {
    let platform = Platform::start();
    let token = platform.token();
    let metadata = platform.get("/oidc/.well-known/openid-configuration").json();
    let keys = platform.get(metadata["jwks_uri"].as_str().unwrap().strip_prefix(platform.base()).unwrap()).json();
    let header = decode_header(&token).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::ES256, Some("at+jwt")));
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == *header.kid.as_ref().unwrap()).unwrap();
    assert!(key.get("d").is_none(), "the private part must not be published");
    let key = DecodingKey::from_ec_components(key["x"].as_str().unwrap(), key["y"].as_str().unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_issuer(&[metadata["issuer"].as_str().unwrap()]);
    rules.set_audience(&[platform.base()]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims = decode::<Value>(&token, &key, &rules).unwrap().claims;
    assert_eq!((&claims["sub"], &claims["scope"]), (&json!("kei-dev"), &json!("kei.agent")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
}

#[test]
fn both_ways_to_prove_the_client_work_with_an_identifier_and_a_secret_of_special_characters() {
    let (id, secret) = ("client of: ümlaut&=", "s:e c+r%e&t=\"'\\ü~!/?#");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{secret}\r\n")).unwrap();
    let platform = Platform::start_with(&["--client-id", id, "--client-secret-file", file.to_str().unwrap()]);
    assert_eq!((platform.client_id(), platform.client_secret()), (id, secret));
    let grant = ("grant_type", "client_credentials");
    for scheme in ["Basic", "basic"] {
        let credential = basic(id, secret).replacen("Basic", scheme, 1);
        let answer = platform.send("POST", "/oidc/token", &[("authorization", &credential)], &encoded(&[grant]));
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.json()["token_type"], "Bearer");
    }
    let fields = encoded(&[grant, ("client_id", id), ("client_secret", secret)]);
    let posted = platform.send("POST", "/oidc/token", &[], &fields);
    assert_eq!(posted.status, 200, "{}", posted.text());
    let token = posted.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(platform.ask(&token, "GET", "/api/v1/registry/agents", &Value::Null).status, 200);
}

#[test]
fn a_wrong_or_missing_credential_is_refused_as_invalid_client() {
    let platform = Platform::start();
    let (id, secret) = (platform.client_id(), platform.client_secret());
    let refused = |headers: &[(&str, &str)], fields: &[(&str, &str)]| {
        let fields = [&[("grant_type", "client_credentials")], fields].concat();
        let answer = platform.send("POST", "/oidc/token", headers, &encoded(&fields));
        assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()));
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic"));
    };
    refused(&[], &[]);
    refused(&[], &[("client_id", id)]);
    refused(&[], &[("client_id", id), ("client_secret", "wrong")]);
    refused(&[], &[("client_id", "other"), ("client_secret", secret)]);
    for credential in [
        basic(id, "wrong"),
        basic("other", secret),
        basic(id, ""),
        // What follows an unescaped `&` or `=` is part of the secret as well, so that it is another one.
        raw_basic(&format!("{id}:{secret}&more")),
        raw_basic(&format!("{id}:{secret}=more")),
        raw_basic("no colon"),
        "Basic !!!".to_owned(),
        "Bearer x".to_owned(),
    ] {
        refused(&[("authorization", &credential)], &[]);
    }
    assert_eq!(platform.stats()["token_requests"], 12);
    assert_eq!(platform.stats()["token_requests_granted"], 0);
}

#[test]
fn a_token_request_that_does_not_fit_is_refused_with_the_right_error() {
    let platform = Platform::start();
    let grant = ("grant_type", "client_credentials");
    let refused = |fields: &[(&str, &str)]| refusal(&platform.form("/oidc/token", fields));
    assert_eq!(refused(&[]), bad("invalid_request"));
    assert_eq!(refused(&[("grant_type", "")]), bad("invalid_request"));
    assert_eq!(refused(&[("grant_type", "password")]), bad("unsupported_grant_type"));
    assert_eq!(refused(&[grant, grant]), bad("invalid_request"));
    assert_eq!(refused(&[grant, ("scope", "kei.agent"), ("scope", "kei.admin")]), bad("invalid_request"));
    assert_eq!(refused(&[grant, ("scope", "kei.agent kei.unknown")]), bad("invalid_scope"));
    // One way to prove the client, not two (RFC 6749 section 2.3).
    let both = [grant, ("client_id", platform.client_id()), ("client_secret", platform.client_secret())];
    assert_eq!(refused(&both), bad("invalid_request"));
    let repeated = platform.form("/oidc/token", &[grant, ("scope", "a"), ("scope", "b")]).json();
    assert!(repeated["error_description"].as_str().unwrap().contains("scope"), "{repeated}");
    assert_eq!(platform.stats()["token_requests_granted"], 0);
    assert_eq!(platform.token_with(&[("scope", "kei.agent kei.admin")]).split('.').count(), 3);
}

#[test]
fn expires_in_is_a_number_or_a_text_or_absent_as_told() {
    let platform = Platform::start_with(&["--token-lifetime", "120"]);
    let expires_in = || {
        let answer = platform.form("/oidc/token", &[("grant_type", "client_credentials")]);
        answer.json().get("expires_in").cloned()
    };
    let tell = |settings: Value| platform.dev("POST", "/_dev/tokens", &settings);
    assert_eq!(expires_in(), Some(json!(120)));
    assert_eq!(tell(json!({ "lifetime_s": 45 }))["lifetime_s"], 45);
    assert_eq!(expires_in(), Some(json!(45)));
    tell(json!({ "expires_in_as_string": true }));
    assert_eq!(expires_in(), Some(json!("45")), "what is not mentioned stays as it is");
    tell(json!({ "omit_expires_in": true }));
    assert_eq!(expires_in(), None);
    tell(json!({ "omit_expires_in": false, "expires_in_as_string": false }));
    assert_eq!(expires_in(), Some(json!(45)));
}

#[test]
fn token_settings_that_do_not_fit_are_refused_by_name_and_change_nothing() {
    let platform = Platform::start();
    let before = platform.dev("GET", "/_dev/tokens", &Value::Null);
    for (body, named) in
        [(r#"{"lifetime":1}"#, "`lifetime`"), (r#"{"lifetime_s":"1"}"#, "lifetime_s"), ("{", "EOF"), ("[]", "settings")]
    {
        let answer = platform.send("POST", "/_dev/tokens", &[], body);
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(named), "{body}: {detail}");
    }
    assert_eq!(platform.dev("GET", "/_dev/tokens", &Value::Null), before);
}

#[test]
fn a_token_is_given_whatever_the_clock_is_told() {
    let platform = Platform::start();
    for skew in [i64::MAX, i64::MIN] {
        platform.dev("POST", "/_dev/tokens", &json!({ "clock_skew_s": skew, "lifetime_s": u64::MAX }));
        assert_eq!(platform.token().split('.').count(), 3);
    }
}

#[test]
fn introspection_tells_whether_a_token_is_active_and_revocation_ends_it() {
    let platform = Platform::start();
    let (kept, revoked) = (platform.token(), platform.token());
    let told = |token: &str| platform.form("/oidc/introspect", &[("token", token)]).json();
    assert_eq!(told(&kept)["active"], true);
    assert_eq!((&told(&kept)["scope"], &told(&kept)["client_id"]), (&json!("kei.agent"), &json!("kei-dev")));
    assert_eq!(told("no token"), json!({ "active": false }));
    assert_eq!(platform.form("/oidc/revoke", &[("token", &revoked)]).status, 200);
    assert_eq!(told(&revoked), json!({ "active": false }), "nothing else is told of a token that is not active");
    assert_eq!(told(&kept)["active"], true);
    // An unknown token is no error to revoke (RFC 7009 section 2.2); no token at all is.
    assert_eq!(platform.form("/oidc/revoke", &[("token", "no token")]).status, 200);
    assert_eq!(refusal(&platform.form("/oidc/revoke", &[])), bad("invalid_request"));
    assert_eq!(refusal(&platform.form("/oidc/introspect", &[])), bad("invalid_request"));
    for path in ["/oidc/introspect", "/oidc/revoke"] {
        let answer = platform.send("POST", path, &[], &encoded(&[("token", &kept)]));
        assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()), "{path}");
    }
    assert_eq!(told(&kept)["active"], true, "who cannot prove itself cannot revoke");
}
