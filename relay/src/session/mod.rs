//! One connection: [`machine`] decides, [`shell`] does the I/O.

pub mod machine;
pub mod shell;
