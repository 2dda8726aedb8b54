//! `ricojit disasm`.

use crate::error::Error;
use std::process::ExitCode;

/// disasm
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs the subcommand.
pub(crate) fn run(_args: &Args) -> Result<ExitCode, Error> {
    Err(Error::Usage("`disasm` is not written yet".to_owned()))
}
