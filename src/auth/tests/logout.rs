//! Logging out.

use super::grants::form;
use super::*;

const REVOKE: &str = "https://issuer.example/revoke";

fn world(script: impl Fn(&Asked) -> Option<Reply> + Send + 'static) -> (World, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("refresh");
    std::fs::write(&file, "the-refresh-token").unwrap();
    let config = json!({ "issuer": ISSUER, "client_id": "c", "grant": "refresh_token", "refresh_token_file": file });
    let world = World::with(SEED, &config, move |asked| match script(asked) {
        Some(reply) => reply,
        None if asked.url.contains("well-known") => Reply::json(metadata(&json!({ "revocation_endpoint": REVOKE }))),
        None if asked.url == REVOKE => Reply::json(""),
        None => Reply::Usual,
    });
    (world.unwrap(), folder)
}

#[tokio::test(start_paused = true)]
async fn both_tokens_are_revoked_the_refresh_token_first_and_forgotten_with_the_file() {
    let (world, folder) = world(|_| None);
    assert_eq!(world.number().await, 1);
    let done = world.manager.log_out().await.unwrap();
    assert!(done.access_token && done.refresh_token);
    let revoked: Vec<_> = world.asked().iter().filter(|asked| asked.url == REVOKE).map(form).collect();
    let of = |index: usize| (revoked[index]["token"].as_str(), revoked[index]["token_type_hint"].as_str());
    assert_eq!((of(0), of(1)), (("the-refresh-token", "refresh_token"), ("token-number-1", "access_token")));
    assert_eq!(revoked[0]["client_id"], "c");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(error(world.credential().await).message.contains("log in again"));
    let nothing = world.manager.log_out().await.unwrap();
    assert!(!nothing.access_token && !nothing.refresh_token);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_forgotten_also_when_the_issuer_cannot_be_reached_and_that_is_said() {
    let (world, folder) = world(|asked| (asked.url == REVOKE).then(Reply::refused));
    assert_eq!(world.number().await, 1);
    assert_eq!(world.manager.log_out().await.unwrap_err().code, Code::Connect);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(world.credential().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_client_of_its_own_rights_gets_another_token_after_logging_out() {
    let world = World::new(SEED, |_| Reply::Usual);
    assert_eq!(world.number().await, 1);
    let done = world.manager.log_out().await.unwrap();
    assert!(!done.access_token, "this issuer has no place to revoke at");
    assert_eq!(world.number().await, 2);
}

#[tokio::test(start_paused = true)]
async fn the_token_itself_is_handed_out_only_where_the_configuration_allows_it() {
    let world = World::new(SEED, |_| Reply::Usual);
    let refused = world.manager.token().await.map(|_| ()).unwrap_err();
    assert_eq!(refused.code, Code::Refused);
    assert!(refused.message.contains("auth.expose_token"));
    assert_eq!(world.token_requests().len(), 0);
    let config = json!({ "issuer": ISSUER, "client_id": "c", "client_secret": SECRET, "expose_token": true });
    let world = World::with(SEED, &config, |_| Reply::Usual).unwrap();
    assert_eq!(world.manager.token().await.unwrap().0.expose(), "token-number-1");
}
