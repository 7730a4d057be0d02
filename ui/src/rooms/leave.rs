//! The question before a room is left.

use crate::parts::dialog::Dialog;
use crate::store::Store;
use crate::text::t;
use model::RoomKind;
use model::view::RoomView;
use yew::{Callback, Html, Properties, component, html};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For leaving.
    pub(crate) store: Store,
    /// Which.
    pub(crate) room: RoomView,
}

/// The question.
#[component]
pub(crate) fn Leave(props: &Props) -> Html {
    let onclose = {
        let store = props.store.clone();
        Callback::from(move |()| store.show(None))
    };
    let cancel = onclose.reform(|_| ());
    let leave = {
        let (store, room) = (props.store.clone(), props.room.id);
        Callback::from(move |_| store.leave_for_good(room))
    };
    let what = match props.room.kind {
        RoomKind::Direct => t!("leave-direct-what"),
        RoomKind::Channel => t!("leave-what"),
    };
    html! {
        <Dialog title={t!("leave-title", name = props.room.name.clone())} {onclose} testid="leave">
            <p>{ what }</p>
            <div class="row">
                <button class="button danger" type="button" data-testid="leave-confirm" onclick={leave}>{ t!("leave-room") }</button>
                <button class="button" type="button" data-autofocus="true" onclick={cancel}>{ t!("cancel") }</button>
            </div>
        </Dialog>
    }
}
