//! One batch of operations in one transaction: lock the rooms, load what the batch wants, decide, write with set-based statements,
//! commit.
//!
//! Invariants: rooms are locked in the order of their ids, so two relays never deadlock over them; nothing is returned before
//! COMMIT has.

use super::read::{member_row, message_row, reaction_row, read_marker_row, room_row};
use super::{Param, Store, Transaction, queries};
use crate::RelayError;
use crate::batch::{
    Applied, Asked, Batch, LedgerEntry, Present, RoomChanges, RoomCount, Wanted, Writes,
};
use model::wire::Outcome;
use model::{
    BlobHash, Member, Message, MessageVersion, Millis, OpId, Reaction, ReadMarker, RejectionCode,
    Room, RoomId, Row, Seq, UserId,
};
use std::collections::BTreeSet;
use tracing::Instrument;
use uuid::Uuid;

impl Store {
    /// Applies a batch. Its wake-ups ride in the commit, or else those for rooms are returned, to be announced after it. `wait`: waits a little for rooms that somebody else keeps locked; else leaves out what is on them.
    ///
    /// # Errors
    /// Postgres's own, or that the store has become another one; then nothing of the batch is known to be applied.
    pub async fn apply(
        &self,
        asked: &[Asked],
        wait: bool,
        now: Millis,
        ride_in_commit: bool,
    ) -> Result<(Applied, Vec<String>), RelayError> {
        let mut connection = self.connection().await?;
        let tx = connection.transaction().await?;
        tx.batch_execute(queries::APPLY_ON).await?;
        let mut batch = Batch::limited(self.rooms);
        let rooms = Wanted::of(asked).rooms;
        let (epoch, held) = lock(&tx, &rooms, wait, &mut batch).await?;
        self.health().is_still(epoch)?;
        let free = |asked: &&Asked| !held.contains(&asked.envelope.op.room_id());
        let asked: Vec<Asked> = asked.iter().filter(free).cloned().collect();
        load(&tx, &Wanted::of(&asked), &mut batch).await?;
        let outcomes = asked.iter().map(|asked| batch.decide(asked, now)).collect();
        let writes = batch.finish();
        write(&tx, &writes).await?;
        let (mut riding, mut left) = payloads(&writes.changes, self.instance);
        if ride_in_commit {
            riding.append(&mut left);
        }
        if !riding.is_empty() {
            tx.execute(queries::NOTIFY, &[&riding]).await?;
        }
        let span = tracing::debug_span!("apply.commit");
        tx.commit().instrument(span).await?;
        // If a standby took over meanwhile, what was committed before is told to nobody.
        self.health().is_still(epoch)?;
        let applied = Applied {
            outcomes,
            rooms: writes.changes,
            held,
        };
        Ok((applied, left))
    }
}

/// Locks the rooms and loads them; the store's epoch, and the rooms that somebody else keeps locked.
pub(super) async fn lock(
    connection: &Transaction<'_>,
    wanted: &BTreeSet<RoomId>,
    wait: bool,
    batch: &mut Batch,
) -> Result<(Uuid, BTreeSet<RoomId>), RelayError> {
    let rooms: Vec<Uuid> = wanted.iter().map(|room| room.0).collect();
    let how: &'static str = if wait {
        queries::LOCK_ROOMS
    } else {
        queries::LOCK_FREE_ROOMS
    };
    let for_lock: [Param<'_>; 1] = [&rooms];
    let (found, epoch) = tokio::join!(
        connection.query(how, &for_lock),
        connection.query_one(queries::EPOCH, &[]),
    );
    // In this order: where the first fails, the second only says that it did.
    let (found, epoch) = (found?, epoch?);
    let mut missing = wanted.clone();
    for row in &found {
        let room = room_row(row)?;
        missing.remove(&room.id);
        batch.load_room(room, Seq(row.get(9)));
    }
    if wait || missing.is_empty() {
        return Ok((epoch.get(0), BTreeSet::new()));
    }
    // Not there, or locked.
    let rooms: Vec<Uuid> = missing.iter().map(|room| room.0).collect();
    let there = connection.query(queries::ROOMS_THERE, &[&rooms]).await?;
    let held = there.iter().map(|row| RoomId(row.get(0))).collect();
    Ok((epoch.get(0), held))
}

/// Wake-ups for the other relays: one a person whose memberships changed, which is rare and must not be lost, and one a room.
pub(super) fn payloads(rooms: &[RoomChanges], instance: Uuid) -> (Vec<String>, Vec<String>) {
    let (mut people, mut moved) = (BTreeSet::new(), BTreeSet::new());
    for changes in rooms {
        moved.insert(format!("r:{}:{instance}", changes.room));
        for row in &changes.rows {
            if let Row::Member(member) = row {
                people.insert(format!("u:{}:{instance}", member.user_id));
            }
        }
    }
    (people.into_iter().collect(), moved.into_iter().collect())
}

pub(super) async fn load(
    connection: &Transaction<'_>,
    wanted: &Wanted,
    batch: &mut Batch,
) -> Result<(), RelayError> {
    let rooms_of = |keys: &BTreeSet<(model::RoomId, UserId)>| {
        let rooms: Vec<Uuid> = keys.iter().map(|(room, _)| room.0).collect();
        let users: Vec<Uuid> = keys.iter().map(|(_, user)| user.0).collect();
        (rooms, users)
    };
    let (member_rooms, member_users) = rooms_of(&wanted.members);
    let (marker_rooms, marker_users) = rooms_of(&wanted.read_markers);
    let message_rooms: Vec<Uuid> = wanted.messages.iter().map(|(room, _)| room.0).collect();
    let message_ids: Vec<Uuid> = wanted.messages.iter().map(|(_, id)| id.0).collect();
    let ledgered: Vec<Uuid> = wanted.ledger.iter().map(|op| op.0).collect();
    let for_members: [Param<'_>; 2] = [&member_rooms, &member_users];
    let for_messages: [Param<'_>; 2] = [&message_rooms, &message_ids];
    let for_ledger: [Param<'_>; 1] = [&ledgered];
    let (members, messages, ledger) = tokio::try_join!(
        connection.query(queries::MEMBERS_OF, &for_members),
        connection.query(queries::MESSAGES_OF, &for_messages),
        connection.query(queries::LEDGER_OF, &for_ledger),
    )?;
    for row in &members {
        batch.load(Row::Member(member_row(row)?));
    }
    for row in &messages {
        batch.load(Row::Message(message_row(row)));
    }
    for row in &ledger {
        batch.load_outcome(ledger_entry(row));
    }
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    // The rarer kinds: most batches name none.
    if !wanted.leaving.is_empty() {
        let ids: Vec<Uuid> = wanted.leaving.iter().map(|room| room.0).collect();
        for row in connection.query(queries::PRESENT, &[&ids]).await? {
            let present = Present {
                people: number(row.get(1)),
                owners: number(row.get(2)),
            };
            batch.load_present(RoomId(row.get(0)), present);
        }
    }
    if !wanted.blobs.is_empty() {
        let keys: Vec<&(RoomId, UserId, BlobHash)> = wanted.blobs.iter().collect();
        let found = connection
            .query(
                queries::blobs::USE,
                &[
                    &column(&keys, |key| key.0.0),
                    &column(&keys, |key| key.2.0.as_slice()),
                    &column(&keys, |key| key.1.0),
                ],
            )
            .await?;
        for row in &found {
            let hash: &[u8] = row.get(1);
            let Ok(hash) = hash.try_into() else { continue };
            let bytes: i64 = row.get(3);
            batch.load_blob(
                (RoomId(row.get(0)), UserId(row.get(2)), BlobHash(hash)),
                u64::try_from(bytes).unwrap_or(0),
            );
        }
    }
    if !wanted.entering.is_empty() {
        let ids: Vec<Uuid> = wanted.entering.iter().map(|user| user.0).collect();
        for row in connection.query(queries::ROOM_COUNTS, &[&ids]).await? {
            let count = RoomCount {
                member_of: number(row.get(1)),
                made: number(row.get(2)),
            };
            batch.load_count(UserId(row.get(0)), count);
        }
    }
    if !wanted.accounts.is_empty() {
        let ids: Vec<Uuid> = wanted.accounts.iter().map(|user| user.0).collect();
        for row in connection.query(queries::ACCOUNT_NAMES, &[&ids]).await? {
            batch.load_account(UserId(row.get(0)), row.get(1));
        }
    }
    if !marker_rooms.is_empty() {
        let found = connection
            .query(queries::READ_MARKERS_OF, &[&marker_rooms, &marker_users])
            .await?;
        for row in &found {
            batch.load(Row::ReadMarker(read_marker_row(row)));
        }
    }
    if !wanted.reactions.is_empty() {
        let keys: Vec<&(model::RoomId, model::MessageId, UserId, String)> =
            wanted.reactions.iter().collect();
        let found = connection
            .query(
                queries::REACTIONS_BY_KEY,
                &[
                    &column(&keys, |key| key.0.0),
                    &column(&keys, |key| key.1.0),
                    &column(&keys, |key| key.2.0),
                    &column(&keys, |key| key.3.as_str()),
                ],
            )
            .await?;
        for row in &found {
            batch.load(Row::Reaction(reaction_row(row)));
        }
    }
    Ok(())
}

fn ledger_entry(row: &tokio_postgres::Row) -> LedgerEntry {
    let outcome = match row.get::<_, Option<i64>>(2) {
        Some(seq) => Outcome::Applied { seq: Seq(seq) },
        None => Outcome::Rejected {
            code: RejectionCode::parse(row.get(3)),
            text: row.get::<_, Option<String>>(4).unwrap_or_default(),
        },
    };
    LedgerEntry {
        op_id: OpId(row.get(0)),
        account: UserId(row.get(1)),
        outcome,
    }
}

pub(super) async fn write(connection: &Transaction<'_>, writes: &Writes) -> Written {
    let (mut members, mut messages, mut reactions, mut markers): (
        Vec<&Member>,
        Vec<&Message>,
        Vec<&Reaction>,
        Vec<&ReadMarker>,
    ) = Default::default();
    for row in writes.changes.iter().flat_map(|changes| &changes.rows) {
        match row {
            Row::Member(row) => members.push(row),
            Row::Message(row) => messages.push(row),
            Row::Reaction(row) => reactions.push(row),
            Row::ReadMarker(row) => markers.push(row),
            Row::Room(_) | Row::MessageVersion(_) => {}
        }
    }
    if !writes.new_rooms.is_empty() {
        insert_rooms(connection, &writes.new_rooms).await?;
    }
    if !writes.changed_rooms.is_empty() {
        put_rooms(connection, &writes.changed_rooms).await?;
    }
    if !writes.advanced.is_empty() {
        let ids: Vec<Uuid> = writes.advanced.iter().map(|(room, _)| room.0).collect();
        let seqs: Vec<i64> = writes.advanced.iter().map(|(_, seq)| seq.0).collect();
        connection
            .execute(queries::ADVANCE_ROOMS, &[&ids, &seqs])
            .await?;
    }
    if !members.is_empty() {
        put_members(connection, &members).await?;
    }
    if !messages.is_empty() {
        put_messages(connection, &messages).await?;
    }
    if !reactions.is_empty() {
        put_reactions(connection, &reactions).await?;
    }
    if !markers.is_empty() {
        put_read_markers(connection, &markers).await?;
    }
    if !writes.versions.is_empty() {
        insert_versions(connection, &writes.versions).await?;
    }
    if !writes.ledger.is_empty() {
        insert_ledger(connection, &writes.ledger).await?;
    }
    Ok(())
}

/// One column of many rows.
fn column<'a, R, T>(rows: &[&'a R], of: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(|row| of(row)).collect()
}

pub(super) type Written = Result<(), RelayError>;

async fn insert_rooms(connection: &Transaction<'_>, rooms: &[(Room, Seq)]) -> Written {
    let rooms: Vec<&(Room, Seq)> = rooms.iter().collect();
    let rooms = rooms.as_slice();
    connection
        .execute(
            queries::INSERT_ROOMS,
            &[
                &column(rooms, |(room, _)| room.id.0),
                &column(rooms, |(room, _)| room.seq.0),
                &column(rooms, |(_, last)| last.0),
                &column(rooms, |(room, _)| room.name.as_str()),
                &column(rooms, |(room, _)| room.topic.as_str()),
                &column(rooms, |(room, _)| room.kind.as_str()),
                &column(rooms, |(room, _)| room.edit_policy.as_str()),
                &column(rooms, |(room, _)| room.archived_at.map(|at| at.0)),
                &column(rooms, |(room, _)| room.created_by.0),
                &column(rooms, |(room, _)| room.created_at.0),
            ],
        )
        .await?;
    Ok(())
}

async fn put_rooms(connection: &Transaction<'_>, rooms: &[Room]) -> Written {
    let rooms: Vec<&Room> = rooms.iter().collect();
    connection
        .execute(
            queries::PUT_ROOMS,
            &[
                &column(&rooms, |room| room.id.0),
                &column(&rooms, |room| room.seq.0),
                &column(&rooms, |room| room.name.as_str()),
                &column(&rooms, |room| room.topic.as_str()),
                &column(&rooms, |room| room.edit_policy.as_str()),
                &column(&rooms, |room| room.archived_at.map(|at| at.0)),
            ],
        )
        .await?;
    Ok(())
}

async fn put_members(connection: &Transaction<'_>, members: &[&Member]) -> Written {
    connection
        .execute(
            queries::PUT_MEMBERS,
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
    let mut attachments: Vec<Option<String>> = Vec::with_capacity(messages.len());
    for message in messages {
        attachments.push(match message.attachments.as_slice() {
            [] => None,
            files => Some(
                serde_json::to_string(files)
                    .map_err(|error| RelayError::Stored(error.to_string()))?,
            ),
        });
    }
    connection
        .execute(
            queries::PUT_MESSAGES,
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
                &column(messages, |message| message.pinned_at.map(|at| at.0)),
                &attachments,
            ],
        )
        .await?;
    Ok(())
}

async fn insert_versions(connection: &Transaction<'_>, versions: &[MessageVersion]) -> Written {
    let versions: Vec<&MessageVersion> = versions.iter().collect();
    connection
        .execute(
            queries::INSERT_VERSIONS,
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

async fn put_reactions(connection: &Transaction<'_>, reactions: &[&Reaction]) -> Written {
    connection
        .execute(
            queries::PUT_REACTIONS,
            &[
                &column(reactions, |reaction| reaction.room_id.0),
                &column(reactions, |reaction| reaction.message_id.0),
                &column(reactions, |reaction| reaction.user_id.0),
                &column(reactions, |reaction| reaction.emoji.as_str()),
                &column(reactions, |reaction| reaction.seq.0),
                &column(reactions, |reaction| reaction.removed_at.map(|at| at.0)),
            ],
        )
        .await?;
    Ok(())
}

async fn put_read_markers(connection: &Transaction<'_>, markers: &[&ReadMarker]) -> Written {
    connection
        .execute(
            queries::PUT_READ_MARKERS,
            &[
                &column(markers, |marker| marker.room_id.0),
                &column(markers, |marker| marker.user_id.0),
                &column(markers, |marker| marker.seq.0),
                &column(markers, |marker| marker.position.0),
            ],
        )
        .await?;
    Ok(())
}

async fn insert_ledger(connection: &Transaction<'_>, entries: &[LedgerEntry]) -> Written {
    let entries: Vec<&LedgerEntry> = entries.iter().collect();
    let seq = |entry: &LedgerEntry| match &entry.outcome {
        Outcome::Applied { seq } => Some(seq.0),
        Outcome::Rejected { .. } => None,
    };
    let rejection = |entry: &LedgerEntry| match &entry.outcome {
        Outcome::Applied { .. } => None,
        Outcome::Rejected { code, text } => Some((code.as_str(), text.clone())),
    };
    connection
        .execute(
            queries::INSERT_LEDGER,
            &[
                &column(&entries, |entry| entry.op_id.0),
                &column(&entries, |entry| entry.account.0),
                &column(&entries, seq),
                &column(&entries, |entry| rejection(entry).map(|(code, _)| code)),
                &column(&entries, |entry| rejection(entry).map(|(_, text)| text)),
            ],
        )
        .await?;
    Ok(())
}
