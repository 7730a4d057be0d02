//! What every part of the screen uses: pictures, times, and the document where Yew has no word for it.

pub(crate) mod dom;
pub(crate) mod icon;
pub(crate) mod time;
