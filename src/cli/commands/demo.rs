//! `ringlypro demo`: a business that has been at it for six weeks.

use crate::app;
use crate::cli::Failure;
use crate::config::Config;
use crate::demo::Wanted;
use clap::Args;

#[derive(Args)]
pub(in crate::cli) struct Demo {
    /// How many people the business knows.
    #[arg(long, default_value_t = 200)]
    contacts: usize,
    /// Which story: the same number tells the same one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(in crate::cli) async fn run(config: &Config, demo: Demo) -> Result<(), Failure> {
    std::fs::create_dir_all(&config.data_dir)?;
    let Demo { contacts, seed } = demo;
    let told = app::demo::fill(config, Wanted { contacts, seed }).await?;
    println!(
        "{} contacts, {} appointments, {} messages, {} calls, {} notes, {} tasks, {} opportunities, {} orders",
        told.contacts,
        told.appointments,
        told.messages,
        told.calls,
        told.notes,
        told.tasks,
        told.opportunities,
        told.orders
    );
    Ok(())
}
