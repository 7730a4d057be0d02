//! Accounts and session tokens in Postgres; hashing them is [`crate::accounts`]'s.

use super::{Store, queries};
use crate::RelayError;
use model::UserId;
use uuid::Uuid;

/// An account, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// Its name, as its owner writes it.
    pub name: String,
}

/// What the store knows of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Whose it is.
    pub account: Account,
    /// Its time has passed.
    pub expired: bool,
    /// It was taken back.
    pub revoked: bool,
}

impl Store {
    /// Adds an account.
    ///
    /// # Errors
    /// [`RelayError::AccountExists`], whatever the case of its letters.
    pub async fn add_account(&self, name: &str, password_hash: &str) -> Result<UserId, RelayError> {
        let id = Uuid::now_v7();
        let added = self
            .connection()
            .await?
            .execute(queries::ADD_ACCOUNT, &[&id, &name, &password_hash])
            .await?;
        if added == 0 {
            return Err(RelayError::AccountExists(name.to_owned()));
        }
        Ok(UserId(id))
    }

    /// An account and its password's hash, by its name in any case of letters.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn account(&self, name: &str) -> Result<Option<(Account, String)>, RelayError> {
        let row = self
            .connection()
            .await?
            .query_opt(queries::ACCOUNT_BY_NAME, &[&name])
            .await?;
        Ok(row.map(|row| {
            (
                Account {
                    id: UserId(row.get(0)),
                    name: row.get(1),
                },
                row.get(2),
            )
        }))
    }

    /// Keeps a token's hash.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn add_token(
        &self,
        hash: &[u8],
        account: UserId,
        days: u32,
    ) -> Result<(), RelayError> {
        self.connection()
            .await?
            .execute(queries::ADD_TOKEN, &[&hash, &account.0, &f64::from(days)])
            .await?;
        Ok(())
    }

    /// What there is to know of a token's hash.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn token(&self, hash: &[u8]) -> Result<Option<TokenRow>, RelayError> {
        let row = self
            .connection()
            .await?
            .query_opt(queries::TOKEN, &[&hash])
            .await?;
        Ok(row.map(|row| TokenRow {
            account: Account {
                id: UserId(row.get(0)),
                name: row.get(1),
            },
            expired: row.get(2),
            revoked: row.get(3),
        }))
    }
}
