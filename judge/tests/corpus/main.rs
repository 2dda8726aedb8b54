//! The corpus of test ROMs on every engine: verdicts, pictures, samples and states.
//!
//! ```text
//! roms       every ROM of ../shared/roms and ../shared/roms2: its verdict, and equal digests in other configurations
//! judges     our judges for ROMs that the manifests leave to the eye
//! alignments the verdicts with every alignment of CPU and PPU (docs/alignments.md)
//! baseline   digests of states, pictures and samples of ../shared/roms and ../shared/roms2, committed in tests/data
//! states     saved states go on, on other engines
//! lines      games on the exact path and on the batch path of the PPU
//! tetanes    the 157 ROMs in the package `tetanes-core`, which Cargo downloads
//! ```
//!
//! The environment variable `RICOJIT_ROMS` names another folder than `../shared/roms`; `roms2` is beside it. If one of the two is
//! missing, its trials are ignored, or fail if the variable `CI` is set. A ROM of a format or a board that is not supported is
//! ignored, with the reason in its name. `RICOJIT_TEST_ALL=1` runs every ROM to its end and in every configuration.

#[path = "../../../tests/support/environment.rs"]
mod environment;

mod alignments;
mod baseline;
#[cfg(feature = "jit")]
mod engines;
mod judges;
mod lines;
mod pictures;
#[path = "../../../src/random.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod random;
mod roms;
mod states;
mod tetanes;
mod trials;

use libtest_mimic::Arguments;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // The longest first, so that all threads are busy until the end.
    let trials = [lines::trials(), baseline::trials(), states::trials(), roms::trials(), tetanes::trials()];
    libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit_code()
}
