//! Notifications: from rows that came to what the system shows.
//!
//! - [`client::lookout`]: which messages have just arrived.
//! - [`piles`]: what a room's notification says, and whether there is one.
//! - `freedesktop`, `other`: the system's service.
//!
//! Invariant: this only looks: nothing here writes a row, and a service that does not answer delays nothing else.

#[cfg(target_os = "linux")]
mod freedesktop;
#[cfg(not(target_os = "linux"))]
mod other;
mod piles;

#[cfg(target_os = "linux")]
use freedesktop::Notifier;
#[cfg(not(target_os = "linux"))]
use other::Notifier;

use crate::accounts::Shell;
use crate::texts::Texts;
use crate::{rows, tray};
use client::Client;
use client::lookout::{Arrivals, Lookout, Unread};
use client::settings::SettingsStore;
use model::view::{RowEvent, Table};
use model::{Link, RoomId};
use piles::{News, Piles};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tauri::{AppHandle, Manager};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;

/// The name of the desktop entry in the packages.
#[cfg(target_os = "linux")]
pub(crate) const DESKTOP_ENTRY: &str = "Amend";
/// That of the icons.
#[cfg(target_os = "linux")]
const ICON: &str = "amend-desktop";

/// What the number of unread messages depends on.
const COUNTED: [Table; 7] = [
    Table::Account,
    Table::Room,
    Table::Member,
    Table::Message,
    Table::Cursor,
    Table::ReadMarker,
    Table::RoomPref,
];

/// Which notification: the profile of an account, and a room of it.
type About = (String, RoomId);

/// A notification in words.
struct Shown {
    about: About,
    title: String,
    body: String,
    /// What a click does, in a word.
    action: String,
    /// What a click opens.
    link: String,
}

/// What the person looks at: the window in front, and the room in it.
#[derive(Default)]
pub(crate) struct Attention {
    held: Mutex<(bool, Option<RoomId>)>,
    changed: Notify,
}

impl Attention {
    /// The window came to the front, or went.
    pub(crate) fn focused(&self, focused: bool) {
        self.set(|held| held.0 = focused);
    }

    /// The page shows this room, or none.
    pub(crate) fn shows(&self, room: Option<RoomId>) {
        self.set(|held| held.1 = room);
    }

    fn set(&self, change: impl FnOnce(&mut (bool, Option<RoomId>))) {
        change(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    /// The room that the person looks at.
    fn room(&self) -> Option<RoomId> {
        let (focused, room) = *self.held.lock().unwrap_or_else(PoisonError::into_inner);
        room.filter(|_| focused)
    }
}

/// Tells the person of what arrives in any of the accounts, until the app ends.
pub(crate) async fn tell(app: AppHandle) {
    let mut events = app.state::<Shell>().events();
    let mut teller = Teller {
        notifier: Notifier::new(app.clone()),
        accounts: HashMap::new(),
        app: app.clone(),
    };
    teller.everything().await;
    let attention = app.state::<Attention>();
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => teller.rows(&event.profile, &event.rows).await,
                Err(RecvError::Lagged(_)) => teller.everything().await,
                Err(RecvError::Closed) => return,
            },
            () = attention.changed.notified() => teller.looked().await,
        }
    }
}

struct Teller {
    app: AppHandle,
    notifier: Notifier,
    accounts: HashMap<String, Known>,
}

/// What is known of an account: how far it was looked at, and what its person has not seen.
#[derive(Default)]
struct Known {
    lookout: Lookout,
    piles: Piles,
    unread: Unread,
}

impl Teller {
    async fn everything(&mut self) {
        for (profile, _) in self.app.state::<Shell>().clients() {
            self.rows(&profile, &rows::everything()).await;
        }
    }

    async fn rows(&mut self, profile: &str, event: &RowEvent) {
        let Ok(client) = self.app.state::<Shell>().client_of(profile) else {
            self.accounts.remove(profile);
            return;
        };
        let known = self.accounts.entry(profile.to_owned()).or_default();
        let found = known.lookout.look(&client, event).await;
        match found {
            Ok(found) => {
                for arrivals in found {
                    self.arrived(profile, &arrivals).await;
                }
            }
            Err(error) => tracing::warn!(%error, "cannot tell what is new"),
        }
        self.looked().await;
        if event.tables.iter().any(|table| COUNTED.contains(table)) {
            self.count(profile, &client).await;
        }
    }

    async fn arrived(&mut self, profile: &str, arrivals: &Arrivals) {
        let settings = self.app.state::<SettingsStore>().current().settings;
        let looking_at = self.looking_at(profile);
        let Some(known) = self.accounts.get_mut(profile) else {
            return;
        };
        let news = known.piles.add(arrivals, &settings, looking_at);
        let shown = news.map(|news| words(profile, &news, &Texts::of(&settings.language)));
        if let Some(shown) = shown {
            self.notifier.show(shown).await;
        }
    }

    /// The room that the person looks at, if it is one of this account.
    fn looking_at(&self, profile: &str) -> Option<RoomId> {
        let selected = self.app.state::<Shell>().selected() == profile;
        self.app.state::<Attention>().room().filter(|_| selected)
    }

    /// The room that the person looks at needs no notification any more.
    async fn looked(&mut self) {
        let selected = self.app.state::<Shell>().selected();
        let Some(room) = self.looking_at(&selected) else {
            return;
        };
        let known = self.accounts.get_mut(&selected);
        if known.is_some_and(|known| known.piles.seen(room)) {
            self.notifier.withdraw(&(selected, room)).await;
        }
    }

    /// Counts what is unread, and withdraws what was read on another device.
    async fn count(&mut self, profile: &str, client: &Client) {
        let unread = match client.unread().await {
            Ok(unread) => unread,
            Err(error) => {
                tracing::warn!(%error, "cannot count what is unread");
                return;
            }
        };
        let Some(known) = self.accounts.get_mut(profile) else {
            return;
        };
        let read: Vec<RoomId> = known.piles.rooms();
        let read = read.into_iter().filter(|room| unread.read.contains(room));
        let read: Vec<RoomId> = read.filter(|room| known.piles.seen(*room)).collect();
        known.unread = unread;
        for room in read {
            self.notifier.withdraw(&(profile.to_owned(), room)).await;
        }
        let sum = |of: fn(&Unread) -> u32| {
            let accounts = self.accounts.values();
            accounts.fold(0_u32, |sum, known| sum.saturating_add(of(&known.unread)))
        };
        tray::show(
            &self.app,
            sum(|unread| unread.messages),
            sum(|unread| unread.mentions),
        );
    }
}

fn words(profile: &str, news: &News, texts: &Texts) -> Shown {
    let (author, room) = (news.author.as_str(), news.name.as_str());
    let many = [
        ("count", news.count.into()),
        ("author", author.into()),
        ("room", room.into()),
    ];
    let title = match (news.count, news.direct) {
        (1, true) => author.to_owned(),
        (1, false) => texts.with("notify-one", &many),
        (_, true) => texts.with("notify-many-direct", &many),
        (_, false) => texts.with("notify-many", &many),
    };
    let body = match &news.text {
        None => texts.text("notify-hidden"),
        Some(text) if news.count > 1 && !news.direct => texts.with(
            "notify-latest",
            &[("author", author.into()), ("text", text.as_str().into())],
        ),
        Some(text) => text.clone(),
    };
    Shown {
        about: (profile.to_owned(), news.room),
        title,
        body,
        action: texts.text("notify-open"),
        link: Link::Message {
            relay: None,
            room: news.room,
            message: news.first,
        }
        .to_string(),
    }
}
