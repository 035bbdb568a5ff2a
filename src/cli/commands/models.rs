//! `ringlypro models`: make the models the configuration uses stand in their folder, or all of them.

use crate::cli::Failure;
use crate::config::{Config, Recogniser};
use crate::models::{Manifest, Purpose, fetch};

pub(in crate::cli) async fn run(config: &Config, all: bool) -> Result<(), Failure> {
    let used = [Purpose::Core, hearing(config), Purpose::Spanish];
    let purposes = if all { &Purpose::ALL[..] } else { &used };
    let report = fetch(&Manifest::built_in()?, purposes, &config.models).await?;
    println!("models in {}: {} were there, {} fetched", config.models.display(), report.present, report.fetched);
    Ok(())
}

/// What the chosen recogniser needs.
pub(super) fn hearing(config: &Config) -> Purpose {
    match config.recogniser {
        Recogniser::Onnx => Purpose::Onnx,
        Recogniser::WhisperCpp => Purpose::WhisperCpp,
    }
}
