//! Time and chance, behind one trait, so that the whole engine runs under virtual time from a printed seed.
//!
//! Nothing else in the library reads a clock, sleeps or draws a random number for timing.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// A future on the heap, as the traits here hand it out.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Makes a future where it is to live, on the heap: `Box::pin` makes it on the stack, and then copies all the room that it will ever need. So does the compiler
/// here with one that is aligned to more than a pointer is, since what it begins with then stands at its end.
pub fn boxed<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    const { assert!(align_of::<F>() <= align_of::<usize>(), "it would be copied") }
    Box::into_pin(Box::write(Box::new_uninit(), make()))
}

/// A clock that several parts share.
pub type SharedClock = Arc<dyn Clock>;

/// Where the engine gets time and chance from.
pub trait Clock: Send + Sync + 'static {
    /// The time since some fixed point. Never goes back; goes on while the machine is suspended.
    fn now(&self) -> Duration;

    /// The time of day, for what is shown to people and what other machines stamp.
    fn wall(&self) -> SystemTime;

    /// Waits for `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// A number drawn evenly from `low..high`.
    fn uniform(&self, low: f64, high: f64) -> f64;
}

/// What `work` comes to, if it does before `end` on the clock's `now`. Work that is done at once makes no timer.
pub async fn before<T>(clock: &dyn Clock, end: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        outcome = work => Some(outcome),
        () = async { clock.sleep(end.saturating_sub(clock.now())).await } => None,
    }
}

/// A new UUID of version 7 (RFC 9562 section 5.7). Without the counter that several threads could share, since its lock may be held for ever in a forked
/// child, and without asking the system for chance, which takes longer than all the rest: it is to be another one each time, not a secret.
pub fn new_id() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut chance = [0; 10];
    fastrand::fill(&mut chance);
    let id =
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(since.as_millis()).unwrap_or(0), &chance).into_uuid();
    id.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()).to_owned()
}

/// The machine's own clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn now(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn now(&self) -> Duration {
        static START: once_cell::sync::Lazy<std::time::Instant> = once_cell::sync::Lazy::new(std::time::Instant::now);
        START.elapsed()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn uniform(&self, low: f64, high: f64) -> f64 {
        low + (high - low) * fastrand::f64()
    }
}

/// A clock for tests and simulations: it follows tokio's time, which a test can pause, and draws from a seed.
#[derive(Debug)]
pub struct VirtualClock {
    start: tokio::time::Instant,
    wall: SystemTime,
    chance: Mutex<fastrand::Rng>,
}

impl VirtualClock {
    /// A clock that starts now, at `wall` o'clock, and draws from `seed`. Must be made inside a tokio runtime.
    pub fn new(wall: SystemTime, seed: u64) -> Self {
        Self { start: tokio::time::Instant::now(), wall, chance: Mutex::new(fastrand::Rng::with_seed(seed)) }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        // An hour of offset, so that code may subtract from a time without leaving the range.
        self.start.elapsed() + Duration::from_secs(3600)
    }

    fn wall(&self) -> SystemTime {
        self.wall + self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn uniform(&self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.chance.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }
}
