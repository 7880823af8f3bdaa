//! What any JSON from outside must keep to, whatever it says: depth, lengths, numbers, characters. One pass over the text; nothing is looked for by its
//! meaning, so that honest text of any kind passes as it is.

use std::fmt::Display;

use super::JsonError;
use super::scan::plain;

/// The bounds.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How deeply it may nest.
    pub depth: usize,
    /// How long one text may be, in bytes as it is written.
    pub text_bytes: usize,
    /// How many characters one number may have.
    pub number_chars: usize,
    /// Whether a number may be larger than any that a double can hold.
    pub infinite: bool,
    /// Whether texts may hold control characters besides tab, line feed, form feed and carriage return.
    pub controls: bool,
    /// Whether they may hold halves of characters (lone surrogates), which no UTF-8 can.
    pub halves: bool,
}

impl Bounds {
    /// None but that of depth.
    pub const fn of_depth(depth: usize) -> Self {
        Self { depth, text_bytes: usize::MAX, number_chars: usize::MAX, infinite: true, controls: true, halves: true }
    }

    /// Checks a text. Whether it is JSON is not asked.
    pub fn check(&self, text: &str, what: &(impl Display + ?Sized)) -> Result<(), JsonError> {
        self.check_with_keys(text, what, |_| ())
    }

    /// The same, and hands each key of its objects to `key`, as it is written: without its quotation marks, with its escapes.
    pub fn check_with_keys(
        &self,
        text: &str,
        what: &(impl Display + ?Sized),
        mut key: impl FnMut(&str),
    ) -> Result<(), JsonError> {
        let bytes = text.as_bytes();
        let (mut at, mut level) = (0, 0_usize);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let begin = at + 1;
                    at = self.string(bytes, begin, text, what)?;
                    let next = bytes.iter().skip(at + 1).find(|byte| !byte.is_ascii_whitespace());
                    if next == Some(&b':') {
                        key(text.get(begin..at).unwrap_or_default());
                    }
                }
                b'{' | b'[' => {
                    level += 1;
                    if level > self.depth {
                        let path = path(text, at + 1);
                        return Err(JsonError::TooDeep { what: what.to_string(), path, limit: self.depth });
                    }
                }
                b'}' | b']' => level = level.saturating_sub(1),
                b'-' | b'0'..=b'9' => {
                    let rest = &bytes[at..];
                    let end = rest.iter().position(|byte| !is_numeric(*byte)).unwrap_or(rest.len());
                    self.number(&text[at..at + end], at, text, what)?;
                    at += end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        Ok(())
    }

    /// Answers where the text that began at `begin` ends: at its quotation mark, or where all ends.
    fn string(
        &self,
        bytes: &[u8],
        begin: usize,
        text: &str,
        what: &(impl Display + ?Sized),
    ) -> Result<usize, JsonError> {
        let mut at = end_of_plain(bytes, begin);
        while bytes.get(at) == Some(&b'\\') {
            let rest = &bytes[at + 1..];
            let shown = escaped(rest);
            if !self.controls && shown.is_some_and(|code| code < 0x20 && !matches!(code, 0x09 | 0x0a | 0x0c | 0x0d)) {
                let why = "holds a control character; only tabs and line ends may stand in a text (limits.control_characters)";
                return Err(wrong(text, begin, what, why));
            }
            if let Some(code @ 0xd800..=0xdfff) = shown.filter(|_| !self.halves) {
                let low =
                    rest.get(5..).filter(|next| next.first() == Some(&b'\\')).and_then(|next| escaped(&next[1..]));
                if code >= 0xdc00 || !low.is_some_and(|low| (0xdc00..=0xdfff).contains(&low)) {
                    return Err(wrong(text, begin, what, "holds half a character (a lone surrogate)"));
                }
                at += 6;
            }
            at = end_of_plain(bytes, at + 2);
        }
        let end = at.min(bytes.len());
        if end - begin.min(end) > self.text_bytes {
            let why = format!("has {} bytes, more than {} (limits.max_text_bytes)", end - begin, self.text_bytes);
            return Err(wrong(text, begin, what, &why));
        }
        Ok(end)
    }

    fn number(&self, number: &str, at: usize, text: &str, what: &(impl Display + ?Sized)) -> Result<(), JsonError> {
        if number.len() > self.number_chars {
            let why =
                format!("has {} characters, more than {} (limits.max_number_chars)", number.len(), self.number_chars);
            return Err(wrong(text, at + 1, what, &why));
        }
        // Only what is written with an exponent, or at great length, can be too large.
        let large = number.len() > 300 || number.contains(['e', 'E']);
        if !self.infinite && large && number.parse().is_ok_and(|number: f64| number.is_infinite()) {
            return Err(wrong(text, at + 1, what, "is too large for a number"));
        }
        Ok(())
    }
}

/// Where the next quotation mark or backslash stands, from `at` on; the end when there is none.
fn end_of_plain(bytes: &[u8], at: usize) -> usize {
    at + plain(bytes.get(at..).unwrap_or_default())
}

const fn is_numeric(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// The code unit that an escape means, behind its backslash.
fn escaped(rest: &[u8]) -> Option<u32> {
    match rest.first()? {
        b'b' => Some(0x08),
        b'u' => {
            let digits = std::str::from_utf8(rest.get(1..5)?).ok()?;
            u32::from_str_radix(digits, 16).ok()
        }
        _ => None,
    }
}

fn wrong(text: &str, at: usize, what: &(impl Display + ?Sized), why: &str) -> JsonError {
    JsonError::Invalid { message: format!("{what}: `{}` {why}", path(text, at)) }
}

/// How long a path may be in a message, in characters.
const PATH_CHARS: usize = 200;

/// The path of what stands at a byte, as far as it can be told: keys and places in lists on the way there. The end of a very long one is left out.
fn path(text: &str, at: usize) -> String {
    enum Step {
        Key(String),
        Index(usize),
    }
    let bytes = text.as_bytes();
    let (mut steps, mut position): (Vec<Step>, usize) = (Vec::new(), 0);
    while position < at.saturating_sub(1) {
        match bytes[position] {
            b'{' => steps.push(Step::Key(String::new())),
            b'[' => steps.push(Step::Index(0)),
            b'}' | b']' => _ = steps.pop(),
            b',' => {
                if let Some(Step::Index(index)) = steps.last_mut() {
                    *index += 1;
                }
            }
            b'"' => {
                let begin = position + 1;
                position = begin;
                while position < bytes.len() && bytes[position] != b'"' {
                    position += 1 + usize::from(bytes[position] == b'\\');
                }
                let rest = text.get(position + 1..).unwrap_or_default();
                if let (Some(Step::Key(key)), true) = (steps.last_mut(), rest.trim_start().starts_with(':')) {
                    *key = text.get(begin..position).unwrap_or_default().chars().take(64).collect();
                }
            }
            _ => {}
        }
        position += 1;
    }
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) if path.is_empty() => path = key,
            Step::Key(key) => path = format!("{path}.{key}"),
            Step::Index(index) => path = format!("{path}[{index}]"),
        }
        if path.len() > PATH_CHARS {
            let short: String = path.chars().take(PATH_CHARS).collect();
            return format!("{short}\u{2026}");
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds =
        Bounds { depth: 4, text_bytes: 20, number_chars: 10, infinite: false, controls: false, halves: false };

    fn refused(text: &str) -> String {
        BOUNDS.check(text, "the request").unwrap_err().to_string()
    }

    #[test]
    fn what_is_out_of_bounds_is_named_with_its_path() {
        for (text, expected) in [
            (r#"{"a":[{"b":"c"},{"b":"a text of more than twenty"}]}"#, "`a[1].b` has 26 bytes, more than 20"),
            (r#"{"a":{"a text of more than twenty":1}}"#, "has 26 bytes"),
            (r#"{"a":[1,12345678901]}"#, "`a[1]` has 11 characters, more than 10"),
            (r#"{"a":1e999}"#, "`a` is too large for a number"),
            (r#"{"a":{"b":"x\u0000"}}"#, "`a.b` holds a control character"),
            (r#"{"a":"\u001b[31m"}"#, "`a` holds a control character"),
            (r#"{"a":"\b"}"#, "`a` holds a control character"),
            (r#"{"a":"\ud800"}"#, "`a` holds half a character"),
            (r#"{"a":"\udc00\ud800"}"#, "`a` holds half a character"),
            (r#"{"a":"\ud83dx"}"#, "`a` holds half a character"),
            ("[[[[[1]]]]]", "`[0][0][0][0]` nests more than 4 levels deep"),
            (r#"{"a":[{"b":1},{"c":{"d":{}}}]}"#, "`a[1].c.d` nests more than 4 levels deep"),
        ] {
            assert!(refused(text).contains(expected), "{text}: {}", refused(text));
        }
    }

    #[test]
    fn what_is_within_bounds_passes_whatever_it_says() {
        for text in [
            r#"{"a":"'; DROP TABLE x;"}"#,
            r#"{"a":"tab\tline\r\n\f"}"#,
            r#"{"a":"\u0041\ud83d\ude00"}"#,
            r#"{"a":"\\u0000"}"#,
            r#"{"a":"<b>&amp;</b>ä€"}"#,
            r#"{"a":-1.5e-7,"b":1234567890,"c":"1e999"}"#,
            r#"{"a":"[[[[[[\"[[["}"#,
            "\"",
            "\"\\",
            "\"\\u12",
            "-",
            "",
        ] {
            let outcome = BOUNDS.check(text, "the request");
            assert!(outcome.is_ok(), "{text}: {outcome:?}");
        }
        assert!(Bounds::of_depth(2).check(r#"{"a":"\u0000\ud800","b":1e999}"#, "x").is_ok());
    }

    #[test]
    fn keys_are_told_of_at_any_depth_and_values_are_none() {
        let found = |text: &str| {
            let mut found = Vec::new();
            Bounds::of_depth(4).check_with_keys(text, "x", |key| found.push(key.to_owned())).unwrap();
            found
        };
        assert_eq!(found(r#"{"a" : "b:", "c\"d":[{"é":1}, "f"]}"#), ["a", r#"c\"d"#, "é"]);
        for none in [r#"["a","b\\"]"#, "{\"a", "{\"a\\", "{\"a\"", "\"", ""] {
            assert!(found(none).is_empty(), "{none}");
        }
    }
}
