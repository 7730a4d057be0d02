//! Stopping without losing anybody: first the relay says that it is not ready, then it takes nobody any more, then each session is
//! answered what it has pushed and told when to come back, each at another moment.

use std::time::Duration;
use tokio::sync::watch;

/// How long a session that is told to go may wait for what it has pushed; whatever is not answered then is pushed again.
pub(crate) const ANSWERS_MAX: Duration = Duration::from_secs(5);

/// The soonest that a client comes back, in milliseconds: a restart takes about so long.
const RETURN_MIN: u64 = 500;

/// Milliseconds that each session adds to the time over which all come back: some two hundred a second.
const RETURN_EACH: u64 = 5;

/// The least and the longest time over which they come back, in milliseconds.
const RETURN_SPREAD: (u64, u64) = (1_000, 60_000);

/// How far the relay is with stopping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Not at all.
    #[default]
    Serving,
    /// It serves, and says that it is not ready.
    NotReady,
    /// It takes nobody any more and tells the sessions to go.
    Stopping,
}

/// Waits until the relay is stopping.
pub(crate) async fn stopping(stage: &mut watch::Receiver<Stage>) {
    // Without a sender the relay is gone, which is as good as stopping.
    let _ = stage.wait_for(|stage| *stage == Stage::Stopping).await;
}

/// After how many milliseconds a session is to come back: spread evenly by its number, over a time that grows with the sessions.
pub(crate) fn come_back_after(session: u64, sessions: u64) -> u32 {
    let (least, most) = RETURN_SPREAD;
    let spread = sessions.saturating_mul(RETURN_EACH).clamp(least, most);
    // The golden ratio's multiples, modulo one, lie evenly however many of them are taken.
    let even = session.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let after = RETURN_MIN + ((even * spread) >> 32);
    u32::try_from(after).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_sessions_come_back_evenly() {
        let mut times: Vec<u32> = (0..1000)
            .map(|session| come_back_after(session, 1000))
            .collect();
        times.sort_unstable();
        assert!(times[0] >= 500 && times[999] <= 5_500, "{times:?}");
        for second in times.windows(100) {
            let took = second[99] - second[0];
            assert!(took > 350, "a hundred within {took} ms");
        }
    }
}
