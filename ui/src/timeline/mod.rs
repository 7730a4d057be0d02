//! The messages of the open room, newest at the bottom. When it moves is decided in [`scroll`]; here the
//! decision is made true in the document.

pub(crate) mod message;
pub(crate) mod refusal;
pub(crate) mod scroll;
pub(crate) mod window;

use self::message::Message;
use self::scroll::{Move, Place, Shown};
use self::window::Window;
use crate::parts::dom;
use crate::parts::icon::{Icon, icon};
use crate::parts::time;
use crate::store::{Edit, Store};
use model::{MessageId, RoomId};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, ResizeObserver};
use yew::{
    Callback, Html, NodeRef, Properties, component, html, use_effect, use_effect_with, use_mut_ref,
    use_node_ref, use_state_eq,
};

/// What it is told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    /// For loading and for messages.
    pub(crate) store: Store,
    /// What is shown; none before it was read.
    pub(crate) window: Option<Rc<Window>>,
    /// The edits under way.
    pub(crate) edits: Rc<BTreeMap<MessageId, Rc<Edit>>>,
}

/// Where the person is.
#[derive(Default)]
struct Stand {
    room: Option<RoomId>,
    shown: Option<Shown>,
    at_end: bool,
    top: i32,
    /// The first message in sight, and how far its top is below the timeline's.
    anchor: Option<(String, i32)>,
}

impl Stand {
    /// Remembers what is in sight.
    fn look(&mut self, list: &HtmlElement) {
        self.top = list.scroll_top();
        self.anchor = dom::messages(list)
            .find(|(_, message)| message.offset_top() + message.offset_height() > self.top)
            .map(|(id, message)| (id, message.offset_top() - self.top));
    }

    /// Brings back into place what was in sight.
    fn hold(&self, list: &HtmlElement) {
        let Some((id, offset)) = &self.anchor else {
            return;
        };
        if let Some((_, message)) = dom::messages(list).find(|(other, _)| other == id) {
            let top = message.offset_top() - offset;
            if top != list.scroll_top() {
                list.set_scroll_top(top);
            }
        }
    }
}

fn place(list: &HtmlElement) -> Place {
    Place {
        top: list.scroll_top(),
        seen: list.client_height(),
        whole: list.scroll_height(),
    }
}

fn to_end(list: &HtmlElement) {
    list.set_scroll_top(list.scroll_height());
}

/// Keeps the end in sight while the timeline's own height changes: the composer grows, the window shrinks.
fn keep_end(node: &NodeRef, stand: Rc<RefCell<Stand>>) -> Option<ResizeObserver> {
    let list = node.cast::<HtmlElement>()?;
    let watched = list.clone();
    let resized = Closure::<dyn Fn()>::new(move || {
        if stand.borrow().at_end {
            to_end(&list);
            stand.borrow_mut().look(&list);
        }
    });
    let observer = ResizeObserver::new(resized.into_js_value().unchecked_ref()).ok()?;
    observer.observe(&watched);
    Some(observer)
}

/// The messages.
#[component]
pub(crate) fn Timeline(props: &Props) -> Html {
    let node = use_node_ref();
    let stand = use_mut_ref(Stand::default);
    let unseen = use_state_eq(|| false);
    {
        let (node, stand, unseen) = (node.clone(), stand.clone(), unseen.setter());
        let (store, shown) = (props.store.clone(), props.window.clone());
        use_effect(move || {
            if let Some(list) = node.cast::<HtmlElement>()
                && let Some(window) = shown
                && let Some(news) = settle(&list, &mut stand.borrow_mut(), &store, &window)
            {
                unseen.set(news);
            }
        });
    }
    {
        let (node, stand) = (node.clone(), stand.clone());
        use_effect_with((), move |()| {
            let observer = keep_end(&node, stand);
            move || {
                if let Some(observer) = observer {
                    observer.disconnect();
                }
            }
        });
    }
    let onscroll = {
        let (node, stand, unseen) = (node.clone(), stand.clone(), unseen.setter());
        let (store, shown) = (props.store.clone(), props.window.clone());
        Callback::from(move |_: web_sys::Event| {
            let Some(list) = node.cast::<HtmlElement>() else {
                return;
            };
            let mut stand = stand.borrow_mut();
            let here = place(&list);
            stand.at_end = here.at_end(stand.top, stand.at_end);
            stand.look(&list);
            store.set_at_end(stand.at_end);
            if stand.at_end {
                unseen.set(false);
            }
            if here.near_beginning() && shown.as_ref().is_some_and(|window| window.has_older) {
                store.load_older();
            }
        })
    };
    let jump = {
        let (node, unseen) = (node.clone(), unseen.setter());
        Callback::from(move |_| {
            if let Some(list) = node.cast::<HtmlElement>() {
                to_end(&list);
            }
            unseen.set(false);
        })
    };
    html! {
        <div class="timeline-frame">
            <div ref={node} class="timeline" data-testid="timeline" role="log" aria-live="polite" aria-label="Messages" tabindex="0" {onscroll}>
                if let Some(window) = &props.window {
                    { beginning(window) }
                    { messages(props, window) }
                }
            </div>
            if *unseen {
                <button class="new-messages" type="button" data-testid="new-messages" onclick={jump}>
                    { "New messages" }{ icon(Icon::Down) }
                </button>
            }
        </div>
    }
}

/// Moves the timeline after it was drawn, or holds it. Says whether the "new messages" button is to be shown, if that
/// changes.
fn settle(list: &HtmlElement, stand: &mut Stand, store: &Store, window: &Window) -> Option<bool> {
    if stand.room != Some(window.room) {
        *stand = Stand {
            room: Some(window.room),
            at_end: true,
            ..Stand::default()
        };
    }
    let decision = scroll::decide(
        stand.shown.as_ref(),
        &window.items,
        stand.at_end,
        store.is_writing(),
    );
    let news = match decision {
        Move::ToEnd => {
            to_end(list);
            stand.at_end = true;
            store.set_at_end(true);
            store.set_writing(false);
            Some(false)
        }
        Move::Stay { unseen } => {
            stand.hold(list);
            unseen.then_some(true)
        }
    };
    stand.shown = Some(Shown::new(&window.items));
    stand.look(list);
    let here = place(list);
    if window.has_older && here.whole <= here.seen {
        store.load_older();
    }
    news
}

fn beginning(window: &Window) -> Html {
    let text = if window.has_older {
        "Older messages…"
    } else if window.backfilling {
        "Fetching older messages from the relay…"
    } else if window.items.is_empty() {
        "Nothing has been written here yet. Write the first message below."
    } else {
        "This is where the room begins."
    };
    html! { <p class="beginning muted">{ text }</p> }
}

fn messages(props: &Props, window: &Window) -> Html {
    let placings = window::place(&window.items, time::day);
    let mut nodes = Vec::with_capacity(window.items.len() + 4);
    for (item, placing) in window.items.iter().zip(placings) {
        if placing.new_day {
            let key = format!("day-{}", item.id);
            nodes.push(html! {
                <div {key} class="day" role="separator"><span>{ time::day_name(item.created_at) }</span></div>
            });
        }
        nodes.push(html! {
            <Message key={item.id.to_string()} store={props.store.clone()} room={window.room} item={item.clone()}
                continued={placing.continued} edit={props.edits.get(&item.id).cloned()} />
        });
    }
    nodes.into_iter().collect()
}
