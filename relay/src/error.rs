//! Every way in which the relay's own work can fail, each with what to do about it.

use model::wire::{ErrorCode, WireError};
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;
use tokio_postgres::error::SqlState;

/// Why something failed.
#[derive(Debug, Error)]
pub enum RelayError {
    /// Postgres refused or did not answer.
    #[error("Postgres failed: {says}. Check that it runs and that the database URL is right.", says = postgres_says(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// No connection could be had.
    #[error(
        "No connection to Postgres could be had: {0}. Check that it runs and that the database URL is right."
    )]
    Pool(String),
    /// No answer came in time.
    #[error("Postgres does not answer in time. See what it is busy with (pg_stat_activity).")]
    Hangs,
    /// The database that answers is not the one whose epoch the sessions know.
    #[error(
        "Another state of the database answers than before: it was restored, or a standby took over. The clients are told."
    )]
    EpochChanged,
    /// The database URL is none.
    #[error(
        "The database URL can't be read ({0}; sslmode is disable, prefer or require). It looks like postgres://user:password@host/database or \"host=/folder user=amend dbname=amend\"."
    )]
    DatabaseUrl(String),
    /// Certificates that can't be used.
    #[error("The certificates in {path} can't be used: {reason}. Give a file with a CA's certificate in PEM.", path = .path.display())]
    Certificates {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// `[bus]` can't be used.
    #[error("The configuration can't be used: [bus]: {0}. See `amend-relay default-config`.")]
    BusConfig(String),
    /// NATS did not take something.
    #[error("NATS failed: {0}. Wake-ups go by NOTIFY meanwhile.")]
    Nats(String),
    /// LISTEN hears nothing.
    #[error(
        "What was said by NOTIFY was not heard by LISTEN. Where the database URL leads through a pooler in transaction mode, set listen_url in the configuration to a direct connection."
    )]
    Deaf,
    /// The database was migrated by a later version.
    #[error(
        "The database was migrated by a newer amend-relay (its version is {found}, this program knows up to {known}). Nothing was changed. Update amend-relay."
    )]
    NewerDatabase {
        /// Its version.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// An older database could not be saved before its migration.
    #[error(
        "The database (version {version}) was not migrated to version {known}, because the backup before it failed: {reason} Set [backup] folder in the configuration to a place that takes it, or start once with --without-backup."
    )]
    BackupBeforeMigration {
        /// Its version.
        version: i32,
        /// Ours.
        known: i32,
        /// Why there is no backup.
        reason: String,
    },
    /// There is no folder for data.
    #[error("There is no home folder to keep the data in. Choose a folder with --data.")]
    NoHome,
    /// The configuration can't be read.
    #[error("The configuration {path} can't be used: {reason}. `amend-relay default-config` prints one that can.", path = .path.display())]
    Config {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
    /// A variable of the environment sets a key of the configuration to what it can't be.
    #[error(
        "The environment variable {name} can't be used: {reason}. `amend-relay default-config` explains every key."
    )]
    Environment {
        /// Which.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The log's filter is none.
    #[error(
        "\"{0}\" is no filter for the log. Use error, warn, info, debug or trace in [log] level or AMEND_LOG."
    )]
    LogFilter(String),
    /// `[traces]` can't be used.
    #[error("[traces] can't be used: {0}. See `amend-relay default-config`.")]
    Traces(String),
    /// A stored value does not make sense.
    #[error("The database holds a value that this version cannot read: {0}. Update amend-relay.")]
    Stored(String),
    /// No Postgres is installed.
    #[error(
        "No Postgres is installed, which the relay runs for itself when it gets no database URL. Install it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql) or give --database-url."
    )]
    NoPostgres,
    /// A command of Postgres failed.
    #[error("{program} failed: {output}. {advice}")]
    ClusterCommand {
        /// Which.
        program: String,
        /// What it said.
        output: String,
        /// What to do.
        advice: String,
    },
    /// Another relay has the data folder.
    #[error("Another amend-relay is using {folder}. Stop it, or choose another folder with --data.", folder = .0.display())]
    DataInUse(PathBuf),
    /// A file or folder could not be used.
    #[error("{path} could not be used ({source}). Check that it exists and who may use it, or choose another folder with --data.", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address can't be listened on.
    #[error(
        "The relay can't listen on {address} ({source}). Choose another address with --listen, or stop what is using it."
    )]
    Listen {
        /// Which.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The account exists.
    #[error("There is already an account called {0}. Choose another name.")]
    AccountExists(String),
    /// An account's name can be taken for it.
    #[error("There is already an account whose name looks the same as {0}. Choose another name.")]
    AccountAlike(String),
    /// The account doesn't exist.
    #[error(
        "There is no account called {0}. See its spelling, or add it with `amend-relay user add`."
    )]
    NoAccount(String),
    /// A name that is none.
    #[error("\"{0}\" can't be an account's name. Use 1 to {max} characters that can be seen, with single spaces between words only.", max = model::limits::USER_NAME_MAX_CHARS)]
    AccountName(String),
    /// A password that is none.
    #[error("The password is too short. Use at least 8 characters.")]
    PasswordTooShort,
    /// Longer than any password.
    #[error("The password is too long. Use at most 1,024 bytes.")]
    PasswordTooLong,
    /// The account was deactivated.
    #[error(
        "This account was deactivated by the one who hosts the relay. Ask them; what you wrote is kept."
    )]
    Deactivated,
    /// Registration is closed and there is no invite.
    #[error("This relay takes new people by invite only. Ask an admin of it for an invite.")]
    RegistrationClosed,
    /// The invite is no good.
    #[error("This invite is unknown, used up or expired. Ask for a new one.")]
    InviteInvalid,
    /// Too many uses or days, or none.
    #[error("An invite is for 1 to 1,000 people and lasts 1 to 365 days. Choose within that.")]
    InviteTerms,
    /// Not somebody whose account waits to be claimed.
    #[error(
        "This account is somebody's already, or there is none. An invite gives only an account that an import has made and nobody has claimed."
    )]
    NotClaimable,
    /// Only for admins.
    #[error("Only an admin of this relay may do this. Ask one.")]
    Forbidden,
    /// A short-lived token can't do that.
    #[error("A short-lived token can't do this. Use the session that it was made with.")]
    ShortToken,
    /// No such session.
    #[error("You have no such session. It may have ended already; list your sessions again.")]
    NoSession,
    /// No such invite.
    #[error(
        "There is no such invite. It may be used up or taken back already; list the invites again."
    )]
    NoInvite,
    /// `[[watch]]` can't be used.
    #[error("The configuration can't be used: {0}. See `amend-relay default-config`.")]
    Watch(String),
    /// A setting can't be used.
    #[error("The configuration can't be used: {0}. See `amend-relay default-config`.")]
    Setting(String),
    /// A certificate or its key can't be used.
    #[error("The TLS file {path} can't be used: {reason}. Check [tls] in the configuration.", path = .path.display())]
    Tls {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Too often.
    #[error("{0} Try again in {seconds} s.", seconds = .1.as_millis().div_ceil(1000))]
    RateLimited(&'static str, Duration),
    /// No such channel, or none that this person may follow.
    #[error("There is no such channel, or you may not follow it. Ask the one who hosts the relay.")]
    NoChannel,
    /// The events are kept no more.
    #[error(
        "The events after this cursor are not kept any more, or never were. Read the table anew and follow from now on."
    )]
    HistoryGone,
    /// No such room, for the host.
    #[error("There is no room called {0}. `amend-relay room list` shows all, with their ids.")]
    NoSuchRoom(String),
    /// Several rooms of one name, for the host.
    #[error("There are several rooms called {0}. Name one by its id: {1}.")]
    ManyRooms(String, String),
    /// Who was to be changed is not there.
    #[error("That person is not in this room. `amend-relay room members` shows who is.")]
    NotInRoom,
    /// A direct room is its people.
    #[error(
        "A direct room's people stay who they are. Archive it instead, or deactivate an account."
    )]
    DirectRoom,
    /// No such room, or none that this person may see.
    #[error(
        "There is no such room or message, or you are not in it. Ask someone in the room to invite you."
    )]
    NoRoom,
    /// No such file, or none that this person may read there.
    #[error(
        "There is no such file in this room, or its message was deleted. Ask whoever posted it."
    )]
    NoBlob,
    /// No files are taken.
    #[error("This relay takes no files. Ask the one who hosts it.")]
    NoBlobs,
    /// May not write there.
    #[error("Your role in this room does not allow that. Ask one of its owners or moderators.")]
    BlobForbidden,
    /// The file is too long.
    #[error(
        "The file is {bytes} bytes long; this relay takes files of at most {max}. Send a smaller one."
    )]
    BlobTooLarge {
        /// How long it is.
        bytes: u64,
        /// How long one may be.
        max: u64,
    },
    /// Not a type that is taken.
    #[error("This relay does not take files of this type, but these: {0}.")]
    BlobType(String),
    /// The account has no room for it.
    #[error(
        "Your files take {used} of the {max} bytes that this relay gives you. Delete messages with files that are not needed any more."
    )]
    BlobQuota {
        /// What they take.
        used: u64,
        /// What they may.
        max: u64,
    },
    /// A range that does not join on.
    #[error(
        "The range does not begin where the last one ended. Ask where that is, and go on from there."
    )]
    BlobOffset,
    /// Not what the hash says.
    #[error("What was sent is not what its hash says. Send the file again, from its beginning.")]
    BlobMismatch,
    /// The blob store does not answer.
    #[error(
        "The store of files failed: {0}. Check [blobs] in the configuration, and the disk or the S3 that it names."
    )]
    Blobs(String),
    /// The system's randomness or the hash failed.
    #[error("A password or token could not be made ({0}). Try again; if it stays so, report it.")]
    Secret(String),
    /// More passwords wait to be checked than can be in time.
    #[error("Too many people sign in at this moment. Try again in a few seconds.")]
    Busy,
    /// Name or password is wrong.
    #[error(
        "Name or password is wrong. Check both; the one who hosts the relay can set a new password."
    )]
    BadCredentials,
    /// The token is unknown or revoked.
    #[error(
        "This session is not known to the relay any more. Sign in again; what you wrote is kept."
    )]
    TokenInvalid,
    /// The identity provider's keys are not known.
    #[error(
        "The identity provider's keys can't be used ({0}). Check [identity] in the configuration."
    )]
    IdentityKeys(String),
    /// The identity provider's keys are not known yet.
    #[error(
        "The relay can't reach the identity provider right now. Try again in a moment; what you wrote is kept."
    )]
    IdentityUnavailable,
    /// The token was good once.
    #[error("This session has expired. Sign in again; what you wrote is kept.")]
    TokenExpired,
}

impl RelayError {
    pub(crate) fn file(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }

    /// Whether the database may only not be up yet: nobody answers, it is starting, or all of its connections are in use.
    #[must_use]
    pub fn may_come_up(&self) -> bool {
        match self {
            Self::Pool(_) | Self::Hangs => true,
            Self::Postgres(error) => match error.code() {
                None => {
                    let io = std::error::Error::source(error);
                    io.is_some_and(|source| source.is::<std::io::Error>()) || error.is_closed()
                }
                Some(code) => {
                    ["53", "57", "08"].contains(&code.code().get(..2).unwrap_or_default())
                }
            },
            _ => false,
        }
    }

    /// What a client is told: its own mistakes in full, the relay's troubles without their details.
    #[must_use]
    pub fn to_wire(&self) -> WireError {
        let (code, retry_after_ms) = match self {
            Self::BadCredentials => (ErrorCode::BadCredentials, None),
            Self::TokenInvalid => (ErrorCode::TokenInvalid, None),
            Self::TokenExpired => (ErrorCode::TokenExpired, None),
            Self::IdentityUnavailable => (ErrorCode::Overloaded, Some(2000)),
            Self::Busy => (ErrorCode::Overloaded, Some(2000)),
            Self::RateLimited(_, wait) => {
                let wait = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
                (ErrorCode::RateLimited, Some(wait.max(1)))
            }
            Self::Deactivated => (ErrorCode::AccountDeactivated, None),
            Self::RegistrationClosed => (ErrorCode::RegistrationClosed, None),
            Self::InviteInvalid => (ErrorCode::InviteInvalid, None),
            Self::InviteTerms | Self::NotClaimable => (ErrorCode::Malformed, None),
            Self::Forbidden | Self::ShortToken => (ErrorCode::Forbidden, None),
            Self::NoSession | Self::NoInvite => (ErrorCode::NotFound, None),
            Self::NoChannel => (ErrorCode::ChannelNotFound, None),
            Self::HistoryGone => (ErrorCode::HistoryGone, None),
            Self::NoRoom => (ErrorCode::RoomNotFound, None),
            Self::NoBlob => (ErrorCode::NotFound, None),
            Self::BlobForbidden => (ErrorCode::Forbidden, None),
            Self::NoBlobs
            | Self::BlobTooLarge { .. }
            | Self::BlobType(_)
            | Self::BlobQuota { .. } => (ErrorCode::BlobRefused, None),
            Self::Blobs(_) => return files_unavailable(),
            Self::BlobOffset => (ErrorCode::BlobOffset, None),
            Self::BlobMismatch => (ErrorCode::BlobMismatch, None),
            Self::AccountExists(_) | Self::AccountAlike(_) => (ErrorCode::NameTaken, None),
            Self::AccountName(_) => (ErrorCode::NameInvalid, None),
            Self::PasswordTooShort | Self::PasswordTooLong => (ErrorCode::PasswordInvalid, None),
            Self::Postgres(error)
                if error.code()
                    == Some(&tokio_postgres::error::SqlState::READ_ONLY_SQL_TRANSACTION) =>
            {
                return store_read_only();
            }
            _ => return store_unavailable(),
        };
        WireError {
            code,
            text: self.to_string(),
            retry_after_ms,
            room: None,
        }
    }
}

impl From<object_store::Error> for RelayError {
    fn from(error: object_store::Error) -> Self {
        Self::Blobs(error.to_string())
    }
}

impl From<deadpool_postgres::PoolError> for RelayError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error)
            | deadpool_postgres::PoolError::PostCreateHook(
                deadpool_postgres::HookError::Backend(error),
            ) => Self::Postgres(error),
            other => Self::Pool(other.to_string()),
        }
    }
}

/// The relay's database does not answer: nothing is lost, try again.
#[must_use]
pub(crate) fn store_unavailable() -> WireError {
    WireError {
        code: ErrorCode::StoreUnavailable,
        text:
            "The relay's database does not answer right now. What you wrote is kept and sent later."
                .to_owned(),
        retry_after_ms: Some(1000),
        room: None,
    }
}

/// The relay's store of files does not answer: nothing is lost, try again.
#[must_use]
fn files_unavailable() -> WireError {
    WireError {
        code: ErrorCode::StoreUnavailable,
        text: "The relay's store of files does not answer right now. Your files are kept and sent later.".to_owned(),
        retry_after_ms: Some(5000),
        room: None,
    }
}

/// The relay's database can be read and not be written to: nothing is lost, try again.
#[must_use]
pub(crate) fn store_read_only() -> WireError {
    WireError {
        code: ErrorCode::StoreReadOnly,
        text:
            "The relay's database takes no changes right now. What you wrote is kept and sent later."
                .to_owned(),
        retry_after_ms: Some(5000),
        room: None,
    }
}

/// The relay is stopping: nothing is lost, come back.
#[must_use]
pub(crate) fn shutting_down(retry_after_ms: u32) -> WireError {
    WireError {
        code: ErrorCode::ShuttingDown,
        text: "The relay is being restarted. What you write is kept and sent in a moment."
            .to_owned(),
        retry_after_ms: Some(retry_after_ms),
        room: None,
    }
}

/// What Postgres said, without its DETAIL, which can hold values of rows.
pub(crate) fn postgres_says(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error)
            if [
                &SqlState::INVALID_SQL_STATEMENT_NAME,
                &SqlState::DUPLICATE_PSTATEMENT,
            ]
            .contains(&error.code()) =>
        {
            let advice = "the database URL seems to lead through a pooler in transaction mode, so set listen_url in the configuration";
            format!("{}; {advice}", error.message())
        }
        Some(error) => error.message().to_owned(),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}
