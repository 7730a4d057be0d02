//! Wounds that others carry, over real parts: a real relay, a real Postgres, real clients, and a line that is cut and
//! stalled. The same as small simulated histories: `sim/wounds.rs`.

#![allow(clippy::unwrap_used)]

use client::Client;
use model::view::{Delivery, TimelineItem};
use model::{MessageId, RoomId};
use std::collections::BTreeMap;
use system_tests::people::Home;
use system_tests::proxy::Proxy;
use system_tests::relay_process::RelayProcess;
use system_tests::wait;

/// A relay, a line to it, ada behind the line, grace beside it, and a room with both.
struct Scene {
    relay: RelayProcess,
    line: Proxy,
    home: Home,
    ada: Client,
    grace: Client,
    room: RoomId,
}

impl Scene {
    async fn new() -> Self {
        let relay = RelayProcess::start().await;
        for name in ["ada", "grace"] {
            relay.add_user(name);
        }
        let line = Proxy::start(vec![relay.address()]).await;
        let home = Home::new();
        let ada = home.client_over(&line, "ada", "ada").await;
        let room = ada.create_room("General", "").await.unwrap();
        settled(&ada).await;
        let grace = home.client(&relay, "grace", "grace").await;
        let known = |rooms: &Vec<model::view::DirectoryView>| !rooms.is_empty();
        wait::until(
            "grace knows the room",
            async || grace.directory().await.unwrap(),
            known,
        )
        .await;
        grace.join(room).await.unwrap();
        settled(&grace).await;
        Self {
            relay,
            line,
            home,
            ada,
            grace,
            room,
        }
    }

    async fn items(&self, client: &Client) -> Vec<TimelineItem> {
        client.timeline(self.room, None, 1000).await.unwrap().items
    }

    async fn item(&self, client: &Client, id: MessageId) -> Option<TimelineItem> {
        self.items(client)
            .await
            .into_iter()
            .find(|item| item.id == id)
    }

    async fn edit(&self, client: &Client, id: MessageId, body: &str) {
        let item = self.item(client, id).await.unwrap();
        client
            .edit(self.room, id, (item.rev, &item.body), body, None)
            .await
            .unwrap();
    }

    /// Waits until a client shows a message with this text, sent.
    async fn shows(&self, client: &Client, id: MessageId, body: &str) {
        let is_so = |item: &Option<TimelineItem>| {
            item.as_ref()
                .is_some_and(|item| item.body == body && item.delivery == Delivery::Sent)
        };
        wait::until(body, async || self.item(client, id).await, is_so).await;
    }

    async fn failed(&self, client: &Client, id: MessageId) -> model::view::FailedOp {
        let is_so = |item: &Option<TimelineItem>| {
            matches!(
                item,
                Some(TimelineItem {
                    delivery: Delivery::Failed(_),
                    ..
                })
            )
        };
        let item = wait::until("it is refused", async || self.item(client, id).await, is_so).await;
        match item.unwrap().delivery {
            Delivery::Failed(failed) => failed,
            other => panic!("{other:?}"),
        }
    }
}

async fn waiting(client: &Client) -> u32 {
    client.status().await.unwrap().waiting
}

async fn settled(client: &Client) {
    wait::until(
        "nothing waits",
        async || waiting(client).await,
        |waiting| *waiting == 0,
    )
    .await;
}

/// GetStream/stream-chat-android#3318.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_posted_and_then_edited_offline_is_sent_with_the_edit() {
    let scene = Scene::new().await;
    scene.line.close(true);
    let id = scene.ada.post(scene.room, "words").await.unwrap();
    scene.edit(&scene.ada, id, "better words").await;
    scene.line.close(false);
    scene.shows(&scene.grace, id, "better words").await;
    scene.shows(&scene.ada, id, "better words").await;
}

/// meganz/MEGAchat#758.
#[tokio::test(flavor = "multi_thread")]
async fn the_echo_of_a_first_edit_does_not_undo_the_second() {
    let scene = Scene::new().await;
    let id = scene.ada.post(scene.room, "words").await.unwrap();
    scene.shows(&scene.grace, id, "words").await;
    // The first edit gets to the relay, its echo does not come back yet.
    scene.line.stall(false, true);
    scene.edit(&scene.ada, id, "first").await;
    scene.shows(&scene.grace, id, "first").await;
    scene.edit(&scene.ada, id, "second").await;
    let mut events = scene.ada.events();
    scene.line.stall(false, false);
    while waiting(&scene.ada).await > 0 {
        assert_eq!(scene.item(&scene.ada, id).await.unwrap().body, "second");
        let _ = tokio::time::timeout(wait::DEADLINE, events.recv())
            .await
            .unwrap();
    }
    scene.shows(&scene.grace, id, "second").await;
}

/// powersync-native#15.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_push_is_retried_without_another_local_write() {
    let scene = Scene::new().await;
    // Pushes are refused while somebody holds the room's row.
    let sql = scene.relay.database().client().await;
    sql.batch_execute(&format!(
        "BEGIN; SELECT 1 FROM room WHERE id = '{}' FOR UPDATE",
        scene.room
    ))
    .await
    .unwrap();
    let id = scene.ada.post(scene.room, "words").await.unwrap();
    let offline = |status: &model::view::Status| {
        matches!(status.connection, model::view::Connection::Offline { .. })
    };
    wait::until(
        "the push has failed",
        async || scene.ada.status().await.unwrap(),
        offline,
    )
    .await;
    sql.batch_execute("COMMIT").await.unwrap();
    scene.shows(&scene.grace, id, "words").await;
    settled(&scene.ada).await;
}

/// powersync.dart#326.
#[tokio::test(flavor = "multi_thread")]
async fn pending_local_writes_never_hold_up_incoming_rows() {
    let scene = Scene::new().await;
    scene.line.stall(true, false);
    let mine = scene.ada.post(scene.room, "mine").await.unwrap();
    let theirs = scene.grace.post(scene.room, "theirs").await.unwrap();
    scene.shows(&scene.ada, theirs, "theirs").await;
    assert_eq!(waiting(&scene.ada).await, 1);
    assert_eq!(
        scene.item(&scene.ada, mine).await.unwrap().delivery,
        Delivery::Pending
    );
    scene.line.stall(false, false);
    scene.shows(&scene.grace, mine, "mine").await;
}

/// powersync.dart#253.
#[tokio::test(flavor = "multi_thread")]
async fn reads_never_go_back_over_flaky_reconnects() {
    let scene = Scene::new().await;
    let theirs = scene.grace.post(scene.room, "0").await.unwrap();
    scene.shows(&scene.ada, theirs, "0").await;
    let mut mine: BTreeMap<MessageId, String> = BTreeMap::new();
    let mut newest = 0;
    for round in 1..=20 {
        scene.edit(&scene.grace, theirs, &round.to_string()).await;
        settled(&scene.grace).await;
        let id = scene.ada.post(scene.room, "words").await.unwrap();
        let text = format!("round {round}");
        scene.edit(&scene.ada, id, &text).await;
        mine.insert(id, text);
        scene.line.cut();
        let items = scene.items(&scene.ada).await;
        for (id, text) in &mine {
            let shown = items.iter().find(|item| item.id == *id).unwrap();
            assert_eq!(&shown.body, text);
        }
        let read: u32 = items
            .iter()
            .find(|item| item.id == theirs)
            .unwrap()
            .body
            .parse()
            .unwrap();
        assert!(read >= newest, "went back from {newest} to {read}");
        newest = read;
    }
    settled(&scene.ada).await;
    scene.shows(&scene.ada, theirs, "20").await;
    for (id, text) in &mine {
        scene.shows(&scene.grace, *id, text).await;
    }
}

/// powersync-js#605.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_messages_a_second_all_arrive_once_and_in_order() {
    let scene = Scene::new().await;
    let mut written = Vec::new();
    for number in 0..300 {
        written.push(
            scene
                .ada
                .post(scene.room, &number.to_string())
                .await
                .unwrap(),
        );
        if number % 60 == 30 {
            scene.line.cut();
        }
        tokio::time::sleep(std::time::Duration::from_millis(8)).await;
    }
    settled(&scene.ada).await;
    let ids = async || {
        scene
            .items(&scene.grace)
            .await
            .iter()
            .map(|item| item.id)
            .collect::<Vec<_>>()
    };
    let all = |ids: &Vec<MessageId>| ids.len() >= written.len();
    let arrived = wait::until("all have arrived", ids, all).await;
    assert_eq!(arrived, written);
}

/// element-web#16771.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_one_halts_what_depends_on_it_and_nothing_else() {
    let scene = Scene::new().await;
    let id = scene.ada.post(scene.room, "words").await.unwrap();
    settled(&scene.ada).await;
    scene.line.close(true);
    scene.edit(&scene.ada, id, "my words").await;
    scene.edit(&scene.ada, id, "my words and more").await;
    let first = scene.ada.post(scene.room, "first").await.unwrap();
    let second = scene.ada.post(scene.room, "second").await.unwrap();
    scene
        .relay
        .database()
        .sql("DELETE FROM message WHERE body = 'words'")
        .await;
    scene.line.close(false);
    scene.shows(&scene.grace, second, "second").await;
    settled(&scene.ada).await;
    let order: Vec<MessageId> = scene
        .items(&scene.grace)
        .await
        .iter()
        .map(|item| item.id)
        .collect();
    assert_eq!(order, [id, first, second]);
    let kept = scene.ada.recovered().await.unwrap();
    let texts: Vec<_> = kept
        .iter()
        .filter_map(|view| view.text.as_deref())
        .collect();
    assert_eq!(texts.len(), 2, "{kept:?}");
    assert!(texts.contains(&"my words") && texts.contains(&"my words and more"));
}

/// element-web#26905 and zulip#29097: a refused message, edited and retried; and one whose edit is given up.
#[tokio::test(flavor = "multi_thread")]
async fn an_unsent_or_failed_message_can_be_edited_and_retried_and_keeps_its_text() {
    let scene = Scene::new().await;
    scene.line.close(true);
    let unsent = scene.ada.post(scene.room, "unsent").await.unwrap();
    scene.edit(&scene.ada, unsent, "unsent, edited").await;
    let other = scene.ada.post(scene.room, "other").await.unwrap();
    let archive = "UPDATE room SET archived_at = now()";
    scene.relay.database().sql(archive).await;
    scene.line.close(false);
    scene.failed(&scene.ada, unsent).await;
    let failed = scene.failed(&scene.ada, other).await;
    scene
        .relay
        .database()
        .sql("UPDATE room SET archived_at = NULL")
        .await;
    // An edit that is none, and so given up, takes nothing from the text.
    let open = async || {
        let item = scene.item(&scene.ada, other).await.unwrap();
        scene
            .ada
            .edit(scene.room, other, (item.rev, &item.body), " ", None)
            .await
            .unwrap_err()
            .code()
    };
    wait::until("the room is open again", open, |code| code == "body_empty").await;
    assert_eq!(scene.item(&scene.ada, other).await.unwrap().body, "other");
    assert_eq!(scene.failed(&scene.ada, other).await, failed);
    scene.ada.retry(failed.op_id).await.unwrap();
    scene.edit(&scene.ada, unsent, "unsent, edited again").await;
    scene.shows(&scene.grace, other, "other").await;
    scene
        .shows(&scene.grace, unsent, "unsent, edited again")
        .await;
}

/// mattermost#37593.
#[tokio::test(flavor = "multi_thread")]
async fn offline_messages_survive_a_restart() {
    let Scene {
        relay: _relay,
        line,
        home,
        ada,
        grace,
        room,
    } = Scene::new().await;
    line.close(true);
    let id = ada.post(room, "written offline").await.unwrap();
    ada.close().await;
    let ada = Client::open(&home.profile("ada")).await.unwrap();
    let items = ada.timeline(room, None, 10).await.unwrap().items;
    assert_eq!(items[0].body, "written offline");
    line.close(false);
    let here = async || grace.timeline(room, None, 10).await.unwrap().items;
    wait::until("it arrives", here, |items| {
        items.iter().any(|item| item.id == id)
    })
    .await;
    settled(&ada).await;
}
