//! Where a new message is written.
//!
//! - [`field`]: the field with its marks, suggestions, emoji and preview; [`edit_box`] is made of it too.
//! - [`change`]: what a key does to a text; [`completion`]: what a word could name. Both pure.
//! - [`area`]: the element that holds the text; [`toolbar`], [`suggestions`], [`emoji`]: what stands around it.
//!
//! Invariant: the text leaves the field only after the message is in the local database; what is typed meanwhile stays.

pub(crate) mod area;
pub(crate) mod change;
pub(crate) mod completion;
pub(crate) mod edit_box;
pub(crate) mod emoji;
pub(crate) mod field;
mod suggestions;
mod toolbar;

use self::area::Area;
use self::emoji::shortcodes;
use self::field::{Field, Fit};
use crate::attachments::strip::{self, Clip, Strip};
use crate::parts::icon::{Icon, icon};
use crate::store::{Draft, Store};
use crate::text::t;
use crate::{attachments, bridge};
use model::RoomId;
use model::view::Failure;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{ClipboardEvent, DragEvent, SubmitEvent};
use yew::{
    Callback, Html, Properties, UseStateSetter, component, html, use_context, use_effect_with,
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
    /// Why nothing can be written here.
    #[prop_or_default]
    pub(crate) closed: Option<Rc<Failure>>,
    /// Above the field: files that go with the message, what it answers.
    #[prop_or_default]
    pub(crate) above: Html,
    /// Buttons beside the field.
    #[prop_or_default]
    pub(crate) buttons: Html,
    /// Something was pasted; says whether it is taken care of.
    #[prop_or_default]
    pub(crate) onpaste: Option<Callback<ClipboardEvent, bool>>,
    /// Something was dropped; says whether it is taken care of.
    #[prop_or_default]
    pub(crate) ondrop: Option<Callback<DragEvent, bool>>,
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
    area: Area,
    /// The room that the field belongs to now.
    room: Rc<RefCell<Option<RoomId>>>,
    sending: Rc<Cell<Sending>>,
    /// Files go with it, so it may be empty.
    has_files: bool,
    failure: UseStateSetter<Option<(RoomId, String)>>,
    /// Counts what was sent.
    count: Rc<Cell<u32>>,
    sent: UseStateSetter<u32>,
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
        let typed = self.area.text();
        if Fit::of(&typed) == Fit::Empty && !self.has_files {
            return;
        }
        self.sending.set(Sending::Running);
        let sender = self.clone();
        spawn_local(async move {
            sender.store.set_writing(true);
            sender.store.hold_draft(room).await;
            let reply_to = sender.store.reply_to(room);
            let posted = bridge::post(room, &typed, &shortcodes::convert(&typed), reply_to).await;
            sender.store.release_draft(room);
            match posted {
                Ok(_) => {
                    sender.store.replied(room, reply_to);
                    sender.failure.set(None);
                    sender.take(room, &typed);
                    let count = sender.count.get() + 1;
                    sender.count.set(count);
                    sender.sent.set(count);
                }
                Err(reason) => {
                    sender.store.set_writing(false);
                    sender.failure.set(Some((room, reason.text)));
                    // What was typed since is still to be written.
                    let draft = Draft::Post(room);
                    sender.store.set_draft(draft, sender.store.draft(draft));
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
            self.area.text()
        } else {
            self.store.draft(Draft::Post(room))
        };
        let rest = text.strip_prefix(body).unwrap_or(&text).to_owned();
        if here {
            self.area.fill(&rest);
        } else {
            self.store.set_draft(Draft::Post(room), rest);
        }
    }
}

/// The field and its button; or why there is none.
#[component]
pub(crate) fn Composer(props: &Props) -> Html {
    let node = use_node_ref();
    let failure = use_state_eq(|| None::<(RoomId, String)>);
    let fit = use_state_eq(Fit::default);
    let room = use_mut_ref(|| None::<RoomId>);
    let sending = use_mut_ref(|| Rc::new(Cell::new(Sending::Idle)));
    let count = use_mut_ref(|| Rc::new(Cell::new(0)));
    let sent = use_state_eq(|| 0_u32);
    let area = Area(node);
    let has_files = use_context::<attachments::Context>()
        .is_some_and(|context| context.drafts.iter().any(|one| one.room_id == props.room));
    let sender = Sender {
        store: props.store.clone(),
        area: area.clone(),
        room: room.clone(),
        sending: sending.borrow().clone(),
        has_files,
        failure: failure.setter(),
        count: count.borrow().clone(),
        sent: sent.setter(),
    };
    use_effect_with(props.room, move |now| {
        *room.borrow_mut() = Some(*now);
    });
    if let Some(why) = &props.closed {
        return html! {
            <div class="composer closed" role="note" data-testid="composer-closed">
                { icon(Icon::Lock) }<span>{ why.text.clone() }</span>
            </div>
        };
    }
    let submit = {
        let sender = sender.clone();
        Callback::from(move |()| sender.send())
    };
    let onsubmit = submit.reform(|event: SubmitEvent| event.prevent_default());
    let onup = {
        let store = props.store.clone();
        Callback::from(move |()| store.edit_last())
    };
    let onchange = {
        let failure = failure.setter();
        Callback::from(move |()| failure.set(None))
    };
    let onfit = {
        let fit = fit.setter();
        Callback::from(move |found| fit.set(found))
    };
    // A file that is not taken.
    let refused = {
        let (failure, room) = (failure.setter(), props.room);
        Callback::from(move |text| failure.set(Some((room, text))))
    };
    let buttons = html! {
        <>
            { props.buttons.clone() }
            <Clip room={props.room} onfailure={refused.clone()} />
        </>
    };
    let onpaste = props.onpaste.clone();
    let onpaste = onpaste.unwrap_or_else(|| strip::onpaste(props.room, refused.clone()));
    let ondrop = props.ondrop.clone();
    let ondrop = ondrop.unwrap_or_else(|| strip::ondrop(props.room, refused));
    let label = t!("message-to", room = props.name.clone());
    let failed = failure.as_ref().filter(|(room, _)| *room == props.room);
    html! {
        <form class="composer" {onsubmit} ondragover={strip::ondragover()}>
            if let Some((_, text)) = failed {
                <p class="error" role="alert" data-testid="composer-error">{ text.clone() }</p>
            }
            { props.above.clone() }
            <Strip room={props.room} />
            <Field store={props.store.clone()} draft={Draft::Post(props.room)} area={area.clone()} testid="composer" {label} onsubmit={submit}
                sent={*sent} {onup} {onchange} {onfit} {onpaste} {ondrop} {buttons}>
                <button class="button primary send" type="submit" data-testid="send-button" aria-label={t!("send")} title={t!("send-hint")}
                    disabled={*fit == Fit::Empty && !has_files}>
                    { icon(Icon::Send) }
                </button>
            </Field>
        </form>
    }
}
