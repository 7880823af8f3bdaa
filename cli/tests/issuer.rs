//! The platform's OIDC issuer, and the check of its tokens.

mod support;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};
use support::Platform;

const GRANT: &str = "grant_type=client_credentials";

/// The status with which the platform answers a token.
fn echo(platform: &Platform, token: &str) -> support::Answer {
    platform.with_token(token, "POST", "/api/v1/rpc/echo", &json!({}))
}

#[test]
fn its_metadata_stands_at_all_three_places_and_its_keys_verify_its_tokens() {
    let platform = Platform::start();
    let issuer = format!("{}/oidc", platform.url);
    let places = [
        "/.well-known/oauth-authorization-server/oidc",
        "/.well-known/openid-configuration/oidc",
        "/oidc/.well-known/openid-configuration",
    ];
    for place in places {
        let metadata = platform.get(place);
        assert_eq!(
            (&metadata["issuer"], &metadata["token_endpoint"]),
            (&json!(issuer), &json!(format!("{issuer}/token")))
        );
    }
    let keys = platform.get("/oidc/jwks");
    let key = &keys["keys"][0];
    let coordinate = |name: &str| key[name].as_str().unwrap();
    let key = DecodingKey::from_ec_components(coordinate("x"), coordinate("y")).unwrap();
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_issuer(&[&issuer]);
    rules.set_audience(&[&platform.url]);
    let token = jsonwebtoken::decode::<Value>(platform.token(), &key, &rules).unwrap();
    assert_eq!((token.header.typ.as_deref(), &token.claims["client_id"]), (Some("at+jwt"), &json!("kei-dev")));
}

#[test]
fn a_client_proves_itself_by_header_or_by_form_with_any_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let secret = "a+b/c %d:e=f&g ü";
    std::fs::write(&file, format!("{secret}\n")).unwrap();
    let platform = Platform::with(&["--client-secret-file", file.to_str().unwrap()]);
    assert_eq!(platform.ask_for_token(GRANT).status, 200);
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let post = |secret: &str| {
        platform.send("POST", "/oidc/token", &[], &format!("{GRANT}&client_id=kei-dev&client_secret={secret}")).unwrap()
    };
    assert_eq!(post(&encoded).status, 200);
    let refused = post("wrong");
    assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("invalid_client")));
    let wrong = Platform::basic("kei-dev", "wrong");
    let refused = platform.send("POST", "/oidc/token", &[("authorization", &wrong)], GRANT).unwrap();
    assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("invalid_client")));
    assert!(refused.header("www-authenticate").is_some());
    let stats = platform.get("/_dev/stats");
    assert_eq!((&stats["token_requests"], &stats["token_requests_granted"]), (&json!(4), &json!(2)));
}

#[test]
fn a_request_that_does_not_fit_is_answered_with_the_error_of_the_specification() {
    let platform = Platform::start();
    for (form, error) in [
        ("", "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&scope=kei.agent+nothing", "invalid_scope"),
    ] {
        let answer = platform.ask_for_token(form);
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!(error)), "{form}");
    }
}

#[test]
fn its_lifetime_can_be_told_in_every_way_that_issuers_do() {
    let platform = Platform::start();
    let life = |settings: Value| {
        assert_eq!(platform.post("/_dev/tokens", &settings).status, 200);
        platform.ask_for_token(GRANT).json()["expires_in"].clone()
    };
    assert_eq!(life(json!({})), 3600);
    assert_eq!(life(json!({ "lifetime_s": 90 })), 90);
    assert_eq!(life(json!({ "expires_in_as_string": true })), "90");
    assert_eq!(life(json!({ "omit_expires_in": true })), Value::Null);
    let wrong = platform.post("/_dev/tokens", &json!({ "lifetime": 1 }));
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("`lifetime`"), "{wrong:?}");
}

#[test]
fn the_platform_takes_only_tokens_that_hold_up() {
    let platform = Platform::start();
    let good = platform.token();
    assert_eq!(echo(&platform, &good).status, 200);
    let parts: Vec<&str> = good.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    claims["scope"] = json!("kei.agent kei.admin");
    let changed = URL_SAFE_NO_PAD.encode(claims.to_string());
    let other = EncodingKey::from_ec_pem(rcgen::KeyPair::generate().unwrap().serialize_pem().as_bytes()).unwrap();
    let foreign = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &other).unwrap();
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let unsigned = format!("{none}.{}.", parts[1]);
    let elsewhere = platform.ask_for_token(&format!("{GRANT}&audience=https://elsewhere.example")).json();
    platform.post("/_dev/tokens", &json!({ "clock_skew_s": -7200 }));
    let expired = platform.token();
    platform.post("/_dev/tokens", &json!({ "clock_skew_s": 0 }));
    for (what, token) in [
        ("changed claims", format!("{}.{changed}.{}", parts[0], parts[2])),
        ("another key", foreign),
        ("no signature", unsigned),
        ("another audience", elsewhere["access_token"].as_str().unwrap().to_owned()),
        ("expired", expired),
        ("nonsense", "nonsense".to_owned()),
    ] {
        let answer = echo(&platform, &token);
        assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("invalid_token")), "{what}");
        assert!(answer.header("www-authenticate").unwrap().contains("invalid_token"), "{what}");
    }
    assert_eq!(platform.post("/api/v1/rpc/echo", &json!({})).status, 401);
    let admin = platform.ask_for_token(&format!("{GRANT}&scope=kei.admin")).json();
    let short = echo(&platform, admin["access_token"].as_str().unwrap());
    assert_eq!(short.status, 403);
    assert!(short.header("www-authenticate").unwrap().contains("insufficient_scope"), "{short:?}");
}

#[test]
fn a_revoked_token_is_refused_and_inactive() {
    let platform = Platform::start();
    let (first, second, third) = (platform.token(), platform.token(), platform.token());
    let basic = Platform::basic("kei-dev", platform.secret());
    let form = |path: &str, token: &str| {
        platform.send("POST", path, &[("authorization", &basic)], &format!("token={token}")).unwrap()
    };
    let active = |token: &str| form("/oidc/introspect", token).json()["active"] == true;
    assert!(active(&first) && active(&second));
    assert_eq!(form("/oidc/revoke", &first).status, 200);
    assert_eq!((echo(&platform, &first).status, active(&first)), (401, false));
    assert_eq!((echo(&platform, &second).status, active(&second)), (200, true));
    platform.post("/_dev/tokens", &json!({ "revoke_all": true }));
    assert_eq!((echo(&platform, &third).status, active(&third)), (401, false));
    assert_eq!(echo(&platform, &platform.token()).status, 200);
}
