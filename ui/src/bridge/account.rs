//! Signing in and out.

use super::{Nothing, call};
use model::view::{Account, Failure};
use serde::Serialize;

/// The account the profile is signed in with.
pub(crate) async fn account() -> Result<Option<Account>, Failure> {
    call("account", &Nothing {}).await
}

/// Signs in. The screen changes when the account's row does.
pub(crate) async fn sign_in(relay: &str, name: &str, password: &str) -> Result<Account, Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        relay: &'a str,
        name: &'a str,
        password: &'a str,
    }
    let arguments = Arguments {
        relay,
        name,
        password,
    };
    call("sign_in", &arguments).await
}

/// Signs out.
pub(crate) async fn sign_out() -> Result<(), Failure> {
    call("sign_out", &Nothing {}).await
}
