//! For tests of the machine itself: switches that must not change a result, two engines in lockstep, and a check of boards.

pub(crate) mod faults;
pub(crate) mod switches;
pub mod verify;

use crate::cartridge::Cartridge;
pub use crate::clock::POWER_ON_LEAD;
pub use crate::console::CatchUps;
use crate::machine::MachineError;
use crate::mapper::Mapper;
use crate::memory::Memory;
use crate::options::RamPattern;
pub use faults::{Fault, Stuck};
pub use switches::{DeadlineMode, TestSwitches};

/// Writes all over a board's register space and, after each write, reads everything that it maps.
///
/// # Errors
///
/// [`MachineError::UnsupportedBoard`] if the board is not supported.
///
/// # Panics
///
/// If an access panics, or if a byte that the board claims to be ROM is not the ROM's.
pub fn exercise_board(cartridge: &Cartridge) -> Result<(), MachineError> {
    let mut mapper = Mapper::new(cartridge, None, None).ok_or_else(|| MachineError::unsupported_board(cartridge))?;
    let mut memory = Memory::new(cartridge, RamPattern::Seeded(1));
    mapper.connect(&mut memory);
    for step in 0..64_u16 {
        let addr = 0x4020 + step.wrapping_mul(0x2465) % 0xBFE0;
        mapper.write(&mut memory, addr, (step * 37) as u8, u64::from(step) * 7);
        memory.take_change();
        memory.commit();
        for addr in (0x4020..=0xFFFF).step_by(0x1FF) {
            mapper.read(&mut memory, addr, u64::from(step) * 7);
            let byte = memory.read_prg(addr);
            if let Some(offset) = memory.prg_offset(addr) {
                assert_eq!(byte, Some(cartridge.prg_rom[offset as usize]));
            }
        }
        for addr in (0x0000..0x3F00).step_by(0xFF) {
            memory.write_ppu(addr, memory.read_ppu(addr));
        }
    }
    Ok(())
}
