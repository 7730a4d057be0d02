//! What is attached to the message that is being written, above the composer; and the ways in: a button, pasting, dropping.
//!
//! Invariant: a file is in the strip because its row is here; one that is not taken says why at once.

use super::{Context, attempt, size};
use crate::bridge;
use crate::parts::icon::{Icon, icon};
use crate::text::t;
use js_sys::Uint8Array;
use model::RoomId;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, Event, File, FileList, HtmlInputElement};
use yew::{
    Callback, Html, Properties, TargetCast, UseStateSetter, component, html, use_context,
    use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The room.
    pub(crate) room: RoomId,
}

/// The strip.
#[component]
pub(crate) fn Strip(props: &Props) -> Html {
    let context = use_context::<Context>();
    let room = props.room;
    let Some(context) = context else {
        return Html::default();
    };
    let files: Vec<_> = context
        .drafts
        .iter()
        .filter(|one| one.room_id == room)
        .collect();
    if files.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="strip" aria-label={t!("attached")} data-testid="strip">
            { for files.into_iter().map(|one| {
                let file = &one.file;
                let remove = {
                    let (store, hash) = (context.store.clone(), file.hash);
                    Callback::from(move |_| {
                        attempt(Some(store.clone()), async move {
                            bridge::detach(room, hash).await.map(|()| None)
                        });
                    })
                };
                let label = t!("detach", name = file.name.clone());
                html! {
                    <li class="strip-file" key={file.hash.to_string()} data-testid="strip-file">
                        if file.image_size().is_some() {
                            <img src={bridge::image_address(file.hash, true)} width="56" height="56" alt="" draggable="false" />
                        } else {
                            <span class="file-picture" aria-hidden="true">{ icon(Icon::Archive) }</span>
                        }
                        <div class="file-words">
                            <bdi class="file-name" title={file.name.clone()}>{ file.name.clone() }</bdi>
                            <span class="muted">{ size::words(file.bytes) }</span>
                        </div>
                        <button class="icon-button" type="button" data-testid="detach" aria-label={label.clone()} title={label} onclick={remove}>
                            { icon(Icon::Close) }
                        </button>
                    </li>
                }
            }) }
        </ul>
    }
}

/// What the button is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ClipProps {
    /// The room.
    pub(crate) room: RoomId,
    /// What could not be attached, and why.
    pub(crate) onfailure: Callback<String>,
}

/// The button that attaches files.
#[component]
pub(crate) fn Clip(props: &ClipProps) -> Html {
    let field = use_node_ref();
    let busy = use_state_eq(|| false);
    let choose = {
        let field = field.clone();
        Callback::from(move |_| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.click();
            }
        })
    };
    let onchange = {
        let (room, failed, busy) = (props.room, props.onfailure.clone(), busy.setter());
        Callback::from(move |event: Event| {
            let Some(field) = event.target_dyn_into::<HtmlInputElement>() else {
                return;
            };
            attach(
                room,
                listed(field.files()),
                failed.clone(),
                Some(busy.clone()),
            );
            // The same file may be chosen again.
            field.set_value("");
        })
    };
    html! {
        <>
            <button class="icon-button clip" type="button" data-testid="clip" aria-label={t!("attach")} title={t!("attach")}
                aria-busy={busy.to_string()} onclick={choose}>
                { icon(Icon::Clip) }
            </button>
            <input ref={field} type="file" multiple=true hidden=true tabindex="-1" data-testid="file-input" {onchange} />
        </>
    }
}

/// Takes pasted files; text is left to the field.
pub(crate) fn onpaste(room: RoomId, failed: Callback<String>) -> Callback<ClipboardEvent, bool> {
    Callback::from(move |event: ClipboardEvent| {
        let files = of(event.clipboard_data());
        let any = !files.is_empty();
        if any {
            event.prevent_default();
            attach(room, files, failed.clone(), None);
        }
        any
    })
}

/// Lets files be dropped here.
pub(crate) fn ondragover() -> Callback<DragEvent> {
    Callback::from(|event: DragEvent| event.prevent_default())
}

/// Takes dropped files.
pub(crate) fn ondrop(room: RoomId, failed: Callback<String>) -> Callback<DragEvent, bool> {
    Callback::from(move |event: DragEvent| {
        let files = of(event.data_transfer());
        let any = !files.is_empty();
        if any {
            event.prevent_default();
            attach(room, files, failed.clone(), None);
        }
        any
    })
}

fn of(data: Option<DataTransfer>) -> Vec<File> {
    data.map(|data| listed(data.files())).unwrap_or_default()
}

fn listed(files: Option<FileList>) -> Vec<File> {
    let Some(files) = files else {
        return Vec::new();
    };
    (0..files.length()).filter_map(|at| files.get(at)).collect()
}

/// One after the other, so that they stand in the order in which they were chosen.
fn attach(
    room: RoomId,
    files: Vec<File>,
    failed: Callback<String>,
    busy: Option<UseStateSetter<bool>>,
) {
    spawn_local(async move {
        let set_busy = |to| {
            if let Some(busy) = &busy {
                busy.set(to);
            }
        };
        set_busy(true);
        for file in files {
            let name = file.name();
            let attached = match JsFuture::from(file.array_buffer()).await {
                Ok(buffer) => {
                    let bytes = Uint8Array::new(&buffer);
                    bridge::attach(room, &name, &bytes).await
                }
                Err(_) => {
                    failed.emit(t!("file-unreadable", name = name));
                    continue;
                }
            };
            if let Err(failure) = attached {
                failed.emit(failure.text);
            }
        }
        set_busy(false);
    });
}
