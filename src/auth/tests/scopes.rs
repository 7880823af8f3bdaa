//! A server wants more scopes than the token has.

use super::grants::form;
use super::*;

fn scopes(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn more_scopes_are_asked_for_besides_those_that_there_were_and_used_from_then_on() {
    let config = json!({ "issuer": ISSUER, "client_id": "c", "client_secret": SECRET, "scopes": ["b"] });
    let world = World::with(SEED, &config, |_| Reply::Usual).unwrap();
    let first = world.credential().await.unwrap();
    assert!(world.manager.insufficient(&first, &scopes(&["c", "a", "b"])).await.unwrap());
    assert_eq!(form(world.asked().last().unwrap())["scope"], "a b c");
    let second = world.credential().await.unwrap();
    assert_eq!((number(&second), world.manager.status().scopes), (2, scopes(&["a", "b", "c"])));
    // Who comes later with the old one needs no other, and asking for nothing new is no use.
    assert!(world.manager.insufficient(&first, &scopes(&["c"])).await.unwrap());
    assert!(!world.manager.insufficient(&second, &scopes(&["c"])).await.unwrap());
    assert!(!world.manager.insufficient(&second, &[]).await.unwrap());
    assert!(!world.manager.insufficient(&second, &scopes(&["not a scope"])).await.unwrap());
    assert_eq!(world.token_requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn scopes_that_the_issuer_does_not_give_leave_the_token_as_it_was() {
    let config = json!({ "issuer": ISSUER, "client_id": "c", "client_secret": SECRET, "scopes": ["a"] });
    let world = World::with(SEED, &config, |asked| match asked.number {
        0 | 1 => Reply::Usual,
        _ => Reply::Answer(400, &[], r#"{"error":"invalid_scope"}"#.into()),
    })
    .unwrap();
    let first = world.credential().await.unwrap();
    let refused = world.manager.insufficient(&first, &scopes(&["b"])).await.unwrap_err();
    assert_eq!(refused.oauth_error.as_deref(), Some("invalid_scope"));
    assert_eq!((world.number().await, world.manager.status().scopes), (1, scopes(&["a"])));
    for _ in 0..100 {
        assert!(world.manager.insufficient(&first, &scopes(&["b"])).await.is_err());
    }
    assert_eq!(world.token_requests().len(), 2, "a refusal is not asked for again and again");
}
