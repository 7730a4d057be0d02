//! One room and all that is measured in it.

use super::{Arguments, keys, start};
use serde::Serialize;
use system_tests::frames::{self, Frames};
use system_tests::held::Held;
use system_tests::people::Home;
use system_tests::window::Window;
use system_tests::{long_room, memory};

/// A profile with the room.
pub(crate) struct Room {
    home: Home,
    /// What was found so far.
    pub(crate) found: Found,
}

/// What was found in a room.
#[derive(Default, Serialize)]
pub(crate) struct Found {
    /// Messages in it.
    pub(crate) messages: u32,
    /// The local database, in mebibytes.
    pub(crate) database_mib: u64,
    /// Milliseconds from the program's first moment to the beginning of the page.
    pub(crate) page_ms: Vec<f64>,
    /// To the first painted message.
    pub(crate) first_message_ms: Vec<f64>,
    /// From each key to its painted letter.
    pub(crate) key_ms: Vec<f64>,
    /// What the page worked for each frame of scrolling.
    pub(crate) scroll_work_ms: Vec<f64>,
    /// The share of those frames that were over a sixtieth of a second.
    pub(crate) scroll_over: f64,
    /// The share of frames that were missed.
    pub(crate) scroll_late: f64,
    /// The same of a dead copy of the same messages.
    pub(crate) still_work_ms: Vec<f64>,
    /// Over a sixtieth of a second.
    pub(crate) still_over: f64,
    /// Missed.
    pub(crate) still_late: f64,
    /// Memory of all processes with the room open, in mebibytes.
    pub(crate) memory_mib: u64,
    /// Of each process.
    pub(crate) processes: Vec<(String, u64)>,
    /// After each round of scrolling.
    pub(crate) rounds: Vec<Round>,
}

/// What was held after a round of scrolling.
#[derive(Serialize)]
pub(crate) struct Round {
    /// Memory of all processes, in mebibytes.
    pub(crate) memory_mib: u64,
    /// Of that what they made themselves: the rest are the files of programs, which others share or do not.
    pub(crate) own_mib: u64,
    /// Elements of the page.
    pub(crate) elements: u64,
    /// The memory of the page's program, in kibibytes.
    pub(crate) program_kib: u64,
    /// Things of the browser that it holds.
    pub(crate) things: u64,
}

impl Room {
    /// A room of so many messages.
    pub(crate) async fn new(messages: u32) -> Self {
        let home = long_room::profile("ada", messages).await;
        let database = std::fs::metadata(home.profile("ada").join("amend.db")).unwrap();
        let found = Found {
            messages,
            database_mib: database.len() >> 20,
            ..Found::default()
        };
        Self { home, found }
    }

    /// Starts the app in it.
    pub(crate) async fn start(&mut self, counts: bool) {
        let start = start::measure(&self.home).await;
        if counts {
            self.found.page_ms.push(start.page);
            self.found.first_message_ms.push(start.message);
        }
    }

    /// Sits down in it: types, and scrolls.
    pub(crate) async fn sit(&mut self, arguments: &Arguments) {
        let found = &mut self.found;
        let window = Window::open(&self.home, "ada").await;
        window.get("message").await;
        found.key_ms = keys::measure(&window, arguments.keys).await;
        let shares = memory::of_tree(window.app_pid());
        found.memory_mib = memory::mib(&shares);
        found.processes = shares
            .into_iter()
            .map(|share| (share.name, share.kib >> 10))
            .collect();
        // The short room has an end, and would be there soon.
        let frames = arguments
            .frames
            .min(found.messages.saturating_mul(20) / arguments.step);
        frames::go_to_end(&window).await;
        let still = frames::of_still(&window, arguments.step, frames).await;
        let scrolled = frames::of_timeline(&window, arguments.step, frames).await;
        (found.still_over, found.still_late) = (still.over(), still.late());
        (found.scroll_over, found.scroll_late) = (scrolled.over(), scrolled.late());
        (found.still_work_ms, found.scroll_work_ms) = (still.work, scrolled.work);
        if found.messages < 50_000 {
            return;
        }
        for _ in 0..arguments.rounds {
            let _: Frames = frames::of_timeline(&window, arguments.step, arguments.round).await;
            let held = Held::by(&window).await;
            let shares = memory::of_tree(window.app_pid());
            found.rounds.push(Round {
                memory_mib: memory::mib(&shares),
                own_mib: memory::own_mib(&shares),
                elements: held.elements,
                program_kib: held.memory >> 10,
                things: held.things,
            });
        }
    }
}
