//! The accounts of this window, encryption, and signing out with everything.

use super::{Nothing, call};
use model::view::{Failure, ProfileView, Unsent, VaultView};
use serde::Serialize;

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
}

/// All accounts of this window.
pub(crate) async fn accounts() -> Result<Vec<ProfileView>, Failure> {
    call("accounts", &Nothing {}).await
}

/// Shows another account; the page has to begin anew.
pub(crate) async fn switch_account(name: &str) -> Result<(), Failure> {
    call("switch_account", &Named { name }).await
}

/// Makes one more and shows it; the page has to begin anew.
pub(crate) async fn add_account() -> Result<(), Failure> {
    call("add_account", &Nothing {}).await
}

/// Calls an account something.
pub(crate) async fn rename_account(name: &str, label: &str) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        name: &'a str,
        label: &'a str,
    }
    call("rename_account", &Arguments { name, label }).await
}

/// Encryption and the keyring, as they stand.
pub(crate) async fn vault() -> Result<VaultView, Failure> {
    call("vault", &Nothing {}).await
}

/// Encrypts what is on this device; gives the recovery code, which is shown once.
pub(crate) async fn encrypt(without_keyring: bool) -> Result<String, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Arguments {
        without_keyring: bool,
    }
    call("encrypt", &Arguments { without_keyring }).await
}

/// Turns encryption off.
pub(crate) async fn decrypt() -> Result<(), Failure> {
    call("decrypt", &Nothing {}).await
}

/// A new recovery code in the place of the earlier one.
pub(crate) async fn renew_recovery_code() -> Result<String, Failure> {
    call("renew_recovery_code", &Nothing {}).await
}

/// The person has written the code down.
pub(crate) async fn recovery_code_saved() -> Result<(), Failure> {
    call("recovery_code_saved", &Nothing {}).await
}

/// Opens a locked account by its code, or by the keyring if that is there again; the page has to begin anew.
pub(crate) async fn unlock(code: Option<&str>) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        code: Option<&'a str>,
    }
    call("unlock", &Arguments { code }).await
}

/// Sets a locked account's data aside and begins with none; the page has to begin anew.
pub(crate) async fn start_fresh() -> Result<(), Failure> {
    call("start_fresh", &Nothing {}).await
}

/// Takes what was unsent in a set-aside database into this one.
pub(crate) async fn import_set_aside(folder: &str, code: Option<&str>) -> Result<Unsent, Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        folder: &'a str,
        code: Option<&'a str>,
    }
    call("import_set_aside", &Arguments { folder, code }).await
}

/// What is only on this device.
pub(crate) async fn unsent() -> Result<Unsent, Failure> {
    call("unsent", &Nothing {}).await
}

/// Signs out and removes everything; the page has to begin anew.
pub(crate) async fn wipe_account() -> Result<(), Failure> {
    call("wipe_account", &Nothing {}).await
}
