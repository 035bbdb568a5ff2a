//! `ringlypro models`: make every model stand in its folder.

use crate::cli::Failure;
use crate::config::Config;
use crate::models::{Manifest, fetch};

pub(in crate::cli) async fn run(config: &Config) -> Result<(), Failure> {
    let report = fetch(&Manifest::built_in()?, &config.models).await?;
    println!("models in {}: {} were there, {} fetched", config.models.display(), report.present, report.fetched);
    Ok(())
}
