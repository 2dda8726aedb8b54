//! Files about the recompiler's work: the order of what was compiled, written or repeated, and the map for `perf`.

use super::Args;
use crate::cli::files::{self, Output};
use crate::cli::values::Running;
use crate::error::Error;
use ricojit::machine::Machine;
use ricojit::options::EngineKind;
use std::path::{Path, PathBuf};

/// What `run` has to do with the recompiler besides running it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The JIT's work")]
pub(super) struct JitArgs {
    /// Write the order in which code was compiled, also if the run finds a difference
    #[arg(long, value_name = "FILE")]
    jit_log: Option<PathBuf>,

    /// Run exactly the code of such a log natively, and compile nothing else
    #[arg(long, value_name = "FILE")]
    jit_replay: Option<PathBuf>,

    /// Write /tmp/perf-PID.map, in which `perf report` finds names for compiled code
    #[arg(long)]
    perf_map: bool,
}

impl JitArgs {
    /// `--jit-log`.
    pub(super) fn log_path(&self) -> Option<&PathBuf> {
        self.jit_log.as_ref()
    }

    /// `--jit-replay`.
    pub(super) fn replay_path(&self) -> Option<&PathBuf> {
        self.jit_replay.as_ref()
    }
}

/// Outputs to be written when the run is over.
pub(super) struct JitFiles {
    log: Option<Output>,
    perf_map: bool,
}

impl JitFiles {
    /// Opens what is to be written, and has the machine repeat what is to be repeated.
    pub(super) fn open(args: &Args, machine: &mut Machine) -> Result<Self, Error> {
        let JitArgs { jit_log, jit_replay, perf_map } = &args.jit;
        let asked = jit_log.is_some() || jit_replay.is_some() || *perf_map;
        if asked && args.engine == Running::On(EngineKind::Interp) {
            return Err(Error::Usage("--jit-log, --jit-replay and --perf-map need the engine `jit`".to_owned()));
        }
        if let Some(path) = jit_replay {
            replay(path, machine)?;
        }
        Ok(Self { log: jit_log.as_deref().map(Output::create).transpose()?, perf_map: *perf_map })
    }

    /// Writes them.
    pub(super) fn write(self, machine: &Machine) -> Result<(), Error> {
        if let Some(output) = self.log {
            files::write(output, log(machine))?;
        }
        if self.perf_map {
            // The name that perf looks for, so not through a file with another.
            let path = PathBuf::from(format!("/tmp/perf-{}.map", std::process::id()));
            std::fs::write(&path, perf_map(machine)).map_err(|source| Error::write(&path, source))?;
        }
        Ok(())
    }
}

#[cfg(feature = "jit")]
fn replay(path: &Path, machine: &mut Machine) -> Result<(), Error> {
    let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
    machine.replay_jit(&text).map_err(|problem| Error::file(path, &problem))
}

#[cfg(feature = "jit")]
fn log(machine: &Machine) -> String {
    machine.jit_log().unwrap_or_default()
}

#[cfg(feature = "jit")]
fn perf_map(machine: &Machine) -> String {
    machine.jit_perf_map()
}

// Without the recompiler the engine is never `jit`, and `open` has refused.

#[cfg(not(feature = "jit"))]
fn replay(_: &Path, _: &mut Machine) -> Result<(), Error> {
    Ok(())
}

#[cfg(not(feature = "jit"))]
fn log(_: &Machine) -> String {
    String::new()
}

#[cfg(not(feature = "jit"))]
fn perf_map(_: &Machine) -> String {
    String::new()
}
