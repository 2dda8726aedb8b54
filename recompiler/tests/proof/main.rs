//! Proof that native code cannot be told from the interpreter: every access to memory that is not plain, its cycle and
//! the byte on the data bus, registers, flags, memory and the clock, at every end of a run.
//!
//! ```text
//! bus      the machine around the CPU        program  random programs         compare  both engines side by side
//! fuzz     random programs                   sweep    a disturbance in every cycle
//! vectors  the single-step vectors           alu      every operand           coverage every opcode, natively
//! regressions  what was found once  clif   what the translator writes, as text
//! ```

mod alu;
mod bus;
#[path = "../../../interpreter/tests/support/cases.rs"]
mod cases;
mod clif;
mod compare;
#[path = "../../../interpreter/tests/support/corpus.rs"]
mod corpus;
mod coverage;
mod fuzz;
mod program;
#[path = "../../../src/random.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod random;
mod regressions;
mod sweep;
mod vectors;

use cases::{FILE, groups};
use std::process::ExitCode;

fn main() -> ExitCode {
    let groups_of_tests =
        [regressions::trials(), coverage::trials(), clif::trials(), sweep::trials(), alu::trials(), fuzz::trials()];
    let mut trials: Vec<_> = groups_of_tests.into_iter().flatten().collect();
    match corpus::find(FILE, "RICOJIT_VECTORS") {
        Some(path) => trials.extend(vectors::trials(groups(&path))),
        None => trials.push(corpus::missing("vectors", FILE)),
    }
    corpus::run(trials)
}
