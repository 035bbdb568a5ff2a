//! `ringlypro migrate [up|undo|status]`.

use crate::app::schema::{self, MigrationState};
use crate::cli::{Failure, Step};
use crate::config::Config;

pub(in crate::cli) async fn run(config: &Config, step: Step) -> Result<(), Failure> {
    std::fs::create_dir_all(&config.data_dir)?;
    let url = &config.database_url;
    match step {
        Step::Up => match schema::up(url).await?.as_slice() {
            [] => println!("nothing to do: the schema is the newest"),
            applied => applied.iter().for_each(|one| show("applied", one)),
        },
        Step::Undo => match schema::undo(url).await? {
            Some(undone) => show("undone", &undone),
            None => println!("nothing to take back"),
        },
        Step::Status => {
            for one in schema::status(url).await? {
                show(if one.applied { "applied" } else { "missing" }, &one);
            }
        }
    }
    Ok(())
}

fn show(state: &str, migration: &MigrationState) {
    println!("{state}  {:04} {}", migration.version, migration.name);
}
