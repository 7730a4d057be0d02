//! The one place for what is on the screen. It reads the shell again when rows changed or the person went elsewhere.
//!
//! Invariants: content comes from a reading only. Each part of the screen has at most one reading under way, and a
//! change during it causes another one after it, so that an older answer never covers a newer one.

mod choices;
mod drafts;
mod edits;
mod files;
mod jump;
mod links;
mod messages;
mod places;
mod reading;
mod refresh;
mod replies;
mod rooms;
mod search;
mod seen;
mod settings;
mod versions;

pub(crate) use self::drafts::Draft;
use self::drafts::Drafts;
use self::files::{Files, Shown};
pub(crate) use self::jump::{Missing, Target};
use self::messages::Want;
use self::places::Places;
use self::reading::Reading;
use self::refresh::Part;
pub(crate) use self::rooms::Over;
pub(crate) use self::search::Search;
use self::seen::Seen;
pub(crate) use self::versions::Versions;
use crate::bridge;
use crate::parts::toast::Toast;
use crate::rooms::order;
use crate::timeline::window::Window;
use model::view::{
    Account, DesktopView, DirectoryView, DraftFileView, ExchangeView, Failure, FontSize,
    KnownPerson, NoticeView, OutboxView, PersonView, PinView, RecoveredView, ReplyView, RoomView,
    RowEvent, SettingsView, Status,
};
use model::{Link, MessageId, OpId, Rev, RoomId, Seq, UserId};
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
    /// What waits for the relay, and what did not get through.
    Sync,
    /// What is searched, and what was found.
    Search,
    /// The settings.
    Settings,
    /// Imports and exports.
    Exchange,
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
    /// What was read when the person came: the line between old and new.
    pub(crate) unread_from: Option<Seq>,
    /// The message that the last jump led to.
    pub(crate) target: Option<Target>,
    /// Why the last jump has not arrived.
    pub(crate) missing: Option<Missing>,
    /// The messages that the next ones answer, a room.
    pub(crate) replies: Rc<BTreeMap<RoomId, Rc<ReplyView>>>,
    /// The pinned messages of the open room.
    pub(crate) pins: Rc<Vec<PinView>>,
    /// Whether all of them are listed.
    pub(crate) lists_pins: bool,
    /// The message whose texts are looked at.
    pub(crate) versions: Option<Rc<Versions>>,
    /// The people of the open room.
    pub(crate) people: Rc<Vec<PersonView>>,
    /// The rooms that could be joined.
    pub(crate) directory: Rc<Vec<DirectoryView>>,
    /// The edits under way.
    pub(crate) edits: Rc<BTreeMap<MessageId, Rc<Edit>>>,
    /// What waits for the relay.
    pub(crate) waiting: Rc<Vec<OutboxView>>,
    /// What did not get through.
    pub(crate) recovered: Rc<Vec<RecoveredView>>,
    /// What the person should read once.
    pub(crate) notices: Rc<Vec<NoticeView>>,
    /// How the files on the screen are.
    pub(crate) files: Files,
    /// What is attached to messages that are not written yet.
    pub(crate) draft_files: Rc<Vec<DraftFileView>>,
    /// Why nothing can be written in the open room.
    pub(crate) closed: Option<Rc<Failure>>,
    /// What is searched, and what was found.
    pub(crate) search: Rc<Search>,
    /// The app's settings; none before they were read once.
    pub(crate) settings: Option<Rc<SettingsView>>,
    /// The app itself.
    pub(crate) desktop: Rc<DesktopView>,
    /// Imports and exports, newest first.
    pub(crate) exchanges: Rc<Vec<ExchangeView>>,
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
    shown_files: Shown,
    choices: RefCell<BTreeMap<String, String>>,
    last_user: Cell<Option<UserId>>,
    places: Places,
    seen: Rc<Seen>,
    /// What the next reading of the timeline is for.
    want: Cell<Want>,
    /// What the reading that is under way is for.
    loading: Cell<Want>,
    /// Rows of the timeline have changed since it was read.
    dirty: Cell<bool>,
    at_end: Cell<bool>,
    writing: Cell<bool>,
    jumps: Cell<u32>,
    targets: Cell<u32>,
    /// The message that is to be jumped to when it is here.
    awaited: Cell<Option<MessageId>>,
    /// The room that the line between old and new is of.
    unread_room: Cell<Option<RoomId>>,
    /// The open room is the one of the last time; nobody has chosen it yet.
    restored: Cell<bool>,
    told_where: Cell<Option<RoomId>>,
    /// The size that was chosen and does not hold yet.
    size_wanted: Cell<Option<FontSize>>,
    /// The number of the last search.
    searches: Cell<u64>,
    /// The room that we were last said to type in, and when.
    typing_told: Cell<Option<(RoomId, f64)>>,
    /// The link that waits is an invite that was taken.
    accepted: Cell<bool>,
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
            shown_files: Shown::default(),
            choices: RefCell::default(),
            last_user: Cell::default(),
            places: Places::default(),
            seen: Rc::default(),
            want: Cell::default(),
            loading: Cell::default(),
            dirty: Cell::default(),
            at_end: Cell::new(true),
            writing: Cell::default(),
            jumps: Cell::default(),
            targets: Cell::default(),
            awaited: Cell::default(),
            unread_room: Cell::default(),
            restored: Cell::default(),
            told_where: Cell::default(),
            size_wanted: Cell::default(),
            searches: Cell::default(),
            typing_told: Cell::default(),
            accepted: Cell::default(),
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
                    store.load_places().await;
                    store.load_choices().await;
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

    /// The messages that are on the screen, as they are now.
    pub(crate) fn window(&self) -> Option<Rc<Window>> {
        self.0.state.borrow().window.clone()
    }

    fn rows_changed(&self, event: &RowEvent) {
        for part in refresh::parts(event, self.open_room()) {
            if part == Part::Timeline {
                self.0.dirty.set(true);
            }
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
                self.forget_places();
                self.update(|state| {
                    state.edits = Rc::default();
                    state.replies = Rc::default();
                });
            }
        }
        self.update(|state| {
            state.phase = Phase::Running;
            state.account = account.map(Rc::new);
            if state.account.is_none() {
                state.open = None;
                state.window = None;
                state.versions = None;
                state.people = Rc::default();
                state.pins = Rc::default();
                state.known = Rc::default();
                state.over = None;
                state.page = Page::Room;
            }
        });
        self.open_first();
        self.follow_link();
    }

    fn set_rooms(&self, rooms: Vec<RoomView>) {
        let open = self.open_room();
        let left = self.0.restored.take()
            && open.is_some_and(|open| !rooms.iter().any(|room| room.id == open));
        self.update(|state| {
            state.rooms = Some(Rc::new(rooms));
            if left {
                state.open = None;
                state.window = None;
            }
        });
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

    /// The people of the open room, as they are now.
    pub(crate) fn people(&self) -> Rc<Vec<PersonView>> {
        self.0.state.borrow().people.clone()
    }

    /// The names of our rooms, as they are now.
    pub(crate) fn room_names(&self) -> Vec<String> {
        let state = self.0.state.borrow();
        let rooms = state.rooms.iter().flat_map(|rooms| rooms.iter());
        rooms.map(|room| room.name.clone()).collect()
    }

    /// Shows a room, where the person left it.
    pub(crate) fn open(&self, room: RoomId) {
        self.forget_target();
        if self.open_room() == Some(room) {
            self.update(|state| state.page = Page::Room);
            self.read(Part::Timeline);
        } else {
            self.0.want.set(Want::Same);
            self.open_for_jump(room);
            self.read(Part::Timeline);
        }
    }

    /// Shows another room; what of its messages is the caller's to say.
    fn open_for_jump(&self, room: RoomId) {
        self.0.restored.set(false);
        self.0.unread_room.set(None);
        self.0.writing.set(false);
        self.update(|state| {
            state.page = Page::Room;
            state.open = Some(room);
            state.window = None;
            state.unread_from = None;
            state.versions = None;
            state.people = Rc::default();
            state.closed = None;
            state.pins = Rc::default();
            state.lists_pins = false;
        });
        self.enter(room);
        self.read(Part::People);
        self.read(Part::Pins);
        self.read(Part::Files);
        self.read(Part::Writing);
        spawn_local(async move {
            // Only the order of the switcher is lost without it.
            bridge::opened(room).await.ok();
        });
    }

    /// Lists the pinned messages of the open room, or no more.
    pub(crate) fn list_pins(&self, on: bool) {
        self.update(|state| state.lists_pins = on);
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
            Page::Sync => {
                self.read(Part::Recovered);
                self.read(Part::Waiting);
            }
            Page::Search => self.read(Part::Search),
            Page::Exchange => self.read(Part::Exchanges),
            Page::Room | Page::NewRoom | Page::Settings => {}
        }
    }
}
