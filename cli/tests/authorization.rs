//! What the platform lets in: a token of its issuer, for it, alive, and with the scope that it takes.

mod support;

use jsonwebtoken::{Algorithm, EncodingKey, Header, decode_header, encode};
use serde_json::{Value, json};
use support::{Answer, Platform};

const AGENTS: &str = "/api/v1/registry/agents";

fn ask(platform: &Platform, token: &str) -> Answer {
    platform.ask(token, "GET", AGENTS, &Value::Null)
}

/// Asserts that a request is refused for its token, with the challenge that RFC 6750 asks for.
fn refused(platform: &Platform, token: &str, why: &str) {
    let answer = ask(platform, token);
    assert_eq!(answer.status, 401, "{}", answer.text());
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{challenge}");
    let problem = answer.json();
    assert_eq!(problem["code"], "invalid_token");
    assert!(problem["detail"].as_str().unwrap().contains(why), "{problem}");
}

#[test]
fn every_platform_endpoint_refuses_a_request_without_a_token() {
    let platform = Platform::start();
    let endpoints = [
        ("POST", "/api/v1/rpc/plan"),
        ("POST", "/api/v1/rpc/none"),
        ("GET", AGENTS),
        ("POST", AGENTS),
        ("GET", "/api/v1/registry/agents/a"),
        ("PUT", "/api/v1/registry/agents/a"),
        ("DELETE", "/api/v1/registry/agents/a"),
        ("GET", "/api/v1/registry/agents/a/capabilities"),
        ("POST", "/api/v1/registry/agents/a/capabilities"),
        ("POST", "/api/v1/agents-mgmt/register"),
        ("POST", "/api/v1/agents-mgmt/a/heartbeat"),
        ("POST", "/api/v1/agents-mgmt/a/capabilities/advertise"),
    ];
    for (method, path) in endpoints {
        for headers in [&[][..], &[("authorization", "Basic eDp5")], &[("authorization", "Bearer")]] {
            let answer = platform.send(method, path, headers, "{}");
            assert_eq!(answer.status, 401, "{method} {path}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "a bare challenge: nothing was wrong yet");
            assert_eq!(answer.json()["code"], "missing_token");
        }
    }
    assert_eq!(platform.get("/api/v1/health").json()["status"], "ok", "the health is anyone's to ask");
}

#[test]
fn a_token_of_the_issuer_is_let_in_whatever_the_case_of_its_scheme() {
    let platform = Platform::start();
    let token = platform.token();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer = platform.send("GET", AGENTS, &[("authorization", &format!("{scheme} {token}"))], "");
        assert_eq!(answer.status, 200, "{scheme}: {}", answer.text());
    }
}

#[test]
fn a_token_with_a_tampered_signature_or_other_claims_is_refused() {
    let platform = Platform::start();
    let token = platform.token();
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    refused(&platform, &format!("{rest}.{first}{}", &signature[1..]), "InvalidSignature");
    refused(&platform, &format!("{rest}."), "InvalidSignature");
    let other = platform.token_with(&[("scope", "kei.agent kei.admin")]);
    let parts: Vec<&str> = token.split('.').collect();
    let claims = other.split('.').nth(1).unwrap();
    refused(&platform, &format!("{}.{claims}.{}", parts[0], parts[2]), "InvalidSignature");
    refused(&platform, "not.a.token", "not valid");
    assert_eq!(ask(&platform, &token).status, 200);
}

#[test]
fn a_token_signed_with_another_key_is_refused_even_under_the_right_key_identifier() {
    let platform = Platform::start();
    let told = platform.form("/oidc/introspect", &[("token", &platform.token())]).json();
    let mut claims = told.as_object().unwrap().clone();
    claims.remove("active");
    let header = Header { kid: decode_header(platform.token()).unwrap().kid, ..Header::new(Algorithm::ES256) };
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let key = EncodingKey::from_ec_pem(key.serialize_pem().as_bytes()).unwrap();
    refused(&platform, &encode(&header, &claims, &key).unwrap(), "InvalidSignature");
    // Nor may a token choose an algorithm that takes no key to forge.
    let forged = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(b"")).unwrap();
    refused(&platform, &forged, "InvalidAlgorithm");
}

#[test]
fn an_expired_token_is_refused_and_one_from_a_fast_clock_is_not() {
    let platform = Platform::start();
    let skew = |seconds: i64| platform.dev("POST", "/_dev/tokens", &json!({ "clock_skew_s": seconds }));
    skew(-7200);
    let expired = platform.token();
    refused(&platform, &expired, "ExpiredSignature");
    assert_eq!(platform.form("/oidc/introspect", &[("token", &expired)]).json(), json!({ "active": false }));
    skew(7200);
    assert_eq!(ask(&platform, &platform.token()).status, 200);
    skew(i64::MIN);
    refused(&platform, &platform.token(), "not valid");
}

#[test]
fn a_token_for_another_audience_is_refused() {
    let platform = Platform::start();
    for parameter in ["audience", "resource"] {
        let token = platform.token_with(&[(parameter, "https://other.example")]);
        refused(&platform, &token, "InvalidAudience");
    }
    assert_eq!(ask(&platform, &platform.token_with(&[("audience", platform.base())])).status, 200);
    assert_eq!(
        ask(&platform, &platform.token_with(&[("audience", "")])).status,
        200,
        "an empty field is an absent one"
    );
}

#[test]
fn a_token_without_the_scope_is_forbidden_with_a_challenge_that_names_it() {
    let platform = Platform::start();
    let answer = ask(&platform, &platform.token_with(&[("scope", "kei.admin")]));
    assert_eq!((answer.status, answer.json()["code"].as_str()), (403, Some("insufficient_scope")));
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer error=\"insufficient_scope\""), "{challenge}");
    assert!(challenge.contains("scope=\"kei.agent\""), "{challenge}");
}

#[test]
fn revoking_all_ends_every_token_given_so_far_and_no_later_one() {
    let platform = Platform::start();
    let before = [platform.token(), platform.token()];
    platform.dev("POST", "/_dev/tokens", &json!({ "revoke_all": true }));
    for token in &before {
        refused(&platform, token, "revoked");
    }
    let after = platform.token();
    assert_eq!(ask(&platform, &after).status, 200);
    assert_eq!(platform.form("/oidc/revoke", &[("token", &after)]).status, 200);
    refused(&platform, &after, "revoked");
    assert_eq!(ask(&platform, &platform.token()).status, 200);
}
