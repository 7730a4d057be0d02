//! Emoji: the picker, looking for one, `:shortcodes:`.

pub(crate) mod find;
pub(crate) mod picker;
pub(crate) mod shortcodes;
