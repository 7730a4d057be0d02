//! How often: of an address, of an account, of a session (GCRA, by `governor`).
//!
//! Invariants: what is remembered of addresses and names is a table of a fixed size, addressed by a hash that nobody outside can foresee;
//! two keys that meet in one place share its allowance, so a limit may come early, never late. A session's rates live with the session.

use crate::accounts::folded;
use crate::limits::{Limit, Limits};
use governor::clock::{Clock, DefaultClock};
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{NotUntil, Quota, RateLimiter};
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Places of a table: half a megabyte, and far more addresses than try a password in the same hour.
const PLACES: usize = 1 << 16;

/// Tries of an address that did not try lately: a person mistypes once.
const FIRST: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

type Refused = NotUntil<<DefaultClock as Clock>::Instant>;

/// Rates of many keys.
pub(crate) struct Keyed {
    limiter: RateLimiter<usize, Places, DefaultClock>,
    places: Places,
    hasher: RandomState,
}

#[derive(Clone)]
struct Places(Arc<[AtomicU64]>);

impl StateStore for Places {
    type Key = usize;

    fn measure_and_replace<T, F, E>(&self, key: &usize, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let place = &self.0[*key];
        let mut before = place.load(Ordering::Acquire);
        loop {
            let (result, after) = f((before != 0).then(|| before.into()))?;
            let swapped = place.compare_exchange_weak(
                before,
                after.into(),
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            match swapped {
                Ok(_) => return Ok(result),
                Err(now) => before = now,
            }
        }
    }
}

impl Keyed {
    pub(crate) fn new(quota: Quota) -> Self {
        let places = Places((0..PLACES).map(|_| AtomicU64::new(0)).collect());
        Self {
            limiter: RateLimiter::new(quota, places.clone(), DefaultClock::default()),
            places,
            hasher: RandomState::new(),
        }
    }

    fn place(&self, key: &impl Hash) -> usize {
        let hash = self.hasher.hash_one(key) % (PLACES as u64);
        usize::try_from(hash).unwrap_or_default()
    }

    /// Takes one, or says when the next can be had.
    pub(crate) fn take(&self, key: &impl Hash) -> Result<(), Duration> {
        let taken = self.limiter.check_key(&self.place(key));
        taken.map_err(|until| self.wait(&until))
    }

    /// Gives all back.
    fn forgive(&self, key: &impl Hash) {
        self.places.0[self.place(key)].store(0, Ordering::Release);
    }

    fn wait(&self, until: &Refused) -> Duration {
        until.wait_time_from(self.limiter.clock().now())
    }
}

/// So many a second, so many at once.
pub(crate) fn per_second(rate: u32, burst: u32) -> Quota {
    Quota::per_second(at_least_one(rate)).allow_burst(at_least_one(burst))
}

/// So many a minute, as many at once.
pub(crate) fn per_minute(rate: u32) -> Quota {
    Quota::per_minute(at_least_one(rate))
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// Wrong passwords.
///
/// Counted for each pair of account and address, and for the account over all addresses, so that neither one machine nor many can try
/// much. Whoever knows the password is not locked out by what others do: an address that has not failed lately for this account may
/// try twice even when the account's own allowance is used up, and a right password forgives what was wrong before it from there.
pub(crate) struct Tries {
    pair: Keyed,
    first: Keyed,
    account: Keyed,
}

impl Tries {
    pub(crate) fn new(limits: &Limits) -> Self {
        let one = Quota::per_minute(NonZeroU32::MIN);
        Self {
            pair: Keyed::new(one.allow_burst(at_least_one(limits.tries_per_address))),
            // As slow as the pair takes to be as good as new.
            first: Keyed::new(
                Quota::with_period(Duration::from_secs(60) * limits.tries_per_address.max(1))
                    .unwrap_or(one)
                    .allow_burst(FIRST),
            ),
            account: Keyed::new(Quota::per_hour(at_least_one(limits.tries_per_account))),
        }
    }

    /// Before a password is looked at: takes one try, or says when the next can be had.
    pub(crate) fn take(&self, name: &str, address: impl Hash) -> Result<(), Duration> {
        let name = folded(name.trim());
        let pair = (&name, &address);
        self.pair.take(&pair)?;
        if self.first.take(&pair).is_ok() {
            return Ok(());
        }
        self.account.take(&name)
    }

    /// The password was right.
    pub(crate) fn forgive(&self, name: &str, address: impl Hash) {
        let name = folded(name.trim());
        let pair = (&name, &address);
        self.pair.forgive(&pair);
        self.first.forgive(&pair);
    }
}

type One = RateLimiter<NotKeyed, InMemoryState, DefaultClock>;

fn one(quota: Quota) -> One {
    RateLimiter::new(quota, InMemoryState::default(), DefaultClock::default())
}

/// One session's rates.
pub(crate) struct SessionRates {
    frames: One,
    ops: One,
    bytes: One,
    typing: One,
}

/// What a frame costs, as far as it has not been paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) frames: u32,
    pub(crate) ops: u32,
    pub(crate) bytes: u32,
}

impl SessionRates {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            frames: one(per_second(limits.frames, limits.frames_burst)),
            ops: one(per_second(limits.ops, limits.ops_burst)),
            bytes: one(per_second(limits.bytes, limits.bytes_burst)),
            typing: one(per_second(limits.typing, limits.typing_burst)),
        }
    }

    /// Pays what can be paid now; else which limit stands in the way, and for how long.
    pub(crate) fn pay(&self, due: &mut Due) -> Result<(), (Limit, Duration)> {
        pay(&self.frames, &mut due.frames).map_err(|wait| (Limit::Frames, wait))?;
        pay(&self.ops, &mut due.ops).map_err(|wait| (Limit::Ops, wait))?;
        pay(&self.bytes, &mut due.bytes).map_err(|wait| (Limit::Bytes, wait))
    }

    /// Takes one "is typing".
    pub(crate) fn typing(&self) -> Result<(), Duration> {
        pay(&self.typing, &mut 1)
    }
}

fn pay(limiter: &One, due: &mut u32) -> Result<(), Duration> {
    if let Some(count) = NonZeroU32::new(*due) {
        // More than ever fits at once is refused elsewhere: a push or a frame that is too large.
        if let Ok(Err(until)) = limiter.check_n(count) {
            return Err(until.wait_time_from(limiter.clock().now()));
        }
        *due = 0;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(per_address: u32, per_account: u32) -> Tries {
        Tries::new(&Limits {
            tries_per_address: per_address,
            tries_per_account: per_account,
            ..Limits::default()
        })
    }

    #[test]
    fn one_machine_guesses_little_and_a_right_password_forgives() {
        let tries = tries(3, 100);
        for _ in 0..3 {
            tries.take("ada", 1).unwrap();
        }
        let wait = tries.take("Ada ", 1).unwrap_err();
        assert!(
            wait > Duration::from_secs(30) && wait <= Duration::from_secs(60),
            "{wait:?}"
        );
        // However the same name is written.
        tries.take("\u{ff21}DA", 1).unwrap_err();
        tries.take("grace", 1).unwrap();
        tries.take("ada", 2).unwrap();
        tries.forgive("ADA", 1);
        tries.take("ada", 1).unwrap();
    }

    #[test]
    fn many_machines_guess_little_and_lock_nobody_out() {
        let tries = tries(3, 20);
        let mut guesses = 0;
        for _ in 0..3 {
            for address in 0..100 {
                guesses += u32::from(tries.take("ada", address).is_ok());
            }
        }
        // Each machine's first two, and what the account allows.
        assert!((200..=221).contains(&guesses), "{guesses}");
        tries.take("ada", "the owner's").unwrap();
    }

    #[test]
    fn what_was_paid_is_not_paid_again() {
        let rates = SessionRates::new(&Limits {
            frames: 1,
            frames_burst: 2,
            ops: 1,
            ops_burst: 256,
            ..Limits::default()
        });
        let due = |ops| Due {
            frames: 1,
            ops,
            bytes: 10,
        };
        rates.pay(&mut due(256)).unwrap();
        let mut second = due(1);
        let (limit, wait) = rates.pay(&mut second).unwrap_err();
        assert!(
            limit == Limit::Ops && wait <= Duration::from_secs(1),
            "{wait:?}"
        );
        assert_eq!(
            second,
            Due {
                frames: 0,
                ops: 1,
                bytes: 10
            }
        );
        let (limit, _) = rates.pay(&mut due(0)).unwrap_err();
        assert_eq!(limit, Limit::Frames);
    }

    #[test]
    fn however_many_addresses_ask_no_more_is_remembered() {
        let keyed = Keyed::new(per_minute(1));
        for address in 0..200_000_u32 {
            let _ = keyed.take(&address);
        }
        assert_eq!(keyed.places.0.len(), PLACES);
    }
}
