//! Secrets that a host hands over in a request, told by the name that they stand under: a password in a body, a key in a header field.

use serde_json::Value;

/// What such a name ends in, in lower case and without signs.
const ENDS: [&str; 10] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "apikey",
    "privatekey",
    "accesstoken",
    "refreshtoken",
    "credential",
    "authorization",
];
/// And what it may be besides.
const WHOLE: [&str; 4] = ["token", "cookie", "key", "setcookie"];
/// The last two letters of all of these: most names have others, and need no further look.
const LAST: [[u8; 2]; 9] = [*b"rd", *b"wd", *b"se", *b"et", *b"ey", *b"en", *b"al", *b"on", *b"ie"];
/// More letters than any of them has.
const LONGER: usize = 16;

/// Whether a name says that a secret is given under it.
pub(super) fn names_secret(name: &str) -> bool {
    let backwards = || name.bytes().rev().filter(u8::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase());
    let mut last = backwards();
    let (Some(last), Some(before)) = (last.next(), last.next()) else { return false };
    if !LAST.contains(&[before, last]) {
        return false;
    }
    let (mut letters, mut begin) = ([0; LONGER], LONGER);
    for letter in backwards().take(LONGER) {
        begin -= 1;
        letters[begin] = letter;
    }
    let plain = &letters[begin..];
    WHOLE.iter().any(|whole| plain == whole.as_bytes()) || ENDS.iter().any(|end| plain.ends_with(end.as_bytes()))
}

/// Whether a key, as it is written in JSON, may name a secret: one with an escape in it must be read before it is judged.
pub(super) fn may_name_secret(key: &str) -> bool {
    key.contains('\\') || names_secret(key)
}

/// Hands each secret in a JSON text to `take`.
pub(super) fn secrets_in(json: &str, mut take: impl FnMut(&str)) {
    // What is no JSON is refused elsewhere.
    if let Ok(value) = serde_json::from_str::<Value>(json) {
        walk(&value, false, &mut take);
    }
}

fn walk(value: &Value, secret: bool, take: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) if secret => take(text),
        Value::Array(items) => items.iter().for_each(|item| walk(item, secret, take)),
        Value::Object(object) => {
            object.iter().for_each(|(name, value)| walk(value, names_secret(name), take));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_by_their_names_however_deep_they_stand() {
        let mut found = Vec::new();
        let json = r#"{"a":[{"b":{"Password":"p1"}}],"apiKey":"p2","client-secret":["p3","p4"],"token":"p5","page_token":"no","x":"no","secret":1}"#;
        secrets_in(json, |text| found.push(text.to_owned()));
        assert_eq!(found, ["p1", "p2", "p3", "p4", "p5"]);
        secrets_in("not json, password", |_| panic!("nothing is in it"));
    }

    #[test]
    fn each_name_is_known_whole_and_behind_others_if_it_may_be() {
        for end in ENDS {
            assert!(names_secret(end) && names_secret(&format!("my_{}", end.to_uppercase())), "{end}");
        }
        for whole in WHOLE {
            assert!(names_secret(whole) && names_secret(&format!("-{}-", whole.to_uppercase())), "{whole}");
            assert!(!names_secret(&format!("x{whole}")), "{whole}");
        }
    }

    #[test]
    fn a_name_is_known_however_it_is_written() {
        for json in [
            r#"{"p\u0061ssword":"p"}"#,
            r#"{"pass-word":"p"}"#,
            r#"{"PASS_WORD" : "p"}"#,
            r#"{"my very own secret":"p"}"#,
        ] {
            let mut found = Vec::new();
            secrets_in(json, |text| found.push(text.to_owned()));
            assert_eq!(found, ["p"], "{json}");
            let key = json.split('"').nth(1).unwrap();
            assert!(may_name_secret(key), "{key}");
        }
        for harmless in ["tokens", "a key", "passwords", "secretary", ""] {
            assert!(!may_name_secret(harmless), "{harmless}");
        }
    }
}
