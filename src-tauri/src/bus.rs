//! The session's bus of a freedesktop's desktop: one connection for notifications, the tray, the launcher and the desktop's wishes.

use tokio::sync::OnceCell;
use zbus::{Connection, Result};

static SESSION: OnceCell<Connection> = OnceCell::const_new();

/// The connection, made when it is first asked for.
pub(crate) async fn session() -> Result<Connection> {
    SESSION.get_or_try_init(Connection::session).await.cloned()
}
