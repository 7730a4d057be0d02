//! Text that is not written yet: what becomes of it when it is sent, and what it answers.

#![allow(clippy::unwrap_used)]

use client::Client;
use model::view::{DraftView, Table};
use model::{MessageId, RoomId, limits};

/// The profile of somebody who never had a network, with a room.
async fn offline() -> (tempfile::TempDir, Client, RoomId) {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::open(folder.path()).await.unwrap();
    let sign_in = client.db().write(|tx| {
        let account = "INSERT INTO account (rowid, relay, user_id, name, signed_in)
            VALUES (1, 'http://127.0.0.1:1', x'0000000000000000000000000000000a', 'ada', 1)";
        tx.execute(account, [])?;
        Ok(())
    });
    sign_in.await.unwrap();
    let room = client.create_room("General", "").await.unwrap();
    (folder, client, room)
}

async fn type_in(client: &Client, room_id: RoomId, text: &str) {
    let draft = DraftView {
        room_id,
        message_id: None,
        base: None,
        text: text.to_owned(),
    };
    client.set_draft(draft).await.unwrap();
}

async fn typed(client: &Client) -> Vec<String> {
    let drafts = client.drafts().await.unwrap();
    drafts.into_iter().map(|draft| draft.text).collect()
}

async fn answered(client: &Client) -> Vec<MessageId> {
    let replies = client.draft_replies().await.unwrap();
    replies.into_iter().map(|one| one.reply.id).collect()
}

/// One event is one transaction: no crash falls between the message and its draft.
#[tokio::test]
async fn a_message_is_written_and_its_draft_taken_away_in_one_transaction() {
    let (_folder, client, room) = offline().await;
    let first = client.post(room, "first").await.unwrap();
    type_in(&client, room, "done :tada:").await;
    client.set_draft_reply(room, Some(first)).await.unwrap();
    let mut events = client.events();
    let sent = client
        .send_draft(room, "done :tada:", "done 🎉", Some(first))
        .await
        .unwrap();
    let both = loop {
        let event = events.recv().await.unwrap();
        if event.tables.contains(&Table::Outbox) {
            break event.tables;
        }
        assert!(!event.tables.contains(&Table::Draft), "not before it");
    };
    assert!(both.contains(&Table::Draft), "{both:?}");
    assert_eq!(typed(&client).await, [""; 0]);
    assert_eq!(answered(&client).await, []);
    let timeline = client.timeline(room, None, 10).await.unwrap();
    let last = timeline.items.last().unwrap();
    assert_eq!((last.id, last.body.as_str()), (sent, "done 🎉"));
    assert_eq!(last.reply.as_ref().map(|reply| reply.id), Some(first));
    client.close().await;
}

#[tokio::test]
async fn what_was_typed_since_stays() {
    let (_folder, client, room) = offline().await;
    for (kept, sent, left) in [
        ("a message and more", "a message", vec![" and more"]),
        ("a mess", "a message", vec![]),
        ("", "a message", vec![]),
    ] {
        type_in(&client, room, kept).await;
        client.send_draft(room, sent, sent, None).await.unwrap();
        assert_eq!(typed(&client).await, left, "{kept}");
        type_in(&client, room, "").await;
    }
    client.close().await;
}

#[tokio::test]
async fn what_is_refused_stays_a_draft_with_what_it_answers() {
    let (_folder, client, room) = offline().await;
    let first = client.post(room, "first").await.unwrap();
    let long = "x".repeat(limits::BODY_MAX_BYTES + 1);
    type_in(&client, room, &long).await;
    client.set_draft_reply(room, Some(first)).await.unwrap();
    let refused = client.send_draft(room, &long, &long, Some(first)).await;
    assert!(refused.is_err());
    assert_eq!(typed(&client).await, [long]);
    assert_eq!(answered(&client).await, [first]);
    client.close().await;
}

#[tokio::test]
async fn what_is_answered_is_known_after_a_restart_by_its_words() {
    let (folder, client, room) = offline().await;
    let first = client.post(room, "shall we meet").await.unwrap();
    let second = client.post(room, "or write").await.unwrap();
    client.set_draft_reply(room, Some(first)).await.unwrap();
    client.set_draft_reply(room, Some(second)).await.unwrap();
    client.close().await;

    let client = Client::open(folder.path()).await.unwrap();
    let found = client.draft_replies().await.unwrap();
    let found = found.first().unwrap();
    assert_eq!((found.room_id, found.reply.id), (room, second));
    let excerpt = found.reply.found.as_ref().unwrap();
    assert_eq!(
        (excerpt.author_name.as_str(), excerpt.text.as_str()),
        ("ada", "or write")
    );
    // Another one has been chosen by the time the answer to the former is written.
    client.set_draft_reply(room, Some(first)).await.unwrap();
    let sent = client.send_draft(room, "yes", "yes", Some(second)).await;
    sent.unwrap();
    assert_eq!(answered(&client).await, [first]);
    client.set_draft_reply(room, None).await.unwrap();
    assert_eq!(answered(&client).await, []);
    client.close().await;
}
