//! For tests of the machine itself: switches that must not change a result, two engines in lockstep, and a check of boards.

pub mod verify;

use crate::cartridge::Cartridge;
pub use crate::console::CatchUps;
use crate::machine::MachineError;
use crate::mapper::Mapper;
use crate::memory::Memory;
use crate::options::RamPattern;
pub use crate::ppu::POWER_ON_ALIGNMENT;

/// When the CPU asks about events. Results must not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeadlineMode {
    /// The earliest moment at which anything can happen.
    #[default]
    Real,
    /// Always "now": every chip catches up on every cycle, and the PPU does every dot by itself.
    Now,
    /// The real deadline, shortened by a seeded random amount.
    Random(u64),
}

/// Switches for tests. All but the alignment must not change a result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestSwitches {
    /// When the CPU asks about events.
    pub deadline: DeadlineMode,
    /// The PPU never does whole lines at once.
    pub exact_ppu: bool,
    /// The power-on alignment: dots that the PPU is ahead of the CPU. 3 more or less exchange get and put cycles.
    pub alignment: u16,
    /// Bytes of memory for compiled code; 0 as on a host that gives none, `None` for the JIT's own.
    pub code_bytes: Option<usize>,
}

impl TestSwitches {
    /// No switch is thrown.
    pub const fn new() -> Self {
        Self { deadline: DeadlineMode::Real, exact_ppu: false, alignment: POWER_ON_ALIGNMENT, code_bytes: None }
    }

    /// Sets [`TestSwitches::deadline`].
    #[must_use]
    pub fn deadline(self, deadline: DeadlineMode) -> Self {
        Self { deadline, ..self }
    }

    /// Sets [`TestSwitches::exact_ppu`].
    #[must_use]
    pub fn exact_ppu(self, exact_ppu: bool) -> Self {
        Self { exact_ppu, ..self }
    }

    /// Sets [`TestSwitches::alignment`].
    #[must_use]
    pub fn alignment(self, dots: u16) -> Self {
        Self { alignment: dots, ..self }
    }

    /// Sets [`TestSwitches::code_bytes`].
    #[must_use]
    pub fn code_bytes(self, bytes: impl Into<Option<usize>>) -> Self {
        Self { code_bytes: bytes.into(), ..self }
    }
}

impl Default for TestSwitches {
    fn default() -> Self {
        Self::new()
    }
}

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
    let mut mapper = Mapper::new(cartridge, None).ok_or_else(|| MachineError::unsupported_board(cartridge))?;
    let mut memory = Memory::new(cartridge, RamPattern::Seeded(1));
    mapper.update_banks(&mut memory);
    for step in 0..64_u16 {
        let addr = 0x6000 + step.wrapping_mul(0x2465) % 0xA000;
        mapper.write(&mut memory, addr, (step * 37) as u8, u64::from(step) * 7);
        for addr in (0x4000..=0xFFFF).step_by(0x1FF) {
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
