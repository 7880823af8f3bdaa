//! The members of a JSON object as they are written, in one pass that reads nothing else: for what is handed on as it came, many times a second.
//!
//! It is strict, and knows less than all of JSON: what it does not take may be JSON all the same, and is to be read by serde. What it takes is JSON.

/// How deeply a value may nest here.
const DEPTH: u32 = 32;

/// Calls `each` with every key and value of the object in `text`, as they are written, the key without its quotation marks. `None` when the text is not
/// taken; `each` may have been called for a part of it then.
pub fn members<'a>(text: &'a str, mut each: impl FnMut(&'a str, &'a str)) -> Option<()> {
    let mut scan = Scan { text, at: 0 };
    scan.space();
    scan.object(DEPTH, &mut each)?;
    scan.space();
    (scan.at == text.len()).then_some(())
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over a byte, if it is the next.
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn object(&mut self, depth: u32, each: &mut impl FnMut(&'a str, &'a str)) -> Option<()> {
        self.list(b'{', b'}', |scan| {
            let begin = scan.at;
            let escaped = scan.string()?;
            let key = scan.text.get(begin + 1..scan.at - 1)?;
            scan.space();
            if escaped || !scan.takes(b':') {
                return None;
            }
            scan.space();
            let begin = scan.at;
            scan.value(depth)?;
            each(key, scan.text.get(begin..scan.at)?);
            Some(())
        })
    }

    /// What stands between brackets, with commas between.
    fn list(&mut self, open: u8, close: u8, mut one: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if !self.takes(open) {
            return None;
        }
        self.space();
        if self.takes(close) {
            return Some(());
        }
        loop {
            one(self)?;
            self.space();
            if self.takes(close) {
                return Some(());
            }
            if !self.takes(b',') {
                return None;
            }
            self.space();
        }
    }

    fn value(&mut self, depth: u32) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' => {
                let depth = depth.checked_sub(1)?;
                self.object(depth, &mut |_, _| ())
            }
            b'[' => {
                let depth = depth.checked_sub(1)?;
                self.list(b'[', b']', |scan| scan.value(depth))
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let is_next = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        is_next.then_some(())
    }

    fn number(&mut self) -> Option<()> {
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _ = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        Some(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        let begin = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > begin).then_some(())
    }

    /// A text with its quotation marks. Answers whether anything in it is escaped.
    fn string(&mut self) -> Option<bool> {
        if !self.takes(b'"') {
            return None;
        }
        let mut escaped = false;
        loop {
            self.plain();
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(escaped);
                }
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let rest = &self.text.as_bytes()[self.at + 1..];
        self.at += match rest.first()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' if rest.get(1..5)?.iter().all(u8::is_ascii_hexdigit) => 6,
            _ => return None,
        };
        Some(())
    }

    /// Up to what ends a text, begins an escape, or may not stand in a text: eight bytes at a time as long as there are so many.
    fn plain(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(eight) = bytes.get(self.at..).and_then(|rest| rest.first_chunk()) {
            let found = special(u64::from_le_bytes(*eight));
            if found != 0 {
                self.at += found.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        while self.peek().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
            self.at += 1;
        }
    }
}

/// The highest bit of each of eight bytes that is a quotation mark, a backslash or a control character, and perhaps of some behind the first such.
const fn special(eight: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGHEST: u64 = ONES << 7;
    // A byte below n, as long as none before it borrowed, sets its highest bit when n is taken from it.
    const fn below(eight: u64, n: u8) -> u64 {
        eight.wrapping_sub(ONES * n as u64) & !eight
    }
    let quote = below(eight ^ (ONES * b'"' as u64), 1);
    let backslash = below(eight ^ (ONES * b'\\' as u64), 1);
    (below(eight, b' ') | quote | backslash) & HIGHEST
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;
    use std::collections::BTreeMap;

    fn read(text: &str) -> Option<Vec<(&str, &str)>> {
        let mut all = Vec::new();
        members(text, |key, value| all.push((key, value)))?;
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
        assert_eq!(read(text).unwrap(), expected);
        assert_eq!(read("{}").unwrap(), []);
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
            let found: BTreeMap<String, &str> = found.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            let read: BTreeMap<String, &RawValue> = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
            let read: BTreeMap<String, &str> = read.into_iter().map(|(key, value)| (key, value.get())).collect();
            assert_eq!(found, read, "{text}");
        }
        assert!(taken > 10_000, "only {taken} were taken");
    }
}
