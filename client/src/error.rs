//! Every way in which a call of this crate can fail, each with what to do about it.

use crate::vault::VaultError;
use model::view::Failure;
use model::wire::{ErrorCode, WireError};
use model::{MessageId, OpId, Rejection, RoomId};
use std::path::PathBuf;
use thiserror::Error;

/// Why a call failed.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The rules do not allow it; nothing was written.
    #[error("{0}")]
    Rejected(#[from] Rejection),
    /// The relay answered with an error.
    #[error("{}", .0.text)]
    Relay(WireError),
    /// The relay did not answer.
    #[error(
        "The relay at {address} cannot be reached ({reason}). Check the address and your network, then try again."
    )]
    Unreachable {
        /// As typed.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// Something answers at the address, and it is no relay.
    #[error(
        "What answers at {address} is not an Amend relay. Check the address: whoever hosts your relay knows it."
    )]
    NotARelay {
        /// As typed.
        address: String,
    },
    /// The relay can't prove that it is the one that the address names.
    #[error(
        "The connection to {address} is not safe: {reason}. Nothing was sent. Check the address, or tell whoever hosts the relay."
    )]
    Untrusted {
        /// As typed.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The address is not one.
    #[error(
        "\"{address}\" is not a relay's address. It looks like https://chat.example.org or http://127.0.0.1:7420."
    )]
    AddressInvalid {
        /// As typed.
        address: String,
    },
    /// The address would send a password in the clear.
    #[error(
        "{address} is not on this machine and not encrypted, so your password could be read on the way. Use its https:// address."
    )]
    AddressInsecure {
        /// As typed.
        address: String,
    },
    /// About encryption and the keyring.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Nobody is signed in.
    #[error(
        "Nobody is signed in on this profile. Sign in first (on the command line: amend login)."
    )]
    SignedOut,
    /// The profile's data is somebody else's.
    #[error(
        "This profile holds the messages of {name} at {relay}. Sign in as {name} there, or use another profile (--profile NAME)."
    )]
    OtherAccount {
        /// Whose.
        name: String,
        /// Where.
        relay: String,
    },
    /// Another process has the profile.
    #[error("The profile in {folder} is in use by another Amend{by}. Close that one, or use another profile (--profile NAME).", folder = .folder.display())]
    ProfileInUse {
        /// The profile's folder.
        folder: PathBuf,
        /// ` (process 123)`, if that is known.
        by: String,
    },
    /// A profile's name would leave the folder of profiles.
    #[error(
        "\"{name}\" can't be a profile's name. Use up to 40 letters, digits, dots, dashes and underscores, beginning with a letter or digit."
    )]
    ProfileNameInvalid {
        /// As typed.
        name: String,
    },
    /// The database was written by a later version.
    #[error("The database in {path} was written by a newer Amend (its version is {found}, this program knows up to {known}). Nothing was changed. Update Amend, or use another profile.", path = .path.display())]
    NewerDatabase {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// A folder or file could not be read or written.
    #[error("{path} could not be used ({source}). Check that it exists, is yours and that the disk is not full.", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no folder for profiles.
    #[error("There is no home folder to keep profiles in. Set AMEND_HOME to a folder.")]
    NoHome,
    /// SQLite failed.
    #[error(
        "The local database failed ({0}). Nothing was half-written; check the disk's free space and try again."
    )]
    Database(#[from] rusqlite::Error),
    /// The database's file was changed by something else than this program.
    #[error(
        "The local database was damaged ({0}). A new one takes its place with everything that you had not sent; the rest is fetched from the relay. Do this once more."
    )]
    Damaged(String),
    /// Only the index of the search was damaged.
    #[error(
        "The search index was damaged; it is being made anew from the messages that are here. Do this once more."
    )]
    IndexDamaged,
    /// A search was interrupted because another one took its place.
    #[error("The search was given up for a later one.")]
    GivenUp,
    /// A stored value does not make sense.
    #[error(
        "The local database holds a value that this version cannot read ({0}). Update Amend; nothing was changed."
    )]
    Stored(String),
    /// The writer thread is gone.
    #[error("The local database is closed. Start Amend again.")]
    Closed,
    /// No such room here.
    #[error(
        "Room {0} is not on this device. Connect to fetch it, or check its name with the room list."
    )]
    NoRoom(RoomId),
    /// No such message here.
    #[error("Message {0} is not on this device. It may not have been fetched yet.")]
    NoMessage(MessageId),
    /// A change that waits can't be taken back.
    #[error("{0}")]
    NotTakenBack(&'static str),
    /// A file that is imported can't be read.
    #[error(transparent)]
    Read(#[from] crate::exchange::read::ReadError),
    /// No such import or export.
    #[error(
        "There is no import or export {0} that this could be done with. Look at the list again."
    )]
    NoExchange(i64),
    /// Only an admin may write in other people's names.
    #[error(
        "An import writes in other people's names, so only an admin of the relay may do it, and {name} is none. Ask the one who hosts the relay to make you one (`amend-relay user promote {name}`), or give them the file: they can run `amend import`."
    )]
    NotAdmin {
        /// Who asked.
        name: String,
    },
    /// A format that others write.
    #[error("This format is only read. Export as JSON Lines, Markdown or SQLite.")]
    OnlyRead,
    /// An export would replace something else.
    #[error(
        "{path} is taken by something that is no earlier export of this kind. Choose another place.", path = .path.display()
    )]
    PathTaken {
        /// Where.
        path: PathBuf,
    },
    /// The relay takes no such file.
    #[error(
        "{name} is {bytes} bytes long; this relay takes files of at most {max}. Choose a smaller one."
    )]
    FileTooLarge {
        /// What it is called.
        name: String,
        /// How long it is.
        bytes: u64,
        /// How long one may be.
        max: u64,
    },
    /// The relay takes no file of this type.
    #[error(
        "This relay does not take {name} ({media_type}), but these: {types}. Choose another file."
    )]
    FileType {
        /// What it is called.
        name: String,
        /// What it is.
        media_type: String,
        /// What is taken.
        types: String,
    },
    /// The relay takes no files.
    #[error("This relay takes no files. Ask the one who hosts it.")]
    NoFiles,
    /// The file is not on this device.
    #[error("{name} is not on this device yet. Connect to fetch it.")]
    FileAbsent {
        /// What it is called.
        name: String,
    },
    /// What came is not what was asked for.
    #[error("The file was damaged on its way. Try again.")]
    FileDamaged,
    /// Not an image that can be shown small.
    #[error("No small image can be made of this file ({0}). Open it instead.")]
    NoThumbnail(String),
    /// No such failed operation.
    #[error("The change {0} is no longer waiting. There is nothing to retry or discard.")]
    NoOp(OpId),
}

impl ClientError {
    /// The error's name, for programs.
    #[must_use]
    pub fn code(&self) -> String {
        let word = match self {
            Self::Rejected(rejection) => rejection.code().as_str(),
            Self::Relay(error) => return error_code(error.code),
            Self::Unreachable { .. } => "unreachable",
            Self::NotARelay { .. } => "not_a_relay",
            Self::Untrusted { .. } => "untrusted",
            Self::AddressInvalid { .. } => "address_invalid",
            Self::AddressInsecure { .. } => "address_insecure",
            Self::Vault(error) => error.code(),
            Self::SignedOut => "signed_out",
            Self::OtherAccount { .. } => "other_account",
            Self::ProfileInUse { .. } => "profile_in_use",
            Self::ProfileNameInvalid { .. } => "profile_name_invalid",
            Self::NewerDatabase { .. } => "newer_database",
            Self::File { .. } => "file",
            Self::NoHome => "no_home",
            Self::Database(_) => "database",
            Self::Damaged(_) => "damaged",
            Self::IndexDamaged => "index_damaged",
            Self::GivenUp => "given_up",
            Self::Stored(_) => "stored",
            Self::Closed => "closed",
            Self::NoRoom(_) => "room_not_found",
            Self::NoMessage(_) => "message_not_found",
            Self::NotTakenBack(_) => "not_taken_back",
            Self::NoOp(_) => "op_not_found",
            Self::Read(_) => "export_unreadable",
            Self::NoExchange(_) => "exchange_not_found",
            Self::NotAdmin { .. } => "not_admin",
            Self::OnlyRead => "only_read",
            Self::PathTaken { .. } => "path_taken",
            Self::FileTooLarge { .. } => "file_too_large",
            Self::FileType { .. } => "file_type",
            Self::NoFiles => "no_files",
            Self::FileAbsent { .. } => "file_absent",
            Self::FileDamaged => "file_damaged",
            Self::NoThumbnail(_) => "no_thumbnail",
        };
        word.to_owned()
    }

    /// The error as a screen shows it.
    #[must_use]
    pub fn failure(&self) -> Failure {
        Failure {
            code: self.code(),
            text: self.to_string(),
        }
    }

    /// Damage of the full-text index alone, which is made of rows that are here.
    pub(crate) fn is_of_the_index(&self) -> bool {
        matches!(self, Self::Database(rusqlite::Error::SqliteFailure(error, _))
            if error.extended_code == rusqlite::ffi::SQLITE_CORRUPT_VTAB)
    }

    pub(crate) fn file(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}

fn error_code(code: ErrorCode) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "unknown".to_owned(),
    }
}
