//! Finds any of many thousand forms of secrets in text that almost never holds one.
//!
//! Each form is found by a window of eight bytes in it. Of such a window, one of its first four places is a multiple of four away from the beginning of
//! the text, and the five bytes from there lie in it: so only every fourth place of a text is looked at, by its five bytes (a gram), in a table
//! of bits that is small enough for the processor's cache. What that lets through is looked up by the gram and compared whole.
//!
//! A general automaton (Aho–Corasick) over the same forms takes a hundred times the memory and a tenth of the speed, and is built anew for each secret.

use std::sync::Arc;

use zeroize::Zeroizing;

/// How many bytes a gram has, and how far apart the places are that are looked at.
const GRAM: usize = 5;
const STRIDE: usize = 4;
/// The shortest form that can be found.
pub(super) const WINDOW: usize = GRAM + STRIDE - 1;
/// How many of these places are looked at before it is asked whether any may hold something.
const AT_ONCE: usize = 8;
/// In how many places of a form its rarest window is looked for.
const CANDIDATES: usize = 8;
/// What spreads grams over the tables: 2^64 divided by the golden ratio, and its successor among the primes' multiples used for the same.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
const SPREAD_AGAIN: u64 = 0xC2B2_AE3D_27D4_EB4F;

/// A secret's forms, and what stands in their place.
pub(super) struct Forms {
    pub(super) mask: Box<str>,
    pub(super) all: Vec<Zeroizing<String>>,
}

/// Where a form was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) secret: usize,
}

/// A gram of a form's window.
#[derive(Clone, Copy)]
struct Slot {
    /// The gram; all ones for an empty slot, which no gram of five bytes is.
    gram: u64,
    secret: u32,
    form: u32,
    /// How far into the form the gram is.
    offset: u32,
}

const EMPTY: Slot = Slot { gram: u64::MAX, secret: 0, form: 0, offset: 0 };

/// The tables over all forms of all secrets.
#[derive(Clone)]
pub(super) struct Search {
    secrets: Vec<Arc<Forms>>,
    bits: Box<[u64]>,
    /// How far a spread gram is shifted to be a place in `bits`, and in `slots`.
    bit_shift: u32,
    slot_shift: u32,
    slots: Box<[Slot]>,
    grams: usize,
}

impl Search {
    /// The tables for these secrets.
    pub(super) fn new(secrets: Vec<Arc<Forms>>) -> Self {
        let count: usize = secrets.iter().map(|secret| secret.all.len() * STRIDE).sum();
        let mut search = Self::with_room((count * 2).max(256));
        for secret in secrets {
            search.insert(secret);
        }
        search
    }

    fn with_room(grams: usize) -> Self {
        let slots = (grams * 2).next_power_of_two();
        // Sixteen bits a gram: one place in sixteen that holds none is looked up in vain.
        let bits = slots * 8;
        Self {
            secrets: Vec::new(),
            bits: vec![0; bits / 64].into(),
            bit_shift: 64 - bits.trailing_zeros(),
            slot_shift: 64 - slots.trailing_zeros(),
            slots: vec![EMPTY; slots].into(),
            grams: 0,
        }
    }

    /// The same tables with one more secret.
    pub(super) fn with(&self, secret: Arc<Forms>) -> Self {
        if (self.grams + secret.all.len() * STRIDE) * 2 > self.slots.len() {
            let mut secrets = self.secrets.clone();
            secrets.push(secret);
            return Self::new(secrets);
        }
        let mut next = self.clone();
        next.insert(secret);
        next
    }

    pub(super) fn mask(&self, secret: usize) -> &str {
        &self.secrets[secret].mask
    }

    fn insert(&mut self, secret: Arc<Forms>) {
        let number = index(self.secrets.len());
        for (form, text) in secret.all.iter().enumerate() {
            let Some(window) = self.rarest(text.as_bytes()) else { continue };
            for offset in window..window + STRIDE {
                let gram = gram(text.as_bytes(), offset);
                self.put(Slot { gram, secret: number, form: index(form), offset: index(offset) });
            }
        }
        self.secrets.push(secret);
    }

    /// Where the window of a form is whose grams the fewest others have: many tokens begin alike.
    fn rarest(&self, form: &[u8]) -> Option<usize> {
        let last = form.len().checked_sub(WINDOW)?;
        let step = (last / CANDIDATES).max(1);
        // From the end, where tokens differ most; of several as good the first.
        (0..=last)
            .rev()
            .step_by(step)
            .min_by_key(|at| (*at..at + STRIDE).map(|offset| self.slots_of(gram(form, offset)).count()).sum::<usize>())
    }

    fn put(&mut self, slot: Slot) {
        let spread = slot.gram.wrapping_mul(SPREAD);
        let bit = spread >> self.bit_shift;
        self.bits[place(bit >> 6)] |= 1 << (bit & 63);
        let mut at = place(slot.gram.wrapping_mul(SPREAD_AGAIN) >> self.slot_shift);
        while self.slots[at].gram != EMPTY.gram {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = slot;
        self.grams += 1;
    }

    fn slots_of(&self, gram: u64) -> impl Iterator<Item = &Slot> {
        let first = place(gram.wrapping_mul(SPREAD_AGAIN) >> self.slot_shift);
        (first..)
            .map(|at| &self.slots[at & (self.slots.len() - 1)])
            .take_while(|slot| slot.gram != EMPTY.gram)
            .filter(move |slot| slot.gram == gram)
    }

    /// Every place where a form is, in no order.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Found> {
        let (bits, shift) = (&*self.bits, self.bit_shift);
        let may_hold = |gram: u64| {
            let bit = gram.wrapping_mul(SPREAD) >> shift;
            bits.get(place(bit >> 6)).is_none_or(|bits| bits >> (bit & 63) & 1 != 0)
        };
        let (mut found, mut at) = (Vec::new(), 0);
        // So many places at once, which nearly always hold none.
        while let Some(piece) = text[at..].first_chunk::<{ AT_ONCE * STRIDE + 4 }>() {
            let gram = |place: usize| word(&piece[place * STRIDE..place * STRIDE + 8]) & MASK;
            if (0..AT_ONCE).fold(false, |any, place| any | may_hold(gram(place))) {
                let places = (0..AT_ONCE).filter(|place| may_hold(gram(*place)));
                places.for_each(|place| self.compare(text, at + place * STRIDE, gram(place), &mut found));
            }
            at += AT_ONCE * STRIDE;
        }
        while at + GRAM <= text.len() {
            let gram = gram(text, at);
            if may_hold(gram) {
                self.compare(text, at, gram, &mut found);
            }
            at += STRIDE;
        }
        found
    }

    #[cold]
    fn compare(&self, text: &[u8], at: usize, gram: u64, found: &mut Vec<Found>) {
        for slot in self.slots_of(gram) {
            let secret = slot.secret as usize;
            let form = self.secrets[secret].all[slot.form as usize].as_bytes();
            let Some(start) = at.checked_sub(slot.offset as usize) else { continue };
            if text[start..].starts_with(form) {
                found.push(Found { start, end: start + form.len(), secret });
            }
        }
    }
}

const MASK: u64 = (1 << (8 * GRAM)) - 1;

fn word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

fn gram(text: &[u8], at: usize) -> u64 {
    word(&text[at..at + GRAM])
}

/// A number below 2^32 as a place in memory.
#[allow(clippy::cast_possible_truncation)] // Shifted to less than the length of a table.
fn place(number: u64) -> usize {
    number as usize
}

/// A number of secrets, forms or bytes of one, all far below 2^32.
fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secret(forms: &[&str]) -> Arc<Forms> {
        Arc::new(Forms { mask: "*".into(), all: forms.iter().map(|form| Zeroizing::new((*form).to_owned())).collect() })
    }

    fn naive(forms: &[&str], text: &str) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        for form in forms {
            let starts = (0..text.len()).filter(|start| text.as_bytes()[*start..].starts_with(form.as_bytes()));
            all.extend(starts.map(|start| (start, start + form.len())));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn places(search: &Search, text: &str) -> Vec<(usize, usize)> {
        let mut all: Vec<_> = search.find(text.as_bytes()).iter().map(|found| (found.start, found.end)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    proptest! {
        #[test]
        fn it_finds_what_comparing_everywhere_finds(
            forms in proptest::collection::vec("[ab]{8,12}", 1..20), text in "[ab]{0,200}",
        ) {
            let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
            let search = Search::new(vec![secret(&forms)]);
            prop_assert_eq!(places(&search, &text), naive(&forms, &text));
            let one_by_one = forms.iter().fold(Search::new(Vec::new()), |search, form| search.with(secret(&[form])));
            prop_assert_eq!(places(&one_by_one, &text), naive(&forms, &text));
        }
    }

    #[test]
    fn ten_thousand_secrets_that_begin_alike_are_each_found_at_every_place() {
        let tokens: Vec<String> = (0..10_000).map(|number| format!("eyJhbGciOiJSUzI1NiJ9-{}", number * 7919)).collect();
        let search = Search::new(tokens.iter().map(|token| secret(&[token])).collect());
        for (number, token) in tokens.iter().enumerate().step_by(97) {
            for before in 0..STRIDE {
                let text = format!("{}{token} ", "x".repeat(before));
                let found = search.find(text.as_bytes());
                assert!(found.iter().any(|found| found.secret == number && found.start == before), "{text}");
            }
        }
    }
}
