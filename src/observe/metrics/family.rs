//! What is counted by labels, without a lock where the labels are known already.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use hashbrown::DefaultHashBuilder;

use super::{Kind, Labels, Metric, Point, Value};
use crate::order;

/// As many sets of labels as a metric may have. What comes after is counted under `other`, so that a mistake elsewhere does not fill the memory.
const MOST: usize = 1000;

const OTHER: [(&str, &str); 1] = [("other", "true")];

/// So many numbers lie side by side.
const TOGETHER: usize = 16;

/// A metric whose values are told apart by labels.
#[derive(Debug)]
pub(super) struct Family<N> {
    name: &'static str,
    unit: &'static str,
    help: &'static str,
    make: fn() -> N,
    all: Chunk<N>,
    /// Held while a number is added.
    adding: Mutex<()>,
    hasher: DefaultHashBuilder,
}

/// What a family keeps for each set of labels.
pub(super) trait Number {
    const KIND: Kind;
    fn value(&self) -> Value;
}

/// Numbers, filled from the first on and never emptied: so reading them takes no lock.
#[derive(Debug)]
struct Chunk<N>(OnceLock<Box<Filled<N>>>);

#[derive(Debug)]
struct Filled<N> {
    places: [OnceLock<Kept<N>>; TOGETHER],
    next: Chunk<N>,
}

/// A number, and the labels that it is kept under.
#[derive(Debug)]
struct Kept<N> {
    /// The labels' hash: comparing a few of these takes less time than looking one up in a map, and makes no text.
    hash: u64,
    labels: Labels,
    number: N,
}

impl<N: Number> Family<N> {
    pub(super) fn new(name: &'static str, unit: &'static str, help: &'static str, make: fn() -> N) -> Self {
        let (all, adding) = (Chunk(OnceLock::new()), Mutex::default());
        Self { name, unit, help, make, all, adding, hasher: DefaultHashBuilder::default() }
    }

    /// Does something with the number of these labels, which are in the order of their names.
    pub(super) fn of(&self, labels: &[(&'static str, &str)], work: impl FnOnce(&N)) {
        debug_assert!(labels.is_sorted(), "{labels:?}");
        match self.find(labels) {
            Some(number) => work(number),
            None => work(self.add(labels)),
        }
    }

    fn find(&self, labels: &[(&'static str, &str)]) -> Option<&N> {
        let hash = self.hash(labels);
        let same = |kept: &Labels| kept.iter().map(|(name, value)| (*name, value.as_str())).eq(labels.iter().copied());
        self.all.iter().find(|kept| kept.hash == hash && same(&kept.labels)).map(|kept| &kept.number)
    }

    #[cold]
    fn add(&self, labels: &[(&'static str, &str)]) -> &N {
        let _held = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let labels = if self.all.iter().count() >= MOST { &OTHER[..] } else { labels };
        // Another thread may have been faster.
        self.find(labels).unwrap_or_else(|| {
            let kept = labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            &self.all.push(Kept { hash: self.hash(labels), labels: kept, number: (self.make)() }).number
        })
    }

    fn hash(&self, labels: &[(&'static str, &str)]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for (_, value) in labels {
            value.hash(&mut hasher);
        }
        hasher.finish()
    }

    pub(super) fn metric(&self) -> Metric {
        let mut points = Vec::new();
        for kept in self.all.iter() {
            let point = Point { labels: kept.labels.clone(), value: kept.number.value() };
            order::put(&mut points, point, |one, other| one.labels.cmp(&other.labels));
        }
        Metric { name: self.name, unit: self.unit, help: self.help, kind: N::KIND, points }
    }
}

impl<N> Chunk<N> {
    fn iter(&self) -> impl Iterator<Item = &Kept<N>> {
        let chunks = std::iter::successors(self.0.get(), |filled| filled.next.0.get());
        chunks.flat_map(|filled| &filled.places).map_while(OnceLock::get)
    }

    /// Adds a number behind the others, while nobody else does.
    fn push(&self, kept: Kept<N>) -> &Kept<N> {
        let empty =
            || Box::new(Filled { places: std::array::from_fn(|_| OnceLock::new()), next: Self(OnceLock::new()) });
        let filled = self.0.get_or_init(empty);
        match filled.places.iter().find(|place| place.get().is_none()) {
            Some(place) => place.get_or_init(|| kept),
            None => filled.next.push(kept),
        }
    }
}

/// A number that grows.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Number for Count {
    const KIND: Kind = Kind::Counter;

    fn value(&self) -> Value {
        Value::Count(self.0.load(Ordering::Relaxed))
    }
}

/// How values are spread.
#[derive(Debug)]
pub(super) struct Distribution {
    bounds: &'static [f64],
    counts: Vec<AtomicU64>,
    /// The sum's bits.
    sum: AtomicU64,
}

impl Distribution {
    pub(super) fn new(bounds: &'static [f64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, sum: AtomicU64::new(0f64.to_bits()) }
    }

    pub(super) fn add(&self, value: f64) {
        let place = self.bounds.partition_point(|bound| *bound < value);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        let add = |bits| Some((f64::from_bits(bits) + value).to_bits());
        // It never refuses.
        let _ = self.sum.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

impl Number for Distribution {
    const KIND: Kind = Kind::Histogram;

    fn value(&self) -> Value {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        Value::Spread { bounds: self.bounds, counts, sum: f64::from_bits(self.sum.load(Ordering::Relaxed)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_counted_up_to_its_bound() {
        let spread = Distribution::new(&[1.0, 2.0]);
        for value in [0.5, 1.0, 1.5, 9.0] {
            spread.add(value);
        }
        assert_eq!(spread.value(), Value::Spread { bounds: &[1.0, 2.0], counts: vec![2, 1, 1], sum: 12.0 });
    }

    #[test]
    fn labels_past_the_bound_are_counted_together() {
        let family = Family::new("x", "1", "x", Count::default);
        for number in 0..MOST + 50 {
            family.of(&[("n", &number.to_string())], Count::add);
        }
        let metric = family.metric();
        assert_eq!(metric.points.len(), MOST + 1);
        let other = metric.points.iter().find(|point| point.labels[0].0 == "other").unwrap();
        assert_eq!(other.value, Value::Count(50));
    }
}
