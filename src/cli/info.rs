//! `ricojit info`.

use crate::error::Error;
use std::process::ExitCode;

/// info
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs the subcommand.
pub(crate) fn run(_args: &Args) -> Result<ExitCode, Error> {
    Err(Error::Usage("`info` is not written yet".to_owned()))
}
