//! A SQLite database of its own, for whoever asks questions: its schema is in `docs/import-export.md`.

use super::{Writer, Written, WrittenRoom, unfinished, when};
use crate::{ClientError, clock};
use model::UserId;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod queries {
    //! Its statements.

    pub(super) const SCHEMA: &str = include_str!("../../../migrations/export.sql");
    pub(super) const META: &str = "INSERT INTO meta (key, value) VALUES (?1, ?2)";
    pub(super) const PERSON: &str = "INSERT INTO person (id, name) VALUES (?1, ?2)";
    pub(super) const ROOM: &str =
        "INSERT INTO room (id, name, topic, kind, edit_policy, created_by, created_at, archived_at, complete)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    pub(super) const MEMBER: &str = "INSERT INTO member (room_id, person_id, role, joined_at, left_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    pub(super) const MESSAGE: &str = "INSERT INTO message (room_id, id, position, author_id, body, reply_to, created_at, edited_at,
        edited_by, deleted_at, pinned_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    pub(super) const REACTION: &str =
        "INSERT INTO reaction (room_id, message_id, person_id, emoji) VALUES (?1, ?2, ?3, ?4)";
}

pub(super) struct Database {
    connection: Connection,
    part: PathBuf,
    path: PathBuf,
}

impl Database {
    pub(super) fn new(path: &Path) -> Result<Self, ClientError> {
        let part = unfinished(path);
        if part.exists() {
            std::fs::remove_file(&part).map_err(|error| ClientError::file(&part, error))?;
        }
        let connection = Connection::open(&part)?;
        // Until it has its name nobody reads it.
        connection.pragma_update(None, "journal_mode", "OFF")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.execute_batch("BEGIN")?;
        connection.execute_batch(queries::SCHEMA)?;
        Ok(Self {
            connection,
            part,
            path: path.to_owned(),
        })
    }

    fn run(&self, query: &str, values: impl rusqlite::Params) -> Result<(), ClientError> {
        self.connection.prepare_cached(query)?.execute(values)?;
        Ok(())
    }
}

fn iso(millis: i64) -> String {
    when::of(millis).iso()
}

impl Writer for Database {
    fn begin(
        &mut self,
        source: &str,
        people: &BTreeMap<UserId, String>,
    ) -> Result<(), ClientError> {
        for (key, value) in [
            ("format", "amend-export 1"),
            ("source", source),
            ("exported_at", &iso(clock::now().0)),
        ] {
            self.run(queries::META, [key, value])?;
        }
        for (id, name) in people {
            self.run(queries::PERSON, [&id.to_string(), name])?;
        }
        Ok(())
    }

    fn room(&mut self, room: &WrittenRoom) -> Result<(), ClientError> {
        let row = &room.room;
        self.run(
            queries::ROOM,
            params![
                row.id.to_string(),
                row.name,
                row.topic,
                row.kind.as_str(),
                row.edit_policy.as_str(),
                row.created_by.to_string(),
                iso(row.created_at.0),
                row.archived_at.map(|at| iso(at.0)),
                !room.incomplete,
            ],
        )?;
        for member in &room.members {
            self.run(
                queries::MEMBER,
                params![
                    row.id.to_string(),
                    member.user_id.to_string(),
                    member.role.as_str(),
                    iso(member.joined_at.0),
                    member.left_at.map(|at| iso(at.0)),
                ],
            )?;
        }
        Ok(())
    }

    fn message(&mut self, written: &Written) -> Result<(), ClientError> {
        let row = &written.message;
        let (room, id) = (row.room_id.to_string(), row.id.to_string());
        self.run(
            queries::MESSAGE,
            params![
                room,
                id,
                row.position.map(|position| position.0),
                row.author_id.to_string(),
                super::with_files(row),
                row.reply_to.map(|id| id.to_string()),
                iso(row.created_at.0),
                row.edited_at.map(|at| iso(at.0)),
                row.edited_by.map(|id| id.to_string()),
                row.deleted_at.map(|at| iso(at.0)),
                row.pinned_at.map(|at| iso(at.0)),
            ],
        )?;
        for reaction in &written.reactions {
            let person = reaction.user_id.to_string();
            self.run(queries::REACTION, params![room, id, person, reaction.emoji])?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), ClientError> {
        let Self {
            connection,
            part,
            path,
        } = *self;
        connection.execute_batch("COMMIT")?;
        connection.close().map_err(|(_, error)| error)?;
        let finish = || -> std::io::Result<()> {
            std::fs::File::open(&part)?.sync_all()?;
            std::fs::rename(&part, &path)
        };
        finish().map_err(|error| ClientError::file(&path, error))
    }
}
