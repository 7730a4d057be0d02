//! The one place for what is on the screen. It reads the shell again when rows changed or the person went elsewhere.
//!
//! Invariants: content comes from a reading only. Each part of the screen has at most one reading under way, and a
//! change during it causes another one after it, so that an older answer never covers a newer one.

use crate::bridge;
pub(crate) use crate::drafts::Draft;
use crate::drafts::Drafts;
use crate::refresh::{self, Part};
use crate::window::{PAGE, Window};
use model::view::{
    Account, DirectoryView, DraftView, Failure, NoticeView, PersonView, RecoveredView, RoomView,
    RowEvent, Status, TimelineItem,
};
use model::{MessageId, OpId, Rev, RoomId, UserId};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

/// How far the app has come up.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Phase {
    /// Nothing is known yet.
    #[default]
    Starting,
    /// The profile could not be opened.
    Broken(Failure),
    /// Reading and writing.
    Running,
}

/// What the main part of the window shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Page {
    /// The open room.
    #[default]
    Room,
    /// The form for a new room.
    NewRoom,
    /// The rooms that could be joined.
    Browse,
    /// What did not get through.
    Recovered,
}

/// An edit that a person has begun; its text is a draft of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// The message's room.
    pub(crate) room: RoomId,
    /// The revision it began from, whatever arrives since.
    pub(crate) base_rev: Rev,
    /// The text it began from.
    pub(crate) original: String,
    /// A refused operation that it takes the place of.
    pub(crate) replaces: Option<OpId>,
}

/// All that is on the screen. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// How far the app has come up.
    pub(crate) phase: Phase,
    /// Who is signed in.
    pub(crate) account: Option<Rc<Account>>,
    /// The connection and the waiting changes.
    pub(crate) status: Option<Rc<Status>>,
    /// Our rooms; none before they were read once.
    pub(crate) rooms: Option<Rc<Vec<RoomView>>>,
    /// The open room.
    pub(crate) open: Option<RoomId>,
    /// What the main part shows.
    pub(crate) page: Page,
    /// The messages of the open room that are on the screen.
    pub(crate) window: Option<Rc<Window>>,
    /// The people of the open room.
    pub(crate) people: Rc<Vec<PersonView>>,
    /// The rooms that could be joined.
    pub(crate) directory: Rc<Vec<DirectoryView>>,
    /// The edits under way.
    pub(crate) edits: Rc<BTreeMap<MessageId, Rc<Edit>>>,
    /// What did not get through.
    pub(crate) recovered: Rc<Vec<RecoveredView>>,
    /// What the person should read once.
    pub(crate) notices: Rc<Vec<NoticeView>>,
    /// Why the local database could not be read.
    pub(crate) trouble: Option<Failure>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Reading {
    #[default]
    Idle,
    Running,
    Again,
}

struct Inner {
    state: RefCell<State>,
    changed: Callback<State>,
    readings: RefCell<HashMap<u8, Reading>>,
    drafts: Drafts,
    last_user: Cell<Option<UserId>>,
    at_end: Cell<bool>,
    older_wanted: Cell<bool>,
    writing: Cell<bool>,
}

/// The handle to it, passed to every component.
#[derive(Clone)]
pub(crate) struct Store(Rc<Inner>);

impl PartialEq for Store {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Store {
    /// An empty one that tells `changed` of every change.
    pub(crate) fn new(changed: Callback<State>) -> Self {
        Self(Rc::new(Inner {
            state: RefCell::default(),
            changed,
            readings: RefCell::default(),
            drafts: Drafts::default(),
            last_user: Cell::default(),
            at_end: Cell::new(true),
            older_wanted: Cell::default(),
            writing: Cell::default(),
        }))
    }

    /// Listens first, then reads: so no change falls between.
    pub(crate) fn start(&self) {
        let store = self.clone();
        spawn_local(async move {
            let listener = store.clone();
            let heard = bridge::on_rows(move |event| listener.rows_changed(&event)).await;
            let opened = match heard {
                Ok(()) => bridge::startup().await,
                Err(failure) => Err(failure),
            };
            match opened {
                Ok(()) => {
                    store.load_drafts().await;
                    store.read_all();
                }
                Err(failure) => store.update(|state| state.phase = Phase::Broken(failure)),
            }
        });
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        let state = {
            let mut state = self.0.state.borrow_mut();
            change(&mut state);
            state.clone()
        };
        self.0.changed.emit(state);
    }

    fn open_room(&self) -> Option<RoomId> {
        self.0.state.borrow().open
    }

    fn rows_changed(&self, event: &RowEvent) {
        for part in refresh::parts(event, self.open_room()) {
            self.read(part);
        }
    }

    fn read_all(&self) {
        for part in Part::ALL {
            self.read(part);
        }
    }

    /// Reads a part, now or once more after the reading that is under way.
    fn read(&self, part: Part) {
        let key = part as u8;
        {
            let mut readings = self.0.readings.borrow_mut();
            let reading = readings.entry(key).or_default();
            if *reading != Reading::Idle {
                *reading = Reading::Again;
                return;
            }
            *reading = Reading::Running;
        }
        let store = self.clone();
        spawn_local(async move {
            loop {
                let trouble = store.read_once(part).await.err();
                if trouble.is_some() || store.0.state.borrow().trouble.is_some() {
                    store.update(|state| state.trouble = trouble);
                }
                let mut readings = store.0.readings.borrow_mut();
                let reading = readings.entry(key).or_default();
                if *reading == Reading::Running {
                    *reading = Reading::Idle;
                    return;
                }
                *reading = Reading::Running;
            }
        });
    }

    async fn read_once(&self, part: Part) -> Result<(), Failure> {
        match part {
            Part::Account => {
                let account = bridge::account().await?;
                self.set_account(account);
            }
            Part::Status => {
                let status = Rc::new(bridge::status().await?);
                self.update(|state| state.status = Some(status));
            }
            Part::Rooms => {
                let rooms = bridge::rooms().await?;
                self.set_rooms(rooms);
            }
            Part::Directory => {
                let directory = Rc::new(bridge::directory().await?);
                self.update(|state| state.directory = directory);
            }
            Part::Recovered => {
                let recovered = Rc::new(bridge::recovered().await?);
                self.update(|state| state.recovered = recovered);
            }
            Part::Notices => {
                let notices = Rc::new(bridge::notices().await?);
                self.update(|state| state.notices = notices);
            }
            Part::People => {
                if let Some(room) = self.open_room() {
                    let people = Rc::new(bridge::people(room).await?);
                    if self.open_room() == Some(room) {
                        self.update(|state| state.people = people);
                    }
                }
            }
            Part::Timeline => {
                if let Some(room) = self.open_room() {
                    self.read_timeline(room).await?;
                }
            }
        }
        Ok(())
    }

    fn set_account(&self, account: Option<Account>) {
        let user = account.as_ref().map(|account| account.user_id);
        if user.is_some() && self.0.last_user.replace(user) != user {
            let former = self.0.state.borrow().account.is_some();
            if former {
                self.0.drafts.forget();
                self.update(|state| state.edits = Rc::default());
            }
        }
        self.update(|state| {
            state.phase = Phase::Running;
            state.account = account.map(Rc::new);
            if state.account.is_none() {
                state.open = None;
                state.window = None;
                state.people = Rc::default();
                state.page = Page::Room;
            }
        });
        self.open_first();
    }

    fn set_rooms(&self, rooms: Vec<RoomView>) {
        self.update(|state| state.rooms = Some(Rc::new(rooms)));
        self.open_first();
    }

    /// Someone who signs in sees a room, not an empty page.
    fn open_first(&self) {
        let first = {
            let state = self.0.state.borrow();
            if state.open.is_some() || state.account.is_none() || state.page != Page::Room {
                return;
            }
            let rooms = state.rooms.as_ref();
            rooms.and_then(|rooms| rooms.first()).map(|room| room.id)
        };
        if let Some(room) = first {
            self.open(room);
        }
    }

    /// Reads the newest messages, back to the oldest that is on the screen; and one page more if the person wants it.
    /// A person at the end needs the newest page only.
    async fn read_timeline(&self, room: RoomId) -> Result<(), Failure> {
        let shown = self.0.state.borrow().window.clone();
        let shown = shown.filter(|window| window.room == room);
        let older_wanted = self.0.older_wanted.take();
        let start = match &shown {
            Some(window) if older_wanted || !self.0.at_end.get() => window.oldest(),
            _ => None,
        };
        let mut window = Window::new(bridge::timeline(room, None, PAGE).await?);
        if let Some(start) = start {
            while !window.contains(start) && window.has_older {
                self.read_older(&mut window).await?;
            }
            window.start_at(start);
        }
        if older_wanted && window.has_older {
            self.read_older(&mut window).await?;
        }
        if let Some(shown) = &shown {
            window.reuse(shown);
        }
        if self.open_room() == Some(room) {
            self.update(|state| state.window = Some(Rc::new(window)));
        }
        Ok(())
    }

    async fn read_older(&self, window: &mut Window) -> Result<(), Failure> {
        let page = bridge::timeline(window.room, window.oldest(), PAGE).await?;
        if page.items.is_empty() {
            window.has_older = false;
        } else {
            window.prepend(page);
        }
        Ok(())
    }

    /// Shows a room.
    pub(crate) fn open(&self, room: RoomId) {
        self.0.at_end.set(true);
        self.0.older_wanted.set(false);
        self.update(|state| {
            state.page = Page::Room;
            if state.open != Some(room) {
                state.open = Some(room);
                state.window = None;
                state.people = Rc::default();
            }
        });
        self.read(Part::Timeline);
        self.read(Part::People);
    }

    /// Shows another page in the main part.
    pub(crate) fn go(&self, page: Page) {
        self.update(|state| state.page = page);
        match page {
            Page::Browse => self.read(Part::Directory),
            Page::Recovered => self.read(Part::Recovered),
            Page::Room | Page::NewRoom => {}
        }
    }

    /// One more page of older messages.
    pub(crate) fn load_older(&self) {
        if !self.0.older_wanted.replace(true) {
            self.read(Part::Timeline);
        }
    }

    /// The person is at the end of the timeline, or has left it.
    pub(crate) fn set_at_end(&self, at_end: bool) {
        self.0.at_end.set(at_end);
    }

    /// A message was written here and will arrive as a row.
    pub(crate) fn set_writing(&self, writing: bool) {
        self.0.writing.set(writing);
    }

    /// Whether a message that was written here is still to arrive.
    pub(crate) fn is_writing(&self) -> bool {
        self.0.writing.get()
    }

    /// What was typed before the last end of the program, and the edits that were under way.
    async fn load_drafts(&self) {
        // Without them the app works all the same; what is typed now is kept again.
        for draft in bridge::drafts().await.unwrap_or_default() {
            let key = match draft.message_id {
                None => Draft::Post(draft.room_id),
                Some(message) => {
                    let edit = Edit {
                        room: draft.room_id,
                        base_rev: Rev::FIRST,
                        original: draft.base.unwrap_or_default(),
                        replaces: None,
                    };
                    self.update(|state| {
                        Rc::make_mut(&mut state.edits).insert(message, Rc::new(edit));
                    });
                    Draft::Edit(message)
                }
            };
            self.0.drafts.load(key, draft.text);
        }
    }

    /// The text of a draft.
    pub(crate) fn draft(&self, draft: Draft) -> String {
        self.0.drafts.text(draft)
    }

    /// Keeps the text of a draft, on the disk too; an empty one is none.
    pub(crate) fn set_draft(&self, draft: Draft, text: String) {
        let (room_id, message_id, base) = match draft {
            Draft::Post(room) => (room, None, None),
            Draft::Edit(message) => match self.0.state.borrow().edits.get(&message) {
                Some(edit) => (edit.room, Some(message), Some(edit.original.clone())),
                None => return,
            },
        };
        let view = DraftView {
            room_id,
            message_id,
            base,
            text,
        };
        self.0.drafts.set(draft, view);
    }

    /// Begins an edit; `refused` is an operation whose text it takes up.
    pub(crate) fn begin_edit(&self, item: &TimelineItem, refused: Option<(OpId, String)>) {
        let (replaces, text) = match refused {
            Some((op, text)) => (Some(op), text),
            None => (None, item.body.clone()),
        };
        let Some(room) = self.open_room() else {
            return;
        };
        let edit = Edit {
            room,
            base_rev: item.rev,
            original: item.body.clone(),
            replaces,
        };
        let id = item.id;
        self.0.drafts.load(Draft::Edit(id), text);
        self.update(|state| {
            Rc::make_mut(&mut state.edits).insert(id, Rc::new(edit));
        });
    }

    /// Begins to edit the newest own message that is on the screen.
    pub(crate) fn edit_last(&self) {
        let window = self.0.state.borrow().window.clone();
        let last = window.and_then(|window| {
            let mut items = window.items.iter().rev();
            items.find(|item| item.mine && !item.deleted).cloned()
        });
        if let Some(item) = last {
            self.begin_edit(&item, None);
        }
    }

    /// Ends an edit, saved or given up.
    pub(crate) fn end_edit(&self, message: MessageId) {
        self.set_draft(Draft::Edit(message), String::new());
        self.update(|state| {
            Rc::make_mut(&mut state.edits).remove(&message);
        });
    }
}
