//! How far changes have got: the connection, what did not get through, what the person should know.

pub(crate) mod connection;
pub(crate) mod notices;
pub(crate) mod recovered;
