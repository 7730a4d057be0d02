//! What a screen shows. The client builds these from rows of the local database; the desktop shell passes them through;
//! the page renders them. Nothing here is stored or sent to a relay.

mod account;
mod desktop;
mod drafts;
mod event;
mod exchange;
mod files;
mod profiles;
mod rooms;
mod search;
mod settings;
mod sync;
mod timeline;

pub use self::account::*;
pub use self::desktop::*;
pub use self::drafts::*;
pub use self::event::*;
pub use self::exchange::*;
pub use self::files::*;
pub use self::profiles::*;
pub use self::rooms::*;
pub use self::search::*;
pub use self::settings::*;
pub use self::sync::*;
pub use self::timeline::*;
