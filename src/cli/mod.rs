//! The command line: what can be typed, and what its exit status means.
//!
//! 0 is success, 1 a failure at work, 2 a wrong command line or configuration. Errors go to standard error in one
//! sentence that says what to do; results go to standard output.

mod commands;

use crate::config::{Config, ConfigError};
use crate::id::BusinessId;
use clap::{Args, Parser, Subcommand};
use futures_util::future::LocalBoxFuture;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit status for a wrong command line or configuration (clap uses the same).
const MISUSE: u8 = 2;

/// A voice receptionist that answers the phone, understands, books and speaks.
#[derive(Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Configuration: `ringlypro check-config` shows every key in force."
)]
struct Cli {
    /// A TOML file with settings; the environment wins over it.
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer calls: create what is missing, load the models, listen.
    Serve(Serve),
    /// Call the running gateway as a simulated caller, and measure what is heard.
    Call(commands::call::Call),
    /// Speak a text into a WAV file.
    Say(Say),
    /// Read sentences, print what was understood as JSON, a line each.
    Understand(commands::language::Understand),
    /// Score the language engine against a folder of corpora.
    Evaluate(commands::language::Evaluate),
    /// Replay a call's journal: does this program still do what was done then?
    Replay(commands::replay::Replay),
    /// Fetch and verify the speech models.
    Models(Models),
    /// Bring the database to the newest schema, one step back, or show where it stands.
    Migrate(Migrate),
    /// Give the demo business people, appointments, tasks, sales and orders of the last six weeks.
    Demo(commands::demo::Demo),
    /// Speak the Model Context Protocol on standard input and output, for AI clients on this machine.
    Mcp(commands::mcp::Mcp),
    /// Add somebody who signs in, or list who does.
    #[command(subcommand)]
    Users(commands::users::Users),
    /// Make, list or revoke the keys of programs.
    #[command(subcommand)]
    Keys(commands::keys::Keys),
    /// Check the log of what was done, or show its end.
    #[command(subcommand)]
    Audit(Audit),
    /// Show the configuration in force, secrets masked, and what is wrong or foolish in it.
    CheckConfig,
}

#[derive(Args)]
struct Serve {
    /// The port to listen on.
    #[arg(long)]
    port: Option<u16>,
}

#[derive(Args)]
struct Say {
    /// The words.
    text: String,
    /// The WAV file to write.
    #[arg(long, short, value_name = "FILE", default_value = "say.wav")]
    output: PathBuf,
    /// A voice of models/voices.toml.
    #[arg(long, default_value = "Rachel")]
    voice: String,
}

#[derive(Args)]
struct Models {
    /// Also those the configuration does not use: of the other recogniser and of simulated callers.
    #[arg(long)]
    all: bool,
}

#[derive(Args)]
struct Migrate {
    #[command(subcommand)]
    step: Option<Step>,
}

#[derive(Clone, Copy, Subcommand)]
enum Audit {
    /// Check that each entry of every business is the one that was written, after the one before it.
    Verify,
    /// Show what was done lately, the newest first.
    List {
        /// Of this business only.
        #[arg(long, value_name = "ID")]
        business: Option<BusinessId>,
        /// So many entries of each.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
}

#[derive(Clone, Copy, Subcommand)]
enum Step {
    /// Apply every migration that is missing (the default).
    Up,
    /// Take the last one back.
    Undo,
    /// Show which are applied.
    Status,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The configuration.
    #[error("configuration: {0}")]
    Config(#[from] ConfigError),
    /// The log filter.
    #[error("configuration: {0}")]
    Filter(#[from] crate::telemetry::BadFilter),
    /// The house.
    #[error(transparent)]
    App(#[from] crate::app::AppError),
    /// Accounts.
    #[error(transparent)]
    Accounts(#[from] crate::accounts::Error),
    /// The database.
    #[error("the database cannot be opened: {0}")]
    Store(#[from] crate::app::schema::OpenError),
    /// The demo.
    #[error(transparent)]
    Demo(#[from] crate::app::demo::NoDemo),
    /// A model.
    #[error(transparent)]
    Speech(#[from] crate::speech::SpeechError),
    /// Fetching models.
    #[error(transparent)]
    Models(#[from] crate::models::Error),
    /// Reading and writing.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A simulated call.
    #[error(transparent)]
    Call(#[from] crate::simulator::SimulatorError),
    /// What a command has to say itself.
    #[error("{0}")]
    Said(String),
}

impl Failure {
    fn status(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Filter(_) => MISUSE,
            Self::App(_)
            | Self::Accounts(_)
            | Self::Store(_)
            | Self::Demo(_)
            | Self::Speech(_)
            | Self::Models(_)
            | Self::Io(_)
            | Self::Call(_)
            | Self::Said(_) => 1,
        }
    }
}

/// Runs the command the process was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("ringlypro: {failure}");
            ExitCode::from(failure.status())
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let mut config = Config::load(cli.config.as_deref())?;
    if let Command::Serve(Serve { port: Some(port) }) = &cli.command {
        config.listen.set_port(*port);
    }
    crate::telemetry::start(&config.log_level, config.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // Boxed: one future that holds them all takes the compiler long.
    let command: LocalBoxFuture<'_, _> = match cli.command {
        Command::Serve(_) => Box::pin(commands::serve::run(&config)),
        Command::Call(call) => Box::pin(commands::call::run(&config, call)),
        Command::Say(say) => Box::pin(commands::say::run(&config, say.text, say.output, say.voice)),
        Command::Understand(asked) => return commands::language::understand(asked),
        Command::Evaluate(asked) => return commands::language::evaluate(asked),
        Command::Replay(asked) => return commands::replay::run(&asked),
        Command::Models(models) => Box::pin(commands::models::run(&config, models.all)),
        Command::Migrate(migrate) => Box::pin(commands::migrate::run(&config, migrate.step.unwrap_or(Step::Up))),
        Command::Demo(demo) => Box::pin(commands::demo::run(&config, demo)),
        Command::Mcp(asked) => Box::pin(commands::mcp::run(&config, asked)),
        Command::Users(users) => Box::pin(commands::users::run(&config, users)),
        Command::Keys(keys) => Box::pin(commands::keys::run(&config, keys)),
        Command::Audit(asked) => Box::pin(commands::audit::run(&config, asked)),
        Command::CheckConfig => {
            commands::check_config(&config);
            return Ok(());
        }
    };
    runtime.block_on(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_wrong_configuration_is_misuse_and_a_broken_disk_is_not() {
        assert_eq!(Failure::Config(ConfigError::Contradiction("x")).status(), MISUSE);
        assert_eq!(Failure::Io(std::io::Error::other("x")).status(), 1);
    }
}
