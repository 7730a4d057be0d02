//! Whether the store of files answers, and has what Postgres says that it has.

use super::Check;
use crate::RelayError;
use crate::blobs::Blobs;
use crate::config::Config;
use crate::store::Store;

const WHAT: &str = "files";

/// Looks at them; nothing is read of their content.
pub(super) async fn examine(config: &Config, store: &Store) -> Check {
    match look(config, store).await {
        Ok(check) => check,
        Err(error) => Check::bad(WHAT, error.to_string()),
    }
}

async fn look(config: &Config, store: &Store) -> Result<Check, RelayError> {
    let wanted = store.all_objects().await?;
    let stored = match Blobs::open_there(config)? {
        Some(blobs) => blobs.stored().await?,
        None if wanted.is_empty() => {
            return Ok(Check::good(WHAT, "none are taken, or none were sent yet"));
        }
        None => std::collections::HashMap::new(),
    };
    let is_there = |object, bytes| stored.get(&object) == Some(&bytes);
    let missing = wanted
        .iter()
        .filter(|(object, bytes)| !is_there(*object, *bytes));
    let missing = missing.count();
    let bytes: u64 = wanted.iter().map(|(_, bytes)| bytes).sum();
    Ok(if missing == 0 {
        let unknown = stored.len() - wanted.len();
        Check::good(
            WHAT,
            format!(
                "all {} are there, {bytes} bytes; {unknown} more are new, or are swept out within two days",
                wanted.len()
            ),
        )
    } else {
        Check::bad(
            WHAT,
            format!(
                "{missing} of {} are not in the store of files, or not whole. Copy the folder back from where you save it (or the S3's older versions), and see that all relays of this database have the same [blobs]",
                wanted.len()
            ),
        )
    })
}
