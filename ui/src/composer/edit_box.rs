//! Where an own message is changed, in its place.
//!
//! Invariant: the text and the revision that the edit began from are the store's, so rows that arrive, another room or
//! a failed saving take nothing from it.

use crate::bridge;
use crate::parts::dom;
use crate::store::{Draft, Edit, Store};
use model::RoomId;
use model::view::TimelineItem;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{InputEvent, KeyboardEvent, SubmitEvent};
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For the draft.
    pub(crate) store: Store,
    /// The room.
    pub(crate) room: RoomId,
    /// The message as it is now.
    pub(crate) item: Rc<TimelineItem>,
    /// What was begun.
    pub(crate) edit: Rc<Edit>,
}

/// The field and its buttons.
#[component]
pub(crate) fn EditBox(props: &Props) -> Html {
    let id = props.item.id;
    let area = use_node_ref();
    let busy = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<String>);
    {
        let (area, store) = (area.clone(), props.store.clone());
        use_effect_with(id, move |id| {
            dom::set_text(&area, &store.draft(Draft::Edit(*id)));
            dom::focus_end(&area);
        });
    }
    let save = {
        let (area, busy, failure) = (area.clone(), busy.clone(), failure.setter());
        let (store, room, edit) = (props.store.clone(), props.room, props.edit.clone());
        Callback::from(move |()| {
            if *busy {
                return;
            }
            busy.set(true);
            let (busy, failure) = (busy.clone(), failure.clone());
            let (store, edit, body) = (store.clone(), edit.clone(), dom::text(&area));
            spawn_local(async move {
                let base = (edit.base_rev, edit.original.as_str());
                let saved = bridge::edit(room, id, base, &body, edit.replaces).await;
                busy.set(false);
                match saved {
                    Ok(()) => store.end_edit(id),
                    Err(reason) => failure.set(Some(reason.text)),
                }
            });
        })
    };
    let cancel = {
        let store = props.store.clone();
        Callback::from(move |()| store.end_edit(id))
    };
    let oninput = {
        let (area, store, failure) = (area.clone(), props.store.clone(), failure.setter());
        Callback::from(move |_: InputEvent| {
            store.set_draft(Draft::Edit(id), dom::text(&area));
            dom::fit(&area);
            failure.set(None);
        })
    };
    let onkeydown = {
        let (save, cancel) = (save.clone(), cancel.clone());
        Callback::from(move |event: KeyboardEvent| {
            if dom::is_submit(&event) {
                event.prevent_default();
                save.emit(());
            } else if event.key() == "Escape" {
                event.prevent_default();
                cancel.emit(());
            }
        })
    };
    let onsubmit = Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        save.emit(());
    });
    html! {
        <form class="edit-box" {onsubmit}>
            <textarea ref={area} data-testid="edit-input" rows="1" aria-label="Edit the message" {oninput} {onkeydown} />
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="edit-error">{ text.clone() }</p>
            }
            <div class="row">
                <button class="button small primary" type="submit" data-testid="edit-save" disabled={*busy}>{ "Save" }</button>
                <button class="button small" type="button" data-testid="edit-cancel" onclick={move |_| cancel.emit(())}>{ "Cancel" }</button>
                <span class="muted hint">{ "Enter saves · Shift+Enter new line · Esc cancels" }</span>
            </div>
        </form>
    }
}
