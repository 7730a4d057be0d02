//! Writing messages, and drafts of them.

use super::{InRoom, Nothing, call};
use model::view::{DraftReplyView, DraftView, Failure};
use model::{MessageId, OpId, Rev, RoomId};
use serde::Serialize;

/// Posts what was typed as `body`, and takes it out of the room's draft with what it answers.
pub(crate) async fn post(
    room: RoomId,
    typed: &str,
    body: &str,
    reply_to: Option<MessageId>,
) -> Result<MessageId, Failure> {
    #[derive(Serialize)]
    struct Written<'a> {
        typed: &'a str,
        body: &'a str,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Arguments<'a> {
        room: RoomId,
        written: Written<'a>,
        reply_to: Option<MessageId>,
    }
    let arguments = Arguments {
        room,
        written: Written { typed, body },
        reply_to,
    };
    call("post", &arguments).await
}

/// Changes a message's text from what the person saw; `replaces` is a refused change that this one takes the place of.
pub(crate) async fn edit(
    room: RoomId,
    message: MessageId,
    base: (Rev, &str),
    body: &str,
    replaces: Option<OpId>,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Base<'a> {
        rev: Rev,
        text: &'a str,
    }
    #[derive(Serialize)]
    struct Arguments<'a> {
        room: RoomId,
        message: MessageId,
        base: Base<'a>,
        body: &'a str,
        replaces: Option<OpId>,
    }
    let arguments = Arguments {
        room,
        message,
        base: Base {
            rev: base.0,
            text: base.1,
        },
        body,
        replaces,
    };
    call("edit", &arguments).await
}

/// Deletes a message.
pub(crate) async fn delete(room: RoomId, message: MessageId) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        message: MessageId,
    }
    call("delete", &Arguments { room, message }).await
}

/// All text that is not written yet.
pub(crate) async fn drafts() -> Result<Vec<DraftView>, Failure> {
    call("drafts", &Nothing {}).await
}

/// Keeps text that is not written yet; an empty one is none.
pub(crate) async fn set_draft(draft: DraftView) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        draft: DraftView,
    }
    call("set_draft", &Arguments { draft }).await
}

/// What the next messages answer, a room.
pub(crate) async fn draft_replies() -> Result<Vec<DraftReplyView>, Failure> {
    call("draft_replies", &Nothing {}).await
}

/// Keeps what the next message of a room answers; none: nothing.
pub(crate) async fn set_draft_reply(
    room: RoomId,
    message: Option<MessageId>,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        message: Option<MessageId>,
    }
    call("set_draft_reply", &Arguments { room, message }).await
}

/// Why nothing can be written in a room; none if it can.
pub(crate) async fn why_not_post(room: RoomId) -> Result<Option<Failure>, Failure> {
    call("why_not_post", &InRoom { room }).await
}
