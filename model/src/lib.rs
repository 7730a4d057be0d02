//! The functional core of Amend: what a row is, which operations there are, who may do what, and how
//! it travels. Pure: no I/O, no clock, no randomness; builds for wasm32.
//!
//! In the order in which a message meets them:
//!
//! - [`id`]: newtypes for every identifier and counter.
//! - [`attachment`]: files of a message, named by the hash of their content.
//! - [`op`]: what a person can ask for, with its idempotency key.
//! - [`decide`](mod@decide): the one place where rules live. The relay calls it under a lock in Postgres, the client
//!   on its own rows, so that the optimistic row equals the authoritative one.
//! - [`merge`](mod@merge): three-way merge of concurrent edits, for `decide`.
//! - [`rejection`]: why not, in a sentence that says what to do.
//! - [`row`]: the rows that both databases hold.
//! - [`text`]: what is in a message's text: whom it names, which addresses it holds.
//! - [`link`](mod@link): links to a relay's invite, a room, a message.
//! - [`wire`]: the frames between client and relay, their limits and their two codecs.
//! - [`search`]: what a person types to search, as a value.
//! - [`view`]: what a screen shows; built by the client from rows, read by the page.

pub mod attachment;
pub mod decide;
pub mod diff;
pub mod id;
pub mod limits;
pub mod link;
mod manage;
pub mod merge;
pub mod op;
pub mod rejection;
pub mod row;
pub mod search;
pub mod text;
pub mod view;
pub mod wire;

pub use attachment::{Attachment, BlobHash};
pub use decide::{Actor, Person, State, decide, is_emoji};
pub use id::{MessageId, Millis, OpId, Rev, RoomId, Seq, UserId};
pub use link::Link;
pub use manage::{check_room_name, check_topic, direct_room_id};
pub use merge::merge;
pub use op::{Envelope, MemberChange, NamedUser, Op, RoomChange, Target};
pub use rejection::{Rejection, RejectionCode};
pub use row::{
    EditPolicy, Member, Message, MessageVersion, Reaction, ReadMarker, Role, Room, RoomKind, Row,
};
