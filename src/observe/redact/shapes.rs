//! Credentials told by their shape: JWTs, `Authorization` values, private keys in PEM, and passwords in URLs.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use once_cell::sync::Lazy;

/// What each shape begins with; anything without one of these is clean.
const BEGINNINGS: [&str; 6] = ["eyJ", "bearer ", "basic ", "dpop ", "-----begin ", "://"];

static BEGIN: Lazy<Option<AhoCorasick>> =
    Lazy::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(BEGINNINGS).ok());

/// The text with every shape masked, or `None` if there is none.
pub(super) fn scrub(text: &str, mask: impl Fn(&str, &str) -> String) -> Option<String> {
    let begin = BEGIN.as_ref()?;
    let (mut scrubbed, mut copied) = (String::new(), 0);
    for found in begin.find_iter(text) {
        if found.start() < copied {
            continue;
        }
        let shape = match found.pattern().as_usize() {
            0 => jwt(text, found.start()).map(|range| ("jwt", range)),
            1..=3 => credential(text, found.end()).map(|range| ("credential", range)),
            4 => private_key(text, found.start()).map(|range| ("private_key", range)),
            _ => userinfo(text, found.end()).map(|range| ("userinfo", range)),
        };
        if let Some((kind, range)) = shape {
            scrubbed.push_str(&text[copied..range.start]);
            scrubbed.push_str(&mask(kind, &text[range.clone()]));
            copied = range.end;
        }
    }
    (copied > 0).then(|| scrubbed + &text[copied..])
}

/// The length of the run from `start` of characters that `fits`.
fn run(text: &str, start: usize, fits: impl Fn(u8) -> bool) -> usize {
    text.as_bytes()[start..].iter().take_while(|byte| fits(**byte)).count()
}

fn jwt(text: &str, start: usize) -> Option<Range<usize>> {
    let part = |from: usize| run(text, from, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let head = part(start);
    let body_at = start + head + 1;
    if head < 10 || text.as_bytes().get(start + head) != Some(&b'.') {
        return None;
    }
    let body = part(body_at);
    if body < 10 || text.as_bytes().get(body_at + body) != Some(&b'.') {
        return None;
    }
    let tail_at = body_at + body + 1;
    Some(start..tail_at + part(tail_at))
}

/// What follows the name of a scheme, if it is long and mixed enough not to be a word.
fn credential(text: &str, start: usize) -> Option<Range<usize>> {
    let fits =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=');
    let length = run(text, start, fits);
    let value = &text[start..start + length];
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let mixed = has(u8::is_ascii_digit) || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase));
    (length >= 12 && mixed).then_some(start..start + length)
}

fn private_key(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    let first = rest.find("-----END").unwrap_or(rest.len());
    if !rest[..first].contains("PRIVATE KEY-----") {
        return None;
    }
    // To the end of the closing line, or of the text if it is cut off.
    let end = rest[first..].find("KEY-----").map_or(rest.len(), |at| first + at + "KEY-----".len());
    Some(start..start + end)
}

fn userinfo(text: &str, start: usize) -> Option<Range<usize>> {
    let ends = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>');
    let length = run(text, start, |byte| !ends(byte));
    let at = text[start..start + length].rfind('@')?;
    (at > 0).then_some(start..start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        scrub(text, |kind, _| format!("<{kind}>")).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn shapes_of_credentials_are_masked() {
        let jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
        assert_eq!(masked(&format!("a {jwt}, b")), "a <jwt>, b");
        assert_eq!(masked("Authorization: Bearer abc123def456ghi"), "Authorization: Bearer <credential>");
        assert_eq!(masked("basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), "basic <credential>");
        assert_eq!(masked("https://user:pw@host/p?q=a@b"), "https://<userinfo>@host/p?q=a@b");
        let pem = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----";
        assert_eq!(masked(&format!("x{pem}y")), "x<private_key>y");
        assert_eq!(masked("-----BEGIN RSA PRIVATE KEY-----\nMIIB"), "<private_key>");
    }

    #[test]
    fn harmless_text_is_left_alone() {
        for text in [
            "basic understanding of bearer authentication",
            "https://a.example/x?mail=a@b.example",
            "eyJust kidding",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "0192f0c1-2b3c-7def-8abc-0123456789ab",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "mailto:a@b.example",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
