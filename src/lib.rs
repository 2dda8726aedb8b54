//! Ricojit: a cycle-exact NES emulator.

pub mod clock;
pub mod state;
