//! Rows from elsewhere in a batch: what an admin brings along keeps its authors and its times, and takes its seqs like everything else.
//!
//! Invariants: an item that is here already changes nothing, so that a batch can be sent again; what was done here since is never undone
//! by an older export: only a text that was written later than the present one takes its place, nobody who left is brought back, and a
//! reaction that was taken back stays so. Who wrote, and is not in the room, gets a place there that they have left.

use super::{Batch, Wanted};
use model::decide::check_body;
use model::wire::{ImportItem, ImportOutcome};
use model::{
    Member, Message, MessageId, MessageVersion, Millis, Reaction, ReadMarker, Rejection, Rev, Role,
    Room, RoomId, RoomKind, Row, Seq, UserId, check_room_name, check_topic, direct_room_id,
    is_emoji,
};

/// The end of the year 9999: what both databases and every calendar can tell.
const TIME_MAX: i64 = 253_402_300_799_999;

type Rows = Result<Vec<Row>, String>;

impl Wanted {
    /// What these items name.
    #[must_use]
    pub fn of_import(items: &[ImportItem]) -> Self {
        let mut wanted = Self::default();
        for item in items {
            let people = item.people();
            wanted.accounts.extend(people.iter().copied());
            let Some(room) = item.room() else { continue };
            wanted.rooms.insert(room);
            let members = people.iter().map(|user| (room, *user));
            wanted.members.extend(members);
            match item {
                ImportItem::Member {
                    user,
                    left_at: None,
                    ..
                } => {
                    wanted.entering.insert(*user);
                }
                ImportItem::Room { people, .. } => wanted.entering.extend(people),
                ImportItem::Message { id, .. } => {
                    wanted.messages.insert((room, *id));
                }
                ImportItem::Reaction {
                    message,
                    user,
                    emoji,
                    ..
                } => {
                    wanted.messages.insert((room, *message));
                    // What is none may not be text to Postgres.
                    if is_emoji(emoji) {
                        let key = (room, *message, *user, emoji.clone());
                        wanted.reactions.insert(key);
                    }
                }
                ImportItem::Read { message, .. } => {
                    wanted.messages.insert((room, *message));
                }
                ImportItem::Person { .. } | ImportItem::Member { .. } => {}
            }
        }
        wanted
    }
}

impl Batch {
    /// Takes one item on the rows as the items before it left them. [`ImportItem::Person`] is not a row of a room: the store's own.
    pub fn import(&mut self, item: &ImportItem, now: Millis) -> ImportOutcome {
        let Some(room_id) = item.room() else {
            return ImportOutcome::Same;
        };
        let was_here = self.is_here(item);
        let rows = match self.missing(item) {
            Some(text) => Err(text),
            None => self.rows_of(item, now),
        };
        match rows {
            Err(text) => ImportOutcome::Refused { text },
            Ok(rows) if rows.is_empty() => ImportOutcome::Same,
            Ok(rows) => {
                self.take(room_id, rows);
                match was_here {
                    true => ImportOutcome::Changed,
                    false => ImportOutcome::Added,
                }
            }
        }
    }

    /// Somebody or something that the item refers to and that is not here, or a time that is none.
    fn missing(&self, item: &ImportItem) -> Option<String> {
        let stranger = |user: &UserId| !self.accounts.contains_key(user);
        if let Some(user) = item.people().into_iter().find(stranger) {
            return Some(format!("There is no account {user}. Import it first."));
        }
        if let Some(room) = item.room()
            && !matches!(item, ImportItem::Room { .. })
            && !self.rooms.contains_key(&room)
        {
            return Some(format!("There is no room {room}. Import it first."));
        }
        let odd = |time: &Millis| !(0..=TIME_MAX).contains(&time.0);
        let times = times(item);
        times
            .iter()
            .any(odd)
            .then(|| "A time is before 1970 or after 9999.".to_owned())
    }

    fn is_here(&self, item: &ImportItem) -> bool {
        match item {
            ImportItem::Person { .. } => false,
            ImportItem::Room { id, .. } => self.rooms.contains_key(id),
            ImportItem::Member { room, user, .. } => self.members.contains_key(&(*room, *user)),
            ImportItem::Message { room, id, .. } => self.messages.contains_key(&(*room, *id)),
            ImportItem::Reaction { .. } | ImportItem::Read { .. } => false,
        }
    }

    fn rows_of(&self, item: &ImportItem, now: Millis) -> Rows {
        match item {
            ImportItem::Person { .. } => Ok(Vec::new()),
            ImportItem::Room { id, people, .. } => match self.rooms.contains_key(id) {
                true => Ok(Vec::new()),
                false => self.new_room(item, people, now),
            },
            ImportItem::Member {
                room,
                user,
                role,
                joined_at,
                left_at,
            } => self.new_member((*room, *user), *role, *joined_at, *left_at),
            ImportItem::Message { room, id, .. } => match self.messages.get(&(*room, *id)) {
                Some(known) => self.newer_message(known, item, now),
                None => self.new_message(item, now),
            },
            ImportItem::Reaction {
                room,
                message,
                user,
                emoji,
            } => self.new_reaction(*room, *message, *user, emoji),
            ImportItem::Read { room, message } => self.read_through(*room, *message),
        }
    }

    fn new_room(&self, item: &ImportItem, people: &[UserId], now: Millis) -> Rows {
        let ImportItem::Room {
            id,
            name,
            topic,
            kind,
            edit_policy,
            created_by,
            created_at,
            archived_at,
            ..
        } = item
        else {
            return Ok(Vec::new());
        };
        let is_direct = *kind == RoomKind::Direct;
        let fits = (2..=model::limits::DIRECT_MAX_PEOPLE).contains(&people.len());
        if is_direct && (!fits || direct_room_id(people.iter().copied()) != *id) {
            return Err(Rejection::DirectInvalid.to_string());
        }
        check_room_name(name).map_err(|why| why.to_string())?;
        check_topic(topic).map_err(|why| why.to_string())?;
        let created_at = Millis(created_at.0.min(now.0));
        let room = Room {
            id: *id,
            seq: Seq::ZERO,
            name: name.trim().to_owned(),
            topic: topic.trim().to_owned(),
            kind: *kind,
            edit_policy: *edit_policy,
            archived_at: *archived_at,
            created_by: *created_by,
            created_at,
        };
        let mut rows = vec![Row::Room(room)];
        if is_direct {
            // Who is in a direct room is what it is.
            if people.iter().any(|user| self.is_full(*user)) {
                return Err(Rejection::TooManyRooms.to_string());
            }
            let places = people
                .iter()
                .map(|user| self.place((*id, *user), Role::Member, created_at, None));
            rows.extend(places.map(Row::Member));
        }
        Ok(rows)
    }

    fn new_member(
        &self,
        key: (RoomId, UserId),
        role: Role,
        joined_at: Millis,
        left_at: Option<Millis>,
    ) -> Rows {
        if self.members.contains_key(&key) {
            return Ok(Vec::new());
        }
        if self.is_direct(key.0) {
            return Err(Rejection::Forbidden.to_string());
        }
        if left_at.is_none() && self.is_full(key.1) {
            return Err(Rejection::TooManyRooms.to_string());
        }
        // Whoever was removed is not there, and the other way round.
        let left_at = left_at.or((role == Role::Removed).then_some(joined_at));
        Ok(vec![Row::Member(self.place(key, role, joined_at, left_at))])
    }

    fn place(
        &self,
        (room_id, user_id): (RoomId, UserId),
        role: Role,
        joined_at: Millis,
        left_at: Option<Millis>,
    ) -> Member {
        Member {
            room_id,
            user_id,
            seq: Seq::ZERO,
            name: self.accounts.get(&user_id).cloned().unwrap_or_default(),
            role,
            joined_at,
            left_at,
        }
    }

    fn is_direct(&self, room: RoomId) -> bool {
        let slot = self.rooms.get(&room);
        slot.is_some_and(|slot| slot.room.kind == RoomKind::Direct)
    }

    /// A place in the room for somebody who has written there: their name is known by it.
    fn place_of_author(&self, room: RoomId, user: UserId, at: Millis) -> Option<Row> {
        let known = self.members.contains_key(&(room, user));
        (!known).then(|| Row::Member(self.place((room, user), Role::Member, at, Some(at))))
    }

    fn new_message(&self, item: &ImportItem, now: Millis) -> Rows {
        let ImportItem::Message {
            room,
            id,
            author,
            body,
            reply_to,
            created_at,
            edited_at,
            edited_by,
            deleted_at,
            pinned_at,
        } = item
        else {
            return Ok(Vec::new());
        };
        let body = match deleted_at {
            Some(_) => "",
            None => {
                check_body(body).map_err(|why| why.to_string())?;
                body
            }
        };
        let past = |time: Millis| Millis(time.0.min(now.0));
        let created_at = past(*created_at);
        let mut rows: Vec<Row> = [Some(*author), *edited_by]
            .into_iter()
            .flatten()
            .filter_map(|user| self.place_of_author(*room, user, created_at))
            .collect();
        rows.dedup();
        rows.push(Row::Message(Message {
            room_id: *room,
            id: *id,
            seq: Seq::ZERO,
            position: None,
            author_id: *author,
            body: body.to_owned(),
            reply_to: *reply_to,
            // Earlier texts are not known, and what is counted must be there.
            rev: Rev::FIRST,
            created_at,
            edited_at: edited_at.map(past),
            edited_by: edited_at.map(|_| edited_by.unwrap_or(*author)),
            deleted_at: deleted_at.map(past),
            pinned_at: pinned_at.filter(|_| deleted_at.is_none()).map(past),
            attachments: Vec::new(),
        }));
        Ok(rows)
    }

    fn newer_message(&self, known: &Message, item: &ImportItem, now: Millis) -> Rows {
        let ImportItem::Message {
            author,
            body,
            edited_at,
            edited_by,
            deleted_at,
            ..
        } = item
        else {
            return Ok(Vec::new());
        };
        if known.author_id != *author {
            return Err(Rejection::IdTaken.to_string());
        }
        if known.deleted_at.is_some() {
            return Ok(Vec::new());
        }
        let version = Row::MessageVersion(MessageVersion {
            room_id: known.room_id,
            message_id: known.id,
            seq: Seq::ZERO,
            rev: known.rev,
            body: known.body.clone(),
            editor_id: known.edited_by.unwrap_or(known.author_id),
            edited_at: known.edited_at.unwrap_or(known.created_at),
        });
        let mut after = known.clone();
        if let Some(at) = deleted_at {
            after.body = String::new();
            after.deleted_at = Some(Millis(at.0.min(now.0)));
            after.pinned_at = None;
            after.attachments.clear();
            return Ok(vec![version, Row::Message(after)]);
        }
        let has_been = known.edited_at.unwrap_or(known.created_at);
        let Some(at) = edited_at.filter(|at| *at > has_been && *body != known.body) else {
            return Ok(Vec::new());
        };
        check_body(body).map_err(|why| why.to_string())?;
        let editor = edited_by.unwrap_or(*author);
        after.body.clone_from(body);
        after.rev = known.rev.next();
        after.edited_at = Some(Millis(at.0.min(now.0)));
        after.edited_by = Some(editor);
        let mut rows: Vec<Row> = self
            .place_of_author(known.room_id, editor, known.created_at)
            .into_iter()
            .collect();
        rows.extend([version, Row::Message(after)]);
        Ok(rows)
    }

    fn new_reaction(&self, room: RoomId, message: MessageId, user: UserId, emoji: &str) -> Rows {
        if !is_emoji(emoji) {
            return Err(Rejection::EmojiInvalid.to_string());
        }
        let Some(to) = self.messages.get(&(room, message)) else {
            return Err(Rejection::MessageNotFound.to_string());
        };
        let key = (room, message, user, emoji.to_owned());
        if to.deleted_at.is_some() || self.reactions.contains_key(&key) {
            return Ok(Vec::new());
        }
        let place = self.place_of_author(room, user, to.created_at);
        let mut rows: Vec<Row> = place.into_iter().collect();
        rows.push(Row::Reaction(Reaction {
            room_id: room,
            message_id: message,
            user_id: user,
            emoji: emoji.to_owned(),
            seq: Seq::ZERO,
            removed_at: None,
        }));
        Ok(rows)
    }

    /// Nobody's marker is moved: only those get one who have none.
    fn read_through(&self, room: RoomId, message: MessageId) -> Rows {
        let Some(Message {
            position: Some(position),
            ..
        }) = self.messages.get(&(room, message))
        else {
            return Err(Rejection::MessageNotFound.to_string());
        };
        let unread = self.unread.iter().filter(|(of, _)| *of == room);
        let unread = unread.filter(|key| !self.read_markers.contains_key(key));
        Ok(unread
            .map(|(room_id, user_id)| {
                Row::ReadMarker(ReadMarker {
                    room_id: *room_id,
                    user_id: *user_id,
                    seq: Seq::ZERO,
                    position: *position,
                })
            })
            .collect())
    }
}

fn times(item: &ImportItem) -> Vec<Millis> {
    match item {
        ImportItem::Person { .. } | ImportItem::Reaction { .. } | ImportItem::Read { .. } => {
            Vec::new()
        }
        ImportItem::Room {
            created_at,
            archived_at,
            ..
        } => [Some(*created_at), *archived_at]
            .into_iter()
            .flatten()
            .collect(),
        ImportItem::Member {
            joined_at, left_at, ..
        } => [Some(*joined_at), *left_at].into_iter().flatten().collect(),
        ImportItem::Message {
            created_at,
            edited_at,
            deleted_at,
            pinned_at,
            ..
        } => [Some(*created_at), *edited_at, *deleted_at, *pinned_at]
            .into_iter()
            .flatten()
            .collect(),
    }
}
