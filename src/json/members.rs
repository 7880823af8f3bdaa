//! The members of a JSON object as they are written, in one pass that reads nothing else: for what is handed on as it came, many times a second.
//!
//! It is strict, and knows less than all of JSON: what it does not take may be JSON all the same, and is to be read by serde. What it takes is JSON.

use std::ops::Range;

use super::scan::end_of_plain;

/// How deeply a value may nest here.
const DEPTH: u32 = 32;

/// Calls `each` with every key of the object in `text`, as it is written between its quotation marks, and with where its value stands. `None` when the text is
/// not taken; `each` may have been called for a part of it then.
pub fn members<'a>(text: &'a str, mut each: impl FnMut(&'a [u8], Range<usize>)) -> Option<()> {
    whole(text, |bytes, at| object(bytes, after(bytes, at, b'{')?, DEPTH, &mut each))
}

/// Whether a text is JSON, as far as that is seen here: if so, it is.
pub fn is_plain(text: &str) -> bool {
    whole(text, |bytes, at| value(bytes, at, DEPTH)).is_some()
}

/// Whether a text is what `one` finds at its beginning, and nothing more.
fn whole<'a>(text: &'a str, one: impl FnOnce(&'a [u8], usize) -> Option<usize>) -> Option<()> {
    let bytes = text.as_bytes();
    // A control character may stand between members, but in no text. All of it is looked through at once, many bytes at a time, and serde tells which it is.
    if bytes.iter().fold(u8::MAX, |least, byte| least.min(*byte)) < b' ' {
        return None;
    }
    let end = one(bytes, space(bytes, 0))?;
    (space(bytes, end) == bytes.len()).then_some(())
}

// Each of these begins at a place, and answers the place behind what it was to find there.

fn space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

fn after(bytes: &[u8], at: usize, byte: u8) -> Option<usize> {
    (*bytes.get(at)? == byte).then_some(at + 1)
}

/// What follows the opening bracket, up to the closing one.
fn object<'a>(bytes: &'a [u8], at: usize, depth: u32, each: &mut impl FnMut(&'a [u8], Range<usize>)) -> Option<usize> {
    list(bytes, at, b'}', |at| {
        let key = after(bytes, at, b'"')?;
        let (end, escaped) = string(bytes, key)?;
        if escaped {
            return None;
        }
        let value_at = space(bytes, after(bytes, space(bytes, end), b':')?);
        let value_end = value(bytes, value_at, depth)?;
        each(&bytes[key..end - 1], value_at..value_end);
        Some(value_end)
    })
}

/// What stands up to the closing bracket, with commas between.
fn list(bytes: &[u8], at: usize, close: u8, mut one: impl FnMut(usize) -> Option<usize>) -> Option<usize> {
    let mut at = space(bytes, at);
    if *bytes.get(at)? == close {
        return Some(at + 1);
    }
    loop {
        at = space(bytes, one(at)?);
        match *bytes.get(at)? {
            b',' => at = space(bytes, at + 1),
            byte if byte == close => return Some(at + 1),
            _ => return None,
        }
    }
}

fn value(bytes: &[u8], at: usize, depth: u32) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string(bytes, at + 1).map(|(end, _)| end),
        b'{' => object(bytes, at + 1, depth.checked_sub(1)?, &mut |_, _| ()),
        b'[' => {
            let depth = depth.checked_sub(1)?;
            list(bytes, at + 1, b']', |at| value(bytes, at, depth))
        }
        b't' => word(bytes, at, b"true"),
        b'f' => word(bytes, at, b"false"),
        b'n' => word(bytes, at, b"null"),
        _ => number(bytes, at),
    }
}

fn word(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes[at..].starts_with(word).then_some(at + word.len())
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let at = after(bytes, at, b'-').unwrap_or(at);
    let mut at = after(bytes, at, b'0').or_else(|| digits(bytes, at))?;
    if let Some(fraction) = after(bytes, at, b'.') {
        at = digits(bytes, fraction)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let exponent = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(bytes, exponent)?;
    }
    Some(at)
}

/// One digit or more.
fn digits(bytes: &[u8], begin: usize) -> Option<usize> {
    let mut at = begin;
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    (at > begin).then_some(at)
}

/// What follows the opening quotation mark, and the closing one. Answers, too, whether anything in it is escaped.
fn string(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut escaped = false;
    loop {
        at = end_of_plain(bytes, at);
        if *bytes.get(at)? == b'"' {
            return Some((at + 1, escaped));
        }
        escaped = true;
        at = escape(bytes, at + 1)?;
    }
}

/// What follows the backslash.
fn escape(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 1),
        b'u' => bytes.get(at + 1..at + 5)?.iter().all(u8::is_ascii_hexdigit).then_some(at + 5),
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
            assert!(is_plain(text) && serde_json::from_str::<&RawValue>(text).is_ok(), "{text}");
        }
        for text in ["", "nul", "1 2", "[1,]", "\"a", "{\"a\":\n1}", "\u{1}"] {
            assert!(!is_plain(text), "{text}");
        }
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
            assert!(is_plain(&text), "{text}");
            let found: BTreeMap<_, _> = found.into_iter().collect();
            let read: BTreeMap<String, &RawValue> = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
            let read: BTreeMap<String, &str> = read.into_iter().map(|(key, value)| (key, value.get())).collect();
            assert_eq!(found, read, "{text}");
        }
        assert!(taken > 10_000, "only {taken} were taken");
    }
}
