//! Who we are: the first page, signing in, up and out, our own account, the accounts of this window, and encryption of what is on
//! this device.
//!
//! Invariant: showing another account begins the page anew, so that nothing of the former one is left in it.

pub(crate) mod encryption;
pub(crate) mod invites;
pub(crate) mod join;
pub(crate) mod profile;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod strength;
pub(crate) mod switcher;
pub(crate) mod unlock;
pub(crate) mod welcome;

/// How long the page waits before it begins anew: a draft is on the disk by then.
const SETTLE_MS: u32 = 450;

/// Begins the page anew, as another account is shown now.
fn begin_anew() {
    if let Some(window) = web_sys::window() {
        // Where it can't, the page goes on with rows of the new account.
        window.location().reload().ok();
    }
}
