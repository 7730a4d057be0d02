//! What happens around drawing: settling after it, scrolling, resting, being looked at.
//!
//! Yew draws in slices, and the browser may paint between two of them. So what is in sight is held after each change of the document, not
//! only when all is drawn; and while a jump is drawn, nothing is shown of it before it stands where it leads.
//!
//! Invariant: of what lies here nothing is drawn but [`Sight`], so that scrolling draws no message again.

use super::Nodes;
use super::announce::Said;
use super::stand::{Scroller, Stand};
use super::window::Window;
use crate::parts::{dom, painted, time};
use crate::store::Store;
use gloo_timers::callback::Timeout;
use model::view::TimelineItem;
use model::{MessageId, Millis};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{HtmlElement, MutationObserver, MutationObserverInit, ResizeObserver};
use yew::{AttrValue, UseStateHandle, UseStateSetter};

/// How long after the last scroll a person has stopped.
const REST_MS: u32 = 160;

/// How far from the edge a message stands that the keyboard brings into sight.
const MARGIN: i32 = 40;

/// Where the person is, as far as it is drawn: the scrollbar, the date, the way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    /// At the end of the room.
    pub(super) at_end: bool,
    /// Scrolling.
    pub(super) moving: bool,
    /// There is more than is in sight.
    pub(super) scrolls: bool,
    /// The first message in sight.
    first: Option<MessageId>,
}

impl Default for Sight {
    fn default() -> Self {
        Self {
            at_end: true,
            moving: false,
            scrolls: false,
            first: None,
        }
    }
}

impl Sight {
    fn item<'a>(&self, window: &'a Window) -> Option<&'a Rc<TimelineItem>> {
        let first = self.first?;
        window.items.iter().find(|item| item.id == first)
    }

    /// How far down in the room, from 0 to 1.
    pub(super) fn fraction(&self, window: &Window) -> f64 {
        match self.item(window) {
            Some(item) if !self.at_end => window.fraction(item.id),
            _ => 1.0,
        }
    }

    /// When the first message in sight was written.
    pub(super) fn time(&self, window: Option<&Window>) -> Option<Millis> {
        Some(self.item(window?)?.created_at)
    }

    /// The date of what is looked at.
    pub(super) fn date(&self, window: &Window) -> AttrValue {
        self.time(Some(window))
            .map(time::day_name)
            .unwrap_or_default()
            .into()
    }
}

/// All of it.
#[derive(Default)]
pub(super) struct Frame {
    stand: Stand,
    at: Option<Attached>,
    rest: Option<Timeout>,
    drawn_jump: Option<u32>,
    /// It was noted that messages are on the screen.
    marked: bool,
}

#[derive(Clone)]
struct Attached {
    store: Store,
    nodes: Nodes,
    sight: UseStateSetter<Sight>,
    said: UseStateHandle<Said>,
    window: Option<Rc<Window>>,
}

impl Attached {
    fn scroller(&self) -> Option<Scroller> {
        Some(Scroller {
            list: self.nodes.list.cast()?,
            spare: self.nodes.spare.cast()?,
            content: self.nodes.content.cast()?,
            below: self.nodes.below.cast()?,
        })
    }
}

impl Frame {
    /// Takes what is drawn this time.
    pub(super) fn attach(
        &mut self,
        store: &Store,
        nodes: &Nodes,
        sight: &UseStateHandle<Sight>,
        said: &UseStateHandle<Said>,
        window: Option<Rc<Window>>,
    ) {
        let jump = window.as_ref().map(|window| window.jump);
        if jump.is_some() && jump != self.drawn_jump {
            show(nodes, false);
        }
        self.at = Some(Attached {
            store: store.clone(),
            nodes: nodes.clone(),
            sight: sight.setter(),
            said: said.clone(),
            window,
        });
    }

    /// A person is scrolling.
    pub(super) fn is_moving(&self) -> bool {
        self.rest.is_some()
    }

    fn parts(&self) -> Option<(Attached, Scroller, Rc<Window>)> {
        let at = self.at.clone()?;
        let (scroller, window) = (at.scroller()?, at.window.clone()?);
        Some((at, scroller, window))
    }

    /// After each drawing.
    pub(super) fn settle(frame: &Rc<RefCell<Self>>) {
        let mut this = frame.borrow_mut();
        let Some((at, scroller, window)) = this.parts() else {
            return;
        };
        if !is_drawn(&scroller, &window) {
            this.stand.hold(&scroller);
            return;
        }
        let news = this.stand.settle(&scroller, &window, at.store.is_writing());
        if news.followed || (news.jumped && this.stand.at_end) {
            at.store.set_writing(false);
        }
        if !news.arrived.is_empty() {
            at.said.set(at.said.and(&news.arrived, &window));
        }
        if news.jumped && this.drawn_jump.replace(window.jump) != Some(window.jump) {
            show(&at.nodes, true);
            at.store.arrived(&window);
            if !window.items.is_empty() && !std::mem::replace(&mut this.marked, true) {
                painted::mark("first-message");
            }
        }
        this.tell(&at, &scroller, &window);
    }

    /// The scrolling element was scrolled.
    pub(super) fn scrolled(frame: &Rc<RefCell<Self>>) {
        let mut this = frame.borrow_mut();
        let Some((at, scroller, window)) = this.parts() else {
            return;
        };
        if !this.stand.scrolled(&scroller, window.has_newer) {
            return;
        }
        let resting = Rc::downgrade(frame);
        this.rest = Some(Timeout::new(REST_MS, move || {
            if let Some(frame) = resting.upgrade() {
                Self::rested(&frame);
            }
        }));
        this.tell(&at, &scroller, &window);
    }

    fn rested(frame: &Rc<RefCell<Self>>) {
        let mut this = frame.borrow_mut();
        this.rest = None;
        if let Some((at, scroller, window)) = this.parts() {
            this.stand.tidy(&scroller);
            this.tell(&at, &scroller, &window);
        }
    }

    /// Tells the store where the person is, and asks it for what they will soon need.
    fn tell(&self, at: &Attached, scroller: &Scroller, window: &Window) {
        let stand = &self.stand;
        let here = stand.place(scroller);
        at.store.set_at_end(stand.at_end);
        at.sight.set(Sight {
            scrolls: window.has_older || window.has_newer || here.whole > here.seen,
            at_end: stand.at_end,
            moving: self.is_moving(),
            first: stand.anchor().map(|(id, _)| id),
        });
        if window.has_older && here.wants_older() {
            at.store.load_older();
        } else if window.has_newer && here.wants_newer() {
            at.store.load_newer();
        }
        let anchor = stand.anchor().filter(|_| !stand.at_end);
        at.store.stand(window.room, anchor);
        if dom::has_focus()
            && let Some(position) = stand.last_seen(scroller, window)
        {
            at.store.seen(window.room, position);
        }
    }

    /// Holds what is in sight while heights change without a drawing: an image has come, the composer grows, the window shrinks;
    /// and notices when the window gets or loses the keyboard.
    pub(super) fn watch(frame: &Rc<RefCell<Self>>) -> impl FnOnce() + use<> {
        let (list, content) = {
            let this = frame.borrow();
            let nodes = this
                .at
                .as_ref()
                .map(|at| at.nodes.clone())
                .unwrap_or_default();
            (
                nodes.list.cast::<HtmlElement>(),
                nodes.content.cast::<HtmlElement>(),
            )
        };
        let held = Rc::downgrade(frame);
        let resized = Closure::<dyn Fn()>::new(move || {
            if let Some(frame) = held.upgrade()
                && let Ok(mut this) = frame.try_borrow_mut()
                && let Some((at, scroller, window)) = this.parts()
            {
                this.stand.hold(&scroller);
                this.tell(&at, &scroller, &window);
            }
        });
        let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok();
        for element in [&list, &content].into_iter().flatten() {
            if let Some(observer) = &observer {
                observer.observe(element);
            }
        }
        let changed = {
            let held = Rc::downgrade(frame);
            Closure::<dyn Fn()>::new(move || {
                if let Some(frame) = held.upgrade()
                    && frame.try_borrow_mut().is_ok()
                {
                    Self::settle(&frame);
                }
            })
        };
        let mutations = MutationObserver::new(changed.as_ref().unchecked_ref()).ok();
        if let (Some(mutations), Some(content)) = (&mutations, &content) {
            let options = MutationObserverInit::new();
            options.set_child_list(true);
            options.set_subtree(true);
            options.set_character_data(true);
            mutations.observe_with_options(content, &options).ok();
        }
        let listeners = ["focus", "blur"].map(|name| (name, keyboard(frame, name)));
        let window = web_sys::window();
        if let Some(window) = &window {
            for (name, listener) in &listeners {
                let listener = listener.as_ref().unchecked_ref();
                window.add_event_listener_with_callback(name, listener).ok();
            }
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            if let Some(mutations) = mutations {
                mutations.disconnect();
            }
            drop(changed);
            if let Some(window) = window {
                for (name, listener) in &listeners {
                    let listener = listener.as_ref().unchecked_ref();
                    window
                        .remove_event_listener_with_callback(name, listener)
                        .ok();
                }
            }
            drop(resized);
        }
    }
}

/// Whether all messages of the window are in the document, and in their order.
fn is_drawn(at: &Scroller, window: &Window) -> bool {
    let mut drawn = dom::messages(&at.content).map(|(id, _)| id);
    let mut wanted = window.items.iter().map(|item| item.id.to_string());
    loop {
        match (drawn.next(), wanted.next()) {
            (None, None) => return true,
            (drawn, wanted) if drawn != wanted => return false,
            _ => {}
        }
    }
}

/// Shows the messages, or hides them where they keep their room.
fn show(nodes: &Nodes, shown: bool) {
    let Some(content) = nodes.content.cast::<HtmlElement>() else {
        return;
    };
    let classes = content.class_list();
    let done = if shown {
        classes.remove_1("settling")
    } else {
        classes.add_1("settling")
    };
    done.ok();
}

/// The window gets the keyboard: what is in sight is seen. It loses it: what comes from now on is new.
fn keyboard(frame: &Rc<RefCell<Frame>>, name: &str) -> Closure<dyn Fn()> {
    let frame = Rc::downgrade(frame);
    let gets = name == "focus";
    Closure::new(move || {
        let Some(frame) = frame.upgrade() else {
            return;
        };
        let parts = frame.try_borrow().ok().and_then(|this| this.parts());
        let Some((at, scroller, window)) = parts else {
            return;
        };
        if gets {
            if let Ok(this) = frame.try_borrow() {
                this.tell(&at, &scroller, &window);
            }
        } else {
            at.store.begin_unread();
        }
    })
}

/// Scrolls so far that a message is in sight.
pub(super) fn bring_into_sight(list: &HtmlElement, message: &HtmlElement) {
    let top = list.scroll_top();
    let above = message.offset_top() - MARGIN;
    let below = message.offset_top() + message.offset_height() + MARGIN - list.client_height();
    if above < top {
        list.set_scroll_top(above);
    } else if below > top {
        list.set_scroll_top(below.min(above));
    }
}
