//! The one place that reads the wall clock and makes ids; everything else gets them as arguments.

use model::{MessageId, Millis, OpId, RoomId};
use uuid::Uuid;

/// The wall clock, for what people are shown.
#[must_use]
#[allow(clippy::disallowed_methods)]
pub fn now() -> Millis {
    let since_1970 = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

/// A new room's id.
#[must_use]
pub fn room_id() -> RoomId {
    RoomId(Uuid::now_v7())
}

/// A new message's id.
#[must_use]
pub fn message_id() -> MessageId {
    MessageId(Uuid::now_v7())
}

/// A new operation's idempotency key.
#[must_use]
pub fn op_id() -> OpId {
    OpId(Uuid::now_v7())
}

/// What tells a profile's entries in the keyring apart from another's.
#[must_use]
pub fn profile_id() -> Uuid {
    Uuid::now_v7()
}
