//! Where threads of the host wait for what a runtime's thread brings them.
//!
//! Those who wait sit in rows, and all of a row that are called together are woken by one system call. Woken one by one, each would take the processor from the
//! thread that wakes the others, where they share one, and would give it back when it waits again: two changes of threads for each instead of one.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use row::{Row, SEATS};

/// How many rows there are, of 256 seats in all. Who finds none that is free shares one, and may be woken for another.
const ROWS: usize = 256 / SEATS as usize;

/// How many have found none that was free.
static LATE: AtomicUsize = AtomicUsize::new(0);

static HALL: [Place; ROWS] = [const { Place::new() }; ROWS];

struct Place {
    row: Row,
    /// The seats that are taken, as bits.
    taken: AtomicU32,
}

impl Place {
    const fn new() -> Self {
        Self { row: Row::new(), taken: AtomicU32::new(0) }
    }

    /// Takes the first seat that is free, if there is one.
    fn take(&self) -> Option<u32> {
        let free = |taken: u32| (taken.trailing_ones() < SEATS).then(|| taken | (taken + 1));
        let before = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).ok()?;
        Some(1 << before.trailing_ones())
    }

    fn leave(&self, bit: u32) {
        self.taken.fetch_and(!bit, Ordering::Relaxed);
    }
}

/// A seat, as long as it lives.
pub struct Seat {
    number: Number,
    own: bool,
}

/// Which seat it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    row: usize,
    bit: u32,
}

impl Seat {
    /// Takes one that is free, of the first row that has one.
    pub fn take() -> Self {
        for (row, place) in HALL.iter().enumerate() {
            if let Some(bit) = place.take() {
                return Self { number: Number { row, bit }, own: true };
            }
        }
        // Another for each, so that no more share one than must.
        let late = LATE.fetch_add(1, Ordering::Relaxed);
        let (row, seat) = (late % ROWS, late / ROWS % SEATS as usize);
        Self { number: Number { row, bit: 1 << seat }, own: false }
    }

    /// Which one it is.
    pub fn number(&self) -> Number {
        self.number
    }

    /// Waits until `look` finds something. Whoever puts it there calls the seat afterwards.
    pub fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        let Number { row, bit } = self.number;
        let row = &HALL[row].row;
        loop {
            let turn = row.turn();
            if let Some(found) = look() {
                return found;
            }
            row.wait(turn, bit);
        }
    }
}

/// Has nobody sit anywhere: in a forked child, those who did are threads of the parent's.
pub fn leave_all() {
    for place in &HALL {
        place.taken.store(0, Ordering::Relaxed);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.own {
            HALL[self.number.row].leave(self.number.bit);
        }
    }
}

/// Seats that are to be called together.
#[derive(Debug)]
pub struct Called([u32; ROWS]);

impl Default for Called {
    fn default() -> Self {
        Self([0; ROWS])
    }
}

impl Called {
    /// One more.
    pub fn add(&mut self, seat: Number) {
        self.0[seat.row] |= seat.bit;
    }

    /// Wakes who sits there.
    pub fn wake(self) {
        for (place, bits) in HALL.iter().zip(self.0).filter(|(_, bits)| *bits != 0) {
            place.row.wake(bits);
        }
    }
}

/// A row by the system's own means: each who waits says which bits he is woken by (`FUTEX_WAIT_BITSET`).
#[cfg(any(target_os = "linux", target_os = "android"))]
mod row {
    use std::num::NonZeroU32;
    use std::sync::atomic::{AtomicU32, Ordering};

    use rustix::thread::futex::{Flags, wait_bitset, wake_bitset};

    /// How many seats a row has.
    pub(super) const SEATS: u32 = u32::BITS;
    /// As many as the system can be asked to wake: it takes the number for one with a sign.
    const ALL: u32 = u32::MAX >> 1;

    /// How often it was called.
    pub(super) struct Row(AtomicU32);

    impl Row {
        pub(super) const fn new() -> Self {
            Self(AtomicU32::new(0))
        }

        pub(super) fn turn(&self) -> u32 {
            self.0.load(Ordering::Acquire)
        }

        /// Waits until the seats of `bits` are called, unless the row was called after `turn`. May end without either.
        pub(super) fn wait(&self, turn: u32, bits: u32) {
            if let Some(bits) = NonZeroU32::new(bits) {
                let _ = wait_bitset(&self.0, Flags::PRIVATE, turn, None, bits);
            }
        }

        pub(super) fn wake(&self, bits: u32) {
            self.0.fetch_add(1, Ordering::Release);
            if let Some(bits) = NonZeroU32::new(bits) {
                let _ = wake_bitset(&self.0, Flags::PRIVATE, ALL, bits);
            }
        }
    }
}

/// A row of one seat by the standard library's means.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod row {
    use std::sync::{Condvar, Mutex, PoisonError};

    /// How many seats a row has.
    pub(super) const SEATS: u32 = 1;

    /// How often it was called.
    pub(super) struct Row {
        turn: Mutex<u32>,
        called: Condvar,
    }

    impl Row {
        pub(super) const fn new() -> Self {
            Self { turn: Mutex::new(0), called: Condvar::new() }
        }

        pub(super) fn turn(&self) -> u32 {
            *self.turn.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Waits until it is called, unless it was after `turn`.
        pub(super) fn wait(&self, turn: u32, _: u32) {
            let now = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            drop(self.called.wait_while(now, |now| *now == turn).unwrap_or_else(PoisonError::into_inner));
        }

        pub(super) fn wake(&self, _: u32) {
            let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            *turn = turn.wrapping_add(1);
            drop(turn);
            self.called.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn whoever_is_called_finds_what_is_there_however_many_wait() {
        const THREADS: usize = 300;
        const TIMES: usize = 20;
        let places: Vec<Mutex<Option<usize>>> = (0..THREADS).map(|_| Mutex::new(None)).collect();
        let (ask, asked) = channel();
        std::thread::scope(|scope| {
            for (number, place) in places.iter().enumerate() {
                let ask = ask.clone();
                scope.spawn(move || {
                    for time in 0..TIMES {
                        let seat = Seat::take();
                        ask.send((number, time, seat.number())).unwrap();
                        assert_eq!(seat.until(|| place.lock().unwrap().take()), time);
                    }
                });
            }
            drop(ask);
            while let Ok(first) = asked.recv() {
                let mut called = Called::default();
                for (number, time, seat) in std::iter::once(first).chain(asked.try_iter()) {
                    *places[number].lock().unwrap() = Some(time);
                    called.add(seat);
                }
                called.wake();
            }
        });
    }

    #[test]
    fn a_seat_is_free_again_when_it_is_left() {
        let place = Place::new();
        let seats: Vec<u32> = std::iter::from_fn(|| place.take()).collect();
        assert_eq!(seats, (0..SEATS).map(|seat| 1 << seat).collect::<Vec<u32>>());
        for seat in seats {
            place.leave(seat);
            assert_eq!((place.take(), place.take()), (Some(seat), None));
        }
        let (first, second) = (Seat::take(), Seat::take());
        assert!(!first.own || !second.own || first.number != second.number);
    }
}
