//! Ricojit: a cycle-exact NES emulator.

pub mod cartridge;
pub mod clock;
pub mod mapper;
pub mod memory;
pub mod state;
