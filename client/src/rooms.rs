//! What a person does with rooms and the people in them. Like everything that is written it takes effect here at once and waits in
//! the outbox for the relay; what the rules refuse is not written.

use crate::{Client, ClientError, actor};
use model::{
    EditPolicy, MemberChange, NamedUser, Op, Role, RoomChange, RoomId, UserId, direct_room_id,
};

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
}
