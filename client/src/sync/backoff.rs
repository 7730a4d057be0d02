//! How long to wait before the next try: exponential with jitter, so that a relay that comes back is not met by all its
//! clients at the same moment.
//!
//! Source: "full jitter" halved, so that no client waits less than half of its step (Brooker, "Exponential Backoff and
//! Jitter", AWS Architecture Blog, 2015, there called "equal jitter").

use std::time::Duration;

/// The first step.
const BASE: Duration = Duration::from_millis(250);

/// The longest step: a person who looks at the screen should not have to wait longer.
const CAP: Duration = Duration::from_secs(15);

/// The wait before try number `attempt` (0: the first again), for a `random` number from 0 to `u32::MAX`.
#[must_use]
pub fn delay(attempt: u32, random: u32) -> Duration {
    let step = BASE
        .saturating_mul(1_u32.checked_shl(attempt.min(16)).unwrap_or(u32::MAX))
        .min(CAP);
    let half = step / 2;
    half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_within_the_cap() {
        for attempt in 0..100 {
            let (least, most) = (delay(attempt, 0), delay(attempt, u32::MAX));
            assert!(
                least >= BASE / 2 && most <= CAP && least * 2 >= most,
                "{attempt}: {least:?} {most:?}"
            );
            assert!(delay(attempt + 1, 0) >= least);
        }
        assert_eq!(delay(60, u32::MAX), CAP);
    }
}
