//! An image in a message. It has its place from the beginning; until it is here, the place says why not.

use super::{attempt, is_whole, size, use_file};
use crate::bridge;
use crate::parts::icon::{Icon, icon};
use crate::text::t;
use model::view::{FileHere, FileSending};
use model::{Attachment, RoomId};
use yew::{Callback, Html, Properties, classes, component, html, use_effect_with, use_state_eq};

/// Images up to here are fetched as soon as they are seen; larger ones when they are asked for.
const FETCHED_BYTES: u64 = 8_000_000;

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The message's room.
    pub(crate) room: RoomId,
    /// The image.
    pub(crate) file: Attachment,
    /// The person wants to see it large.
    pub(crate) onopen: Callback<()>,
}

/// The image.
#[component]
pub(crate) fn Picture(props: &Props) -> Html {
    let (room, file) = (props.room, &props.file);
    let (context, state) = use_file(room, file.hash);
    let broken = use_state_eq(|| false);
    let online = context.as_ref().is_some_and(|context| context.online);
    let here = state.as_ref().map(|state| state.here.clone());
    {
        let file = file.clone();
        let wanted = here == Some(FileHere::Absent) && file.bytes <= FETCHED_BYTES;
        use_effect_with((wanted, file.hash), move |(wanted, _)| {
            if *wanted {
                attempt(None, async move {
                    bridge::fetch_file(room, &file).await.map(|()| None)
                });
            }
        });
    }
    let fetch = {
        let (store, file) = (context.map(|context| context.store), file.clone());
        Callback::from(move |_| {
            let file = file.clone();
            attempt(store.clone(), async move {
                bridge::fetch_file(room, &file).await.map(|()| None)
            });
        })
    };
    let (width, height) = file.image_size().unwrap_or((1, 1));
    let (width, height) = size::shown(width, height);
    let (width, height) = (width.to_string(), height.to_string());
    let view_box = format!("0 0 {width} {height}");
    let sending = match state.as_ref().and_then(|state| state.sending.as_ref()) {
        Some(FileSending::Going { sent }) => Some(size::percent(*sent, file.bytes)),
        _ => None,
    };
    if is_whole(state.as_ref()) && !*broken {
        let open = props.onopen.reform(|_| ());
        let fell = {
            let broken = broken.clone();
            Callback::from(move |_| broken.set(true))
        };
        return html! {
            <button class="picture" type="button" data-testid="picture" aria-label={t!("image-open", name = file.name.clone())} onclick={open}>
                <img src={bridge::image_address(file.hash, true)} {width} {height} alt={file.name.clone()} draggable="false"
                    decoding="async" onerror={fell} />
                if let Some(percent) = sending {
                    <progress max="100" value={percent.to_string()} aria-label={t!("file-progress")} />
                }
            </button>
        };
    }
    let (word, says) = match &here {
        _ if *broken => ("broken", t!("image-broken")),
        Some(FileHere::Failed { reason }) => ("failed", reason.clone()),
        Some(FileHere::Coming { received }) if online => {
            let percent = size::percent(*received, file.bytes);
            ("coming", t!("file-coming", percent = percent))
        }
        Some(FileHere::Coming { .. }) => ("wanted", t!("file-wanted")),
        Some(FileHere::Absent) if !online => ("offline", t!("file-offline")),
        Some(FileHere::Absent) => ("absent", String::new()),
        _ => ("unknown", String::new()),
    };
    let name = file.name.clone();
    // What the button says, and of which file for those who hear it alone.
    let fetches = match &here {
        Some(FileHere::Failed { .. }) => Some((t!("fetch-again"), t!("file-again", name = name))),
        Some(FileHere::Absent) if online => Some((t!("fetch"), t!("file-fetch", name = name))),
        Some(FileHere::Absent) => Some((t!("fetch-later"), t!("file-fetch-later", name = name))),
        _ => None,
    };
    html! {
        <div class={classes!("picture", "picture-space")} data-testid="picture-space" data-state={word}>
            <svg {width} {height} viewBox={view_box} role="img" aria-label={file.name.clone()} />
            <div class="picture-words">
                <bdi class="file-name">{ file.name.clone() }</bdi>
                <span class="muted" data-testid="picture-size">{ size::words(file.bytes) }</span>
                if !says.is_empty() {
                    <span class="muted" data-testid="picture-status">{ says }</span>
                }
                if let Some((text, label)) = fetches {
                    <button class="button small" type="button" data-testid="picture-fetch" aria-label={label.clone()} title={label} onclick={fetch}>
                        { icon(Icon::Down) }{ text }
                    </button>
                }
            </div>
        </div>
    }
}
