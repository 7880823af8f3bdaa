//! One deadline over tokens, pauses and attempts together.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_attempt_that_hangs_ends_with_its_own_time_and_is_tried_again() {
    let world = World::of(&[Does::Hangs, Does::Status(200)]);
    assert_eq!(world.run(Repeat::Safe).await.unwrap().attempts, 2);
    let times = world.times();
    assert!(times[1] >= Duration::from_secs(10) && times[1] <= ms(10_050), "{times:?}");
    assert_eq!(world.server.arrived.lock().unwrap()[0].timeout, Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn whatever_hangs_the_call_ends_at_its_deadline_and_says_what_for() {
    let hanging = Tokens { hangs: true, ..Tokens::default() };
    for (world, part) in [
        (World::of(&[Does::Hangs]), "an answer of https://kei.example (attempt 1)"),
        (World::with(&json!({}), hanging, |_| Does::Status(200)), "a token for https://kei.example"),
    ] {
        let start = world.clock.now();
        let error = failed(world.pipeline.run(&world.call_within(Repeat::Safe, ms(1_234))).await);
        assert_eq!((error.code, error.retryable), (Code::Deadline, true), "{error}");
        assert!(error.message.contains(part) && error.message.contains("1234 ms"), "{error}");
        assert_eq!(millis(world.clock.now().saturating_sub(start)), 1_234);
    }
}

#[tokio::test(start_paused = true)]
async fn no_pause_is_begun_that_would_outlast_the_deadline() {
    let slow = json!({ "retry": { "strategy": "fixed", "base_ms": 5_000 } });
    let world = World::with(&slow, Tokens::default(), |_| Does::Status(503));
    let start = world.clock.now();
    let error = failed(world.pipeline.run(&world.call_within(Repeat::Safe, ms(3_000))).await);
    assert_eq!((error.code, &error.details["not_retried"]), (Code::Remote, &"deadline".into()));
    assert_eq!((world.clock.now(), error.attempts), (start, 1));
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_outlasts_the_deadline_fails_at_once() {
    let world = World::of(&[Does::With(429, vec![("retry-after", "20".into())])]);
    failed(world.pipeline.run(&world.call_within(Repeat::Safe, ms(1_000))).await);
    let start = world.clock.now();
    let error = failed(world.pipeline.run(&world.call_within(Repeat::Safe, ms(1_000))).await);
    assert_eq!((error.code, error.attempts, world.sent()), (Code::RateLimited, 0, 1));
    assert!(error.retry_after.unwrap() >= Duration::from_secs(20), "{error}");
    assert_eq!(world.clock.now(), start);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_has_passed_sends_nothing() {
    let world = World::of(&[Does::Status(200)]);
    let error = failed(world.pipeline.run(&world.call_within(Repeat::Safe, Duration::ZERO)).await);
    assert_eq!((error.code, world.sent()), (Code::Deadline, 0));
}
