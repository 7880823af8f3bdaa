//! The grants: what each asks the issuer, and what becomes of its answer.

use std::collections::BTreeMap;

use super::*;
use crate::auth::{DevicePrompt, HostRequest, Provider};
use url::form_urlencoded;
use zeroize::Zeroizing;

/// The parameters of a request.
pub(super) fn form(asked: &Asked) -> BTreeMap<String, String> {
    form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect()
}

fn last_form(world: &World) -> BTreeMap<String, String> {
    form(world.asked().last().unwrap())
}

/// A client of the issuer by `auth`, whose requests `script` answers.
fn world(auth: &serde_json::Value, script: impl FnMut(&Asked) -> Reply + Send + 'static) -> World {
    let mut config = json!({ "issuer": ISSUER, "client_id": "the client" });
    for (name, value) in auth.as_object().unwrap() {
        config[name] = value.clone();
    }
    World::with(SEED, &config, script).unwrap()
}

fn with_refresh(number: usize, refresh: &str) -> Reply {
    let mut answer: serde_json::Value = serde_json::from_str(&token(number, Some(json!(3600)))).unwrap();
    answer["refresh_token"] = refresh.into();
    Reply::json(answer.to_string())
}

#[tokio::test(start_paused = true)]
async fn the_workloads_token_is_read_for_each_request_and_sent_in_place_of_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "workload-token-one").unwrap();
    let world = world(&json!({ "grant": "workload_identity", "workload_token_file": file }), |_| Reply::Usual);
    world.number().await;
    let sent = last_form(&world);
    assert_eq!(sent["grant_type"], "client_credentials");
    assert_eq!(sent["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!((sent["client_assertion"].as_str(), sent["client_id"].as_str()), ("workload-token-one", "the client"));
    std::fs::write(&file, "workload-token-two").unwrap();
    world.until(s(3595)).await;
    assert_eq!(world.number().await, 2);
    assert_eq!(last_form(&world)["client_assertion"], "workload-token-two");
    assert!(!world.redactor.scrub("a workload-token-two b").contains("workload-token-two"));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_exchanged_with_subject_actor_and_types() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("subject");
    std::fs::write(&file, "the-subjects-token").unwrap();
    let world = world(
        &json!({ "grant": "token_exchange", "client_secret": SECRET, "subject_token_file": file, "actor_token": "the-actors-token",
            "actor_token_type": "urn:ietf:params:oauth:token-type:jwt", "audience": "there", "resources": ["https://r/1"],
            "requested_token_type": "urn:ietf:params:oauth:token-type:access_token", "parameters": { "vendor": "x" } }),
        |_| Reply::Usual,
    );
    world.number().await;
    let sent = last_form(&world);
    for (name, value) in [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", "the-subjects-token"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("actor_token", "the-actors-token"),
        ("actor_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("audience", "there"),
        ("resource", "https://r/1"),
        ("vendor", "x"),
    ] {
        assert_eq!(sent[name], value, "{name}");
    }
    for secret in ["the-subjects-token", "the-actors-token"] {
        assert!(!world.redactor.scrub(secret).contains(secret));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_the_issuer_replaces_is_replaced_in_memory_and_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("refresh");
    std::fs::write(&file, "refresh-token-0").unwrap();
    let world = world(&json!({ "grant": "refresh_token", "refresh_token_file": file }), |asked| match asked.number {
        0 => Reply::Usual,
        number => {
            assert_eq!(form(asked)["refresh_token"], format!("refresh-token-{}", number - 1), "each is used once");
            with_refresh(number, &format!("refresh-token-{number}"))
        }
    });
    for round in 1..=3 {
        assert_eq!(world.number().await, round);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("refresh-token-{round}"));
        tokio::time::sleep(s(3595)).await;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    // Without a file, it is kept in memory.
    let world = self::world(&json!({ "grant": "refresh_token", "refresh_token": "refresh-token-0" }), |asked| {
        match asked.number {
            0 => Reply::Usual,
            number => {
                assert_eq!(form(asked)["refresh_token"], format!("refresh-token-{}", number - 1));
                with_refresh(number, &format!("refresh-token-{number}"))
            }
        }
    });
    for round in 1..=3 {
        assert_eq!(world.number().await, round);
        tokio::time::sleep(s(3595)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_is_shown_once_and_one_that_is_refused_never_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("refresh");
    std::fs::write(&file, "the-old-refresh-token").unwrap();
    let world = world(&json!({ "grant": "refresh_token", "refresh_token_file": file }), |asked| match asked.number {
        0 => Reply::Usual,
        1 => Reply::status(503),
        _ if form(asked)["refresh_token"] == "the-new-refresh-token" => Reply::Token(3600),
        _ => Reply::Answer(400, &[], r#"{"error":"invalid_grant","error_description":"the-old-refresh-token"}"#.into()),
    });
    // It may have been used up, though the answer was a 503: it is not sent again at once.
    assert!(world.credential().await.is_err());
    assert_eq!(world.token_requests().len(), 1);
    tokio::time::sleep(s(2)).await;
    let refused = error(world.credential().await);
    assert_eq!(refused.oauth_error.as_deref(), Some("invalid_grant"));
    assert!(!refused.to_json().contains("the-old-refresh-token"));
    tokio::time::sleep(s(120)).await;
    let gone = error(world.credential().await);
    assert!(gone.message.contains("log in again"), "{}", gone.message);
    assert_eq!(world.token_requests().len(), 2, "one that was refused is not shown again");
    std::fs::write(&file, "the-new-refresh-token").unwrap();
    tokio::time::sleep(s(120)).await;
    assert_eq!(world.number().await, 3);
}

/// A host that notes what it is shown.
struct Shown(Mutex<Vec<DevicePrompt>>);

impl Provider for Shown {
    fn ask(&self, request: HostRequest, _: Duration) -> BoxFuture<'static, Result<Zeroizing<Vec<u8>>>> {
        let HostRequest::DeviceCode(prompt) = request else { panic!("a prompt") };
        self.0.lock().unwrap().push(prompt);
        Box::pin(async { Ok(Zeroizing::new(b"null".to_vec())) })
    }
}

const DEVICE: &str = "https://issuer.example/device";

fn begun(interval: u64, life: u64) -> Reply {
    let answer = json!({ "device_code": "the-device-code", "user_code": "WDJB-MJHT", "verification_uri": "https://issuer.example/go",
        "verification_uri_complete": "https://issuer.example/go?c=WDJB-MJHT", "expires_in": life, "interval": interval });
    Reply::json(answer.to_string())
}

fn refused(error: &str) -> Reply {
    Reply::Answer(400, &[], json!({ "error": error }).to_string())
}

#[tokio::test(start_paused = true)]
async fn a_person_is_shown_where_to_consent_and_the_token_comes_when_they_have() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("refresh");
    let mut polls = 0;
    let world = world(&json!({ "grant": "device_code", "refresh_token_file": file, "scopes": ["a"] }), move |asked| {
        if asked.url == DEVICE {
            assert_eq!((form(asked)["scope"].as_str(), form(asked)["client_id"].as_str()), ("a", "the client"));
            return begun(5, 600);
        }
        if asked.number == 0 {
            return Reply::json(metadata(&json!({ "device_authorization_endpoint": DEVICE })));
        }
        let sent = form(asked);
        if sent["grant_type"] == "refresh_token" {
            assert_eq!(sent["refresh_token"], "the-first-refresh-token");
            return Reply::Token(3600);
        }
        assert_eq!(sent["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
        assert_eq!(sent["device_code"], "the-device-code");
        polls += 1;
        match polls {
            1 => refused("authorization_pending"),
            2 => refused("slow_down"),
            3 => refused("authorization_pending"),
            _ => with_refresh(1, "the-first-refresh-token"),
        }
    });
    let nobody = error(world.credential().await);
    assert!(nobody.message.contains("auth.serve") && nobody.retryable, "{}", nobody.message);
    let shown = Arc::new(Shown(Mutex::default()));
    let _provision = world.manager.provide(Arc::clone(&shown) as Arc<dyn Provider>).unwrap();
    let start = world.clock.now();
    let token = world.credential().await.unwrap();
    assert_eq!(number(&token), 1);
    // 5 s, 5 s, and then 10 s each, since it was too fast.
    let took = world.clock.now() - start;
    assert!(took >= s(30) && took < s(31), "{took:?}");
    let prompts = shown.0.lock().unwrap().clone();
    assert_eq!(prompts.len(), 1);
    assert_eq!((prompts[0].user_code.as_str(), prompts[0].expires_in_ms), ("WDJB-MJHT", 600_000));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "the-first-refresh-token");
    world.refresh().await;
    assert_eq!(shown.0.lock().unwrap().len(), 1, "with a refresh token nobody needs to be asked");
}

#[tokio::test(start_paused = true)]
async fn a_device_code_that_nobody_confirms_or_that_is_refused_is_a_clear_error() {
    for (answer, told) in [
        ("authorization_pending", "nobody consented"),
        ("access_denied", "access_denied"),
        ("expired_token", "expired_token"),
    ] {
        let world = world(&json!({ "grant": "device_code" }), move |asked| match asked.url.as_str() {
            DEVICE => begun(5, 60),
            _ if asked.number == 0 => Reply::json(metadata(&json!({ "device_authorization_endpoint": DEVICE }))),
            _ => refused(answer),
        });
        let _provision = world.manager.provide(Arc::new(Shown(Mutex::default()))).unwrap();
        let error = error(world.credential().await);
        assert!(error.message.contains(told), "{}", error.message);
        assert!(world.elapsed() <= s(61) && !error.message.contains("the-device-code"));
    }
    let world = world(&json!({ "grant": "device_code" }), |_| Reply::Usual);
    let _provision = world.manager.provide(Arc::new(Shown(Mutex::default()))).unwrap();
    assert!(error(world.credential().await).message.contains("device_authorization_endpoint"));
}
