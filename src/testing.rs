//! For tests of the machine itself: switches that must not change a result, two engines in lockstep, and a check of boards.

pub(crate) mod faults;
pub(crate) mod switches;
pub mod verify;

use crate::cartridge::Cartridge;
pub use crate::clock::POWER_ON_LEAD;
pub use crate::console::CatchUps;
use crate::machine::MachineError;
use crate::mapper::{Mapper, Wired};
use crate::memory::Memory;
use crate::options::RamPattern;
use crate::random::Random;
pub use faults::{Fault, Stuck};
pub use switches::{DeadlineMode, TestSwitches};

/// Whether a fault of a board can be noticed: random accesses to its registers make a difference.
///
/// # Errors
///
/// [`MachineError::UnsupportedBoard`] if the board is not supported.
pub fn fault_shows(cartridge: &Cartridge, fault: Fault) -> Result<bool, MachineError> {
    let mut boards = [None, Some(fault)].into_iter().map(|fault| {
        let mapper = Mapper::new(cartridge, None, fault).ok_or_else(|| MachineError::unsupported_board(cartridge))?;
        let mut memory = Memory::new(cartridge, RamPattern::Seeded(1));
        mapper.connect(&mut memory);
        Ok((mapper, memory))
    });
    let (Some(sound), Some(faulty)) = (boards.next(), boards.next()) else { return Ok(false) };
    let mut boards = [sound?, faulty?];
    let mut random = Random::new(1);
    let mut at = 0;
    for _ in 0..20_000 {
        let any = random.next();
        at += 2 + any % 64;
        let (reads, writes) = boards[0].0.registers();
        let pick = |ranges: &[std::ops::RangeInclusive<u16>], any: u64| {
            let range = ranges.get((any >> 8) as usize % ranges.len().max(1));
            range.map(|range| range.start() + ((any >> 16) % (u64::from(range.end() - range.start()) + 1)) as u16)
        };
        let value = if any.is_multiple_of(16) { (any >> 40) as u8 } else { (any >> 40) as u8 & 0x7F };
        let seen = boards.each_mut().map(|(mapper, memory)| {
            if let Some(addr) = pick(writes, any >> 4) {
                mapper.write(memory, addr, value, at);
            }
            memory.take_change();
            memory.commit();
            mapper.run_until(at + 1);
            let ram = [0x6000, 0x7000].map(|addr| (memory.write_prg_ram(addr, value), memory.read_prg(addr)).1);
            let read = pick(reads, any >> 4).map(|addr| mapper.read(memory, addr, at + 1));
            (*memory.tables(), ram, read, mapper.irq_at(at))
        });
        if seen[0] != seen[1] {
            return Ok(true);
        }
    }
    // What counts fetches counts none here.
    let [(mapper, _), _] = &boards;
    Ok(mapper.wired().has(Wired::PPU)
        && mapper.wired().has(Wired::IRQ)
        && matches!(fault, Fault::NoIrq | Fault::LateIrq))
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
