//! What is opened outside of the app.

use super::call;
use model::view::Failure;
use serde::Serialize;

/// Opens an address with the system's program for it. The shell asks again whether it may be opened.
pub(crate) async fn open_link(href: &str) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        href: &'a str,
    }
    call("open_link", &Arguments { href }).await
}
