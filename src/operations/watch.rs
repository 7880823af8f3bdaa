//! Looks at the files of a client's configuration, and at the age of what Vault said, and has the client change when they did.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::live::{Cause, Live, Plan};
use crate::config::ms;
use crate::private::{self, Mark};

/// A lease that could not be renewed is not tried again before this.
const AGAIN: Duration = Duration::from_secs(5);

/// What files looked like.
type Marks = BTreeMap<PathBuf, Option<Mark>>;

/// Watches until the client is closed or gone; at once if it has nothing to watch.
pub(crate) fn start(live: &Arc<Live>) {
    let session = live.session();
    if !session.config.config.watch || (files(live).is_empty() && !uses_vault(live)) {
        return;
    }
    let services = session.services.clone();
    let (weak, closed) = (Arc::downgrade(live), session.closed.clone());
    let mut taken = files(live);
    let watching = async move {
        let clock = Arc::clone(&session.services.clock);
        let poll = ms(session.config.config.poll_ms);
        // The client as it was must not be kept.
        drop(session);
        let mut seen = taken.clone();
        let mut asked = clock.now();
        loop {
            tokio::select! {
                () = closed.cancelled() => return,
                () = clock.sleep(poll) => {}
            }
            let Some(live) = weak.upgrade() else { return };
            let names: Vec<PathBuf> = taken.keys().cloned().collect();
            let looking = tokio::task::spawn_blocking(move || look(names));
            let Ok(found) = looking.await else { return };
            let settled = std::mem::replace(&mut seen, found) == seen;
            let changed = settled && seen != taken;
            let due = uses_vault(&live) && is_due(&live, clock.now().saturating_sub(asked));
            if !changed && !due {
                continue;
            }
            asked = clock.now();
            let cause = if changed { Cause::File } else { Cause::Vault };
            taken = seen.clone();
            let again = Arc::clone(&live);
            // What is wrong was told where it was found; the configuration stays as it was.
            let Ok(outcome) = tokio::task::spawn_blocking(move || again.change(cause, Plan::Reload)).await else {
                return;
            };
            if outcome.is_ok() {
                // It may have been read from other files.
                let now = files(&live);
                if now.keys().ne(taken.keys()) {
                    taken = now;
                    seen = taken.clone();
                }
            }
        }
    };
    services.handle.spawn(services.background.track_future(watching));
}

fn files(live: &Live) -> Marks {
    let kept = live.version().kept.clone();
    kept.client
        .facts
        .files
        .iter()
        .chain(&kept.runtime.loaded.facts.files)
        .map(|(path, mark)| (path.clone(), *mark))
        .collect()
}

fn look(files: Vec<PathBuf>) -> Marks {
    files.into_iter().map(|path| (path.clone(), private::mark(&path))).collect()
}

fn uses_vault(live: &Live) -> bool {
    let kept = live.version().kept.clone();
    kept.client.facts.vault || kept.runtime.loaded.facts.vault
}

/// Whether Vault is to be asked again, `age` after it was: the configuration says how often, and a lease may need it sooner.
fn is_due(live: &Live, age: Duration) -> bool {
    let session = live.session();
    let own = ms(session.config.vault.refresh_ms);
    let lease = session.services.settings.vaults.renew_in();
    age >= own || (age >= own.min(AGAIN) && lease.is_some_and(|left| left.is_zero()))
}
