//! Rooms: the list of ours, the way to others, and what can be done with one.

pub(crate) mod browse;
pub(crate) mod direct;
pub(crate) mod fuzzy;
pub(crate) mod header;
pub(crate) mod join;
pub(crate) mod leave;
pub(crate) mod list;
pub(crate) mod new_room;
pub(crate) mod order;
pub(crate) mod policy;
pub(crate) mod settings;
pub(crate) mod switcher;
