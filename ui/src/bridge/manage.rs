//! What a person does with rooms and the people in them, and what this device keeps of their list.

use super::{InRoom, Nothing, call};
use model::view::{Failure, KnownPerson};
use model::{EditPolicy, NamedUser, Role, RoomId};
use serde::Serialize;

/// Gives a room another name.
pub(crate) async fn rename_room(room: RoomId, name: &str) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        room: RoomId,
        name: &'a str,
    }
    call("rename_room", &Arguments { room, name }).await
}

/// Gives a room another topic.
pub(crate) async fn set_topic(room: RoomId, topic: &str) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        room: RoomId,
        topic: &'a str,
    }
    call("set_topic", &Arguments { room, topic }).await
}

/// Says who may edit whose messages in a room.
pub(crate) async fn set_edit_policy(room: RoomId, policy: EditPolicy) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        policy: EditPolicy,
    }
    call("set_edit_policy", &Arguments { room, policy }).await
}

/// Closes a room for writing, or opens it again.
pub(crate) async fn archive(room: RoomId, archived: bool) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        archived: bool,
    }
    call("archive", &Arguments { room, archived }).await
}

/// Leaves a room.
pub(crate) async fn leave(room: RoomId) -> Result<(), Failure> {
    call("leave", &InRoom { room }).await
}

#[derive(Serialize)]
struct WhoInRoom<'a> {
    room: RoomId,
    who: &'a NamedUser,
}

/// Brings somebody into a room.
pub(crate) async fn invite_to_room(room: RoomId, who: &NamedUser) -> Result<(), Failure> {
    call("invite_to_room", &WhoInRoom { room, who }).await
}

/// Puts somebody out of a room.
pub(crate) async fn remove_from_room(room: RoomId, who: &NamedUser) -> Result<(), Failure> {
    call("remove_from_room", &WhoInRoom { room, who }).await
}

/// Gives somebody a role in a room.
pub(crate) async fn set_role(room: RoomId, who: &NamedUser, role: Role) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        room: RoomId,
        who: &'a NamedUser,
        role: Role,
    }
    call("set_role", &Arguments { room, who, role }).await
}

/// Opens the direct room with some people.
pub(crate) async fn open_direct(with: &[NamedUser]) -> Result<RoomId, Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        with: &'a [NamedUser],
    }
    call("open_direct", &Arguments { with }).await
}

/// Everything in a room has been read.
pub(crate) async fn mark_all_read(room: RoomId) -> Result<(), Failure> {
    call("mark_all_read", &InRoom { room }).await
}

/// The person does not want to hear of a room, or does again.
pub(crate) async fn set_muted(room: RoomId, muted: bool) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        muted: bool,
    }
    call("set_muted", &Arguments { room, muted }).await
}

/// Puts a room to the top of the list, or back.
pub(crate) async fn set_favourite(room: RoomId, favourite: bool) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        favourite: bool,
    }
    call("set_favourite", &Arguments { room, favourite }).await
}

/// The person went to a room.
pub(crate) async fn opened(room: RoomId) -> Result<(), Failure> {
    call("opened", &InRoom { room }).await
}

/// Folds a section of the list up, or down.
pub(crate) async fn fold(section: &str, folded: bool) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        section: &'a str,
        folded: bool,
    }
    call("fold", &Arguments { section, folded }).await
}

/// The sections that are folded up.
pub(crate) async fn folded() -> Result<Vec<String>, Failure> {
    call("folded", &Nothing {}).await
}

/// We are writing in a room, or no more.
pub(crate) async fn typing(room: RoomId, on: bool) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        on: bool,
    }
    call("typing", &Arguments { room, on }).await
}

/// Everybody at the relay, as it last told.
pub(crate) async fn known_people() -> Result<Vec<KnownPerson>, Failure> {
    call("known_people", &Nothing {}).await
}

/// Asks the relay who there is; they arrive as rows.
pub(crate) async fn ask_for_people() -> Result<(), Failure> {
    call("ask_for_people", &Nothing {}).await
}
