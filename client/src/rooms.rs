//! What a person does with rooms and the people in them. Like everything that is written it takes effect here at once and waits in
//! the outbox for the relay; what the rules refuse is not written.

use crate::db::queries;
use crate::db::rows::Blob;
use crate::sync::shell::Command;
use crate::{Client, ClientError, actor, clock, people};
use model::view::KnownPerson;
use model::{
    EditPolicy, MemberChange, NamedUser, Op, Role, RoomChange, RoomId, UserId, direct_room_id,
};
use rusqlite::{ToSql, params};

impl Client {
    async fn set_room(&self, room_id: RoomId, change: RoomChange) -> Result<(), ClientError> {
        self.submit(Op::SetRoom { room_id, change }).await
    }

    async fn set_member(
        &self,
        room_id: RoomId,
        person: &NamedUser,
        change: MemberChange,
    ) -> Result<(), ClientError> {
        let (user_id, name) = (person.user_id, person.name.clone());
        self.submit(Op::SetMember {
            room_id,
            user_id,
            name,
            change,
        })
        .await
    }

    /// Gives a room another name.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn rename_room(&self, room: RoomId, name: &str) -> Result<(), ClientError> {
        self.set_room(room, RoomChange::Name(name.to_owned())).await
    }

    /// Gives a room another topic.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn set_topic(&self, room: RoomId, topic: &str) -> Result<(), ClientError> {
        self.set_room(room, RoomChange::Topic(topic.to_owned()))
            .await
    }

    /// Says who may edit whose messages in a room.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn set_edit_policy(
        &self,
        room: RoomId,
        policy: EditPolicy,
    ) -> Result<(), ClientError> {
        self.set_room(room, RoomChange::EditPolicy(policy)).await
    }

    /// Closes a room for writing, or opens it again.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn archive(&self, room: RoomId, archived: bool) -> Result<(), ClientError> {
        self.set_room(room, RoomChange::Archived(archived)).await
    }

    /// Brings somebody into a room.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn invite_to_room(&self, room: RoomId, who: &NamedUser) -> Result<(), ClientError> {
        self.set_member(room, who, MemberChange::Invite).await
    }

    /// Puts somebody out of a room; they come back by invitation only.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn remove_from_room(&self, room: RoomId, who: &NamedUser) -> Result<(), ClientError> {
        self.set_member(room, who, MemberChange::Remove).await
    }

    /// Gives somebody a role in a room.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn set_role(
        &self,
        room: RoomId,
        who: &NamedUser,
        role: Role,
    ) -> Result<(), ClientError> {
        self.set_member(room, who, MemberChange::Role(role)).await
    }

    /// Opens the direct room of some people and ourselves; it is the same room whoever opens it.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn open_direct(&self, with: Vec<NamedUser>) -> Result<RoomId, ClientError> {
        let me = self.0.db.read(|db| Ok(actor(db)?.user_id)).await?;
        let with: Vec<NamedUser> = with.into_iter().filter(|one| one.user_id != me).collect();
        let everyone = with.iter().map(|one| one.user_id).chain([me]);
        let room_id = direct_room_id(everyone.collect::<Vec<UserId>>());
        self.submit(Op::OpenDirect { room_id, with }).await?;
        Ok(room_id)
    }

    /// Everything in a room has been read.
    ///
    /// # Errors
    /// The rules' refusal; then nothing is written.
    pub async fn mark_all_read(&self, room: RoomId) -> Result<(), ClientError> {
        let newest = move |db: &rusqlite::Connection| people::newest_position(db, room);
        match self.0.db.read(newest).await? {
            Some(position) => self.mark_read(room, position).await,
            None => Ok(()),
        }
    }

    async fn prefer(
        &self,
        room: RoomId,
        query: &'static str,
        value: impl ToSql + Send + 'static,
    ) -> Result<(), ClientError> {
        self.0
            .db
            .write(move |tx| {
                tx.execute(query, params![Blob(room.0), value])?;
                Ok(())
            })
            .await
    }

    /// The person does not want to hear of a room, or does again; on this device.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn set_muted(&self, room: RoomId, muted: bool) -> Result<(), ClientError> {
        self.prefer(room, queries::SET_MUTED, muted).await
    }

    /// Puts a room to the top of the list, or back; on this device.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn set_favourite(&self, room: RoomId, favourite: bool) -> Result<(), ClientError> {
        self.prefer(room, queries::SET_FAVOURITE, favourite).await
    }

    /// The person went to a room: it is the most recent one.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn opened(&self, room: RoomId) -> Result<(), ClientError> {
        self.prefer(room, queries::SET_OPENED, clock::now().0).await
    }

    /// Folds a section of the list of rooms up, or down again.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn fold(&self, section: &str, folded: bool) -> Result<(), ClientError> {
        let section = section.to_owned();
        let query = if folded {
            queries::FOLD
        } else {
            queries::UNFOLD
        };
        self.0
            .db
            .write(move |tx| {
                tx.execute(query, [section])?;
                Ok(())
            })
            .await
    }

    /// The sections of the list of rooms that are folded up.
    ///
    /// # Errors
    /// SQLite's own.
    pub async fn folded(&self) -> Result<Vec<String>, ClientError> {
        self.0.db.read(people::folded).await
    }

    /// We are writing in a room, or no more: to be said every few seconds. Nothing of it is kept.
    pub fn typing(&self, room: RoomId, on: bool) {
        self.tell(Command::Typing { room, on });
    }

    /// Everybody who has an account at the relay, as it last told; see [`Client::ask_for_people`].
    ///
    /// # Errors
    /// Nobody signed in.
    pub async fn known_people(&self) -> Result<Vec<KnownPerson>, ClientError> {
        self.0.db.read(people::everybody).await
    }

    /// Asks the relay who there is; they arrive as rows.
    ///
    /// # Errors
    /// The network, or a session that has ended.
    pub async fn ask_for_people(&self) -> Result<(), ClientError> {
        let told = self.everybody().await?;
        self.0
            .db
            .write(move |tx| people::take_everybody(tx, &told))
            .await
    }
}
