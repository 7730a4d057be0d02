//! The headless client: the local database and the sync engine. The desktop app and the `amend` command are
//! shells around it.
//!
//! In the order in which a message meets them:
//!
//! - [`Client`]: what a shell calls; each call is a local transaction, none waits for a network, but what is about the account.
//! - [`profile`]: the folder, its lock, the account and its token.
//! - [`profiles`]: all profiles of this machine.
//! - [`db`]: one writer thread, read-only readers, migrations, and the update hooks that drive every screen.
//! - [`outbox`]: operations on their way, applied at once and kept until the relay has answered.
//! - [`recovered`]: what the relay refused, kept with its words; [`journal`]: what it accepted, kept for a restored relay.
//! - [`choices`]: what a person chose on this device; [`drafts`]: text that is not written yet.
//! - [`rebase`]: a row = its confirmed version + the operations still pending on it, replayed.
//! - `restored`: a relay's store that was restored from an older backup.
//! - [`blobs`]: files of messages, on this device and on their way.
//! - [`sync`]: the sync engine, a state machine without I/O, and the tokio shell that drives it.
//! - [`vault`]: an encrypted profile: key, keyring, recovery code; `wipe`: signing out with everything.
//! - [`search`]: the full-text index and what is asked of it.
//! - [`lookout`]: which messages have just arrived, for notifications.
//! - [`settings`]: what a person has chosen for the whole app, in a file beside the profiles.
//! - [`updates`]: whether there is a newer version.
//! - [`views`]: what a screen shows, queried from rows.
//! - [`exchange`]: imports and exports.
//!
//! Invariant: nothing but a committed transaction of the local database changes what a screen shows.

mod account;
pub mod blobs;
mod channels;
pub mod choices;
mod client;
pub mod clock;
pub mod db;
pub mod drafts;
mod error;
pub mod exchange;
mod http;
pub mod journal;
pub mod lookout;
pub mod mentions;
pub mod outbox;
pub mod people;
pub mod places;
pub mod profile;
pub mod profiles;
pub mod rebase;
pub mod recovered;
mod restored;
mod rooms;
pub mod search;
pub mod settings;
pub mod sync;
mod timeline;
pub mod updates;
pub mod vault;
pub mod views;
pub mod wipe;

pub use client::Client;
use client::actor;
pub use error::ClientError;
