//! `--profile-out`: counts how often code is entered, in place of compiling it.

use crate::error::Error;
use crate::files::{self, Named, Output};
use ricojit::recompiler::EntryProfile;
use ricojit::{Machine, Options};
use std::path::PathBuf;

/// The option.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ProfileArgs {
    /// Write how often each piece of code was entered, a profile for compiling ahead of time. Nothing is compiled while
    /// entries are counted: results are the same, and times are those of the interpreter
    #[arg(long, value_name = "FILE")]
    profile_out: Option<PathBuf>,
}

impl ProfileArgs {
    /// The file with the name of its option, if there is one.
    pub(crate) fn named(&self) -> Option<Named<'_>> {
        self.profile_out.as_deref().map(|path| ("--profile-out", path))
    }

    /// The options of a machine that counts, if the file is asked for.
    pub(crate) fn options(&self, options: Options) -> Options {
        let jit = options.jit.count_entries(self.profile_out.is_some());
        options.jit(jit)
    }

    /// Opens the file. `recompiler` says whether the machines have a recompiler, which counts.
    pub(crate) fn open(&self, recompiler: bool) -> Result<Profiling, Error> {
        if self.profile_out.is_some() && !recompiler {
            return Err(Error::Usage("--profile-out needs the engine `jit` or `aot`, which counts entries".to_owned()));
        }
        let output = self.profile_out.as_deref().map(Output::create).transpose()?;
        Ok(Profiling { output, profile: EntryProfile::default() })
    }
}

/// A profile that is written when all machines have run.
pub(crate) struct Profiling {
    output: Option<Output>,
    profile: EntryProfile,
}

impl Profiling {
    /// Whether the file is asked for.
    pub(crate) fn is_on(&self) -> bool {
        self.output.is_some()
    }

    /// Adds what the machine, and all machines that share its code, have counted.
    pub(crate) fn add_machine(&mut self, machine: &Machine) {
        if let Some(recompiler) = machine.recompiler().filter(|_| self.is_on()) {
            self.add(&recompiler.entry_profile());
        }
    }

    /// Adds a profile.
    pub(crate) fn add(&mut self, profile: &EntryProfile) {
        self.profile.merge(profile);
    }

    /// Writes the file.
    pub(crate) fn write(self) -> Result<(), Error> {
        self.output.map_or(Ok(()), |output| files::write(output, self.profile.to_string()))
    }
}
