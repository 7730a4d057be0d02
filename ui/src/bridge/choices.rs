//! What the person chose on this device, by name.

use super::{Nothing, call};
use model::view::Failure;
use serde::Serialize;
use std::collections::BTreeMap;

/// All of it.
pub(crate) async fn choices() -> Result<BTreeMap<String, String>, Failure> {
    call("choices", &Nothing {}).await
}

/// Keeps a choice.
pub(crate) async fn choose(name: &str, value: &str) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        name: &'a str,
        value: &'a str,
    }
    call("choose", &Arguments { name, value }).await
}
