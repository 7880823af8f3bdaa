//! The members of a JSON object as they are written, in one pass that reads nothing else: for what is handed on as it came, many times a second.
//!
//! It is strict, and knows less than all of JSON: what it does not take may be JSON all the same, and is to be read by serde. What it takes is JSON.

use std::ops::Range;

use super::scan::plain;

/// How deeply a value may nest here.
const DEPTH: u32 = 32;

/// Calls `each` with every key of the object in `text`, as it is written between its quotation marks, and with where its value stands. `None` when the text is
/// not taken; `each` may have been called for a part of it then.
pub fn members<'a>(text: &'a str, mut each: impl FnMut(&'a [u8], Range<usize>)) -> Option<()> {
    let all = text.as_bytes();
    let mut one = |key, value: &[u8], rest: &[u8]| each(key, all.len() - value.len()..all.len() - rest.len());
    whole(all, |text| object(after(text, b'{')?, DEPTH, &mut one))
}

/// Whether these bytes are JSON, as far as that is seen here: if so, they are.
pub fn is_plain(text: &[u8]) -> bool {
    whole(text, |text| value(text, DEPTH)).is_some() && (text.is_ascii() || std::str::from_utf8(text).is_ok())
}

/// Whether a text is what `one` finds at its beginning, and nothing more.
fn whole<'a>(text: &'a [u8], one: impl FnOnce(&'a [u8]) -> Option<&'a [u8]>) -> Option<()> {
    // A control character may stand between members, but in no text. All of it is looked through at once, many bytes at a time, and serde tells which it is.
    if text.iter().fold(u8::MAX, |least, byte| least.min(*byte)) < b' ' {
        return None;
    }
    space(one(space(text))?).is_empty().then_some(())
}

// Each of these takes what is left of a text, and answers what is left behind what it was to find there.

#[inline]
fn space(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

#[inline]
fn after(text: &[u8], byte: u8) -> Option<&[u8]> {
    text.split_first().filter(|(first, _)| **first == byte).map(|(_, rest)| rest)
}

/// What follows the opening bracket, up to the closing one. `each` gets each key, what begins with its value, and what is left behind that.
#[inline]
fn object<'a>(text: &'a [u8], depth: u32, each: &mut impl FnMut(&'a [u8], &'a [u8], &'a [u8])) -> Option<&'a [u8]> {
    list(text, b'}', |text| {
        let key = after(text, b'"')?;
        let end = plain(key);
        // Not one in which something is escaped.
        let text = space(after(space(after(&key[end..], b'"')?), b':')?);
        let rest = value(text, depth)?;
        each(&key[..end], text, rest);
        Some(rest)
    })
}

/// What stands up to the closing bracket, with commas between.
#[inline]
fn list<'a>(text: &'a [u8], close: u8, mut one: impl FnMut(&'a [u8]) -> Option<&'a [u8]>) -> Option<&'a [u8]> {
    let mut text = space(text);
    if let Some(rest) = after(text, close) {
        return Some(rest);
    }
    loop {
        text = match space(one(text)?) {
            [b',', rest @ ..] => space(rest),
            [byte, rest @ ..] if *byte == close => return Some(rest),
            _ => return None,
        }
    }
}

fn value(text: &[u8], depth: u32) -> Option<&[u8]> {
    match text {
        [b'"', rest @ ..] => string(rest),
        [b'{', rest @ ..] => object(rest, depth.checked_sub(1)?, &mut |_, _, _| ()),
        [b'[', rest @ ..] => {
            let depth = depth.checked_sub(1)?;
            list(rest, b']', |text| value(text, depth))
        }
        [b't', ..] => text.strip_prefix(b"true"),
        [b'f', ..] => text.strip_prefix(b"false"),
        [b'n', ..] => text.strip_prefix(b"null"),
        _ => number(text),
    }
}

fn number(text: &[u8]) -> Option<&[u8]> {
    let text = after(text, b'-').unwrap_or(text);
    let mut text = after(text, b'0').or_else(|| digits(text))?;
    if let [b'.', rest @ ..] = text {
        text = digits(rest)?;
    }
    if let [b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..] = text {
        text = digits(rest)?;
    }
    Some(text)
}

/// One digit or more.
#[inline]
fn digits(text: &[u8]) -> Option<&[u8]> {
    let [b'0'..=b'9', rest @ ..] = text else { return None };
    let mut text = rest;
    while let [b'0'..=b'9', rest @ ..] = text {
        text = rest;
    }
    Some(text)
}

/// What follows the opening quotation mark, and the closing one.
#[inline]
fn string(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        match &text[plain(text)..] {
            [b'"', rest @ ..] => return Some(rest),
            [_, rest @ ..] => text = escape(rest)?,
            [] => return None,
        }
    }
}

/// What follows the backslash.
fn escape(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => Some(rest),
        [b'u', rest @ ..] => {
            let (digits, rest) = rest.split_at_checked(4)?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(rest)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;
    use std::collections::BTreeMap;

    fn read(text: &str) -> Option<Vec<(String, &str)>> {
        let mut all = Vec::new();
        members(text, |key, value| all.push((String::from_utf8(key.to_vec()).unwrap(), &text[value])))?;
        Some(all)
    }

    #[test]
    fn members_are_as_they_are_written() {
        let text = r#" {"a": [1, -2.5e+3, {"b": "\u00e9\n"}] ,"long enough":"éééééééé\"","":true,"c":{} }"#;
        let expected = [
            ("a", r#"[1, -2.5e+3, {"b": "\u00e9\n"}]"#),
            ("long enough", r#""éééééééé\"""#),
            ("", "true"),
            ("c", "{}"),
        ];
        assert_eq!(read(text).unwrap(), expected.map(|(key, value)| (key.to_owned(), value)));
        assert_eq!(read("{}"), Some(Vec::new()));
    }

    #[test]
    fn what_is_plain_is_json_of_any_kind() {
        for text in ["1", " [1, {}] ", "null", r#""a""#, r#"{"a":[]}"#] {
            assert!(is_plain(text.as_bytes()) && serde_json::from_str::<&RawValue>(text).is_ok(), "{text}");
        }
        for text in ["", "nul", "1 2", "[1,]", "\"a", "{\"a\":\n1}", "\u{1}"] {
            assert!(!is_plain(text.as_bytes()), "{text}");
        }
        assert!(is_plain("\"é\"".as_bytes()) && !is_plain(b"\"\xe9\""), "nothing but UTF-8 is");
    }

    #[test]
    fn what_is_no_object_or_needs_more_thought_is_not_taken() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(40), "]".repeat(40));
        for text in
            ["", "[]", "1", r#"{"a":1} x"#, r#"{"a":1,}"#, r#"{"\u0061":1}"#, r#"{"a":01}"#, "{\"a\":\"\n\"}", &deep]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn whatever_is_taken_is_json_and_says_the_same_to_serde() {
        let seeds = [
            r#"{"type":"message","id":"m-1","topic":"t","data":{"n":-12.50e-3,"text":"a\\b\u00e9"},"e":[true,false,null,[],{}]}"#,
            r#"{ "topic" : "a rather long topic, with é in it" , "data" : [ 0 , 1E5 , "\"\/\b\f\n\r\t" ] }"#,
        ];
        let pieces =
            ["\"", "\\", "{", "}", "[", "]", ",", ":", " ", "\n", "0", "1", "-", ".", "e", "\u{1}", "\u{7f}", "é", "u"];
        let mut chance = fastrand::Rng::with_seed(1);
        let mut taken = 0;
        for _ in 0..50_000 {
            let mut text: Vec<char> = chance.choice(seeds).unwrap().chars().collect();
            for _ in 0..chance.usize(0..3) {
                let at = chance.usize(0..text.len());
                let put = chance.choice(pieces).unwrap().chars();
                text.splice(at..at + chance.usize(0..2), put);
            }
            let text: String = text.into_iter().collect();
            let Some(found) = read(&text) else { continue };
            taken += 1;
            assert!(is_plain(text.as_bytes()), "{text}");
            let found: BTreeMap<_, _> = found.into_iter().collect();
            let read: BTreeMap<String, &RawValue> = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
            let read: BTreeMap<String, &str> = read.into_iter().map(|(key, value)| (key, value.get())).collect();
            assert_eq!(found, read, "{text}");
        }
        assert!(taken > 10_000, "only {taken} were taken");
    }
}
