//! Where the token endpoint is found, whom that is believed of, and for how long.

use super::*;

const TENANT: &str = "https://issuer.example/tenant/1";

fn client(issuer: &str) -> serde_json::Value {
    json!({ "issuer": issuer, "client_id": "c", "client_secret": SECRET })
}

/// What a client of this issuer gets when its metadata is answered so.
async fn refused(issuer: &str, reply: impl Fn() -> Reply + Send + 'static) -> (Error, World) {
    let world = World::with(SEED, &client(issuer), move |asked| if asked.number > 0 { Reply::Usual } else { reply() });
    let world = world.unwrap();
    (error(world.credential().await), world)
}

fn metadata_requests(world: &World) -> Vec<Asked> {
    world.asked().into_iter().filter(|asked| asked.number == 0).collect()
}

#[tokio::test(start_paused = true)]
async fn metadata_is_asked_for_in_the_three_places_in_order() {
    let places = [
        "https://issuer.example/.well-known/oauth-authorization-server/tenant/1",
        "https://issuer.example/.well-known/openid-configuration/tenant/1",
        "https://issuer.example/tenant/1/.well-known/openid-configuration",
    ];
    for there in 0..3 {
        let world = World::with(SEED, &client(TENANT), move |asked| match asked.number {
            0 if asked.url == places[there] => Reply::json(metadata(&json!({ "issuer": TENANT }))),
            0 => Reply::status(404),
            _ => Reply::Usual,
        })
        .unwrap();
        assert_eq!(world.number().await, 1);
        let urls: Vec<_> = metadata_requests(&world).into_iter().map(|asked| asked.url).collect();
        assert_eq!(urls, places[..=there]);
        assert!(world.asked().last().unwrap().url == "https://issuer.example/token");
    }
    let (error, world) = refused(TENANT, || Reply::status(404)).await;
    assert_eq!(error.code, Code::Discovery);
    assert!(error.message.contains(TENANT) && error.message.contains("auth.token_endpoint"), "{error}");
    assert_eq!(world.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn metadata_of_another_issuer_is_refused_and_the_secret_stays_here() {
    // Not even a slash more or another case is the same issuer.
    for other in ["https://evil.example", "https://issuer.example/", "https://ISSUER.example", ""] {
        let (error, world) = refused(ISSUER, move || Reply::json(metadata(&json!({ "issuer": other })))).await;
        assert_eq!(error.code, Code::Discovery);
        assert!(error.message.contains("must be equal to the letter"), "{error}");
        assert!(world.token_requests().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_a_secret_must_not_be_sent_to_is_refused() {
    for endpoint in
        ["http://issuer.example/token", "ftp://issuer.example/token", "https://u:p@issuer.example/", "/token", ""]
    {
        let (error, world) =
            refused(ISSUER, move || Reply::json(metadata(&json!({ "token_endpoint": endpoint })))).await;
        assert_eq!(error.code, Code::Discovery, "{endpoint}");
        assert!(error.message.contains("token_endpoint"), "{error}");
        assert!(world.token_requests().is_empty(), "{endpoint}");
    }
    let local = World::with(SEED, &client("http://127.0.0.1:9/realm"), |asked| match asked.number {
        0 => Reply::json(
            json!({ "issuer": "http://127.0.0.1:9/realm", "token_endpoint": "http://127.0.0.1:9/t" }).to_string(),
        ),
        _ => Reply::Usual,
    });
    assert_eq!(local.unwrap().number().await, 1, "on this machine http will do");
}

#[tokio::test(start_paused = true)]
async fn an_issuer_without_tls_is_refused_before_anything_is_sent_except_on_this_machine() {
    for issuer in ["http://issuer.example", "http://127.0.0.1.example.com", "http://10.0.0.1"] {
        let error = World::with(SEED, &client(issuer), |_| Reply::Usual).err().unwrap();
        assert_eq!(error.code, Code::Config);
        assert!(error.message.contains("`auth.issuer` must begin with https://"), "{error}");
    }
    for issuer in ["http://localhost:80", "http://127.0.0.2", "http://[::1]:80"] {
        assert!(World::with(SEED, &client(issuer), |_| Reply::Usual).is_ok(), "{issuer}");
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_larger_than_256_kib_is_refused() {
    let padded = |size: usize| {
        let text = metadata(&json!({ "padding": "" }));
        metadata(&json!({ "padding": "x".repeat(size - text.len()) }))
    };
    let (error, world) = refused(ISSUER, move || Reply::json(padded(256 * 1024 + 1))).await;
    assert_eq!(error.code, Code::AnswerTooLarge);
    assert!(error.message.contains(ISSUER) && error.message.contains("256 KiB"), "{error}");
    assert!(!error.message.contains("limits.max_answer_bytes"), "that setting does not help: {error}");
    assert!(world.token_requests().is_empty());
    let world =
        World::new(SEED, move |asked| if asked.number > 0 { Reply::Usual } else { Reply::json(padded(256 * 1024)) });
    assert_eq!(world.number().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let to = &[("location", "https://evil.example/.well-known/openid-configuration")];
        let (error, world) = refused(ISSUER, move || Reply::Answer(status, to, String::new())).await;
        assert_eq!(error.code, Code::Discovery);
        assert!(error.message.contains(&format!("HTTP {status}")), "{error}");
        assert_eq!(world.asked().len(), 1);
    }
    // Nor with the secret, from the token endpoint.
    let world = World::new(SEED, |asked| match asked.number {
        0 => Reply::Usual,
        _ => Reply::Answer(307, &[("location", "https://evil.example/")], String::new()),
    });
    assert_eq!(code(world.credential().await), Code::Token);
    assert!(world.asked().iter().all(|asked| asked.url.starts_with(ISSUER)));
}

#[tokio::test(start_paused = true)]
async fn metadata_that_makes_no_sense_is_a_clear_error() {
    for (body, why) in [
        ("<html>", "not what RFC 8414 says"),
        ("[]", "not what RFC 8414 says"),
        ("{}", "issuer"),
        (r#"{"issuer":"https://issuer.example"}"#, "names no token_endpoint"),
        (r#"{"issuer":"https://issuer.example","token_endpoint":5}"#, "not what RFC 8414 says"),
    ] {
        let (error, _) = refused(ISSUER, move || Reply::json(body)).await;
        assert_eq!(error.code, Code::Discovery);
        assert!(error.message.contains(ISSUER) && error.message.contains(why), "{body}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_is_kept_between_five_minutes_and_a_day_as_the_issuer_says() {
    for (control, kept) in [
        (&[("cache-control", "public, max-age=3600")], HOUR),
        (&[("cache-control", "max-age=1")], s(300)),
        (&[("cache-control", "no-store")], s(300)),
        (&[("cache-control", "max-age=31536000")], 24 * HOUR),
    ] {
        let world = World::new(SEED, |asked| match asked.number {
            0 => Reply::Answer(200, control, metadata(&json!({}))),
            _ => Reply::Token(0),
        });
        for (at, count) in [(s(0), 1), (kept - s(1), 1), (kept, 2), (kept + s(299), 2)] {
            world.until(at).await;
            world.number().await;
            assert_eq!(metadata_requests(&world).len(), count, "{control:?} at {at:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn stale_metadata_serves_for_a_day_while_the_issuer_fails_or_hangs() {
    for hangs in [false, true] {
        for kept in [s(300), 24 * HOUR] {
            let control: &[_] = if kept > HOUR { &[("cache-control", "max-age=86400")] } else { &[] };
            let mut first = true;
            let world = World::new(SEED, move |asked| match asked.number {
                0 if std::mem::take(&mut first) => Reply::Answer(200, control, metadata(&json!({}))),
                0 if hangs => Reply::Hang,
                0 => Reply::status(503),
                // It takes its time, so some must be left for it.
                _ => Reply::Token(0).later(s(1)),
            });
            world.number().await;
            for at in [kept, kept + HOUR, kept + 24 * HOUR - s(1)] {
                world.until(at).await;
                assert!(world.credential().await.is_ok(), "hangs {hangs}, at {at:?}");
            }
            world.until(kept + 24 * HOUR + s(60)).await;
            assert!(world.credential().await.is_err(), "hangs {hangs}: stale for more than a day");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_that_turns_hostile_is_not_outlived_by_the_old() {
    let mut first = true;
    let world = World::new(SEED, move |asked| match asked.number {
        0 if std::mem::take(&mut first) => Reply::Usual,
        0 => Reply::json(metadata(&json!({ "issuer": "https://evil.example" }))),
        _ => Reply::Token(0),
    });
    world.number().await;
    world.until(s(301)).await;
    assert_eq!(code(world.credential().await), Code::Discovery);
}
