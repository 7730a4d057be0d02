//! The one place for what is on the screen. It reads the shell again when rows changed or the person went elsewhere.
//!
//! Invariants: content comes from a reading only. Each part of the screen has at most one reading under way, and a
//! change during it causes another one after it, so that an older answer never covers a newer one.

mod drafts;
mod edits;
mod links;
mod messages;
mod reading;
mod refresh;
mod rooms;
mod settings;

pub(crate) use self::drafts::Draft;
use self::drafts::Drafts;
use self::reading::Reading;
use self::refresh::Part;
pub(crate) use self::rooms::Over;
use crate::bridge;
use crate::parts::toast::Toast;
use crate::rooms::order;
use crate::timeline::window::Window;
use model::view::{
    Account, DesktopView, DirectoryView, Failure, FontSize, KnownPerson, NoticeView, PersonView,
    RecoveredView, RoomView, RowEvent, SettingsView, Status,
};
use model::{Link, MessageId, OpId, Rev, RoomId, UserId};
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
    /// The settings.
    Settings,
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
    /// The app's settings; none before they were read once.
    pub(crate) settings: Option<Rc<SettingsView>>,
    /// The app itself.
    pub(crate) desktop: Rc<DesktopView>,
    /// Why the local database could not be read.
    pub(crate) trouble: Option<Failure>,
    /// Everybody at the relay.
    pub(crate) known: Rc<Vec<KnownPerson>>,
    /// The sections of the list of rooms that are folded up.
    pub(crate) folded: Rc<Vec<String>>,
    /// What lies over the page.
    pub(crate) over: Option<Over>,
    /// A link that is still to be followed: an invite waits for somebody to sign in.
    pub(crate) link: Option<Link>,
    /// A sentence that goes by itself.
    pub(crate) toast: Option<Toast>,
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
    told_where: Cell<Option<RoomId>>,
    /// The size that was chosen and does not hold yet.
    size_wanted: Cell<Option<FontSize>>,
    /// The room that we were last said to type in, and when.
    typing_told: Cell<Option<(RoomId, f64)>>,
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
            told_where: Cell::default(),
            size_wanted: Cell::default(),
            typing_told: Cell::default(),
        }))
    }

    /// Listens first, then reads: so no change falls between.
    pub(crate) fn start(&self) {
        let store = self.clone();
        spawn_local(async move {
            let listener = store.clone();
            let heard = bridge::on_rows(move |event| listener.rows_changed(&event)).await;
            // They hold on the screen that says why nothing else does, too.
            store.read(Part::Settings);
            store.listen_for_links().await;
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
        self.tell_where(&state);
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
                state.known = Rc::default();
                state.over = None;
                state.page = Page::Room;
            }
        });
        self.open_first();
        self.follow_link();
    }

    fn set_rooms(&self, rooms: Vec<RoomView>) {
        self.update(|state| state.rooms = Some(Rc::new(rooms)));
        self.open_first();
        self.follow_link();
    }

    /// Someone who signs in sees a room, not an empty page.
    fn open_first(&self) {
        let first = {
            let state = self.0.state.borrow();
            if state.open.is_some() || state.account.is_none() || state.page != Page::Room {
                return;
            }
            let rooms = state.rooms.as_ref();
            rooms.and_then(|rooms| order::next(rooms, None, true, false))
        };
        if let Some(room) = first {
            self.open(room);
        }
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
        spawn_local(async move {
            // Only the order of the switcher is lost without it.
            bridge::opened(room).await.ok();
        });
    }

    /// Says a sentence that goes by itself.
    pub(crate) fn toast(&self, text: impl Into<yew::AttrValue>) {
        let text = text.into();
        self.update(|state| {
            let id = state
                .toast
                .as_ref()
                .map_or(0, |toast| toast.id.wrapping_add(1));
            state.toast = Some(Toast { id, text });
        });
    }

    /// It has been there long enough.
    pub(crate) fn toast_gone(&self, id: u32) {
        self.update(|state| {
            if state.toast.as_ref().is_some_and(|toast| toast.id == id) {
                state.toast = None;
            }
        });
    }

    /// Shows another page in the main part.
    pub(crate) fn go(&self, page: Page) {
        self.update(|state| state.page = page);
        match page {
            Page::Browse => self.read(Part::Directory),
            Page::Recovered => self.read(Part::Recovered),
            Page::Room | Page::NewRoom | Page::Settings => {}
        }
    }
}
