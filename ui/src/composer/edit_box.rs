//! Where an own message is changed, in its place.
//!
//! Invariant: the text and the revision that the edit began from are the store's, so rows that arrive, another room or
//! a failed saving take nothing from it; the room's own draft is another one. Escape asks before a changed text is given up.

use super::area::Area;
use super::emoji::shortcodes;
use super::field::{Field, Fit};
use crate::bridge;
use crate::parts::{dom, focus};
use crate::store::{Draft, Edit, Store};
use crate::text::t;
use model::RoomId;
use model::view::TimelineItem;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{KeyboardEvent, SubmitEvent};
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_mut_ref, use_node_ref,
    use_state_eq,
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
    let area = Area(use_node_ref());
    let keep = use_node_ref();
    let busy = use_state_eq(|| false);
    let asking = use_state_eq(|| false);
    let fit = use_state_eq(Fit::default);
    let failure = use_state_eq(|| None::<String>);
    // Where the keyboard was before: the message, if its key opened this; the composer, if ArrowUp did. A button that opened it is gone by
    // then, and whoever has finished an edit writes on.
    let before = use_mut_ref(focus::active);
    use_effect_with((), move |()| {
        let before = before.borrow().clone();
        move || focus::give_back(before, "[data-testid=composer]")
    });
    {
        let keep = keep.clone();
        use_effect_with(*asking, move |asking| {
            if *asking {
                dom::focus(&keep);
            }
        });
    }
    let save = {
        let (area, busy, failure) = (area.clone(), busy.clone(), failure.setter());
        let (store, room, edit) = (props.store.clone(), props.room, props.edit.clone());
        Callback::from(move |()| {
            if *busy || Fit::of(&area.text()) == Fit::Empty {
                return;
            }
            busy.set(true);
            let (busy, failure) = (busy.clone(), failure.clone());
            let (store, edit) = (store.clone(), edit.clone());
            let typed = area.text();
            spawn_local(async move {
                let base = (edit.base_rev, edit.original.as_str());
                let body = shortcodes::convert(&typed);
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
        let (store, asking) = (props.store.clone(), asking.clone());
        Callback::from(move |()| {
            if store.is_changed(id) {
                asking.set(true);
            } else {
                store.end_edit(id);
            }
        })
    };
    let give_up = {
        let store = props.store.clone();
        Callback::from(move |_| store.end_edit(id))
    };
    let go_on = {
        let (asking, area) = (asking.clone(), area.clone());
        Callback::from(move |()| {
            asking.set(false);
            dom::focus(&area.0);
        })
    };
    let onchange = {
        let failure = failure.setter();
        Callback::from(move |()| failure.set(None))
    };
    let onfit = {
        let fit = fit.setter();
        Callback::from(move |found| fit.set(found))
    };
    let onsubmit = save.reform(|event: SubmitEvent| event.prevent_default());
    let onescape = {
        let go_on = go_on.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                event.stop_propagation();
                go_on.emit(());
            }
        })
    };
    html! {
        <form class="edit-box" {onsubmit}>
            <Field store={props.store.clone()} draft={Draft::Edit(id)} {area} testid="edit-input" label={t!("edit-message")}
                onsubmit={save} onescape={cancel.clone()} {onchange} {onfit} />
            if let Some(text) = &*failure {
                <p class="error" role="alert" data-testid="edit-error">{ text.clone() }</p>
            }
            if *asking {
                <div class="row" role="alertdialog" aria-label={t!("give-up-edit")} data-testid="edit-asks" onkeydown={onescape}>
                    <span>{ t!("give-up-edit") }</span>
                    <button ref={keep} class="button small primary" type="button" data-testid="edit-go-on" onclick={go_on.reform(|_| ())}>{ t!("go-on-editing") }</button>
                    <button class="button small danger" type="button" data-testid="edit-give-up" onclick={give_up}>{ t!("give-up") }</button>
                </div>
            } else {
                <div class="row">
                    <button class="button small primary" type="submit" data-testid="edit-save" disabled={*busy || *fit == Fit::Empty}>{ t!("save") }</button>
                    <button class="button small" type="button" data-testid="edit-cancel" onclick={cancel.reform(|_| ())}>{ t!("cancel") }</button>
                    <span class="muted hint">{ t!("edit-keys") }</span>
                </div>
            }
        </form>
    }
}
