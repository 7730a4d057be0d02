//! Our own JSON Lines: what is written here is what [`super::super::read::jsonl`] reads.

use super::{
    Writer, Written, WrittenRoom, member_record, message_record, reaction_record, room_record,
    unfinished,
};
use crate::exchange::record::{Header, Person, Record, VERSION};
use crate::{ClientError, clock};
use model::{RoomKind, UserId};
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

pub(super) struct File {
    out: BufWriter<std::fs::File>,
    part: PathBuf,
    path: PathBuf,
}

impl File {
    pub(super) fn new(path: &Path) -> Result<Self, ClientError> {
        let part = unfinished(path);
        let file = std::fs::File::create(&part).map_err(|error| ClientError::file(&part, error))?;
        Ok(Self {
            out: BufWriter::with_capacity(256 * 1024, file),
            part,
            path: path.to_owned(),
        })
    }

    fn line(&mut self, record: &Record) -> Result<(), ClientError> {
        let mut write = || -> std::io::Result<()> {
            serde_json::to_writer(&mut self.out, record)?;
            self.out.write_all(b"\n")
        };
        write().map_err(|error| ClientError::file(&self.part, error))
    }
}

impl Writer for File {
    fn begin(
        &mut self,
        source: &str,
        people: &BTreeMap<UserId, String>,
    ) -> Result<(), ClientError> {
        self.line(&Record::Amend(Header {
            version: VERSION,
            source: source.to_owned(),
            exported_at: Some(clock::now().0),
        }))?;
        for (id, name) in people {
            self.line(&Record::Person(Person {
                id: id.to_string(),
                name: name.clone(),
                ..Person::default()
            }))?;
        }
        Ok(())
    }

    fn room(&mut self, room: &WrittenRoom) -> Result<(), ClientError> {
        self.line(&Record::Room(room_record(room)))?;
        if room.room.kind == RoomKind::Direct {
            return Ok(());
        }
        for member in &room.members {
            self.line(&Record::Member(member_record(member)))?;
        }
        Ok(())
    }

    fn message(&mut self, written: &Written) -> Result<(), ClientError> {
        self.line(&Record::Message(message_record(&written.message)))?;
        for reaction in &written.reactions {
            self.line(&Record::Reaction(reaction_record(reaction)))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), ClientError> {
        let Self { out, part, path } = *self;
        let finish = || -> std::io::Result<()> {
            let file = out
                .into_inner()
                .map_err(std::io::IntoInnerError::into_error)?;
            file.sync_all()?;
            std::fs::rename(&part, &path)
        };
        finish().map_err(|error| ClientError::file(&path, error))
    }
}
