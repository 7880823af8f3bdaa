//! Short lists in order.

use std::cmp::Ordering;

/// Puts an item where it belongs in a list that is in the order of `compare`, behind those that are equal to it. For lists that are short: a sort that is
/// made for long ones takes eight kilobytes of code for each type.
pub(crate) fn put<T>(list: &mut Vec<T>, item: T, compare: impl Fn(&T, &T) -> Ordering) {
    let at = list.partition_point(|known| compare(known, &item).is_le());
    list.insert(at, item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_in_order_and_equals_stay_in_theirs() {
        let mut list = Vec::new();
        for item in [(3, 'a'), (1, 'b'), (3, 'c'), (2, 'd'), (1, 'e')] {
            put(&mut list, item, |(one, _), (other, _)| one.cmp(other));
        }
        assert_eq!(list, [(1, 'b'), (1, 'e'), (2, 'd'), (3, 'a'), (3, 'c')]);
    }
}
