//! The credential on its way, and what a 401 brings.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_401_brings_one_new_token_and_one_replay_of_any_request() {
    for repeat in [Repeat::Safe, Repeat::Never] {
        let world = World::of(&[Does::Status(401), Does::Status(200)]);
        assert_eq!(world.run(repeat).await.unwrap().attempts, 2);
        assert_eq!(world.field("authorization"), ["Bearer token-0", "Bearer token-1"]);
        assert_eq!(world.tokens.rejections.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_401_is_an_error() {
    let world = World::of(&[Does::Status(401)]);
    let error = failed(world.run(Repeat::Safe).await);
    assert_eq!((error.code, error.attempts, world.sent()), (Code::Unauthorized, 2, 2));
    assert_eq!(world.tokens.rejections.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_401_without_a_new_token_is_not_replayed() {
    let world = World::with(&json!({}), Tokens::default(), |_| Does::Status(401));
    assert_eq!(failed(world.run(Repeat::Safe).await).attempts, 1);
    assert_eq!(world.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_no_credential_can_be_had() {
    let world = World::with(&json!({}), Tokens { fails: true, ..Tokens::default() }, |_| Does::Status(200));
    let error = failed(world.run(Repeat::Safe).await);
    assert_eq!((error.code, error.attempts, world.sent()), (Code::Token, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_not_to_be_authorized_carries_no_credential() {
    let world = World::of(&[Does::Status(200)]);
    let mut call = world.call(Repeat::Safe);
    call.authorize = false;
    world.pipeline.run(&call).await.unwrap();
    assert_eq!(world.field("authorization"), [""]);
}

#[tokio::test(start_paused = true)]
async fn a_token_goes_only_to_origins_that_are_allowed_and_never_in_the_clear() {
    let world =
        World::with(&json!({ "auth": { "token": "a-token-of-the-test" } }), Tokens::default(), |_| Does::Status(200));
    for url in [
        "https://elsewhere.example/",
        "https://kei.example:8443/",
        "http://kei.example/",
        "https://user:password@kei.example/",
        "https://token@kei.example/",
        "ftp://kei.example/",
    ] {
        let mut call = world.call(Repeat::Safe);
        call.url = url::Url::parse(url).unwrap().into();
        let error = failed(world.pipeline.run(&call).await);
        assert_eq!((error.code, world.sent()), (Code::Refused, 0), "{url}");
        assert!(!error.to_json().contains("password@") && !error.to_json().contains("token@"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn header_fields_of_the_librarys_own_are_not_the_callers_to_set() {
    let world = World::of(&[Does::Status(200)]);
    for name in [
        "authorization",
        "host",
        "content-length",
        "traceparent",
        "baggage",
        "x-correlation-id",
        "idempotency-key",
        "connection",
        "keep-alive",
        "proxy-connection",
        "upgrade",
        "te",
    ] {
        let mut call = world.call(Repeat::Safe);
        call.headers.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
        let error = failed(world.pipeline.run(&call).await);
        assert_eq!((error.code, world.sent()), (Code::Options, 0), "{name}");
        assert!(error.message.contains(name) && error.message.contains("instead"), "{error}");
    }
}

fn told(status: u16, fields: &[(&'static str, &str)]) -> Does {
    Does::With(status, fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
}

const WANTS_MORE: &[(&str, &str)] = &[
    ("www-authenticate", "DPoP algs=\"ES256\""),
    ("www-authenticate", "Bearer error=\"insufficient_scope\", scope=\"write admin\""),
];

#[tokio::test(start_paused = true)]
async fn a_403_that_names_scopes_brings_a_token_that_has_them_twice_at_most() {
    let world = World::of(&[told(403, WANTS_MORE), Does::Status(200)]);
    assert_eq!(world.run(Repeat::Never).await.unwrap().attempts, 2);
    assert_eq!(*world.tokens.stepped_up.lock().unwrap(), ["write admin"]);
    assert_eq!(world.field("authorization"), ["Bearer token-0", "Bearer token-1"]);
    // A server that is never content is asked three times in all.
    let world = World::of(&[told(403, WANTS_MORE)]);
    let error = failed(world.run(Repeat::Safe).await);
    assert_eq!((error.code, error.attempts, world.sent()), (Code::Forbidden, 3, 3));
    assert_eq!(world.tokens.stepped_up.lock().unwrap().len(), 2);
    // Another 403 says nothing of scopes.
    let world = World::of(&[Does::Status(403)]);
    assert_eq!(failed(world.run(Repeat::Safe).await).attempts, 1);
    assert!(world.tokens.stepped_up.lock().unwrap().is_empty());
    // And where no better token can be had, the 403 is the error.
    let world = World::with(&json!({}), Tokens::default(), |_| told(403, WANTS_MORE));
    assert_eq!((failed(world.run(Repeat::Safe).await).code, world.sent()), (Code::Forbidden, 1));
}

const WANTS_NONCE: &[(&str, &str)] = &[("www-authenticate", "DPoP error=\"use_dpop_nonce\""), ("dpop-nonce", "n-1")];

#[tokio::test(start_paused = true)]
async fn a_nonce_that_the_server_wants_in_the_proof_brings_one_replay_and_no_new_token() {
    let bound = || Tokens { renewable: true, bound: true, ..Tokens::default() };
    let world =
        World::with(&json!({}), bound(), |number| if number == 0 { told(401, WANTS_NONCE) } else { Does::Status(200) });
    assert_eq!(world.run(Repeat::Never).await.unwrap().attempts, 2);
    assert_eq!(world.tokens.rejections.load(Ordering::SeqCst), 0);
    let proofs = world.field("dpop");
    assert!(proofs[0].contains('.') && proofs[0] != proofs[1], "each request has a proof of its own");
    assert_eq!(world.field("authorization"), ["DPoP token-0"; 2]);
    let world = World::with(&json!({}), bound(), |_| told(401, WANTS_NONCE));
    assert_eq!((failed(world.run(Repeat::Safe).await).code, world.sent()), (Code::Unauthorized, 2));
}
