//! Going over JSON as it is written, without reading it: fast where it is plain, which most of it is.

use memchr::memchr2;

/// Where the next quotation mark or backslash stands, from `at` on; the end when there is none.
pub(super) fn end_of_plain(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + memchr2(b'"', b'\\', rest).unwrap_or(rest.len())
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
}
