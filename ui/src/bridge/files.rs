//! Files of messages: attaching, fetching, saving; and where their images are.

use super::{Nothing, call, failure};
use js_sys::{Object, Reflect, Uint8Array};
use model::view::{DraftFileView, Failure, FileView};
use model::{Attachment, BlobHash, RoomId};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["window", "__TAURI__", "core"], js_name = invoke, catch)]
    async fn invoke_raw(
        command: &str,
        bytes: &Uint8Array,
        options: &JsValue,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = ["window", "__TAURI__", "core"], js_name = convertFileSrc, catch)]
    fn convert(path: &str, protocol: &str) -> Result<String, JsValue>;
}

/// Attaches bytes to the message that is being written in a room.
pub(crate) async fn attach(room: RoomId, name: &str, bytes: &Uint8Array) -> Result<(), Failure> {
    let headers = Object::new();
    let set = |key: &str, value: &str| Reflect::set(&headers, &key.into(), &value.into());
    // A header holds no other letters than these.
    let name = String::from(js_sys::encode_uri_component(name));
    let options = Object::new();
    let made = set("x-room", &room.to_string())
        .and_then(|_| set("x-name", &name))
        .and_then(|_| Reflect::set(&options, &"headers".into(), &headers));
    made.map_err(|error| failure(&error))?;
    let done = invoke_raw("attach", bytes, &options).await;
    done.map(|_| ()).map_err(|error| failure(&error))
}

/// Takes a file back from the message that is being written.
pub(crate) async fn detach(room: RoomId, hash: BlobHash) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        hash: BlobHash,
    }
    call("detach", &Arguments { room, hash }).await
}

/// The files of messages that are not written yet.
pub(crate) async fn draft_files() -> Result<Vec<DraftFileView>, Failure> {
    call("draft_files", &Nothing {}).await
}

/// What is here of files of a room, and how they are on their way.
pub(crate) async fn file_states(
    room: RoomId,
    hashes: Vec<BlobHash>,
) -> Result<Vec<FileView>, Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        hashes: Vec<BlobHash>,
    }
    call("file_states", &Arguments { room, hashes }).await
}

/// Fetches a file, or tries again.
pub(crate) async fn fetch_file(room: RoomId, file: &Attachment) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        room: RoomId,
        hash: BlobHash,
        bytes: u64,
    }
    let (hash, bytes) = (file.hash, file.bytes);
    call("fetch_file", &Arguments { room, hash, bytes }).await
}

#[derive(Serialize)]
struct Which {
    hash: BlobHash,
}

/// Fetches it no more.
pub(crate) async fn stop_fetching(hash: BlobHash) -> Result<(), Failure> {
    call("stop_fetching", &Which { hash }).await
}

#[derive(Serialize)]
struct OfFile<'a> {
    file: &'a Attachment,
}

/// Copies a file to the person's downloads; where it is.
pub(crate) async fn save_file(file: &Attachment) -> Result<String, Failure> {
    call("save_file", &OfFile { file }).await
}

/// Copies a file to where the person chooses; none: they chose nothing.
pub(crate) async fn save_file_as(file: &Attachment) -> Result<Option<String>, Failure> {
    call("save_file_as", &OfFile { file }).await
}

/// Opens a file with the program that the system has for it.
pub(crate) async fn open_file(file: &Attachment) -> Result<(), Failure> {
    call("open_file", &OfFile { file }).await
}

/// Where the page finds the image of a file that is here: small, or as it is.
pub(crate) fn image_address(hash: BlobHash, small: bool) -> String {
    let size = if small { "small" } else { "whole" };
    convert(&format!("{hash}-{size}"), "amend-file").unwrap_or_default()
}
