//! One message: who, when, what it answers, what it says, how far it has got, and what can be done with it.

use super::actions::{self, Action, Toolbar};
use super::delivery::Marks;
use super::message_body::Body;
use super::reactions::{Picker, Reactions};
use super::refusal::Refusal;
use super::reply::ReplyPreview;
use crate::attachments::Attachments;
use crate::composer::edit_box::EditBox;
use crate::parts::confirm::{Answer, Confirm};
use crate::parts::{dom, time};
use crate::people;
use crate::store::{Edit, Store};
use crate::text::t;
use model::view::{Abilities, Delivery, TimelineItem};
use model::{MessageId, RoomId};
use std::rc::Rc;
use yew::{Callback, Html, Properties, classes, component, html};

/// What is open on a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    /// The menu, at a place of the frame.
    Menu(i32, i32),
    /// The row of emoji.
    Picker,
    /// The question whether to delete it.
    Deleting,
}

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
    /// It is our newest one on the screen.
    pub(crate) newest_own: bool,
    /// The edit under way.
    pub(crate) edit: Option<Rc<Edit>>,
    /// What we may do in the room.
    pub(crate) may: Abilities,
    /// The mouse or the keyboard is on it.
    pub(crate) active: bool,
    /// The keyboard comes to it by Tab.
    pub(crate) reachable: bool,
    /// The number of the jump that led to it.
    pub(crate) target: Option<u32>,
    /// What is open on it.
    pub(crate) open: Option<Open>,
    /// Why the last thing that was done with it failed.
    pub(crate) failure: Option<String>,
    /// Does something.
    pub(crate) act: Callback<(MessageId, Action)>,
    /// Opens something, or closes what is open.
    pub(crate) set_open: Callback<(MessageId, Option<Open>)>,
    /// Puts a reaction on it, or takes it back.
    pub(crate) react: Callback<(MessageId, String, bool)>,
    /// Deletes it: the person has said so twice.
    pub(crate) delete: Callback<MessageId>,
}

/// The message.
#[component]
pub(crate) fn Message(props: &Props) -> Html {
    let (item, id) = (&props.item, props.item.id);
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
        props.active.then_some("active"),
        props.target.map(|number| if number % 2 == 0 {
            "target"
        } else {
            "target again"
        }),
    );
    let moment = time::moment(item.created_at);
    html! {
        <article {class} tabindex={if props.reachable { "0" } else { "-1" }} data-testid="message" data-message-id={id.to_string()}
            data-delivery={delivery} data-deleted={item.deleted.to_string()} data-edited={item.edited_at.is_some().to_string()}
            data-mine={item.mine.to_string()} data-target={props.target.is_some().to_string()}
            aria-label={t!("message-by", name = item.author_name.clone(), moment = moment.clone())}>
            <div class="message-side">
                if props.continued {
                    <time class="muted" aria-hidden="true">{ time::clock(item.created_at) }</time>
                } else {
                    { people::avatar(item.author_id, &item.author_name) }
                }
            </div>
            <div class="message-main">
                if let Some(reply) = &item.reply {
                    <ReplyPreview reply={reply.clone()} jump={jump(props)} />
                }
                <div class="message-head">
                    <strong data-testid="author">{ item.author_name.clone() }</strong>
                    <time class="muted" title={moment}>{ time::clock(item.created_at) }</time>
                </div>
                { text(props) }
                <Marks item={item.clone()} newest_own={props.newest_own} versions={show_versions(props)} />
                <Attachments room={props.room} files={item.attachments.clone()} />
                if !item.reactions.is_empty() {
                    <Reactions reactions={item.reactions.clone()} may={props.may.write} react={react(props)}
                        add={set_open(props, Some(Open::Picker))} />
                }
                if props.open == Some(Open::Picker) {
                    <Picker pick={pick(props)} close={set_open(props, None)} />
                }
                if let Delivery::Failed(failed) = &item.delivery {
                    <Refusal store={props.store.clone()} room={props.room} item={item.clone()} failed={failed.clone()}
                        editing={props.edit.is_some()} />
                }
                if let Some(text) = &props.failure {
                    <p class="error" role="alert" data-testid="action-error">{ text.clone() }</p>
                }
                if props.open == Some(Open::Deleting) {
                    { deleting(props) }
                }
            </div>
            if props.active && props.edit.is_none() {
                <Toolbar message={id} actions={actions::offered(item, props.may, false)} act={props.act.clone()} more={more(props)} />
            }
        </article>
    }
}

/// What it says, and what is written in its place.
fn text(props: &Props) -> Html {
    let item = &props.item;
    let changed = props
        .edit
        .as_ref()
        .is_some_and(|edit| item.deleted || edit.original != item.body);
    let hidden = props.edit.is_some() && !changed;
    html! {
        <>
            if changed {
                <p class="muted hint" role="status" data-testid="changed-meanwhile">
                    { if item.deleted { t!("deleted-meanwhile") } else { t!("changed-meanwhile") } }
                </p>
            }
            <div class={classes!("body", hidden.then_some("hidden"))} data-testid="body">
                if item.deleted {
                    { t!("message-deleted") }
                } else {
                    <Body text={item.body.clone()} />
                }
            </div>
            if let Some(edit) = &props.edit {
                <EditBox store={props.store.clone()} room={props.room} item={item.clone()} edit={edit.clone()} />
            }
        </>
    }
}

fn deleting(props: &Props) -> Html {
    let (delete, id) = (props.delete.clone(), props.item.id);
    let yes = Answer {
        label: t!("delete-yes").into(),
        testid: "confirm-delete",
    };
    let no = Answer {
        label: t!("delete-no").into(),
        testid: "keep-message",
    };
    html! {
        <Confirm question={t!("delete-question")} {yes} {no} onyes={move |()| delete.emit(id)} onno={set_open(props, None)} />
    }
}

fn set_open(props: &Props, open: Option<Open>) -> Callback<()> {
    let (set, id) = (props.set_open.clone(), props.item.id);
    Callback::from(move |()| set.emit((id, open)))
}

fn jump(props: &Props) -> Callback<MessageId> {
    let (store, room) = (props.store.clone(), props.room);
    Callback::from(move |message| store.jump_to(room, message))
}

fn show_versions(props: &Props) -> Callback<MessageId> {
    let (store, room) = (props.store.clone(), props.room);
    Callback::from(move |message| store.open_versions(room, message))
}

fn react(props: &Props) -> Callback<(String, bool)> {
    let (react, id) = (props.react.clone(), props.item.id);
    Callback::from(move |(emoji, on)| react.emit((id, emoji, on)))
}

/// Picking what is on already takes it back.
fn pick(props: &Props) -> Callback<String> {
    let (react, close) = (react(props), set_open(props, None));
    let item = props.item.clone();
    Callback::from(move |emoji: String| {
        let mine = item
            .reactions
            .iter()
            .any(|reaction| reaction.mine && reaction.emoji == emoji);
        close.emit(());
        react.emit((emoji, !mine));
    })
}

/// Opens the menu under its button.
fn more(props: &Props) -> Callback<yew::MouseEvent> {
    let (set, id) = (props.set_open.clone(), props.item.id);
    Callback::from(move |event: yew::MouseEvent| {
        event.stop_propagation();
        let (x, y) = dom::in_frame(&event);
        set.emit((id, Some(Open::Menu(x, y))));
    })
}
