//! The shape of the database, forward and back.
//!
//! The scripts lie in `migrations/`, with the rules in its README; they are embedded in the binary, so a start on an empty
//! place needs nothing beside it. What was applied is checked by checksum: a script edited after its release is an error.

use super::store::{OpenError, Store};
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqlitePool};

/// Where the engine keeps what was applied.
const TABLE: &str = "_sqlx_migrations";

/// One step of the schema.
struct Step {
    version: i64,
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

const STEPS: &[Step] = &[
    Step {
        version: 1,
        name: "reception",
        up: include_str!("../../../migrations/sqlite/0001_reception.up.sql"),
        down: include_str!("../../../migrations/sqlite/0001_reception.down.sql"),
    },
    Step {
        version: 2,
        name: "recordings",
        up: include_str!("../../../migrations/sqlite/0002_recordings.up.sql"),
        down: include_str!("../../../migrations/sqlite/0002_recordings.down.sql"),
    },
    Step {
        version: 3,
        name: "holds",
        up: include_str!("../../../migrations/sqlite/0003_holds.up.sql"),
        down: include_str!("../../../migrations/sqlite/0003_holds.down.sql"),
    },
    Step {
        version: 4,
        name: "contacts",
        up: include_str!("../../../migrations/sqlite/0004_contacts.up.sql"),
        down: include_str!("../../../migrations/sqlite/0004_contacts.down.sql"),
    },
];

/// A migration and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationState {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: &'static str,
    /// Whether it has been applied.
    pub applied: bool,
}

/// Applies what is missing, creating the database if need be; returns what was applied.
pub async fn up(database_url: &str) -> Result<Vec<MigrationState>, OpenError> {
    let store = Store::connect(database_url).await?;
    let before = states(&store.writer).await?;
    let applied = apply(&store.writer).await;
    store.close().await;
    applied?;
    Ok(before
        .into_iter()
        .filter(|state| !state.applied)
        .map(|state| MigrationState { applied: true, ..state })
        .collect())
}

/// Takes back the last migration applied; returns it, or none when the database is empty.
pub async fn undo(database_url: &str) -> Result<Option<MigrationState>, OpenError> {
    let store = Store::connect(database_url).await?;
    let applied: Vec<_> = states(&store.writer).await?.into_iter().filter(|state| state.applied).collect();
    let undone = match applied.as_slice() {
        [] => None,
        [.., last] => {
            let target = applied.iter().rev().nth(1).map_or(0, |state| state.version);
            migrator().undo(&store.writer, target).await.map_err(OpenError::Migrate)?;
            Some(MigrationState { applied: false, ..last.clone() })
        }
    };
    store.close().await;
    Ok(undone)
}

/// Every migration known, in order, and whether the database has it.
pub async fn status(database_url: &str) -> Result<Vec<MigrationState>, OpenError> {
    let store = Store::connect(database_url).await?;
    let states = states(&store.writer).await;
    store.close().await;
    states
}

/// Applies what is missing.
pub(super) async fn apply(pool: &SqlitePool) -> Result<(), OpenError> {
    // Another process, started in the same moment, may apply a step just before us; each time, one step less is missing.
    for _ in STEPS {
        if migrator().run(pool).await.is_ok() {
            return Ok(());
        }
    }
    migrator().run(pool).await.map_err(OpenError::Migrate)
}

async fn states(pool: &SqlitePool) -> Result<Vec<MigrationState>, OpenError> {
    let mut connection = pool.acquire().await.map_err(OpenError::Database)?;
    connection.ensure_migrations_table(TABLE).await.map_err(OpenError::Migrate)?;
    let applied = connection.list_applied_migrations(TABLE).await.map_err(OpenError::Migrate)?;
    if let Some(newer) = applied.iter().find(|row| STEPS.iter().all(|step| step.version != row.version)) {
        return Err(OpenError::Migrate(MigrateError::VersionMissing(newer.version)));
    }
    let has = |version| applied.iter().any(|row| row.version == version);
    Ok(STEPS
        .iter()
        .map(|step| MigrationState { version: step.version, name: step.name, applied: has(step.version) })
        .collect())
}

fn migrator() -> Migrator {
    let both = STEPS.iter().flat_map(|step| {
        let one =
            |kind, sql: &'static str| Migration::new(step.version, step.name.into(), kind, sql.into_sql_str(), false);
        [one(MigrationType::ReversibleUp, step.up), one(MigrationType::ReversibleDown, step.down)]
    });
    Migrator::with_migrations(both.collect())
}
