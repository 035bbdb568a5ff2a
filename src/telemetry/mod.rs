//! The log: one span per call, one line per turn with its `*_ms` fields, nothing personal above trace.
//!
//! Log lines go to standard error, so that standard output stays what a command prints. What calls cost is counted in [`cpu`].

pub mod cpu;

use crate::config::LogFormat;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Levels as the configuration names them: these are of our own log; of libraries we read the warnings.
const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

/// The log filter cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "`log_level` cannot be read: {0}. Use error, warn, info, debug, trace or a filter such as info,ringlypro=debug"
)]
pub struct BadFilter(String);

/// Starts logging. A second start changes nothing.
pub fn start(level: &str, format: LogFormat) -> Result<(), BadFilter> {
    let plain = LEVELS.contains(&level);
    let filter = if plain { format!("warn,ringlypro={level}") } else { level.to_owned() };
    let filter = EnvFilter::try_new(filter).map_err(|error| BadFilter(error.to_string()))?;
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    // An error means that somebody (a test, an embedder) has set up logging already.
    drop(match format {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    });
    Ok(())
}
