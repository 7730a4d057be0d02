//! Ada's window and grace's device at one relay: what most journeys of two people begin with.

use crate::people::Home;
use crate::relay_process::{RelayProcess, password};
use crate::wait;
use crate::window::Window;
use client::Client;
use model::{RoomId, UserId};

/// The two.
pub struct Duo {
    /// Where both are signed in.
    pub relay: RelayProcess,
    /// The profiles of both.
    pub home: Home,
    /// Ada's window.
    pub ada: Window,
    /// Grace's device.
    pub grace: Client,
}

impl Duo {
    /// Both are signed in; there is no room yet.
    ///
    /// # Panics
    /// When anything of it fails.
    pub async fn set() -> Self {
        let relay = RelayProcess::start().await;
        relay.add_user("ada");
        relay.add_user("grace");
        let home = Home::new();
        let ada = Window::open(&home, "ada").await;
        ada.sign_in(&relay.url(), "ada", &password("ada")).await;
        ada.until_connection("online").await;
        let grace = home.client(&relay, "grace-here", "grace").await;
        Self {
            relay,
            home,
            ada,
            grace,
        }
    }

    /// A room of grace's that ada has joined by browsing.
    ///
    /// # Panics
    /// When she can't.
    pub async fn joined(&self, name: &str) -> RoomId {
        let made = self.grace.create_room(name, "What it is about").await;
        let room = made.unwrap();
        settled(&self.grace).await;
        self.ada.click("browse-button").await;
        self.ada.type_into("browse-search", name).await;
        self.ada
            .click_in(&of_room("directory-room", room), "join-button")
            .await;
        self.ada.until_text("room-name", name).await;
        room
    }
}

/// Waits until a device has nothing more to send.
///
/// # Panics
/// When it does not get so far.
pub async fn settled(client: &Client) {
    wait::until(
        "everything is sent",
        async || client.status().await.unwrap(),
        |status| status.waiting == 0 && status.connection == model::view::Connection::Online,
    )
    .await;
}

/// Who has this name, as the relay says.
///
/// # Panics
/// When nobody has.
pub async fn id_of(client: &Client, name: &str) -> UserId {
    client.ask_for_people().await.unwrap();
    let known = client.known_people().await.unwrap();
    known.into_iter().find(|one| one.name == name).unwrap().id
}

/// The selector of what stands for a room.
#[must_use]
pub fn of_room(testid: &str, room: RoomId) -> String {
    format!("[data-testid=\"{testid}\"][data-room-id=\"{room}\"]")
}
