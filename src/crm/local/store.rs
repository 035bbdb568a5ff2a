//! The database underneath: `SQLite` in a file or `PostgreSQL`, who may write when, and how errors and values are spelled.
//!
//! `SQLite` lets one connection write at a time. Rather than have writers collide and retry, they queue for the one
//! connection of the writer's pool, first come first served, and begin with `BEGIN IMMEDIATE`, so that no transaction ever
//! starts reading and then fails to become a writer. Readers have a pool of their own and, in WAL mode, wait for nobody.
//!
//! `PostgreSQL` lets many write at once, instances beside us included. Whoever performs an operation for a business takes
//! that business's turn first ([`Store::write_for`]): looking and then writing is one step, as it is in `SQLite`.
//!
//! SQL is written once, in what both understand; what only one has lies in this file and in `migrations/`.
//!
//! Invariant: all that changes rows goes through [`Store::write`] or [`Store::write_for`].

use crate::crm::Error;
use crate::id::BusinessId;
use crate::phone::E164;
use jiff::Timestamp;
use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Row as _, Transaction};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// Ten connections in all, as the service promises: in `SQLite` one that writes and nine that read.
const CONNECTIONS_MAX: u32 = 10;
const WRITERS_MAX: u32 = 1;
/// How long one waits for a connection before the database counts as away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections not used for so long are closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a writer waits for another process (a migration, a backup) to finish. It is what connections have unless told
/// otherwise.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one waits before it tries again what `SQLite` refuses without waiting.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// A connection inside a transaction.
pub(super) type Connection = AnyConnection;
/// A row that was found.
pub(super) type Row = AnyRow;
/// Rows that change together.
pub(super) type Change = Transaction<'static, Any>;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names something we cannot open; the text says what to write.
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

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// The pools on one database: whoever waits for a turn to write does not keep others from reading.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) engine: Engine,
    pub(super) writer: AnyPool,
    readers: AnyPool,
}

impl Store {
    /// Opens the database; one in a file is made if need be.
    pub(super) async fn connect(database_url: &str) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let pool = |connections_max| {
            AnyPoolOptions::new()
                .max_connections(connections_max)
                .min_connections(0)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(IDLE_TIMEOUT)
        };
        if database_url.starts_with("postgres:") || database_url.starts_with("postgresql:") {
            let pool = || pool(CONNECTIONS_MAX / 2);
            let writer = pool().connect(database_url).await.map_err(OpenError::Database)?;
            let readers = pool().connect_lazy(database_url).map_err(OpenError::Database)?;
            return Ok(Self { engine: Engine::Postgres, writer, readers });
        }
        prepare_file(database_url).await?;
        let writer = pool(WRITERS_MAX).connect(database_url).await.map_err(OpenError::Database)?;
        let readers = pool(CONNECTIONS_MAX - WRITERS_MAX).connect_lazy(database_url).map_err(OpenError::Database)?;
        Ok(Self { engine: Engine::Sqlite, writer, readers })
    }

    /// A connection for reading.
    pub(super) async fn read(&self) -> Result<PoolConnection<Any>, Error> {
        self.readers.acquire().await.map_err(away)
    }

    /// Begins a transaction that changes rows. Dropped without [`commit`], it never happened.
    pub(super) async fn write(&self) -> Result<Change, Error> {
        match self.engine {
            Engine::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await,
            Engine::Postgres => self.writer.begin().await,
        }
        .map_err(away)
    }

    /// Begins a transaction that changes what belongs to a business, once it is its turn.
    pub(super) async fn write_for(&self, business: BusinessId) -> Result<Change, Error> {
        let mut transaction = self.write().await?;
        self.take_turn(&mut transaction, business).await?;
        Ok(transaction)
    }

    /// Waits for a business's turn. Whoever takes the turns of several takes them by id, so that nobody waits for ever.
    pub(super) async fn take_turn(&self, transaction: &mut Change, business: BusinessId) -> Result<(), Error> {
        if self.engine == Engine::Postgres {
            // Not `FOR UPDATE`: that would keep others from making rows that refer to the business.
            sqlx::query("SELECT id FROM businesses WHERE id = $1 FOR NO KEY UPDATE")
                .bind(business.to_string())
                .fetch_optional(&mut **transaction)
                .await
                .map_err(away)?;
        }
        Ok(())
    }

    /// Prepares this writer for changing very much, or for the usual again.
    ///
    /// `SQLite` would write the same pages of an index again and again: its usual cache holds 2 MB of them, and its log is
    /// copied back into the file every 4 MB.
    pub(super) async fn expect_much(&self, connection: &mut Connection, much: bool) -> Result<(), Error> {
        let settings = match (self.engine, much) {
            (Engine::Sqlite, true) => ["PRAGMA cache_size = -65536", "PRAGMA wal_autocheckpoint = 16384"],
            (Engine::Sqlite, false) => ["PRAGMA cache_size = -2000", "PRAGMA wal_autocheckpoint = 1000"],
            (Engine::Postgres, _) => return Ok(()),
        };
        for setting in settings {
            sqlx::query(setting).fetch_all(&mut *connection).await.map_err(away)?;
        }
        Ok(())
    }

    /// Lets this transaction be kept when a later one is: `PostgreSQL` does not wait for the disk then. For what is worth nothing
    /// before that later one.
    pub(super) async fn keep_with_later(&self, transaction: &mut Change) -> Result<(), Error> {
        if self.engine == Engine::Postgres {
            sqlx::query("SET LOCAL synchronous_commit TO off").execute(&mut **transaction).await.map_err(away)?;
        }
        Ok(())
    }

    /// Waits for what is under way, then closes.
    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Makes the file (readable by its owner only: it holds transcripts) and its folder if need be, and turns it to WAL, which
/// it stays. Foreign keys are on, and each commit reaches the disk, unless told otherwise: what was promised to a caller must
/// outlive a power cut.
async fn prepare_file(database_url: &str) -> Result<(), OpenError> {
    if !database_url.starts_with("sqlite:") {
        return Err(OpenError::Url(
            "DATABASE_URL must name an SQLite file, as in sqlite:data/ringlypro.db, or a PostgreSQL database, as in \
             postgres://user:password@host/database",
        ));
    }
    let options = SqliteConnectOptions::from_str(database_url)
        .map_err(OpenError::Database)?
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(BUSY_TIMEOUT);
    let path = options.get_filename();
    if path.as_os_str().is_empty() || database_url.contains(":memory:") || database_url.contains("mode=memory") {
        return Err(OpenError::Url("DATABASE_URL must name a file: a database in memory is lost with its connection"));
    }
    create_private(path).map_err(|source| OpenError::Create { path: path.display().to_string(), source })?;
    let turned = tokio::time::timeout(BUSY_TIMEOUT, async {
        loop {
            match options.connect().await {
                // Two that turn a new file to WAL at once: one of them is refused without waiting its turn.
                Err(error) if is_busy(&error) => tokio::time::sleep(BUSY_PAUSE).await,
                Ok(connection) => return connection.close().await,
                Err(error) => return Err(error),
            }
        }
    });
    turned.await.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(OpenError::Database)
}

/// Makes the transaction last. When this fails it is not known whether it did.
pub(super) async fn commit(transaction: Change) -> Result<(), Error> {
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

/// Whether a write left a row that points to nothing, or would have.
pub(super) fn is_broken_reference(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation)
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

/// An instant as it is read again once it was kept: to the millisecond.
pub(super) fn kept(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(instant(at)).unwrap_or(at)
}

/// Reads a column's instant.
pub(super) fn instant_of(row: &Row, column: &'static str) -> Result<Timestamp, Error> {
    Timestamp::from_millisecond(get(row, column)?).map_err(|_| damaged(column))
}

/// The same for a column that may be empty.
pub(super) fn instant_option(row: &Row, column: &'static str) -> Result<Option<Timestamp>, Error> {
    get::<Option<i64>>(row, column)?.map(Timestamp::from_millisecond).transpose().map_err(|_| damaged(column))
}

/// Reads a column.
pub(super) fn get<'r, T>(row: &'r Row, column: &'static str) -> Result<T, Error>
where
    T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
{
    row.try_get(column).map_err(away)
}

/// Reads a column that is yes or no. Selected as a number: the engines share no other way of saying it.
pub(super) fn flag_of(row: &Row, column: &'static str) -> Result<bool, Error> {
    get::<i64>(row, column).map(|number| number != 0)
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
