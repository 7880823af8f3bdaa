//! The forms that a secret takes on its way: raw, percent-, form- and JSON-encoded, in hex, and in base64.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use url::form_urlencoded;

use super::SHORTEST;

/// Every form to search for.
pub(super) fn forms(secret: &str) -> BTreeSet<String> {
    let bytes = secret.as_bytes();
    let form: String = form_urlencoded::byte_serialize(bytes).collect();
    let percent = form.replace('+', "%20");
    let mut forms = BTreeSet::from([
        secret.to_owned(),
        each(bytes, |byte| format!("{byte:02x}")),
        each(bytes, |byte| format!("{byte:02X}")),
        each(bytes, |byte| format!("%{byte:02x}")),
        each(bytes, |byte| format!("%{byte:02X}")),
        lower(&form),
        lower(&percent),
        form,
        // Other encoders leave these alone.
        percent.replace("%7E", "~"),
        percent,
    ]);
    if let Ok(quoted) = serde_json::to_string(secret) {
        let escaped = quoted.trim_start_matches('"').strip_suffix('"').unwrap_or(&quoted).to_owned();
        // The form also stands in JSON within JSON, as in a logged body.
        if let Ok(twice) = serde_json::to_string(&escaped) {
            forms.insert(twice[1..twice.len() - 1].to_owned());
        }
        forms.insert(quoted[1..quoted.len() - 1].to_owned());
    }
    for offset in 0..3 {
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            forms.insert(aligned(engine, bytes, offset));
        }
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

fn each(bytes: &[u8], write: impl Fn(u8) -> String) -> String {
    bytes.iter().map(|byte| write(*byte)).collect()
}

/// The same with the digits of its escapes in lower case.
fn lower(text: &str) -> String {
    let mut parts = text.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(part.len().min(2));
        lower.push('%');
        lower.push_str(&digits.to_ascii_lowercase());
        lower.push_str(rest);
    }
    lower
}

/// The part of a longer text's base64 that depends on `bytes` alone, which begin at `offset` in a group of three.
fn aligned(engine: &impl Engine, bytes: &[u8], offset: usize) -> String {
    let padded = [&[0; 3][..offset], bytes].concat();
    let whole = engine.encode(&padded);
    // One character more than whole bytes fill holds bits of a neighbour.
    let (front, back) = ([0, 2, 3][offset], usize::from(padded.len() % 3 != 0));
    whole.get(front..whole.len() - back).unwrap_or_default().to_owned()
}
