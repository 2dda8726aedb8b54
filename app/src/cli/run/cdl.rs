//! `--cdl`: a code/data log of the run.

use super::Args;
use crate::error::Error;
use crate::files::{self, Named, Output};
use crate::names::Running;
use ricojit::code_data_log::{CodeDataLog, CodeDataLogger, LogFormat};
use ricojit::{Cartridge, Machine};
use std::path::PathBuf;

/// The options of `run` for a code/data log.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Code/data log")]
pub(super) struct CdlArgs {
    /// Write what each byte of PRG ROM was used as. Runs on the interpreter, instruction by instruction; uses of CHR ROM
    /// are not logged
    #[arg(long, value_name = "FILE.cdl", conflicts_with_all = ["instances", "profile_out", "jit_log", "jit_replay", "perf_map"])]
    cdl: Option<PathBuf>,

    /// Add to the log in FILE.cdl, if it exists, in place of replacing it
    #[arg(long, requires = "cdl")]
    cdl_merge: bool,

    /// The format to write; both are read
    #[arg(long, value_enum, default_value_t = Format::Fceux, requires = "cdl")]
    cdl_format: Format,
}

/// `--cdl-format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A byte for each byte of PRG ROM and CHR ROM
    Fceux,
    /// CDLv2
    Mesen,
}

impl CdlArgs {
    /// Whether the file is asked for.
    pub(super) fn is_on(&self) -> bool {
        self.cdl.is_some()
    }

    /// The file with the name of its option, if there is one.
    pub(super) fn named(&self) -> Option<Named<'_>> {
        self.cdl.as_deref().map(|path| ("--cdl", path))
    }
}

/// A log that is written when the run is over.
pub(super) struct Cdl {
    output: Output,
    format: LogFormat,
    logger: CodeDataLogger,
}

impl Cdl {
    /// Opens the file, if it is asked for, and reads what it is to be merged with.
    pub(super) fn open(args: &Args, cartridge: &Cartridge) -> Result<Option<Self>, Error> {
        let CdlArgs { cdl, cdl_merge, cdl_format } = &args.cdl;
        let Some(path) = cdl else { return Ok(None) };
        if args.engine == Running::Verify {
            return Err(Error::Usage("--cdl runs on the interpreter: leave out --engine verify".to_owned()));
        }
        let log = match *cdl_merge && path.exists() {
            true => {
                CodeDataLog::parse(cartridge, &files::read(path)?).map_err(|problem| Error::file(path, &problem))?
            }
            false => CodeDataLog::new(cartridge),
        };
        let format = match cdl_format {
            Format::Fceux => LogFormat::Fceux,
            Format::Mesen => LogFormat::Mesen,
        };
        Ok(Some(Self { output: Output::create(path)?, format, logger: CodeDataLogger::new(log) }))
    }

    /// Runs a frame and logs it.
    pub(super) fn run_frame(&mut self, machine: &mut Machine) {
        self.logger.run_frame(machine);
    }

    /// Writes the file.
    pub(super) fn write(self) -> Result<(), Error> {
        files::write(self.output, self.logger.log().to_bytes(self.format))
    }
}
