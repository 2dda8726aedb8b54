//! Native code does exactly what the interpreter does: every access to memory that is not plain, its cycle and the byte
//! on the data bus, registers, flags, memory and the clock are compared, at every end of a run.
//!
//! ```text
//! bus          the machine around the CPU       fuzz         random programs
//! compare      both engines on equal machines   sweep        a disturbance in every cycle
//! program      random programs                  vectors      the single-step vectors
//! coverage     every opcode, natively           alu          every operand
//! regressions  bugs that were found             clif         the translator's output, as text
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
