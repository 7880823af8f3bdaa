//! What the issuer says of a token's life, and what it means.

use super::*;

/// A world whose issuer says `life` of every token.
fn living(life: Option<serde_json::Value>) -> World {
    World::new(SEED, move |asked| match asked.number {
        0 => Reply::Usual,
        number => Reply::json(token(number, life.clone())),
    })
}

#[tokio::test(start_paused = true)]
async fn a_life_as_a_number_or_as_its_digits_means_the_same() {
    for life in [json!(3600), json!("3600"), json!(3600.0)] {
        let world = living(Some(life));
        assert_eq!(world.number().await, 1);
        assert_eq!(world.manager.status().expires_in_ms, Some(3_590_000));
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_of_unknown_life_is_used_until_a_401_and_renewed_softly_after_fifteen_minutes() {
    let world = World::new(SEED, |asked| match asked.number {
        0 => Reply::Usual,
        1 => Reply::json(token(1, None)),
        2..=40 => Reply::refused(),
        number => Reply::json(token(number, None)),
    });
    assert_eq!(world.number().await, 1);
    world.until(s(899)).await;
    assert_eq!((world.number().await, world.token_requests().len()), (1, 1));
    world.until(s(901)).await;
    assert!(world.token_requests().len() > 1, "the renewal begins after a quarter of an hour");
    world.until(s(1000)).await;
    assert_eq!(world.number().await, 1, "a failed renewal does not end it");
    assert!(world.manager.status().expires_in_ms.is_none());
    let world = living(None);
    assert_eq!(world.number().await, 1);
    assert!(world.rejected(1).await.unwrap());
    assert_eq!(world.number().await, 2, "a 401 ends it");
}

#[tokio::test(start_paused = true)]
async fn a_token_of_no_life_serves_those_who_waited_and_is_not_kept() {
    let world = World::new(SEED, |asked| if asked.number > 0 { Reply::Token(0).later(s(1)) } else { Reply::Usual });
    let waiting = futures_util::future::join_all((0..10).map(|_| world.number())).await;
    assert_eq!(waiting, [1; 10]);
    assert_eq!(world.number().await, 2);
    assert_eq!(world.number().await, 3);
    assert_eq!(world.token_requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_life_that_is_no_number_is_a_clear_error() {
    for life in
        [json!(-1), json!("-1"), json!("an hour"), json!("3600s"), json!(""), json!([3600]), json!({}), json!(true)]
    {
        let world = living(Some(life.clone()));
        let error = error(world.credential().await);
        assert_eq!(error.code, Code::Token, "{life}");
        assert!(error.message.contains(ISSUER) && error.message.contains("expires_in is not a number of seconds"));
        assert!(!error.to_json().contains("token-number"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_absurd_life_is_taken_as_a_long_one() {
    for life in [json!(u64::MAX), json!(1e300), json!("99999999999999999999999999")] {
        let world = living(Some(life));
        assert_eq!(world.number().await, 1);
        world.until(24 * HOUR).await;
        assert_eq!(world.number().await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_life_runs_from_when_the_token_was_asked_for() {
    // Metadata after 7 s, a failed attempt of 4 s, and then a token 9 s after it was asked for.
    let world = World::new(SEED, |asked| match asked.number {
        0 => Reply::Usual.later(s(7)),
        1 => Reply::status(503).later(s(4)),
        _ => Reply::Token(100).later(s(9)),
    });
    assert_eq!(world.number().await, 2);
    let sent = world.token_requests()[1];
    assert_eq!(world.elapsed(), sent + s(9));
    // A hundred seconds, less the twentieth that is not used, less the nine that the answer took.
    assert_eq!(world.manager.status().expires_in_ms, Some(86_000));
}
