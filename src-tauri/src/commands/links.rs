//! What is opened outside of the app.
//!
//! Invariant: nothing but an address of a kind that `model` knows as harmless reaches the system's opener, whatever the page says.

use super::Answer;
use model::text::Address;
use model::view::Failure;

#[tauri::command]
pub(crate) async fn open_link(href: String) -> Answer<()> {
    let address = Address::new(&href).ok_or_else(|| Failure {
        code: "address_refused".to_owned(),
        text:
            "This address is of a kind that is not opened from a message. Copy it if you trust it."
                .to_owned(),
    })?;
    open::that_detached(address.href()).map_err(|error| Failure {
        code: "not_opened".to_owned(),
        text: format!(
            "No program could be started for this address ({error}). Copy it into a browser."
        ),
    })
}
