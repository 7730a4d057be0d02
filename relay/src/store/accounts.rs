//! Accounts, sessions and invites in Postgres; hashing their secrets is [`crate::accounts`]'s.

use super::{Store, Transaction, queries};
use crate::RelayError;
use crate::accounts::{folded, is_alike};
use model::wire::{InviteEntry, SessionEntry};
use model::{Millis, NamedUser, UserId};
use uuid::Uuid;

/// An account, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// Its name, as its owner writes it.
    pub name: String,
}

/// An account as the host sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Who.
    pub account: Account,
    /// May make invites.
    pub is_admin: bool,
    /// May not sign in.
    pub deactivated: bool,
    /// Since when.
    pub created_at: Millis,
}

/// What is needed to check a password.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Who.
    pub account: Account,
    /// In PHC format.
    pub password_hash: String,
    /// May make invites.
    pub is_admin: bool,
    /// May not sign in.
    pub deactivated: bool,
}

/// What the store knows of a token.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenRow {
    /// Whose it is.
    pub account: Account,
    /// The session's id, for its owner; `None`: the identity provider's.
    pub session: Option<Uuid>,
    /// Its time has passed.
    pub expired: bool,
    /// It was taken back.
    pub revoked: bool,
    /// Its account may make invites.
    pub is_admin: bool,
    /// Its account may not sign in.
    pub deactivated: bool,
    /// How long it lasts.
    pub seconds_left: f64,
    /// It is a short-lived one: good for reading and writing, not for what changes who may sign in.
    pub short: bool,
}

/// A token to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewToken<'a> {
    /// What the store knows it by.
    pub hash: &'a [u8],
    /// Whose.
    pub account: UserId,
    /// What its owner knows it by.
    pub label: &'a str,
    /// How long it lasts.
    pub seconds: f64,
    /// See [`TokenRow::short`].
    pub short: bool,
    /// The session that it ends with.
    pub parent: Option<Uuid>,
    /// Only if this is still the hash of the account's password.
    pub password_hash: Option<&'a str>,
}

/// Somebody whom the host's identity provider vouches for.
#[derive(Clone, Copy, Debug)]
pub struct ExternalAccount<'a> {
    /// Which provider.
    pub issuer: &'a str,
    /// Whom, for ever.
    pub subject: &'a str,
    /// The name to show; a number is put behind it if it is somebody else's.
    pub name: &'a str,
    /// An admin, if the provider says who is.
    pub is_admin: Option<bool>,
    /// When it said so, in seconds since 1970.
    pub said_at: f64,
    /// Whether somebody new gets an account.
    pub create: bool,
}

/// An account to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewAccount<'a> {
    /// Checked already.
    pub name: &'a str,
    /// In PHC format.
    pub password_hash: &'a str,
    /// Added by the host: the first of those is the admin.
    pub by_host: bool,
    /// The hash of the invite that is used up with it.
    pub invite: Option<&'a [u8]>,
}

impl Store {
    /// Adds an account and uses up its invite, both or neither. Also says whether it is an admin's. With an invite to somebody whose words
    /// were imported it is their account, under its name.
    ///
    /// # Errors
    /// [`RelayError::AccountExists`], whatever the case of its letters; [`RelayError::AccountAlike`]; [`RelayError::InviteInvalid`].
    pub async fn add_account(&self, new: NewAccount<'_>) -> Result<(Account, bool), RelayError> {
        let id = Uuid::now_v7();
        let mut connection = self.connection().await?;
        let tx = connection.transaction().await?;
        if let Some(hash) = new.invite
            && tx.execute(queries::USE_INVITE, &[&hash]).await? == 0
        {
            return Err(RelayError::InviteInvalid);
        }
        if let Some(hash) = new.invite
            && let Some(claimed) = claim(&tx, hash, new.password_hash).await?
        {
            tx.commit().await?;
            return Ok((claimed, false));
        }
        tx.execute(queries::ACCOUNTS_LOCK, &[]).await?;
        if alike(&tx, new.name).await? {
            return Err(RelayError::AccountAlike(new.name.to_owned()));
        }
        let added = tx
            .query_opt(
                queries::ADD_ACCOUNT,
                &[&id, &new.name, &new.password_hash, &new.by_host],
            )
            .await?
            .ok_or_else(|| RelayError::AccountExists(new.name.to_owned()))?;
        tx.commit().await?;
        let account = Account {
            id: UserId(id),
            name: new.name.to_owned(),
        };
        Ok((account, added.get(0)))
    }

    /// An account and its password's hash, by its name in any case of letters.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn credentials(&self, name: &str) -> Result<Option<Credentials>, RelayError> {
        // Not text to Postgres, so nobody's name.
        if name.contains('\0') {
            return Ok(None);
        }
        let row = self
            .connection()
            .await?
            .query_opt(queries::ACCOUNT_BY_NAME, &[&name])
            .await?;
        Ok(row.map(|row| Credentials {
            account: Account {
                id: UserId(row.get(0)),
                name: row.get(1),
            },
            password_hash: row.get(2),
            is_admin: row.get(3),
            deactivated: row.get(4),
        }))
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>, RelayError> {
        let rows = self
            .connection()
            .await?
            .query(queries::ACCOUNTS, &[])
            .await?;
        Ok(rows
            .iter()
            .map(|row| AccountRow {
                account: Account {
                    id: UserId(row.get(0)),
                    name: row.get(1),
                },
                is_admin: row.get(2),
                deactivated: row.get(3),
                created_at: Millis(row.get(4)),
            })
            .collect())
    }

    /// Everybody who may sign in, by name.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn people(&self) -> Result<Vec<NamedUser>, RelayError> {
        let connection = self.connection().await?;
        let rows = connection.query(queries::PEOPLE, &[]).await?;
        Ok(rows
            .iter()
            .map(|row| NamedUser {
                user_id: UserId(row.get(0)),
                name: row.get(1),
            })
            .collect())
    }

    /// Sets a password's hash and ends all sessions but `keep`.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn set_password(
        &self,
        account: UserId,
        password_hash: &str,
        keep: Option<Uuid>,
    ) -> Result<(), RelayError> {
        let mut connection = self.connection().await?;
        let tx = connection.transaction().await?;
        tx.execute(queries::SET_PASSWORD, &[&account.0, &password_hash])
            .await?;
        tx.execute(queries::REVOKE_OTHER_SESSIONS, &[&account.0, &keep])
            .await?;
        Ok(tx.commit().await?)
    }

    /// Makes an account an admin's, or no longer.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn set_admin(&self, account: UserId, admin: bool) -> Result<(), RelayError> {
        let connection = self.connection().await?;
        connection
            .execute(queries::SET_ADMIN, &[&account.0, &admin])
            .await?;
        Ok(())
    }

    /// Deactivates an account and ends its sessions, or lets its owner sign in again.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn set_deactivated(
        &self,
        account: UserId,
        deactivated: bool,
    ) -> Result<(), RelayError> {
        let mut connection = self.connection().await?;
        let tx = connection.transaction().await?;
        tx.execute(queries::SET_DEACTIVATED, &[&account.0, &deactivated])
            .await?;
        if deactivated {
            tx.execute(queries::REVOKE_OTHER_SESSIONS, &[&account.0, &None::<Uuid>])
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// The account of somebody whom the identity provider vouches for, whether it is an admin's and whether it is deactivated.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn external_account(
        &self,
        person: ExternalAccount<'_>,
    ) -> Result<Option<(Account, bool, bool)>, RelayError> {
        // Not text to Postgres, so nobody's.
        if person.subject.contains('\0') {
            return Ok(None);
        }
        let key: [super::Param<'_>; 2] = [&person.issuer, &person.subject];
        let mut connection = self.connection().await?;
        let mut found = connection.query_opt(queries::EXTERNAL, &key).await?;
        if found.is_none() && person.create {
            let tx = connection.transaction().await?;
            // Two first sign-ins at once make one account.
            tx.execute(queries::ACCOUNTS_LOCK, &[]).await?;
            if tx.query_opt(queries::EXTERNAL, &key).await?.is_none() {
                let id = Uuid::now_v7();
                let mut first = 1;
                if alike(&tx, person.name).await? {
                    first = 2;
                }
                let added = tx
                    .execute(queries::ADD_EXTERNAL, &[&id, &person.name, &first])
                    .await?;
                if added == 0 {
                    return Err(RelayError::AccountExists(person.name.to_owned()));
                }
                tx.execute(
                    queries::ADD_IDENTITY,
                    &[&person.issuer, &person.subject, &id],
                )
                .await?;
            }
            tx.commit().await?;
            found = connection.query_opt(queries::EXTERNAL, &key).await?;
        }
        let Some(row) = found else { return Ok(None) };
        let account = Account {
            id: UserId(row.get(0)),
            name: row.get(1),
        };
        let mut is_admin: bool = row.get(2);
        let said_at: f64 = row.get(4);
        if let Some(says) = person.is_admin.filter(|_| person.said_at > said_at) {
            let (issuer, subject) = (&person.issuer, &person.subject);
            let said: [super::Param<'_>; 4] = [issuer, subject, &person.said_at, &says];
            connection.execute(queries::EXTERNAL_SAYS, &said).await?;
            is_admin = says;
        }
        Ok(Some((account, is_admin, row.get(3))))
    }

    /// Whether an invite can be used at this moment.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn invite_is_good(&self, hash: &[u8]) -> Result<bool, RelayError> {
        let connection = self.connection().await?;
        let found = connection
            .query_opt(queries::INVITE_IS_GOOD, &[&hash])
            .await?;
        Ok(found.is_some())
    }

    /// Keeps a token's hash, and forgets the account's tokens that ended long ago; returns until when it is good, or `None` if the
    /// account's password is not that any more.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn add_token(&self, new: NewToken<'_>) -> Result<Option<Millis>, RelayError> {
        let connection = self.connection().await?;
        let values: [super::Param<'_>; 7] = [
            &new.hash,
            &new.account.0,
            &new.label,
            &new.seconds,
            &new.short,
            &new.parent,
            &new.password_hash,
        ];
        let row = connection.query_opt(queries::ADD_TOKEN, &values).await?;
        connection
            .execute(queries::PRUNE_TOKENS, &[&new.account.0])
            .await?;
        Ok(row.map(|row| Millis(row.get(0))))
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
            session: Some(row.get(4)),
            is_admin: row.get(5),
            deactivated: row.get(6),
            seconds_left: row.get(7),
            short: row.get(8),
        }))
    }

    /// Notes that a token was used, once a minute.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn token_used(&self, hash: &[u8]) -> Result<(), RelayError> {
        let connection = self.connection().await?;
        connection.execute(queries::TOKEN_USED, &[&hash]).await?;
        Ok(())
    }

    /// An account's sessions, newest first; `current` is the one that asks.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn sessions(
        &self,
        account: UserId,
        current: Option<Uuid>,
    ) -> Result<Vec<SessionEntry>, RelayError> {
        let rows = self
            .connection()
            .await?
            .query(queries::SESSIONS, &[&account.0])
            .await?;
        Ok(rows
            .iter()
            .map(|row| SessionEntry {
                id: row.get(0),
                label: row.get(1),
                created_at: Millis(row.get(2)),
                last_used_at: row.get::<_, Option<i64>>(3).map(Millis),
                expires_at: Millis(row.get(4)),
                current: current == Some(row.get(0)),
            })
            .collect())
    }

    /// Ends a session of an account; `false`: it has none of that id.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn revoke_session(&self, account: UserId, session: Uuid) -> Result<bool, RelayError> {
        let connection = self.connection().await?;
        let ended = connection
            .execute(queries::REVOKE_SESSION, &[&account.0, &session])
            .await?;
        Ok(ended > 0)
    }

    /// The invites that can still be used, newest first.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn invites(&self) -> Result<Vec<InviteEntry>, RelayError> {
        let found = self
            .connection()
            .await?
            .query(queries::INVITES, &[])
            .await?;
        let entry = |row: &tokio_postgres::Row| InviteEntry {
            id: row.get(0),
            by: row.get(1),
            uses_left: u32::try_from(row.get::<_, i32>(2)).unwrap_or(0),
            created_at: Millis(row.get(3)),
            expires_at: Millis(row.get(4)),
        };
        Ok(found.iter().map(entry).collect())
    }

    /// Takes an invite back; `false`: there is none with this id.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn revoke_invite(&self, id: Uuid) -> Result<bool, RelayError> {
        let connection = self.connection().await?;
        Ok(connection.execute(queries::REVOKE_INVITE, &[&id]).await? > 0)
    }

    /// Whether an account was made by an import and is nobody's yet.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn is_placeholder(&self, account: UserId) -> Result<bool, RelayError> {
        let connection = self.connection().await?;
        let found = connection
            .query_opt(queries::IS_PLACEHOLDER, &[&account.0])
            .await?;
        Ok(found.is_some())
    }

    /// Keeps an invite's hash; returns until when it is good. `claims`: the account that it gives, if not a new one.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn add_invite(
        &self,
        hash: &[u8],
        by: Option<UserId>,
        uses: u32,
        days: u32,
        claims: Option<UserId>,
    ) -> Result<Millis, RelayError> {
        let uses = i32::try_from(uses).unwrap_or(i32::MAX);
        let (by, days) = (by.map(|by| by.0), f64::from(days));
        let claims = claims.map(|claims| claims.0);
        let row = self
            .connection()
            .await?
            .query_one(queries::ADD_INVITE, &[&hash, &by, &uses, &days, &claims])
            .await?;
        Ok(Millis(row.get(0)))
    }
}

/// Gives the account that the invite is for to whoever has it; `None`: it is for a new account.
async fn claim(
    tx: &Transaction<'_>,
    invite: &[u8],
    password_hash: &str,
) -> Result<Option<Account>, RelayError> {
    let row = tx.query_one(queries::INVITE_CLAIMS, &[&invite]).await?;
    let Some(id) = row.get::<_, Option<Uuid>>(0) else {
        return Ok(None);
    };
    let claimed = tx.query_opt(queries::CLAIM, &[&id, &password_hash]).await?;
    // It has been claimed already, by another invite or through the host.
    let row = claimed.ok_or(RelayError::InviteInvalid)?;
    Ok(Some(Account {
        id: UserId(id),
        name: row.get(0),
    }))
}

/// Whether an account has a name that could be taken for this one.
pub(super) async fn alike(tx: &Transaction<'_>, name: &str) -> Result<bool, RelayError> {
    let compared = tx
        .query(queries::NAMES_TO_COMPARE, &[&name.is_ascii()])
        .await?;
    let same = folded(name);
    Ok(compared.iter().any(|row| {
        let other: &str = row.get(0);
        // The very same is the index's to refuse.
        is_alike(name, other) && folded(other) != same
    }))
}
