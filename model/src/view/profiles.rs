//! The accounts of this machine: one profile each.

use super::{Account, Failure};
use serde::{Deserialize, Serialize};

/// A profile as the account switcher shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileView {
    /// The folder's name: what the commands are told.
    pub name: String,
    /// What the person calls it, if they gave it a name.
    pub label: Option<String>,
    /// Whose it is, if anybody ever signed in.
    pub account: Option<Account>,
    /// The page shows this one.
    pub selected: bool,
    /// Whether it is open.
    pub state: ProfileState,
    /// Messages of others that were not read yet.
    pub unread: u64,
    /// Changes that wait to be sent.
    pub waiting: u64,
}

/// Whether a profile is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ProfileState {
    /// It syncs.
    Open,
    /// Its database is encrypted and the key is not there: it asks for the recovery code.
    Locked {
        /// What is the matter with the keyring.
        failure: Failure,
    },
    /// It can't be opened.
    Failed {
        /// Why.
        failure: Failure,
    },
}

impl ProfileView {
    /// What the switcher calls it: the person's word, else name@host, else the folder's.
    #[must_use]
    pub fn title(&self) -> String {
        match (&self.label, &self.account) {
            (Some(label), _) => label.clone(),
            (None, Some(account)) => {
                let host = account.relay.rsplit("://").next().unwrap_or_default();
                let host = host.split('/').next().unwrap_or_default();
                format!("{}@{host}", account.name)
            }
            (None, None) => self.name.clone(),
        }
    }
}

/// Whether the local database is encrypted, and how it is kept open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultView {
    /// It is.
    pub encrypted: bool,
    /// The person said that they wrote the recovery code down.
    pub code_saved: bool,
    /// The key is in the keyring: nobody is asked for the code at the next start.
    pub key_in_keyring: bool,
    /// The session's token is in the keyring; else it is in a file that only this user can read.
    pub token_in_keyring: bool,
    /// Why there is no keyring, if there is none.
    pub keyring_failure: Option<String>,
    /// Encrypted databases that were set aside as nobody had the code, oldest first.
    pub set_aside: Vec<SetAside>,
}

/// An encrypted database that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// The folder's name within the profile.
    pub folder: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What was unsent in it was taken over already.
    pub imported: bool,
}

/// What signing out would leave or lose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    /// Changes that wait to be sent.
    pub waiting: u64,
    /// Texts that were refused, and what was saved of them.
    pub recovered: u64,
    /// Text that is not written yet.
    pub drafts: u64,
}

impl Unsent {
    /// Nothing is only here.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;

    #[test]
    fn a_profile_is_called_what_the_person_said_else_by_name_and_host() {
        let mut view = ProfileView {
            name: "account-2".to_owned(),
            label: None,
            account: None,
            selected: false,
            state: ProfileState::Open,
            unread: 0,
            waiting: 0,
        };
        assert_eq!(view.title(), "account-2");
        view.account = Some(Account {
            relay: "https://chat.example.org/amend".to_owned(),
            user_id: UserId(uuid::Uuid::nil()),
            name: "ada".to_owned(),
        });
        assert_eq!(view.title(), "ada@chat.example.org");
        view.label = Some("Work".to_owned());
        assert_eq!(view.title(), "Work");
    }
}
