//! Who we are: the first page, signing in and up, and our own account.

pub(crate) mod invites;
pub(crate) mod join;
pub(crate) mod profile;
pub(crate) mod sign_in;
pub(crate) mod strength;
pub(crate) mod welcome;
