//! The messages of the open room, newest at the bottom. When it moves is decided in [`scroll`]; what is loaded in [`window`]; in
//! [`stand`] the decision is made true in the document.
//!
//! - [`list`], [`message`] and what stands on a message: [`message_body`], [`reply`], [`reactions`], [`delivery`], [`refusal`].
//! - [`actions`], [`menu`], [`doing`]: what a person does with a message.
//! - [`rail`], [`calendar`], [`days`], [`pins`], [`versions`], [`announce`]: around the messages.

pub(crate) mod actions;
mod announce;
mod calendar;
pub(crate) mod days;
mod delivery;
mod doing;
mod frame;
mod list;
mod menu;
pub(crate) mod message;
mod message_body;
mod pins;
mod rail;
pub(crate) mod reactions;
pub(crate) mod refusal;
pub(crate) mod reply;
pub(crate) mod scroll;
mod stand;
pub(crate) mod versions;
pub(crate) mod window;

use self::actions::Action;
use self::announce::{Announcer, Said};
use self::calendar::Calendar;
use self::doing::{Acts, Doing};
use self::frame::{Frame, Sight};
use self::list::Messages;
use self::menu::Menu;
use self::message::Open;
use self::pins::Pins;
use self::rail::Rail;
use self::versions::VersionsPanel;
use self::window::Window;
use crate::parts::icon::{Icon, icon};
use crate::parts::{dom, time};
use crate::store::{Missing, State, Store};
use crate::text::t;
use model::MessageId;
use model::view::UNREAD_MAX;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{FocusEvent, HtmlElement, KeyboardEvent};
use yew::{
    Callback, Html, MouseEvent, NodeRef, Properties, component, html, use_callback, use_effect,
    use_effect_with, use_memo, use_mut_ref, use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For loading and for messages.
    pub(crate) store: Store,
    /// What is on the screen.
    pub(crate) state: State,
}

/// The elements that scrolling is about.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Nodes {
    list: NodeRef,
    spare: NodeRef,
    content: NodeRef,
    below: NodeRef,
}

/// The message that an event is about.
fn message_of(event: &web_sys::Event) -> Option<MessageId> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    dom::message_of(&target)?.parse().ok()
}

/// The messages.
#[component]
pub(crate) fn Timeline(props: &Props) -> Html {
    let (store, state) = (&props.store, &props.state);
    let shown = state.window.clone();
    let nodes = Nodes {
        list: use_node_ref(),
        spare: use_node_ref(),
        content: use_node_ref(),
        below: use_node_ref(),
    };
    let sight = use_state_eq(Sight::default);
    let said = use_state_eq(Said::default);
    let frame = use_mut_ref(Frame::default);
    frame
        .borrow_mut()
        .attach(store, &nodes, &sight, &said, shown.clone());
    {
        let frame = frame.clone();
        use_effect(move || Frame::settle(&frame));
    }
    {
        let frame = frame.clone();
        use_effect_with((), move |()| Frame::watch(&frame));
    }
    let pointed = use_state_eq(|| None::<MessageId>);
    let focused = use_state_eq(|| None::<MessageId>);
    let has_keyboard = use_state_eq(|| false);
    let open = use_state_eq(|| None::<(MessageId, Option<Open>)>);
    let failure = use_state_eq(|| None::<(MessageId, String)>);
    let calendar = use_state_eq(|| false);
    {
        let (open, failure, calendar) = (open.setter(), failure.setter(), calendar.setter());
        use_effect_with(state.open, move |_| {
            open.set(None);
            failure.set(None);
            calendar.set(false);
        });
    }
    let doing = {
        let (open, failure) = (open.setter(), failure.setter());
        use_memo(store.clone(), move |store| Doing {
            store: store.clone(),
            open,
            failure,
        })
    };
    let acts = {
        let doing = doing.clone();
        use_memo(store.clone(), move |_| Acts::of(&doing))
    };
    let choose_day = {
        let calendar = calendar.setter();
        use_callback((), move |_: MouseEvent, ()| calendar.set(true))
    };
    let onscroll = {
        let frame = frame.clone();
        Callback::from(move |_: web_sys::Event| Frame::scrolled(&frame))
    };
    let onmouseover = {
        let (pointed, frame) = (pointed.setter(), frame.clone());
        Callback::from(move |event: MouseEvent| {
            // What passes under a resting mouse was not pointed at.
            if !frame.borrow().is_moving() {
                pointed.set(message_of(&event));
            }
        })
    };
    let onmouseleave = {
        let pointed = pointed.setter();
        Callback::from(move |_: MouseEvent| pointed.set(None))
    };
    let onfocusin = {
        let (focused, has_keyboard) = (focused.setter(), has_keyboard.setter());
        Callback::from(move |event: FocusEvent| {
            if let Some(id) = message_of(&event) {
                focused.set(Some(id));
                has_keyboard.set(true);
            }
        })
    };
    let onfocusout = {
        let has_keyboard = has_keyboard.setter();
        Callback::from(move |event: FocusEvent| {
            let into = event
                .related_target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            if into.is_none_or(|into| dom::message_of(&into).is_none()) {
                has_keyboard.set(false);
            }
        })
    };
    let oncontextmenu = {
        let open = open.clone();
        Callback::from(move |event: MouseEvent| {
            let marked = web_sys::window()
                .and_then(|window| window.get_selection().ok().flatten())
                .is_some_and(|selection| !selection.is_collapsed());
            if let Some(id) = message_of(&event)
                && !marked
            {
                event.prevent_default();
                let (x, y) = dom::in_frame(&event);
                open.set(Some((id, Some(Open::Menu(x, y)))));
            }
        })
    };
    let onkeydown = on_key(&doing, &nodes, &calendar.setter());
    let go = {
        let (store, shown) = (store.clone(), shown.clone());
        Callback::from(move |fraction: f64| {
            let position = shown
                .as_ref()
                .and_then(|window| window.position_at(fraction));
            if let Some(position) = position {
                store.jump_to_position(position);
            }
        })
    };
    html! {
        <div class="timeline-frame">
            if let Some(window) = &shown {
                <Pins store={store.clone()} room={window.room} pins={state.pins.clone()} open={state.lists_pins} may={window.may.pin} />
            }
            <div class="timeline-area">
                <div ref={nodes.list.clone()} class="timeline" data-testid="timeline" tabindex="-1" {onscroll} {onmouseover} {onmouseleave}
                    {onfocusin} {onfocusout} {oncontextmenu} {onkeydown}>
                    <div ref={nodes.spare.clone()} class="spare" aria-hidden="true" />
                    <div ref={nodes.content.clone()} id="timeline-messages" class="timeline-content" role="group" aria-label={t!("messages")} aria-busy={shown.is_none().to_string()}>
                        if let Some(window) = &shown {
                            { list::beginning(window) }
                            <Messages store={store.clone()} window={window.clone()} unread_from={state.unread_from} jumped_to={state.target}
                                edits={state.edits.clone()} pointed={*pointed} focused={*focused} has_keyboard={*has_keyboard} open={*open}
                                failure={(*failure).clone()} acts={(*acts).clone()} {choose_day} />
                        }
                    </div>
                    <div ref={nodes.below.clone()} class="spare-below" aria-hidden="true" />
                </div>
                if let Some(window) = shown.as_ref().filter(|window| window.span.is_some() && sight.scrolls) {
                    <Rail fraction={sight.fraction(window)} date={sight.date(window)} moving={sight.moving} {go} />
                }
                { overlays(props, *open, &doing, &acts, &calendar, &sight) }
                { jump_button(store, shown.as_deref(), &sight) }
                <Announcer said={(*said).clone()} />
            </div>
            if let Some(versions) = &state.versions {
                <VersionsPanel store={store.clone()} versions={versions.clone()} />
            }
        </div>
    }
}

/// What lies over the messages while it is open.
fn overlays(
    props: &Props,
    open: Option<(MessageId, Option<Open>)>,
    doing: &Doing,
    acts: &Acts,
    calendar: &yew::UseStateHandle<bool>,
    sight: &Sight,
) -> Html {
    let store = &props.store;
    let menu = open.and_then(|(id, open)| match open {
        Some(Open::Menu(x, y)) => {
            let window = props.state.window.as_ref()?;
            let item = window.items.iter().find(|item| item.id == id)?;
            let editing = props.state.edits.contains_key(&id);
            let actions = actions::offered(item, window.may, editing);
            let close = {
                let open = doing.open.clone();
                Callback::from(move |back: bool| {
                    open.set(None);
                    if back {
                        dom::focus_message(&id.to_string());
                    }
                })
            };
            Some(html! { <Menu message={id} {actions} at={(x, y)} act={acts.act.clone()} {close} /> })
        }
        _ => None,
    });
    let leave = |go: fn(&Store)| {
        let (store, calendar) = (store.clone(), calendar.setter());
        Callback::from(move |()| {
            calendar.set(false);
            go(&store);
        })
    };
    let pick = {
        let (store, calendar) = (store.clone(), calendar.setter());
        Callback::from(move |at| {
            calendar.set(false);
            store.jump_to_time(at);
        })
    };
    html! {
        <>
            { missing(store, props.state.missing) }
            { menu.unwrap_or_default() }
            if **calendar {
                <Calendar from={sight.time(props.state.window.as_deref()).unwrap_or_else(time::now)} {pick}
                    beginning={leave(Store::jump_to_beginning)} newest={leave(Store::jump_to_newest)} close={leave(|_| {})} />
            }
        </>
    }
}

/// Why a jump has not arrived.
fn missing(store: &Store, missing: Option<Missing>) -> Html {
    let Some(missing) = missing else {
        return Html::default();
    };
    let text = match missing {
        Missing::Fetching => t!("missing-fetching"),
        Missing::Gone => t!("missing-gone"),
        Missing::NoRoom => t!("missing-no-room"),
    };
    let store = store.clone();
    let dismiss = Callback::from(move |_: MouseEvent| store.forget_target());
    html! {
        <div class="missing" role="status" data-testid="missing">
            <span>{ text }</span>
            <button class="icon-button" type="button" aria-label={t!("close")} title={t!("close")} onclick={dismiss}>{ icon(Icon::Close) }</button>
        </div>
    }
}

/// The way back to the newest message, with how many are unread.
fn jump_button(store: &Store, window: Option<&Window>, sight: &Sight) -> Html {
    let Some(window) = window.filter(|window| !sight.at_end && !window.items.is_empty()) else {
        return Html::default();
    };
    let store = store.clone();
    let onclick = Callback::from(move |_: MouseEvent| store.jump_to_newest());
    let text = match window.unread {
        0 => t!("jump-newest"),
        many if many >= UNREAD_MAX => t!("jump-newest-many", count = UNREAD_MAX - 1),
        some => t!("jump-newest-count", count = some),
    };
    html! {
        <button class="new-messages" type="button" data-testid="jump-newest" data-count={window.unread.to_string()} {onclick}>
            { text }{ icon(Icon::Down) }
        </button>
    }
}

/// What the keys do while a message has the focus.
fn on_key(
    doing: &Doing,
    nodes: &Nodes,
    calendar: &yew::UseStateSetter<bool>,
) -> Callback<KeyboardEvent> {
    let (doing, nodes, calendar) = (doing.clone(), nodes.clone(), calendar.clone());
    Callback::from(move |event: KeyboardEvent| {
        let elsewhere = "input, textarea, select, [contenteditable], [role=dialog], [role=menu]";
        if event.ctrl_key()
            || event.alt_key()
            || event.meta_key()
            || dom::is_within(&event, elsewhere)
        {
            return;
        }
        let Some(window) = doing.store.window() else {
            return;
        };
        let at =
            message_of(&event).and_then(|id| window.items.iter().position(|item| item.id == id));
        let key = event.key();
        match key.as_str() {
            "Home" => doing.store.jump_to_beginning(),
            "End" => doing.store.jump_to_newest(),
            "Escape" => dom::focus_first("[data-testid=composer]"),
            "j" => calendar.set(true),
            "ArrowUp" => step(&doing.store, &nodes, &window, at, -1),
            "ArrowDown" => step(&doing.store, &nodes, &window, at, 1),
            _ => {
                // A button's own keys are its own.
                if dom::is_within(&event, "button") && matches!(key.as_str(), "Enter" | " ") {
                    return;
                }
                let Some(item) = at.map(|at| &window.items[at]) else {
                    return;
                };
                let Some(action) = action(&key, item, &window, &doing) else {
                    return;
                };
                doing.act(item.id, action);
            }
        }
        event.prevent_default();
    })
}

fn action(
    key: &str,
    item: &Rc<model::view::TimelineItem>,
    window: &Window,
    doing: &Doing,
) -> Option<Action> {
    let editing = doing.store.is_editing(item.id);
    actions::by_key(key, &actions::offered(item, window.may, editing))
}

/// Moves the keyboard to the message above or below, into sight.
fn step(store: &Store, nodes: &Nodes, window: &Window, at: Option<usize>, by: isize) {
    let to = match at {
        Some(at) => at.checked_add_signed(by),
        None => window.items.len().checked_sub(1),
    };
    let Some(item) = to.and_then(|to| window.items.get(to)) else {
        if by < 0 {
            store.load_older();
        } else {
            store.load_newer();
        }
        return;
    };
    let (Some(list), Some(content)) = (
        nodes.list.cast::<HtmlElement>(),
        nodes.content.cast::<HtmlElement>(),
    ) else {
        return;
    };
    if let Some(message) = dom::message(&content, &item.id.to_string()) {
        dom::focus_message(&item.id.to_string());
        frame::bring_into_sight(&list, &message);
    }
}
