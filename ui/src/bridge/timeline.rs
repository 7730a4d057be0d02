//! Windows of a timeline, and what hangs on its messages.

use super::{InRoom, Nothing, call};
use model::view::{Ask, Failure, PinView, PlaceView, Timeline, VersionsView};
use model::{MessageId, OpId, RoomId, Seq};
use serde::Serialize;

/// A part of a room's timeline.
pub(crate) async fn timeline(room: RoomId, ask: Ask, limit: u32) -> Result<Timeline, Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        ask: Ask,
        limit: u32,
    }
    call("timeline", &Arguments { room, ask, limit }).await
}

/// Puts a reaction on a message, or takes it back.
pub(crate) async fn react(
    room: RoomId,
    message: MessageId,
    emoji: &str,
    on: bool,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        room: RoomId,
        message: MessageId,
        emoji: &'a str,
        on: bool,
    }
    let arguments = Arguments {
        room,
        message,
        emoji,
        on,
    };
    call("react", &arguments).await
}

/// Pins a message, or unpins it.
pub(crate) async fn pin(room: RoomId, message: MessageId, on: bool) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        message: MessageId,
        on: bool,
    }
    call("pin", &Arguments { room, message, on }).await
}

/// The pinned messages of a room, the last pinned first.
pub(crate) async fn pins(room: RoomId) -> Result<Vec<PinView>, Failure> {
    call("pins", &InRoom { room }).await
}

/// Everything through this position has been read.
pub(crate) async fn mark_read(room: RoomId, position: Seq) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        position: Seq,
    }
    call("mark_read", &Arguments { room, position }).await
}

/// The texts of a message that are on this device.
pub(crate) async fn versions(room: RoomId, message: MessageId) -> Result<VersionsView, Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        message: MessageId,
    }
    call("versions", &Arguments { room, message }).await
}

/// Asks the relay for all texts of a message; they arrive as rows.
pub(crate) async fn fetch_versions(message: MessageId) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        message: MessageId,
    }
    call("fetch_versions", &Arguments { message }).await
}

/// Posts the text of a refused edit as a message of its own and drops the edit.
pub(crate) async fn post_refused(op: OpId) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        op: OpId,
    }
    call("post_refused", &Arguments { op }).await
}

/// Where the person was in each room, the last room first.
pub(crate) async fn places() -> Result<Vec<PlaceView>, Failure> {
    call("places", &Nothing {}).await
}

/// Keeps where the person is in a room.
pub(crate) async fn set_place(place: PlaceView) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        place: PlaceView,
    }
    call("set_place", &Arguments { place }).await
}
