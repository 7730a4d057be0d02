//! The sync engine: [`machine`] decides, [`store`] writes frames into the local database, [`shell`] does the I/O.
//!
//! Invariant: `machine` has no I/O, no clock and no randomness; whatever it needs comes in as an event.

pub mod backoff;
pub mod machine;
mod network;
pub mod shell;
pub mod store;
