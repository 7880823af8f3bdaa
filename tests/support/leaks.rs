//! The search for secrets in what came out, in every form in which they could have come out.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Fails when one of `secrets` stands in `text`, as it is or encoded.
pub fn assert_none(secrets: &[String], text: &str, where_from: &str) {
    for secret in secrets {
        assert!(secret.len() >= 8, "too short to be searched for");
        for form in forms(secret) {
            assert!(!text.contains(&form), "a secret leaked into {where_from} as {form}");
        }
    }
}

/// A secret as it is, percent-, form-, JSON-, hex- and base64-encoded.
pub fn forms(secret: &str) -> Vec<String> {
    let hex = |case: fn(u8) -> String| secret.bytes().map(case).collect::<String>();
    let json = serde_json::to_string(secret).expect("a text can be JSON");
    let mut forms = vec![
        secret.to_owned(),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        json[1..json.len() - 1].to_owned(),
        hex(|byte| format!("{byte:02x}")),
        hex(|byte| format!("{byte:02X}")),
        hex(|byte| format!("%{byte:02x}")),
        hex(|byte| format!("%{byte:02X}")),
    ];
    for before in 0..3 {
        // What stands before and behind shares its first and last character with the secret: they are left out.
        let padded = [&vec![0; before], secret.as_bytes()].concat();
        for encode in [|bytes: &[u8]| STANDARD_NO_PAD.encode(bytes), |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes)] {
            let text = encode(&padded[..padded.len() - padded.len() % 3]);
            forms.push(text[if before == 0 { 0 } else { 4 }..].to_owned());
        }
    }
    forms
}

#[test]
fn the_search_finds_a_secret_in_every_form() {
    let secret = "k+y/s3cr%t \"x\" ~end".to_owned();
    for form in forms(&secret) {
        let text = format!("before {form} behind");
        let found = std::panic::catch_unwind(|| assert_none(std::slice::from_ref(&secret), &text, "a test"));
        assert!(found.is_err(), "{form} was not found");
    }
    assert_none(&[secret], "nothing here", "a test");
}
