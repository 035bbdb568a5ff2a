//! `ringlypro mcp`: a client starts it and speaks the Model Context Protocol on standard input and output.

use crate::app::models;
use crate::cli::Failure;
use crate::config::Config;
use crate::id::BusinessId;
use clap::Args;

#[derive(Args)]
pub(in crate::cli) struct Mcp {
    /// Whose data: a business's id; none is the first one.
    #[arg(long, value_name = "ID")]
    business: Option<BusinessId>,
    /// Let the official conformance suite examine it, on this port of this machine.
    #[arg(long, value_name = "PORT", hide = true)]
    conformance: Option<u16>,
}

pub(in crate::cli) async fn run(config: &Config, asked: Mcp) -> Result<(), Failure> {
    match asked.conformance {
        Some(port) => models::examine(config, asked.business, port).await?,
        None => models::converse(config, asked.business).await?,
    }
    Ok(())
}
