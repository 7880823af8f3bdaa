//! Redaction: what leaves the process is searched for every secret that the library holds, and for what looks like one.
//!
//! The value registry finds the secrets themselves, raw and in the encodings that they meet on the way. The shapes find credentials
//! that the library never held. A masked value reads `[REDACTED:kind:hex]`; the hex is a keyed hash, the same for equal values
//! within a process, so that two lines can be matched and nothing can be guessed.

mod encodings;
mod given;
mod listed;
mod search;
mod shapes;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use hmac::{Hmac, Mac};
use once_cell::sync::Lazy;
use serde_json::Value;
use sha2::Sha256;

use crate::config::RedactionConfig;
use crate::error::Error;
use crate::secret::{Secret, random_key};
use search::{Forms, Search};

pub use listed::Listed;

/// A secret shorter than this is not searched for: masking it would mask harmless text.
pub(crate) const SHORTEST: usize = search::WINDOW;
/// How many secrets are searched for at most that nobody holds any more: the newest. Those that are held are all searched for.
const MOST: usize = 1024;
/// An error's message longer than this many characters is cut.
const LONGEST_MESSAGE: usize = 1000;

/// The key of the masks, drawn once in the life of the process.
static KEY: Lazy<[u8; 32]> = Lazy::new(random_key);

/// Knows the secrets in use and masks them wherever they appear.
#[derive(Default)]
pub struct Redactor {
    listed: Listed,
    known: Mutex<VecDeque<Known>>,
    search: ArcSwapOption<Search>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

struct Known {
    secret: Secret,
    forms: Arc<Forms>,
}

impl Redactor {
    /// A redactor that knows no secret yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that shows what stands under the names that the configuration adds.
    pub fn with(config: &RedactionConfig) -> Self {
        Self { listed: Listed::new(config), known: Mutex::default(), search: ArcSwapOption::empty() }
    }

    /// What may be shown by its name.
    pub fn listed(&self) -> &Listed {
        &self.listed
    }

    /// Makes a secret known. `kind` names it in the mask, for example `client_secret`. One that is known already becomes the newest.
    pub fn register(&self, kind: &str, secret: &Secret) {
        if secret.expose().len() < SHORTEST {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = known.iter().position(|known| known.secret.expose() == secret.expose()) {
            if let Some(mut again) = known.remove(at) {
                if !again.secret.is_shared() {
                    again.secret = secret.clone();
                }
                known.push_back(again);
            }
            return;
        }
        let mask = mask(kind, secret.expose()).into();
        let forms = Arc::new(Forms { mask, all: encodings::forms(secret.expose()) });
        known.push_back(Known { secret: secret.clone(), forms: Arc::clone(&forms) });
        let before = known.len();
        forget(&mut known);
        let next = match &*self.search.load() {
            Some(search) if known.len() == before => search.with(forms),
            _ => Search::new(known.iter().map(|known| Arc::clone(&known.forms)).collect()),
        };
        self.search.store(Some(Arc::new(next)));
    }

    /// Whether what stands under this key of a request's JSON may be a secret; if none may, there is nothing to register of it.
    pub fn may_name_secret(key: &str) -> bool {
        given::may_name_secret(key)
    }

    /// Makes the secrets known that a request's JSON gives: those whose names say that they are.
    pub fn register_given(&self, json: &str) {
        given::secrets_in(json, |text| self.register("field", &Secret::new(text)));
    }

    /// The same for its header fields.
    pub fn register_headers<'a>(&self, fields: impl IntoIterator<Item = (&'a String, &'a String)>) {
        for (name, value) in fields {
            if given::names_secret(name) {
                self.register("header", &Secret::new(value.as_str()));
            }
        }
    }

    /// The text with every known secret, and everything shaped like one, masked. Clean text is handed back as it is.
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = match &*self.search.load() {
            Some(search) => hide(search, text),
            None => Cow::Borrowed(text),
        };
        match shapes::scrub(&known, mask) {
            Some(scrubbed) => Cow::Owned(scrubbed),
            None => known,
        }
    }

    /// Whether there is nothing to mask in a text.
    pub fn is_clean(&self, text: &str) -> bool {
        matches!(self.scrub(text), Cow::Borrowed(_))
    }

    /// The error with all its texts scrubbed.
    pub fn scrub_error(&self, mut error: Error) -> Error {
        self.scrub_in_place(&mut error.message);
        shorten(&mut error.message, LONGEST_MESSAGE);
        if let Some(text) = &mut error.oauth_error {
            self.scrub_in_place(text);
        }
        let mut details = std::mem::take(&mut error.details);
        // What has parts by name came from outside.
        details.values_mut().for_each(|value| self.listed.parts(value));
        let mut details = Value::Object(details);
        self.scrub_json(&mut details);
        if let Value::Object(mut details) = details {
            for value in details.values_mut() {
                if let Value::String(text) = value {
                    shorten(text, LONGEST_MESSAGE);
                }
            }
            error.details = details;
        }
        error
    }

    /// The JSON value with all its texts and keys scrubbed.
    pub fn scrub_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.scrub_in_place(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.scrub_json(item)),
            Value::Object(object) => {
                let scrubbed = std::mem::take(object).into_iter().map(|(mut key, mut value)| {
                    self.scrub_in_place(&mut key);
                    self.scrub_json(&mut value);
                    (key, value)
                });
                *object = scrubbed.collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn scrub_in_place(&self, text: &mut String) {
        if let Cow::Owned(scrubbed) = self.scrub(text) {
            *text = scrubbed;
        }
    }
}

/// Cuts a text to `most` characters; what was secret in it is masked already.
fn shorten(text: &mut String, most: usize) {
    if let Some((at, _)) = text.char_indices().nth(most) {
        text.truncate(at);
        text.push('…');
    }
}

/// Lets go of secrets that nobody holds, when there are more of them than are kept; an eighth at once, since that takes the tables anew.
fn forget(known: &mut VecDeque<Known>) {
    if known.len() <= MOST {
        return;
    }
    let loose = known.iter().filter(|known| !known.secret.is_shared()).count();
    if loose <= MOST {
        return;
    }
    let mut gone = loose - MOST + MOST / 8;
    known.retain(|known| {
        let goes = gone > 0 && !known.secret.is_shared();
        gone -= usize::from(goes);
        !goes
    });
}

/// Masks every form of every secret. Where several overlap they are masked as one, so that no rest stays behind.
fn hide<'a>(search: &Search, text: &'a str) -> Cow<'a, str> {
    let mut found = search.find(text.as_bytes());
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_unstable_by_key(|found| (found.start, std::cmp::Reverse(found.end)));
    let mut scrubbed = String::with_capacity(text.len());
    let (mut end, mut copied) = (0, 0);
    for found in found {
        if found.start >= end {
            scrubbed.push_str(&text[copied..found.start]);
            scrubbed.push_str(search.mask(found.secret));
        }
        end = end.max(found.end);
        copied = end;
    }
    scrubbed.push_str(&text[copied..]);
    Cow::Owned(scrubbed)
}

/// What stands in the place of a value.
pub fn mask(kind: &str, value: &str) -> String {
    let tag = Hmac::<Sha256>::new_from_slice(&*KEY).map(|mac| mac.chain_update(value).finalize().into_bytes());
    let tag = tag.unwrap_or_default();
    format!("[REDACTED:{kind}:{:02x}{:02x}{:02x}{:02x}]", tag[0], tag[1], tag[2], tag[3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let redactor = Redactor::new();
        for secret in secrets {
            redactor.register("test", &Secret::new(*secret));
        }
        redactor
    }

    #[test]
    fn a_secret_is_masked_before_a_long_error_is_cut() {
        let secret = "an-opaque-token-without-a-shape";
        for before in LONGEST_MESSAGE - 40..=LONGEST_MESSAGE {
            let text = "x".repeat(before) + secret + &"y".repeat(100);
            let error = Error::new(crate::error::Code::Remote, &*text).with("said", text);
            let json = redactor(&[secret]).scrub_error(error).to_json();
            assert!(!json.contains(&secret[..8]), "{before}: {json}");
            assert!(json.contains('…') && json.len() < 3 * LONGEST_MESSAGE, "{before}: {json}");
        }
    }

    #[test]
    fn a_secret_is_masked_in_every_encoding() {
        let secret = "p@ss/wörd+\"x\" 1&2=?";
        let redactor = redactor(&[secret]);
        let mut forms = vec![
            secret.to_owned(),
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            serde_json::to_string(secret).unwrap(),
            secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
            secret.bytes().map(|byte| format!("{byte:02X}")).collect(),
            secret.bytes().map(|byte| format!("%{byte:02x}")).collect(),
            secret.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        ];
        for around in ["", "a", "ab"] {
            let text = format!("{around}{secret}{around}");
            forms.extend([
                STANDARD.encode(&text),
                URL_SAFE.encode(&text),
                STANDARD_NO_PAD.encode(&text),
                URL_SAFE_NO_PAD.encode(&text),
            ]);
        }
        for form in forms {
            let scrubbed = redactor.scrub(&form).into_owned();
            assert!(scrubbed.contains("[REDACTED:test:"), "{form} became {scrubbed}");
        }
    }

    #[test]
    fn overlapping_secrets_leave_no_rest() {
        let redactor = redactor(&["abcdefghij", "fghijklmno", "abcdefghijklm"]);
        let scrubbed = redactor.scrub("<abcdefghijklmno>").into_owned();
        assert!(scrubbed.starts_with("<[REDACTED:test:") && scrubbed.ends_with("]>"), "{scrubbed}");
        assert_eq!(scrubbed.matches("REDACTED").count(), 1);
    }

    #[test]
    fn a_short_secret_is_found_with_the_quotes_that_it_has() {
        for secret in ["\"A aa A0", "abcdefg\"", "\"\"\"\"\"\"\"\""] {
            assert!(!redactor(&[secret]).scrub(&format!("<{secret}>")).contains(secret), "{secret}");
        }
    }

    #[test]
    fn equal_values_have_equal_masks() {
        assert_eq!(mask("a", "same"), mask("a", "same"));
        assert_ne!(mask("a", "same"), mask("a", "other"));
    }

    #[test]
    fn an_error_is_scrubbed_in_all_its_parts() {
        let secret = "hunter2hunter2";
        let redactor = redactor(&[secret]);
        let error = Error::new(crate::error::Code::Remote, format!("it said {secret}"))
            .with("deep", serde_json::json!({ "list": [format!("x{secret}")], secret: 1 }));
        assert!(!redactor.scrub_error(error).to_json().contains(secret));
    }

    proptest! {
        #[test]
        fn no_registered_secret_survives_anywhere(
            secrets in proptest::collection::vec("[ -~äöü]{8,40}", 1..5), before in ".{0,20}", after in ".{0,20}",
        ) {
            let refs: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let redactor = redactor(&refs);
            for secret in &secrets {
                let scrubbed = redactor.scrub(&format!("{before}{secret}{after}")).into_owned();
                prop_assert!(!scrubbed.contains(secret.as_str()), "{}", scrubbed);
            }
        }

        #[test]
        fn clean_text_is_handed_back_as_it_is(text in "[a-z ,.]{0,200}") {
            prop_assert!(matches!(redactor(&["0123456789"]).scrub(&text), Cow::Borrowed(_)));
        }
    }
}
