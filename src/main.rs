//! The command: see [`ringlypro::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    ringlypro::cli::main()
}
