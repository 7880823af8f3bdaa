//! The retry budget: an outage does not become a storm.

use super::*;

#[tokio::test(start_paused = true)]
async fn ten_thousand_calls_that_all_fail_make_at_most_10_035_attempts() {
    let world = World::with(&json!({ "breaker": { "enabled": false } }), Tokens::default(), |_| Does::Status(503));
    for _ in 0..10_000 {
        failed(world.run(Repeat::Safe).await);
    }
    // 500 divided by 14 is 35 retries.
    assert_eq!((world.sent(), world.pipeline.budget_left()), (10_035, 500 - 35 * 14));
    let error = failed(world.run(Repeat::Safe).await);
    assert_eq!(error.details["not_retried"], "budget");
}

#[tokio::test(start_paused = true)]
async fn a_success_after_a_retry_gives_back_what_it_drew_and_a_first_success_one() {
    let script = |number| Does::Status(if number < 6 || number == 10 { 503 } else { 200 });
    let world = World::with(&json!({ "breaker": { "enabled": false } }), Tokens::default(), script);
    failed(world.run(Repeat::Safe).await);
    failed(world.run(Repeat::Safe).await);
    assert_eq!(world.pipeline.budget_left(), 500 - 4 * 14);
    for expected in [445, 446, 447, 448] {
        world.run(Repeat::Safe).await.unwrap();
        assert_eq!(world.pipeline.budget_left(), expected);
    }
    assert_eq!(world.run(Repeat::Safe).await.unwrap().attempts, 2);
    assert_eq!(world.pipeline.budget_left(), 448);
    for _ in 0..1_000 {
        world.run(Repeat::Safe).await.unwrap();
    }
    assert_eq!(world.pipeline.budget_left(), 500);
}
