//! The relay: applies operations to Postgres and broadcasts what Postgres then holds.
//!
//! In the order in which an operation meets them:
//!
//! - [`server`]: puts the parts together and takes them apart again.
//! - [`config`]: the configuration file.
//! - [`cluster`]: the private Postgres of a relay without a database URL.
//! - [`front`]: connections, TLS, limits on who connects and asks, and how often. [`limits`]: what they are.
//! - [`http`]: accounts, health, and the WebSocket upgrade.
//! - [`session`]: one connection, as a state machine without I/O and the tokio shell that drives it.
//! - [`apply`]: group commit: operations of all sessions, decided and written in short transactions.
//! - [`batch`]: what a batch of operations wants loaded, decides and wants written; pure.
//! - [`blobs`]: files of messages, on disk or in an S3.
//! - [`store`]: everything that is said to Postgres.
//! - [`hub`]: who is subscribed to what; each batch is encoded once and shared.
//! - [`bus`]: how relays wake each other.
//! - [`listen`]: wake-ups for changes that others made: other relays, plain SQL.
//! - [`paging`]: what fits one frame.
//! - [`drain`]: stopping without losing anybody.
//! - [`logs`], [`traces`], [`metrics`]: what the host is told.
//! - [`backup`]: the store as one file, and back; [`doctor`]: what is wrong with an installation; [`admin`]: what only the host does.
//! - [`accounts`]: passwords, sessions and invites.
//!
//! Invariant: nothing is broadcast or acknowledged before its transaction has committed.

pub mod accounts;
pub mod admin;
pub mod apply;
pub mod backup;
pub mod batch;
pub mod blobs;
pub mod bus;
mod clock;
pub mod cluster;
pub mod config;
pub mod doctor;
pub mod drain;
mod error;
pub mod front;
pub mod http;
pub mod hub;
pub mod limits;
pub mod listen;
pub mod logs;
pub mod metrics;
pub mod paging;
pub mod server;
pub mod session;
pub mod store;
pub mod traces;
pub mod watch;

pub use error::RelayError;
