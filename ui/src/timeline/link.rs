//! The address of a message, for people to hand on: `amend://room/ROOM/message/MESSAGE`.

use model::{MessageId, RoomId};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDocument, HtmlTextAreaElement};

/// The address.
pub(crate) fn to_message(room: RoomId, message: MessageId) -> String {
    format!("amend://room/{room}/message/{message}")
}

/// Puts a text on the clipboard; `false`: the system does not let us.
pub(crate) async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    let promise = window.navigator().clipboard().write_text(text);
    JsFuture::from(promise).await.is_ok() || copy_by_selection(text).unwrap_or(false)
}

/// The way that works without leave of the clipboard's own interface.
fn copy_by_selection(text: &str) -> Option<bool> {
    let document = web_sys::window()?.document()?;
    let before = document.active_element();
    let area: HtmlTextAreaElement = document.create_element("textarea").ok()?.dyn_into().ok()?;
    area.set_value(text);
    area.set_class_name("visually-hidden");
    document.body()?.append_child(&area).ok()?;
    area.select();
    let document = document.dyn_into::<HtmlDocument>().ok()?;
    let copied = document.exec_command("copy").ok();
    area.remove();
    if let Some(before) = before.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
    {
        before.focus().ok();
    }
    copied
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::window::tests::id;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_link_names_room_and_message() {
        assert_eq!(
            to_message(id(1), id(2)),
            "amend://room/00000000-0000-7000-8000-000000000001/message/00000000-0000-7000-8000-000000000002"
        );
    }
}
