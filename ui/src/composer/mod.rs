//! Where a new message is written.
//!
//! Invariant: the text leaves the field only after the message is in the local database; what is typed meanwhile stays.

pub(crate) mod edit_box;

use crate::bridge;
use crate::parts::dom;
use crate::parts::icon::{Icon, icon};
use crate::store::{Draft, Store};
use model::RoomId;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{InputEvent, KeyboardEvent, SubmitEvent};
use yew::{
    Callback, Html, NodeRef, Properties, UseStateSetter, component, html, use_effect_with,
    use_mut_ref, use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For the draft.
    pub(crate) store: Store,
    /// Where the message goes.
    pub(crate) room: RoomId,
    /// The room's name.
    pub(crate) name: String,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Sending {
    #[default]
    Idle,
    Running,
    /// The person wants what they typed meanwhile sent too.
    Again,
}

#[derive(Clone)]
struct Sender {
    store: Store,
    area: NodeRef,
    /// The room that the field belongs to now.
    room: Rc<RefCell<Option<RoomId>>>,
    sending: Rc<Cell<Sending>>,
    failure: UseStateSetter<Option<(RoomId, String)>>,
}

impl Sender {
    fn send(&self) {
        let Some(room) = *self.room.borrow() else {
            return;
        };
        if self.sending.get() != Sending::Idle {
            self.sending.set(Sending::Again);
            return;
        }
        self.sending.set(Sending::Running);
        let sender = self.clone();
        let body = dom::text(&self.area);
        spawn_local(async move {
            sender.store.set_writing(true);
            let reply_to = sender.store.reply_to(room);
            match bridge::post(room, &body, reply_to).await {
                Ok(_) => {
                    sender.store.end_reply(room);
                    sender.failure.set(None);
                    sender.take(room, &body);
                }
                Err(reason) => {
                    sender.store.set_writing(false);
                    sender.failure.set(Some((room, reason.text)));
                }
            }
            if sender.sending.replace(Sending::Idle) == Sending::Again {
                sender.send();
            }
        });
    }

    /// Takes a written text out of the field, or out of the draft if the field shows another room by now.
    fn take(&self, room: RoomId, body: &str) {
        let here = *self.room.borrow() == Some(room);
        let text = if here {
            dom::text(&self.area)
        } else {
            self.store.draft(Draft::Post(room))
        };
        let rest = text.strip_prefix(body).unwrap_or(&text).to_owned();
        if here {
            dom::set_text(&self.area, &rest);
        }
        self.store.set_draft(Draft::Post(room), rest);
    }
}

/// The field and its button.
#[component]
pub(crate) fn Composer(props: &Props) -> Html {
    let area = use_node_ref();
    let failure = use_state_eq(|| None::<(RoomId, String)>);
    let room = use_mut_ref(|| None::<RoomId>);
    let sending = use_mut_ref(|| Rc::new(Cell::new(Sending::Idle)));
    let sender = Sender {
        store: props.store.clone(),
        area: area.clone(),
        room: room.clone(),
        sending: sending.borrow().clone(),
        failure: failure.setter(),
    };
    {
        let (area, store) = (area.clone(), props.store.clone());
        use_effect_with(props.room, move |now| {
            *room.borrow_mut() = Some(*now);
            dom::set_text(&area, &store.draft(Draft::Post(*now)));
            dom::focus(&area);
        });
    }
    let oninput = {
        let (area, store, failure, room) = (
            area.clone(),
            props.store.clone(),
            failure.setter(),
            props.room,
        );
        Callback::from(move |_: InputEvent| {
            store.set_draft(Draft::Post(room), dom::text(&area));
            dom::fit(&area);
            failure.set(None);
        })
    };
    let onkeydown = {
        let (sender, area) = (sender.clone(), area.clone());
        Callback::from(move |event: KeyboardEvent| {
            if dom::is_submit(&event) {
                event.prevent_default();
                sender.send();
            } else if event.key() == "ArrowUp" && dom::text(&area).is_empty() {
                event.prevent_default();
                sender.store.edit_last();
            }
        })
    };
    let onsubmit = Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        sender.send();
    });
    let label = format!("Message #{}", props.name);
    let failed = failure.as_ref().filter(|(room, _)| *room == props.room);
    html! {
        <form class="composer" {onsubmit}>
            if let Some((_, text)) = failed {
                <p class="error" role="alert" data-testid="composer-error">{ text.clone() }</p>
            }
            <div class="composer-box">
                <textarea ref={area} data-testid="composer" rows="1" aria-label={label.clone()} placeholder={label} {oninput} {onkeydown} />
                <button class="button primary send" type="submit" data-testid="send-button" aria-label="Send" title="Send (Enter)">
                    { icon(Icon::Send) }
                </button>
            </div>
        </form>
    }
}
