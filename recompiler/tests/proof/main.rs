//! Proof that native code cannot be told from the interpreter: every access to memory that is not plain, its cycle and
//! the byte on the data bus, registers, flags, memory and the clock, at every end of a run.
//!
//! ```text
//! bus      the machine around the CPU        program  random programs         compare  both engines side by side
//! fuzz     random programs                   sweep    a disturbance in every cycle
//! vectors  the single-step vectors           alu      every operand           coverage every opcode, natively
//! ```

mod bus;
mod compare;
mod fuzz;
mod program;

use libtest_mimic::Arguments;
use std::process::ExitCode;

fn main() -> ExitCode {
    let trials = fuzz::trials();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
