//! The memory of header fields, from the answers that are done with to the requests to come: it is more than an allocator keeps at hand.

use std::cell::RefCell;

use reqwest::header::HeaderMap;

/// How many are kept on a thread, as many as answers often come at once, and how many fields one may have room for.
const MOST: usize = 128;
const ROOM: usize = 32;

thread_local! {
    static SPARE: RefCell<Vec<HeaderMap>> = const { RefCell::new(Vec::new()) };
}

/// No fields, with room for so many.
pub fn fields(room: usize) -> HeaderMap {
    let mut fields = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
    fields.reserve(room);
    fields
}

/// Takes the memory of fields that are done with.
pub fn keep(mut fields: HeaderMap) {
    if fields.capacity() > ROOM {
        return;
    }
    fields.clear();
    SPARE.with_borrow_mut(|spare| {
        if spare.len() < MOST {
            spare.push(fields);
        }
    });
}

#[cfg(test)]
mod tests {
    use reqwest::header::{ACCEPT, HeaderValue};

    use super::*;

    #[test]
    fn fields_have_none_of_those_whose_memory_they_take() {
        let mut first = fields(12);
        first.insert(ACCEPT, HeaderValue::from_static("a secret"));
        let room = first.capacity();
        keep(first);
        let next = fields(1);
        assert_eq!((next.len(), next.capacity()), (0, room));
        keep(HeaderMap::with_capacity(100));
        assert!(fields(1).capacity() < 100);
        assert!((0..2 * MOST).map(|_| fields(1)).collect::<Vec<_>>().into_iter().map(keep).count() == 2 * MOST);
        assert_eq!(SPARE.with_borrow(Vec::len), MOST);
    }
}
