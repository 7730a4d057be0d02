//! Rooms and their people.

use super::{InRoom, Nothing, call};
use model::RoomId;
use model::view::{DirectoryView, Failure, PersonView, RoomView};
use serde::Serialize;

/// The rooms we are in.
pub(crate) async fn rooms() -> Result<Vec<RoomView>, Failure> {
    call("rooms", &Nothing {}).await
}

/// The rooms we could join, as far as the relay has told.
pub(crate) async fn directory() -> Result<Vec<DirectoryView>, Failure> {
    call("directory", &Nothing {}).await
}

/// Who is in a room.
pub(crate) async fn people(room: RoomId) -> Result<Vec<PersonView>, Failure> {
    call("people", &InRoom { room }).await
}

/// Makes a room.
pub(crate) async fn create_room(name: &str, topic: &str) -> Result<RoomId, Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        name: &'a str,
        topic: &'a str,
    }
    call("create_room", &Arguments { name, topic }).await
}

/// Joins a room.
pub(crate) async fn join(room: RoomId) -> Result<(), Failure> {
    call("join", &InRoom { room }).await
}

/// Asks the relay which rooms there are; they arrive as rows.
pub(crate) async fn browse() -> Result<(), Failure> {
    call("browse", &Nothing {}).await
}
