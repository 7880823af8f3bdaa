//! Several credentials, the first that works.

use super::*;

fn world(script: impl FnMut(&Asked) -> Reply + Send + 'static) -> World {
    let member = |id: &str| json!({ "issuer": ISSUER, "client_id": id, "client_secret": SECRET });
    let config =
        json!({ "chain": [member("first"), member("second"), { "type": "bearer", "token": "token-number-99" }] });
    World::with(SEED, &config, script).unwrap()
}

fn asks_as(asked: &Asked, id: &str) -> bool {
    use base64::Engine;
    let basic = asked.headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let basic = basic.map(|text| base64::engine::general_purpose::STANDARD.decode(text).unwrap());
    basic.is_some_and(|pair| pair.starts_with(format!("{id}:").as_bytes()))
}

#[tokio::test(start_paused = true)]
async fn the_first_that_works_is_used_until_it_works_no_more() {
    let refusal = || Reply::Answer(401, &[], r#"{"error":"invalid_client"}"#.into());
    let world = world(move |asked| match asked.number {
        0 => Reply::Usual,
        _ if asks_as(asked, "first") => refusal(),
        number if number > 3 => refusal(),
        _ => Reply::Token(600),
    });
    let credential = world.credential().await.unwrap();
    assert_eq!((number(&credential), credential.member), (2, 1));
    for _ in 0..50 {
        assert_eq!(world.number().await, 2);
    }
    assert_eq!(world.token_requests().len(), 2, "the first is not asked again while the second works");
    let status = serde_json::to_value(world.manager.status()).unwrap();
    assert_eq!(
        (&status["type"], &status["chain"][1]["state"], &status["state"]),
        (&json!("chain"), &json!("valid"), &json!("valid"))
    );
    // A 401 is for the one that the token came from.
    assert!(world.manager.rejected(&credential).await.unwrap());
    assert_eq!(world.number().await, 3);
    world.until(s(2000)).await;
    assert_eq!(world.number().await, 99);
}

#[tokio::test(start_paused = true)]
async fn when_none_works_each_says_why_and_nothing_is_sent_without_a_credential() {
    let member = |id: &str| json!({ "issuer": ISSUER, "client_id": id, "client_secret": SECRET });
    let config = json!({ "type": "chain", "chain": [member("first"), member("second")] });
    let world = World::with(SEED, &config, |asked| match asked.number {
        0 => Reply::Usual,
        _ if asks_as(asked, "first") => Reply::Answer(401, &[], r#"{"error":"invalid_client"}"#.into()),
        _ => Reply::refused(),
    })
    .unwrap();
    let error = error(world.credential().await);
    for told in
        ["none of the credentials", "auth.chain[0]: ", "invalid_client", "auth.chain[1]: ", "connection refused"]
    {
        assert!(error.message.contains(told), "{told} in {}", error.message);
    }
    assert!(error.retryable && error.retry_after.is_none_or(|wait| wait <= s(5)));
    assert!(!error.to_json().contains(SECRET));
}

#[test]
fn a_chain_that_makes_no_sense_is_refused_with_the_place_of_what_is_wrong() {
    use crate::auth::source::{Around, Source};
    for (chain, told) in [
        (json!([]), "`auth.chain` is missing"),
        (json!([{ "type": "none" }]), "`none` is none"),
        (json!([{ "chain": [{ "token": "some-token" }] }]), "another chain"),
        (json!([{ "token": "some-token" }, { "issuer": ISSUER }]), "in `auth.chain[1]`: `auth.client_id` is missing"),
    ] {
        let config: AuthConfig = serde_json::from_value(json!({ "type": "chain", "chain": chain })).unwrap();
        let error = Source::read(&config, &Around::default()).err().unwrap();
        assert!(error.message.contains(told), "{}", error.message);
    }
}
