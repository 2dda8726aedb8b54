//! The interpreter against recorded runs.
//!
//! ```text
//! nestest      the log of one program
//! single_step  500 cases of every opcode
//! ```

#[path = "../support/cases.rs"]
mod cases;
#[path = "../support/corpus.rs"]
mod corpus;
mod nestest;
mod single_step;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut trials = nestest::trials();
    trials.extend(single_step::trials());
    corpus::run(trials)
}
