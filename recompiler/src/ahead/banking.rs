//! What a board can map where: all that can be known of the map without running the program.
//!
//! ```text
//!            $8000     $A000     $C000     $E000
//! UNROM     │ any 16 KiB bank   │ the last bank     │
//! MMC3      │ any 8 KiB│ any 8 KiB│ any     │ the last│
//! ```

use crate::bus::CodeBus;
use crate::key::{CHUNK, Key};
use crate::rom::Rom;

/// CPU addresses that PRG ROM can be mapped to.
const FIRST: u16 = 0x8000;
const CHUNKS: usize = 0x8000 / CHUNK;

/// What a board can map where.
#[derive(Clone, Debug)]
pub struct Banking {
    /// The offset in PRG ROM of each chunk from $8000 on, at power-on.
    at_power_on: [Option<u32>; CHUNKS],
    /// Whether the board never maps it otherwise.
    is_fixed: [bool; CHUNKS],
}

impl Banking {
    /// For a bus that is mapped as at power-on. `is_fixed` says of a CPU address whether the board never maps anything
    /// else there.
    pub fn new<B: CodeBus>(bus: &B, is_fixed: impl Fn(u16) -> bool) -> Self {
        let address = |chunk: usize| FIRST + (chunk * CHUNK) as u16;
        Self {
            at_power_on: std::array::from_fn(|chunk| bus.rom_offset(address(chunk))),
            is_fixed: std::array::from_fn(|chunk| is_fixed(address(chunk))),
        }
    }

    /// The offset of an address at power-on.
    fn offset_at_power_on(&self, addr: u16) -> Option<u32> {
        let addr = usize::from(addr.checked_sub(FIRST)?);
        Some(self.at_power_on[addr / CHUNK]? + (addr % CHUNK) as u32)
    }

    /// The key of an address as it is mapped at power-on.
    pub(super) fn key_at_power_on(&self, rom: &Rom, pc: u16) -> Option<Key> {
        rom.key_in(|addr| self.offset_at_power_on(addr), pc)
    }

    /// Whether the map at an address never changes.
    pub(super) fn is_fixed(&self, pc: u16) -> bool {
        pc.checked_sub(FIRST).is_some_and(|addr| self.is_fixed[usize::from(addr) / CHUNK])
    }

    /// The keys that `pc` has with each bank of PRG ROM mapped there; with a fixed map, the only one. What is not ROM in
    /// the unit at power-on is taken to be none with other banks either.
    pub(super) fn keys(&self, rom: &Rom, pc: u16) -> Vec<Key> {
        let Some(key) = self.key_at_power_on(rom, pc) else { return Vec::new() };
        if self.is_fixed(pc) || rom.bytes().len() <= rom.unit() {
            return vec![key];
        }
        let place = u32::from(pc) & (rom.unit() as u32 - 1);
        let banks = 0..(rom.bytes().len() / rom.unit()) as u32;
        banks.map(|bank| Key { offset: bank * rom.unit() as u32 + place, ..key }).collect()
    }
}
