//! A second request beside the first.

use super::*;

const USUAL: Duration = Duration::from_millis(100);

/// A server that answers in the usual time, but for requests from number `from` on, of which each does what `odd` says.
fn hedging(from: usize, odd: &[Does]) -> World {
    let odd = odd.to_vec();
    let changes = json!({ "hedge": { "enabled": true }, "breaker": { "enabled": false } });
    World::with(&changes, Tokens::default(), move |number| match number.checked_sub(from) {
        Some(at) => odd[at.min(odd.len() - 1)].clone(),
        None => Does::Slow(USUAL, 200),
    })
}

async fn warm(world: &World, calls: usize) {
    for _ in 0..calls {
        world.run(Repeat::Safe).await.unwrap();
    }
    assert_eq!(world.sent(), calls, "no answer took longer than others");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_longer_than_nearly_all_others_is_asked_for_once_more() {
    let world = hedging(40, &[Does::Slow(ms(5_000), 200), Does::Slow(ms(10), 200)]);
    warm(&world, 40).await;
    let start = world.clock.now();
    let reply = world.run(Repeat::Safe).await.unwrap();
    // 40 calls brought two hedges of 5 %.
    assert_eq!((reply.attempts, world.sent()), (2, 42));
    assert_eq!(
        world.clock.now().saturating_sub(start),
        USUAL + ms(10),
        "the 95th of a hundred answers came after that"
    );
    assert_eq!(world.server.abandoned.load(Ordering::SeqCst), 1, "the slow one is given up");
    assert_eq!(world.pipeline.budget_left(), 500, "what it drew came back");
}

#[tokio::test(start_paused = true)]
async fn a_second_request_that_fails_does_not_end_the_first() {
    for second in [Does::Status(500), connect()] {
        let world = hedging(40, &[Does::Slow(ms(300), 200), second]);
        warm(&world, 40).await;
        let reply = world.run(Repeat::Safe).await.unwrap();
        assert_eq!((reply.attempts, world.sent()), (2, 42));
    }
    // And the other way round.
    let world = hedging(40, &[Does::Slow(ms(150), 500), Does::Slow(ms(300), 200)]);
    warm(&world, 40).await;
    assert_eq!(world.run(Repeat::Safe).await.unwrap().attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_sent_twice_is_not_nor_anything_before_it_is_known_how_long_answers_take() {
    let world = hedging(40, &[Does::Slow(ms(500), 200)]);
    warm(&world, 40).await;
    world.run(Repeat::Never).await.unwrap();
    assert_eq!(world.sent(), 41);
    let world = hedging(19, &[Does::Slow(ms(500), 200)]);
    warm(&world, 19).await;
    world.run(Repeat::Safe).await.unwrap();
    assert_eq!(world.sent(), 20, "nineteen answers tell nothing");
    let off = World::of(&[Does::Slow(ms(5_000), 200)]);
    off.run(Repeat::Safe).await.unwrap();
    assert_eq!(off.sent(), 1, "it is off unless asked for");
}

#[tokio::test(start_paused = true)]
async fn at_most_one_call_in_twenty_is_sent_twice_and_none_when_the_budget_is_spent() {
    // The time doubles from call to call, so that each is slower than all before it.
    let slower = |number: usize| Does::Slow(ms(100) + ms(number as u64), 200);
    let changes = json!({ "hedge": { "enabled": true, "quantile": 0.5 } });
    let world = World::with(&changes, Tokens::default(), slower);
    for calls in 1..=1_000 {
        world.run(Repeat::Safe).await.unwrap();
        assert!((world.sent() - calls) * 20 <= calls, "{} of {calls}", world.sent() - calls);
    }
    assert!(world.sent() >= 1_040, "and nearly as many are: {}", world.sent());
    let changes = json!({ "hedge": { "enabled": true, "quantile": 0.5 }, "retry": { "budget": 13 } });
    let world = World::with(&changes, Tokens::default(), slower);
    for _ in 0..100 {
        world.run(Repeat::Safe).await.unwrap();
    }
    assert_eq!(world.sent(), 100);
}

#[tokio::test(start_paused = true)]
async fn the_shortest_wait_is_fifty_milliseconds() {
    let changes = json!({ "hedge": { "enabled": true } });
    let world =
        World::with(&changes, Tokens::default(), |number| Does::Slow(if number < 40 { ms(1) } else { ms(500) }, 200));
    warm(&world, 40).await;
    world.run(Repeat::Safe).await.unwrap();
    let times = world.times();
    assert_eq!(times[41].saturating_sub(times[40]), ms(50));
}
