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
async fn the_delays_of_failing_calls_are_full_jitter_as_the_server_sees_them() {
    let changes = json!({ "breaker": { "enabled": false }, "retry": { "budget": 1_000_000 } });
    let world = World::with(&changes, Tokens::default(), |_| Does::Status(503));
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for call in 0..2_000 {
        failed(world.run(Repeat::Safe).await);
        let arrived = world.server.arrived.lock().unwrap();
        let [one, two, three] = &arrived[call * 3..] else { panic!("three attempts a call") };
        first.push(two.at.saturating_sub(one.at).as_secs_f64() / 0.05);
        second.push(three.at.saturating_sub(two.at).as_secs_f64() / 0.1);
    }
    // Tokio's timers are of whole milliseconds, rounded up: of 50, that shifts the whole by a hundredth.
    for (mut drawn, step) in [(first, 1.0 / 50.0), (second, 1.0 / 100.0)] {
        drawn.sort_by(f64::total_cmp);
        let n = 2_000_f64;
        let distance = (0_u32..).zip(&drawn).map(|(index, value)| {
            let (below, above) = (f64::from(index) / n, f64::from(index + 1) / n);
            (value - below).abs().max((value - above).abs())
        });
        let distance = distance.fold(0.0, f64::max);
        // The Kolmogorov–Smirnov bound at the 0.1 % level, and the rounding.
        assert!(distance < 1.95 / n.sqrt() + step, "distance {distance}");
    }
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
