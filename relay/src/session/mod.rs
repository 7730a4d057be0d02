//! One connection: [`machine`] decides, [`shell`] does the I/O over its [`line`].

pub mod line;
pub mod machine;
pub mod pulse;
pub mod shell;
