//! One batch of operations: what must be loaded for it, what `decide` makes of it, what must be written.
//!
//! Invariants: pure, so that the store in Postgres and the store of the simulator share it; an operation is applied at most once
//! (a post by its message id, a read marker because it only moves forward, all others by the ledger); seqs are given out in order
//! and without gaps, from the counters that were loaded.

mod import;

use model::wire::Outcome;
use model::{
    Actor, BlobHash, Envelope, Member, Message, MessageId, MessageVersion, Millis, Op, OpId,
    Person, Reaction, ReadMarker, Rejection, Role, Room, RoomId, Row, Seq, State, UserId, decide,
    is_emoji, limits,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One operation and who asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who.
    pub actor: Actor,
    /// What.
    pub envelope: Envelope,
}

/// What a committed batch did to one room: its rows in `(from, through]`.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// An outcome for each operation, in order; none for those on rooms that are held.
    pub outcomes: Vec<Outcome>,
    /// The rooms that changed.
    pub rooms: Vec<RoomChanges>,
    /// Rooms that somebody else keeps locked: nothing was done there.
    pub held: BTreeSet<RoomId>,
}

/// The keys of the rows that a batch is decided on. The rooms are to be locked, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Rooms, in the order of their ids.
    pub rooms: BTreeSet<RoomId>,
    /// Memberships.
    pub members: BTreeSet<(RoomId, UserId)>,
    /// Messages.
    pub messages: BTreeSet<(RoomId, MessageId)>,
    /// Reactions.
    pub reactions: BTreeSet<(RoomId, MessageId, UserId, String)>,
    /// Read markers.
    pub read_markers: BTreeSet<(RoomId, UserId)>,
    /// Accounts, for their names.
    pub accounts: BTreeSet<UserId>,
    /// People whom an operation may bring into a room, for how many they have.
    pub entering: BTreeSet<UserId>,
    /// Files of messages: of whom, and in which room.
    pub blobs: BTreeSet<(RoomId, UserId, BlobHash)>,
    /// Rooms that somebody wants to leave, for how many are there.
    pub leaving: BTreeSet<RoomId>,
    /// Operations whose outcome may be known already.
    pub ledger: BTreeSet<OpId>,
}

/// Rooms that one account may have. Counted before each batch: what other relays commit at the same moment may lead over it by as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomLimits {
    /// To be in.
    pub member_of: u32,
    /// To have made.
    pub made: u32,
}

impl Default for RoomLimits {
    fn default() -> Self {
        Self {
            member_of: u32::MAX,
            made: u32::MAX,
        }
    }
}

/// How many rooms an account has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomCount {
    /// It is in so many.
    pub member_of: u32,
    /// It has made so many.
    pub made: u32,
}

/// How many people are in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// So many.
    pub people: u32,
    /// So many of them own it.
    pub owners: u32,
}

impl Present {
    /// Keeps it true when somebody's membership changes.
    fn change(&mut self, before: Option<&Member>, after: &Member) {
        let there = |member: &&Member| member.left_at.is_none();
        if let Some(before) = before.filter(there) {
            self.people = self.people.saturating_sub(1);
            self.owners = self
                .owners
                .saturating_sub(u32::from(before.role == Role::Owner));
        }
        if there(&after) {
            self.people += 1;
            self.owners += u32::from(after.role == Role::Owner);
        }
    }
}

impl Wanted {
    /// What these operations name.
    #[must_use]
    pub fn of(asked: &[Asked]) -> Self {
        let mut wanted = Self::default();
        for Asked { actor, envelope } in asked {
            let (room, user) = (envelope.op.room_id(), actor.user_id);
            wanted.rooms.insert(room);
            wanted.members.insert((room, user));
            if let Some(message) = envelope.op.message_id() {
                wanted.messages.insert((room, message));
            }
            for person in envelope.op.people() {
                wanted.members.insert((room, person.user_id));
                wanted.accounts.insert(person.user_id);
            }
            match &envelope.op {
                Op::CreateRoom { .. } | Op::Join { .. } => {
                    wanted.entering.insert(user);
                }
                Op::OpenDirect { .. } | Op::SetMember { .. } => {
                    wanted.entering.insert(user);
                    let people = envelope.op.people();
                    wanted.entering.extend(people.iter().map(|one| one.user_id));
                }
                // What is none is rejected whatever is there, and may not be text to Postgres.
                Op::React {
                    message_id, emoji, ..
                } if is_emoji(emoji) => {
                    let key = (room, *message_id, user, emoji.clone());
                    wanted.reactions.insert(key);
                }
                Op::Leave { .. } => {
                    wanted.leaving.insert(room);
                }
                Op::MarkRead { .. } => {
                    wanted.read_markers.insert((room, user));
                }
                _ => {}
            }
            // More than may be are refused whatever is there.
            let files = envelope
                .op
                .attachments()
                .iter()
                .take(limits::ATTACHMENTS_MAX);
            wanted
                .blobs
                .extend(files.map(|file| (room, user, file.hash)));
            if is_ledgered(&envelope.op) {
                wanted.ledger.insert(envelope.op_id);
            }
        }
        wanted
    }
}

/// Whether an operation needs the ledger to be applied at most once.
fn is_ledgered(op: &Op) -> bool {
    !matches!(op, Op::Post { .. } | Op::MarkRead { .. })
}

/// A row of the ledger: which operation, whose, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Which.
    pub op_id: OpId,
    /// Whose.
    pub account: UserId,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a decided batch wants written.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    /// Rooms that are new, with their counters.
    pub new_rooms: Vec<(Room, Seq)>,
    /// Rooms that are not new and whose own row changed.
    pub changed_rooms: Vec<Room>,
    /// Rooms whose counter has moved.
    pub advanced: Vec<(RoomId, Seq)>,
    /// All changed rows, for the tables and for the subscribers.
    pub changes: Vec<RoomChanges>,
    /// Earlier texts.
    pub versions: Vec<MessageVersion>,
    /// Outcomes to remember.
    pub ledger: Vec<LedgerEntry>,
}

/// A room in a batch.
struct Slot {
    room: Room,
    from: Seq,
    last: Seq,
    is_new: bool,
    /// Each changed row once, in its last state.
    changed: BTreeMap<Key, Row>,
}

/// Which row of a room.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Room,
    Member(UserId),
    Message(MessageId),
    Reaction(MessageId, UserId, String),
    ReadMarker(UserId),
}

/// The rows that a batch works on, and what it makes of them.
#[derive(Default)]
pub struct Batch {
    rooms: BTreeMap<RoomId, Slot>,
    members: HashMap<(RoomId, UserId), Member>,
    messages: HashMap<(RoomId, MessageId), Message>,
    reactions: HashMap<(RoomId, MessageId, UserId, String), Reaction>,
    read_markers: HashMap<(RoomId, UserId), ReadMarker>,
    accounts: HashMap<UserId, String>,
    blobs: HashMap<(RoomId, UserId, BlobHash), u64>,
    limits: RoomLimits,
    counts: HashMap<UserId, RoomCount>,
    present: HashMap<RoomId, Present>,
    versions: Vec<MessageVersion>,
    ledger: HashMap<OpId, (UserId, Outcome)>,
    new_ledger: Vec<LedgerEntry>,
    /// Who is in a room and has no read marker there; only an import wants to know.
    unread: BTreeSet<(RoomId, UserId)>,
}

impl Batch {
    /// An empty one, with limits.
    #[must_use]
    pub fn limited(limits: RoomLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes how many rooms an account has.
    pub fn load_count(&mut self, user: UserId, count: RoomCount) {
        self.counts.insert(user, count);
    }

    /// Takes how many people are in a room.
    pub fn load_present(&mut self, room: RoomId, present: Present) {
        self.present.insert(room, present);
    }

    fn is_last_owner(&self, room: RoomId) -> bool {
        let present = self.present.get(&room);
        present.is_some_and(|present| present.owners == 1 && present.people > 1)
    }

    fn is_full(&self, user: UserId) -> bool {
        let count = self.counts.get(&user);
        count.is_some_and(|count| count.member_of >= self.limits.member_of)
    }

    /// Keeps the counts true while the batch goes on.
    fn count(&mut self, row: &Row) {
        match row {
            Row::Room(room) if !self.rooms.contains_key(&room.id) => {
                if let Some(count) = self.counts.get_mut(&room.created_by) {
                    count.made += 1;
                }
            }
            Row::Member(member) => {
                let before = self.members.get(&(member.room_id, member.user_id));
                if let Some(present) = self.present.get_mut(&member.room_id) {
                    present.change(before, member);
                }
                let was_in = before.is_some_and(|before| before.left_at.is_none());
                let Some(count) = self.counts.get_mut(&member.user_id) else {
                    return;
                };
                match (was_in, member.left_at.is_none()) {
                    (false, true) => count.member_of += 1,
                    (true, false) => count.member_of = count.member_of.saturating_sub(1),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Takes a room as it was loaded and locked, with its counter.
    pub fn load_room(&mut self, room: Room, last: Seq) {
        self.rooms.insert(room.id, Slot::new(room, last, false));
    }

    /// Takes another row as it was loaded.
    pub fn load(&mut self, row: Row) {
        match row {
            Row::Member(row) => drop(self.members.insert((row.room_id, row.user_id), row)),
            Row::Message(row) => drop(self.messages.insert((row.room_id, row.id), row)),
            Row::Reaction(row) => {
                let key = (row.room_id, row.message_id, row.user_id, row.emoji.clone());
                self.reactions.insert(key, row);
            }
            Row::ReadMarker(row) => {
                self.read_markers.insert((row.room_id, row.user_id), row);
            }
            // A room comes with its counter; versions decide nothing.
            Row::Room(_) | Row::MessageVersion(_) => {}
        }
    }

    /// Takes the name of an account that may sign in.
    pub fn load_account(&mut self, user: UserId, name: String) {
        self.accounts.insert(user, name);
    }

    /// Takes somebody who is in a room and has no read marker there.
    pub fn load_unread(&mut self, room: RoomId, user: UserId) {
        self.unread.insert((room, user));
    }

    /// Takes a file that somebody has given to a room, and its length.
    pub fn load_blob(&mut self, key: (RoomId, UserId, BlobHash), bytes: u64) {
        self.blobs.insert(key, bytes);
    }

    /// Takes an outcome that is known already.
    pub fn load_outcome(&mut self, entry: LedgerEntry) {
        self.ledger
            .insert(entry.op_id, (entry.account, entry.outcome));
    }

    /// A room's counter as the operations so far have left it.
    #[must_use]
    pub fn counter(&self, room: RoomId) -> Option<Seq> {
        self.rooms.get(&room).map(|slot| slot.last)
    }

    /// Decides one operation on the rows as the operations before it left them.
    pub fn decide(&mut self, asked: &Asked, now: Millis) -> Outcome {
        let Asked { actor, envelope } = asked;
        let (op, op_id) = (&envelope.op, envelope.op_id);
        if let Some((account, outcome)) = self.ledger.get(&op_id) {
            if *account == actor.user_id {
                return outcome.clone();
            }
            return rejected(&Rejection::IdTaken);
        }
        let room_id = op.room_id();
        let message_key = op.message_id().map(|id| (room_id, id));
        let reaction = match op {
            Op::React {
                message_id, emoji, ..
            } => {
                let key = (room_id, *message_id, actor.user_id, emoji.clone());
                self.reactions.get(&key)
            }
            _ => None,
        };
        let read_marker = match op {
            Op::MarkRead { .. } => self.read_markers.get(&(room_id, actor.user_id)),
            _ => None,
        };
        let named = op.people();
        let people: Vec<Person<'_>> = named
            .iter()
            .map(|person| Person {
                user_id: person.user_id,
                name: self.accounts.get(&person.user_id).map(String::as_str),
                member: self.members.get(&(room_id, person.user_id)),
                is_full: self.is_full(person.user_id),
            })
            .collect();
        let state = State {
            people: &people,
            is_last_owner: self.is_last_owner(room_id),
            is_full: self.is_full(actor.user_id),
            made_all: self
                .counts
                .get(&actor.user_id)
                .is_some_and(|count| count.made >= self.limits.made),
            room: self.rooms.get(&room_id).map(|slot| &slot.room),
            member: self.members.get(&(room_id, actor.user_id)),
            message: message_key.and_then(|key| self.messages.get(&key)),
            reaction,
            read_marker,
            has_blobs: op.attachments().iter().all(|file| {
                let key = (room_id, actor.user_id, file.hash);
                self.blobs.get(&key) == Some(&file.bytes)
            }),
        };
        let outcome = match decide(state, op, actor, now) {
            Err(why) => rejected(&why),
            Ok(rows) if rows.is_empty() => {
                let of_rows = [
                    state.message.map(|row| row.seq),
                    state.reaction.map(|row| row.seq),
                    state.read_marker.map(|row| row.seq),
                ];
                let of_room = self.rooms.get(&room_id).map(|slot| slot.last);
                // How far a room has come is not told to one who has left it.
                let left = state.member.filter(|member| member.left_at.is_some());
                let seq = match left {
                    Some(member) => Some(member.seq),
                    None => of_rows.into_iter().max().flatten().or(of_room),
                };
                Outcome::Applied {
                    seq: seq.unwrap_or(Seq::ZERO),
                }
            }
            Ok(rows) => Outcome::Applied {
                seq: self.take(room_id, rows),
            },
        };
        if is_ledgered(op) {
            self.ledger.insert(op_id, (actor.user_id, outcome.clone()));
            self.new_ledger.push(LedgerEntry {
                op_id,
                account: actor.user_id,
                outcome: outcome.clone(),
            });
        }
        outcome
    }

    /// Takes the rows of one operation and returns the seq of the last.
    fn take(&mut self, room_id: RoomId, mut rows: Vec<Row>) -> Seq {
        let last = self.rooms.get(&room_id).map_or(Seq::ZERO, |slot| slot.last);
        let last = model::row::stamp(&mut rows, last);
        for row in rows {
            self.count(&row);
            let key = match &row {
                Row::Room(room) => {
                    let slot = self.rooms.entry(room_id);
                    let slot = slot.or_insert_with(|| Slot::new(room.clone(), Seq::ZERO, true));
                    slot.room = room.clone();
                    Key::Room
                }
                Row::Member(row) => Key::Member(row.user_id),
                Row::Message(row) => Key::Message(row.id),
                Row::Reaction(row) => Key::Reaction(row.message_id, row.user_id, row.emoji.clone()),
                Row::ReadMarker(row) => Key::ReadMarker(row.user_id),
                Row::MessageVersion(version) => {
                    self.versions.push(version.clone());
                    continue;
                }
            };
            if let Some(slot) = self.rooms.get_mut(&room_id) {
                slot.changed.insert(key, row.clone());
            }
            self.load(row);
        }
        if let Some(slot) = self.rooms.get_mut(&room_id) {
            slot.last = last;
        }
        last
    }

    /// What is to be written.
    #[must_use]
    pub fn finish(self) -> Writes {
        let mut writes = Writes {
            versions: self.versions,
            ledger: self.new_ledger,
            ..Writes::default()
        };
        for (id, slot) in self.rooms {
            if slot.last == slot.from {
                continue;
            }
            if !slot.is_new && slot.changed.contains_key(&Key::Room) {
                writes.changed_rooms.push(slot.room.clone());
            }
            let mut rows: Vec<Row> = slot.changed.into_values().collect();
            rows.sort_by_key(Row::seq);
            writes.changes.push(RoomChanges {
                room: id,
                from: slot.from,
                through: slot.last,
                rows,
            });
            if slot.is_new {
                writes.new_rooms.push((slot.room, slot.last));
            } else {
                writes.advanced.push((id, slot.last));
            }
        }
        writes
    }
}

impl Slot {
    fn new(room: Room, last: Seq, is_new: bool) -> Self {
        Self {
            room,
            from: last,
            last,
            is_new,
            changed: BTreeMap::new(),
        }
    }
}

fn rejected(why: &Rejection) -> Outcome {
    Outcome::Rejected {
        code: why.code(),
        text: why.to_string(),
    }
}
