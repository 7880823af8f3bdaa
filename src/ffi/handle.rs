//! Handles: integers of kind, generation and slot, and the one table of what they stand for.
//!
//! A handle that was closed, made up or is of another kind is an error, never a wrong object. The table is sharded, and a
//! look-up only clones an `Arc` under a shard's read lock, so that closing while another thread is inside a call is safe.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::abi::kei_handle;
use super::queue::Queue;
use super::subscribe::{Pending, Subscription};
use crate::client::Client;
use crate::error::{Code, Error, Result};
use crate::in_flight::Ticket;
use crate::runtime::Runtime;

const SHARD_BITS: u32 = 4;
const SLOT_BITS: u32 = 20;
const GENERATION_BITS: u32 = 24;
/// The upper bits of a generation count forks, so that a handle of the parent's never means something of the child's.
const FORK_BITS: u32 = 4;
const USE_BITS: u32 = GENERATION_BITS - FORK_BITS;
/// How many times a slot is used.
const LAST_USE: u32 = (1 << USE_BITS) - 1;
const SHARDS: usize = 1 << SHARD_BITS;

/// What a handle stands for.
pub(super) enum Object {
    Runtime(Runtime),
    Client(Client),
    Queue(Arc<Queue>),
    Op(Ticket),
    Buf(Vec<u8>),
    Sub(Arc<Subscription>),
    Request(Arc<Pending>),
}

/// The kinds of handle, as the upper bits of the handle say them.
#[derive(Clone, Copy, PartialEq, Eq, strum::FromRepr, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[repr(u8)]
pub(super) enum Kind {
    Runtime = 1,
    Client = 2,
    Queue = 3,
    Op = 4,
    Buf = 5,
    Sub = 6,
    Request = 7,
}

impl Kind {
    /// The kind that a handle claims to be of.
    pub(super) fn of(handle: kei_handle) -> Option<Self> {
        split(handle).kind
    }
}

impl Object {
    fn kind(&self) -> Kind {
        match self {
            Self::Runtime(_) => Kind::Runtime,
            Self::Client(_) => Kind::Client,
            Self::Queue(_) => Kind::Queue,
            Self::Op(_) => Kind::Op,
            Self::Buf(_) => Kind::Buf,
            Self::Sub(_) => Kind::Sub,
            Self::Request(_) => Kind::Request,
        }
    }
}

/// A type that a handle can stand for.
pub(super) trait Handled: Sized {
    const KIND: Kind;
    fn share(object: &Object) -> Option<Self>;
}

macro_rules! handled {
    ($($kind:ident => $type:ty),* $(,)?) => {
        $(impl Handled for $type {
            const KIND: Kind = Kind::$kind;
            fn share(object: &Object) -> Option<Self> {
                match object {
                    Object::$kind(value) => Some(value.clone()),
                    _ => None,
                }
            }
        })*
    };
}

handled! {
    Runtime => Runtime,
    Client => Client,
    Queue => Arc<Queue>,
    Op => Ticket,
    Sub => Arc<Subscription>,
    Request => Arc<Pending>,
}

#[derive(Default)]
struct Shard {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

struct Slot {
    generation: u32,
    object: Option<Object>,
}

/// All that handles stand for.
pub(super) struct Table {
    shards: [RwLock<Shard>; SHARDS],
    /// The generation of a slot that was never used.
    first: u32,
}

/// The parts of a handle.
struct Parts {
    kind: Option<Kind>,
    generation: u32,
    slot: u32,
    shard: usize,
}

fn split(handle: kei_handle) -> Parts {
    let field = |shift: u32, bits: u32| (handle >> shift) & ((1 << bits) - 1);
    #[allow(clippy::cast_possible_truncation)] // Each field was just masked to fewer bits than its type has.
    Parts {
        shard: field(0, SHARD_BITS) as usize,
        slot: field(SHARD_BITS, SLOT_BITS) as u32,
        generation: field(SHARD_BITS + SLOT_BITS, GENERATION_BITS) as u32,
        kind: u8::try_from(handle >> (SHARD_BITS + SLOT_BITS + GENERATION_BITS)).ok().and_then(Kind::from_repr),
    }
}

fn join(kind: Kind, generation: u32, slot: u32, shard: usize) -> kei_handle {
    let high = u64::from(kind as u8) << (SHARD_BITS + SLOT_BITS + GENERATION_BITS);
    high | u64::from(generation) << (SHARD_BITS + SLOT_BITS) | u64::from(slot) << SHARD_BITS | shard as u64
}

fn stale(handle: kei_handle) -> Error {
    let what = if handle == 0 { "the handle is 0" } else { "the handle was closed, or was never given out" };
    Error::new(Code::Stale, what)
}

/// A number that is another each time on one thread, and begins elsewhere on each: so that threads seldom want the same shard.
fn turn() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static TURN: Cell<usize> = Cell::new(THREADS.fetch_add(SHARDS / 2 + 1, Ordering::Relaxed));
    }
    TURN.with(|turn| turn.replace(turn.get().wrapping_add(1)))
}

impl Table {
    /// An empty table.
    pub(super) fn new() -> Self {
        Self::starting(0)
    }

    /// The table of a process that is so many forks away from the one that first used the library; `None` when these are too many.
    pub(super) fn after(forks: u32) -> Option<Self> {
        (forks < 1 << FORK_BITS).then(|| Self::starting(forks << USE_BITS))
    }

    fn starting(first: u32) -> Self {
        Self { shards: std::array::from_fn(|_| RwLock::default()), first }
    }

    /// Keeps an object under a handle that stood for its like in the process that this one was forked from.
    pub(super) fn insert_at(&self, handle: kei_handle, object: Object) -> Result<()> {
        let parts = split(handle);
        let mut guard = self.shards[parts.shard].write().unwrap_or_else(PoisonError::into_inner);
        let Shard { slots, free } = &mut *guard;
        for slot in slots.len()..=parts.slot as usize {
            slots.push(Slot { generation: self.first, object: None });
            free.extend(u32::try_from(slot).ok().filter(|slot| *slot != parts.slot));
        }
        let slot = &mut slots[parts.slot as usize];
        if slot.object.is_some() || parts.kind != Some(object.kind()) {
            return Err(stale(handle));
        }
        free.retain(|slot| *slot != parts.slot);
        *slot = Slot { generation: parts.generation, object: Some(object) };
        Ok(())
    }

    /// Keeps an object, and answers its handle.
    pub(super) fn insert(&self, object: Object) -> Result<kei_handle> {
        let kind = object.kind();
        let shard = turn() % SHARDS;
        let mut guard = self.shards[shard].write().unwrap_or_else(PoisonError::into_inner);
        let slot = match guard.free.pop() {
            Some(slot) => slot,
            None if guard.slots.len() < 1 << SLOT_BITS => {
                guard.slots.push(Slot { generation: self.first, object: None });
                u32::try_from(guard.slots.len() - 1).unwrap_or(0)
            }
            None => return Err(Error::new(Code::Overloaded, "too many handles are open: close those no longer used")),
        };
        let entry = &mut guard.slots[slot as usize];
        entry.generation += 1;
        entry.object = Some(object);
        Ok(join(kind, entry.generation, slot, shard))
    }

    /// What a handle stands for, if it is of the kind asked for.
    pub(super) fn get<T: Handled>(&self, handle: kei_handle) -> Result<T> {
        let parts = split(handle);
        let guard = self.shards[parts.shard].read().unwrap_or_else(PoisonError::into_inner);
        let object = guard.live(&parts).ok_or_else(|| stale(handle))?;
        T::share(object).ok_or_else(|| {
            let found: &'static str = object.kind().into();
            let wanted: &'static str = T::KIND.into();
            Error::new(Code::WrongKind, format!("the handle is of the kind {found}, where {wanted} is needed"))
        })
    }

    /// Takes an object out; from now on its handle is stale.
    pub(super) fn remove(&self, handle: kei_handle) -> Result<Object> {
        let parts = split(handle);
        let mut guard = self.shards[parts.shard].write().unwrap_or_else(PoisonError::into_inner);
        guard.live(&parts).ok_or_else(|| stale(handle))?;
        let slot = &mut guard.slots[parts.slot as usize];
        let object = slot.object.take().ok_or_else(|| stale(handle))?;
        // A slot whose generations are used up is given up: reusing it could revive an old handle.
        if slot.generation & LAST_USE < LAST_USE {
            guard.free.push(parts.slot);
        }
        Ok(object)
    }

    /// How many handles of each kind are open.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for shard in &self.shards {
            let guard = shard.read().unwrap_or_else(PoisonError::into_inner);
            for object in guard.slots.iter().filter_map(|slot| slot.object.as_ref()) {
                *counts.entry(object.kind().into()).or_insert(0) += 1;
            }
        }
        counts
    }
}

impl Shard {
    fn live(&self, parts: &Parts) -> Option<&Object> {
        let slot = self.slots.get(parts.slot as usize)?;
        let object = slot.object.as_ref()?;
        (slot.generation == parts.generation && parts.kind == Some(object.kind())).then_some(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buf(text: &str) -> Object {
        Object::Buf(text.into())
    }

    #[test]
    fn a_handle_fits_a_javascript_number() {
        assert!(join(Kind::Buf, (1 << GENERATION_BITS) - 1, (1 << SLOT_BITS) - 1, SHARDS - 1) < 1 << 53);
    }

    #[test]
    fn a_closed_handle_is_stale_even_when_its_slot_is_used_again() {
        let table = Table::new();
        let first = table.insert(buf("a")).unwrap();
        assert!(table.remove(first).is_ok());
        let later: Vec<_> = (0..SHARDS).map(|_| table.insert(buf("b")).unwrap()).collect();
        assert!(later.iter().any(|handle| split(*handle).slot == split(first).slot));
        assert_eq!(table.remove(first).err().map(|error| error.code), Some(Code::Stale));
        assert!(later.into_iter().all(|handle| table.remove(handle).is_ok()));
        assert!(table.counts().is_empty());
    }

    #[test]
    fn a_slot_without_generations_left_is_given_up() {
        let table = Table::new();
        let handle = table.insert(buf("a")).unwrap();
        let parts = split(handle);
        table.shards[parts.shard].write().unwrap().slots[parts.slot as usize].generation = LAST_USE;
        let last = join(Kind::Buf, LAST_USE, parts.slot, parts.shard);
        assert!(table.remove(last).is_ok());
        for _ in 0..2 * SHARDS {
            let next = split(table.insert(buf("b")).unwrap());
            assert!((next.shard, next.slot) != (parts.shard, parts.slot));
        }
    }

    #[test]
    fn a_handle_of_before_a_fork_means_nothing_after_it_unless_it_was_put_back() {
        let (parent, child) = (Table::new(), Table::after(1).unwrap());
        let inherited: Vec<_> = (0..100).map(|_| parent.insert(buf("parent's")).unwrap()).collect();
        child.insert_at(inherited[50], buf("put back")).unwrap();
        let own: Vec<_> = (0..200).map(|_| child.insert(buf("child's")).unwrap()).collect();
        assert!(own.iter().all(|handle| !inherited.contains(handle)));
        for (index, handle) in inherited.iter().enumerate() {
            assert_eq!(child.remove(*handle).is_ok(), index == 50);
        }
        assert!(own.into_iter().all(|handle| child.remove(handle).is_ok()));
        assert!(Table::after(16).is_none());
    }

    #[test]
    fn a_made_up_handle_or_one_of_another_kind_is_an_error() {
        let table = Table::new();
        let handle = table.insert(buf("a")).unwrap();
        for made_up in [0, 1, u64::MAX, handle ^ (1 << 30), handle | 1 << 60] {
            assert_eq!(table.get::<Arc<Queue>>(made_up).err().map(|error| error.code), Some(Code::Stale));
        }
        let error = table.get::<Arc<Queue>>(handle).err().unwrap();
        assert_eq!(error.code, Code::WrongKind);
        assert_eq!(error.message, "the handle is of the kind buf, where queue is needed");
    }
}
