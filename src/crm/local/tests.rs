//! The engine against real databases: one suite, run on each.

#[path = "tests/suite.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests on another database")]
mod on_postgres;
#[path = "tests/suite.rs"]
mod on_sqlite;

mod file;
#[path = "../../../tests/servers/postgres.rs"]
mod postgres;
