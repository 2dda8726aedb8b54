//! Ricojit: a cycle-exact NES emulator.

pub mod apu;
pub mod cartridge;
pub mod clock;
pub mod console;
pub mod digest;
pub mod dma;
pub mod frame;
pub mod input;
pub mod judge;
pub mod machine;
pub mod mapper;
pub mod memory;
pub mod options;
pub mod palette;
pub mod ppu;
pub mod scheduler;
pub mod state;
