//! Going over JSON as it is written, without reading it: fast where it is plain, which most of it is.

/// How many bytes are looked at together, so that the compiler can compare them all at once.
const STRIDE: usize = 32;

/// Where the next quotation mark or backslash stands, from `at` on; the end when there is none.
pub(super) fn end_of_plain(bytes: &[u8], at: usize) -> usize {
    let special = |byte: &u8| matches!(byte, b'"' | b'\\');
    let rest = bytes.get(at..).unwrap_or_default();
    let (strides, _) = rest.as_chunks::<STRIDE>();
    let is_plain = |stride: &&[u8; STRIDE]| !stride.iter().fold(false, |found, byte| found | special(byte));
    let plain = strides.iter().take_while(is_plain).count() * STRIDE;
    let rest = &rest[plain..];
    at + plain + rest.iter().position(special).unwrap_or(rest.len())
}

/// The keys of the objects in a text, as they are written: between their quotation marks, with their escapes. What is no JSON has keys of any kind.
pub(crate) fn keys(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let begin = at + 1 + text.get(at..)?.iter().position(|byte| *byte == b'"')?;
            let mut end = end_of_plain(text, begin);
            while text.get(end) == Some(&b'\\') {
                end = end_of_plain(text, end + 2);
            }
            at = end + 1;
            if text.get(at..)?.trim_ascii_start().first() == Some(&b':') {
                return text.get(begin..end);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_ends_at_the_first_quotation_mark_or_backslash_wherever_it_stands() {
        for place in 0..100 {
            for mark in [b'"', b'\\'] {
                let mut text = [b'a'; 100];
                text[place] = mark;
                assert_eq!(end_of_plain(&text, 0), place);
                assert_eq!(end_of_plain(&text, place + 1), 100);
            }
        }
        assert_eq!(end_of_plain(b"abc", 7), 7);
    }

    #[test]
    fn keys_are_found_at_any_depth_and_values_are_none() {
        let found = |text: &'static str| keys(text.as_bytes()).collect::<Vec<_>>();
        assert_eq!(found(r#"{"a" : "b:", "c\"d":[{"e":1}, "f"]}"#), [&b"a"[..], b"c\\\"d", b"e"]);
        assert!(found(r#"["a","b\\"]"#).is_empty());
        for cut in ["{\"a", "{\"a\\", "{\"a\"", "\"", ""] {
            assert!(found(cut).is_empty(), "{cut}");
        }
    }
}
