//! The shape of the database, forward and back.
//!
//! The scripts lie in `migrations/`, with the rules in its README; they are embedded in the binary, so a start on an empty
//! place needs nothing beside it. What was applied is checked by checksum: a script edited after its release is an error.

use super::store::{Engine, OpenError, Store};
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};

/// Where the engine keeps what was applied.
const TABLE: &str = "_sqlx_migrations";

/// One step of the schema.
struct Step {
    version: i64,
    name: &'static str,
    sqlite: Scripts,
    postgres: Scripts,
}

/// A step forward and back.
struct Scripts {
    up: &'static str,
    down: &'static str,
}

/// A step, by the names of its files.
macro_rules! step {
    ($version:literal, $number:literal, $name:literal) => {
        Step {
            version: $version,
            name: $name,
            sqlite: step!(@scripts "sqlite", $number, $name),
            postgres: step!(@scripts "postgres", $number, $name),
        }
    };
    (@scripts $engine:literal, $number:literal, $name:literal) => {
        Scripts {
            up: include_str!(concat!("../../../migrations/", $engine, "/", $number, "_", $name, ".up.sql")),
            down: include_str!(concat!("../../../migrations/", $engine, "/", $number, "_", $name, ".down.sql")),
        }
    };
}

const STEPS: &[Step] = &[
    step!(1, "0001", "reception"),
    step!(2, "0002", "recordings"),
    step!(3, "0003", "holds"),
    step!(4, "0004", "contacts"),
    step!(5, "0005", "history"),
    step!(6, "0006", "accounts"),
    step!(7, "0007", "sales"),
    step!(8, "0008", "messaging"),
    step!(9, "0009", "lists_and_imports"),
    step!(10, "0010", "copilot"),
    step!(11, "0011", "appointment_versions"),
    step!(12, "0012", "ways"),
    step!(13, "0013", "hands"),
    step!(14, "0014", "figures"),
    step!(15, "0015", "opportunity_keys"),
    step!(16, "0016", "forecasts"),
    step!(17, "0017", "business_versions"),
    step!(18, "0018", "answers"),
    step!(19, "0019", "repeats"),
    step!(20, "0020", "credentials"),
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
    let before = states(&store).await?;
    let applied = apply(&store).await;
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
    let applied: Vec<_> = states(&store).await?.into_iter().filter(|state| state.applied).collect();
    let undone = match applied.as_slice() {
        [] => None,
        [.., last] => {
            let target = applied.iter().rev().nth(1).map_or(0, |state| state.version);
            migrator(store.engine).undo(&store.writer, target).await.map_err(OpenError::Migrate)?;
            Some(MigrationState { applied: false, ..last.clone() })
        }
    };
    store.close().await;
    Ok(undone)
}

/// Every migration known, in order, and whether the database has it.
pub async fn status(database_url: &str) -> Result<Vec<MigrationState>, OpenError> {
    let store = Store::connect(database_url).await?;
    let states = states(&store).await;
    store.close().await;
    states
}

/// Applies what is missing.
pub(super) async fn apply(store: &Store) -> Result<(), OpenError> {
    // Another process, started in the same moment, may apply a step just before us; each time, one step less is missing.
    for _ in STEPS {
        if migrator(store.engine).run(&store.writer).await.is_ok() {
            return Ok(());
        }
    }
    migrator(store.engine).run(&store.writer).await.map_err(OpenError::Migrate)
}

async fn states(store: &Store) -> Result<Vec<MigrationState>, OpenError> {
    let mut connection = store.writer.acquire().await.map_err(OpenError::Database)?;
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

fn migrator(engine: Engine) -> Migrator {
    let both = STEPS.iter().flat_map(|step| {
        let scripts = match engine {
            Engine::Sqlite => &step.sqlite,
            Engine::Postgres => &step.postgres,
        };
        let one =
            |kind, sql: &'static str| Migration::new(step.version, step.name.into(), kind, sql.into_sql_str(), false);
        [one(MigrationType::ReversibleUp, scripts.up), one(MigrationType::ReversibleDown, scripts.down)]
    });
    Migrator::with_migrations(both.collect())
}
