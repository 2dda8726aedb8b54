//! `ricojit run`.

use crate::error::Error;
use std::process::ExitCode;

/// run
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs the subcommand.
pub(crate) fn run(_args: &Args) -> Result<ExitCode, Error> {
    Err(Error::Other("`run` is not written yet".to_owned()))
}
