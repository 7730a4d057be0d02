//! Which messages are news: on real clients and a real relay. What a notification then says is the shell's (src-tauri/src/notify).

#![allow(clippy::unwrap_used)]

use client::Client;
use client::lookout::{Arrivals, Lookout};
use model::view::{Connection, RowEvent};
use model::{NamedUser, RoomId};
use std::collections::BTreeMap;
use system_tests::people::Home;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;
use tokio::sync::broadcast::Receiver;

/// Somebody who is told of what is new.
struct Told {
    client: Client,
    events: Receiver<RowEvent>,
    lookout: Lookout,
    /// The bodies that were told, by room.
    heard: BTreeMap<RoomId, Vec<String>>,
    last: Vec<Arrivals>,
}

impl Told {
    async fn new(client: Client) -> Self {
        let events = client.events();
        let mut told = Self {
            client,
            events,
            lookout: Lookout::default(),
            heard: BTreeMap::new(),
            last: Vec::new(),
        };
        let everything = RowEvent {
            tables: vec![model::view::Table::Account, model::view::Table::Message],
            rooms: Vec::new(),
            rooms_unknown: true,
        };
        told.look(&everything).await;
        told
    }

    async fn look(&mut self, event: &RowEvent) {
        for arrivals in self.lookout.look(&self.client, event).await.unwrap() {
            let heard = self.heard.entry(arrivals.room).or_default();
            heard.extend(arrivals.messages.iter().map(|one| one.body.clone()));
            self.last.push(arrivals);
        }
    }

    /// Looks at every event until a condition holds of what is told, or of the client.
    async fn until(&mut self, what: &str, is_met: impl AsyncFn(&Self) -> bool) {
        let met = async {
            while !is_met(self).await {
                let event = self.events.recv().await.unwrap();
                self.look(&event).await;
            }
        };
        assert!(
            tokio::time::timeout(wait::DEADLINE, met).await.is_ok(),
            "waited in vain until {what}"
        );
    }

    /// Looks until this is told of a room.
    async fn hears(&mut self, room: RoomId, body: &str) {
        self.until(body, async |told| {
            told.of(room).iter().any(|heard| heard == body)
        })
        .await;
    }

    fn of(&self, room: RoomId) -> Vec<String> {
        self.heard.get(&room).cloned().unwrap_or_default()
    }
}

async fn sent(client: &Client) {
    wait::until(
        "everything is sent",
        async || client.status().await.unwrap(),
        |status| status.waiting == 0,
    )
    .await;
}

async fn online(told: &mut Told) {
    told.until("it is online", async |told| {
        told.client.status().await.unwrap().connection == Connection::Online
    })
    .await;
}

async fn join(client: &Client, room: RoomId) {
    wait::until(
        "the room is told of",
        async || {
            client.browse().await.unwrap();
            client.directory().await.unwrap()
        },
        |rooms| rooms.iter().any(|found| found.id == room),
    )
    .await;
    client.join(room).await.unwrap();
    sent(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_is_told_once_and_history_never() {
    let relay = RelayProcess::start().await;
    let home = Home::new();
    for name in ["ada", "grace"] {
        relay.add_user(name);
    }
    let grace = home.client(&relay, "grace", "grace").await;
    let room = grace.create_room("General", "").await.unwrap();
    for n in 0..5 {
        grace.post(room, &format!("history {n}")).await.unwrap();
    }
    sent(&grace).await;
    let ada = home.client(&relay, "ada", "ada").await;
    join(&ada, room).await;
    grace.post(room, "after she came").await.unwrap();
    sent(&grace).await;
    ada.close().await;

    // A second device: everything is new to it, and nothing is news.
    let mut second = Told::new(home.client(&relay, "second", "ada").await).await;
    online(&mut second).await;
    second
        .until("all is there", async |told| {
            let items = told.client.timeline(room, None, 50).await;
            items.is_ok_and(|timeline| timeline.items.len() == 6)
        })
        .await;
    assert_eq!(second.of(room), Vec::<String>::new());
    // From here on each is told, once, and one's own is not.
    grace.post(room, "one").await.unwrap();
    second.hears(room, "one").await;
    second.client.post(room, "my own").await.unwrap();
    sent(&second.client).await;
    grace.post(room, "@ada two").await.unwrap();
    second.hears(room, "@ada two").await;
    assert_eq!(second.of(room), ["one", "@ada two"]);
    let mentions: Vec<bool> = second
        .last
        .iter()
        .flat_map(|arrivals| arrivals.messages.iter().map(|one| one.mention))
        .collect();
    assert_eq!(mentions, [false, true]);

    // Who was away is told of what came meanwhile, but not of what was read on the other device.
    let ada = Client::open(&home.profile("ada")).await.unwrap();
    let newest = wait::until(
        "ada has the newest",
        async || ada.timeline(room, None, 50).await.unwrap().items,
        |items| {
            items
                .iter()
                .any(|item| item.body == "@ada two" && item.position.is_some())
        },
    )
    .await;
    ada.close().await;
    let read = newest
        .iter()
        .filter_map(|item| item.position)
        .max()
        .unwrap();
    grace.post(room, "read elsewhere").await.unwrap();
    second.hears(room, "read elsewhere").await;
    let items = second.client.timeline(room, None, 50).await.unwrap().items;
    let position = items.iter().filter_map(|item| item.position).max().unwrap();
    assert!(position > read);
    second.client.mark_read(room, position).await.unwrap();
    sent(&second.client).await;
    grace.post(room, "unread").await.unwrap();
    sent(&grace).await;
    let mut ada = Told::new(Client::open(&home.profile("ada")).await.unwrap()).await;
    ada.hears(room, "unread").await;
    assert_eq!(ada.of(room), ["unread"]);
    let unread = ada.client.unread().await.unwrap();
    assert_eq!((unread.messages, unread.mentions), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_new_is_told_from_the_moment_one_is_in_it() {
    let relay = RelayProcess::start().await;
    let home = Home::new();
    for name in ["ada", "grace"] {
        relay.add_user(name);
    }
    let grace = home.client(&relay, "grace", "grace").await;
    let room = grace.create_room("General", "").await.unwrap();
    grace.post(room, "before she came").await.unwrap();
    sent(&grace).await;
    let mut ada = Told::new(home.client(&relay, "ada", "ada").await).await;
    online(&mut ada).await;
    join(&ada.client, room).await;
    grace.post(room, "after she came").await.unwrap();
    ada.hears(room, "after she came").await;
    assert_eq!(ada.of(room), ["after she came"]);

    // A direct room that somebody opens, with its first message.
    let account = ada.client.account().await.unwrap().unwrap();
    let with = vec![NamedUser {
        user_id: account.user_id,
        name: account.name,
    }];
    let direct = grace.open_direct(with).await.unwrap();
    grace.post(direct, "a word with you?").await.unwrap();
    ada.hears(direct, "a word with you?").await;
    assert!(ada.last.last().is_some_and(|arrivals| arrivals.direct));

    // A muted one is marked, and not counted.
    let before = ada.client.unread().await.unwrap().messages;
    ada.client.set_muted(room, true).await.unwrap();
    grace.post(room, "noise").await.unwrap();
    ada.hears(room, "noise").await;
    assert!(ada.last.last().is_some_and(|arrivals| arrivals.muted));
    let after = ada.client.unread().await.unwrap().messages;
    assert!(after < before + 1, "{before} {after}");
}
