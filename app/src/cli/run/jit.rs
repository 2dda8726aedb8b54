//! Files of the recompiler: the log of what was compiled, to be written or replayed, and the map for `perf`.

use super::Args;
use crate::cli::rom::Rom;
use crate::error::Error;
use crate::files::{self, Output};
use ricojit::{CodeStore, Machine};
use std::path::PathBuf;

/// The options of `run` for these files.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "JIT files")]
pub(super) struct JitArgs {
    /// Write a log of what was compiled, in order, even if the run finds a difference
    #[arg(long, value_name = "FILE")]
    jit_log: Option<PathBuf>,

    /// Run exactly the code of such a log natively; compile nothing else
    #[arg(long, value_name = "FILE")]
    jit_replay: Option<PathBuf>,

    /// Write /tmp/perf-PID.map, which gives `perf report` names for compiled code
    #[arg(long)]
    perf_map: bool,
}

impl JitArgs {
    /// Whether there is a log, which is of a run that begins with nothing or with a named image.
    pub(super) fn is_on(&self) -> bool {
        self.jit_log.is_some() || self.jit_replay.is_some()
    }

    /// `--jit-log`.
    pub(super) fn log_path(&self) -> Option<&PathBuf> {
        self.jit_log.as_ref()
    }

    /// The ROM with exactly the code of `--jit-replay`, if it is given.
    pub(super) fn replay(&self, rom: Rom) -> Result<Rom, Error> {
        let Some(path) = &self.jit_replay else { return Ok(rom) };
        let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
        let code = CodeStore::replay(&rom.cartridge, &text, rom.code().image());
        let code = code.map_err(|problem| Error::file(path, &problem))?;
        Ok(rom.with_code(code))
    }

    /// `--jit-replay`.
    pub(super) fn replay_path(&self) -> Option<&PathBuf> {
        self.jit_replay.as_ref()
    }
}

/// Files to write when the run is over.
pub(super) struct JitFiles {
    log: Option<Output>,
    perf_map: bool,
}

impl JitFiles {
    /// Opens the files to write.
    pub(super) fn open(args: &Args) -> Result<Self, Error> {
        let JitArgs { jit_log, jit_replay, perf_map } = &args.jit;
        let asked = jit_log.is_some() || jit_replay.is_some() || *perf_map;
        if asked && !super::has_recompiler(args) {
            return Err(Error::Usage(
                "--jit-log, --jit-replay and --perf-map need the engine `jit` or `aot`".to_owned(),
            ));
        }
        Ok(Self { log: jit_log.as_deref().map(Output::create).transpose()?, perf_map: *perf_map })
    }

    /// Writes the files.
    pub(super) fn write(self, machine: &Machine) -> Result<(), Error> {
        if let Some(output) = self.log {
            files::write(output, machine.recompiler().map(|recompiler| recompiler.log()).unwrap_or_default())?;
        }
        if self.perf_map {
            // perf looks for this name while the program runs: no temporary file.
            let path = PathBuf::from(format!("/tmp/perf-{}.map", std::process::id()));
            std::fs::write(&path, machine.recompiler().map(|recompiler| recompiler.perf_map()).unwrap_or_default())
                .map_err(|source| Error::write(&path, source))?;
        }
        Ok(())
    }
}
