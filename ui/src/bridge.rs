//! The desktop shell as typed functions: one for each command, and the one event.
//!
//! Invariant: whatever goes wrong on the way arrives as a [`Failure`] with a sentence for people; nothing here panics.

use js_sys::{Function, Reflect};
use model::view::{
    Account, DirectoryView, DraftView, Failure, NoticeView, PersonView, RecoveredView, RoomView,
    RowEvent, Status, Timeline,
};
use model::{MessageId, OpId, Rev, RoomId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["window", "__TAURI__", "core"], js_name = invoke, catch)]
    async fn invoke_shell(command: &str, arguments: JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = ["window", "__TAURI__", "event"], js_name = listen, catch)]
    async fn listen_shell(event: &str, handler: &Function) -> Result<JsValue, JsValue>;
}

/// The failure behind a rejected promise: the shell's own, or what the page can say about another.
fn failure(error: &JsValue) -> Failure {
    if let Ok(failure) = serde_wasm_bindgen::from_value::<Failure>(error.clone()) {
        return failure;
    }
    let detail = error
        .as_string()
        .or_else(|| {
            Reflect::get(error, &JsValue::from_str("message"))
                .ok()
                .and_then(|message| message.as_string())
        })
        .unwrap_or_else(|| "no reason given".to_owned());
    Failure {
        code: "shell".to_owned(),
        text: format!(
            "The page could not reach the Amend program around it ({detail}). Close this window and start Amend again."
        ),
    }
}

fn foreign(error: &serde_wasm_bindgen::Error) -> Failure {
    failure(&JsValue::from_str(&error.to_string()))
}

async fn call<A: Serialize, R: DeserializeOwned>(
    command: &str,
    arguments: &A,
) -> Result<R, Failure> {
    let arguments = arguments
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| foreign(&error))?;
    let value = invoke_shell(command, arguments)
        .await
        .map_err(|error| failure(&error))?;
    serde_wasm_bindgen::from_value(value).map_err(|error| foreign(&error))
}

/// The arguments of a command that has none.
#[derive(Serialize)]
struct Nothing {}

/// Calls `handler` with each batch of changed rows, for as long as the page lives.
pub(crate) async fn on_rows(handler: impl Fn(RowEvent) + 'static) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Envelope {
        payload: RowEvent,
    }
    let closure = Closure::<dyn Fn(JsValue)>::new(move |value: JsValue| {
        if let Ok(envelope) = serde_wasm_bindgen::from_value::<Envelope>(value) {
            handler(envelope.payload);
        }
    });
    let function = closure.into_js_value().unchecked_into::<Function>();
    listen_shell("rows", &function)
        .await
        .map(|_stop| ())
        .map_err(|error| failure(&error))
}

/// Whether the profile could be opened.
pub(crate) async fn startup() -> Result<(), Failure> {
    call("startup", &Nothing {}).await
}

/// The account the profile is signed in with.
pub(crate) async fn account() -> Result<Option<Account>, Failure> {
    call("account", &Nothing {}).await
}

/// Signs in. The screen changes when the account's row does.
pub(crate) async fn sign_in(relay: &str, name: &str, password: &str) -> Result<Account, Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        relay: &'a str,
        name: &'a str,
        password: &'a str,
    }
    let arguments = Arguments {
        relay,
        name,
        password,
    };
    call("sign_in", &arguments).await
}

/// Signs out.
pub(crate) async fn sign_out() -> Result<(), Failure> {
    call("sign_out", &Nothing {}).await
}

/// The connection and what waits for it.
pub(crate) async fn status() -> Result<Status, Failure> {
    call("status", &Nothing {}).await
}

/// The rooms we are in.
pub(crate) async fn rooms() -> Result<Vec<RoomView>, Failure> {
    call("rooms", &Nothing {}).await
}

/// The rooms we could join, as far as the relay has told.
pub(crate) async fn directory() -> Result<Vec<DirectoryView>, Failure> {
    call("directory", &Nothing {}).await
}

#[derive(Serialize)]
struct InRoom {
    room: RoomId,
}

/// Who is in a room.
pub(crate) async fn people(room: RoomId) -> Result<Vec<PersonView>, Failure> {
    call("people", &InRoom { room }).await
}

/// The newest messages of a room, or those older than `before`.
pub(crate) async fn timeline(
    room: RoomId,
    before: Option<MessageId>,
    limit: u32,
) -> Result<Timeline, Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        before: Option<MessageId>,
        limit: u32,
    }
    let arguments = Arguments {
        room,
        before,
        limit,
    };
    call("timeline", &arguments).await
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

/// Posts a message.
pub(crate) async fn post(room: RoomId, body: &str) -> Result<MessageId, Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        room: RoomId,
        body: &'a str,
    }
    call("post", &Arguments { room, body }).await
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

/// What was refused or saved, with its words.
pub(crate) async fn recovered() -> Result<Vec<RecoveredView>, Failure> {
    call("recovered", &Nothing {}).await
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

/// What the person should read once.
pub(crate) async fn notices() -> Result<Vec<NoticeView>, Failure> {
    call("notices", &Nothing {}).await
}

/// The person has read it.
pub(crate) async fn dismiss_notice(notice: i64) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        notice: i64,
    }
    call("dismiss_notice", &Arguments { notice }).await
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

#[derive(Serialize)]
struct OfOp {
    op: OpId,
}

/// Sends a refused operation again.
pub(crate) async fn retry(op: OpId) -> Result<(), Failure> {
    call("retry", &OfOp { op }).await
}

/// Gives a refused operation up.
pub(crate) async fn discard(op: OpId) -> Result<(), Failure> {
    call("discard", &OfOp { op }).await
}

/// Asks the relay which rooms there are; they arrive as rows.
pub(crate) async fn browse() -> Result<(), Failure> {
    call("browse", &Nothing {}).await
}

/// Tries to connect now.
pub(crate) async fn network_changed() -> Result<(), Failure> {
    call("network_changed", &Nothing {}).await
}
