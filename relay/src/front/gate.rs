//! What the whole relay asks about limits: one value, shared.

use super::address::{Prefix, Proxies};
use super::counts::{Counted, Counts};
use super::origin::Origin;
use super::rates::{Keyed, Tries, per_minute, per_second};
use super::wire;
use crate::RelayError;
use crate::config::Config;
use crate::limits::{Limit, Limits};
use crate::metrics::metrics;
use model::UserId;
use model::wire::{ErrorCode, WireError};
use std::net::IpAddr;
use std::time::Duration;

/// The limits and what is counted for them.
pub(crate) struct Gate {
    pub(crate) limits: Limits,
    pub(crate) origins: Vec<Origin>,
    pub(crate) proxies: Proxies,
    addresses: Counts<Prefix>,
    accounts: Counts<UserId>,
    requests: Keyed,
    logins: Keyed,
    tries: Tries,
}

impl Gate {
    /// As the configuration has it.
    pub(crate) fn new(config: &Config) -> Self {
        let limits = config.limits.clone();
        Self {
            origins: config.origins.clone(),
            proxies: Proxies {
                trusted: config.trusted_proxies.clone(),
                header: config.forwarded_header,
            },
            addresses: Counts::default(),
            accounts: Counts::default(),
            requests: Keyed::new(per_second(limits.requests, limits.requests_burst)),
            logins: Keyed::new(per_minute(limits.logins)),
            tries: Tries::new(&limits),
            limits,
        }
    }

    /// One more connection of an address.
    pub(crate) fn count_address(&self, address: IpAddr) -> Option<Counted<Prefix>> {
        self.addresses
            .take(Prefix::of(address), self.limits.connections_per_address)
    }

    /// One more signed-in connection of an account.
    pub(crate) fn count_account(&self, user: UserId) -> Result<Counted<UserId>, WireError> {
        let counted = self
            .accounts
            .take(user, self.limits.connections_per_account);
        counted.ok_or_else(|| {
            metrics().refused(Limit::AccountConnections);
            let text = format!(
                "This account has {} connections already. Close one of them; what you wrote is kept and sent later.",
                self.limits.connections_per_account
            );
            wire(ErrorCode::TooManyConnections, &text, Some(10_000))
        })
    }

    /// One more HTTP request of an address.
    pub(crate) fn request(&self, address: IpAddr) -> Result<(), WireError> {
        self.requests.take(&Prefix::of(address)).map_err(|wait| {
            metrics().refused(Limit::Requests);
            rate_limited("This address asks too often.", wait)
        })
    }

    /// One more attempt of an address to sign in or up.
    pub(crate) fn login(&self, address: IpAddr) -> Result<(), RelayError> {
        self.logins.take(&Prefix::of(address)).map_err(|wait| {
            metrics().refused(Limit::Logins);
            RelayError::RateLimited("There were too many attempts from this address.", wait)
        })
    }

    /// One more password for an account, before it is looked at.
    pub(crate) fn try_password(&self, name: &str, address: IpAddr) -> Result<(), RelayError> {
        self.tries.take(name, Prefix::of(address)).map_err(|wait| {
            metrics().refused(Limit::Tries);
            RelayError::RateLimited(
                "There were too many wrong passwords for this account.",
                wait,
            )
        })
    }

    /// It was right.
    pub(crate) fn password_was_right(&self, name: &str, address: IpAddr) {
        self.tries.forgive(name, Prefix::of(address));
    }
}

/// The typed error of a rate.
pub(crate) fn rate_limited(what: &str, wait: Duration) -> WireError {
    let milliseconds = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1);
    let text = format!("{what} Try again in {} s.", milliseconds.div_ceil(1000));
    wire(ErrorCode::RateLimited, &text, Some(milliseconds))
}
