//! When a peer is asked whether it is there, and when it is given up.
//!
//! Invariants: the peer is asked at every beat, also one that sends all the time: only what is sent to it shows whether it still takes
//! anything; the caller gives up a peer that takes nothing. A peer of which no byte came for `silence_seconds` is gone.

use std::time::Duration;
use tokio::time::Instant;

/// The clock of one connection.
#[derive(Debug)]
pub struct Pulse {
    next: Instant,
    /// How often a peer is asked whether it is there.
    ping_every: Duration,
    /// After this long without a byte the peer is gone.
    silence_max: Duration,
}

/// What to do at a beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Send a ping.
    Ask,
    /// End the connection.
    Gone,
}

impl Pulse {
    /// Of a connection that begins now.
    #[must_use]
    pub fn new(now: Instant, ping_every: Duration, silence_max: Duration) -> Self {
        Self {
            next: now + ping_every,
            ping_every,
            silence_max,
        }
    }

    /// When the next beat is.
    #[must_use]
    pub fn next(&self) -> Instant {
        self.next
    }

    /// A beat; the last byte of the peer came at `heard`.
    pub fn beat(&mut self, now: Instant, heard: Instant) -> Beat {
        let silence_ends = heard + self.silence_max;
        if now >= silence_ends {
            return Beat::Gone;
        }
        self.next = (now + self.ping_every).min(silence_ends);
        Beat::Ask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING_EVERY: Duration = Duration::from_secs(30);
    const SILENCE_MAX: Duration = Duration::from_secs(75);

    fn ended_after(last_byte: impl Fn(Instant, Instant) -> Instant) -> (Duration, u32) {
        let began = Instant::now();
        let mut pulse = Pulse::new(began, PING_EVERY, SILENCE_MAX);
        let mut asked = 0;
        loop {
            let now = pulse.next();
            match pulse.beat(now, last_byte(began, now)) {
                Beat::Gone => return (now - began, asked),
                Beat::Ask => asked += 1,
            }
            if asked == 1000 {
                return (now - began, asked);
            }
        }
    }

    #[test]
    fn a_peer_that_vanished_is_asked_and_then_given_up() {
        assert_eq!(ended_after(|began, _| began), (SILENCE_MAX, 2));
    }

    #[test]
    fn one_that_answers_stays_and_one_that_only_sends_is_asked_as_well() {
        let answers = |_, now| now - Duration::from_millis(1);
        assert_eq!(ended_after(answers), (PING_EVERY * 1000, 1000));
    }
}
