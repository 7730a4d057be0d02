//! Who we are, and errors as a screen shows them.

use crate::id::UserId;
use serde::{Deserialize, Serialize};

/// The account that a profile is signed in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The relay's address, as typed.
    pub relay: String,
    /// Who we are there.
    pub user_id: UserId,
    /// Our name there.
    pub name: String,
}

/// An error as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For programs.
    pub code: String,
    /// For people: what happened and what to do.
    pub text: String,
}
