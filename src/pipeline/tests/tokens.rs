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
    world.pipeline.run(call).await.unwrap();
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
        call.url = url::Url::parse(url).unwrap();
        let error = failed(world.pipeline.run(call).await);
        assert_eq!((error.code, world.sent()), (Code::Refused, 0), "{url}");
        assert!(!error.to_json().contains("password@") && !error.to_json().contains("token@"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn header_fields_of_the_librarys_own_are_not_the_callers_to_set() {
    let world = World::of(&[Does::Status(200)]);
    for name in ["authorization", "host", "content-length", "traceparent", "x-correlation-id", "idempotency-key"] {
        let mut call = world.call(Repeat::Safe);
        call.headers.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
        let error = failed(world.pipeline.run(call).await);
        assert_eq!((error.code, world.sent()), (Code::Options, 0), "{name}");
        assert!(error.message.contains(name) && error.message.contains("instead"), "{error}");
    }
}
