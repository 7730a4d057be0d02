//! Writing what is here: room by room, a few messages at a time, into a temporary name that takes the wanted one when all is written.
//!
//! Invariants: whatever ends an export leaves no half of one under the wanted name, and begun again it begins at the beginning; memory does
//! not grow with the history; what is not on this device yet is said.

mod jsonl;
mod markdown;
mod sqlite;
pub mod when;

use super::Working;
use super::job::Job;
use super::record;
use super::spool::count;
use crate::ClientError;
use crate::db::queries;
use crate::db::rows::{Blob, member_row, message_row, room_row};
use model::view::{ExchangeCounts, ExchangeFormat, ExchangeState, ExportRequest};
use model::{Member, Message, MessageId, Reaction, Room, RoomId, RoomKind, UserId};
use rusqlite::params;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Messages that are read at once.
const MESSAGES_AT_ONCE: u32 = 1000;

/// Messages between two notes of how far it is.
const NOTE_EVERY: u64 = 5000;

/// A message with what belongs to it.
pub(super) struct Written {
    message: Message,
    reactions: Vec<Reaction>,
    /// Who wrote what it answers, and that text, if it is here.
    answers: Option<(UserId, String)>,
}

/// A room with who is and was in it.
pub(super) struct WrittenRoom {
    room: Room,
    members: Vec<Member>,
    /// Older messages are still to be fetched.
    incomplete: bool,
}

/// A format.
trait Writer {
    /// Where it is from, and everybody of it.
    fn begin(&mut self, source: &str, people: &BTreeMap<UserId, String>)
    -> Result<(), ClientError>;
    /// A room begins.
    fn room(&mut self, room: &WrittenRoom) -> Result<(), ClientError>;
    /// The next message of the room.
    fn message(&mut self, message: &Written) -> Result<(), ClientError>;
    /// That was all: gives it its name.
    fn finish(self: Box<Self>) -> Result<(), ClientError>;
}

/// Whether an export can be written there.
///
/// # Errors
/// A format that is only read, a place that is taken by something else.
pub fn check(format: ExchangeFormat, path: &Path) -> Result<(), ClientError> {
    match format {
        ExchangeFormat::Slack | ExchangeFormat::Mattermost => Err(ClientError::OnlyRead),
        ExchangeFormat::Markdown => markdown::check(path),
        ExchangeFormat::JsonLines | ExchangeFormat::Sqlite if path.is_dir() => {
            Err(ClientError::PathTaken {
                path: path.to_owned(),
            })
        }
        ExchangeFormat::JsonLines | ExchangeFormat::Sqlite => Ok(()),
    }
}

/// Writes it all.
pub(super) fn run(work: &Working, job: &mut Job) -> Result<(), ClientError> {
    let Some(request) = job.data.export.clone() else {
        return Err(ClientError::NoExchange(job.id));
    };
    let path = PathBuf::from(&job.data.path);
    check(request.format, &path)?;
    job.state = ExchangeState::Running;
    job.data.counts = ExchangeCounts::default();
    job.data.refused.clear();
    let chosen = request.clone();
    let rooms = work.read(move |db| rooms(db, &chosen))?;
    let chosen = request.clone();
    let ids: Vec<RoomId> = rooms.iter().map(|room| room.room.id).collect();
    let (total, pending) = work.read(move |db| counts(db, &ids, &chosen))?;
    (job.data.done, job.data.total) = (0, total);
    if pending > 0 {
        job.skip_many("a message that is not sent yet", "the outbox", pending);
    }
    work.save(job)?;
    let mut people = BTreeMap::new();
    for member in rooms.iter().flat_map(|room| &room.members) {
        people.insert(member.user_id, member.name.clone());
    }
    let mut writer: Box<dyn Writer> = match request.format {
        ExchangeFormat::Markdown => Box::new(markdown::Folder::new(&path)?),
        ExchangeFormat::Sqlite => Box::new(sqlite::Database::new(&path)?),
        _ => Box::new(jsonl::File::new(&path)?),
    };
    writer.begin(&work.source()?, &people)?;
    job.data.counts.people = people.len() as u64;
    for room in &rooms {
        writer.room(room)?;
        job.data.counts.rooms += 1;
        if room.incomplete {
            let reason = "a room whose older messages are not on this device yet";
            job.skip(reason, &room.room.name);
        }
        messages(work, job, room.room.id, &request, writer.as_mut())?;
    }
    writer.finish()?;
    job.state = ExchangeState::Done;
    job.data.done = job.data.total;
    job.data.report = Some(super::report::write(work, job)?);
    work.save(job)
}

fn messages(
    work: &Working,
    job: &mut Job,
    room: RoomId,
    request: &ExportRequest,
    writer: &mut dyn Writer,
) -> Result<(), ClientError> {
    let mut after = i64::MIN;
    loop {
        let span = span(request);
        let some = work.read(move |db| page(db, room, span, after))?;
        let Some((last, _)) = some.last() else {
            return Ok(());
        };
        after = *last;
        for (_, message) in some {
            writer.message(&message)?;
            job.data.counts.messages += 1;
            job.data.counts.reactions += message.reactions.len() as u64;
            job.data.done += 1;
            if job.data.done.is_multiple_of(NOTE_EVERY) {
                work.save(job)?;
            }
        }
        if work.is_stopped() {
            return Err(super::read::ReadError::Stopped.into());
        }
    }
}

fn span(request: &ExportRequest) -> (i64, i64) {
    let since = request.since.map_or(i64::MIN, |at| at.0);
    (since, request.until.map_or(i64::MAX, |at| at.0))
}

fn rooms(
    db: &rusqlite::Connection,
    request: &ExportRequest,
) -> Result<Vec<WrittenRoom>, ClientError> {
    let wanted: BTreeSet<RoomId> = request.rooms.iter().copied().collect();
    let mut statement = db.prepare_cached(queries::EXPORT_ROOMS)?;
    let found = statement.query_map([], |row| Ok((room_row(row)?, row.get::<_, bool>(9)?)))?;
    let found: Vec<_> = found.collect::<Result<_, _>>()?;
    let mut rooms = Vec::new();
    for (room, incomplete) in found {
        if !wanted.is_empty() && !wanted.contains(&room.id) {
            continue;
        }
        let mut statement = db.prepare_cached(queries::EXPORT_MEMBERS)?;
        let members = statement.query_map([Blob(room.id.0)], member_row)?;
        rooms.push(WrittenRoom {
            members: members.collect::<Result<_, _>>()?,
            room,
            incomplete,
        });
    }
    Ok(rooms)
}

/// How many messages there are, and how many are not sent yet.
fn counts(
    db: &rusqlite::Connection,
    rooms: &[RoomId],
    request: &ExportRequest,
) -> Result<(u64, u64), ClientError> {
    let (since, until) = span(request);
    let (mut total, mut pending) = (0, 0);
    for room in rooms {
        let values = params![Blob(room.0), since, until];
        total += db
            .prepare_cached(queries::EXPORT_COUNT)?
            .query_row(values, |row| count(row, 0))?;
        pending += db
            .prepare_cached(queries::EXPORT_PENDING)?
            .query_row([Blob(room.0)], |row| count(row, 0))?;
    }
    Ok((total, pending))
}

type Page = Vec<(i64, Written)>;

fn page(
    db: &rusqlite::Connection,
    room: RoomId,
    (since, until): (i64, i64),
    after: i64,
) -> Result<Page, ClientError> {
    let mut statement = db.prepare_cached(queries::EXPORT_MESSAGES)?;
    let values = params![Blob(room.0), since, until, after, MESSAGES_AT_ONCE];
    let found = statement.query_map(values, |row| Ok((row.get(14)?, message_row(row)?)))?;
    let found: Vec<(i64, Message)> = found.collect::<Result<_, _>>()?;
    found
        .into_iter()
        .map(|(sort, message)| {
            let answers = match message.reply_to {
                Some(to) => answered(db, room, to)?,
                None => None,
            };
            let reactions = reactions(db, room, message.id)?;
            Ok((
                sort,
                Written {
                    message,
                    reactions,
                    answers,
                },
            ))
        })
        .collect()
}

fn answered(
    db: &rusqlite::Connection,
    room: RoomId,
    message: MessageId,
) -> Result<Option<(UserId, String)>, ClientError> {
    let found = crate::db::rows::message(db, room, message)?;
    Ok(found.map(|message| (message.author_id, message.body)))
}

fn reactions(
    db: &rusqlite::Connection,
    room: RoomId,
    message: MessageId,
) -> Result<Vec<Reaction>, ClientError> {
    let mut statement = db.prepare_cached(queries::EXPORT_REACTIONS)?;
    let found = statement.query_map([Blob(room.0), Blob(message.0)], |row| {
        Ok(Reaction {
            room_id: room,
            message_id: message,
            user_id: UserId(row.get::<_, Blob>(2)?.0),
            emoji: row.get(3)?,
            seq: model::Seq::ZERO,
            removed_at: None,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// A room as the lines of our own format have it.
fn room_record(room: &WrittenRoom) -> record::Room {
    let is_direct = room.room.kind == RoomKind::Direct;
    record::Room {
        id: room.room.id.to_string(),
        name: room.room.name.clone(),
        topic: room.room.topic.clone(),
        room_kind: room.room.kind,
        private: false,
        edit_policy: Some(room.room.edit_policy),
        created_by: Some(room.room.created_by.to_string()),
        created_at: room.room.created_at.0,
        archived_at: room.room.archived_at.map(|at| at.0),
        people: match is_direct {
            true => room
                .members
                .iter()
                .map(|one| one.user_id.to_string())
                .collect(),
            false => Vec::new(),
        },
    }
}

fn member_record(member: &Member) -> record::Member {
    record::Member {
        room: member.room_id.to_string(),
        person: member.user_id.to_string(),
        role: member.role,
        joined_at: member.joined_at.0,
        left_at: member.left_at.map(|at| at.0),
    }
}

fn message_record(message: &Message) -> record::Message {
    record::Message {
        room: message.room_id.to_string(),
        id: message.id.to_string(),
        author: message.author_id.to_string(),
        body: message.body.clone(),
        created_at: message.created_at.0,
        reply_to: message.reply_to.map(|id| id.to_string()),
        edited_at: message.edited_at.map(|at| at.0),
        edited_by: message.edited_by.map(|id| id.to_string()),
        deleted_at: message.deleted_at.map(|at| at.0),
        pinned_at: message.pinned_at.map(|at| at.0),
        files: file_names(message),
    }
}

/// Its files by name: their bytes are in no export.
fn file_names(message: &Message) -> Vec<record::FileLink> {
    let names = message.attachments.iter().map(|file| file.name.clone());
    names
        .map(|name| record::FileLink {
            name,
            ..record::FileLink::default()
        })
        .collect()
}

/// Its text, with a line for each of its files.
fn with_files(message: &Message) -> String {
    super::read::with_files(&message.body, &file_names(message))
}

fn reaction_record(reaction: &Reaction) -> record::Reaction {
    record::Reaction {
        room: reaction.room_id.to_string(),
        message: reaction.message_id.to_string(),
        person: reaction.user_id.to_string(),
        emoji: reaction.emoji.clone(),
    }
}

impl Working {
    /// What ids of this relay are told from others' by: its store.
    fn source(&self) -> Result<String, ClientError> {
        let account = self.read(crate::views::account)?;
        let epoch = account.and_then(|row| row.epoch);
        Ok(epoch.map_or_else(|| "amend".to_owned(), |epoch| format!("amend:{epoch}")))
    }
}

/// Removes what an export has written that was given up. It may not have begun; and whoever still writes finds nothing to rename.
pub(super) fn remove_unfinished(path: &Path) {
    let part = unfinished(path);
    let _ = match part.is_dir() {
        true => std::fs::remove_dir_all(part),
        false => std::fs::remove_file(part),
    };
}

/// The name under which a file is written until it is whole.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
