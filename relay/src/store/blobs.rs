//! What Postgres knows of files: whose they are, where they may be read, and which are being sent.
//!
//! Invariants: a row of `blob_content` is there only for an object that is whole; who may read a file is asked in the statement that finds
//! it; every statement is right beside any number of relays.

use super::{Param, Store, queries};
use crate::RelayError;
use model::{BlobHash, RoomId, UserId};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

/// Which file, of which room, and who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The room.
    pub room: RoomId,
    /// The file.
    pub hash: BlobHash,
    /// Who.
    pub account: UserId,
}

/// A file that is being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its name.
    pub id: Uuid,
    /// Its length.
    pub bytes: u64,
    /// How much is here.
    pub received: u64,
    /// As which objects, in order.
    pub parts: Vec<Uuid>,
}

/// A file that may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its length.
    pub bytes: u64,
    /// As which object.
    pub object: Uuid,
}

/// As Postgres has it: no file is longer.
pub(crate) fn number(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn bytes(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn upload(row: &Row) -> Upload {
    Upload {
        id: row.get(0),
        bytes: bytes(row.get(1)),
        received: bytes(row.get(2)),
        parts: row.get(3),
    }
}

impl Store {
    /// Whether somebody may write in a room; `None`: there is no such room for them.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn may_write(
        &self,
        room: RoomId,
        account: UserId,
    ) -> Result<Option<bool>, RelayError> {
        let connection = self.connection().await?;
        let found = connection
            .query_opt(queries::blobs::PLACE, &[&room.0, &account.0])
            .await?;
        Ok(found.map(|row| row.get(0)))
    }

    /// Gives a file to the room without its being sent, if its bytes are here and this person has them or may read them.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn link_blob(&self, asked: Asked, length: u64) -> Result<bool, RelayError> {
        let params: [Param<'_>; 4] = [
            &asked.room.0,
            &asked.hash.0.as_slice(),
            &asked.account.0,
            &number(length),
        ];
        let connection = self.connection().await?;
        let linked = connection.query_opt(queries::blobs::LINK, &params).await;
        match linked {
            Ok(row) => Ok(row.is_some()),
            // It was collected at this moment.
            Err(error) if error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Bytes that an account has here, or is sending.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn blob_bytes_of(&self, account: UserId) -> Result<u64, RelayError> {
        let connection = self.connection().await?;
        let row = connection
            .query_one(queries::blobs::USED, &[&account.0])
            .await?;
        Ok(bytes(row.get(0)))
    }

    /// The file that this person is sending to the room, if they are.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn upload(&self, asked: Asked) -> Result<Option<Upload>, RelayError> {
        let params: [Param<'_>; 3] = [&asked.room.0, &asked.hash.0.as_slice(), &asked.account.0];
        let connection = self.connection().await?;
        let found = connection
            .query_opt(queries::blobs::UPLOAD, &params)
            .await?;
        Ok(found.as_ref().map(upload))
    }

    /// A file is going to be sent; or it is already, and goes on.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn begin_upload(&self, asked: Asked, length: u64) -> Result<Upload, RelayError> {
        let params: [Param<'_>; 5] = [
            &asked.room.0,
            &asked.hash.0.as_slice(),
            &asked.account.0,
            &number(length),
            &Uuid::now_v7(),
        ];
        let connection = self.connection().await?;
        let row = connection.query_one(queries::blobs::BEGIN, &params).await?;
        Ok(upload(&row))
    }

    /// One more part is here; `None`: it does not join on.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn add_part(
        &self,
        to: &Upload,
        length: u64,
        part: Uuid,
    ) -> Result<Option<Upload>, RelayError> {
        let params: [Param<'_>; 4] = [&to.id, &number(to.received), &number(length), &part];
        let connection = self.connection().await?;
        let row = connection
            .query_opt(queries::blobs::ADD_PART, &params)
            .await?;
        Ok(row.as_ref().map(upload))
    }

    /// The file is whole, as this object, and is the room's. `false`: its content was here already, as another one.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn finish_upload(
        &self,
        asked: Asked,
        upload: &Upload,
        object: Uuid,
    ) -> Result<bool, RelayError> {
        match self.try_finish(asked, upload, object).await {
            // The same content was collected at this moment: now there is none.
            Err(RelayError::Postgres(error))
                if error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION) =>
            {
                self.try_finish(asked, upload, object).await
            }
            done => done,
        }
    }

    async fn try_finish(
        &self,
        asked: Asked,
        upload: &Upload,
        object: Uuid,
    ) -> Result<bool, RelayError> {
        let mut connection = self.connection().await?;
        let tx = connection.transaction().await?;
        let hash = asked.hash.0.as_slice();
        let put = tx
            .execute(
                queries::blobs::PUT_CONTENT,
                &[&hash, &number(upload.bytes), &object],
            )
            .await?;
        tx.execute(
            queries::blobs::PUT_BLOB,
            &[&asked.room.0, &hash, &asked.account.0],
        )
        .await?;
        tx.execute(queries::blobs::END_UPLOAD, &[&upload.id])
            .await?;
        tx.commit().await?;
        Ok(put > 0)
    }

    /// The upload is forgotten.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn drop_upload(&self, upload: &Upload) -> Result<(), RelayError> {
        let connection = self.connection().await?;
        connection
            .execute(queries::blobs::END_UPLOAD, &[&upload.id])
            .await?;
        Ok(())
    }

    /// The file, if this person may read it in this room.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn readable_blob(&self, asked: Asked) -> Result<Option<Content>, RelayError> {
        let params: [Param<'_>; 3] = [&asked.room.0, &asked.hash.0.as_slice(), &asked.account.0];
        let connection = self.connection().await?;
        let found = connection
            .query_opt(queries::blobs::READABLE, &params)
            .await?;
        Ok(found.map(|row| Content {
            bytes: bytes(row.get(0)),
            object: row.get(1),
        }))
    }

    /// Looks at the files that were not looked at for longest, and forgets those that nobody needs: not for `wait` seconds after they were
    /// sent, and for `keep` seconds after their last message was deleted. How many were looked at.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn drop_orphans(
        &self,
        limit: i64,
        every: i64,
        wait: i64,
        keep: i64,
    ) -> Result<u64, RelayError> {
        let connection = self.connection().await?;
        let every = every as f64;
        let looked = connection
            .execute(queries::blobs::LOOK, &[&limit, &every])
            .await?;
        let (wait, keep) = (wait as f64, keep as f64);
        connection
            .execute(queries::blobs::DROP_ORPHANS, &[&wait, &keep])
            .await?;
        Ok(looked)
    }

    /// Forgets contents that no room has, and returns their objects, which are to be removed.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn drop_contents(&self, limit: i64) -> Result<Vec<Uuid>, RelayError> {
        let connection = self.connection().await?;
        let found = connection
            .query(queries::blobs::UNUSED_CONTENT, &[&limit])
            .await?;
        let mut dropped = Vec::new();
        for row in found {
            let (hash, object): (Vec<u8>, Uuid) = (row.get(0), row.get(1));
            let done = connection
                .execute(queries::blobs::DROP_CONTENT, &[&hash.as_slice(), &object])
                .await;
            match done {
                Ok(0) => {}
                Ok(_) => dropped.push(object),
                // Somebody took it up in between.
                Err(error) if error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(dropped)
    }

    /// Forgets uploads with which nothing has happened for so many seconds, and returns their names and parts.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn drop_uploads(&self, wait: i64) -> Result<Vec<(Uuid, Vec<Uuid>)>, RelayError> {
        let connection = self.connection().await?;
        let rows = connection
            .query(queries::blobs::DROP_UPLOADS, &[&(wait as f64)])
            .await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Which of these objects are known.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn known_objects(&self, objects: &[Uuid]) -> Result<Vec<Uuid>, RelayError> {
        let connection = self.connection().await?;
        let rows = connection
            .query(queries::blobs::KNOWN_OBJECTS, &[&objects])
            .await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// All objects that there must be, with their lengths.
    ///
    /// # Errors
    /// Postgres's own.
    pub async fn all_objects(&self) -> Result<Vec<(Uuid, u64)>, RelayError> {
        let connection = self.connection().await?;
        let rows = connection.query(queries::blobs::ALL_CONTENT, &[]).await?;
        let one = |row: &Row| (row.get(0), bytes(row.get(1)));
        Ok(rows.iter().map(one).collect())
    }
}
