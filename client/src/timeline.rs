//! What is done with a timeline: reading windows of it, answering, looking at earlier texts, coming back to where one was.

use crate::client::actor;
use crate::{Client, ClientError, blobs, clock, drafts, outbox, places, recovered, views};
use model::view::{Ask, DraftReplyView, PinView, PlaceView, Timeline, VersionsView};
use model::{MessageId, Op, OpId, RoomId};

impl Client {
    /// A part of a room's timeline, at most `limit` messages, oldest first.
    ///
    /// # Errors
    /// Nobody signed in, or a message that is to be in it is not here.
    pub async fn window(
        &self,
        room: RoomId,
        ask: Ask,
        limit: u32,
    ) -> Result<Timeline, ClientError> {
        self.0
            .db
            .read(move |db| views::window(db, room, ask, limit, actor(db)?.user_id))
            .await
    }

    /// Writes a message that answers another one, with the files that are attached in the room.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn reply(
        &self,
        room_id: RoomId,
        body: &str,
        reply_to: Option<MessageId>,
    ) -> Result<MessageId, ClientError> {
        self.write_message(room_id, body, reply_to, None).await
    }

    /// Writes what was typed in a room as [`Client::reply`] does, and in the same transaction takes `typed` out of the room's draft.
    /// `body` may differ from it: shortcodes have become emoji.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written, and the draft stays.
    pub async fn send_draft(
        &self,
        room_id: RoomId,
        typed: &str,
        body: &str,
        reply_to: Option<MessageId>,
    ) -> Result<MessageId, ClientError> {
        self.write_message(room_id, body, reply_to, Some(typed.to_owned()))
            .await
    }

    async fn write_message(
        &self,
        room_id: RoomId,
        body: &str,
        reply_to: Option<MessageId>,
        typed: Option<String>,
    ) -> Result<MessageId, ClientError> {
        let message_id = clock::message_id();
        let body = body.to_owned();
        let (now, op_id) = (clock::now(), clock::op_id());
        self.write_and_push(move |tx| {
            let op = Op::Post {
                room_id,
                message_id,
                body,
                reply_to,
                attachments: blobs::drafts::take(tx, room_id)?,
            };
            if let Some(typed) = typed {
                drafts::sent(tx, room_id, &typed, reply_to, now)?;
            }
            outbox::submit(tx, op, &actor(tx)?, op_id, now)
        })
        .await?;
        Ok(message_id)
    }

    /// Keeps what the next message of a room answers; none: nothing.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn set_draft_reply(
        &self,
        room: RoomId,
        message: Option<MessageId>,
    ) -> Result<(), ClientError> {
        self.0
            .db
            .write(move |tx| drafts::put_reply(tx, room, message))
            .await
    }

    /// What the next messages answer, a room.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn draft_replies(&self) -> Result<Vec<DraftReplyView>, ClientError> {
        self.0.db.read(drafts::replies).await
    }

    /// The pinned messages of a room, the last pinned first.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn pins(&self, room: RoomId) -> Result<Vec<PinView>, ClientError> {
        self.0.db.read(move |db| views::pins(db, room)).await
    }

    /// The texts of a message that are on this device; see [`Client::fetch_versions`].
    ///
    /// # Errors
    /// A message that is not here.
    pub async fn known_versions(
        &self,
        room: RoomId,
        message: MessageId,
    ) -> Result<VersionsView, ClientError> {
        self.0
            .db
            .read(move |db| views::versions(db, room, message))
            .await
    }

    /// Asks the relay for all earlier texts of a message; they arrive as rows.
    ///
    /// # Errors
    /// The network, or a room that one is not in.
    pub async fn fetch_versions(&self, message: MessageId) -> Result<(), ClientError> {
        let versions = self.versions(message).await?;
        self.0
            .db
            .write(move |tx| views::keep_versions(tx, &versions))
            .await
    }

    /// Keeps where the person is in a room.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn set_place(&self, place: PlaceView) -> Result<(), ClientError> {
        let now = clock::now();
        self.0
            .db
            .write(move |tx| places::put(tx, &place, now))
            .await
    }

    /// Where the person was in each room, the last room first.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn places(&self) -> Result<Vec<PlaceView>, ClientError> {
        self.0.db.read(places::list).await
    }

    /// Posts the text of a refused edit as a message of its own, which answers the one that it was about, and drops the edit:
    /// keep both.
    ///
    /// # Errors
    /// [`ClientError::NoOp`] when it does not wait for that; the rules' refusal. Then nothing is written.
    pub async fn post_refused(&self, op: OpId) -> Result<(), ClientError> {
        let (message_id, op_id, now) = (clock::message_id(), clock::op_id(), clock::now());
        self.write_and_push(move |tx| {
            let actor = actor(tx)?;
            let post = recovered::as_post(tx, op, message_id)?;
            recovered::discard(tx, op, &actor)?;
            outbox::submit(tx, post, &actor, op_id, now)
        })
        .await
    }
}
