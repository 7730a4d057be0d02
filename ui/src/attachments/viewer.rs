//! An image over the whole window. Arrows go to the message's other images, plus and minus change its size, Escape closes.

use super::{attempt, is_whole, use_file};
use crate::bridge;
use crate::parts::dialog::Dialog;
use crate::parts::icon::{Icon, icon};
use crate::text::t;
use model::{Attachment, RoomId};
use web_sys::KeyboardEvent;
use yew::{Callback, Html, Properties, classes, component, html, use_state_eq};

/// Hundredths of the image's own size; 0: as it fits.
const ZOOMS: [u32; 6] = [0, 50, 100, 150, 200, 400];

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// The message's room.
    pub(crate) room: RoomId,
    /// The message's images.
    pub(crate) files: Vec<Attachment>,
    /// The first to be shown.
    pub(crate) at: usize,
    /// The person wants it closed.
    pub(crate) onclose: Callback<()>,
}

/// The viewer.
#[component]
pub(crate) fn Viewer(props: &Props) -> Html {
    let at = use_state_eq(|| props.at);
    let zoom = use_state_eq(|| 0_usize);
    let count = props.files.len();
    let Some(file) = props
        .files
        .get(*at)
        .or_else(|| props.files.first())
        .cloned()
    else {
        return Html::default();
    };
    let go = {
        let (at, zoom) = (at.clone(), zoom.clone());
        Callback::from(move |step: isize| {
            let next = at.checked_add_signed(step).filter(|next| *next < count);
            if let Some(next) = next {
                at.set(next);
                zoom.set(0);
            }
        })
    };
    let set_zoom = {
        let zoom = zoom.clone();
        Callback::from(move |to: Option<isize>| {
            let next = to.map_or(Some(0), |step| zoom.checked_add_signed(step));
            if let Some(next) = next.filter(|next| *next < ZOOMS.len()) {
                zoom.set(next);
            }
        })
    };
    let onkeydown = {
        let (go, set_zoom) = (go.clone(), set_zoom.clone());
        Callback::from(move |event: KeyboardEvent| {
            match event.key().as_str() {
                "ArrowRight" if count > 1 => go.emit(1),
                "ArrowLeft" if count > 1 => go.emit(-1),
                "+" | "=" => set_zoom.emit(Some(1)),
                "-" => set_zoom.emit(Some(-1)),
                "0" => set_zoom.emit(None),
                _ => return,
            }
            event.prevent_default();
        })
    };
    html! {
        <Dialog title={file.name.clone()} onclose={props.onclose.clone()} class={classes!("wide", "viewer")} testid="viewer">
            <div class="viewer-main" tabindex="0" data-autofocus="true" {onkeydown} aria-label={t!("viewer-keys")} role="group">
                <Shown room={props.room} file={file} zoom={ZOOMS.get(*zoom).copied().unwrap_or(0)} />
                <div class="viewer-bar row">
                    if count > 1 {
                        <button class="button small" type="button" disabled={*at == 0} onclick={go.reform(|_| -1)}>{ t!("viewer-before") }</button>
                        <span class="muted">{ t!("viewer-place", at = *at + 1, count = count) }</span>
                        <button class="button small" type="button" disabled={*at + 1 == count} onclick={go.reform(|_| 1)}>{ t!("viewer-next") }</button>
                    }
                    <button class="button small" type="button" data-testid="zoom-out" aria-label={t!("viewer-smaller")} title={t!("viewer-smaller")}
                        disabled={*zoom == 0} onclick={set_zoom.reform(|_| Some(-1))}>{ "−" }</button>
                    <button class="button small" type="button" data-testid="zoom-in" aria-label={t!("viewer-larger")} title={t!("viewer-larger")}
                        disabled={*zoom + 1 == ZOOMS.len()} onclick={set_zoom.reform(|_| Some(1))}>{ icon(Icon::Plus) }</button>
                </div>
            </div>
        </Dialog>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct ShownProps {
    room: RoomId,
    file: Attachment,
    zoom: u32,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let file = &props.file;
    let (context, state) = use_file(props.room, file.hash);
    let store = context.map(|context| context.store);
    let save = {
        let (store, file) = (store.clone(), file.clone());
        Callback::from(move |_| {
            let file = file.clone();
            attempt(store.clone(), async move {
                let path = bridge::save_file(&file).await?;
                Ok(Some(t!("file-saved", path = path)))
            });
        })
    };
    let save_as = {
        let file = file.clone();
        Callback::from(move |_| {
            let file = file.clone();
            attempt(store.clone(), async move {
                let path = bridge::save_file_as(&file).await?;
                Ok(path.map(|path| t!("file-saved", path = path)))
            });
        })
    };
    if !is_whole(state.as_ref()) {
        return html! { <p class="muted viewer-space">{ t!("file-elsewhere") }</p> };
    }
    let (width, _) = file.image_size().unwrap_or((1, 1));
    let width =
        (props.zoom > 0).then(|| (u64::from(width) * u64::from(props.zoom) / 100).to_string());
    html! {
        <>
            <div class={classes!("viewer-space", width.is_none().then_some("fits"))}>
                <img src={bridge::image_address(file.hash, false)} {width} alt={file.name.clone()} data-testid="viewer-image"
                    data-zoom={props.zoom.to_string()} draggable="false" />
            </div>
            <div class="row viewer-save">
                <button class="button small" type="button" data-testid="viewer-save" title={t!("file-save", name = file.name.clone())} onclick={save}>{ t!("save") }</button>
                <button class="button small" type="button" data-testid="viewer-save-as" onclick={save_as}>{ t!("save-as") }</button>
            </div>
        </>
    }
}
