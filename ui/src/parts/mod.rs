//! What every part of the screen uses: pictures, times, and the document where Yew has no word for it.
//!
//! - [`dialog`]: a question or a form above everything else; [`confirm`]: one in its place; [`menu`]: a list of things to do; [`popover`]: a box beside what opened it.
//! - [`toast`]: a sentence that goes by itself; [`tabs`]: one of several panels.
//! - [`clipboard`]: what is copied; [`undo`]: what is taken back.
//! - [`focus`], [`listen`], [`place`]: where the keyboard is, what the window tells, and where a box fits; [`painted`]: when something is
//!   on the screen, for those who measure it.

pub(crate) mod clipboard;
pub(crate) mod confirm;
pub(crate) mod dialog;
pub(crate) mod dom;
pub(crate) mod focus;
pub(crate) mod icon;
pub(crate) mod listen;
pub(crate) mod menu;
pub(crate) mod painted;
pub(crate) mod place;
pub(crate) mod popover;
pub(crate) mod tabs;
pub(crate) mod time;
pub(crate) mod toast;
pub(crate) mod undo;
