//! Waiting for conditions. The deadline is no measure of anything: it only ends a test that has failed.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// When a condition that should come true is given up: long, as the machine may be busy.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until `look` returns something that `is_met` accepts.
///
/// # Panics
/// With the last value seen, when the deadline has passed.
pub async fn until<T: Debug>(
    what: &str,
    look: impl AsyncFn() -> T,
    is_met: impl Fn(&T) -> bool,
) -> T {
    let start = Instant::now();
    loop {
        let seen = look().await;
        if is_met(&seen) {
            return seen;
        }
        assert!(
            start.elapsed() < DEADLINE,
            "waited in vain until {what}; last seen: {seen:#?}"
        );
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
