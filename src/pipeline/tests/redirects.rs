//! Redirects: on the same origin, or not at all.

use super::*;

fn to(status: u16, place: &str) -> Does {
    Does::With(status, vec![("location", place.to_owned())])
}

fn requests(world: &World) -> Vec<(String, String, usize)> {
    let arrived = world.server.arrived.lock().unwrap();
    arrived.iter().map(|one| (one.method.to_string(), one.url.path().to_owned(), one.body.len())).collect()
}

fn row(method: &str, path: &str, bytes: usize) -> (String, String, usize) {
    (method.to_owned(), path.to_owned(), bytes)
}

#[tokio::test(start_paused = true)]
async fn a_redirect_on_the_same_origin_is_followed_as_its_status_says() {
    for (status, expected) in
        [(307, row("POST", "/next", 2)), (308, row("POST", "/next", 2)), (303, row("GET", "/next", 0))]
    {
        let world = World::of(&[to(status, "/next"), Does::Status(200)]);
        let reply = world.run(Repeat::Never).await.unwrap();
        assert_eq!((reply.attempts, requests(&world)), (1, vec![row("POST", "/path", 2), expected]), "{status}");
        assert_eq!(world.field("authorization"), ["Bearer token-0"; 2], "the same origin gets the same credential");
        assert_eq!(world.field("content-type")[1].is_empty(), status == 303);
    }
    for status in [301, 302] {
        let world = World::of(&[to(status, "https://kei.example/next?a=1"), Does::Status(200)]);
        let mut call = world.call(Repeat::Safe);
        (call.method, call.body) = (Method::GET, Bytes::new());
        world.pipeline.run(&call).await.unwrap();
        assert_eq!(requests(&world)[1], row("GET", "/next", 0));
        // What these ask of a POST is not agreed on.
        let world = World::of(&[to(status, "/next"), Does::Status(200)]);
        assert_eq!(failed(world.run(Repeat::Safe).await).http_status, Some(status));
        assert_eq!(world.sent(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn no_redirect_leads_to_another_origin_not_even_an_allowed_one() {
    for place in [
        "https://other.example/next",
        "http://kei.example/next",
        "https://kei.example:8443/next",
        "//other.example/next",
        "https://user:password@kei.example/next",
        "https://kei.example.other.example/",
        "javascript:alert(1)",
    ] {
        let world = World::of(&[to(307, place), Does::Status(200)]);
        let error = failed(world.run(Repeat::Safe).await);
        assert_eq!((error.code, error.http_status, world.sent()), (Code::Protocol, Some(307), 1), "{place}");
        assert!(error.message.contains("not followed") && !error.message.contains("password"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn redirects_end_after_five_or_as_many_as_are_configured() {
    let world = World::of(&[to(307, "/round")]);
    assert_eq!(failed(world.run(Repeat::Safe).await).http_status, Some(307));
    assert_eq!(world.sent(), 6);
    let world = World::with(&json!({ "http": { "max_redirects": 0 } }), Tokens::default(), |_| to(307, "/round"));
    failed(world.run(Repeat::Safe).await);
    assert_eq!(world.sent(), 1);
}
