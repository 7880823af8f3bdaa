//! When a token is to be renewed: pure arithmetic on the time it was asked for and the life it was given.

use std::time::Duration;

use super::TokenState;
use crate::clock::Clock;

/// How long a token of unknown life is used before it is renewed in the background.
const UNKNOWN_SOFT: Duration = Duration::from_secs(15 * 60);
/// A life longer than this is taken as this.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The turning points of a token's life, on the clock's `now`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetime {
    /// From here on it is renewed in the background.
    pub(super) soft: Duration,
    /// From here on callers wait for the next one.
    pub(super) mandatory: Option<Duration>,
    /// From here on it is not used.
    pub(super) expires: Option<Duration>,
    /// How long it lives in all.
    pub(super) length: Duration,
}

impl Lifetime {
    /// The life of a token that was asked for at `sent` and was given `length`, if the issuer said so.
    ///
    /// It is renewed after a part of its life between 0.70 and 0.85, drawn once, so that clients that began together part;
    /// one of less than 30 s after half of it. Callers wait from a tenth (at most 60 s) before its end. It is not used in
    /// the last twentieth (at most 10 s), for clocks differ and requests take time.
    pub(super) fn new(sent: Duration, length: Option<Duration>, clock: &dyn Clock) -> Self {
        let Some(length) = length else {
            return Self { soft: sent + UNKNOWN_SOFT, mandatory: None, expires: None, length: UNKNOWN_SOFT };
        };
        let length = length.min(LONGEST);
        let part = if length < Duration::from_secs(30) { 0.5 } else { clock.uniform(0.70, 0.85) };
        let margin = (length / 10).min(Duration::from_secs(60));
        let skew = (length / 20).min(Duration::from_secs(10));
        Self {
            soft: sent + length.mul_f64(part),
            mandatory: Some(sent + length.saturating_sub(margin)),
            expires: Some(sent + length.saturating_sub(skew)),
            length,
        }
    }

    /// Where the token stands at `now`.
    pub(super) fn state(&self, now: Duration) -> TokenState {
        let past = |point: Option<Duration>| point.is_some_and(|point| now >= point);
        if past(self.expires) {
            TokenState::Expired
        } else if past(self.mandatory) {
            TokenState::Mandatory
        } else if now >= self.soft {
            TokenState::Soft
        } else {
            TokenState::Valid
        }
    }

    /// How long to wait after the failed renewal number `failures` (from 0) before the next: doubled each time up to a minute, spread, and never more
    /// than half of what is left of the token.
    pub(super) fn pause_after_failure(&self, now: Duration, failures: u32, clock: &dyn Clock) -> Duration {
        let doubled = Duration::from_secs(1_u64.checked_shl(failures).unwrap_or(u64::MAX).min(60));
        let pause = doubled.mul_f64(clock.uniform(0.5, 1.0));
        let half = self.expires.map_or(pause, |expires| expires.saturating_sub(now) / 2);
        // Never more than one request a second, however little is left.
        pause.min(half).max(Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::VirtualClock;
    use std::time::SystemTime;

    const SEED: u64 = 11;

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_between_seventy_and_eighty_five_percent_of_its_life() {
        let clock = VirtualClock::new(SystemTime::UNIX_EPOCH, SEED);
        let hour = Duration::from_secs(3600);
        let mut points: Vec<f64> =
            (0..2000).map(|_| Lifetime::new(hour, Some(hour), &clock).soft.as_secs_f64() / 3600.0 - 1.0).collect();
        points.sort_by(f64::total_cmp);
        assert!(points[0] >= 0.70 && points[0] < 0.71 && points[1999] <= 0.85 && points[1999] > 0.84);
        assert!((points[1000] - 0.775).abs() < 0.01);
        let life = Lifetime::new(hour, Some(hour), &clock);
        assert_eq!(life.mandatory, Some(hour + Duration::from_secs(3540)));
        assert_eq!(life.expires, Some(hour + Duration::from_secs(3590)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_token_is_renewed_at_half_its_life() {
        let clock = VirtualClock::new(SystemTime::UNIX_EPOCH, SEED);
        let life = Lifetime::new(Duration::ZERO, Some(Duration::from_secs(5)), &clock);
        assert_eq!(life.soft, Duration::from_millis(2500));
        assert_eq!(life.mandatory, Some(Duration::from_millis(4500)));
        assert_eq!(life.expires, Some(Duration::from_millis(4750)));
        let states = [0, 2500, 4500, 4750].map(|at| life.state(Duration::from_millis(at)));
        assert_eq!(states, [TokenState::Valid, TokenState::Soft, TokenState::Mandatory, TokenState::Expired]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_of_unknown_life_never_expires_by_itself() {
        let clock = VirtualClock::new(SystemTime::UNIX_EPOCH, SEED);
        let life = Lifetime::new(Duration::ZERO, None, &clock);
        assert_eq!(life.state(Duration::from_secs(899)), TokenState::Valid);
        assert_eq!(life.state(Duration::from_secs(90_000)), TokenState::Soft);
    }
}
