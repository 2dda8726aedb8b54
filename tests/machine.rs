//! Whole machines: our own programs, and smallest cartridges made for one question each.

#[path = "support/programs.rs"]
mod programs;
#[path = "support/traces.rs"]
mod traces;

#[path = "machine/catch_up.rs"]
mod catch_up;
#[path = "machine/console.rs"]
mod console;
#[path = "machine/determinism.rs"]
mod determinism;
#[path = "machine/interrupts.rs"]
mod interrupts;
#[cfg(feature = "jit")]
#[path = "machine/jit_life.rs"]
mod jit_life;
