//! The frames. A conversation: the client says `Hello` and gets `Welcome`; it subscribes to each of its rooms with its cursor
//! and gets `Changes` (or a `Snapshot`, without one) until it is level, and from then on as they happen; it pushes
//! operations and gets `Outcomes`, never ahead of the rows that they made.

use super::blob::BlobLimits;
use super::channel::ChannelEvent;
use crate::id::{OpId, RoomId, Seq, UserId};
use crate::op::Envelope;
use crate::rejection::RejectionCode;
use crate::row::Row;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// From client to relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame of every connection.
    Hello {
        /// [`super::PROTOCOL_VERSION`] of the client.
        version: u16,
        /// From `/v1/login`.
        token: String,
    },
    /// Operations, in the order in which they were made.
    Push {
        /// At most [`crate::limits::PUSH_MAX_OPS`].
        ops: Vec<Envelope>,
    },
    /// Send me this room's changes from here on.
    Subscribe {
        /// The room.
        room: RoomId,
        /// The cursor; `None` asks for a `Snapshot` of the newest page.
        after: Option<Seq>,
    },
    /// No more of this room.
    Unsubscribe {
        /// The room.
        room: RoomId,
    },
    /// An older page of a room's messages.
    Fetch {
        /// The room.
        room: RoomId,
        /// Only messages with a lower position.
        before: Seq,
        /// At most [`crate::limits::PAGE_MAX_ROWS`].
        limit: u32,
    },
    /// Which channels are there to join?
    Browse {},
    /// Send me a channel's events.
    Watch {
        /// Which.
        channel: String,
        /// The cursor; `None`: from now on.
        #[serde(default)]
        after: Option<i64>,
    },
    /// No more of this channel.
    Unwatch {
        /// Which.
        channel: String,
    },
    /// I am typing in a subscribed room, or no more. Said again every few seconds: it ends by itself.
    Typing {
        /// The room.
        room: RoomId,
        /// Typing, or no more.
        on: bool,
    },
}

/// From relay to client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayFrame {
    /// The answer to `Hello`.
    Welcome {
        /// Whose session it is.
        user: UserId,
        /// That account's name.
        name: String,
        /// The store's identity; another one means that cursors into the old store are worthless.
        epoch: Uuid,
        /// The rooms that the person is in.
        rooms: Vec<RoomId>,
        /// What it takes of files; without it: none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        blobs: Option<BlobLimits>,
    },
    /// The rooms that the person is in have changed.
    Memberships {
        /// All of them.
        rooms: Vec<RoomId>,
    },
    /// What became of pushed operations; never ahead of the rows that they made.
    Outcomes {
        /// In the order of the push.
        outcomes: Vec<OpOutcome>,
    },
    /// Rows of a room that changed in `(from, through]`, in seq order.
    Changes {
        /// The room.
        room: RoomId,
        /// Whoever holds everything up to here …
        from: Seq,
        /// … holds everything up to here after storing `rows`.
        through: Seq,
        /// The rows, each with its current state.
        rows: Vec<Row>,
        /// More catch-up follows at once.
        more: bool,
    },
    /// The first page of a room: room, members and newest messages.
    Snapshot {
        /// The room.
        room: RoomId,
        /// The rows.
        rows: Vec<Row>,
        /// The cursor to keep.
        through: Seq,
        /// The lowest position in `rows`: where to go on fetching; `None` when there is nothing older.
        before: Option<Seq>,
    },
    /// The answer to `Fetch`.
    Page {
        /// The room.
        room: RoomId,
        /// Messages, each with its current state.
        rows: Vec<Row>,
        /// The lowest position in `rows`: where to go on fetching; `None` when there is nothing older.
        before: Option<Seq>,
    },
    /// Who is online in a room, and who is typing; at most four times a second.
    Presence {
        /// The room.
        room: RoomId,
        /// `online` is the whole list: forget the former one.
        reset: bool,
        /// Came.
        online: Vec<UserId>,
        /// Left.
        offline: Vec<UserId>,
        /// Began to type.
        #[serde(default)]
        typing: Vec<UserId>,
        /// Type no more.
        #[serde(default)]
        stopped: Vec<UserId>,
        /// How many are online.
        #[serde(default)]
        count: u32,
    },
    /// The channels that there are to join.
    Directory {
        /// In the order of their names.
        rooms: Vec<DirectoryEntry>,
    },
    /// Events of a channel in `(from, through]`; without any, where it stands.
    Events {
        /// The channel.
        channel: String,
        /// Whoever has everything up to here …
        from: i64,
        /// … has everything up to here with these.
        through: i64,
        /// In order.
        events: Vec<ChannelEvent>,
    },
    /// The client's cursor is ahead of the store: forget it and subscribe without one.
    Resync {
        /// The room.
        room: RoomId,
    },
    /// Something was wrong with a frame or with the session.
    Error(WireError),
}

/// A channel that can be joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryEntry {
    /// The room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Its topic.
    pub topic: String,
    /// How many people are in it.
    pub members: u32,
}

/// What became of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpOutcome {
    /// Which.
    pub op_id: OpId,
    /// What.
    pub outcome: Outcome,
}

/// What became of an operation; the same however often it is resent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is in the store.
    Applied {
        /// Whoever holds the room's changes through here holds its rows.
        seq: Seq,
    },
    /// It is not, and will not be.
    Rejected {
        /// For programs.
        code: RejectionCode,
        /// For people.
        text: String,
    },
}

/// An error with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireError {
    /// For programs.
    pub code: ErrorCode,
    /// For people.
    pub text: String,
    /// When trying again makes sense, in milliseconds; `None`: not without a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
    /// The room that it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
}

/// The kinds of [`WireError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Name or password is wrong.
    BadCredentials,
    /// The token is unknown or revoked.
    TokenInvalid,
    /// The token was good once.
    TokenExpired,
    /// The account was deactivated by the host.
    AccountDeactivated,
    /// Only an admin may ask this.
    Forbidden,
    /// Registration needs an invite.
    RegistrationClosed,
    /// The invite is unknown, used up or expired.
    InviteInvalid,
    /// The name is somebody's.
    NameTaken,
    /// Not a name for an account.
    NameInvalid,
    /// Not a password that may be chosen.
    PasswordInvalid,
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// The first frame was not `Hello`, or came too late.
    HelloExpected,
    /// The two sides' versions are too far apart.
    VersionUnsupported,
    /// Not a frame.
    Malformed,
    /// A frame of a kind that this side does not know.
    UnknownFrame,
    /// Over a limit of [`crate::limits`].
    TooLarge,
    /// No such room, or none that this person may see.
    RoomNotFound,
    /// No such channel, or none that this person may follow.
    ChannelNotFound,
    /// The events after this cursor are kept no more, or never were.
    HistoryGone,
    /// The range does not begin where the file's last one ended; ask again where that is.
    BlobOffset,
    /// What was sent is not what its hash says; all of it is forgotten.
    BlobMismatch,
    /// A file of this length or this type is not taken here, or the account has no room for it.
    BlobRefused,
    /// Too many at once; see `retry_after_ms`.
    Overloaded,
    /// Too often; see `retry_after_ms`. On a WebSocket nothing is lost by it: what was sent is taken, later.
    RateLimited,
    /// This account or this address has too many connections; see `retry_after_ms`.
    TooManyConnections,
    /// The rest of a request did not come in time.
    TooSlow,
    /// A web page of an origin that may not use this relay.
    OriginRefused,
    /// The relay's database does not answer; see `retry_after_ms`.
    StoreUnavailable,
    /// The relay's database can be read and takes no changes; see `retry_after_ms`.
    StoreReadOnly,
    /// The relay is stopping; see `retry_after_ms`.
    ShuttingDown,
    /// A kind that this version does not know; its text says it.
    #[serde(other)]
    Unknown,
}
