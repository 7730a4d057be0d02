//! The desktop shell as typed functions: one for each command, and the one event.
//!
//! Invariant: whatever goes wrong on the way arrives as a [`Failure`] with a sentence for people; nothing here panics.

mod account;
mod accounts;
mod choices;
mod exchange;
mod files;
mod links;
mod manage;
mod messages;
mod rooms;
mod search;
mod sessions;
mod settings;
mod sync;
mod timeline;

pub(crate) use self::{
    account::*, accounts::*, choices::*, exchange::*, files::*, links::*, manage::*, messages::*,
    rooms::*, search::*, sessions::*, settings::*, sync::*, timeline::*,
};

use crate::text::t;
use js_sys::{Function, Reflect};
use model::RoomId;
use model::view::{Failure, RowEvent};
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
        .unwrap_or_else(|| t!("no-reason-given"));
    Failure {
        code: "shell".to_owned(),
        text: t!("shell-unreachable", detail = detail),
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
    listen("rows", move |value| {
        if let Ok(envelope) = serde_wasm_bindgen::from_value::<Envelope>(value) {
            handler(envelope.payload);
        }
    })
    .await
}

/// Calls `handler` with each event of this name, for as long as the page lives.
async fn listen(event: &str, handler: impl Fn(JsValue) + 'static) -> Result<(), Failure> {
    let closure = Closure::<dyn Fn(JsValue)>::new(handler);
    let function = closure.into_js_value().unchecked_into::<Function>();
    listen_shell(event, &function)
        .await
        .map(|_stop| ())
        .map_err(|error| failure(&error))
}

/// Calls `handler` whenever the list of accounts, or what stands in it, may have changed.
pub(crate) async fn on_accounts(handler: impl Fn() + 'static) -> Result<(), Failure> {
    let closure = Closure::<dyn Fn(JsValue)>::new(move |_| handler());
    let function = closure.into_js_value().unchecked_into::<Function>();
    listen_shell("accounts", &function)
        .await
        .map(|_stop| ())
        .map_err(|error| failure(&error))
}

/// Whether the profile could be opened.
pub(crate) async fn startup() -> Result<(), Failure> {
    call("startup", &Nothing {}).await
}

#[derive(Serialize)]
struct InRoom {
    room: RoomId,
}
