//! What only the host does: [`rooms`], a person's new name, [`export`] of one person's data and [`erase`] of it.
//!
//! Invariant: everything is written as plain SQL is, so the triggers number it and it reaches every screen at once.

pub mod erase;
pub mod export;
pub mod rooms;

use crate::RelayError;
use crate::accounts::{check_name, is_alike};
use crate::store::accounts::Account;
use crate::store::queries::admin as queries;
use crate::store::{RawParam, Store};
use model::UserId;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Transaction};

/// Gives somebody another name, in all rooms.
///
/// # Errors
/// [`RelayError::AccountName`], [`RelayError::AccountExists`], or the store's own.
pub async fn rename(store: &Store, account: UserId, name: &str) -> Result<(), RelayError> {
    check_name(name)?;
    let mut connection = store.raw().await?;
    let client: &mut Client = &mut connection;
    let tx = client.transaction().await?;
    let named: [(RawParam<'_>, Type); 2] = [(&account.0, Type::UUID), (&name, Type::TEXT)];
    let taken = tx.query_typed_one(queries::NAME_TAKEN, &named).await?;
    let others = tx.query_typed(queries::OTHER_NAMES, &named[..1]).await?;
    if taken.get(0) {
        return Err(RelayError::AccountExists(name.to_owned()));
    }
    if others.iter().any(|row| is_alike(name, row.get(0))) {
        return Err(RelayError::AccountAlike(name.to_owned()));
    }
    run(&tx, queries::LOCK_ROOMS_OF, &named[..1]).await?;
    run(&tx, queries::RENAME_ACCOUNT, &named).await?;
    run(&tx, queries::RENAME_MEMBER, &named).await?;
    wake(&tx, account).await?;
    tx.commit().await?;
    Ok(())
}

/// The account of this name, or of this id: whoever was erased has no name to be found by.
///
/// # Errors
/// [`RelayError::NoAccount`], or the store's own.
pub async fn find(store: &Store, name: &str) -> Result<Account, RelayError> {
    if let Some(known) = store.credentials(name.trim()).await? {
        return Ok(known.account);
    }
    let of_id = |account: &Account| account.id.to_string() == name.trim().to_lowercase();
    let accounts = store.accounts().await?;
    let mut accounts = accounts.into_iter().map(|row| row.account);
    accounts
        .find(of_id)
        .ok_or_else(|| RelayError::NoAccount(name.to_owned()))
}

/// Runs a statement in a form that leaves nothing behind on the connection; returns how many rows it touched.
async fn run(
    tx: &Transaction<'_>,
    query: &str,
    params: &[(RawParam<'_>, Type)],
) -> Result<u64, RelayError> {
    Ok(tx.execute_typed(query, params).await?)
}

/// The person's live sessions look at their token, their name and their rooms again.
async fn wake(tx: &Transaction<'_>, account: UserId) -> Result<(), RelayError> {
    let id = account.to_string();
    tx.query_typed(queries::WAKE_PERSON, &[(&id, Type::TEXT)])
        .await?;
    Ok(())
}
