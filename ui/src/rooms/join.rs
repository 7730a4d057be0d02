//! A link led to a room that we are not in: join it, if it is one that can be joined.

use crate::parts::dialog::Dialog;
use crate::store::Store;
use crate::text::t;
use model::RoomId;
use model::view::DirectoryView;
use yew::{Callback, Html, Properties, component, html};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For joining.
    pub(crate) store: Store,
    /// Which.
    pub(crate) room: RoomId,
    /// It, if the relay has told of it.
    pub(crate) entry: Option<DirectoryView>,
}

/// The question.
#[component]
pub(crate) fn Join(props: &Props) -> Html {
    let onclose = {
        let store = props.store.clone();
        Callback::from(move |()| store.show(None))
    };
    let cancel = onclose.reform(|_| ());
    let join = {
        let (store, room) = (props.store.clone(), props.room);
        Callback::from(move |_| store.join(room))
    };
    let Some(entry) = &props.entry else {
        return html! {
            <Dialog title={t!("join-unknown-title")} {onclose} testid="join-room">
                <p>{ t!("join-unknown") }</p>
                <button class="button" type="button" onclick={cancel}>{ t!("close") }</button>
            </Dialog>
        };
    };
    html! {
        <Dialog title={t!("join-title", name = entry.name.clone())} {onclose} testid="join-room">
            if !entry.topic.is_empty() {
                <p>{ entry.topic.clone() }</p>
            }
            <p class="muted">{ t!("people-count", count = entry.members) }</p>
            <div class="row">
                <button class="button primary" type="button" data-testid="join-confirm" onclick={join}>{ t!("join") }</button>
                <button class="button" type="button" onclick={cancel}>{ t!("cancel") }</button>
            </div>
        </Dialog>
    }
}
