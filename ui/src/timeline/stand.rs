//! Where the person stands among the messages, in the document: holding what they look at in its place while messages come and
//! go around it.
//!
//! What grows or shrinks above the screen is made up for by an empty space before the first message, the spare: so the
//! place of the scroll itself is not written to, which would end a fling under the person's finger. WebKitGTK has no scroll anchoring of
//! its own.
//!
//! Invariant: after each change of the document the first message in sight stands where it stood before, to the pixel.

use super::scroll::{self, Move, Place, Shown};
use super::window::{Aim, Window};
use crate::parts::dom;
use model::{MessageId, RoomId, Seq};
use web_sys::HtmlElement;

/// The empty space before the first message while there are older ones to come: many pages.
const SPARE: i32 = 400_000;

/// The empty space after the last message while there are newer ones to come: more than what is ever taken away above at once, for the
/// browser would move a scroll that is nearer to the end than that.
const BELOW: i32 = 30_000;

/// Messages in sight that are remembered: the first of them that is still there is the one to go by.
const ANCHORS: usize = 8;

/// The scrolling element and what it holds.
pub(super) struct Scroller {
    /// What scrolls.
    pub(super) list: HtmlElement,
    /// The empty space.
    pub(super) spare: HtmlElement,
    /// The messages.
    pub(super) content: HtmlElement,
    /// The empty space below them.
    pub(super) below: HtmlElement,
}

/// A message in sight: its id and how far its top is below that of everything.
type Anchor = (String, i32);

/// Where the person is.
#[derive(Default)]
pub(super) struct Stand {
    room: Option<RoomId>,
    shown: Option<Shown>,
    /// At the end of the room.
    pub(super) at_end: bool,
    top: i32,
    spare: i32,
    below: i32,
    has_older: bool,
    anchors: Vec<Anchor>,
    /// How high everything was, and how much of it was seen, when it was last looked at.
    extent: (i32, i32),
}

/// What a person is to be told after the timeline was drawn again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// New messages of others.
    pub(super) arrived: Vec<MessageId>,
    /// The timeline went to where a jump leads.
    pub(super) jumped: bool,
    /// It went to the end for a message that was written here.
    pub(super) followed: bool,
}

/// How high everything is, and how much of it is seen.
fn extent(at: &Scroller) -> (i32, i32) {
    (at.list.scroll_height(), at.list.client_height())
}

impl Stand {
    /// Makes true in the document what [`scroll::decide`] says, after it was drawn from `window`.
    pub(super) fn settle(&mut self, at: &Scroller, window: &Window, is_writing: bool) -> News {
        if self.room != Some(window.room) {
            *self = Self {
                room: Some(window.room),
                spare: self.spare,
                below: self.below,
                ..Self::default()
            };
        }
        self.has_older = window.has_older;
        let below = if window.has_newer { BELOW } else { 0 };
        if below != self.below {
            self.below = below;
            dom::set_height(&at.below, below);
        }
        let decision = scroll::decide(self.shown.as_ref(), window, self.at_end, is_writing);
        let mut news = News::default();
        if let Some(before) = self.shown.as_ref().filter(|shown| !shown.is_empty()) {
            news.arrived = scroll::arrivals(before, window)
                .into_iter()
                .filter(|item| !item.mine)
                .map(|item| item.id)
                .collect();
        }
        match decision {
            Move::ToAim => {
                self.take_aim(at, window.aim);
                news.jumped = true;
            }
            Move::ToEnd => {
                self.go_to_end(at);
                news.followed = true;
            }
            Move::Stay => self.hold(at),
        }
        self.shown = Some(Shown::new(window));
        self.look(at);
        news
    }

    /// Remembers what is in sight.
    pub(super) fn look(&mut self, at: &Scroller) {
        self.top = at.list.scroll_top();
        self.extent = extent(at);
        let mut before = 0;
        let is_above =
            |message: &HtmlElement| message.offset_top() + message.offset_height() <= self.top;
        self.anchors = dom::messages(&at.content)
            .skip_while(|(_, message)| {
                let above = is_above(message);
                before += usize::from(above);
                above
            })
            .take(ANCHORS)
            .map(|(id, message)| (id, message.offset_top()))
            .collect();
        // The very first message loses its head when its predecessor comes; the others go by the one below.
        if before == 0 && self.anchors.len() > 1 {
            self.anchors.rotate_left(1);
        }
    }

    /// Takes in that the person has scrolled; `false`: it was our own doing.
    pub(super) fn scrolled(&mut self, at: &Scroller, has_newer: bool) -> bool {
        let top = at.list.scroll_top();
        if top == self.top {
            return false;
        }
        if top < self.spare {
            // The empty space is no place to be.
            at.list.set_scroll_top(self.spare);
        } else if self.place(at).below() < 0 {
            at.list.set_scroll_top(top + self.place(at).below());
        }
        let here = self.place(at);
        self.at_end = !has_newer && here.at_end(self.top - self.spare, self.at_end);
        self.look(at);
        true
    }

    /// Where the timeline stands, without the empty spaces.
    pub(super) fn place(&self, at: &Scroller) -> Place {
        Place {
            top: at.list.scroll_top() - self.spare,
            seen: at.list.client_height(),
            whole: at.list.scroll_height() - self.spare - self.below,
        }
    }

    /// Brings what was in sight back to where it was, if something above it has grown or shrunk.
    pub(super) fn hold(&mut self, at: &Scroller) {
        // They may have left the end a moment ago, and we are still to be told.
        if self.at_end && self.place(at).at_end(self.top - self.spare, true) {
            // A drawing in which nothing grew takes nobody back who goes up slowly and is still near the end.
            if extent(at) != self.extent {
                self.go_to_end(at);
            }
            return;
        }
        self.at_end = false;
        // What was scrolled and not told yet is no growth: only the messages' own places are compared.
        let grown = self.anchors.iter().find_map(|(id, before)| {
            dom::message(&at.content, id).map(|message| message.offset_top() - before)
        });
        let Some(grown) = grown.filter(|grown| *grown != 0) else {
            return;
        };
        let spare = self.spare - grown;
        // Without the fling that would be disturbed: at a start, and where the space is used up.
        let fits = (1..2 * SPARE).contains(&spare);
        if fits {
            self.set_spare(at, spare);
        } else {
            let top = at.list.scroll_top() + grown - self.spare + SPARE;
            self.set_spare(at, SPARE);
            at.list.set_scroll_top(top);
        }
        self.look(at);
    }

    /// When the person has stopped: the empty space as it should be. Nothing moves on the screen.
    pub(super) fn tidy(&mut self, at: &Scroller) {
        let wanted = if self.has_older { SPARE } else { 0 };
        let far = (self.spare - wanted).abs() > SPARE / 2;
        if far || (wanted == 0 && self.spare > 0) {
            let top = at.list.scroll_top() - self.spare + wanted;
            self.set_spare(at, wanted);
            at.list.set_scroll_top(top);
            self.look(at);
        }
    }

    /// Goes to the end.
    pub(super) fn go_to_end(&mut self, at: &Scroller) {
        at.list.set_scroll_top(at.list.scroll_height());
        self.at_end = true;
        self.look(at);
    }

    fn take_aim(&mut self, at: &Scroller, aim: Aim) {
        self.set_spare(at, if self.has_older { SPARE } else { 0 });
        self.at_end = false;
        let find = |id: MessageId| dom::message(&at.content, &id.to_string());
        match aim {
            Aim::End => self.go_to_end(at),
            Aim::Beginning => at.list.set_scroll_top(self.spare),
            Aim::Middle(id) => {
                if let Some(message) = find(id) {
                    let room = (at.list.client_height() - message.offset_height()) / 2;
                    let top = message.offset_top() - room.max(0);
                    at.list.set_scroll_top(top.max(self.spare));
                }
            }
            Aim::Below(id, pixels) => {
                if let Some(message) = find(id) {
                    at.list
                        .set_scroll_top((message.offset_top() - pixels).max(self.spare));
                }
            }
        }
    }

    fn set_spare(&mut self, at: &Scroller, spare: i32) {
        self.spare = spare;
        dom::set_height(&at.spare, spare);
    }

    /// The first message in sight, and how far below the upper edge.
    pub(super) fn anchor(&self) -> Option<(MessageId, i32)> {
        let (id, top) = self.anchors.first()?;
        Some((id.parse().ok()?, top - self.top))
    }

    /// The position of the last message that is wholly in sight, or of the one that fills the screen.
    pub(super) fn last_seen(&self, at: &Scroller, window: &Window) -> Option<Seq> {
        let bottom = self.top + at.list.client_height();
        let seen = dom::messages(&at.content)
            .take_while(|(_, message)| {
                message.offset_top() + message.offset_height() <= bottom
                    || message.offset_top() <= self.top
            })
            .count();
        let items = window.items.get(..seen)?;
        items.iter().rev().find_map(|item| item.position)
    }
}
