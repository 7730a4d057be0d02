//! Group commit: one task gathers the operations of all sessions and applies what is there in one transaction, then the next.
//! [`machine`] decides what is tried, again, or one by one; [`shell`] does it.
//!
//! Invariants:
//! - A room's changes reach the hub before their outcomes reach a session, and both only after the commit.
//! - Operations of one session on a room keep their order: after a push that could not be applied, those behind it are not either, so that an
//!   edit never runs ahead of its post.
//! - A room that somebody else keeps locked holds up nobody but itself: its operations are set aside, in order, and tried again.
//! - A batch that fails for a reason that may pass is tried again; if that does not help, its operations are answered with "try
//!   again later", never with an outcome.

pub mod machine;
pub mod shell;

pub use shell::{Answer, Applier, Submitter};
