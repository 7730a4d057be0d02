//! What is searched, and what was found. It is read again while it is on the screen and rows change: what is edited or
//! deleted vanishes from it. A search that is under way when the person types on is given up: another one follows at once.

use super::refresh::Part;
use super::{Page, Store};
use crate::bridge;
use crate::parts::time;
use model::RoomId;
use model::search::{Piece, Query, pieces, quoted};
use model::view::{Failure, SearchHit, SearchOrder, SearchPage, SearchRequest};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// Hits that are read at once.
const PAGE: u32 = 50;

/// The code of a search that was given up.
const GIVEN_UP: &str = "given_up";

/// What is searched, and what was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Search {
    /// As typed.
    pub(crate) text: String,
    /// What comes first.
    pub(crate) order: SearchOrder,
    /// Counts the times that the text was set from outside of the field.
    pub(crate) set: u32,
    /// What was found of `asked`.
    pub(crate) found: Rc<SearchPage>,
    /// The text that `found` belongs to; none before anything was asked.
    pub(crate) asked: Option<String>,
    /// So many pages are wanted.
    pages: u32,
}

impl Search {
    /// The text in its pieces.
    pub(crate) fn pieces(&self) -> Vec<Piece> {
        pieces(&self.text, time::today())
    }

    /// The hits with the rooms they stand in, in the order of each room's first one.
    pub(crate) fn groups(&self) -> Vec<(RoomId, String, Vec<&SearchHit>)> {
        let mut groups: Vec<(RoomId, String, Vec<&SearchHit>)> = Vec::new();
        for hit in &self.found.hits {
            match groups.iter_mut().find(|(room, ..)| *room == hit.room_id) {
                Some((_, _, hits)) => hits.push(hit),
                None => groups.push((hit.room_id, hit.room_name.clone(), vec![hit])),
            }
        }
        groups
    }
}

impl Store {
    fn change_search(&self, change: impl FnOnce(&mut Search)) {
        self.update(|state| change(Rc::make_mut(&mut state.search)));
        // The next reading gets a higher number, so that this can't meet it, however late it arrives.
        let number = self.0.searches.get();
        if self.is_reading(Part::Search) {
            spawn_local(async move {
                // It only ends sooner what ends by itself.
                bridge::give_up_searches(number).await.ok();
            });
        }
        self.read(Part::Search);
    }

    /// Searches what is typed.
    pub(crate) fn search(&self, text: String) {
        self.change_search(|search| {
            search.text = text;
            search.pages = 1;
        });
    }

    /// Searches a text that was put together elsewhere, and shows it in the field.
    pub(crate) fn search_for(&self, text: String) {
        self.change_search(|search| {
            search.text = text;
            search.pages = 1;
            search.set += 1;
        });
    }

    /// Shows the search: in one room, or with what was searched last.
    pub(crate) fn open_search(&self, room: Option<&str>) {
        if let Some(room) = room {
            self.search_for(format!("in:{} ", quoted(room)));
        } else {
            self.update(|state| Rc::make_mut(&mut state.search).set += 1);
        }
        self.go(Page::Search);
    }

    /// Another order.
    pub(crate) fn order_search(&self, order: SearchOrder) {
        self.change_search(|search| search.order = order);
    }

    /// One more page.
    pub(crate) fn search_more(&self) {
        self.change_search(|search| search.pages += 1);
    }

    /// Reads what is to be found, as many pages as are shown.
    pub(super) async fn read_search(&self) -> Result<(), Failure> {
        let (search, shown) = {
            let state = self.0.state.borrow();
            (state.search.clone(), state.page == Page::Search)
        };
        if !shown {
            return Ok(());
        }
        let mut request = SearchRequest {
            query: Query::of(&search.pieces(), time::start),
            order: search.order,
            limit: PAGE,
            after: None,
        };
        let number = self.0.searches.get().wrapping_add(1);
        self.0.searches.set(number);
        let mut found = match bridge::search(number, request.clone()).await {
            Err(failure) if failure.code == GIVEN_UP => return Ok(()),
            found => found?,
        };
        for _ in 1..search.pages {
            request.after = found.next.take();
            if request.after.is_none() {
                break;
            }
            let more = match bridge::search(number, request.clone()).await {
                Err(failure) if failure.code == GIVEN_UP => return Ok(()),
                more => more?,
            };
            found.hits.extend(more.hits);
            found.next = more.next;
        }
        self.update(|state| {
            let now = Rc::make_mut(&mut state.search);
            now.found = Rc::new(found);
            now.asked = Some(search.text.clone());
        });
        Ok(())
    }
}
