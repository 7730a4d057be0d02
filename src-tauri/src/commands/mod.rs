//! What the page may ask for: each command is one call of [`client::Client`], or of what the shell itself holds. One file a subject.
//!
//! The list below is the only one: `build.rs` reads it for Tauri's permissions, so a command that is not in it does not
//! exist for the page.

mod account;
mod accounts;
mod choices;
mod desktop;
mod exchange;
mod files;
mod links;
mod manage;
mod messages;
mod pick;
mod prefs;
mod rooms;
mod search;
mod sessions;
mod sync;
mod timeline;
mod vault;

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
        vault::vault,
        vault::encrypt,
        vault::decrypt,
        vault::renew_recovery_code,
        vault::recovery_code_saved,
        vault::unlock,
        vault::start_fresh,
        vault::import_set_aside,
        vault::unsent,
        vault::wipe_account,
        choices::choices,
        choices::choose,
        links::open_link,
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
        manage::rename_room,
        manage::set_topic,
        manage::set_edit_policy,
        manage::archive,
        manage::leave,
        manage::invite_to_room,
        manage::remove_from_room,
        manage::set_role,
        manage::open_direct,
        manage::mark_all_read,
        prefs::set_muted,
        prefs::set_favourite,
        prefs::opened,
        prefs::fold,
        prefs::folded,
        prefs::typing,
        prefs::known_people,
        prefs::ask_for_people,
        sessions::register,
        sessions::sessions,
        sessions::end_session,
        sessions::change_password,
        sessions::is_admin,
        sessions::make_invite,
        sessions::invites,
        sessions::revoke_invite,
        messages::post,
        messages::edit,
        messages::delete,
        messages::drafts,
        messages::set_draft,
        messages::draft_replies,
        messages::set_draft_reply,
        files::attach,
        files::detach,
        files::draft_files,
        files::file_states,
        files::fetch_file,
        files::stop_fetching,
        files::save_file,
        files::open_file,
        messages::why_not_post,
        search::search,
        search::search_names,
        sync::status,
        sync::waiting,
        sync::take_back,
        sync::resend,
        sync::retry,
        sync::discard,
        sync::recovered,
        sync::notices,
        sync::dismiss_notice,
        sync::network_changed,
        desktop::settings,
        desktop::set_setting,
        desktop::desktop,
        desktop::ask_for_updates,
        desktop::dismiss_crash,
        desktop::take_links,
        desktop::looking_at,
        exchange::exchanges,
        exchange::import_open,
        exchange::import_preview,
        exchange::import_start,
        exchange::export_start,
        exchange::exchange_pause,
        exchange::exchange_resume,
        exchange::exchange_remove,
        pick::pick_import,
        pick::pick_export,
        pick::save_file_as,
    ]
}
