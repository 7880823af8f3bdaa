//! The tokens of a runtime: those that are for the same are kept once, whichever clients use them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::dpop::Prover;
use super::identity::Key;
use super::jose::SigningKey;
use super::manager::Manager;
use crate::error::Result;

/// As many tokens are kept at most.
const MOST: usize = 256;

/// The tokens of one runtime.
#[derive(Default)]
pub struct TokenCache {
    kept: Mutex<Kept>,
    /// The key that tokens are bound to where no other is given.
    prover: OnceLock<Arc<Prover>>,
}

#[derive(Default)]
struct Kept {
    entries: HashMap<Key, Entry>,
    /// Counts the lookups, to tell which was the latest.
    lookups: u64,
}

struct Entry {
    manager: Arc<Manager>,
    looked_up: u64,
}

impl TokenCache {
    /// The one who keeps the token of `key`: an earlier one, or the one that `make` makes. When there are too many, the one that was used longest
    /// ago is let go of; never one that is getting a token.
    pub(super) fn get(&self, key: Key, make: impl FnOnce() -> Arc<Manager>) -> Arc<Manager> {
        let mut kept = self.lock();
        kept.lookups += 1;
        let looked_up = kept.lookups;
        if let Some(entry) = kept.entries.get_mut(&key) {
            entry.looked_up = looked_up;
            return Arc::clone(&entry.manager);
        }
        if kept.entries.len() >= MOST {
            let idle = kept.entries.iter().filter(|(_, entry)| !entry.manager.in_flight());
            let oldest =
                idle.min_by_key(|(_, entry)| (entry.manager.last_used(), entry.looked_up)).map(|(key, _)| *key);
            if let Some(oldest) = oldest {
                kept.entries.remove(&oldest);
            }
        }
        let manager = make();
        kept.entries.insert(key, Entry { manager: Arc::clone(&manager), looked_up });
        manager
    }

    /// The runtime's own key for proofs, made when it is first needed.
    pub(super) fn prover(&self) -> Result<Arc<Prover>> {
        if let Some(prover) = self.prover.get() {
            return Ok(Arc::clone(prover));
        }
        let made = Arc::new(Prover::new(SigningKey::generate()?));
        Ok(Arc::clone(self.prover.get_or_init(|| made)))
    }

    /// How many tokens are kept.
    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
