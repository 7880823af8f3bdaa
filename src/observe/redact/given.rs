//! Secrets that a host hands over in a request, told by the name that they stand under: a password in a body, a key in a header field.

use aho_corasick::AhoCorasick;
use once_cell::sync::Lazy;
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
/// Parts of them that stand in JSON whatever the style of its names; without one of these there is nothing to look for.
const PARTS: [&str; 8] = ["passw", "passp", "secret", "key", "token", "credential", "authorization", "cookie"];

static ANY: Lazy<Option<AhoCorasick>> =
    Lazy::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(PARTS).ok());

/// Whether a name says that a secret is given under it.
pub(super) fn names_secret(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    matches!(plain.as_str(), "token" | "cookie" | "key" | "setcookie") || ENDS.iter().any(|end| plain.ends_with(end))
}

/// Hands each secret in a JSON text to `take`.
pub(super) fn secrets_in(json: &[u8], mut take: impl FnMut(&str)) {
    let any = ANY.as_ref().is_none_or(|any| any.is_match(json));
    if !any {
        return;
    }
    // What is no JSON is refused elsewhere.
    if let Ok(value) = serde_json::from_slice::<Value>(json) {
        walk(&value, false, &mut take);
    }
}

fn walk(value: &Value, secret: bool, take: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) if secret => take(text),
        Value::Array(items) => items.iter().for_each(|item| walk(item, secret, take)),
        Value::Object(object) => object.iter().for_each(|(name, value)| walk(value, names_secret(name), take)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_by_their_names_however_deep_they_stand() {
        let mut found = Vec::new();
        let json = br#"{"a":[{"b":{"Password":"p1"}}],"apiKey":"p2","client-secret":["p3","p4"],"token":"p5","page_token":"no","x":"no","secret":1}"#;
        secrets_in(json, |text| found.push(text.to_owned()));
        assert_eq!(found, ["p1", "p2", "p3", "p4", "p5"]);
        secrets_in(b"not json, password", |_| panic!("nothing is in it"));
    }
}
