//! Reading the parts of the screen again: one reading a part at a time, and one more if something changed meanwhile.

use super::refresh::Part;
use super::{Page, Store};
use crate::bridge;
use model::view::Failure;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// How a part's reading stands.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Reading {
    #[default]
    Idle,
    Running,
    Again,
}

impl Store {
    /// Reads a part, now or once more after the reading that is under way.
    pub(super) fn read(&self, part: Part) {
        let key = part as u8;
        {
            let mut readings = self.0.readings.borrow_mut();
            let reading = readings.entry(key).or_default();
            if *reading != Reading::Idle {
                *reading = Reading::Again;
                return;
            }
            *reading = Reading::Running;
        }
        let store = self.clone();
        spawn_local(async move {
            loop {
                let trouble = store.read_once(part).await.err();
                if trouble.is_some() || store.0.state.borrow().trouble.is_some() {
                    store.update(|state| state.trouble = trouble);
                }
                let mut readings = store.0.readings.borrow_mut();
                let reading = readings.entry(key).or_default();
                if *reading == Reading::Running {
                    *reading = Reading::Idle;
                    return;
                }
                *reading = Reading::Running;
            }
        });
    }

    /// Whether a reading of a part is under way.
    pub(super) fn is_reading(&self, part: Part) -> bool {
        let readings = self.0.readings.borrow();
        readings
            .get(&(part as u8))
            .is_some_and(|reading| *reading != Reading::Idle)
    }

    async fn read_once(&self, part: Part) -> Result<(), Failure> {
        match part {
            Part::Account => {
                let account = bridge::account().await?;
                self.set_account(account);
            }
            Part::Status => {
                let status = Rc::new(bridge::status().await?);
                self.update(|state| state.status = Some(status));
            }
            Part::Rooms => {
                let rooms = bridge::rooms().await?;
                self.set_rooms(rooms);
            }
            Part::Known => {
                let known = Rc::new(bridge::known_people().await.unwrap_or_default());
                self.update(|state| state.known = known);
            }
            Part::Folded => {
                let folded = Rc::new(bridge::folded().await?);
                self.update(|state| state.folded = folded);
            }
            Part::Directory => {
                let directory = Rc::new(bridge::directory().await?);
                self.update(|state| state.directory = directory);
                self.follow_link();
            }
            Part::Recovered => {
                let recovered = Rc::new(bridge::recovered().await?);
                self.update(|state| state.recovered = recovered);
            }
            Part::Exchanges => {
                let exchanges = Rc::new(bridge::exchanges().await?);
                self.update(|state| state.exchanges = exchanges);
            }
            Part::Notices => {
                let notices = Rc::new(bridge::notices().await?);
                self.update(|state| state.notices = notices);
            }
            Part::Waiting => {
                if self.0.state.borrow().page == Page::Sync {
                    let waiting = Rc::new(bridge::waiting().await?);
                    self.update(|state| state.waiting = waiting);
                }
            }
            Part::Search => self.read_search().await?,
            Part::Settings => {
                let settings = bridge::settings().await?;
                let desktop = bridge::desktop().await?;
                self.set_settings(settings, desktop);
            }
            Part::People => {
                if let Some(room) = self.open_room() {
                    let people = Rc::new(bridge::people(room).await?);
                    if self.open_room() == Some(room) {
                        self.update(|state| state.people = people);
                    }
                }
            }
            Part::Files => self.read_files().await?,
            Part::DraftFiles => self.read_draft_files().await?,
            Part::Writing => {
                if let Some(room) = self.open_room() {
                    let closed = bridge::why_not_post(room).await?.map(Rc::new);
                    if self.open_room() == Some(room) {
                        self.update(|state| state.closed = closed);
                    }
                }
            }
            Part::Timeline => {
                if let Some(room) = self.open_room() {
                    self.read_timeline(room).await?;
                }
            }
            Part::Pins => {
                if let Some(room) = self.open_room() {
                    let pins = Rc::new(bridge::pins(room).await?);
                    if self.open_room() == Some(room) {
                        self.update(|state| state.pins = pins);
                    }
                }
            }
            Part::Versions => self.read_versions().await?,
        }
        Ok(())
    }
}
