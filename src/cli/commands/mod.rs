//! What each command does; only wiring: the work is in the library.

pub(super) mod audit;
pub(super) mod call;
pub(super) mod demo;
pub(super) mod keys;
pub(super) mod language;
pub(super) mod mcp;
pub(super) mod migrate;
pub(super) mod models;
pub(super) mod replay;
pub(super) mod say;
pub(super) mod serve;
pub(super) mod users;

use crate::config::Config;

/// Shows the configuration in force.
pub(super) fn check_config(config: &Config) {
    print!("{}", config.describe());
    for warning in &config.warnings {
        eprintln!("warning: {warning}");
    }
}
