//! The `ricojit` program: parse the command line, run one subcommand, turn its outcome into an exit code.

mod cli;
mod error;
#[cfg(feature = "window")]
mod frontend;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            // If standard error is gone, the exit code still tells.
            let _ = writeln!(std::io::stderr(), "ricojit: {error}");
            error.exit_code()
        }
    }
}
