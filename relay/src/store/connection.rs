//! The one way in which statements reach Postgres, directly or through a pooler.
//!
//! Invariants:
//! - Every parameter says its own type ([`Typed`]), so that a statement means the same both ways.
//! - Directly, a statement is prepared once a connection and kept. Through a pooler in transaction mode each transaction may meet another
//!   server: no named statement is made at all, and nothing may depend on a session's state (settings and locks are the
//!   transaction's).
//! - Results are of built-in types only: others would be looked up by a named statement.

use deadpool_postgres::Object;
use std::error::Error as StdError;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, IsolationLevel, Row};
use uuid::Uuid;

/// A Rust type that crosses as one type of Postgres.
pub(crate) trait Typed {
    const TYPE: Type;
}

/// A type of which there are arrays.
pub(crate) trait Element: Typed {
    const ARRAY: Type;
}

macro_rules! typed {
    ($($rust:ty, $one:ident, $many:ident;)*) => {
        $(impl Typed for $rust {
            const TYPE: Type = Type::$one;
        }
        impl Element for $rust {
            const ARRAY: Type = Type::$many;
        })*
    };
}

typed! {
    Uuid, UUID, UUID_ARRAY;
    i64, INT8, INT8_ARRAY;
    i32, INT4, INT4_ARRAY;
    f64, FLOAT8, FLOAT8_ARRAY;
    bool, BOOL, BOOL_ARRAY;
    &str, TEXT, TEXT_ARRAY;
    String, TEXT, TEXT_ARRAY;
    &[u8], BYTEA, BYTEA_ARRAY;
}

impl<T: Typed> Typed for Option<T> {
    const TYPE: Type = T::TYPE;
}

impl<T: Element> Element for Option<T> {
    const ARRAY: Type = T::ARRAY;
}

impl<T: Element> Typed for Vec<T> {
    const TYPE: Type = T::ARRAY;
}

impl<T: Element> Typed for &[T] {
    const TYPE: Type = T::ARRAY;
}

/// A parameter's value with its type.
pub(crate) trait Value: Sync {
    fn sql(&self) -> (&(dyn ToSql + Sync), Type);
}

impl<T: Typed + ToSql + Sync> Value for T {
    fn sql(&self) -> (&(dyn ToSql + Sync), Type) {
        (self, T::TYPE)
    }
}

/// A statement's parameter.
pub(crate) type Param<'a> = &'a dyn Value;

/// A connection of the pool.
pub(crate) struct Connection {
    client: Object,
    pooled: bool,
}

/// A transaction; dropped half-way, it rolls back.
pub(crate) struct Transaction<'a> {
    client: deadpool_postgres::Transaction<'a>,
    pooled: bool,
}

/// The same statements on a connection and in a transaction.
macro_rules! statements {
    () => {
        /// All rows.
        pub(crate) async fn query(
            &self,
            sql: &'static str,
            params: &[Param<'_>],
        ) -> Result<Vec<Row>, Error> {
            let params = values(params);
            if self.pooled {
                return self.client.query_typed(sql, &params).await;
            }
            let (values, types) = split(params);
            let statement = self.client.prepare_typed_cached(sql, &types).await?;
            self.client.query(&statement, &values).await
        }

        /// The row, if there is one.
        pub(crate) async fn query_opt(
            &self,
            sql: &'static str,
            params: &[Param<'_>],
        ) -> Result<Option<Row>, Error> {
            let params = values(params);
            if self.pooled {
                return self.client.query_typed_opt(sql, &params).await;
            }
            let (values, types) = split(params);
            let statement = self.client.prepare_typed_cached(sql, &types).await?;
            self.client.query_opt(&statement, &values).await
        }

        /// The one row.
        pub(crate) async fn query_one(
            &self,
            sql: &'static str,
            params: &[Param<'_>],
        ) -> Result<Row, Error> {
            let params = values(params);
            if self.pooled {
                return self.client.query_typed_one(sql, &params).await;
            }
            let (values, types) = split(params);
            let statement = self.client.prepare_typed_cached(sql, &types).await?;
            self.client.query_one(&statement, &values).await
        }

        /// The number of rows.
        pub(crate) async fn execute(
            &self,
            sql: &'static str,
            params: &[Param<'_>],
        ) -> Result<u64, Error> {
            let params = values(params);
            if self.pooled {
                return self.client.execute_typed(sql, &params).await;
            }
            let (values, types) = split(params);
            let statement = self.client.prepare_typed_cached(sql, &types).await?;
            self.client.execute(&statement, &values).await
        }

        /// Statements without parameters and answers, in one message; a setting among them must be the transaction's own.
        pub(crate) async fn batch_execute(&self, sql: &str) -> Result<(), Error> {
            self.client.batch_execute(sql).await
        }
    };
}

impl Connection {
    pub(super) fn new(client: Object, pooled: bool) -> Self {
        Self { client, pooled }
    }

    /// Begins a transaction.
    pub(crate) async fn transaction(&mut self) -> Result<Transaction<'_>, Error> {
        Ok(Transaction {
            client: self.client.transaction().await?,
            pooled: self.pooled,
        })
    }

    /// Begins a read-only transaction that sees one moment.
    pub(crate) async fn snapshot(&mut self) -> Result<Transaction<'_>, Error> {
        let builder = self.client.build_transaction();
        let builder = builder.isolation_level(IsolationLevel::RepeatableRead);
        Ok(Transaction {
            client: builder.read_only(true).start().await?,
            pooled: self.pooled,
        })
    }

    statements!();
}

impl Transaction<'_> {
    /// Commits.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.client.commit().await
    }

    statements!();
}

fn values<'a>(params: &[Param<'a>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    params.iter().map(|param| param.sql()).collect()
}

fn split(params: Vec<(&(dyn ToSql + Sync), Type)>) -> (Vec<&(dyn ToSql + Sync)>, Vec<Type>) {
    params.into_iter().unzip()
}

/// What is wrong with a text that says how to connect.
pub(super) fn reason(error: &Error) -> String {
    StdError::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
