//! One batch of an import in one transaction: accounts first, then what the rooms get, in the same way as a batch of operations.
//!
//! Invariants: rooms are locked in the order of their ids; nothing is answered before COMMIT has returned; the wake-ups ride in the
//! commit, for this relay as for the others, so that every subscriber reads what the tables then hold, in seq order.

use super::accounts::alike;
use super::apply::{load, lock, payloads, write};
use super::{Store, Transaction, queries};
use crate::RelayError;
use crate::accounts::shown_name;
use crate::batch::{Batch, Wanted};
use model::wire::{ImportItem, ImportOutcome};
use model::{Millis, RoomId, UserId};
use uuid::Uuid;

impl Store {
    /// Imports a batch; an outcome for each item.
    ///
    /// # Errors
    /// Postgres's own, or that the store has become another one; then nothing of the batch is known to be imported, and it can be sent
    /// again.
    pub async fn import(
        &self,
        items: &[ImportItem],
        now: Millis,
    ) -> Result<Vec<ImportOutcome>, RelayError> {
        let mut connection = self.connection().await?;
        let tx = connection.transaction().await?;
        tx.batch_execute(queries::APPLY_ON).await?;
        let mut outcomes = Vec::with_capacity(items.len());
        let mut people = Vec::new();
        for item in items {
            if let ImportItem::Person { id, name } = item {
                people.push(add_person(&tx, *id, name, people.is_empty()).await?);
            }
        }
        let mut people = people.into_iter();
        let mut batch = Batch::limited(self.rooms);
        let mut wanted = Wanted::of_import(items);
        let (epoch, _) = lock(&tx, &wanted.rooms, true, &mut batch).await?;
        self.health().is_still(epoch)?;
        load_accounts(&tx, &wanted, &mut batch).await?;
        wanted.accounts.clear();
        load(&tx, &wanted, &mut batch).await?;
        load_unread(&tx, items, &mut batch).await?;
        for item in items {
            outcomes.push(match item {
                ImportItem::Person { .. } => people.next().unwrap_or(ImportOutcome::Same),
                _ => batch.import(item, now),
            });
        }
        let writes = batch.finish();
        write(&tx, &writes).await?;
        // In nobody's name: this relay's hub has to read them, too.
        let (mut riding, mut rooms) = payloads(&writes.changes, Uuid::nil());
        riding.append(&mut rooms);
        if !riding.is_empty() {
            tx.execute(queries::NOTIFY, &[&riding]).await?;
        }
        tx.commit().await?;
        self.health().is_still(epoch)?;
        Ok(outcomes)
    }
}

/// An account that nobody can sign in to; under its name, or that with a number.
async fn add_person(
    tx: &Transaction<'_>,
    id: UserId,
    name: &str,
    first: bool,
) -> Result<ImportOutcome, RelayError> {
    if first {
        tx.execute(queries::ACCOUNTS_LOCK, &[]).await?;
    }
    let known = tx.query_opt(queries::IMPORT_ACCOUNT, &[&id.0]).await?;
    if known.is_some() {
        return Ok(ImportOutcome::Same);
    }
    let name = shown_name(name);
    let number = if alike(tx, &name).await? { 2 } else { 1 };
    let values: [super::Param<'_>; 3] = [&id.0, &name, &number];
    Ok(match tx.execute(queries::ADD_PLACEHOLDER, &values).await? {
        0 => ImportOutcome::Refused {
            text: format!("The name \"{name}\" is taken, and so are all numbers behind it."),
        },
        _ => ImportOutcome::Added,
    })
}

/// Deactivated ones as well: what they wrote is theirs.
async fn load_accounts(
    tx: &Transaction<'_>,
    wanted: &Wanted,
    batch: &mut Batch,
) -> Result<(), RelayError> {
    let ids: Vec<Uuid> = wanted.accounts.iter().map(|user| user.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    for row in tx.query(queries::IMPORT_ACCOUNTS, &[&ids]).await? {
        batch.load_account(UserId(row.get(0)), row.get(1));
    }
    Ok(())
}

/// Those who are in rooms that are to be read through, and have no marker there.
async fn load_unread(
    tx: &Transaction<'_>,
    items: &[ImportItem],
    batch: &mut Batch,
) -> Result<(), RelayError> {
    let read = |item: &ImportItem| match item {
        ImportItem::Read { room, .. } => Some(room.0),
        _ => None,
    };
    let rooms: Vec<Uuid> = items.iter().filter_map(read).collect();
    if rooms.is_empty() {
        return Ok(());
    }
    for row in tx.query(queries::UNREAD_MEMBERS, &[&rooms]).await? {
        batch.load_unread(RoomId(row.get(0)), UserId(row.get(1)));
    }
    Ok(())
}
