//! One batch of operations in one transaction: lock the rooms, load what `decide` needs, decide, write with set-based statements,
//! commit.
//!
//! Invariants: rooms are locked in the order of their ids, so two relays never deadlock over them; an operation is applied at most
//! once (a post by its message id, others by the ledger); nothing is returned before COMMIT has.

use super::read::{member_row, message_row, room_row};
use super::{Param, Store, queries};
use crate::RelayError;
use deadpool_postgres::Transaction;
use model::wire::Outcome;
use model::{
    Actor, Envelope, Member, Message, MessageId, MessageVersion, Millis, Op, OpId, Rejection,
    RejectionCode, Room, RoomId, Row, Seq, State, UserId, decide,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// One operation and who asks for it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Who.
    pub actor: Actor,
    /// What.
    pub envelope: Envelope,
}

/// What a committed batch did to one room: its rows in `(from, through]`.
#[derive(Clone, Debug)]
pub struct RoomChanges {
    /// The room.
    pub room: RoomId,
    /// The counter before.
    pub from: Seq,
    /// The counter after.
    pub through: Seq,
    /// In seq order, each row once, in its last state.
    pub rows: Vec<Row>,
}

/// What a committed batch did.
#[derive(Clone, Debug)]
pub struct Applied {
    /// An outcome for each operation, in order.
    pub outcomes: Vec<Outcome>,
    /// The rooms that changed.
    pub rooms: Vec<RoomChanges>,
}

/// The rows that a batch works on, and what it makes of them.
#[derive(Default)]
struct Batch {
    rooms: BTreeMap<RoomId, Slot>,
    members: HashMap<(RoomId, UserId), Member>,
    messages: HashMap<(RoomId, MessageId), Message>,
    versions: Vec<MessageVersion>,
    ledger: HashMap<OpId, (UserId, Outcome)>,
    new_ledger: Vec<(OpId, UserId, Outcome)>,
}

/// A room in a batch.
struct Slot {
    room: Room,
    from: Seq,
    last: Seq,
    is_new: bool,
    members: BTreeSet<UserId>,
    messages: BTreeSet<MessageId>,
}

impl Store {
    /// Applies a batch.
    ///
    /// # Errors
    /// Postgres's own; then nothing of the batch is applied.
    pub async fn apply(&self, asked: &[Asked], now: Millis) -> Result<Applied, RelayError> {
        let mut connection = self.connection().await?;
        let tx = connection.transaction().await?;
        tx.batch_execute(queries::APPLY_ON).await?;
        let mut batch = Batch::load(&tx, asked).await?;
        let outcomes = asked.iter().map(|asked| batch.decide(asked, now)).collect();
        let rooms = batch.changes();
        batch.write(&tx, &rooms).await?;
        let payloads = payloads(&rooms, self.instance);
        if !payloads.is_empty() {
            let notify = tx.prepare_cached(queries::NOTIFY).await?;
            tx.execute(&notify, &[&payloads]).await?;
        }
        tx.commit().await?;
        Ok(Applied { outcomes, rooms })
    }
}

/// Wake-ups for the other relays: one a room, and one a person whose memberships changed.
fn payloads(rooms: &[RoomChanges], instance: Uuid) -> Vec<String> {
    let mut payloads = BTreeSet::new();
    for changes in rooms {
        payloads.insert(format!("r:{}:{instance}", changes.room));
        for row in &changes.rows {
            if let Row::Member(member) = row {
                payloads.insert(format!("u:{}:{instance}", member.user_id));
            }
        }
    }
    payloads.into_iter().collect()
}

impl Batch {
    async fn load(connection: &Transaction<'_>, asked: &[Asked]) -> Result<Self, RelayError> {
        let mut batch = Self::default();
        let rooms: BTreeSet<Uuid> = asked
            .iter()
            .map(|one| one.envelope.op.room_id().0)
            .collect();
        let rooms: Vec<Uuid> = rooms.into_iter().collect();
        let lock = connection.prepare_cached(queries::LOCK_ROOMS).await?;
        for row in connection.query(&lock, &[&rooms]).await? {
            let room = room_row(&row)?;
            let last = Seq(row.get(9));
            batch.rooms.insert(room.id, Slot::new(room, last, false));
        }
        let (mut member_rooms, mut member_users) = (Vec::new(), Vec::new());
        let (mut message_rooms, mut message_ids) = (Vec::new(), Vec::new());
        let mut ledgered: Vec<Uuid> = Vec::new();
        let mut members = BTreeSet::new();
        for Asked { actor, envelope } in asked {
            let room = envelope.op.room_id();
            if members.insert((room, actor.user_id)) {
                member_rooms.push(room.0);
                member_users.push(actor.user_id.0);
            }
            if let Some(message) = envelope.op.message_id() {
                message_rooms.push(room.0);
                message_ids.push(message.0);
            }
            if !matches!(envelope.op, Op::Post { .. }) {
                ledgered.push(envelope.op_id.0);
            }
        }
        let of_members = connection.prepare_cached(queries::MEMBERS_OF).await?;
        let of_messages = connection.prepare_cached(queries::MESSAGES_OF).await?;
        let of_ledger = connection.prepare_cached(queries::LEDGER_OF).await?;
        let for_members: [Param<'_>; 2] = [&member_rooms, &member_users];
        let for_messages: [Param<'_>; 2] = [&message_rooms, &message_ids];
        let for_ledger: [Param<'_>; 1] = [&ledgered];
        let (members, messages, ledger) = tokio::try_join!(
            connection.query(&of_members, &for_members),
            connection.query(&of_messages, &for_messages),
            connection.query(&of_ledger, &for_ledger),
        )?;
        for row in &members {
            let member = member_row(row)?;
            batch
                .members
                .insert((member.room_id, member.user_id), member);
        }
        for row in &messages {
            let message = message_row(row);
            batch
                .messages
                .insert((message.room_id, message.id), message);
        }
        for row in &ledger {
            let outcome = match row.get::<_, Option<i64>>(2) {
                Some(seq) => Outcome::Applied { seq: Seq(seq) },
                None => Outcome::Rejected {
                    code: RejectionCode::parse(row.get(3)),
                    text: row.get::<_, Option<String>>(4).unwrap_or_default(),
                },
            };
            batch
                .ledger
                .insert(OpId(row.get(0)), (UserId(row.get(1)), outcome));
        }
        Ok(batch)
    }

    /// Decides one operation on the rows as the operations before it left them.
    fn decide(&mut self, asked: &Asked, now: Millis) -> Outcome {
        let Asked { actor, envelope } = asked;
        let op = &envelope.op;
        if let Some((account, outcome)) = self.ledger.get(&envelope.op_id) {
            if *account == actor.user_id {
                return outcome.clone();
            }
            return rejected(&Rejection::IdTaken);
        }
        let room_id = op.room_id();
        let message_key = op.message_id().map(|id| (room_id, id));
        let state = State {
            room: self.rooms.get(&room_id).map(|slot| &slot.room),
            member: self.members.get(&(room_id, actor.user_id)),
            message: message_key.and_then(|key| self.messages.get(&key)),
        };
        let outcome = match decide(state, op, actor, now) {
            Err(why) => rejected(&why),
            Ok(rows) if rows.is_empty() => {
                let of_message = state.message.map(|message| message.seq);
                let of_room = self.rooms.get(&room_id).map(|slot| slot.last);
                Outcome::Applied {
                    seq: of_message.or(of_room).unwrap_or(Seq::ZERO),
                }
            }
            Ok(rows) => Outcome::Applied {
                seq: self.take(room_id, rows),
            },
        };
        if !matches!(op, Op::Post { .. }) {
            self.ledger
                .insert(envelope.op_id, (actor.user_id, outcome.clone()));
            self.new_ledger
                .push((envelope.op_id, actor.user_id, outcome.clone()));
        }
        outcome
    }

    /// Takes the rows of one operation and returns the seq of the last.
    fn take(&mut self, room_id: RoomId, mut rows: Vec<Row>) -> Seq {
        let last = self.rooms.get(&room_id).map_or(Seq::ZERO, |slot| slot.last);
        let last = model::row::stamp(&mut rows, last);
        for row in rows {
            match row {
                Row::Room(room) => {
                    self.rooms
                        .entry(room_id)
                        .or_insert_with(|| Slot::new(room, Seq::ZERO, true));
                }
                Row::Member(member) => {
                    if let Some(slot) = self.rooms.get_mut(&room_id) {
                        slot.members.insert(member.user_id);
                    }
                    self.members.insert((room_id, member.user_id), member);
                }
                Row::Message(message) => {
                    if let Some(slot) = self.rooms.get_mut(&room_id) {
                        slot.messages.insert(message.id);
                    }
                    self.messages.insert((room_id, message.id), message);
                }
                Row::MessageVersion(version) => self.versions.push(version),
            }
        }
        if let Some(slot) = self.rooms.get_mut(&room_id) {
            slot.last = last;
        }
        last
    }

    fn changes(&self) -> Vec<RoomChanges> {
        let changed = self.rooms.iter().filter(|(_, slot)| slot.last > slot.from);
        changed
            .map(|(id, slot)| {
                let mut rows = Vec::new();
                if slot.is_new {
                    rows.push(Row::Room(slot.room.clone()));
                }
                let members = slot
                    .members
                    .iter()
                    .filter_map(|user| self.members.get(&(*id, *user)));
                rows.extend(members.cloned().map(Row::Member));
                let messages = slot
                    .messages
                    .iter()
                    .filter_map(|message| self.messages.get(&(*id, *message)));
                rows.extend(messages.cloned().map(Row::Message));
                rows.sort_by_key(Row::seq);
                RoomChanges {
                    room: *id,
                    from: slot.from,
                    through: slot.last,
                    rows,
                }
            })
            .collect()
    }

    async fn write(
        &self,
        connection: &Transaction<'_>,
        changes: &[RoomChanges],
    ) -> Result<(), RelayError> {
        let rows = || changes.iter().flat_map(|changes| &changes.rows);
        let messages: Vec<&Message> = rows().filter_map(as_message).collect();
        let members: Vec<&Member> = rows().filter_map(as_member).collect();
        let new: Vec<&Slot> = self
            .rooms
            .values()
            .filter(|slot| slot.is_new && slot.last > slot.from)
            .collect();
        let advanced: Vec<&RoomChanges> = changes
            .iter()
            .filter(|changes| {
                self.rooms
                    .get(&changes.room)
                    .is_some_and(|slot| !slot.is_new)
            })
            .collect();
        if !new.is_empty() {
            insert_rooms(connection, &new).await?;
        }
        if !advanced.is_empty() {
            let statement = connection.prepare_cached(queries::ADVANCE_ROOMS).await?;
            let ids: Vec<Uuid> = advanced.iter().map(|changes| changes.room.0).collect();
            let seqs: Vec<i64> = advanced.iter().map(|changes| changes.through.0).collect();
            connection.execute(&statement, &[&ids, &seqs]).await?;
        }
        if !members.is_empty() {
            put_members(connection, &members).await?;
        }
        if !messages.is_empty() {
            put_messages(connection, &messages).await?;
        }
        if !self.versions.is_empty() {
            insert_versions(connection, &self.versions).await?;
        }
        if !self.new_ledger.is_empty() {
            insert_ledger(connection, &self.new_ledger).await?;
        }
        Ok(())
    }
}

impl Slot {
    fn new(room: Room, last: Seq, is_new: bool) -> Self {
        let (members, messages) = Default::default();
        Self {
            room,
            from: last,
            last,
            is_new,
            members,
            messages,
        }
    }
}

fn rejected(why: &Rejection) -> Outcome {
    Outcome::Rejected {
        code: why.code(),
        text: why.to_string(),
    }
}

fn as_message(row: &Row) -> Option<&Message> {
    match row {
        Row::Message(message) => Some(message),
        _ => None,
    }
}

fn as_member(row: &Row) -> Option<&Member> {
    match row {
        Row::Member(member) => Some(member),
        _ => None,
    }
}

/// One column of many rows.
fn column<'a, R, T>(rows: &[&'a R], of: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(|row| of(row)).collect()
}

type Written = Result<(), RelayError>;

async fn insert_rooms(connection: &Transaction<'_>, rooms: &[&Slot]) -> Written {
    let statement = connection.prepare_cached(queries::INSERT_ROOMS).await?;
    connection
        .execute(
            &statement,
            &[
                &column(rooms, |slot| slot.room.id.0),
                &column(rooms, |slot| slot.room.seq.0),
                &column(rooms, |slot| slot.last.0),
                &column(rooms, |slot| slot.room.name.as_str()),
                &column(rooms, |slot| slot.room.topic.as_str()),
                &column(rooms, |slot| slot.room.kind.as_str()),
                &column(rooms, |slot| slot.room.edit_policy.as_str()),
                &column(rooms, |slot| slot.room.archived_at.map(|at| at.0)),
                &column(rooms, |slot| slot.room.created_by.0),
                &column(rooms, |slot| slot.room.created_at.0),
            ],
        )
        .await?;
    Ok(())
}

async fn put_members(connection: &Transaction<'_>, members: &[&Member]) -> Written {
    let statement = connection.prepare_cached(queries::PUT_MEMBERS).await?;
    connection
        .execute(
            &statement,
            &[
                &column(members, |member| member.room_id.0),
                &column(members, |member| member.user_id.0),
                &column(members, |member| member.seq.0),
                &column(members, |member| member.name.as_str()),
                &column(members, |member| member.role.as_str()),
                &column(members, |member| member.joined_at.0),
                &column(members, |member| member.left_at.map(|at| at.0)),
            ],
        )
        .await?;
    Ok(())
}

async fn put_messages(connection: &Transaction<'_>, messages: &[&Message]) -> Written {
    let statement = connection.prepare_cached(queries::PUT_MESSAGES).await?;
    connection
        .execute(
            &statement,
            &[
                &column(messages, |message| message.room_id.0),
                &column(messages, |message| message.id.0),
                &column(messages, |message| message.seq.0),
                &column(messages, |message| {
                    message.position.unwrap_or(message.seq).0
                }),
                &column(messages, |message| message.author_id.0),
                &column(messages, |message| message.body.as_str()),
                &column(messages, |message| message.reply_to.map(|id| id.0)),
                &column(messages, |message| message.rev.0),
                &column(messages, |message| message.created_at.0),
                &column(messages, |message| message.edited_at.map(|at| at.0)),
                &column(messages, |message| message.edited_by.map(|id| id.0)),
                &column(messages, |message| message.deleted_at.map(|at| at.0)),
            ],
        )
        .await?;
    Ok(())
}

async fn insert_versions(connection: &Transaction<'_>, versions: &[MessageVersion]) -> Written {
    let versions: Vec<&MessageVersion> = versions.iter().collect();
    let statement = connection.prepare_cached(queries::INSERT_VERSIONS).await?;
    connection
        .execute(
            &statement,
            &[
                &column(&versions, |version| version.room_id.0),
                &column(&versions, |version| version.message_id.0),
                &column(&versions, |version| version.seq.0),
                &column(&versions, |version| version.rev.0),
                &column(&versions, |version| version.body.as_str()),
                &column(&versions, |version| version.editor_id.0),
                &column(&versions, |version| version.edited_at.0),
            ],
        )
        .await?;
    Ok(())
}

async fn insert_ledger(
    connection: &Transaction<'_>,
    entries: &[(OpId, UserId, Outcome)],
) -> Written {
    let entries: Vec<&(OpId, UserId, Outcome)> = entries.iter().collect();
    let rejection = |outcome: &Outcome| match outcome {
        Outcome::Applied { .. } => None,
        Outcome::Rejected { code, text } => Some((code.as_str(), text.clone())),
    };
    let statement = connection.prepare_cached(queries::INSERT_LEDGER).await?;
    connection
        .execute(
            &statement,
            &[
                &column(&entries, |(op, _, _)| op.0),
                &column(&entries, |(_, account, _)| account.0),
                &column(&entries, |(_, _, outcome)| match outcome {
                    Outcome::Applied { seq } => Some(seq.0),
                    Outcome::Rejected { .. } => None,
                }),
                &column(&entries, |(_, _, outcome)| {
                    rejection(outcome).map(|(code, _)| code)
                }),
                &column(&entries, |(_, _, outcome)| {
                    rejection(outcome).map(|(_, text)| text)
                }),
            ],
        )
        .await?;
    Ok(())
}
