//! The log: one span per call, one line per turn with its `*_ms` fields, nothing personal above trace.
//!
//! Log lines go to standard error, so that standard output stays what a command prints.

use crate::config::LogFormat;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// What libraries say is rarely ours to read: only their warnings.
const LIBRARIES: &[&str] = &["ort=warn", "sqlx=warn", "hyper=warn", "h2=warn", "whisper_rs=warn", "tungstenite=warn"];

/// The log filter cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "`log_level` cannot be read: {0}. Use error, warn, info, debug, trace or a filter such as info,ringlypro=debug"
)]
pub struct BadFilter(String);

/// Starts logging. A second start changes nothing.
pub fn start(level: &str, format: LogFormat) -> Result<(), BadFilter> {
    let filter = LIBRARIES.iter().fold(level.to_owned(), |filter, library| {
        let name = library.split('=').next().unwrap_or(library);
        if filter.contains(name) { filter } else { format!("{filter},{library}") }
    });
    let filter = EnvFilter::try_new(filter).map_err(|error| BadFilter(error.to_string()))?;
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // An error means that somebody (a test, an embedder) has set up logging already.
    drop(match format {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    });
    Ok(())
}
