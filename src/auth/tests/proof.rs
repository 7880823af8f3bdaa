//! Signed proofs: of the client, and of the key that a token is bound to.

use super::grants::form;
use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::Method;
use sha2::{Digest, Sha256};
use url::Url;

fn keys() -> [(Algorithm, &'static str, rcgen::KeyPair); 4] {
    let rsa = || rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    [
        (Algorithm::RS256, "RS256", rsa()),
        (Algorithm::PS256, "PS256", rsa()),
        (Algorithm::ES256, "ES256", rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()),
        (Algorithm::EdDSA, "EdDSA", rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap()),
    ]
}

fn checking(algorithm: Algorithm, pair: &rcgen::KeyPair) -> DecodingKey {
    let pem = pair.public_key_pem();
    match algorithm {
        Algorithm::ES256 => DecodingKey::from_ec_pem(pem.as_bytes()),
        Algorithm::EdDSA => DecodingKey::from_ed_pem(pem.as_bytes()),
        _ => DecodingKey::from_rsa_pem(pem.as_bytes()),
    }
    .unwrap()
}

/// Reads a JWT without the clock, which is virtual here.
fn verified(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    audience: Option<&str>,
) -> (jsonwebtoken::Header, serde_json::Value) {
    let mut rules = Validation::new(algorithm);
    (rules.validate_exp, rules.validate_aud) = (false, audience.is_some());
    rules.required_spec_claims.clear();
    if let Some(audience) = audience {
        rules.set_audience(&[audience]);
    }
    let token = jsonwebtoken::decode::<serde_json::Value>(token, key, &rules).expect("signed by the key");
    (token.header, token.claims)
}

#[tokio::test(start_paused = true)]
async fn the_client_signs_who_it_is_for_this_issuer_alone_with_each_algorithm() {
    for (algorithm, name, pair) in keys() {
        let config = json!({ "issuer": ISSUER, "client_id": "the client", "private_key": pair.serialize_pem(),
            "private_key_id": "k1", "signing_algorithm": name });
        let world =
            World::with(SEED, &config, |asked| if asked.number == 1 { Reply::status(503) } else { Reply::Usual })
                .unwrap();
        world.number().await;
        let asked: Vec<_> = world.asked().into_iter().filter(|asked| asked.number > 0).collect();
        assert_eq!(asked.len(), 2);
        let key = checking(algorithm, &pair);
        let statements: Vec<_> = asked.iter().map(|asked| form(asked)["client_assertion"].clone()).collect();
        let read: Vec<_> = statements.iter().map(|text| verified(text, &key, algorithm, Some(ISSUER))).collect();
        for (header, claims) in &read {
            assert_eq!((header.alg, header.kid.as_deref()), (algorithm, Some("k1")));
            assert_eq!(
                (&claims["iss"], &claims["sub"], &claims["aud"]),
                (&json!("the client"), &json!("the client"), &json!(ISSUER))
            );
            assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60);
        }
        assert_ne!(read[0].1["jti"], read[1].1["jti"], "a statement is good once");
        let sent = form(&asked[0]);
        assert_eq!(sent["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assert!(!asked[0].headers.contains_key("authorization") && !sent.contains_key("client_secret"));
        assert!(!world.redactor.scrub(&pair.serialize_pem()).contains("PRIVATE KEY-----\nM"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_in_any_usual_form_is_taken_and_one_that_cannot_sign_is_refused_with_its_field() {
    let with = |key: &str, more: serde_json::Value| {
        let mut config = json!({ "issuer": ISSUER, "client_id": "c", "private_key": key });
        for (name, value) in more.as_object().unwrap() {
            config[name] = value.clone();
        }
        World::with(SEED, &config, |_| Reply::Usual).map(|_| ()).map_err(|error| error.message.clone())
    };
    let [rsa, _, elliptic, _] = keys();
    // OpenSSL writes these: the same keys in the forms of PKCS #1 and SEC 1.
    let converted = |pem: &str, arguments: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, pem).unwrap();
        let done =
            std::process::Command::new("openssl").args(arguments).arg("-in").arg(&file).output().expect("openssl runs");
        String::from_utf8(done.stdout).unwrap()
    };
    let pkcs1 = converted(&rsa.2.serialize_pem(), &["rsa", "-traditional"]);
    assert!(pkcs1.contains("BEGIN RSA PRIVATE KEY"), "{pkcs1}");
    let sec1 = converted(&elliptic.2.serialize_pem(), &["ec"]);
    assert!(sec1.contains("BEGIN EC PRIVATE KEY"), "{sec1}");
    for key in [rsa.2.serialize_pem(), elliptic.2.serialize_pem(), pkcs1, sec1] {
        assert_eq!(with(&key, json!({})), Ok(()));
    }
    let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap().serialize_pem();
    for (key, more, told) in [
        ("nonsense", json!({}), "not a private key in PEM"),
        (p384.as_str(), json!({}), "one on P-256"),
        (&rsa.2.serialize_pem(), json!({ "signing_algorithm": "ES256" }), "does not sign with ES256"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----", json!({}), "is encrypted"),
        (&rsa.2.serialize_pem(), json!({ "client_secret": "some-secret" }), "exclude each other"),
        (&rsa.2.serialize_pem(), json!({ "client_auth_method": "client_secret_post" }), "takes no private key"),
    ] {
        let error = with(key, more).unwrap_err();
        assert!(error.contains(told) && error.contains("`auth."), "{error}");
    }
}

const RESOURCE: &str = "https://api.example/a/b?c=d#e";

/// The fields of a request to the resource, and what its proof says.
fn proof(world: &World, credential: &Credential) -> (HeaderMap, jsonwebtoken::Header, serde_json::Value) {
    let mut headers = HeaderMap::new();
    credential.authorize(&Method::GET, &Url::parse(RESOURCE).unwrap(), &mut headers, &*world.clock).unwrap();
    let text = headers["dpop"].to_str().unwrap();
    let (header, claims) = read_proof(text);
    (headers.clone(), header, claims)
}

/// Checks a proof by the key that it shows.
fn read_proof(text: &str) -> (jsonwebtoken::Header, serde_json::Value) {
    let header = jsonwebtoken::decode_header(text).unwrap();
    assert_eq!((header.typ.as_deref(), header.alg), (Some("dpop+jwt"), Algorithm::ES256));
    let shown: Jwk = header.jwk.clone().expect("the key is shown");
    assert!(!serde_json::to_string(&shown).unwrap().contains("\"d\""), "and never its private half");
    verified(text, &DecodingKey::from_jwk(&shown).unwrap(), Algorithm::ES256, None)
}

fn bound(number: usize, kind: &str) -> Reply {
    Reply::json(
        json!({ "access_token": format!("token-number-{number}"), "token_type": kind, "expires_in": 3600 }).to_string(),
    )
}

fn dpop(script: impl FnMut(&Asked) -> Reply + Send + 'static) -> World {
    let config = json!({ "issuer": ISSUER, "client_id": "c", "client_secret": SECRET, "dpop": true });
    World::with(SEED, &config, script).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_proof_names_the_request_its_token_and_the_servers_nonce_and_is_good_once() {
    let world = dpop(|asked| if asked.number > 0 { bound(asked.number, "DPoP") } else { Reply::Usual });
    let credential = world.credential().await.unwrap();
    let (headers, _, claims) = proof(&world, &credential);
    assert_eq!(headers["authorization"], "DPoP token-number-1");
    assert!(headers["authorization"].is_sensitive() && headers["dpop"].is_sensitive());
    assert_eq!((&claims["htm"], &claims["htu"]), (&json!("GET"), &json!("https://api.example/a/b")));
    assert_eq!(claims["ath"], URL_SAFE_NO_PAD.encode(Sha256::digest("token-number-1")));
    assert!(claims.get("nonce").is_none());
    let answer: HeaderMap =
        [(HeaderName::from_static("dpop-nonce"), HeaderValue::from_static("n-1"))].into_iter().collect();
    let url = Url::parse(RESOURCE).unwrap();
    assert!(credential.heard(&url, &answer) && !credential.heard(&url, &answer), "the same again is no news");
    let (_, _, next) = proof(&world, &credential);
    assert_eq!(next["nonce"], "n-1");
    assert_ne!(next["jti"], claims["jti"]);
    // The nonce of one server is not another's.
    let mut other = HeaderMap::new();
    credential
        .authorize(&Method::GET, &Url::parse("https://other.example/").unwrap(), &mut other, &*world.clock)
        .unwrap();
    assert!(read_proof(other["dpop"].to_str().unwrap()).1.get("nonce").is_none());
}

#[tokio::test(start_paused = true)]
async fn the_token_endpoint_gets_a_proof_and_the_nonce_that_it_asks_for_once() {
    const WANTS: &str = r#"{"error":"use_dpop_nonce"}"#;
    let world = dpop(|asked| match asked.number {
        0 => Reply::Usual,
        1 => Reply::Answer(400, &[("dpop-nonce", "n-1")], WANTS.into()),
        _ => bound(asked.number, "dpop"),
    });
    assert_eq!(world.credential().await.unwrap().kind(), "DPoP");
    let proofs: Vec<_> = world
        .asked()
        .iter()
        .filter(|asked| asked.number > 0)
        .map(|asked| read_proof(asked.headers["dpop"].to_str().unwrap()).1)
        .collect();
    assert_eq!((&proofs[0]["htm"], &proofs[0]["htu"]), (&json!("POST"), &json!(format!("{ISSUER}/token"))));
    assert!(proofs[0].get("ath").is_none() && proofs[0].get("nonce").is_none());
    assert_eq!((proofs.len(), &proofs[1]["nonce"]), (2, &json!("n-1")));
    assert_ne!(proofs[0]["jti"], proofs[1]["jti"]);
    // One that is never content is not asked for ever.
    let mut count = 0;
    let world = dpop(move |asked| {
        if asked.number == 0 {
            return Reply::Usual;
        }
        count += 1;
        Reply::Answer(400, if count % 2 == 0 { &[("dpop-nonce", "a")] } else { &[("dpop-nonce", "b")] }, WANTS.into())
    });
    assert_eq!(error(world.credential().await).oauth_error.as_deref(), Some("use_dpop_nonce"));
    assert_eq!(world.token_requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_for_anyone_is_refused_where_one_for_this_key_was_asked_for() {
    let world = dpop(|asked| if asked.number > 0 { bound(asked.number, "Bearer") } else { Reply::Usual });
    let refused = error(world.credential().await);
    assert!(refused.message.contains("of the type Bearer, not DPoP"), "{}", refused.message);
    let elsewhere = URL_SAFE_NO_PAD.encode(r#"{"cnf":{"jkt":"another"}}"#);
    let world = dpop(move |asked| {
        let answer = json!({ "access_token": format!("e30.{elsewhere}.c2ln"), "token_type": "DPoP", "expires_in": 60 });
        if asked.number > 0 { Reply::json(answer.to_string()) } else { Reply::Usual }
    });
    assert!(error(world.credential().await).message.contains("bound to another key"));
    // And the other way round: a token that is bound cannot be used without its key.
    let world = World::new(SEED, |asked| if asked.number > 0 { bound(1, "DPoP") } else { Reply::Usual });
    assert!(error(world.credential().await).message.contains("of the type DPoP, not Bearer"));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_replaced_in_its_file_signs_the_next_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    let pairs = [0; 2].map(|_| rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap());
    std::fs::write(&file, pairs[0].serialize_pem()).unwrap();
    let config = json!({ "issuer": ISSUER, "client_id": "c", "private_key_file": file });
    let world = World::with(SEED, &config, |_| Reply::Usual).unwrap();
    for (number, pair) in (1..).zip(&pairs) {
        std::fs::write(&file, pair.serialize_pem()).unwrap();
        world.refresh().await;
        assert_eq!(world.number().await, number);
        let statement = form(world.asked().last().unwrap())["client_assertion"].clone();
        verified(&statement, &checking(Algorithm::ES256, pair), Algorithm::ES256, Some(ISSUER));
    }
}
