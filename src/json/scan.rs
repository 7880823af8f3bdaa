//! Going over JSON as it is written, without reading it: fast where it is plain, which most of it is.

use memchr::memchr2;

/// As many bytes are looked through by eight: most texts are keys and names, which end before a search in vectors has begun.
const SHORT: usize = 16;
const ONES: u64 = u64::from_ne_bytes([1; 8]);
const QUOTATION_MARKS: u64 = ONES * b'"' as u64;
const BACKSLASHES: u64 = ONES * b'\\' as u64;

/// How many bytes there are before the first quotation mark or backslash; all when there is none.
#[inline]
pub(super) fn plain(text: &[u8]) -> usize {
    let mut at = 0;
    while at < SHORT
        && let Some(word) = text[at..].first_chunk()
    {
        let word = u64::from_le_bytes(*word);
        let marks = zeros(word ^ QUOTATION_MARKS) | zeros(word ^ BACKSLASHES);
        if marks != 0 {
            return at + (marks.trailing_zeros() / u8::BITS) as usize;
        }
        at += size_of::<u64>();
    }
    at + memchr2(b'"', b'\\', &text[at..]).unwrap_or(text.len() - at)
}

/// A bit in each byte of the word that is zero, exact up to the first such byte.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & (ONES << 7)
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
                assert_eq!(plain(&text), place);
                assert_eq!(place + 1 + plain(&text[place + 1..]), 100);
            }
        }
        assert_eq!((plain(b"abc"), plain(b"")), (3, 0));
        // What differs from a mark by its lowest bit, and follows one, is none; nor is one before it.
        assert_eq!((plain(b"##]]#]a"), plain(b"##]]#]\"#]")), (7, 6));
    }
}
