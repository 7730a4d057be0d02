//! The rooms: those we are in, those that could be joined, a new one.

pub(crate) mod browse;
pub(crate) mod list;
pub(crate) mod new_room;
