//! The corpus of test ROMs on every engine: verdicts, pictures, samples and states.
//!
//! ```text
//! roms       every ROM of ../shared/roms: its verdict, then the same run in other ways with equal digests
//! baseline   digests of states, pictures and samples of ../shared/roms and ../shared/roms2, committed in tests/data
//! lines      games on the PPU's exact path and on its path of whole lines
//! tetanes    the 157 ROMs in the package of `tetanes-core`, which Cargo downloads
//! ```
//!
//! Another folder than `../shared/roms` can be named by the environment variable `RICOJIT_ROMS`. Where the corpus is
//! missing its trials are ignored; if the variable `CI` is set, that is a failure. `RICOJIT_TEST_ALL=1` runs every ROM
//! to its end and in every way.

#[path = "../../../tests/support/environment.rs"]
mod environment;

mod baseline;
#[cfg(feature = "jit")]
mod engines;
mod lines;
mod pictures;
mod roms;
mod tetanes;
mod trials;

use libtest_mimic::Arguments;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // The longest first, so that no thread is left alone with one at the end.
    let trials = [lines::trials(), baseline::trials(), roms::trials(), tetanes::trials()];
    libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit_code()
}
