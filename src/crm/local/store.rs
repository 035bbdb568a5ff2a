//! The database underneath: one writer, several readers, and how its errors and values are spelled.
//!
//! `SQLite` lets one connection write at a time. Rather than have writers collide and retry, they queue for the one
//! connection of the writer's pool, first come first served, and begin with `BEGIN IMMEDIATE`, so that no transaction ever
//! starts reading and then fails to become a writer. Readers have a pool of their own and, in WAL mode, wait for nobody.
//!
//! Invariant: all that changes rows goes through [`Store::write`].

use crate::crm::Error;
use crate::phone::E164;
use jiff::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{Row as _, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// Ten connections in all, as the service promises: one that writes and nine that read.
const WRITERS_MAX: u32 = 1;
const READERS_MAX: u32 = 9;
/// How long one waits for a connection before the database counts as away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections not used for so long are closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a writer waits for another process (a migration, a backup) to finish.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one waits before it tries again what `SQLite` refuses without waiting.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// A connection inside a transaction.
pub(super) type Connection = SqliteConnection;
/// A row that was found.
pub(super) type Row = SqliteRow;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names something this engine cannot open; the text says what to write.
    #[error("{0}")]
    Url(&'static str),
    /// The folder or file cannot be made.
    #[error("cannot create {path}: {source}")]
    Create {
        /// The file wanted.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The database refused.
    #[error("cannot open the database: {0}")]
    Database(#[source] sqlx::Error),
    /// Its schema is not one this version can bring up to date.
    #[error("cannot migrate the database: {0}")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// What contacts are found by could not be brought up to date.
    #[error("cannot bring the search of contacts up to date: {0}")]
    Keys(#[source] Error),
    /// The demo business cannot be read or kept.
    #[error("cannot add the demo business: {0}")]
    Demo(String),
}

/// The two pools on one database file.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) writer: SqlitePool,
    readers: SqlitePool,
}

impl Store {
    /// Opens the file, making it (readable by its owner only: it holds transcripts) and its folder if need be.
    pub(super) async fn connect(database_url: &str) -> Result<Self, OpenError> {
        if !database_url.starts_with("sqlite:") {
            return Err(OpenError::Url("DATABASE_URL must name an SQLite file, as in sqlite:data/ringlypro.db"));
        }
        let options = SqliteConnectOptions::from_str(database_url)
            .map_err(OpenError::Database)?
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was promised to a caller must outlive a power cut: each commit reaches the disk.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        let path = options.get_filename();
        if path.as_os_str().is_empty() || database_url.contains(":memory:") || database_url.contains("mode=memory") {
            return Err(OpenError::Url(
                "DATABASE_URL must name a file: a database in memory is lost with its connection",
            ));
        }
        create_private(path).map_err(|source| OpenError::Create { path: path.display().to_string(), source })?;
        let pool = |connections_max| {
            SqlitePoolOptions::new()
                .max_connections(connections_max)
                .min_connections(0)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(IDLE_TIMEOUT)
        };
        let writer = pool(WRITERS_MAX);
        let opened = tokio::time::timeout(BUSY_TIMEOUT, async {
            loop {
                match writer.clone().connect_with(options.clone()).await {
                    // Two that turn a new file to WAL at once: one of them is refused without waiting its turn.
                    Err(error) if is_busy(&error) => tokio::time::sleep(BUSY_PAUSE).await,
                    opened => return opened,
                }
            }
        });
        let writer = opened.await.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(OpenError::Database)?;
        Ok(Self { writer, readers: pool(READERS_MAX).connect_lazy_with(options) })
    }

    /// A connection for reading.
    pub(super) async fn read(&self) -> Result<PoolConnection<Sqlite>, Error> {
        self.readers.acquire().await.map_err(away)
    }

    /// Begins a transaction that changes rows. Dropped without [`commit`], it never happened.
    pub(super) async fn write(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(away)
    }

    /// Waits for what is under way, then closes the file.
    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Makes the transaction last. When this fails it is not known whether it did.
pub(super) async fn commit(transaction: Transaction<'static, Sqlite>) -> Result<(), Error> {
    transaction.commit().await.map_err(|error| {
        tracing::error!(%error, "the database broke off a commit");
        Error::Unknown("the database broke off".to_owned())
    })
}

/// The database failed before anything was committed. Its own words go to the log, never to a client.
#[expect(clippy::needless_pass_by_value, reason = "it is the shape `map_err` wants")]
pub(super) fn away(error: sqlx::Error) -> Error {
    tracing::warn!(%error, "the database failed");
    Error::Unavailable("the database failed".to_owned())
}

/// A stored value is not what we write. It is a bug or a hand in the database, not something a retry mends.
pub(super) fn damaged(column: &'static str) -> Error {
    tracing::error!(column, "a stored value cannot be read");
    Error::Unavailable(format!("the stored {column} cannot be read"))
}

/// Whether a write met a uniqueness constraint.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Whether another connection had the file to itself: `SQLITE_BUSY`, in any of its kinds.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

/// An instant as it is kept: milliseconds since 1970.
pub(super) fn instant(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// Reads a column's instant.
pub(super) fn instant_of(row: &Row, column: &'static str) -> Result<Timestamp, Error> {
    Timestamp::from_millisecond(get(row, column)?).map_err(|_| damaged(column))
}

/// Reads a column.
pub(super) fn get<'r, T>(row: &'r Row, column: &'static str) -> Result<T, Error>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    row.try_get(column).map_err(away)
}

/// Reads a column kept in a value's own spelling, such as an id.
pub(super) fn parsed<T: FromStr>(row: &Row, column: &'static str) -> Result<T, Error> {
    get::<&str>(row, column)?.parse().map_err(|_| damaged(column))
}

/// The same for a column that may be empty.
pub(super) fn parsed_option<T: FromStr>(row: &Row, column: &'static str) -> Result<Option<T>, Error> {
    get::<Option<&str>>(row, column)?.map(str::parse).transpose().map_err(|_| damaged(column))
}

/// Reads a telephone number that may be missing.
pub(super) fn phone_of(row: &Row, column: &'static str) -> Result<Option<E164>, Error> {
    get::<Option<String>>(row, column)?.map(E164::try_from).transpose().map_err(|_| damaged(column))
}

/// A count kept as a `BIGINT`.
pub(super) fn count_of<T: TryFrom<i64>>(row: &Row, column: &'static str) -> Result<T, Error> {
    T::try_from(get::<i64>(row, column)?).map_err(|_| damaged(column))
}

/// An enum's name as it is kept: its serde name without the quotes.
pub(super) fn word<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(_) | Err(_) => Err(damaged("word")),
    }
}

/// Reads an enum kept by its name.
pub(super) fn word_of<T: serde::de::DeserializeOwned>(row: &Row, column: &'static str) -> Result<T, Error> {
    serde_json::from_value(serde_json::Value::String(get(row, column)?)).map_err(|_| damaged(column))
}

/// A value kept as JSON.
pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| damaged("json"))
}

/// Reads a column kept as JSON.
pub(super) fn json_of<T: serde::de::DeserializeOwned>(row: &Row, column: &'static str) -> Result<T, Error> {
    serde_json::from_str(get(row, column)?).map_err(|_| damaged(column))
}

/// Makes the file if there is none. One that is there is left alone: to close it would let go of the locks that this
/// process's other connections have on it.
fn create_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    match file.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}
