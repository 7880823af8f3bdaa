//! Soft and mandatory: when a token is renewed, and who waits for it.

use super::*;
use futures_util::FutureExt;

/// The first token at once, then what `then` says.
fn first_then(then: impl Fn(&Asked) -> Reply + Send + 'static) -> impl FnMut(&Asked) -> Reply + Send + 'static {
    move |asked| if asked.number > 1 { then(asked) } else { Reply::Usual }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_starts_between_seventy_and_eighty_five_percent_and_nobody_waits_though_the_issuer_hangs() {
    let mut points = Vec::new();
    for seed in 0..200 {
        let world = World::new(seed, first_then(|_| Reply::Hang));
        assert_eq!(world.number().await, 1);
        // To just before the mandatory margin of a minute.
        for at in (100..3540).step_by(20) {
            world.until(s(at)).await;
            let ready = world.manager.credential().now_or_never();
            assert!(ready.is_some_and(|credential| number(&credential.unwrap().unwrap()) == 1), "waits at {at} s");
        }
        let asked = world.token_requests();
        assert!(asked.len() > 1, "no renewal was begun");
        points.push(asked[1].as_secs_f64() / 3600.0);
    }
    points.sort_by(f64::total_cmp);
    assert!(points[0] >= 0.70 && points[199] <= 0.8501, "from {} to {}", points[0], points[199]);
    assert!(points[0] < 0.72 && points[199] > 0.83, "not spread: from {} to {}", points[0], points[199]);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_in_the_background_replaces_the_token_without_anyone_waiting() {
    let world = World::new(SEED, |asked| if asked.number > 1 { Reply::Usual.later(s(9)) } else { Reply::Usual });
    let mut seen = vec![world.number().await];
    for at in 1..4 * 3600 {
        world.until(s(at)).await;
        seen.push(number(&world.manager.credential().now_or_never().expect("waits").unwrap().unwrap()));
    }
    seen.dedup();
    assert_eq!(seen, (1..=seen.len()).collect::<Vec<_>>(), "never back to an old token");
    assert!((5..=6).contains(&seen.len()), "{seen:?}");
    assert_eq!(world.token_requests().len(), seen.len());
}

/// Lets time pass from the mandatory point on until a caller has to wait, which it must before the token's end.
async fn until_one_waits(world: &World) -> tokio::task::JoinHandle<Result<Option<Credential>>> {
    world.until(s(3540)).await;
    loop {
        let manager = Arc::clone(&world.manager);
        let call = tokio::spawn(async move { manager.credential().await });
        // Enough turns for a call that need not wait.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        if !call.is_finished() {
            return call;
        }
        assert_eq!(number(&call.await.unwrap().unwrap().unwrap()), 1);
        tokio::time::sleep(s(1)).await;
        assert!(world.elapsed() < s(3590), "nobody ever waited");
    }
}

#[tokio::test(start_paused = true)]
async fn in_the_mandatory_window_a_caller_waits_and_gets_the_new_token() {
    for seed in 0..20 {
        let start = s(3600);
        let world = World::new(
            seed,
            first_then(
                move |asked| if asked.at - start < s(3540) { Reply::status(503) } else { Reply::Usual.later(s(2)) },
            ),
        );
        assert_eq!(world.number().await, 1);
        let waiting = until_one_waits(&world).await;
        assert_eq!(world.manager.status().state, crate::auth::TokenState::Mandatory);
        assert!(number(&waiting.await.unwrap().unwrap().unwrap()) > 1);
    }
}

#[tokio::test(start_paused = true)]
async fn in_the_mandatory_window_a_caller_gets_the_old_token_if_the_refresh_fails() {
    for seed in 0..20 {
        let world = World::new(seed, first_then(|_| Reply::refused().later(s(1))));
        assert_eq!(world.number().await, 1);
        let waiting = until_one_waits(&world).await;
        let before = world.elapsed();
        let credential = waiting.await.unwrap().unwrap().unwrap();
        assert_eq!((number(&credential), credential.generation), (1, 1));
        assert!(world.elapsed() > before, "it did not wait");
        assert!(world.elapsed() < s(3590));
    }
}

#[tokio::test(start_paused = true)]
async fn after_expiry_a_failed_refresh_is_an_error_and_never_no_credential() {
    let world = World::new(SEED, first_then(|_| Reply::refused()));
    assert_eq!(world.number().await, 1);
    world.until(s(3585)).await;
    assert_eq!(world.number().await, 1, "the token serves to its very end");
    for at in (3590..3700).step_by(7) {
        world.until(s(at)).await;
        let outcome = world.manager.credential().await;
        assert!(matches!(&outcome, Err(error) if error.code == Code::Connect), "{:?}", outcome.err());
    }
    let status = serde_json::to_value(world.manager.status()).unwrap();
    assert_eq!((&status["state"], &status["generation"]), (&"expired".into(), &1.into()));
    assert_eq!(status["last_error"]["name"], "KEI_E_CONNECT");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_nobody_uses_is_not_kept_fresh() {
    for seed in 0..50 {
        let world = World::new(seed, |_| Reply::Usual);
        assert_eq!(world.number().await, 1);
        world.until(24 * HOUR).await;
        // Used within its life, it is renewed once; that renewal is no use of it.
        assert_eq!(world.token_requests().len(), 2);
        assert_eq!(world.number().await, 3, "the next caller gets a new one");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_in_use_is_kept_fresh_and_callers_never_wait_for_days() {
    let world = World::new(SEED, |_| Reply::Usual.later(s(3)));
    world.number().await;
    // Used once in each half hour, which is within its life.
    for half in 1..96_u32 {
        world.until(half * HOUR / 2).await;
        assert!(world.manager.credential().now_or_never().is_some(), "waits after {half} half hours");
    }
    let count = world.token_requests().len();
    assert!((48..=69).contains(&count), "{count} requests in two days");
}
