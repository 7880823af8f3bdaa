//! A static token, by value or in a file.

use super::*;

static TOO_LONG: [u8; 70_000] = [b'x'; 70_000];

fn held(config: &serde_json::Value) -> World {
    World::with(SEED, config, |_| panic!("a static token needs no issuer")).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_token_in_a_file_is_read_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "token-number-1\n").unwrap();
    let world = held(&json!({ "token_file": file }));
    assert_eq!(world.number().await, 1);
    std::fs::write(&file, "token-number-2\r\n").unwrap();
    tokio::time::sleep(s(1)).await;
    let credential = world.credential().await.unwrap();
    assert_eq!((number(&credential), credential.generation), (2, 2));
    tokio::time::sleep(s(10)).await;
    assert_eq!(world.credential().await.unwrap().generation, 2, "what did not change is no new generation");
    assert!(!world.redactor.scrub("token-number-2").contains("number"));
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_worth_a_replay_only_if_its_file_holds_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "token-number-1").unwrap();
    let world = held(&json!({ "token_file": file }));
    let first = world.credential().await.unwrap().generation;
    assert!(!world.rejected(first).await.unwrap());
    std::fs::write(&file, "token-number-2").unwrap();
    assert!(world.rejected(first).await.unwrap(), "read at once, not after a second");
    assert_eq!(world.number().await, 2);
    let fixed = held(&json!({ "token": "token-number-1" }));
    assert!(!fixed.rejected(1).await.unwrap());
    assert_eq!(fixed.number().await, 1, "and never sent without");
}

#[tokio::test(start_paused = true)]
async fn no_call_fails_while_the_file_is_being_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "token-number-1").unwrap();
    let world = held(&json!({ "token_file": file }));
    for broken in [&b""[..], b"\n", b"\xff\xfe", b"two words", &TOO_LONG] {
        std::fs::write(&file, broken).unwrap();
        tokio::time::sleep(s(2)).await;
        assert_eq!(world.number().await, 1);
    }
    std::fs::remove_file(&file).unwrap();
    tokio::time::sleep(s(2)).await;
    assert_eq!(world.number().await, 1);
    std::fs::write(&file, "token-number-2").unwrap();
    tokio::time::sleep(s(2)).await;
    assert_eq!(world.number().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_holds_no_token_at_first_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let attempt = || World::with(SEED, &json!({ "token_file": file }), |_| Reply::Usual).err().unwrap();
    assert!(attempt().message.contains("cannot be read"));
    for (content, why) in
        [(&b""[..], "is empty"), (b"\r\n", "is empty"), (b"\xff\xfe", "not UTF-8"), (&TOO_LONG, "64 KiB")]
    {
        std::fs::write(&file, content).unwrap();
        let error = attempt();
        assert_eq!(error.code, Code::ConfigFile);
        assert!(error.message.contains("`auth.token_file`") && error.message.contains(why), "{error}");
        assert!(error.message.contains(file.to_str().unwrap()));
    }
    std::fs::write(&file, "token\r\nX-Evil: 1").unwrap();
    assert_eq!(attempt().code, Code::Token);
}
