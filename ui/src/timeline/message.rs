//! One message: who, when, what, how far it has got, and what can be done with it.

use crate::composer::edit_box::EditBox;
use crate::parts::icon::{Icon, icon};
use crate::parts::{dom, time};
use crate::store::{Edit, Store};
use crate::timeline::refusal::Refusal;
use crate::{bridge, people};
use model::RoomId;
use model::view::{Delivery, TimelineItem};
use std::future::Future;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::{
    Callback, Html, Properties, UseStateHandle, classes, component, html, use_effect_with,
    use_mut_ref, use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For all that can be done with it.
    pub(crate) store: Store,
    /// The room.
    pub(crate) room: RoomId,
    /// The message.
    pub(crate) item: Rc<TimelineItem>,
    /// It goes on under the name above it.
    pub(crate) continued: bool,
    /// The edit under way.
    pub(crate) edit: Option<Rc<Edit>>,
}

/// Does something and shows why it failed, if it did.
fn attempt(
    failure: &UseStateHandle<Option<String>>,
    action: impl Future<Output = Result<(), model::view::Failure>> + 'static,
) {
    let failure = failure.setter();
    spawn_local(async move {
        failure.set(action.await.err().map(|reason| reason.text));
    });
}

/// The message.
#[component]
pub(crate) fn Message(props: &Props) -> Html {
    let item = &props.item;
    let confirming = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<String>);
    let edit_button = use_node_ref();
    let was_editing = use_mut_ref(|| false);
    {
        // When the edit box closes, the keyboard goes back to where it was opened.
        let edit_button = edit_button.clone();
        use_effect_with(props.edit.is_some(), move |editing| {
            if was_editing.replace(*editing) && !editing {
                dom::focus(&edit_button);
            }
        });
    }
    let begin_edit = {
        let (store, item) = (props.store.clone(), item.clone());
        Callback::from(move |_| store.begin_edit(&item, None))
    };
    let set_confirming = |to: bool| {
        let confirming = confirming.clone();
        Callback::from(move |_| confirming.set(to))
    };
    let delete = {
        let (confirming, failure) = (confirming.clone(), failure.clone());
        let (room, id) = (props.room, item.id);
        Callback::from(move |_| {
            confirming.set(false);
            attempt(&failure, bridge::delete(room, id));
        })
    };
    let delivery = match &item.delivery {
        Delivery::Sent => "sent",
        Delivery::Pending => "pending",
        Delivery::Failed(_) => "failed",
    };
    let class = classes!(
        "message",
        props.continued.then_some("continued"),
        item.deleted.then_some("deleted"),
        props.edit.is_some().then_some("editing"),
    );
    let changed = props
        .edit
        .as_ref()
        .is_some_and(|edit| item.deleted || edit.original != item.body);
    let can_change = item.mine && !item.deleted && props.edit.is_none();
    html! {
        <article {class} data-testid="message" data-message-id={item.id.to_string()} data-delivery={delivery}
            data-deleted={item.deleted.to_string()} data-edited={item.edited_at.is_some().to_string()} data-mine={item.mine.to_string()}>
            <div class="message-side">
                if props.continued {
                    <time class="muted" aria-hidden="true">{ time::clock(item.created_at) }</time>
                } else {
                    { people::avatar(item.author_id, &item.author_name) }
                }
            </div>
            <div class="message-main">
                <div class="message-head">
                    <strong data-testid="author">{ item.author_name.clone() }</strong>
                    <time class="muted" title={time::moment(item.created_at)}>{ time::clock(item.created_at) }</time>
                </div>
                if changed {
                    <p class="muted hint" role="status" data-testid="changed-meanwhile">
                        { if item.deleted { "Deleted in the meantime; copy your text if it is still needed." } else { "Changed in the meantime to:" } }
                    </p>
                }
                <div class={classes!("body", (props.edit.is_some() && !changed).then_some("hidden"))} data-testid="body">
                    { if item.deleted { "This message was deleted".to_owned() } else { item.body.clone() } }
                </div>
                { marks(item) }
                if let Some(edit) = &props.edit {
                    <EditBox store={props.store.clone()} room={props.room} item={item.clone()} edit={edit.clone()} />
                }
                if let Delivery::Failed(failed) = &item.delivery {
                    <Refusal store={props.store.clone()} room={props.room} item={item.clone()} failed={failed.clone()}
                        editing={props.edit.is_some()} />
                }
                if let Some(text) = &*failure {
                    <p class="error" role="alert" data-testid="action-error">{ text.clone() }</p>
                }
                if *confirming && can_change {
                    <div class="row confirm" role="group" aria-label="Delete this message?">
                        <span>{ "Delete this message for everyone?" }</span>
                        <button class="button small danger" type="button" data-testid="confirm-delete" onclick={delete}>{ "Delete" }</button>
                        <button class="button small" type="button" onclick={set_confirming(false)}>{ "Keep" }</button>
                    </div>
                }
            </div>
            if can_change {
                <div class="message-actions">
                    <button ref={edit_button} class="icon-button" type="button" data-testid="edit-button" aria-label="Edit" title="Edit" onclick={begin_edit}>
                        { icon(Icon::Pencil) }
                    </button>
                    <button class="icon-button" type="button" data-testid="delete-button" aria-label="Delete" title="Delete" onclick={set_confirming(true)}>
                        { icon(Icon::Bin) }
                    </button>
                </div>
            }
        </article>
    }
}

fn marks(item: &TimelineItem) -> Html {
    html! {
        <>
            if let Some(at) = item.edited_at.filter(|_| !item.deleted) {
                <span class="edited muted" data-testid="edited" title={time::moment(at)}>{ "edited" }</span>
            }
            if item.delivery == Delivery::Pending {
                <span class="waiting muted" data-testid="pending" title="Saved on this device; waiting for the relay">
                    { icon(Icon::Clock) }{ "waiting" }
                </span>
            }
        </>
    }
}
