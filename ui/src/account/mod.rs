//! Who we are: signing in.

pub(crate) mod sign_in;
