//! The people and rooms that a query names.

use crate::ClientError;
use crate::db::queries;
use crate::db::rows::Blob;
use model::{RoomId, UserId};
use rusqlite::Connection;

/// All rooms that are here, with the names under which they are shown.
///
/// # Errors
/// SQLite's own.
pub(super) fn rooms(
    connection: &Connection,
    only: Option<RoomId>,
) -> Result<Vec<(RoomId, String)>, ClientError> {
    let mut statement = connection.prepare_cached(queries::ROOM_NAMES)?;
    let found = statement.query_map([only.map(|room| Blob(room.0))], |row| {
        Ok((RoomId(row.get::<_, Blob>(0)?.0), row.get(1)?))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Everybody who is known here by a name; whoever asks is also "me".
///
/// # Errors
/// SQLite's own.
pub(super) fn people(
    connection: &Connection,
    me: UserId,
) -> Result<Vec<(UserId, String)>, ClientError> {
    let mut statement = connection.prepare_cached(queries::NAMES)?;
    let found = statement.query_map([], |row| {
        Ok((UserId(row.get::<_, Blob>(0)?.0), row.get(1)?))
    })?;
    let mut people: Vec<(UserId, String)> = found.collect::<Result<_, _>>()?;
    people.push((me, "me".to_owned()));
    Ok(people)
}

/// Those of that name, whatever its case; if there are none, those whose name begins so, or one of its words.
pub(super) fn named<T: Copy + Ord>(name: &str, among: &[(T, String)]) -> Vec<T> {
    let wanted = name.to_lowercase();
    let fitting = |fits: &dyn Fn(&str) -> bool| {
        let mut found: Vec<T> = among
            .iter()
            .filter(|(_, name)| fits(&name.to_lowercase()))
            .map(|(id, _)| *id)
            .collect();
        found.sort();
        found.dedup();
        found
    };
    let exact = fitting(&|name| name == wanted);
    if !exact.is_empty() {
        return exact;
    }
    fitting(&|name| {
        name.starts_with(&wanted)
            || name
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| !word.is_empty() && word.starts_with(&wanted))
    })
}

/// The names that begin so, or one of whose words does, in order.
pub(super) fn offered<T>(typed: &str, among: Vec<(T, String)>, limit: usize) -> Vec<String> {
    let wanted = typed.to_lowercase();
    let mut names: Vec<(bool, String)> = among
        .into_iter()
        .filter_map(|(_, name)| {
            let lower = name.to_lowercase();
            let begins = lower.starts_with(&wanted);
            (begins || lower.contains(&wanted)).then_some((!begins, name))
        })
        .collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|(_, name)| name)
        .take(limit)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_name_is_taken_before_beginnings() {
        let people = [
            (1, "Ada".to_owned()),
            (2, "adam".to_owned()),
            (3, "Grace Hopper".to_owned()),
            (4, "Ärzte".to_owned()),
        ];
        assert_eq!(named("ADA", &people), [1]);
        assert_eq!(named("ad", &people), [1, 2]);
        assert_eq!(named("hop", &people), [3]);
        assert_eq!(named("ärz", &people), [4]);
        assert!(named("nobody", &people).is_empty());
        assert_eq!(offered("ad", people.to_vec(), 9), ["Ada", "adam"]);
        assert_eq!(offered("hop", people.to_vec(), 9), ["Grace Hopper"]);
    }
}
