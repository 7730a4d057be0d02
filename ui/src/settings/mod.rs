//! The settings: how the page looks, and the page on which a person chooses.
//!
//! - [`apply`]: what the settings do to the page.
//! - [`page`]: the sections; [`choices`]: the controls that they are made of.
//! - [`news`]: what the person should know of the app itself.
//! - [`keys`]: the shortcuts that hold everywhere, and the list of all.

pub(crate) mod apply;
mod choices;
pub(crate) mod keys;
pub(crate) mod news;
pub(crate) mod page;
