//! Ricojit: a cycle-exact NES emulator.

pub mod clock;
pub mod frame;
pub mod input;
pub mod options;
pub mod palette;
pub mod state;
