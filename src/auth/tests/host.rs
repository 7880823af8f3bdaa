//! Tokens from the host.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::auth::{HostRequest, Provider, Provision, TokenRequest};
use zeroize::Zeroizing;

type Script = Box<dyn Fn(usize, &TokenRequest) -> Result<String> + Send + Sync>;

/// A host that does what its script says of its n-th request, counted from 1.
struct Answering(Arc<AtomicUsize>, Script);

impl Provider for Answering {
    fn ask(&self, request: HostRequest, _: Duration) -> BoxFuture<'static, Result<Zeroizing<Vec<u8>>>> {
        let HostRequest::Token(request) = request else { panic!("a token is asked for") };
        let answer = (self.1)(self.0.fetch_add(1, Ordering::SeqCst) + 1, &request);
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            answer.map(|text| Zeroizing::new(text.into_bytes()))
        })
    }
}

fn world() -> World {
    let config = json!({ "type": "host", "scopes": ["a"], "audience": "b" });
    World::with(SEED, &config, |_| panic!("no issuer is asked")).unwrap()
}

fn provide(
    world: &World,
    script: impl Fn(usize, &TokenRequest) -> Result<String> + Send + Sync + 'static,
) -> (Provision, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let provider = Arc::new(Answering(Arc::clone(&asked), Box::new(script)));
    (world.manager.provide(provider).unwrap(), asked)
}

fn token(number: usize) -> String {
    json!({ "access_token": format!("token-number-{number}"), "expires_in": 3600 }).to_string()
}

#[tokio::test(start_paused = true)]
async fn the_host_is_asked_once_for_all_who_wait_and_again_before_the_token_ends() {
    let world = world();
    let (_provision, asked) = provide(&world, |number, request| {
        assert_eq!((request.scopes.as_slice(), request.audience.as_deref()), (["a".to_owned()].as_slice(), Some("b")));
        assert!(!request.rejected);
        Ok(token(number))
    });
    let callers: Vec<_> = (0..1000).map(|_| world.credential()).collect();
    assert!(
        futures_util::future::join_all(callers)
            .await
            .iter()
            .all(|credential| number(credential.as_ref().unwrap()) == 1)
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    world.until(s(3500)).await;
    assert_eq!(world.number().await, 2, "renewed in the background, since it had been used");
}

#[tokio::test(start_paused = true)]
async fn the_host_is_told_when_the_server_did_not_accept_its_token() {
    let world = world();
    let (_provision, asked) = provide(&world, |number, request| {
        assert_eq!(request.rejected, number == 2);
        Ok(token(number))
    });
    let first = world.credential().await.unwrap();
    assert!(world.rejected(first.generation).await.unwrap());
    assert_eq!((world.number().await, asked.load(Ordering::SeqCst)), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn without_a_host_to_ask_the_error_says_what_to_do_and_is_forgotten_when_there_is_one() {
    let world = world();
    let error = error(world.credential().await);
    assert_eq!((error.code, error.retryable), (Code::Token, true));
    assert!(error.message.contains("open a subscription to `auth.serve`"), "{error}");
    let (provision, _) = provide(&world, |number, _| Ok(token(number)));
    assert_eq!(world.number().await, 1);
    drop(provision);
    world.until(s(4000)).await;
    assert_eq!(code(world.credential().await), Code::Token);
}

#[tokio::test(start_paused = true)]
async fn the_latest_is_asked_and_after_it_the_one_before() {
    let world = world();
    let (_first, asked_first) = provide(&world, |_, _| Ok(token(1)));
    let (second, asked_second) = provide(&world, |_, _| Ok(token(2)));
    assert_eq!(world.number().await, 2);
    drop(second);
    world.until(s(4000)).await;
    assert_eq!(world.number().await, 1);
    assert_eq!((asked_first.load(Ordering::SeqCst), asked_second.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_answer_is_a_clear_error_that_repeats_none_of_it() {
    for (answer, why) in [
        ("[\"hunter2hunter2\"]", "not a JSON object"),
        (r#"{"token":"hunter2hunter2"}"#, "no access_token"),
        (r#"{"access_token":"hunter2hunter2","expires_in":"soon"}"#, "expires_in is not a number"),
        (r#"{"access_token":"hunter2hunter2","token_type":"DPoP"}"#, "of the type DPoP"),
    ] {
        let world = world();
        let (_provision, _) = provide(&world, move |_, _| Ok(answer.to_owned()));
        let error = error(world.credential().await);
        assert_eq!(error.code, Code::Token);
        assert!(error.message.contains("the host gave no token") && error.message.contains(why), "{error}");
        assert!(!error.to_json().contains("hunter2"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_host_says_of_a_token_that_it_cannot_give_is_the_callers_error() {
    let world = world();
    let (_provision, asked) = provide(&world, |_, _| Err(Error::new(Code::Forbidden, "the user has logged out")));
    let error = error(world.credential().await);
    assert_eq!(error.code, Code::Forbidden);
    assert!(error.message.contains("from the host: the user has logged out"), "{error}");
    assert_eq!(code(world.credential().await), Code::Forbidden);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "it is not asked again at once");
}

#[tokio::test(start_paused = true)]
async fn only_a_client_whose_tokens_are_the_hosts_can_be_served() {
    let world = World::new(SEED, |_| Reply::Usual);
    let provider = Arc::new(Answering(Arc::default(), Box::new(|number, _| Ok(token(number)))));
    let error = world.manager.provide(provider).err().unwrap();
    assert_eq!(error.code, Code::Config);
    assert!(error.message.contains("`auth.type`"), "{error}");
}
