//! What a screen shows. The client builds these from rows of the local database; the desktop shell passes them through;
//! the page renders them. Nothing here is stored or sent to a relay.

mod account;
mod drafts;
mod event;
mod profiles;
mod rooms;
mod sync;
mod timeline;

pub use self::account::*;
pub use self::drafts::*;
pub use self::event::*;
pub use self::profiles::*;
pub use self::rooms::*;
pub use self::sync::*;
pub use self::timeline::*;
