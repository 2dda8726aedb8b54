//! Whole machines: our own programs, and smallest cartridges made for one question each.

#[cfg(feature = "jit")]
#[path = "support/guests.rs"]
mod guests;
#[path = "support/programs.rs"]
mod programs;
#[path = "support/traces.rs"]
mod traces;

#[cfg(feature = "jit")]
#[path = "machine/bad_luck.rs"]
mod bad_luck;
#[cfg(feature = "jit")]
#[path = "machine/banks.rs"]
mod banks;
#[path = "machine/catch_up.rs"]
mod catch_up;
#[path = "machine/console.rs"]
mod console;
#[path = "machine/determinism.rs"]
mod determinism;
#[cfg(feature = "jit")]
#[path = "machine/engines.rs"]
mod engines;
#[path = "machine/idle.rs"]
mod idle;
#[path = "machine/interrupts.rs"]
mod interrupts;
#[cfg(feature = "jit")]
#[path = "machine/jit_life.rs"]
mod jit_life;
#[cfg(feature = "jit")]
#[path = "machine/polls.rs"]
mod polls;
#[cfg(feature = "jit")]
#[path = "machine/random_roms.rs"]
mod random_roms;
