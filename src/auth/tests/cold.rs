//! Many callers, no token yet.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::clock::SystemClock;
use crate::observe::Observe;
use futures_util::future::join_all;

#[tokio::test(start_paused = true)]
async fn ten_thousand_cold_callers_make_one_token_request() {
    let world = World::new(SEED, |asked| if asked.number > 0 { Reply::Usual.later(s(5)) } else { Reply::Usual });
    let calls: Vec<_> = (0..10_000)
        .map(|_| {
            let manager = Arc::clone(&world.manager);
            tokio::spawn(async move { manager.credential().await.unwrap().unwrap() })
        })
        .collect();
    let got = join_all(calls).await;
    assert!(got.iter().all(|credential| number(credential.as_ref().unwrap()) == 1));
    assert_eq!(world.token_requests().len(), 1);
    assert_eq!(world.asked().len(), 2, "one for the metadata, one for the token");
    assert_eq!(world.elapsed(), s(5));
}

#[tokio::test(start_paused = true)]
async fn cancelling_the_first_caller_fails_none_of_the_others() {
    let world = World::new(SEED, |asked| if asked.number > 0 { Reply::Usual.later(s(5)) } else { Reply::Usual });
    let mut first = Box::pin(world.credential());
    assert!(futures_util::poll!(&mut first).is_pending());
    world.until(s(1)).await;
    assert_eq!(world.token_requests().len(), 1, "the first caller's fetch is under way");
    let others: Vec<_> = (0..100)
        .map(|_| {
            let manager = Arc::clone(&world.manager);
            tokio::spawn(async move { manager.credential().await.unwrap().unwrap() })
        })
        .collect();
    tokio::task::yield_now().await;
    drop(first);
    assert!(join_all(others).await.into_iter().all(|other| number(&other.unwrap()) == 1));
    assert_eq!(world.token_requests().len(), 1);
    assert_eq!(world.elapsed(), s(5), "the fetch went on as if nobody had gone");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_alone_began_the_fetch_and_goes_leaves_the_token_behind() {
    let world = World::new(SEED, |asked| if asked.number > 0 { Reply::Usual.later(s(5)) } else { Reply::Usual });
    assert!(tokio::time::timeout(s(1), world.credential()).await.is_err());
    world.until(s(6)).await;
    assert_eq!(world.manager.status().generation, 1);
    assert_eq!(world.number().await, 1);
    assert_eq!(world.token_requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn each_caller_waits_only_to_its_own_deadline() {
    let world = World::new(SEED, |asked| if asked.number > 0 { Reply::Usual.later(s(5)) } else { Reply::Usual });
    let waiting = (1..10_u64).map(|deadline| {
        let world = &world;
        async move {
            let outcome = tokio::time::timeout(s(deadline), world.credential()).await;
            (deadline, outcome.is_ok(), world.elapsed())
        }
    });
    for (deadline, came, at) in join_all(waiting).await {
        // At 5 s exactly the token and the deadline come together; either may be first.
        if deadline != 5 {
            assert_eq!((came, at), (deadline > 5, s(deadline.min(5))));
        }
    }
    assert_eq!(world.token_requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_looked_just_before_the_token_came_makes_no_request_of_its_own() {
    let world = World::new(SEED, |_| Reply::Usual);
    let before = world.clock.now();
    assert_eq!(world.number().await, 1);
    let Kind::Issuer(view) = &world.manager.kind else { panic!("a client of an issuer") };
    let manager = view.manager();
    // Where such a caller goes on, having seen no token.
    assert_eq!(number(&manager.wait_for_next(before).await.unwrap()), 1);
    assert_eq!(world.token_requests().len(), 1);
}

/// The fetch of one caller may end between another's look at the token and its look at the fetch.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_on_many_threads_make_one_token_request() {
    struct Instant(AtomicUsize);
    impl Exchange for Instant {
        fn send(&self, request: HttpRequest) -> BoxFuture<'static, Answered> {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            assert!(request.url.path() == "/token");
            let body = token(number, Some(json!(3600))).into();
            Box::pin(async {
                Ok(Box::new(HttpResponse { status: StatusCode::OK, headers: HeaderMap::new(), body, socket: None }))
            })
        }
    }
    let config = json!({ "token_endpoint": format!("{ISSUER}/token"), "client_id": "c", "client_secret": SECRET });
    let config: AuthConfig = serde_json::from_value(config).unwrap();
    for round in 0..300 {
        let http = Arc::new(Instant(AtomicUsize::new(0)));
        let means = Means {
            timeouts: TimeoutConfig::default(),
            http: Arc::clone(&http) as Arc<dyn Exchange>,
            clock: Arc::new(SystemClock),
            observe: Observe::default(),
            actor: String::new(),
            spawner: Handle::current(),
            cache: Arc::default(),
            mounts: crate::config::Mounts::default(),
            certificate: None,
            way: String::new(),
        };
        let manager = TokenManager::new(&config, &means);
        let manager = Arc::new(manager.unwrap());
        let calls = (0..64).map(|_| {
            let manager = Arc::clone(&manager);
            tokio::spawn(async move { manager.credential().await.unwrap().unwrap().generation })
        });
        let generations = join_all(calls.collect::<Vec<_>>()).await;
        assert!(generations.into_iter().all(|generation| generation.unwrap() == 1), "round {round}");
        assert_eq!(http.0.load(Ordering::SeqCst), 1, "round {round}");
    }
}
