//! A team in the middle of its day: what screenshots show and what the accessibility checks look at.

use crate::people::Home;
use crate::relay_process::RelayProcess;
use crate::wait;
use client::Client;
use model::view::TimelineItem;
use model::{MessageId, NamedUser, RoomId};

/// Who is there; ada's window is the one that is looked at.
pub const PEOPLE: [&str; 4] = ["ada", "grace", "alan", "edsger"];

/// A relay, its people, their rooms and what they said.
pub struct Scenery {
    /// The relay.
    pub relay: RelayProcess,
    /// Everyone's profiles.
    pub home: Home,
    /// Everyone but ada, connected, in the order of [`PEOPLE`].
    pub others: Vec<Client>,
    /// The room that is looked at.
    pub general: RoomId,
}

impl Scenery {
    /// Sets it. Ada is signed in, her profile is closed and everything is in it.
    ///
    /// # Panics
    /// When anything goes wrong.
    pub async fn set() -> Self {
        let relay = RelayProcess::start().await;
        let home = Home::new();
        for person in PEOPLE {
            relay.add_user(person);
        }
        let ada = home.client(&relay, "ada", "ada").await;
        let mut others = Vec::new();
        for person in &PEOPLE[1..] {
            others.push(home.client(&relay, person, person).await);
        }
        let general = ada
            .create_room("General", "What everyone should know")
            .await
            .unwrap();
        let engine = ada
            .create_room("Analytical Engine", "Cards, mills and stores")
            .await
            .unwrap();
        let lunch = ada.create_room("Lunch", "").await.unwrap();
        settle(&ada).await;
        for (n, other) in others.iter().enumerate() {
            join(other, general).await;
            join(other, lunch).await;
            if n < 2 {
                join(other, engine).await;
            }
            settle(other).await;
        }
        talk(&ada, &others, general).await;
        others[1]
            .post(lunch, "Noodles at half past twelve? @ada")
            .await
            .unwrap();
        others[0]
            .post(engine, "The mill jams on card 7 again.")
            .await
            .unwrap();
        let ada_user = ada.account().await.unwrap().unwrap();
        let direct = others[0]
            .open_direct(vec![NamedUser {
                user_id: ada_user.user_id,
                name: ada_user.name,
            }])
            .await
            .unwrap();
        others[0]
            .post(direct, "Could you look at my proof before noon?")
            .await
            .unwrap();
        for other in &others {
            settle(other).await;
        }
        for room in [general, engine, lunch, direct] {
            wait::until(
                "ada has heard it all",
                async || ada.timeline(room, None, 50).await.unwrap().items.len(),
                |count| *count > 0,
            )
            .await;
        }
        ada.close().await;
        Self {
            relay,
            home,
            others,
            general,
        }
    }

    /// Ada changes a message offline that she changes otherwise on another device meanwhile: her first device learns that the
    /// two differ. Her window must be closed.
    ///
    /// # Panics
    /// When anything goes wrong.
    pub async fn disagree(&mut self) {
        let text = "Thank you all 🙏 I shall write it up for @grace";
        let phone = self.home.client(&self.relay, "ada-phone", "ada").await;
        let own = async |client: &Client| {
            wait::until(
                "ada's message is there",
                async || {
                    let items = client.timeline(self.general, None, 50).await.unwrap().items;
                    items.into_iter().find(|item| item.body == text)
                },
                Option::is_some,
            )
            .await
            .unwrap()
        };
        let theirs = own(&phone).await;
        self.relay.kill();
        let laptop = Client::open(&self.home.profile("ada")).await.unwrap();
        let mine = own(&laptop).await;
        let to = "Thank you all 🙏 I shall write it up tonight";
        laptop
            .edit(self.general, mine.id, (mine.rev, text), to, None)
            .await
            .unwrap();
        laptop.close().await;
        self.relay.come_back().await;
        let to = "Thank you all 🙏 @grace writes it up";
        phone
            .edit(self.general, theirs.id, (theirs.rev, text), to, None)
            .await
            .unwrap();
        settle(&phone).await;
        phone.close().await;
        let laptop = Client::open(&self.home.profile("ada")).await.unwrap();
        wait::until(
            "it is told that the two differ",
            async || laptop.recovered().await.unwrap().len(),
            |count| *count == 1,
        )
        .await;
        laptop.close().await;
    }
}

/// Joins a room, once the relay has told that there is one.
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
}

/// Waits until nothing is left to be sent.
async fn settle(client: &Client) {
    wait::until(
        "everything is sent",
        async || client.status().await.unwrap(),
        |status| status.waiting == 0,
    )
    .await;
}

async fn said(client: &Client, room: RoomId, id: MessageId) -> TimelineItem {
    wait::until(
        "the message has come",
        async || {
            let items = client.timeline(room, None, 50).await.unwrap().items;
            items
                .into_iter()
                .find(|item| item.id == id && item.position.is_some())
        },
        Option::is_some,
    )
    .await
    .unwrap()
}

async fn talk(ada: &Client, others: &[Client], room: RoomId) {
    let [grace, alan, edsger] = others else {
        panic!("three others");
    };
    let plan = ada
        .post(
            room,
            "Good morning! Today:\n\n1. **Release** at four\n2. Review of the _tape drive_\n3. Cake :cake:",
        )
        .await
        .unwrap();
    said(grace, room, plan).await;
    let found = grace
        .post(room, "Found the bug. It was a moth:\n\n```rust\nfn main() {\n    let moth = relay(70).panel('F');\n    println!(\"{moth:?}\"); // first actual case\n}\n```")
        .await
        .unwrap();
    said(alan, room, found).await;
    alan.react(room, found, "🦋", true).await.unwrap();
    said(edsger, room, found).await;
    edsger.react(room, found, "🦋", true).await.unwrap();
    said(ada, room, found).await;
    ada.react(room, found, "🎉", true).await.unwrap();
    ada.pin(room, plan, true).await.unwrap();
    let table = alan
        .post(
            room,
            "| machine | cards/min | state |\n|---|---:|---|\n| Mill 1 | 120 | ok |\n| Mill 2 | 95 | slow |",
        )
        .await
        .unwrap();
    said(edsger, room, table).await;
    let remark = edsger
        .post(
            room,
            "Please no `goto` in the new cards. See https://example.org/considered-harmful.",
        )
        .await
        .unwrap();
    let seen = said(edsger, room, remark).await;
    edsger
        .edit(
            room,
            remark,
            (seen.rev, &seen.body),
            "Please no `goto` in the new cards, **ever**. See https://example.org/considered-harmful.",
            None,
        )
        .await
        .unwrap();
    let gone = edsger.post(room, "Never mind this one").await.unwrap();
    said(edsger, room, gone).await;
    edsger.delete(room, gone).await.unwrap();
    settle(edsger).await;
    let hebrew = alan
        .post(room, "שלום לכולם, הכרטיסים מוכנים")
        .await
        .unwrap();
    said(ada, room, hebrew).await;
    let thanks = ada
        .post(room, "Thank you all 🙏 I shall write it up for @grace")
        .await
        .unwrap();
    said(grace, room, thanks).await;
    for client in [ada, grace, alan, edsger] {
        settle(client).await;
    }
}
