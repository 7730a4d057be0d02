//! What a notification says, and whether there is one: one for each room, which counts what has come since the person last looked.
//!
//! Invariant: pure. Nothing is shown of the room that the person is looking at, of a muted one, below the chosen level, or while
//! nobody is to be disturbed; a room's notification is one that grows, not many.

use client::lookout::{Arrival, Arrivals};
use model::view::{Level, Settings};
use model::{MessageId, RoomId};
use std::collections::HashMap;

/// As much of a message as a notification shows.
const TEXT_MAX: usize = 240;

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    /// Where.
    pub(crate) room: RoomId,
    /// The room's name.
    pub(crate) name: String,
    /// It is a direct room.
    pub(crate) direct: bool,
    /// How many messages.
    pub(crate) count: u32,
    /// Who wrote the newest.
    pub(crate) author: String,
    /// What it says, on one line; none if a notification is not to tell.
    pub(crate) text: Option<String>,
    /// The oldest of them: where reading goes on.
    pub(crate) first: MessageId,
}

/// What the person has not seen, by room.
#[derive(Default)]
pub(crate) struct Piles(HashMap<RoomId, (u32, MessageId)>);

impl Piles {
    /// What to show after messages have arrived. `looking_at`: the room in the window in front, if one is.
    pub(crate) fn add(
        &mut self,
        arrivals: &Arrivals,
        settings: &Settings,
        looking_at: Option<RoomId>,
    ) -> Option<News> {
        let silent = settings.do_not_disturb || settings.notifications == Level::None;
        if silent || arrivals.muted || looking_at == Some(arrivals.room) {
            return None;
        }
        let wanted =
            |one: &&Arrival| settings.notifications == Level::All || arrivals.direct || one.mention;
        let wanted: Vec<&Arrival> = arrivals.messages.iter().filter(wanted).collect();
        let (oldest, newest) = (wanted.first()?, wanted.last()?);
        let added = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
        let (count, first) = self.0.entry(arrivals.room).or_insert((0, oldest.id));
        *count = count.saturating_add(added);
        Some(News {
            room: arrivals.room,
            name: arrivals.name.clone(),
            direct: arrivals.direct,
            count: *count,
            author: newest.author.clone(),
            text: settings.notification_text.then(|| one_line(&newest.body)),
            first: *first,
        })
    }

    /// The person has seen the room. Whether it had a notification, which is old now.
    pub(crate) fn seen(&mut self, room: RoomId) -> bool {
        self.0.remove(&room).is_some()
    }

    /// The rooms that have one.
    pub(crate) fn rooms(&self) -> Vec<RoomId> {
        self.0.keys().copied().collect()
    }
}

fn one_line(body: &str) -> String {
    let words = body.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(n: u8) -> RoomId {
        format!("00000000-0000-7000-8000-0000000000{n:02x}")
            .parse()
            .expect("an id")
    }

    fn message(n: u8) -> MessageId {
        MessageId(room(n).0)
    }

    fn arrivals(n: u8, messages: &[(u8, &str, bool)]) -> Arrivals {
        Arrivals {
            room: room(n),
            name: "General".to_owned(),
            direct: false,
            muted: false,
            messages: messages
                .iter()
                .map(|(id, body, mention)| Arrival {
                    id: message(*id),
                    author: "ada".to_owned(),
                    body: (*body).to_owned(),
                    mention: *mention,
                })
                .collect(),
        }
    }

    #[test]
    fn a_room_has_one_that_counts() {
        let mut piles = Piles::default();
        let settings = Settings::default();
        let one = piles
            .add(
                &arrivals(1, &[(1, "hello\n  there", false)]),
                &settings,
                None,
            )
            .expect("news");
        assert_eq!((one.count, one.first), (1, message(1)));
        assert_eq!(one.text.as_deref(), Some("hello there"));
        let more = piles
            .add(
                &arrivals(1, &[(2, "a", false), (3, "b", false)]),
                &settings,
                None,
            )
            .expect("news");
        assert_eq!((more.count, more.first), (3, message(1)));
        assert_eq!(more.text.as_deref(), Some("b"));
        assert!(piles.seen(room(1)) && !piles.seen(room(1)));
        let anew = piles
            .add(&arrivals(1, &[(4, "c", false)]), &settings, None)
            .expect("news");
        assert_eq!((anew.count, anew.first), (1, message(4)));
    }

    #[test]
    fn who_looks_at_the_room_is_not_told() {
        let mut piles = Piles::default();
        let settings = Settings::default();
        let come = arrivals(1, &[(1, "hello", true)]);
        assert_eq!(piles.add(&come, &settings, Some(room(1))), None);
        assert!(piles.rooms().is_empty(), "and it does not count");
        assert!(piles.add(&come, &settings, Some(room(2))).is_some());
    }

    #[test]
    fn levels_muting_and_silence() {
        let come = arrivals(
            1,
            &[
                (1, "hello", false),
                (2, "@grace", true),
                (3, "and so on", false),
            ],
        );
        let with = |change: &dyn Fn(&mut Settings, &mut Arrivals)| {
            let (mut settings, mut come) = (Settings::default(), come.clone());
            change(&mut settings, &mut come);
            Piles::default().add(&come, &settings, None)
        };
        assert_eq!(with(&|_, _| ()).map(|news| news.count), Some(3));
        let named = with(&|settings, _| settings.notifications = Level::Mentions).expect("news");
        assert_eq!((named.count, named.first), (1, message(2)));
        let direct = with(&|settings, come| {
            settings.notifications = Level::Mentions;
            come.direct = true;
        });
        assert_eq!(direct.map(|news| news.count), Some(3));
        assert_eq!(
            with(&|settings, _| settings.notifications = Level::None),
            None
        );
        assert_eq!(with(&|settings, _| settings.do_not_disturb = true), None);
        assert_eq!(with(&|_, come| come.muted = true), None);
        let hidden = with(&|settings, _| settings.notification_text = false).expect("news");
        assert_eq!(hidden.text, None);
        let unnamed = with(&|settings, come| {
            settings.notifications = Level::Mentions;
            come.messages.retain(|one| !one.mention);
        });
        assert_eq!(unnamed, None);
    }

    #[test]
    fn a_long_text_is_cut_between_letters() {
        let long = "ä".repeat(TEXT_MAX + 5);
        assert_eq!(one_line(&long).chars().count(), TEXT_MAX + 1);
    }
}
