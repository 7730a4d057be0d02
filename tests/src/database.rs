//! A database of its own for each test.

use std::str::FromStr;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

/// A fresh database.
#[derive(Clone, Debug)]
pub struct Database {
    /// For relays and for psql.
    pub url: String,
}

impl Database {
    /// Makes one on the Postgres of `AMEND_TEST_POSTGRES`.
    ///
    /// # Panics
    /// When that isn't set or doesn't answer.
    pub async fn create() -> Self {
        let url = std::env::var("AMEND_TEST_POSTGRES").expect(
            "AMEND_TEST_POSTGRES is not set: run the tests with `cargo xtask test`, or start a Postgres with \
             `amend-relay postgres start --data DIR` and set it to what that prints",
        );
        let config = Config::from_str(&url).unwrap();
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        let admin = connect(&config).await;
        admin
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        Self {
            url: rebuild(&config, &name),
        }
    }

    /// Where the relays on this database keep files, if they keep them in a folder.
    ///
    /// # Panics
    /// When the URL names no database.
    #[must_use]
    pub fn files(&self) -> std::path::PathBuf {
        let own = Config::from_str(&self.url).unwrap();
        let name = own.get_dbname().unwrap().to_owned();
        std::env::temp_dir().join("amend-test-files").join(name)
    }

    /// Runs plain SQL, as a person with psql would.
    ///
    /// # Panics
    /// When Postgres refuses it.
    pub async fn sql(&self, statement: &str) {
        self.client().await.batch_execute(statement).await.unwrap();
    }

    /// A copy as it is now: a backup that is restored beside it. Nobody may be connected to the original.
    ///
    /// # Panics
    /// When Postgres doesn't make it.
    pub async fn copy(&self) -> Self {
        let own = Config::from_str(&self.url).unwrap();
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        let from = own.get_dbname().unwrap();
        let admin =
            connect(&Config::from_str(&std::env::var("AMEND_TEST_POSTGRES").unwrap()).unwrap())
                .await;
        let leave = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{from}'"
        );
        admin.batch_execute(&leave).await.unwrap();
        admin
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {from}"))
            .await
            .unwrap();
        Self {
            url: rebuild(&own, &name),
        }
    }

    /// Destroys everything in it: an empty database of the same name is in its place.
    ///
    /// # Panics
    /// When Postgres refuses it.
    pub async fn destroy(&self) {
        let own = Config::from_str(&self.url).unwrap();
        let name = own.get_dbname().unwrap();
        let url = std::env::var("AMEND_TEST_POSTGRES").unwrap();
        let admin = connect(&Config::from_str(&url).unwrap()).await;
        for statement in [
            format!("DROP DATABASE {name} WITH (FORCE)"),
            format!("CREATE DATABASE {name}"),
        ] {
            admin.batch_execute(&statement).await.unwrap();
        }
    }

    /// Brings it to an older version of the schema, as a relay of that time would have.
    ///
    /// # Panics
    /// When Postgres refuses it.
    pub async fn migrate_to(&self, version: i32) {
        let client = self.client().await;
        let table = "CREATE TABLE IF NOT EXISTS schema_migration
            (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())";
        client.batch_execute(table).await.unwrap();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../relay/migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
        files.sort_by_key(std::fs::DirEntry::file_name);
        for (file, number) in files.iter().zip(1..=version) {
            let done = client
                .query_one(
                    "SELECT coalesce(max(version), 0) FROM schema_migration",
                    &[],
                )
                .await
                .unwrap();
            if done.get::<_, i32>(0) >= number {
                continue;
            }
            let sql = std::fs::read_to_string(file.path()).unwrap();
            client.batch_execute(&sql).await.unwrap();
            client
                .execute("INSERT INTO schema_migration VALUES ($1)", &[&number])
                .await
                .unwrap();
        }
    }

    /// A connection of its own.
    ///
    /// # Panics
    /// When Postgres doesn't answer.
    pub async fn client(&self) -> Client {
        connect(&Config::from_str(&self.url).unwrap()).await
    }
}

impl Database {
    /// A connection of its own, if Postgres gives one.
    pub async fn try_client(&self) -> Option<Client> {
        let config = Config::from_str(&self.url).ok()?;
        let (client, connection) = config.connect(NoTls).await.ok()?;
        tokio::spawn(connection);
        Some(client)
    }
}

async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn rebuild(config: &Config, database: &str) -> String {
    let host = match &config.get_hosts()[0] {
        Host::Unix(path) => path.display().to_string(),
        Host::Tcp(name) => name.clone(),
    };
    let port = config
        .get_ports()
        .first()
        .map_or(String::new(), |port| format!(" port={port}"));
    format!(
        "host={host}{port} user={} dbname={database}",
        config.get_user().unwrap()
    )
}
