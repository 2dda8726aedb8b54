//! Ricojit: a cycle-exact NES emulator.

pub mod cartridge;
pub mod clock;
pub mod frame;
pub mod input;
pub mod mapper;
pub mod memory;
pub mod options;
pub mod palette;
pub mod ppu;
pub mod state;
