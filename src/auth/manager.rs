//! The life of one token: fetched once for all who wait, renewed before they would have to.
//!
//! Reading a valid token takes no lock. A fetch belongs to the runtime, not to a caller: whoever goes away, it goes on. A failed
//! renewal leaves the token in use to its very end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::answer::Granted;
use super::grant::{Grant, Issuer};
use super::lifetime::Lifetime;
use super::status::LastError;
use super::{AuthStatus, Credential, Means, TokenState};
use crate::clock::SharedClock;
use crate::error::{Code, Error, Result, millis};
use crate::observe::{Observe, TokenEvent};
use crate::secret::Secret;

/// A forced renewal is done at most once in this time.
const FORCED_EVERY: Duration = Duration::from_secs(10);
/// How long a failure that may pass is answered to callers without asking the issuer again.
const TRANSIENT: Duration = Duration::from_secs(1);
/// The same for a failure that will not mend itself, at first and at most.
const LASTING: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
/// The longest pause asked for by the issuer that is kept.
const LONGEST_WISH: Duration = Duration::from_secs(60);

type Outcome = Result<Arc<Token>>;
type Flight = watch::Receiver<Option<Outcome>>;

struct Token {
    credential: Credential,
    life: Lifetime,
    /// When it was last used, in milliseconds of the clock's `now`.
    used: AtomicU64,
}

#[derive(Default)]
struct State {
    flight: Option<Flight>,
    generation: u64,
    failed: Option<Failed>,
    failures_in_row: u32,
    /// Before this, a token that still lives is not renewed in the background.
    not_before: Duration,
    forced: Option<Duration>,
    /// The server did not accept the last token.
    rejected: bool,
    refreshes: u64,
    failures: u64,
    last_refresh: Option<std::time::SystemTime>,
    last_error: Option<LastError>,
}

/// The last failure.
struct Failed {
    error: Error,
    /// Until when it stands for further ones.
    until: Duration,
    /// The client's secret that it came of, if that could be read.
    secret: Option<Secret>,
    /// When it was last seen that the secret is still the same.
    checked: Duration,
}

/// Numbers the managers of the process.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// Keeps one token.
pub(super) struct Manager {
    number: u64,
    grant: Grant,
    clock: SharedClock,
    observe: Observe,
    actor: String,
    spawner: Handle,
    current: ArcSwapOption<Token>,
    state: Mutex<State>,
    me: Weak<Manager>,
}

impl Manager {
    pub(super) fn new(grant: Grant, means: &Means) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            grant,
            clock: Arc::clone(&means.clock),
            observe: means.observe.clone(),
            actor: means.actor.clone(),
            spawner: means.spawner.clone(),
            current: ArcSwapOption::empty(),
            state: Mutex::default(),
            me: me.clone(),
        })
    }

    /// What tells this one from others.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The issuer, if the token comes from one.
    pub(super) fn issuer(&self) -> Option<&Issuer> {
        self.grant.as_issuer()
    }

    /// Whether a token is being fetched.
    pub(super) fn in_flight(&self) -> bool {
        self.lock().flight.is_some()
    }

    /// When the token was last used, in milliseconds of the clock's `now`; 0 when there is none.
    pub(super) fn last_used(&self) -> u64 {
        self.current.load().as_ref().map_or(0, |token| token.used.load(Ordering::Relaxed))
    }

    /// Has the token count as one that nobody uses.
    #[cfg(test)]
    pub(super) fn unused(&self) {
        if let Some(token) = &*self.current.load() {
            token.used.store(0, Ordering::Relaxed);
        }
    }

    /// The token, if there is a good one.
    pub(super) fn at_once(&self, now: Duration) -> Option<Credential> {
        let current = self.current.load();
        let token = current.as_ref()?;
        let used = millis(now);
        if token.used.load(Ordering::Relaxed) != used {
            // Written only where that says something new: every thread reads it.
            token.used.store(used, Ordering::Relaxed);
        }
        match token.life.state(now) {
            TokenState::Valid => {}
            TokenState::Soft => self.renew(now),
            _ => return None,
        }
        Some(token.credential.clone())
    }

    pub(super) async fn credential(&self) -> Result<Credential> {
        let now = self.clock.now();
        match self.at_once(now) {
            Some(credential) => Ok(credential),
            None => self.wait_for_next(now).await,
        }
    }

    /// Gets a new token, whatever there is; the one that lives is used until it has come.
    pub(super) async fn refresh(&self) -> Result<()> {
        let flight = {
            let mut state = self.lock();
            state.failed = None;
            self.join(&mut state)
        };
        self.outcome(flight).await.map(|_| ())
    }

    /// Lets go of the token, and answers it.
    pub(super) fn forget(&self) -> Option<Secret> {
        let mut state = self.lock();
        state.failed = None;
        state.forced = None;
        self.observe.token(TokenEvent::LoggedOut, &self.actor);
        tracing::info!(target: "kei_agent::auth", generation = state.generation, "the token was given up");
        self.current.swap(None).map(|token| token.credential.token().clone())
    }

    /// Has the next caller ask again, whatever the last failure was.
    pub(super) fn forget_failure(&self) {
        self.lock().failed = None;
    }

    pub(super) async fn rejected(&self, generation: u64) -> Result<bool> {
        let now = self.clock.now();
        let flight = {
            let mut state = self.lock();
            if state.generation != generation {
                // Someone else's rejection has brought a newer one already.
                return Ok(true);
            }
            if state.flight.is_none() {
                if state.forced.is_some_and(|forced| now < forced + FORCED_EVERY) {
                    return Ok(false);
                }
                state.forced = Some(now);
                state.rejected = true;
                self.observe.token(TokenEvent::Rejected, &self.actor);
                self.current.store(None);
                tracing::info!(target: "kei_agent::auth", generation, "the server rejected the token; getting a new one");
            }
            self.join(&mut state)
        };
        self.outcome(flight).await.map(|token| token.credential.generation != generation)
    }

    /// Waits for the next token; while the old one lives, a failure to get it does not matter.
    pub(super) async fn wait_for_next(&self, now: Duration) -> Result<Credential> {
        let old = self.current.load_full().filter(|token| token.life.state(now) != TokenState::Expired);
        if old.is_none() {
            self.forget_failure_of_old_secret(now).await;
        }
        let flight = {
            let mut state = self.lock();
            // A fetch may have ended since the caller looked.
            if let Some(token) = &*self.current.load()
                && matches!(token.life.state(now), TokenState::Valid | TokenState::Soft)
            {
                token.used.store(millis(now), Ordering::Relaxed);
                return Ok(token.credential.clone());
            }
            match (&old, &state.failed) {
                (Some(token), _) if state.flight.is_none() && now < state.not_before => {
                    return Ok(token.credential.clone());
                }
                (None, Some(failed)) if state.flight.is_none() && now < failed.until => {
                    let mut error = failed.error.clone();
                    error.retry_after = Some(failed.until.saturating_sub(now));
                    return Err(error);
                }
                _ => self.join(&mut state),
            }
        };
        let waited = self.outcome(flight).await;
        let now = self.clock.now();
        match (waited, old) {
            (Ok(token), _) => {
                token.used.store(millis(now), Ordering::Relaxed);
                Ok(token.credential.clone())
            }
            (Err(_), Some(token)) if token.life.state(now) != TokenState::Expired => Ok(token.credential.clone()),
            (Err(error), _) => Err(error),
        }
    }

    /// A lasting failure that came of one secret says nothing about the next: it is forgotten when the secret's file changes.
    async fn forget_failure_of_old_secret(&self, now: Duration) {
        let Some(proof) = self.issuer().map(|issuer| &issuer.client.proof).filter(|proof| proof.is_file()) else {
            return;
        };
        match &mut self.lock().failed {
            Some(failed) if !failed.error.retryable && now < failed.until && now >= failed.checked + TRANSIENT => {
                failed.checked = now;
            }
            _ => return,
        }
        let Ok(Some(secret)) = proof.secret().await else { return };
        let mut state = self.lock();
        let same = |failed: &Failed| failed.secret.as_ref().is_some_and(|old| old.expose() == secret.expose());
        if state.failed.as_ref().is_some_and(|failed| !same(failed)) {
            tracing::info!(target: "kei_agent::auth", "the client's secret changed; asking for a token again");
            state.failed = None;
            state.failures_in_row = 0;
        }
    }

    async fn outcome(&self, mut flight: Flight) -> Outcome {
        let ended = || Err(Error::new(Code::Closed, "the runtime is shutting down"));
        match flight.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(ended),
            Err(_) => ended(),
        }
    }

    /// Begins a renewal in the background, unless one is under way or has just failed.
    fn renew(&self, now: Duration) {
        let mut state = self.lock();
        if state.flight.is_none() && now >= state.not_before {
            self.join(&mut state);
        }
    }

    /// The fetch under way, or a new one.
    fn join(&self, state: &mut State) -> Flight {
        if let Some(flight) = &state.flight {
            return flight.clone();
        }
        let (send, flight) = watch::channel(None);
        state.flight = Some(flight.clone());
        let me = self.me.clone();
        self.spawner.spawn(async move {
            let Some(manager) = me.upgrade() else { return };
            let rejected = manager.lock().rejected;
            let (granted, secret) = manager.grant.get(rejected, &manager.observe.redactor).await;
            let outcome = manager.settle(granted, secret);
            // Nobody may be waiting any more.
            let _ = send.send(Some(outcome));
        });
        flight
    }

    /// Takes in the outcome of a fetch.
    fn settle(&self, granted: Result<Granted>, secret: Option<Secret>) -> Outcome {
        let now = self.clock.now();
        let mut state = self.lock();
        state.flight = None;
        let living = self.current.load_full().filter(|token| token.life.state(now) != TokenState::Expired);
        let made = granted.and_then(|granted| {
            let prover = self.issuer().and_then(|issuer| issuer.client.prover.clone());
            let mut credential = Credential::new(&granted.token, prover, state.generation + 1, &self.observe.redactor)?;
            credential.keeper = self.number;
            let life = Lifetime::new(granted.sent, granted.expires_in, &*self.clock);
            credential.renew_at = life.mandatory;
            if living.is_some() && life.state(now) == TokenState::Expired {
                // The one that lives is better than this.
                let mut error = Error::new(Code::Token, "the issuer gave a token that has run out already");
                error.retryable = true;
                return Err(error);
            }
            // Renewing a token is no use of it; those who wait for it note theirs.
            let used = self.current.load().as_ref().map_or(millis(now), |old| old.used.load(Ordering::Relaxed));
            Ok(Arc::new(Token { credential, life, used: AtomicU64::new(used) }))
        });
        match made {
            Ok(token) => {
                self.observe.token(TokenEvent::Granted, &self.actor);
                state.generation += 1;
                state.refreshes += 1;
                state.failed = None;
                state.rejected = false;
                state.failures_in_row = 0;
                state.not_before = Duration::ZERO;
                state.last_error = None;
                state.last_refresh = Some(self.clock.wall());
                let expires_in_ms = token.life.expires.map(|expires| millis(expires.saturating_sub(now)));
                tracing::info!(target: "kei_agent::auth", generation = state.generation, expires_in_ms, "a token was obtained");
                // A token that lives no time serves those who wait for it, and no one after.
                let lives = token.life.state(now) != TokenState::Expired;
                self.current.store(lives.then(|| Arc::clone(&token)));
                drop(state);
                if lives {
                    self.keep_fresh(&token);
                }
                Ok(token)
            }
            Err(error) => {
                let error = self.observe.redactor.scrub_error(error);
                let event = if error.retryable { TokenEvent::Unavailable } else { TokenEvent::Refused };
                self.observe.token(event, &self.actor);
                state.failures += 1;
                let in_row = state.failures_in_row;
                state.failures_in_row = in_row.saturating_add(1);
                let wish = error.retry_after.unwrap_or_default().min(LONGEST_WISH);
                if let Some(token) = &living {
                    state.not_before = now + token.life.pause_after_failure(now, in_row, &*self.clock).max(wish);
                }
                let lasting = LASTING.0.saturating_mul(1_u32.checked_shl(in_row).unwrap_or(u32::MAX)).min(LASTING.1);
                let until = now + if error.retryable { TRANSIENT.max(wish) } else { lasting };
                tracing::warn!(
                    target: "kei_agent::auth",
                    error = error.code.name(), oauth_error = error.oauth_error.as_deref(), still_serving = living.is_some(),
                    "a token was not obtained: {}", error.message
                );
                state.last_error = Some(LastError { name: error.code.name(), message: error.message.clone() });
                state.failed = Some(Failed { error: error.clone(), until, secret, checked: now });
                Err(error)
            }
        }
    }

    /// Renews `token` when its time comes, if it has been used within its life's length, so that a caller need not.
    fn keep_fresh(&self, token: &Arc<Token>) {
        let (me, clock, token) = (self.me.clone(), Arc::clone(&self.clock), Arc::downgrade(token));
        self.spawner.spawn(async move {
            let mut due = token.upgrade().map(|token| token.life.soft);
            while let Some(at) = due.take() {
                clock.sleep(at.saturating_sub(clock.now())).await;
                let (Some(manager), Some(token)) = (me.upgrade(), token.upgrade()) else { return };
                let now = clock.now();
                let used = Duration::from_millis(token.used.load(Ordering::Relaxed));
                let current = manager.current.load().as_ref().is_some_and(|current| Arc::ptr_eq(current, &token));
                let unused = now.saturating_sub(used) >= token.life.length;
                if !current || unused || token.life.state(now) == TokenState::Expired {
                    return;
                }
                manager.renew(now);
                let flight = manager.lock().flight.clone();
                drop((manager, token));
                if let Some(flight) = flight {
                    let mut flight = flight;
                    // The outcome is taken in by `settle`; here only its coming matters.
                    let _ = flight.wait_for(Option::is_some).await;
                }
                due = me.upgrade().map(|manager| manager.lock().not_before.max(clock.now() + TRANSIENT));
            }
        });
    }

    pub(super) fn status(&self) -> AuthStatus {
        let now = self.clock.now();
        let token = self.current.load_full();
        let state = self.lock();
        let life = token.as_ref().map(|token| token.life);
        let left = |point: Duration| millis(point.saturating_sub(now));
        AuthStatus {
            state: life.map_or(TokenState::None, |life| life.state(now)),
            generation: state.generation,
            expires_in_ms: life.and_then(|life| life.expires).map(left),
            refresh_in_ms: life.map(|life| left(life.soft)),
            last_refresh: state
                .last_refresh
                .and_then(|time| jiff::Timestamp::try_from(time).ok())
                .map(|time| time.to_string()),
            refreshes: state.refreshes,
            failures: state.failures,
            last_error: state.last_error.clone(),
            ..self.grant.status()
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
