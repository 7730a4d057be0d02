//! Bad input, at every endpoint and in every frame: a typed error, nothing stored, and the session goes on. The tables are held against
//! the sources, so that a new endpoint, frame or operation without cases fails.

#![allow(clippy::unwrap_used)]

mod frames;
mod http;
mod operations;
mod rooms;
mod scene;
