//! The circuit breakers.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::clock::Clock;
use crate::pipeline::breaker::Breakers;

/// A server that fails until it is told to be well, and a policy without retries.
fn failing(does: Does) -> (World, Arc<AtomicBool>) {
    let well = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&well);
    let once = json!({ "retry": { "max_attempts": 1 } });
    let script = move |_| if told.load(Ordering::SeqCst) { Does::Status(200) } else { does.clone() };
    (World::with(&once, Tokens::default(), script), well)
}

async fn open(world: &World) -> Duration {
    for _ in 0..20 {
        failed(world.run(Repeat::Safe).await);
    }
    refused(world).await
}

/// The next call is refused; for how long.
async fn refused(world: &World) -> Duration {
    let sent = world.sent();
    let error = failed(world.run(Repeat::Safe).await);
    assert_eq!((error.code, error.attempts, world.sent()), (Code::BreakerOpen, 0, sent), "{error}");
    error.retry_after.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_breaker_opens_when_half_of_twenty_failed_and_not_before() {
    let world = World::with(&json!({ "retry": { "max_attempts": 1 } }), Tokens::default(), |number| {
        Does::Status(if number % 2 == 0 { 200 } else { 503 })
    });
    for number in 0..20 {
        assert_eq!(world.run(Repeat::Safe).await.is_ok(), number % 2 == 0);
    }
    let left = refused(&world).await;
    assert!(left >= ms(4_000) && left <= ms(6_000), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn failures_that_are_old_do_not_count() {
    let (world, _) = failing(Does::Status(503));
    for _ in 0..60 {
        failed(world.run(Repeat::Safe).await);
        // Never twenty within ten windows of a second.
        tokio::time::sleep(ms(600)).await;
    }
    assert_eq!(world.sent(), 60);
}

#[tokio::test(start_paused = true)]
async fn only_connect_errors_timeouts_and_5xx_open_a_breaker() {
    let tls = TransportError::Tls { origin: ORIGIN.into(), why: "pin".into() };
    for (does, opens) in [
        (Does::Status(500), true),
        (Does::Hangs, true),
        (connect(), true),
        (lost(Progress::NoAnswer), true),
        (Does::Status(400), false),
        (Does::Status(403), false),
        (Does::Status(404), false),
        (Does::Status(429), false),
        (Does::Fails(tls), false),
    ] {
        let once = json!({ "retry": { "max_attempts": 1 }, "timeouts": { "attempt_ms": 10 } });
        let world = World::with(&once, Tokens::default(), move |_| does.clone());
        for _ in 0..40 {
            failed(world.run(Repeat::Safe).await);
        }
        assert_eq!(world.sent() < 40, opens);
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_lets_one_probe_through_and_three_successes_close_it() {
    let (world, well) = failing(Does::Status(503));
    let left = open(&world).await;
    tokio::time::sleep(left).await;
    well.store(true, Ordering::SeqCst);
    let sent = world.sent();
    // Three at once: the first is the probe, the others are refused.
    let outcomes = tokio::join!(world.run(Repeat::Safe), world.run(Repeat::Safe), world.run(Repeat::Safe));
    let good = [outcomes.0.is_ok(), outcomes.1.is_ok(), outcomes.2.is_ok()];
    assert!(good[0] && world.sent() > sent, "{good:?}");
    for _ in 0..2 {
        world.run(Repeat::Safe).await.unwrap();
    }
    assert!(world.pipeline.breakers().iter().all(|breaker| breaker.state == BreakerState::Closed));
}

#[tokio::test(start_paused = true)]
async fn while_a_probe_is_out_nothing_else_is_sent_and_a_cancelled_probe_makes_room() {
    let (world, well) = failing(Does::Status(503));
    let left = open(&world).await;
    tokio::time::sleep(left).await;
    let hanging = {
        let mut script = world.server.script.lock().unwrap();
        std::mem::replace(&mut *script, Box::new(|_| Does::Hangs))
    };
    let sent = world.sent();
    {
        let probe = world.run(Repeat::Safe);
        tokio::pin!(probe);
        assert!(tokio::time::timeout(ms(1), &mut probe).await.is_err());
        assert_eq!(refused(&world).await, Duration::ZERO);
    }
    assert_eq!(world.sent(), sent + 1);
    *world.server.script.lock().unwrap() = hanging;
    well.store(true, Ordering::SeqCst);
    world.run(Repeat::Safe).await.unwrap();
}

/// A clock that stands where it is put, for any number of threads.
struct Put(AtomicU64);

impl crate::clock::Clock for Put {
    fn now(&self) -> Duration {
        ms(self.0.load(Ordering::SeqCst))
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        unreachable!("a breaker does not wait")
    }

    fn uniform(&self, low: f64, _: f64) -> f64 {
        low
    }
}

#[tokio::test]
async fn half_open_it_never_lets_two_through_from_64_threads() {
    let world = World::of(&[Does::Status(200)]);
    let call = Arc::new(world.call(Repeat::Safe));
    let clock = Arc::new(Put(AtomicU64::new(3_600_000)));
    let config: crate::config::BreakerConfig =
        serde_json::from_value(json!({ "min_samples": 1, "successes_to_close": 1_000_000 })).unwrap();
    let breakers = Arc::new(Breakers::new(&config, clock.clone()));
    let bad = || {
        answer::judge(Ok(Err(TransportError::Connect { origin: ORIGIN.into(), why: "refused".into() })), &world.clock)
    };
    breakers.admit(&call, clock.now()).unwrap().settle(&bad(), clock.now());
    assert!(breakers.admit(&call, clock.now()).is_err(), "it is open");
    clock.0.fetch_add(100_000, Ordering::SeqCst);
    let (out, most, passed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let start = Arc::new(std::sync::Barrier::new(64));
    let threads: Vec<_> = (0..64)
        .map(|number| {
            let (breakers, call, start) = (Arc::clone(&breakers), Arc::clone(&call), Arc::clone(&start));
            let clock = Arc::clone(&clock);
            let (out, most, passed) = (Arc::clone(&out), Arc::clone(&most), Arc::clone(&passed));
            std::thread::spawn(move || {
                start.wait();
                let mut round = 0;
                while passed.load(Ordering::SeqCst) < 2_000 {
                    let Ok(pass) = breakers.admit(&call, clock.now()) else {
                        std::thread::yield_now();
                        continue;
                    };
                    round += 1;
                    most.fetch_max(out.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    passed.fetch_add(1, Ordering::SeqCst);
                    std::thread::yield_now();
                    out.fetch_sub(1, Ordering::SeqCst);
                    // Some probes come to an end, some are given up.
                    if (number + round) % 2 == 0 {
                        drop(pass);
                    } else {
                        pass.settle(&Verdict::Good(Box::default()), clock.now());
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reset_closes_the_breakers_that_it_names() {
    let (world, _) = failing(Does::Status(500));
    open(&world).await;
    assert_eq!(world.pipeline.reset_breakers(Some("other"), None), 0);
    assert_eq!(world.pipeline.reset_breakers(None, Some("https://other.example")), 0);
    refused(&world).await;
    assert_eq!(world.pipeline.reset_breakers(Some("test"), Some(ORIGIN)), 1);
    let before = world.sent();
    failed(world.run(Repeat::Never).await);
    assert_eq!(world.sent(), before + 1, "it is sent again");
    assert_eq!(world.pipeline.breakers()[0].samples, 1, "what was counted is forgotten");
}

#[tokio::test(start_paused = true)]
async fn a_failed_probe_doubles_the_time_up_to_a_minute() {
    let (world, _) = failing(Does::Status(503));
    let mut left = open(&world).await;
    for expected in [10_000, 20_000, 40_000, 60_000, 60_000] {
        tokio::time::sleep(left).await;
        let error = failed(world.run(Repeat::Safe).await);
        assert_eq!(error.code, Code::Remote, "the probe went out");
        left = refused(&world).await;
        assert!(left >= ms(expected * 8 / 10) && left <= ms(expected * 12 / 10), "{expected}: {left:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_breaker_stands_before_one_operation_at_one_origin() {
    let (world, well) = failing(Does::Status(503));
    open(&world).await;
    well.store(true, Ordering::SeqCst);
    let mut other = world.call(Repeat::Safe);
    other.operation = "another";
    world.pipeline.run(&other).await.unwrap();
    let mut elsewhere = world.call(Repeat::Safe);
    elsewhere.url = url::Url::parse("https://other.example/").unwrap().into();
    world.pipeline.run(&elsewhere).await.unwrap();
    refused(&world).await;
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_says_nothing_of_the_servers_health_neither_closes_nor_opens() {
    let (world, _) = failing(Does::Status(503));
    let left = open(&world).await;
    tokio::time::sleep(left).await;
    let tls = TransportError::Tls { origin: ORIGIN.into(), why: "pin".into() };
    *world.server.script.lock().unwrap() = Box::new(move |_| Does::Fails(tls.clone()));
    for _ in 0..10 {
        assert_eq!(failed(world.run(Repeat::Safe).await).code, Code::Tls);
    }
    assert!(world.pipeline.breakers().iter().all(|breaker| breaker.state == BreakerState::HalfOpen));
}
