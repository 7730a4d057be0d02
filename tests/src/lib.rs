//! The harness of the whole-system tests: real relays, a real Postgres, real clients, real windows.
//!
//! - [`programs`]: where the built programs are.
//! - [`ports`]: ports that stay a test's own.
//! - [`database`]: a database of its own for each test, on the Postgres that `cargo xtask test` started.
//! - [`postgres`]: one that a test has for itself and breaks.
//! - [`relay_process`]: a relay that can be killed and brought back.
//! - [`servers`]: NATS and PgBouncer; [`site`]: several relays in each way of setting them up.
//! - [`proxy`]: a line that can be cut and stalled.
//! - [`history`]: what must be true of every history; [`sim`]: histories in virtual time, from a seed.
//! - [`page`]: what the sources say about the protocol.
//! - [`people`]: profiles, and the command-line client.
//! - [`window`]: a desktop window, driven through WebKitWebDriver; [`desk`]: somebody who writes in one.
//! - [`native`]: the system's own dialogs.
//! - [`duo`]: ada's window and grace's device; [`hands`]: what a person does in a window.
//! - [`scenery`]: a team in the middle of its day, to look at; [`faces`]: every face of the window; [`axe`]: what a checker says of accessibility.
//! - `desktop_bus`: a session bus of a test's own, with notifications and a tray.
//! - [`exports`]: files of other chats.
//! - [`guard`]: a relay with limits, and requests from a chosen address.
//! - [`long_room`]: a profile after years of talk; [`memory`]: what an app and its helpers take.
//! - [`scrolling`]: a window scrolled frame by frame, and what each frame showed; [`frames`]: how long each took; [`held`]: what the page holds.
//! - [`idle`]: many connections that say nothing, and what they cost.
//! - [`wire`]: a bare client of the protocol, for what the real one would never do.
//! - [`raw`]: bytes on TCP: HTTP and RFC 6455 by hand, with every bit under control.
//! - [`keyring`]: a real keyring on a bus of its own.
//! - [`wait`]: waiting for conditions; no test depends on time or order.
//!
//! Everything is torn down when its value is dropped, also when a test fails.

#![allow(clippy::unwrap_used)]

pub mod axe;
pub mod database;
pub mod desk;
#[cfg(target_os = "linux")]
pub mod desktop_bus;
pub mod duo;
pub mod exports;
pub mod faces;
pub mod frames;
pub mod guard;
pub mod hands;
pub mod held;
pub mod history;
pub mod http_file;
pub mod idle;
pub mod keyring;
pub mod long_room;
pub mod memory;
pub mod native;
pub mod page;
pub mod people;
pub mod ports;
pub mod postgres;
pub mod programs;
pub mod proxy;
pub mod raw;
pub mod relay_process;
pub mod scenery;
pub mod scrolling;
pub mod servers;
pub mod sim;
pub mod site;
pub mod soak;
pub mod wait;
pub mod window;
pub mod wire;
