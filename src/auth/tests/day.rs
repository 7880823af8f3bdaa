//! A day of tokens, and many clients at once.

// Counts of a few thousands are exact as floating point.
#![allow(clippy::cast_precision_loss)]

use std::cell::RefCell;

use super::*;
use crate::auth::TokenState;
use crate::clock::Clock;

const DAY: u64 = 24 * 3600;
const LIFE: f64 = 600.0;

/// Outages of the issuer, from a seed: when each begins and ends, and what a request gets meanwhile.
fn outages(seed: u64) -> Vec<(Duration, Duration, u8)> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut all = Vec::new();
    let mut at = 0.0;
    loop {
        at += 300.0 + chance.f64() * 3000.0;
        let length = if chance.u8(..4) == 0 { 600.0 + chance.f64() * 1800.0 } else { chance.f64() * 300.0 };
        if at + length >= DAY as f64 {
            return all;
        }
        all.push((Duration::from_secs_f64(at), Duration::from_secs_f64(at + length), chance.u8(..3)));
        at += length;
    }
}

#[tokio::test(start_paused = true)]
async fn in_a_day_of_ten_minute_tokens_and_outages_no_call_fails_or_waits_while_a_token_is_good_and_the_issuer_is_asked_once_a_second()
 {
    for seed in [SEED, SEED + 1, SEED + 2] {
        let all = outages(seed);
        let down = all.clone();
        let start = RefCell::new(None);
        let world = World::new(seed, move |asked| {
            let start = *start.borrow_mut().get_or_insert(asked.at);
            let at = asked.at - start;
            match down.iter().find(|(begin, end, _)| *begin <= at && at < *end) {
                _ if asked.number == 0 => Reply::Usual,
                Some((_, _, 0)) => Reply::status(503),
                Some((_, _, 1)) => Reply::refused(),
                Some(_) => Reply::Hang,
                None => Reply::Token(600).later(Duration::from_millis(200)),
            }
        });
        let mut chance = fastrand::Rng::with_seed(seed);
        let (mut failed, mut calls) = (0, 0);
        while world.elapsed() < s(DAY) {
            let before = world.manager.status();
            let begun = world.clock.now();
            let outcome = tokio::time::timeout(s(5), world.manager.credential()).await;
            let took = world.clock.now() - begun;
            let good = matches!(before.state, TokenState::Valid | TokenState::Soft);
            assert!(!good || took.is_zero(), "waited {took:?} though the token was good, at {:?}", world.elapsed());
            // One that is about to run out is waited over, but never instead of being used.
            let living = before.state == TokenState::Mandatory && before.expires_in_ms.is_some_and(|left| left > 5000);
            match outcome {
                Ok(Ok(Some(_))) => {}
                Ok(Ok(None)) => panic!("a request without a credential"),
                Ok(Err(error)) => {
                    assert!(!good && !living, "failed at {:?}: {error}", world.elapsed());
                    failed += 1;
                }
                Err(_) => assert!(!good),
            }
            calls += 1;
            tokio::time::sleep(Duration::from_secs_f64(1.0 + chance.f64() * 8.0)).await;
        }
        assert!(calls > 10_000 && failed > 0, "{calls} calls of which {failed} failed: the outages outlast a token");
        let requests = world.token_requests();
        for pair in requests.windows(2) {
            assert!(pair[1] - pair[0] >= s(1), "asked at {:?} and again at {:?}", pair[0], pair[1]);
        }
        assert!(requests.len() > 150, "the token was renewed all day");
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_in_use_are_renewed_at_moments_spread_evenly_over_seventy_to_eighty_five_percent_of_their_life() {
    let world = World::new(SEED, |asked| if asked.number == 0 { Reply::Usual } else { Reply::Token(600) });
    while world.elapsed() < s(3 * DAY) {
        world.number().await;
        tokio::time::sleep(s(60)).await;
    }
    let requests = world.token_requests();
    let mut parts: Vec<f64> = requests.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() / LIFE).collect();
    parts.sort_by(f64::total_cmp);
    assert!(parts[0] >= 0.70 && parts[parts.len() - 1] <= 0.8501, "{} to {}", parts[0], parts[parts.len() - 1]);
    // Kolmogorov and Smirnov's distance from the even distribution; 1 % of fair samples are farther.
    let count = parts.len() as f64;
    let far = |(index, part): (usize, &f64)| {
        let even = (part - 0.70) / 0.15;
        (even - index as f64 / count).abs().max((even - (index + 1) as f64 / count).abs())
    };
    let distance = parts.iter().enumerate().map(far).fold(0.0, f64::max);
    assert!(parts.len() > 500 && distance < 1.63 / count.sqrt(), "{distance} of {} moments", parts.len());
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_clients_that_start_together_do_not_renew_together() {
    const CLIENTS: u64 = 10_000;
    // Too short to be looked for in logs, which ten thousand of them in one process would slow down.
    const TOKEN: &str = r#"{"access_token":"abc","token_type":"Bearer","expires_in":3600}"#;
    let world = World::new(SEED, |_| Reply::json(TOKEN));
    let config: AuthConfig = serde_json::from_value(
        json!({ "token_endpoint": format!("{ISSUER}/token"), "client_id": "c", "client_secret": SECRET }),
    )
    .unwrap();
    // Each in a process of its own, with tokens of its own.
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| TokenManager::new(&config, &Means { cache: Arc::default(), ..world.means.clone() }).unwrap())
        .collect();
    for client in &clients {
        client.credential().await.unwrap();
    }
    world.until(s(3600)).await;
    let renewals: Vec<Duration> = world.token_requests().into_iter().filter(|at| *at > s(60)).collect();
    assert_eq!(renewals.len() as u64, CLIENTS);
    let window = (3600.0 * 0.70, 3600.0 * 0.85);
    let even = CLIENTS as f64 / (window.1 - window.0);
    let mut seconds = vec![0_u32; 3600];
    for at in &renewals {
        seconds[usize::try_from(at.as_secs()).unwrap()] += 1;
    }
    let peak = seconds.windows(10).map(|ten| f64::from(ten.iter().sum::<u32>()) / 10.0).fold(0.0, f64::max);
    assert!(peak <= 1.5 * even, "{peak} a second at most, where evenly it would be {even}");
}

#[tokio::test(start_paused = true)]
async fn the_life_runs_on_a_clock_of_its_own_whatever_the_time_of_day_says() {
    let world = World::new(SEED, |_| Reply::Usual);
    assert_eq!(world.number().await, 1);
    let before = world.clock.now();
    tokio::time::sleep(s(10)).await;
    assert_eq!(world.clock.now() - before, s(10));
    #[cfg(target_os = "linux")]
    {
        // The real one is the kernel's that goes on while the machine sleeps, which nobody can set.
        let real = crate::clock::SystemClock;
        let uptime: f64 = std::fs::read_to_string("/proc/uptime").unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!((real.now().as_secs_f64() - uptime).abs() < 5.0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_answer_that_is_huge_or_leads_elsewhere_is_a_clear_error() {
    let huge = format!(r#"{{"access_token":"{}","token_type":"Bearer"}}"#, "x".repeat(1 << 20));
    for (answer, code, told) in [
        (Reply::json as fn(String) -> Reply, Code::AnswerTooLarge, "larger than"),
        (|_| Reply::Answer(302, &[("location", "https://elsewhere.example/")], String::new()), Code::Token, "HTTP 302"),
        (|_| Reply::Answer(200, &[], String::new()), Code::Token, "not a JSON object"),
    ] {
        let huge = huge.clone();
        let world = World::new(SEED, move |asked| if asked.number == 0 { Reply::Usual } else { answer(huge.clone()) });
        let error = error(world.credential().await);
        assert!(error.code == code && error.message.contains(told), "{error}");
        assert!(!error.to_json().contains("xxxx") && !error.to_json().contains(SECRET));
        assert!(world.asked().iter().all(|asked| asked.url.starts_with(ISSUER)), "nothing went elsewhere");
    }
}
