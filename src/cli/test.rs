//! `ricojit test`: runs ROMs in parallel and judges them.

use crate::error::Error;
use std::process::ExitCode;

/// Run test ROMs in parallel and judge them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs the subcommand.
pub(crate) fn run(_args: &Args) -> Result<ExitCode, Error> {
    Err(Error::Usage("`test` is not written yet".to_owned()))
}
