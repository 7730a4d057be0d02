//! What a shell calls. Each call is one local transaction or one local query; only what is about the account ([`crate::account`]) waits for a network.

use crate::account::blocking;
use crate::blobs::engine::Engine;
use crate::db::Db;
use crate::exchange::Running;
use crate::profile::Profile;
use crate::sync::shell::{Command, Shell};
use crate::vault::{self, Keyring, RecoveryCode};
use crate::{ClientError, choices, clock, drafts, outbox, people, recovered, search, views};
use model::view::{
    Account, DirectoryView, DraftView, NoticeView, PersonView, RecoveredView, RoomView, RowEvent,
    Status, Timeline,
};
use model::{Actor, MessageId, Op, OpId, Rejection, Rev, RoomId, Seq};
use rusqlite::{Connection, Transaction};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, broadcast, mpsc};
use tokio::task::JoinHandle;

/// How long closing waits for the sync task to say goodbye to the relay.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// One open profile. Cheap to clone; the profile is free again when [`Client::close`] has returned.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) profile: Arc<Profile>,
    commands: mpsc::UnboundedSender<Command>,
    task: Mutex<Option<JoinHandle<()>>>,
    /// Held while encryption is turned on or off.
    pub(crate) vault: Mutex<()>,
    /// What goes on behind the screen: files on their way, and the index of the search.
    background: Vec<JoinHandle<()>>,
    pub(crate) exchange: Running,
    /// Those that run.
    pub(crate) searches: Arc<search::Latest>,
    /// One small image at a time.
    pub(crate) thumbnails: Mutex<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.background.iter().for_each(JoinHandle::abort);
    }
}

impl Client {
    /// Locks the profile's folder, opens its database, and starts to sync if somebody is signed in.
    ///
    /// # Errors
    /// A second process on the same profile, a database from a newer version, an unusable folder.
    pub async fn open(folder: &Path) -> Result<Self, ClientError> {
        Self::open_with(folder, Keyring::from_env(), None).await
    }

    /// The same, with this keyring, and the recovery code if the person was asked for it.
    ///
    /// # Errors
    /// As [`Client::open`]; an encrypted profile whose key the keyring does not hold, a wrong code.
    pub async fn open_with(
        folder: &Path,
        keyring: Keyring,
        code: Option<RecoveryCode>,
    ) -> Result<Self, ClientError> {
        let profile = Arc::new(Profile::lock_with(folder, keyring)?);
        let locked = Arc::clone(&profile);
        let db = blocking(move || {
            crate::wipe::finish(&locked)?;
            let key = vault::unlock(&locked, code.as_ref())?;
            Db::open_with(&locked.database(), key)
        })
        .await?;
        let (commands, task) = Shell::spawn(db.clone(), Arc::clone(&profile));
        let mut background = Engine::spawn(db.clone(), Arc::clone(&profile), commands.clone());
        background.push(tokio::spawn(search::index::keep(db.clone())));
        let client = Self(Arc::new(Inner {
            db,
            profile,
            commands,
            task: Mutex::new(Some(task)),
            vault: Mutex::default(),
            background,
            exchange: Running::default(),
            searches: Arc::default(),
            thumbnails: Mutex::new(()),
        }));
        // What the last process left behind is not true any more.
        client
            .0
            .db
            .write(|tx| crate::sync::store::begin(tx, clock::now()))
            .await?;
        if client.account().await?.is_some() {
            client.tell(Command::Wake);
        }
        Ok(client)
    }

    /// The account that is signed in.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn account(&self) -> Result<Option<Account>, ClientError> {
        let row = self.0.db.read(views::account).await?;
        Ok(row.filter(|row| row.signed_in).map(|row| row.account))
    }

    /// Connection and outbox.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn status(&self) -> Result<Status, ClientError> {
        self.0.db.read(views::status).await
    }

    /// Our rooms, by name.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn rooms(&self) -> Result<Vec<RoomView>, ClientError> {
        self.0.db.read(people::rooms).await
    }

    /// The channels that could be joined, as the relay last told; see [`Client::browse`].
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn directory(&self) -> Result<Vec<DirectoryView>, ClientError> {
        self.0.db.read(views::directory).await
    }

    /// The people of a room, by name.
    ///
    /// # Errors
    /// Nobody signed in.
    pub async fn people(&self, room: RoomId) -> Result<Vec<PersonView>, ClientError> {
        self.0
            .db
            .read(move |db| people::people(db, room, actor(db)?.user_id))
            .await
    }

    /// The newest `limit` messages of a room, or those older than `before`; oldest first.
    ///
    /// # Errors
    /// Nobody signed in, or `before` is not here.
    pub async fn timeline(
        &self,
        room: RoomId,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Timeline, ClientError> {
        self.0
            .db
            .read(move |db| views::timeline(db, room, before, limit, actor(db)?.user_id))
            .await
    }

    /// Makes a room and joins it.
    ///
    /// # Errors
    /// A name or topic that is none.
    pub async fn create_room(&self, name: &str, topic: &str) -> Result<RoomId, ClientError> {
        let room_id = clock::room_id();
        let (name, topic) = (name.to_owned(), topic.to_owned());
        self.submit(Op::CreateRoom {
            room_id,
            name,
            topic,
        })
        .await?;
        Ok(room_id)
    }

    /// Joins a channel.
    ///
    /// # Errors
    /// A channel that neither the room list nor the directory knows.
    pub async fn join(&self, room_id: RoomId) -> Result<(), ClientError> {
        self.submit(Op::Join { room_id }).await
    }

    /// Writes a message, with the files that are attached in the room; with one the text may be empty.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn post(&self, room_id: RoomId, body: &str) -> Result<MessageId, ClientError> {
        self.reply(room_id, body, None).await
    }

    /// Changes a message's text from `base`, the text that the author saw at `base_rev`. `replaces`: a refused change of the
    /// same message that this one takes the place of.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn edit(
        &self,
        room_id: RoomId,
        message_id: MessageId,
        base: (Rev, &str),
        body: &str,
        replaces: Option<OpId>,
    ) -> Result<(), ClientError> {
        let op = Op::Edit {
            room_id,
            message_id,
            base_rev: base.0,
            base: Some(base.1.to_owned()),
            body: body.to_owned(),
        };
        let (now, op_id) = (clock::now(), clock::op_id());
        self.write_and_push(move |tx| {
            let actor = actor(tx)?;
            if let Some(refused) = replaces {
                recovered::discard(tx, refused, &actor)?;
            }
            outbox::submit(tx, op, &actor, op_id, now)
        })
        .await
    }

    /// Puts a reaction on a message, or takes it back.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn react(
        &self,
        room_id: RoomId,
        message_id: MessageId,
        emoji: &str,
        on: bool,
    ) -> Result<(), ClientError> {
        let emoji = emoji.to_owned();
        self.submit(Op::React {
            room_id,
            message_id,
            emoji,
            on,
        })
        .await
    }

    /// Pins a message, or unpins it.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn pin(
        &self,
        room_id: RoomId,
        message_id: MessageId,
        on: bool,
    ) -> Result<(), ClientError> {
        self.submit(Op::Pin {
            room_id,
            message_id,
            on,
        })
        .await
    }

    /// Everything in the room through this position has been read.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn mark_read(&self, room_id: RoomId, position: Seq) -> Result<(), ClientError> {
        self.submit(Op::MarkRead { room_id, position }).await
    }

    /// Leaves a room; what is here of it stays.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn leave(&self, room_id: RoomId) -> Result<(), ClientError> {
        self.submit(Op::Leave { room_id }).await
    }

    /// What was refused or saved, with its words, newest first.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn recovered(&self) -> Result<Vec<RecoveredView>, ClientError> {
        self.0.db.read(recovered::list).await
    }

    /// What the person chose on this device, by name.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn choices(&self) -> Result<BTreeMap<String, String>, ClientError> {
        self.0.db.read(choices::all).await
    }

    /// Keeps a choice of the person.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn choose(&self, name: String, value: String) -> Result<(), ClientError> {
        self.0
            .db
            .write(move |tx| choices::put(tx, &name, &value))
            .await
    }

    /// Why nothing can be written in a room, as the rules say; none if it can.
    ///
    /// # Errors
    /// SQLite's own, nobody signed in.
    pub async fn why_not_post(&self, room: RoomId) -> Result<Option<Rejection>, ClientError> {
        let (now, message) = (clock::now(), clock::message_id());
        self.0
            .db
            .read(move |connection| outbox::why_not_post(connection, room, message, now))
            .await
    }

    /// Keeps text that is not written yet; an empty one is none.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn set_draft(&self, draft: DraftView) -> Result<(), ClientError> {
        let now = clock::now();
        self.0
            .db
            .write(move |tx| drafts::put(tx, &draft, now))
            .await
    }

    /// All text that is not written yet.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn drafts(&self) -> Result<Vec<DraftView>, ClientError> {
        self.0.db.read(drafts::list).await
    }

    /// What the person should read once.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn notices(&self) -> Result<Vec<NoticeView>, ClientError> {
        self.0.db.read(drafts::notices).await
    }

    /// The person has read it.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn dismiss_notice(&self, notice: i64) -> Result<(), ClientError> {
        self.0.db.write(move |tx| drafts::dismiss(tx, notice)).await
    }

    /// Turns a message into a tombstone.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn delete(&self, room_id: RoomId, message_id: MessageId) -> Result<(), ClientError> {
        self.submit(Op::Delete {
            room_id,
            message_id,
        })
        .await
    }

    /// Tries a refused change again.
    ///
    /// # Errors
    /// [`ClientError::NoOp`] when it does not wait for that.
    pub async fn retry(&self, op: OpId) -> Result<(), ClientError> {
        self.write_and_push(move |tx| recovered::retry(tx, op, &actor(tx)?, clock::op_id))
            .await
    }

    /// Drops a refused change.
    ///
    /// # Errors
    /// [`ClientError::NoOp`] when it does not wait for that.
    pub async fn discard(&self, op: OpId) -> Result<(), ClientError> {
        self.write_and_push(move |tx| recovered::discard(tx, op, &actor(tx)?))
            .await
    }

    /// Asks the relay for the directory; it arrives as rows.
    ///
    /// # Errors
    /// None so far.
    pub async fn browse(&self) -> Result<(), ClientError> {
        self.tell(Command::Browse);
        Ok(())
    }

    /// The network may be back: try to connect now.
    pub async fn network_changed(&self) {
        if matches!(self.account().await, Ok(Some(_))) {
            self.tell(Command::Wake);
        }
    }

    /// Every committed change of the local database.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<RowEvent> {
        self.0.db.events()
    }

    /// The local database, for tests and tools.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// Stops to sync. What is in the outbox stays there.
    pub async fn close(self) {
        self.stop().await;
        if let Err(error) = self.0.db.settle().await {
            // What is committed is safe; the next opening looks closer.
            tracing::error!(
                code = error.code(),
                "the local database was not closed cleanly"
            );
        }
    }

    /// Stops to sync.
    pub(crate) async fn stop(&self) {
        self.0.exchange.stop_all();
        self.0.background.iter().for_each(JoinHandle::abort);
        self.tell(Command::Stop);
        if let Some(mut task) = self.0.task.lock().await.take()
            && tokio::time::timeout(CLOSE_MAX, &mut task).await.is_err()
        {
            // It is opening a connection; nothing is lost by not waiting for that.
            task.abort();
        }
        // An aborted task holds the profile, and so its lock, until it is dropped.
        let ended = async {
            while !self.0.background.iter().all(JoinHandle::is_finished) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        if tokio::time::timeout(CLOSE_MAX, ended).await.is_err() {
            tracing::warn!("what ran behind the screen has not ended");
        }
    }

    pub(crate) async fn submit(&self, op: Op) -> Result<(), ClientError> {
        let now = clock::now();
        let op_id = clock::op_id();
        self.write_and_push(move |tx| outbox::submit(tx, op, &actor(tx)?, op_id, now))
            .await
    }

    pub(crate) async fn write_and_push(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<(), ClientError> + Send + 'static,
    ) -> Result<(), ClientError> {
        self.0.db.write(act).await?;
        self.outbox_changed();
        Ok(())
    }

    pub(crate) fn outbox_changed(&self) {
        self.tell(Command::OutboxChanged);
    }

    /// A stopped task has nothing left to be told.
    pub(crate) fn tell(&self, command: Command) {
        let _ = self.0.commands.send(command);
    }
}

/// Who acts: the profile's account, signed in or not (a signed-out device still writes into its outbox).
pub(crate) fn actor(connection: &Connection) -> Result<Actor, ClientError> {
    let row = views::account(connection)?.ok_or(ClientError::SignedOut)?;
    Ok(Actor {
        user_id: row.account.user_id,
        name: row.account.name,
    })
}
