//! Credentials told by their shape: JWTs, `Authorization` values, private keys in PEM, passwords in URLs, the keys of clouds, and values after words
//! such as `password=`.

use std::ops::Range;

use aho_corasick::packed::{Config, MatchKind, Searcher};
use once_cell::sync::Lazy;

/// What a shape begins with.
#[derive(Clone, Copy)]
enum Begin {
    Jwt,
    /// The value of an `Authorization` field, after its scheme.
    Scheme,
    Pem,
    /// What stands between a URL's scheme and its host.
    Url,
    /// A key with a prefix of its maker's: how many characters follow at least.
    Key(usize),
    /// A value that is masked already.
    Masked,
    /// The end of a name whose value is a secret, in quotes or mixed enough not to be a word.
    Name,
}

/// Text without any of these is clean. Prefixes of keys are those that their makers document for scanners of secrets.
const BEGINNINGS: &[(&str, Begin)] = &[
    ("[REDACTED:", Begin::Masked),
    ("eyJ", Begin::Jwt),
    ("-----BEGIN ", Begin::Pem),
    ("://", Begin::Url),
    ("Bearer ", Begin::Scheme),
    ("bearer ", Begin::Scheme),
    ("BEARER ", Begin::Scheme),
    ("Basic ", Begin::Scheme),
    ("basic ", Begin::Scheme),
    ("BASIC ", Begin::Scheme),
    ("DPoP ", Begin::Scheme),
    ("dpop ", Begin::Scheme),
    // Amazon
    ("AKIA", Begin::Key(16)),
    ("ASIA", Begin::Key(16)),
    // GitHub, GitLab
    ("ghp_", Begin::Key(30)),
    ("gho_", Begin::Key(30)),
    ("ghu_", Begin::Key(30)),
    ("ghs_", Begin::Key(30)),
    ("ghr_", Begin::Key(30)),
    ("github_pat_", Begin::Key(30)),
    ("glpat-", Begin::Key(20)),
    // Google
    ("AIza", Begin::Key(35)),
    ("ya29.", Begin::Key(20)),
    // Slack, Stripe, SendGrid, npm, PyPI, OpenAI, Anthropic, Hugging Face
    ("xoxb-", Begin::Key(20)),
    ("xoxp-", Begin::Key(20)),
    ("xoxa-", Begin::Key(20)),
    ("xapp-", Begin::Key(20)),
    ("sk_live_", Begin::Key(16)),
    ("rk_live_", Begin::Key(16)),
    ("sk_test_", Begin::Key(16)),
    ("SG.", Begin::Key(40)),
    ("npm_", Begin::Key(30)),
    ("pypi-", Begin::Key(40)),
    ("sk-", Begin::Key(20)),
    ("hf_", Begin::Key(30)),
    // HashiCorp Vault
    ("hvs.", Begin::Key(20)),
    // Names
    ("assword", Begin::Name),
    ("ASSWORD", Begin::Name),
    ("assphrase", Begin::Name),
    ("ecret", Begin::Name),
    ("ECRET", Begin::Name),
    ("oken", Begin::Name),
    ("OKEN", Begin::Name),
    ("pi_key", Begin::Name),
    ("PI_KEY", Begin::Name),
    ("piKey", Begin::Name),
    ("pi-key", Begin::Name),
    ("pi-Key", Begin::Name),
    ("ccess_key", Begin::Name),
    ("ccessKey", Begin::Name),
    ("ccountKey", Begin::Name),
    ("rivate_key", Begin::Name),
];

/// Looks for all beginnings at once: with the processor's vector instructions where it has them, else at one place after the other.
struct Beginnings {
    packed: Option<Searcher>,
    /// Those that begin with each byte.
    by_first: Vec<Vec<usize>>,
}

static BEGIN: Lazy<Beginnings> = Lazy::new(|| {
    let texts = BEGINNINGS.iter().map(|(text, _)| text);
    let packed = Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(texts).build();
    Beginnings { by_first: if packed.is_none() { by_first() } else { Vec::new() }, packed }
});

fn by_first() -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new(); 256];
    for (number, (text, _)) in BEGINNINGS.iter().enumerate() {
        all[usize::from(text.as_bytes()[0])].push(number);
    }
    all
}

impl Beginnings {
    /// The next beginning from `at` on: where its text starts and ends, and which it is.
    fn next(&self, text: &str, at: usize) -> Option<(usize, usize, Begin)> {
        let (start, number) = match &self.packed {
            // The vector instructions want a few bytes to work on; the searcher takes a slower way for less by itself.
            Some(packed) => {
                let found = packed.find_in(text, (at..text.len()).into())?;
                (found.start(), found.pattern().as_usize())
            }
            None => self.next_of_all(text.as_bytes(), at)?,
        };
        let (begin, kind) = BEGINNINGS[number];
        Some((start, start + begin.len(), kind))
    }

    fn next_of_all(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        (at..text.len()).find_map(|start| {
            let stands = |number: &&usize| text[start..].starts_with(BEGINNINGS[**number].0.as_bytes());
            let found = self.by_first[usize::from(text[start])].iter().find(stands)?;
            Some((start, *found))
        })
    }
}

/// The text with every shape masked, or `None` if there is none.
pub(super) fn scrub(text: &str, mask: impl Fn(&str, &str) -> String) -> Option<String> {
    let (mut scrubbed, mut copied, mut from) = (String::new(), 0, 0);
    while let Some((start, end, begin)) = BEGIN.next(text, from) {
        let shape = match begin {
            Begin::Masked => {
                from = end + masked(&text[end..]);
                continue;
            }
            Begin::Jwt => jwt(text, start).map(|range| ("jwt", range)),
            Begin::Scheme => credential(text, end).map(|range| ("credential", range)),
            Begin::Pem => private_key(text, start).map(|range| ("private_key", range)),
            Begin::Url => userinfo(text, end).map(|range| ("userinfo", range)),
            Begin::Key(least) => key(text, start, end, least).map(|range| ("key", range)),
            Begin::Name => named(text, end).map(|range| ("value", range)),
        };
        from = end;
        if let Some((kind, range)) = shape {
            scrubbed.push_str(&text[copied..range.start]);
            scrubbed.push_str(&mask(kind, &text[range.clone()]));
            copied = range.end;
            from = range.end;
        }
    }
    (copied > 0).then(|| scrubbed + &text[copied..])
}

/// How much of a text is the rest of a mask: its kind, a colon, eight hexadecimal digits and a bracket; nothing if it only looks like one.
fn masked(rest: &str) -> usize {
    let kind = run(rest, 0, |byte| byte.is_ascii_lowercase() || byte == b'_');
    let digits = rest.get(kind + 1..kind + 9).unwrap_or_default();
    let hex = digits.len() == 8 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let framed = rest.as_bytes().get(kind) == Some(&b':') && rest.as_bytes().get(kind + 9) == Some(&b']');
    if hex && framed { kind + 10 } else { 0 }
}

/// The length of the run from `start` of characters that `fits`.
fn run(text: &str, start: usize, fits: impl Fn(u8) -> bool) -> usize {
    text.as_bytes()[start..].iter().take_while(|byte| fits(**byte)).count()
}

fn jwt(text: &str, start: usize) -> Option<Range<usize>> {
    let part = |from: usize| run(text, from, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let dot = |at: usize| text.as_bytes().get(at) == Some(&b'.');
    let head = part(start);
    let body_at = start + head + 1;
    if head < 10 || !dot(start + head) {
        return None;
    }
    let body = part(body_at);
    let mut end = body_at + body;
    if body < 10 || !dot(end) {
        return None;
    }
    // A signature; of one that is encrypted, three parts more.
    for _ in 0..3 {
        if dot(end) {
            end += 1 + part(end + 1);
        }
    }
    Some(start..end)
}

/// Whether a value is mixed enough not to be a word or a number.
fn is_mixed(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let letters = has(u8::is_ascii_uppercase) || has(u8::is_ascii_lowercase);
    (has(u8::is_ascii_digit) && letters) || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
}

fn of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

/// What follows the name of a scheme, if it is long and mixed enough not to be a word.
fn credential(text: &str, start: usize) -> Option<Range<usize>> {
    let length = run(text, start, of_token);
    (length >= 12 && is_mixed(&text[start..start + length])).then_some(start..start + length)
}

/// A key that begins with its maker's prefix, and does not follow on other letters.
fn key(text: &str, start: usize, end: usize, least: usize) -> Option<Range<usize>> {
    let follows = text[..start].bytes().next_back().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let length = run(text, end, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'='));
    (!follows && length >= least && is_mixed(&text[start..end + length])).then_some(start..end + length)
}

/// The value after a name that ends at `end`: `name=value`, `name: value`, `"name":"value"`, the quotes escaped or not.
fn named(text: &str, end: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let skip = |mut at: usize, fits: &[u8]| {
        while bytes.get(at).is_some_and(|byte| fits.contains(byte)) {
            at += 1;
        }
        at
    };
    let at = skip(end, b"\\\"'");
    let sign = skip(at, b" ");
    if !bytes.get(sign).is_some_and(|byte| matches!(byte, b'=' | b':')) {
        return None;
    }
    let open = skip(sign + 1, b" ");
    let start = skip(open, b"\\\"'");
    let quoted = start > open;
    let ends = |byte: u8| match byte {
        b'"' | b'\'' | b'\\' | b'\n' | b'\r' => true,
        b' ' | b',' | b';' | b'&' | b'}' | b')' | b'<' => !quoted,
        _ => false,
    };
    let length = run(text, start, |byte| !ends(byte));
    let value = &text[start..start + length];
    if length < 8 || value.starts_with("[REDACTED") || value.starts_with("KEI_") {
        return None;
    }
    (is_mixed(value) && !value.contains("://")).then_some(start..start + length)
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

    fn scrubbed(text: &str) -> String {
        scrub(text, |kind, _| format!("<{kind}>")).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn a_processor_without_vector_instructions_finds_the_same() {
        let plain = Beginnings { packed: None, by_first: by_first() };
        let mut chance = fastrand::Rng::with_seed(7);
        for _ in 0..2000 {
            let piece = |chance: &mut fastrand::Rng| match chance.usize(0..3) {
                0 => BEGINNINGS[chance.usize(0..BEGINNINGS.len())].0.to_owned(),
                1 => BEGINNINGS[chance.usize(0..BEGINNINGS.len())].0[1..].to_owned(),
                _ => chance.alphabetic().to_string(),
            };
            let text: String = (0..chance.usize(0..20)).map(|_| piece(&mut chance)).collect();
            let (mut one, mut other) = (Some(0), Some(0));
            while let (Some(at), Some(_)) = (one, other) {
                let places = [&*BEGIN, &plain].map(|all| all.next(&text, at).map(|(start, end, _)| (start, end)));
                assert_eq!(places[0], places[1], "{text} from {at}");
                (one, other) = (places[0].map(|(_, end)| end), places[1].map(|(_, end)| end));
            }
        }
    }

    #[test]
    fn shapes_of_credentials_are_masked() {
        let jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
        assert_eq!(scrubbed(&format!("a {jwt}, b")), "a <jwt>, b");
        assert_eq!(scrubbed(&format!("{jwt}.YWJj.ZGVm.")), "<jwt>.");
        assert_eq!(scrubbed("Authorization: Bearer abc123def456ghi"), "Authorization: Bearer <credential>");
        assert_eq!(scrubbed("basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), "basic <credential>");
        assert_eq!(scrubbed("https://user:pw@host/p?q=a@b"), "https://<userinfo>@host/p?q=a@b");
        let pem = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----";
        assert_eq!(scrubbed(&format!("x{pem}y")), "x<private_key>y");
        assert_eq!(scrubbed("-----BEGIN RSA PRIVATE KEY-----\nMIIB"), "<private_key>");
    }

    #[test]
    fn keys_of_clouds_are_masked() {
        for key in [
            ["AKIA", "Q3EGRIG4PZL7N2WX"].concat(),
            ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat(),
            ["xoxb-", "2345678901-abcdefGHIJKL"].concat(),
            ["AIza", "SyD3abcdefghijklmnopqrstuvwxyz01234"].concat(),
            ["sk_live_", "4eC39HqLyjWDarjtT1zdp7dc"].concat(),
        ] {
            assert_eq!(scrubbed(&format!("the key ({key})")), "the key (<key>)", "{key}");
        }
    }

    #[test]
    fn values_after_names_of_secrets_are_masked() {
        for (text, clean) in [
            ("client_secret=abc123DEF&x=1", "client_secret=<value>&x=1"),
            (r#"{"password":"hunter2 hunter2"}"#, r#"{"password":"<value>"}"#),
            (r#""{\"refresh_token\": \"abc-123-def\"}""#, r#""{\"refresh_token\": \"<value>\"}""#),
            ("x-api-key: 0123456789abcdef", "x-api-key: <value>"),
            ("AWS_SECRET=abcDEF123456", "AWS_SECRET=<value>"),
        ] {
            assert_eq!(scrubbed(text), clean);
        }
    }

    #[test]
    fn what_only_looks_masked_is_masked() {
        assert_eq!(scrubbed("[REDACTED:token:hunter2AB]"), "[REDACTED:token:<value>");
        assert_eq!(scrubbed("[REDACTED:password=hunter2hunter2"), "[REDACTED:password=<value>");
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
            "the token: renewed in 12 ms",
            r#"{"token":"valid","token_endpoint":"https://issuer.example/token1"}"#,
            r#"{"error":"KEI_E_TOKEN","password":"[REDACTED:password:01234567]"}"#,
            "it is [REDACTED:token:0078cdb8], or [REDACTED:client_secret:1542fed9]",
            "a risk-based sk-learn model, task-12345678901234567890",
        ] {
            assert_eq!(scrubbed(text), text);
        }
    }
}
