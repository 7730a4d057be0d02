//! From a hit to its message in the timeline.

use crate::parts::dom;
use crate::store::Store;
use gloo_timers::future::TimeoutFuture;
use model::{MessageId, RoomId};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// How long it is until the screen is looked at again.
const LOOK_MS: u32 = 30;

/// Fetches older messages until this one is on the screen, and goes there; unless the person goes elsewhere.
pub(crate) async fn to(store: &Store, room: RoomId, message: MessageId) {
    while let Some(here) = store.holds(room, message) {
        if here && show(message) {
            return;
        }
        if !here {
            store.set_at_end(false);
            store.load_older();
        }
        TimeoutFuture::new(LOOK_MS).await;
    }
}

fn show(message: MessageId) -> bool {
    let list = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector("[data-testid=timeline]").ok()?)
        .and_then(|list| list.dyn_into::<HtmlElement>().ok());
    let Some(list) = list else {
        return false;
    };
    let id = message.to_string();
    let Some((_, found)) = dom::messages(&list).find(|(other, _)| *other == id) else {
        return false;
    };
    list.set_scroll_top(found.offset_top() - list.client_height() / 3);
    found.class_list().add_1("jumped").ok();
    found.set_attribute("tabindex", "-1").ok();
    found.focus().ok();
    true
}
