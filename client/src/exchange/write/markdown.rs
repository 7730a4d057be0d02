//! Markdown for people: a folder with a file for each room and month, and a list of them.
//!
//! Invariants: a message is a quotation, line by line, so that nothing in it (an open fence, a heading) reaches beyond it; a room's name
//! becomes a file's name only as far as every system takes it; another folder than an earlier export of ours is never replaced.

use super::when::{self, When};
use super::{Writer, Written, WrittenRoom, unfinished};
use crate::ClientError;
use model::{RoomKind, UserId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// What tells a folder of ours from others.
const LIST: &str = "README.md";
const MARK: &str =
    "<!-- Written by Amend's export. An export to this folder replaces all of it. -->";

/// Characters of the text that an answer quotes.
const EXCERPT_CHARS: usize = 120;

/// Whether the place is free, or holds an earlier export.
pub(super) fn check(path: &Path) -> Result<(), ClientError> {
    let taken = || ClientError::PathTaken {
        path: path.to_owned(),
    };
    if !path.exists() {
        return Ok(());
    }
    let is_empty = std::fs::read_dir(path)
        .map_err(|_| taken())?
        .next()
        .is_none();
    let list = std::fs::read_to_string(path.join(LIST)).unwrap_or_default();
    match is_empty || list.starts_with(MARK) {
        true => Ok(()),
        false => Err(taken()),
    }
}

pub(super) struct Folder {
    path: PathBuf,
    part: PathBuf,
    people: BTreeMap<UserId, String>,
    names: BTreeSet<String>,
    list: String,
    room: String,
    title: String,
    month: Option<(String, BufWriter<std::fs::File>)>,
    day: String,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Result<Self, ClientError> {
        let part = unfinished(path);
        if part.exists() {
            // Of an export that was cut short.
            std::fs::remove_dir_all(&part).map_err(|error| ClientError::file(&part, error))?;
        }
        std::fs::create_dir_all(&part).map_err(|error| ClientError::file(&part, error))?;
        Ok(Self {
            path: path.to_owned(),
            part,
            people: BTreeMap::new(),
            names: BTreeSet::new(),
            list: format!("{MARK}\n\n# Export from Amend\n\nTimes are UTC.\n"),
            room: String::new(),
            title: String::new(),
            month: None,
            day: String::new(),
        })
    }

    fn name(&self, user: UserId) -> String {
        let name = self.people.get(&user);
        name.map_or_else(|| user.to_string(), |name| escaped(name))
    }

    fn close(&mut self) -> Result<(), ClientError> {
        if let Some((name, mut file)) = self.month.take() {
            file.flush()
                .map_err(|error| ClientError::file(&self.part.join(name), error))?;
        }
        Ok(())
    }

    /// The file of a message's month, and the heading of its day.
    fn turn_to(&mut self, when: When) -> Result<(), ClientError> {
        let month = when.month_of_year();
        let name = format!("{}/{month}.md", self.room);
        if self.month.as_ref().is_none_or(|(open, _)| *open != name) {
            self.close()?;
            let path = self.part.join(&name);
            // Times may go back by a little at the end of a month.
            let is_new = !path.exists();
            let file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(&path)
                .map_err(|error| ClientError::file(&path, error))?;
            self.month = Some((name.clone(), BufWriter::new(file)));
            self.day.clear();
            if is_new {
                let _ = writeln!(self.list, "- [{month}]({name})");
                let title = format!("# {}, {month}\n", self.title);
                self.put(&title)?;
            }
        }
        let day = when.date();
        if self.day != day {
            self.put(&format!("\n## {day}\n"))?;
            self.day = day;
        }
        Ok(())
    }

    fn put(&mut self, text: &str) -> Result<(), ClientError> {
        let Some((name, file)) = &mut self.month else {
            return Ok(());
        };
        file.write_all(text.as_bytes())
            .map_err(|error| ClientError::file(&self.part.join(name), error))
    }
}

impl Writer for Folder {
    fn begin(&mut self, _: &str, people: &BTreeMap<UserId, String>) -> Result<(), ClientError> {
        self.people.clone_from(people);
        Ok(())
    }

    fn room(&mut self, room: &WrittenRoom) -> Result<(), ClientError> {
        self.close()?;
        let names: Vec<&str> = room.members.iter().map(|one| one.name.as_str()).collect();
        let name = match room.room.kind {
            RoomKind::Direct => names.join(", "),
            RoomKind::Channel => room.room.name.clone(),
        };
        self.title = escaped(&name);
        self.room = free(&file_name(&name), &mut self.names);
        let folder = self.part.join(&self.room);
        std::fs::create_dir_all(&folder).map_err(|error| ClientError::file(&folder, error))?;
        let _ = writeln!(self.list, "\n## {}\n", self.title);
        if !room.room.topic.is_empty() {
            let _ = writeln!(self.list, "{}\n", escaped(&room.room.topic));
        }
        if room.incomplete {
            let _ = writeln!(
                self.list,
                "*Older messages were not on the device yet when this was written.*\n"
            );
        }
        self.day.clear();
        Ok(())
    }

    fn message(&mut self, written: &Written) -> Result<(), ClientError> {
        let message = &written.message;
        let when = when::of(message.created_at.0);
        self.turn_to(when)?;
        let mut out = format!(
            "\n**{}** {:02}:{:02}",
            self.name(message.author_id),
            when.hour,
            when.minute
        );
        if let Some(at) = message.edited_at.filter(|_| message.deleted_at.is_none()) {
            let by = message.edited_by.filter(|by| *by != message.author_id);
            let by = by.map_or(String::new(), |by| format!(" by {}", self.name(by)));
            let _ = write!(out, " *(edited {}{by})*", when::of(at.0).iso());
        }
        if message.pinned_at.is_some() {
            out.push_str(" *(pinned)*");
        }
        out.push_str("\n\n");
        if let Some((author, text)) = &written.answers {
            let excerpt: String = text
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .chars()
                .take(EXCERPT_CHARS)
                .collect();
            let _ = writeln!(
                out,
                "> > **{}:** {}\n>",
                self.name(*author),
                escaped(&excerpt)
            );
        }
        if message.deleted_at.is_some() {
            out.push_str("> *(deleted)*\n");
        } else {
            for line in super::with_files(message).lines() {
                let _ = writeln!(out, "> {line}");
            }
        }
        let mut reactions: Vec<(&str, Vec<String>)> = Vec::new();
        for reaction in &written.reactions {
            let name = self.name(reaction.user_id);
            match reactions
                .iter_mut()
                .find(|(emoji, _)| *emoji == reaction.emoji)
            {
                Some((_, names)) => names.push(name),
                None => reactions.push((&reaction.emoji, vec![name])),
            }
        }
        if !reactions.is_empty() {
            let each: Vec<String> = reactions
                .iter()
                .map(|(emoji, names)| format!("{} {}", escaped(emoji), names.join(", ")))
                .collect();
            let _ = writeln!(out, "\n{}", each.join(" · "));
        }
        self.put(&out)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ClientError> {
        self.close()?;
        let Self {
            path, part, list, ..
        } = *self;
        let finish = || -> std::io::Result<()> {
            std::fs::write(part.join(LIST), list)?;
            if path.exists() {
                // An earlier one, or empty: whoever looks in between finds one of the two or none, never half of one.
                let old = path.with_extension("old");
                if old.exists() {
                    std::fs::remove_dir_all(&old)?;
                }
                std::fs::rename(&path, &old)?;
                std::fs::rename(&part, &path)?;
                return std::fs::remove_dir_all(&old);
            }
            std::fs::rename(&part, &path)
        };
        finish().map_err(|error| ClientError::file(&path, error))
    }
}

/// A text with nothing in it that Markdown takes for a mark, on one line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!' | '&' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// As much of a room's name as every system takes in a file's name.
fn file_name(name: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || "-_ ".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = name.trim().chars().map(plain).take(60).collect();
    // Names that Windows keeps for itself.
    let devices = ["con", "prn", "aux", "nul"];
    let name = name.trim().to_owned();
    match name.is_empty() || devices.contains(&name.to_lowercase().as_str()) {
        true => format!("room {name}").trim().to_owned(),
        false => name,
    }
}

/// A name that no other room has, whatever the case of its letters.
fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut wanted = name.to_owned();
    let mut number = 2;
    while !taken.insert(wanted.to_lowercase()) {
        wanted = format!("{name} {number}");
        number += 1;
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_file_names_and_no_two_the_same() {
        let mut taken = BTreeSet::new();
        for (name, expected) in [
            ("General", "General"),
            ("general", "general 2"),
            ("../../etc/passwd", "------etc-passwd"),
            ("con", "room con"),
            ("", "room"),
            ("日本", "日本"),
            ("a/b\\c:d", "a-b-c-d"),
        ] {
            assert_eq!(free(&file_name(name), &mut taken), expected);
        }
    }

    #[test]
    fn marks_are_escaped() {
        assert_eq!(escaped("*a* [b](c)\n# d"), "\\*a\\* \\[b\\](c) \\# d");
    }
}
