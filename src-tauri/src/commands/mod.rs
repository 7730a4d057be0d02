//! What the page may ask for: each command is one call of [`client::Client`]. One file a subject.
//!
//! The list below is the only one: `build.rs` reads it for Tauri's permissions, so a command that is not in it does not
//! exist for the page.

mod account;
mod accounts;
mod messages;
mod rooms;
mod sync;
mod timeline;

use model::view::Failure;
use tauri::ipc::Invoke;

type Answer<T> = Result<T, Failure>;

/// All commands, for Tauri.
pub(crate) fn handler() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        account::startup,
        account::account,
        account::sign_in,
        account::sign_out,
        accounts::accounts,
        accounts::switch_account,
        accounts::add_account,
        accounts::rename_account,
        rooms::rooms,
        rooms::directory,
        rooms::people,
        rooms::create_room,
        rooms::join,
        rooms::browse,
        timeline::timeline,
        timeline::react,
        timeline::pin,
        timeline::pins,
        timeline::mark_read,
        timeline::versions,
        timeline::fetch_versions,
        timeline::post_refused,
        timeline::places,
        timeline::set_place,
        messages::post,
        messages::edit,
        messages::delete,
        messages::drafts,
        messages::set_draft,
        sync::status,
        sync::retry,
        sync::discard,
        sync::recovered,
        sync::notices,
        sync::dismiss_notice,
        sync::network_changed,
    ]
}
