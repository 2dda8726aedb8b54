//! Ricojit: a cycle-exact NES emulator.

pub mod apu;
pub mod clock;
pub mod state;
