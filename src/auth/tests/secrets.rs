//! What arrives at the issuer, and that no secret shows up anywhere else.

use super::*;
use crate::config::LogConfig;
use crate::observe::log::Logging;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use url::form_urlencoded;

/// A secret as an issuer might throw it back, alone or after a few other bytes.
fn echoes(secret: &str) -> Vec<String> {
    let mut all = plain(secret);
    for before in ["", "a", "ab"] {
        let text = format!("{before}{secret}");
        all.extend([STANDARD.encode(&text), STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)]);
    }
    all
}

/// What to search for: the same, but of base64 only the part that does not depend on what stands around it.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = plain(secret);
    for skipped in 0..3 {
        let whole = &secret.as_bytes()[skipped..];
        let whole = &whole[..whole.len() / 3 * 3];
        forms.extend([STANDARD_NO_PAD.encode(whole), URL_SAFE_NO_PAD.encode(whole)]);
    }
    forms
}

fn plain(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let form: String = form_urlencoded::byte_serialize(bytes).collect();
    let hex = |format: fn(&u8) -> String| bytes.iter().map(format).collect::<String>();
    let json = serde_json::to_string(secret).unwrap();
    vec![
        secret.to_owned(),
        form.replace('+', "%20"),
        form,
        json[1..json.len() - 1].to_owned(),
        hex(|byte| format!("{byte:02x}")),
        hex(|byte| format!("{byte:02X}")),
        hex(|byte| format!("%{byte:02X}")),
    ]
}

fn assert_clean(text: &str, secret: &str) {
    for form in forms(secret) {
        assert!(!text.contains(&form), "{form} stands in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn client_secret_basic_is_form_encoded_before_base64() {
    let world = World::new(SEED, |_| Reply::Usual);
    world.number().await;
    let asked = world.asked().pop().unwrap();
    let header = &asked.headers["authorization"];
    assert!(header.is_sensitive(), "or it would show up in a dependency's debug output");
    let pair = STANDARD.decode(header.to_str().unwrap().strip_prefix("Basic ").unwrap()).unwrap();
    assert_eq!(String::from_utf8(pair).unwrap(), "the+client:p%40ss%2Fw%C3%B6rd%2B%22x%22+1%262%3D%3F");
    assert_eq!(asked.body, "grant_type=client_credentials");
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
    assert!(!world.asked()[0].headers.contains_key("authorization"), "metadata is asked for without a credential");
}

#[tokio::test(start_paused = true)]
async fn client_secret_post_puts_the_secret_into_the_form_and_nowhere_else() {
    let config = json!({ "issuer": ISSUER, "client_id": "the client", "client_secret": SECRET, "audience": "a&b",
        "scopes": ["write", "read", "write"], "resources": ["https://r/1", "https://r/2"] });
    let world = World::with(SEED, &config, |asked| match asked.number {
        0 => Reply::json(metadata(
            &json!({ "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post"] }),
        )),
        _ => Reply::Usual,
    })
    .unwrap();
    world.number().await;
    let asked = world.asked().pop().unwrap();
    assert!(!asked.headers.contains_key("authorization"));
    let pairs: Vec<_> = form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
    let expected = [
        ("grant_type", "client_credentials"),
        ("scope", "read write"),
        ("audience", "a&b"),
        ("resource", "https://r/1"),
        ("resource", "https://r/2"),
        ("client_id", "the client"),
        ("client_secret", SECRET),
    ];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(!asked.url.contains('?'));
}

#[tokio::test(start_paused = true)]
async fn a_token_answer_that_makes_no_sense_is_a_clear_error_with_nothing_secret_in_it() {
    let token = "secret-token-0123456789";
    let with = |other: serde_json::Value| {
        let mut all = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 60 });
        for (name, value) in other.as_object().unwrap() {
            all[name] = value.clone();
        }
        all.to_string()
    };
    let answers = [
        ("<!DOCTYPE html><p>secret-token-0123456789".to_owned(), "not a JSON object"),
        ("access_token=secret-token-0123456789".to_owned(), "not a JSON object"),
        (String::new(), "not a JSON object"),
        (r#""secret-token-0123456789""#.to_owned(), "not a JSON object"),
        (r#"{"token_type":"Bearer"}"#.to_owned(), "no access_token"),
        (with(json!({ "access_token": "" })), "is empty"),
        (with(json!({ "access_token": null })), "not a text"),
        (with(json!({ "access_token": { "value": "secret-token-0123456789" } })), "not a text"),
        (with(json!({ "token_type": "DPoP" })), "of the type DPoP, not Bearer"),
        (with(json!({ "token_type": null })), "no token_type"),
        (with(json!({ "access_token": "secret-token-0123456789\r\nX-Evil: 1" })), "HTTP header cannot carry"),
        (with(json!({ "access_token": "secret-token-0123456789\n" })), "HTTP header cannot carry"),
        (with(json!({ "access_token": "secret-token-0123456789 x" })), "HTTP header cannot carry"),
        (with(json!({ "access_token": "secret-token-0123456789\u{0}" })), "HTTP header cannot carry"),
        (with(json!({ "access_token": "secret-token-0123456789é" })), "HTTP header cannot carry"),
    ];
    for (answer, why) in answers {
        let world =
            World::new(SEED, move |asked| if asked.number > 0 { Reply::json(answer.clone()) } else { Reply::Usual });
        let error = error(world.credential().await);
        assert_eq!(error.code, Code::Token, "{error}");
        assert!(error.message.contains(why), "{error}");
        assert!(!error.retryable);
        let status = serde_json::to_string(&world.manager.status()).unwrap();
        assert_clean(&(error.to_json() + &status), token);
        assert_eq!(world.token_requests().len(), 1);
    }
    let world = World::new(SEED, |asked| match asked.number {
        0 => Reply::Usual,
        _ => Reply::json(r#"{"access_token":"token-number-1","token_type":"bEARER"}"#),
    });
    assert_eq!(world.number().await, 1, "the type is compared without case");
}

/// An issuer that throws the client's own secret back at it, in every form.
#[test]
fn no_secret_stands_in_an_error_the_status_or_a_log_record() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let config: LogConfig = serde_json::from_value(json!({ "level": "trace", "file": file })).unwrap();
    let redactor = Arc::new(Redactor::new());
    let logging = Logging::start(&config, Arc::clone(&redactor)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let mut seen = String::new();
    let subscriber = tracing::dispatcher::set_default(&logging.dispatch());
    runtime.block_on(async {
        for form in echoes(SECRET) {
            for before in ["", "x", "\u{1}", &"y".repeat(190)] {
                let echo = format!("{before}{form}");
                let world = World::new(SEED, move |asked| match asked.number {
                    0 => Reply::Usual,
                    _ => Reply::Answer(400, &[], json!({ "error": &echo, "error_description": &echo }).to_string()),
                });
                // The log of a runtime shares its redactor; here it must learn the secret from another world.
                redactor.register("client_secret", &crate::secret::Secret::new(SECRET));
                let error = error(world.credential().await);
                seen += &error.to_json();
                seen += &error.to_string();
                seen += &serde_json::to_string(&world.manager.status()).unwrap();
                assert!(error.message.contains(ISSUER));
                let half = form.chars().take(form.chars().count() / 2).collect::<String>();
                assert!(!error.to_json().contains(&half), "half a secret is left: {error}");
            }
        }
    });
    drop(subscriber);
    logging.close(Duration::from_secs(60));
    let log = std::fs::read_to_string(file).unwrap();
    assert!(log.contains("a token was not obtained"), "the records are there: {log}");
    assert_clean(&log, SECRET);
    assert_clean(&seen, SECRET);
}

#[tokio::test(start_paused = true)]
async fn the_token_is_masked_wherever_it_shows_up_from_when_it_came() {
    let world = World::new(SEED, |_| Reply::Usual);
    let credential = world.credential().await.unwrap();
    assert!(credential.header().is_sensitive());
    assert!(!format!("{:?}", credential.header()).contains("token-number"));
    for form in echoes("token-number-1") {
        assert_clean(&world.redactor.scrub(&form), "token-number-1");
    }
    let status = serde_json::to_string(&world.manager.status()).unwrap();
    assert_clean(&status, "token-number-1");
    assert_clean(&status, SECRET);
}
