//! The relay on plain TCP: what a WebSocket library would never send, and what it leaves to us. Each wrong thing gets its typed error or
//! its close code, memory stays bounded, and others notice nothing.

#![allow(clippy::unwrap_used)]

mod crowd;
mod frames;
mod handshake;
