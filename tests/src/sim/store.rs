//! The authority store of the simulator: what Postgres is to a relay, in memory.
//!
//! The same semantics: a transaction locks its rooms in the order of their ids and holds them to its end; what it wrote is
//! seen by nobody before the commit and by everybody after it; a reader sees one moment; a commit's answer can be lost. What
//! a batch loads, decides and writes is the relay's own code ([`relay::batch`]).

use super::mutation::Mutation;
use crate::history::{RowKey, StoreView};
use model::{
    EditPolicy, Message, MessageId, MessageVersion, Millis, OpId, Rev, Room, RoomId, Row, Seq,
    UserId, limits,
};
use relay::batch::{Applied, Asked, Batch, LedgerEntry, Present, RoomChanges, Wanted, Writes};
use relay::paging::{self, ChangesPage, HistoryPage};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What is committed. A backup is a clone.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// The store's identity.
    pub epoch: Uuid,
    /// Rooms with their counters.
    pub rooms: BTreeMap<RoomId, (Room, Seq)>,
    /// All other rows.
    pub rows: BTreeMap<RowKey, Row>,
    /// Earlier texts.
    pub versions: Vec<MessageVersion>,
    /// Outcomes by idempotency key.
    pub ledger: BTreeMap<OpId, LedgerEntry>,
    /// How often each operation changed something: for the checker, and part of a backup as the rows are.
    pub effects: BTreeMap<OpId, u32>,
}

/// A transaction's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TxId(pub u64);

/// A transaction that holds its locks and has decided.
struct Open {
    writes: Writes,
    applied: Applied,
    effects: Vec<OpId>,
}

/// The store.
pub struct Store {
    /// What is committed.
    pub data: Data,
    /// Each version of each row that was ever committed: what may be broadcast.
    pub committed: BTreeMap<(Uuid, RoomId, Seq), Row>,
    open: BTreeMap<TxId, Open>,
    locks: BTreeMap<RoomId, TxId>,
    /// A sequence beside the rows: what the mutation "seq from a plain sequence" numbers with.
    sequence: BTreeMap<RoomId, Seq>,
    mutation: Option<Mutation>,
}

impl Store {
    /// An empty one.
    #[must_use]
    pub fn new(epoch: Uuid, mutation: Option<Mutation>) -> Self {
        Self {
            data: Data {
                epoch,
                ..Data::default()
            },
            committed: BTreeMap::new(),
            open: BTreeMap::new(),
            locks: BTreeMap::new(),
            sequence: BTreeMap::new(),
            mutation,
        }
    }

    /// Locks the rooms of a batch; `None`: another transaction holds one of them.
    pub fn lock(&mut self, tx: TxId, asked: &[Asked]) -> Option<BTreeSet<RoomId>> {
        let rooms = Wanted::of(asked).rooms;
        let locked = rooms.iter().any(|room| self.locks.contains_key(room));
        if locked && self.mutation != Some(Mutation::SeqFromPlainSequence) {
            return None;
        }
        Some(self.lock_free(tx, asked))
    }

    /// Locks the rooms of a batch that are free, and returns the others.
    pub fn lock_free(&mut self, tx: TxId, asked: &[Asked]) -> BTreeSet<RoomId> {
        let mut held = BTreeSet::new();
        if self.mutation == Some(Mutation::SeqFromPlainSequence) {
            return held;
        }
        for room in Wanted::of(asked).rooms {
            if *self.locks.entry(room).or_insert(tx) != tx {
                held.insert(room);
            }
        }
        held
    }

    /// Locks one room, as plain SQL does that is slow to commit.
    pub fn hold(&mut self, tx: TxId, room: RoomId) -> bool {
        if self.locks.contains_key(&room) {
            return false;
        }
        self.locks.insert(room, tx);
        true
    }

    /// Loads, decides and keeps what is to be written, under the locks, without what is on rooms that others hold.
    pub fn decide(&mut self, tx: TxId, asked: &[Asked], held: BTreeSet<RoomId>, now: Millis) {
        let free = |asked: &&Asked| !held.contains(&asked.envelope.op.room_id());
        let asked: Vec<Asked> = asked.iter().filter(free).cloned().collect();
        let wanted = Wanted::of(&asked);
        let mut batch = Batch::default();
        for room in &wanted.rooms {
            if let Some((row, last)) = self.data.rooms.get(room) {
                let last = match self.mutation {
                    Some(Mutation::SeqFromPlainSequence) => {
                        (*last).max(self.sequence.get(room).copied().unwrap_or_default())
                    }
                    _ => *last,
                };
                batch.load_room(row.clone(), last);
            }
        }
        let keys = wanted
            .members
            .iter()
            .map(|(room, user)| RowKey::Member(*room, *user));
        let messages = wanted.messages.iter();
        let keys = keys.chain(messages.map(|(room, id)| RowKey::Message(*room, *id)));
        let reactions = wanted.reactions.iter();
        let keys = keys.chain(reactions.map(|(room, message, user, emoji)| {
            RowKey::Reaction(*room, *message, *user, emoji.clone())
        }));
        let markers = wanted.read_markers.iter();
        let keys = keys.chain(markers.map(|(room, user)| RowKey::ReadMarker(*room, *user)));
        let forgetful = self.mutation == Some(Mutation::SkipIdempotency);
        // A post is known by its row.
        let posts: BTreeSet<Option<MessageId>> = asked
            .iter()
            .filter(|one| forgetful && matches!(one.envelope.op, model::Op::Post { .. }))
            .map(|one| one.envelope.op.message_id())
            .collect();
        for key in keys {
            let forgotten = matches!(&key, RowKey::Message(_, id) if posts.contains(&Some(*id)));
            if let Some(row) = self.data.rows.get(&key).filter(|_| !forgotten) {
                batch.load(row.clone());
            }
        }
        for room in &wanted.leaving {
            let mut present = Present::default();
            for row in self.data.rows.values() {
                if let Row::Member(member) = row
                    && member.room_id == *room
                    && member.left_at.is_none()
                {
                    present.people += 1;
                    present.owners += u32::from(member.role == model::Role::Owner);
                }
            }
            batch.load_present(*room, present);
        }
        for op in &wanted.ledger {
            if let Some(entry) = self.data.ledger.get(op).filter(|_| !forgetful) {
                batch.load_outcome(entry.clone());
            }
        }
        let mut effects = Vec::new();
        let mut outcomes = Vec::new();
        for one in &asked {
            let room = one.envelope.op.room_id();
            let before = batch.counter(room);
            outcomes.push(batch.decide(one, now));
            if batch.counter(room) != before {
                effects.push(one.envelope.op_id);
            }
        }
        let writes = batch.finish();
        for changes in &writes.changes {
            self.sequence.insert(changes.room, changes.through);
        }
        let applied = Applied {
            outcomes,
            rooms: writes.changes.clone(),
            held,
        };
        self.open.insert(
            tx,
            Open {
                writes,
                applied,
                effects,
            },
        );
    }

    /// What an open transaction would answer: only the mutation "broadcast before commit" looks.
    #[must_use]
    pub fn foresee(&self, tx: TxId) -> Option<Applied> {
        self.open.get(&tx).map(|open| open.applied.clone())
    }

    /// Ends a transaction without a trace.
    pub fn abort(&mut self, tx: TxId) {
        self.open.remove(&tx);
        self.locks.retain(|_, holder| *holder != tx);
    }

    /// Commits. `None`: the transaction was aborted, or met another's row (as a unique violation does).
    pub fn commit(&mut self, tx: TxId) -> Option<Applied> {
        let open = self.open.remove(&tx);
        self.locks.retain(|_, holder| *holder != tx);
        let open = open?;
        if open
            .writes
            .new_rooms
            .iter()
            .any(|(room, _)| self.data.rooms.contains_key(&room.id))
        {
            return None;
        }
        self.write(&open.writes);
        for op in open.effects {
            *self.data.effects.entry(op).or_default() += 1;
        }
        Some(open.applied)
    }

    fn write(&mut self, writes: &Writes) {
        let data = &mut self.data;
        for (room, last) in &writes.new_rooms {
            data.rooms.insert(room.id, (room.clone(), *last));
            data.rows
                .insert(RowKey::Room(room.id), Row::Room(room.clone()));
        }
        for (room, last) in &writes.advanced {
            if let Some(entry) = data.rooms.get_mut(room) {
                entry.1 = entry.1.max(*last);
            }
        }
        for changes in &writes.changes {
            for row in &changes.rows {
                let key = (data.epoch, changes.room, row.seq());
                self.committed.insert(key, row.clone());
                if let Some(key) = RowKey::of(row) {
                    data.rows.insert(key, row.clone());
                }
            }
        }
        data.versions.extend(writes.versions.iter().cloned());
        for entry in &writes.ledger {
            data.ledger.insert(entry.op_id, entry.clone());
        }
    }

    /// Plain SQL on one room: what the triggers make of it. Returns the room's changes, if it was not locked.
    pub fn sql(&mut self, room: RoomId, mut change: Vec<Row>) -> Option<RoomChanges> {
        if self.locks.contains_key(&room) {
            return None;
        }
        let from = self.data.rooms.get(&room)?.1;
        let mut versions = Vec::new();
        for row in &change {
            if let Row::Message(after) = row
                && let Some(Row::Message(before)) =
                    self.data.rows.get(&RowKey::Message(room, after.id))
                && before.body != after.body
            {
                versions.push(MessageVersion {
                    room_id: room,
                    message_id: before.id,
                    seq: Seq::ZERO,
                    rev: before.rev,
                    body: before.body.clone(),
                    editor_id: before.edited_by.unwrap_or(before.author_id),
                    edited_at: before.edited_at.unwrap_or(before.created_at),
                });
            }
        }
        let through = model::row::stamp(&mut change, from);
        if let Some(entry) = self.data.rooms.get_mut(&room) {
            for row in &change {
                if let Row::Room(row) = row {
                    entry.0 = row.clone();
                }
            }
        }
        let changes = RoomChanges {
            room,
            from,
            through,
            rows: change,
        };
        self.sequence.insert(room, through);
        self.write(&Writes {
            advanced: vec![(room, through)],
            changes: vec![changes.clone()],
            versions,
            ..Writes::default()
        });
        Some(changes)
    }

    /// The store as it was, under another identity. Everything open is gone.
    pub fn restore(&mut self, mut backup: Data, epoch: Uuid) {
        backup.epoch = epoch;
        for row in backup.rows.values() {
            let key = (epoch, row.room_id(), row.seq());
            self.committed.insert(key, row.clone());
        }
        self.data = backup;
        self.open.clear();
        self.locks.clear();
        self.sequence.clear();
    }

    /// Everything open is gone; what is committed stays.
    pub fn crash(&mut self) {
        self.open.clear();
        self.locks.clear();
    }

    /// A message.
    #[must_use]
    pub fn message(&self, room: RoomId, id: MessageId) -> Option<&Message> {
        match self.data.rows.get(&RowKey::Message(room, id)) {
            Some(Row::Message(message)) => Some(message),
            _ => None,
        }
    }

    /// The messages of a room, in the timeline's order.
    #[must_use]
    pub fn messages(&self, room: RoomId) -> Vec<Message> {
        let mut found: Vec<Message> = self
            .of_room(room)
            .filter_map(|row| match row {
                Row::Message(message) => Some(message.clone()),
                _ => None,
            })
            .collect();
        found.sort_by_key(|message| message.position);
        found
    }

    /// The rows that whoever moves a cursor from `after` to `through` says to have. Read markers go to their owner alone.
    #[must_use]
    pub fn claimed(&self, room: RoomId, after: Seq, through: Seq) -> Vec<Row> {
        self.of_room(room)
            .filter(|row| row.seq() > after && row.seq() <= through)
            .filter(|row| !matches!(row, Row::ReadMarker(_)))
            .cloned()
            .collect()
    }

    fn of_room(&self, room: RoomId) -> impl Iterator<Item = &Row> {
        self.data
            .rows
            .values()
            .filter(move |row| row.room_id() == room)
    }

    /// The rooms that a person is in.
    #[must_use]
    pub fn memberships(&self, user: UserId) -> Vec<RoomId> {
        let rows = self.data.rows.values();
        rows.filter_map(|row| match row {
            Row::Member(member) if member.user_id == user && member.left_at.is_none() => {
                Some(member.room_id)
            }
            _ => None,
        })
        .collect()
    }

    /// As [`relay::store::Store::changes`].
    #[must_use]
    pub fn changes(&self, room: RoomId, after: Seq) -> Option<ChangesPage> {
        let (_, last) = self.data.rooms.get(&room)?;
        if *last < after {
            return None;
        }
        let mut rows: Vec<Row> = self
            .of_room(room)
            .filter(|row| row.seq() > after)
            .cloned()
            .collect();
        rows.sort_by_key(Row::seq);
        Some(paging::changes(rows, *last))
    }

    /// As [`relay::store::Store::first_page`], with pages of `limit`.
    #[must_use]
    pub fn first_page(&self, room: RoomId, limit: u32) -> Option<(HistoryPage, Seq)> {
        let (_, last) = self.data.rooms.get(&room)?;
        let mut rows: Vec<Row> = self
            .of_room(room)
            .filter(|row| matches!(row, Row::Room(_) | Row::Member(_) | Row::ReadMarker(_)))
            .cloned()
            .collect();
        let page = self.older_page(room, Seq(i64::MAX), limit);
        rows.extend(page.rows);
        let before = page.before;
        Some((HistoryPage { rows, before }, *last))
    }

    /// As [`relay::store::Store::older_page`].
    #[must_use]
    pub fn older_page(&self, room: RoomId, before: Seq, limit: u32) -> HistoryPage {
        let limit = usize::try_from(limit.clamp(1, limits::PAGE_MAX_ROWS)).unwrap_or(1);
        let mut messages = self.messages(room);
        messages.retain(|message| message.position.is_some_and(|position| position < before));
        messages.reverse();
        messages.truncate(limit);
        let ids: BTreeSet<MessageId> = messages.iter().map(|message| message.id).collect();
        let reactions = self
            .of_room(room)
            .filter_map(|row| match row {
                Row::Reaction(reaction) if ids.contains(&reaction.message_id) => {
                    Some(reaction.clone())
                }
                _ => None,
            })
            .collect();
        paging::history(messages, reactions, limit)
    }

    /// For the checker.
    #[must_use]
    pub fn view(&self) -> StoreView {
        StoreView {
            rooms: self.data.rooms.clone(),
            rows: self.data.rows.clone(),
            versions: self.data.versions.clone(),
        }
    }

    /// Puts a room with its members there, as the first committed changes of a history.
    pub fn found_room(
        &mut self,
        id: RoomId,
        policy: EditPolicy,
        members: Vec<model::Member>,
        now: Millis,
    ) {
        let room = Room {
            id,
            seq: Seq(1),
            name: format!("room {id}"),
            topic: String::new(),
            kind: model::RoomKind::Channel,
            edit_policy: policy,
            archived_at: None,
            created_by: members[0].user_id,
            created_at: now,
        };
        let mut rows = vec![Row::Room(room.clone())];
        rows.extend(members.into_iter().map(Row::Member));
        let through = model::row::stamp(&mut rows, Seq::ZERO);
        self.write(&Writes {
            new_rooms: vec![(room, through)],
            changes: vec![RoomChanges {
                room: id,
                from: Seq::ZERO,
                through,
                rows,
            }],
            ..Writes::default()
        });
    }
}

/// A message as plain SQL inserts it.
#[must_use]
pub fn sql_message(
    room: RoomId,
    id: MessageId,
    author: UserId,
    body: String,
    now: Millis,
) -> Message {
    Message {
        room_id: room,
        id,
        seq: Seq::ZERO,
        position: None,
        author_id: author,
        body,
        reply_to: None,
        rev: Rev::FIRST,
        created_at: now,
        edited_at: None,
        edited_by: None,
        deleted_at: None,
        pinned_at: None,
        attachments: Vec::new(),
    }
}
