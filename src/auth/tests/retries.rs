//! The token endpoint fails: what is tried again, how often, and for how long the failure is remembered.

use super::*;

fn answering(reply: impl Fn(&Asked) -> Reply + Send + 'static) -> World {
    World::new(SEED, move |asked| if asked.number > 0 { reply(asked) } else { Reply::Usual })
}

fn oauth(status: u16, error: &str) -> Reply {
    Reply::Answer(status, &[], json!({ "error": error, "error_description": "so it is" }).to_string())
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_asked_for_three_times() {
    for status in [408, 429, 500, 502, 503, 504] {
        let world = answering(move |asked| if asked.number < 3 { Reply::status(status) } else { Reply::Usual });
        assert_eq!(world.number().await, 3, "HTTP {status}");
        let world = answering(move |_| Reply::status(status));
        let error = error(world.credential().await);
        assert_eq!((error.code, error.http_status, error.retryable), (Code::Token, Some(status), true));
        assert!(error.message.contains(ISSUER), "{error}");
        assert_eq!(world.token_requests().len(), 3, "HTTP {status}");
    }
    let world = answering(|_| Reply::refused());
    assert_eq!(code(world.credential().await), Code::Connect);
    assert_eq!(world.token_requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_the_issuer_refuses_for_good_is_asked_for_once() {
    for (status, name) in
        [(400, "invalid_scope"), (401, "invalid_client"), (400, "unauthorized_client"), (403, "access_denied")]
    {
        let world = answering(move |_| oauth(status, name));
        let error = error(world.credential().await);
        assert_eq!((error.code, error.http_status, error.retryable), (Code::Token, Some(status), false));
        assert_eq!(error.oauth_error.as_deref(), Some(name));
        assert!(error.message.contains(ISSUER) && error.message.contains("so it is"), "{error}");
        assert_eq!(world.token_requests().len(), 1);
    }
    let tls = || TransportError::Tls { origin: ISSUER.into(), why: "unknown issuer".into() };
    let world = answering(move |_| Reply::Fail(tls()));
    assert_eq!(code(world.credential().await), Code::Tls);
    assert_eq!(world.token_requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_pause_that_the_issuer_asks_for_is_kept() {
    for (status, wish) in [(429, "7"), (503, "7"), (429, "Thu, 01 Jan 1970 00:00:07 GMT")] {
        let world = answering(move |asked| match (asked.number, wish) {
            (1, "7") => Reply::Answer(status, &[("retry-after", "7")], String::new()),
            (1, _) => Reply::Answer(status, &[("retry-after", "Thu, 01 Jan 1970 00:00:07 GMT")], String::new()),
            _ => Reply::Usual,
        });
        assert_eq!(world.number().await, 2);
        let requests = world.token_requests();
        assert!(requests[1] - requests[0] >= s(7), "asked again after {:?}", requests[1] - requests[0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_too_long_to_wait_fails_at_once_and_is_kept_by_later_callers() {
    let world = answering(|asked| match asked.number {
        1 => Reply::Answer(429, &[("retry-after", "50")], String::new()),
        _ => Reply::Usual,
    });
    let first = error(world.credential().await);
    assert_eq!((first.http_status, first.retry_after), (Some(429), Some(s(50))));
    assert_eq!(world.elapsed(), s(0));
    world.until(s(49)).await;
    assert_eq!(error(world.credential().await).retry_after, Some(s(1)));
    assert_eq!(world.token_requests().len(), 1);
    world.until(s(50)).await;
    assert_eq!(world.number().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_issuer_ends_as_a_timeout_that_names_it() {
    let world = answering(|_| Reply::Hang);
    let error = error(world.credential().await);
    assert_eq!((error.code, error.retryable), (Code::TokenTimeout, true));
    assert!(error.message.contains(ISSUER), "{error}");
    let requests = world.token_requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[1] >= s(10) && requests[1] <= Duration::from_millis(11_500), "ten seconds an attempt");
    assert_eq!(world.elapsed(), s(30), "thirty in all");
}

#[tokio::test(start_paused = true)]
async fn a_lasting_failure_is_remembered_for_five_seconds_doubling_to_sixty() {
    let world = answering(|_| oauth(401, "invalid_client"));
    while world.elapsed() < s(600) {
        assert_eq!(code(world.credential().await), Code::Token);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let requests = world.token_requests();
    let gaps: Vec<_> = requests.windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
    assert_eq!(&gaps[..7], [5, 10, 20, 40, 60, 60, 60]);
}

#[tokio::test(start_paused = true)]
async fn a_lasting_failure_is_forgotten_when_the_secrets_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "the-old-secret\n").unwrap();
    let config = json!({ "token_endpoint": format!("{ISSUER}/token"), "client_id": "c", "client_secret_file": file,
        "client_auth_method": "client_secret_post" });
    let world = World::with(SEED, &config, |asked| {
        if asked.body.contains("the-new-secret") { Reply::Usual } else { oauth(401, "invalid_client") }
    })
    .unwrap();
    for _ in 0..100 {
        assert_eq!(code(world.credential().await), Code::Token);
        tokio::time::sleep(s(1)).await;
    }
    let asked = world.token_requests().len();
    assert!(asked <= 6, "{asked} requests with a secret known to be wrong");
    world.until(s(150)).await;
    // A failure that is remembered for a minute…
    let standing = error(world.credential().await).retry_after;
    assert!(standing.is_none_or(|left| left > s(2)), "{standing:?}");
    std::fs::write(&file, "the-new-secret\n").unwrap();
    tokio::time::sleep(s(1)).await;
    // …is gone a second after the change.
    assert!(world.number().await > 1);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_replaced_while_it_is_refused_is_tried_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "the-old-secret").unwrap();
    let config = json!({ "token_endpoint": format!("{ISSUER}/token"), "client_id": "c", "client_secret_file": file,
        "client_auth_method": "client_secret_post" });
    let world = World::with(SEED, &config, move |asked| {
        if asked.body.contains("the-new-secret") {
            return Reply::Usual;
        }
        std::fs::write(&file, "the-new-secret").unwrap();
        oauth(401, "invalid_client")
    })
    .unwrap();
    assert_eq!(world.number().await, 2, "no caller notices the rotation");
}
