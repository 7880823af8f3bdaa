//! The issuer is away: what goes on, and how little is asked of it.

use super::*;

const DAY: u64 = 24 * 3600;

fn assert_a_second_apart(requests: &[Duration]) {
    for pair in requests.windows(2) {
        assert!(pair[1] - pair[0] >= s(1), "asked at {:?} and again at {:?}", pair[0], pair[1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_keeps_serving_to_the_real_end_and_asks_less_and_less_often() {
    for seed in 0..20 {
        let world = World::new(seed, |asked| if asked.number > 1 { Reply::refused() } else { Reply::Usual });
        assert_eq!(world.number().await, 1);
        for at in 1..3580 {
            world.until(s(at)).await;
            assert_eq!(number(&world.credential().await.unwrap()), 1, "at {at} s");
        }
        let requests = world.token_requests();
        assert_a_second_apart(&requests[1..]);
        // Rounds of three attempts, with pauses of 1 s doubling to a minute, for what is left of the hour: 18 minutes at most.
        assert!(requests.len() <= 1 + 3 * (6 + 18 * 2 + 8), "{} requests", requests.len());
        let gap = requests[1..].windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(gap >= s(30) && gap <= s(62), "the pauses grow to half a minute or a whole one, not {gap:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_day_of_outage_with_a_call_each_second_makes_at_most_one_request_a_second() {
    for (seed, how) in [(SEED, 503), (SEED + 1, 0)] {
        let world = World::new(seed, move |asked| match (asked.number, how) {
            (0 | 1, _) => Reply::Usual,
            (_, 0) => Reply::Hang,
            (_, status) => Reply::status(status),
        });
        assert_eq!(world.number().await, 1);
        for at in 1..DAY {
            world.until(s(at)).await;
            let outcome = tokio::time::timeout(Duration::from_millis(500), world.manager.credential()).await;
            assert!(!matches!(outcome, Ok(Ok(None))), "a request without a credential");
            if at > 3600 {
                assert!(!matches!(outcome, Ok(Ok(_))), "a token beyond its end, at {at} s");
            }
        }
        let requests = world.token_requests();
        assert_a_second_apart(&requests);
        let most = if how == 0 { DAY / 8 } else { DAY };
        assert!(requests.len() as u64 <= most, "{} requests", requests.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_day_of_outage_that_nobody_calls_in_ends_with_the_token() {
    let world = World::new(SEED, |asked| if asked.number > 1 { Reply::refused() } else { Reply::Usual });
    assert_eq!(world.number().await, 1);
    world.until(s(DAY)).await;
    let requests = world.token_requests();
    assert!(requests.len() <= 1 + 3 * (6 + 18 * 2 + 8), "{} requests", requests.len());
    assert!(requests.last().unwrap() < &s(3600));
}

#[tokio::test(start_paused = true)]
async fn after_an_outage_the_next_call_has_a_token_again() {
    let start = HOUR;
    let world =
        World::new(
            SEED,
            move |asked| {
                if asked.at - start > 5 * HOUR || asked.number < 2 { Reply::Usual } else { Reply::refused() }
            },
        );
    assert_eq!(world.number().await, 1);
    world.until(4 * HOUR).await;
    assert_eq!(code(world.credential().await), Code::Connect);
    world.until(5 * HOUR + s(10)).await;
    assert!(world.number().await > 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_may_pass_is_told_for_a_second_without_asking_again() {
    let world = World::new(SEED, |asked| if asked.number > 0 { Reply::status(500) } else { Reply::Usual });
    assert_eq!(code(world.credential().await), Code::Token);
    let asked = world.token_requests().len();
    let again = error(world.credential().await);
    assert!(again.retryable && again.retry_after.is_some_and(|wait| wait <= s(1)), "{again:?}");
    assert_eq!(world.token_requests().len(), asked);
    tokio::time::sleep(s(1)).await;
    let _ = world.credential().await;
    assert!(world.token_requests().len() > asked);
}
