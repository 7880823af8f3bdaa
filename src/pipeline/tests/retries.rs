//! What is sent again, when, and how it looks.

use super::*;
use crate::config::RetryOverride;

#[tokio::test(start_paused = true)]
async fn two_503s_and_a_200_are_three_attempts() {
    let world = World::of(&[Does::Status(503), Does::Status(503), Does::Status(200)]);
    assert_eq!(world.run(Repeat::Safe).await.unwrap().attempts, 3);
    let times = world.times();
    assert!(times[1] <= ms(50) && times[2].saturating_sub(times[1]) <= ms(100), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn each_failure_is_sent_again_where_that_is_right_and_nowhere_else() {
    let tls = Does::Fails(TransportError::Tls { origin: ORIGIN.into(), why: "pin".into() });
    let late = |progress| Does::Fails(TransportError::Timeout { origin: ORIGIN.into(), limit: ms(1), progress });
    // What happens, the error's number, and whether it is sent again when safe and when not.
    let rows = [
        (connect(), Code::Connect, true, true),
        (late(Progress::NotSent), Code::Timeout, true, true),
        (late(Progress::NoAnswer), Code::Timeout, true, false),
        (lost(Progress::NoAnswer), Code::ConnectionLost, true, false),
        (lost(Progress::InAnswer), Code::ConnectionLost, false, false),
        (tls, Code::Tls, false, false),
        (Does::Status(408), Code::Timeout, true, false),
        (Does::Status(425), Code::Remote, true, false),
        (Does::Status(429), Code::RateLimited, true, true),
        (Does::Status(500), Code::Remote, true, false),
        (Does::Status(502), Code::Remote, true, false),
        (Does::Status(503), Code::Remote, true, false),
        (Does::Status(504), Code::Remote, true, false),
        (Does::Status(501), Code::NotImplemented, false, false),
        (Does::Status(505), Code::NotImplemented, false, false),
        (Does::Status(400), Code::Rejected, false, false),
        (Does::Status(403), Code::Forbidden, false, false),
        (Does::Status(404), Code::NotFound, false, false),
        (Does::Status(409), Code::Conflict, false, false),
        (Does::Status(302), Code::Protocol, false, false),
    ];
    for (row, (does, code, when_safe, when_unsafe)) in rows.into_iter().enumerate() {
        for (repeat, again) in
            [(Repeat::Safe, when_safe), (Repeat::WithKey("key".into()), when_safe), (Repeat::Never, when_unsafe)]
        {
            let world = World::of(std::slice::from_ref(&does));
            let error = failed(world.run(repeat.clone()).await);
            let expected = if again { 3 } else { 1 };
            assert_eq!((world.sent(), error.attempts as usize), (expected, expected), "row {row}, {repeat:?}");
            assert_eq!(error.code, code, "row {row}: the last failure keeps its number");
            let why = match (again, when_safe) {
                (true, _) => "attempts",
                (false, true) => "unsafe",
                (false, false) => "final",
            };
            assert_eq!(error.details["not_retried"], why, "row {row}, {repeat:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_takes_any_status_has_the_last_answer_after_as_many_attempts() {
    for (status, attempts) in [(503, 3), (404, 1), (302, 1), (403, 1)] {
        let world = World::of(&[Does::Status(status)]);
        let call = Call { any_status: true, ..world.call(Repeat::Safe) };
        let reply = world.pipeline.run(&call).await.unwrap();
        assert_eq!(
            (reply.response.status.as_u16(), reply.attempts, world.sent()),
            (status, attempts, attempts as usize)
        );
    }
    // A token that is not valid any more is renewed all the same, and a later success is what is answered.
    let world = World::of(&[Does::Status(401), Does::Status(503), Does::Status(200)]);
    let call = Call { any_status: true, ..world.call(Repeat::Safe) };
    assert_eq!(world.pipeline.run(&call).await.unwrap().response.status.as_u16(), 200);
    // What the server did not say is no answer: neither a connection that is lost nor a proxy's refusal.
    for (does, code) in [(connect(), Code::Connect), (Does::Status(407), Code::Connect)] {
        let world = World::of(&[does]);
        let call = Call { any_status: true, ..world.call(Repeat::Safe) };
        assert_eq!(failed(world.pipeline.run(&call).await).code, code);
    }
}

#[tokio::test(start_paused = true)]
async fn failures_that_are_handed_back_as_answers_open_the_breaker() {
    let world = World::of(&[Does::Status(503)]);
    let mut last = Ok(503);
    for _ in 0..50 {
        let call = Call { any_status: true, ..world.call(Repeat::Never) };
        last = world.pipeline.run(&call).await.map(|reply| reply.response.status.as_u16()).map_err(|error| error.code);
    }
    assert_eq!(last, Err(Code::BreakerOpen));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_not_sent_is_free_to_try_once_more() {
    let world = World::of(&[connect(), Does::Status(200)]);
    world.run(Repeat::Never).await.unwrap();
    assert_eq!((world.sent(), world.pipeline.budget_left()), (2, 500));
    let gone = World::of(&[connect()]);
    failed(gone.run(Repeat::Never).await);
    assert_eq!((gone.sent(), gone.pipeline.budget_left()), (3, 500 - 14), "only the first is free");
}

#[tokio::test(start_paused = true)]
async fn attempts_share_what_names_the_call_and_carry_what_is_left_of_its_time() {
    let world = World::of(&[Does::Status(503), Does::Status(503), Does::Status(200)]);
    world.run(Repeat::WithKey("key-1".into())).await.unwrap();
    assert_eq!(world.field("idempotency-key"), ["key-1"; 3]);
    assert_eq!(world.field("x-correlation-id"), ["the-call"; 3]);
    let traces = world.field("traceparent");
    assert!(traces.iter().all(|trace| trace[..35] == traces[0][..35] && trace.len() == 55), "{traces:?}");
    let left: Vec<u64> = world.field("x-request-timeout-ms").iter().map(|left| left.parse().unwrap()).collect();
    let times = world.times();
    for (left, time) in left.iter().zip(&times) {
        assert_eq!(*left, millis(ms(30_000).saturating_sub(*time)), "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_out_in_seconds_and_as_a_date() {
    let date = |seconds| httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    for wish in ["7".to_owned(), date(7)] {
        let world = World::of(&[Does::With(503, vec![("retry-after", wish.clone())]), Does::Status(200)]);
        world.run(Repeat::Safe).await.unwrap();
        let waited = world.times()[1];
        assert!(waited >= ms(6_999) && waited <= ms(7_701), "{wish}: {waited:?}");
    }
    for wish in ["soon", "-1", "1.5", ""] {
        let world = World::of(&[Does::With(503, vec![("retry-after", wish.to_owned())]), Does::Status(200)]);
        world.run(Repeat::Safe).await.unwrap();
        assert!(world.times()[1] <= ms(50), "{wish} is no wish");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_that_does_not_fit_fails_at_once_and_says_how_long() {
    for wish in ["31", "61", "4000000000", "99999999999999999999"] {
        let world = World::of(&[Does::With(429, vec![("retry-after", wish.to_owned())])]);
        let start = world.clock.now();
        let error = failed(world.run(Repeat::Safe).await);
        assert_eq!((error.code, world.sent()), (Code::RateLimited, 1));
        assert_eq!((world.clock.now(), &error.details["not_retried"]), (start, &"retry_after".into()));
        assert!(error.retry_after.unwrap() >= Duration::from_secs(31), "{wish}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_holds_back_every_request_to_the_origin_and_none_to_others() {
    let world = World::of(&[Does::With(429, vec![("retry-after", "5".into())]), Does::Status(200)]);
    let call = world.call(Repeat::Safe);
    let first = world.pipeline.run(&call);
    let second = async {
        tokio::task::yield_now().await;
        world.pipeline.run(&world.call(Repeat::Safe)).await
    };
    let other = async {
        tokio::task::yield_now().await;
        let mut call = world.call(Repeat::Safe);
        call.url = url::Url::parse("https://other.example/").unwrap().into();
        world.pipeline.run(&call).await.unwrap();
        world.clock.now()
    };
    let start = world.clock.now();
    let (first, second, other) = tokio::join!(first, second, other);
    assert_eq!((first.unwrap().attempts, second.unwrap().attempts, other), (2, 1, start));
    let times = world.times();
    assert_eq!(times.len(), 4);
    assert!(times[2..].iter().all(|time| *time >= Duration::from_secs(5)), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_policy_may_be_the_protocols_or_the_calls_own() {
    let retry = json!({ "retry": { "protocols": {
        "bus": { "max_attempts": 5, "strategy": "fixed", "base_ms": 10 }, "rpc": { "max_attempts": 1 },
    } } });
    let world = World::with(&retry, Tokens::default(), |_| Does::Status(503));
    let run = async |protocol, other: Option<RetryOverride>| {
        let before = world.sent();
        let call = Call { protocol, retry: other, ..world.call(Repeat::Safe) };
        failed(world.pipeline.run(&call).await);
        world.sent() - before
    };
    assert_eq!(run(Protocol::Http, None).await, 3);
    assert_eq!(run(Protocol::Rpc, None).await, 1);
    let times = world.times().len();
    assert_eq!(run(Protocol::Bus, None).await, 5);
    let times = &world.times()[times..];
    assert!(times.windows(2).all(|pair| pair[1].saturating_sub(pair[0]) == ms(10)), "{times:?}");
    let own = RetryOverride { max_attempts: Some(2), ..RetryOverride::default() };
    assert_eq!(run(Protocol::Bus, Some(own)).await, 2);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_call_abandons_its_exchange() {
    let world = World::of(&[Does::Hangs]);
    let call = world.run(Repeat::Safe);
    assert!(tokio::time::timeout(ms(10), call).await.is_err());
    assert_eq!((world.sent(), world.server.abandoned.load(Ordering::SeqCst)), (1, 1));
}
