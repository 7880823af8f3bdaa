//! The forms that a secret takes on its way: raw, percent-, form- and JSON-encoded, as Rust's `Debug` shows it, in hex, as numbers, and in base64.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::SHORTEST;

/// A line of a longer secret that is shorter than this is not searched for by itself.
const SHORTEST_LINE: usize = 16;

/// Every form to search for. The lines of a secret with several, as a private key's, are searched for by themselves too, and joined.
pub(super) fn forms(secret: &str) -> Vec<Zeroizing<String>> {
    let mut all = BTreeSet::new();
    each_form(secret, &mut all);
    if secret.trim().contains('\n') {
        let lines = || secret.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        lines().filter(|line| line.len() >= SHORTEST_LINE).for_each(|line| each_form(line, &mut all));
        each_form(&Zeroizing::new(lines().collect::<String>()), &mut all);
    }
    let within: BTreeSet<String> = all.iter().map(|form| within_quotes(form).to_owned()).collect();
    drop(all.into_iter().map(Zeroizing::new).collect::<Vec<_>>());
    within.into_iter().map(Zeroizing::new).filter(|form| form.len() >= SHORTEST).collect()
}

/// Without quotes at its ends. What stands between the quotes of a JSON string would be found together with them, and the JSON be none any more. What would be too short
/// to be found without them keeps them.
fn within_quotes(whole: &str) -> &str {
    let form = whole.trim_start_matches('"');
    let inner = form.trim_end_matches('"');
    // A quote that is escaped stays with its backslash.
    let inner = if inner.ends_with('\\') && inner.len() < form.len() { &form[..=inner.len()] } else { inner };
    if inner.len() < SHORTEST { whole } else { inner }
}

fn each_form(secret: &str, all: &mut BTreeSet<String>) {
    let bytes = secret.as_bytes();
    let form: String = form_urlencoded::byte_serialize(bytes).collect();
    let percent = form.replace('+', "%20");
    let json = escaped(secret);
    let ascii = ascii_only(&json);
    let texts = [
        secret.to_owned(),
        // Other encoders leave these alone.
        percent.replace("%7E", "~"),
        lower(&form),
        lower(&percent),
        form,
        percent,
        ascii.replace('/', "\\/"),
        json.replace('/', "\\/"),
        lower_unicode(&ascii),
        ascii,
        json,
        secret.escape_debug().to_string(),
        bytes.escape_ascii().to_string(),
    ];
    for text in texts {
        // Each also stands in JSON, as in a logged body.
        all.insert(escaped(&text));
        all.insert(text);
    }
    all.extend([
        each(bytes, |byte| format!("{byte:02x}")),
        each(bytes, |byte| format!("{byte:02X}")),
        each(bytes, |byte| format!("%{byte:02x}")),
        each(bytes, |byte| format!("%{byte:02X}")),
        each(bytes, |byte| format!("\\x{byte:02x}")),
        each(bytes, |byte| format!("\\\\x{byte:02x}")),
        bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", "),
        bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(","),
    ]);
    for offset in 0..3 {
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            all.insert(aligned(engine, bytes, offset));
        }
    }
}

fn each(bytes: &[u8], write: impl Fn(u8) -> String) -> String {
    bytes.iter().map(|byte| write(*byte)).collect()
}

/// As it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// With every character past ASCII as `\uXXXX`, as other writers of JSON do, and those that mean something in HTML.
fn ascii_only(json: &str) -> String {
    let mut units = [0; 2];
    json.chars()
        .map(|character| match character {
            '<' | '>' | '&' | '\'' | '\u{7f}'.. => {
                character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04X}")).collect()
            }
            _ => character.to_string(),
        })
        .collect()
}

/// The same with the digits of `\uXXXX` in lower case.
fn lower_unicode(text: &str) -> String {
    let mut parts = text.split("\\u");
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let at = part.char_indices().nth(4).map_or(part.len(), |(at, _)| at);
        lower.push_str("\\u");
        lower.push_str(&part[..at].to_ascii_lowercase());
        lower.push_str(&part[at..]);
    }
    lower
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
    let padded = Zeroizing::new([&[0; 3][..offset], bytes].concat());
    let whole = engine.encode(&padded);
    // One character more than whole bytes fill holds bits of a neighbour.
    let (front, back) = ([0, 2, 3][offset], usize::from(padded.len() % 3 != 0));
    whole.get(front..whole.len() - back).unwrap_or_default().to_owned()
}
