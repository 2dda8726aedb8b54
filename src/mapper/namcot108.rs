//! The Namcot 108 family (108, 109, 118, 119, Tengen MIMIC-1): bank registers, and the boards around them.
//!
//! ```text
//!                         76543210
//! $8000 even  bank select .....NNN  N: register for bank data
//! $8001 odd   bank data   ..DDDDDD  R0, R1: 2 KiB of CHR at $0000, $0800 (in KiB, even)
//!                                   R2-R5: 1 KiB of CHR at $1000, $1400, $1800, $1C00
//!                         ....DDDD  R6, R7: 8 KiB of PRG ROM at $8000, $A000; the last two banks stay at $C000
//! ```
//!
//! The registers are at $8000-$9FFF, those of the MMC3 without its modes, RAM, mirroring and IRQ. What the chip does when
//! code in $8000-$9FFF writes to RAM (erratic register writes) is not modelled.
//! <https://www.nesdev.org/wiki/INES_Mapper_206>
//!
//! A board is a [`Wiring`]: what its CHR lines and CIRAM A10 are connected to.

use super::board::{Board, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use crate::cartridge::{Header, Mirroring};
use crate::memory::Memory;
use crate::state::{Impossible, Persist, Reader, Writer, persist};
use ricojit_interpreter::Cycle;
use std::fmt::Debug;
use std::ops::RangeInclusive;

/// The chip's addresses.
pub(super) const REGISTERS: RangeInclusive<u16> = 0x8000..=0x9FFF;

/// The chip.
#[derive(Clone, Debug)]
pub(crate) struct Namcot108 {
    select: u8,
    banks: [u8; 8],
}

impl Namcot108 {
    fn write(&mut self, addr: u16, value: u8) {
        if addr & 1 == 0 {
            self.select = value & 7;
        } else {
            self.banks[usize::from(self.select)] = value & if self.select < 6 { 0x3F } else { 0x0F };
        }
    }

    /// R0 to R5.
    pub(super) fn chr(&self) -> [i32; 6] {
        std::array::from_fn(|i| i32::from(self.banks[i]))
    }

    pub(super) fn map_prg(&self, memory: &mut Memory) {
        memory.map_prg(8, 0, self.banks[6].into());
        memory.map_prg(8, 1, self.banks[7].into());
        memory.map_prg(8, 2, -2);
        memory.map_prg(8, 3, -1);
    }

    /// CHR as most boards have it, R2 to R5 with more bits.
    pub(super) fn map_chr(&self, memory: &mut Memory, right: i32) {
        for (i, bank) in self.chr().into_iter().enumerate() {
            match i {
                0 | 1 => memory.map_chr(2, i, bank >> 1),
                _ => memory.map_chr(1, i + 2, bank | right),
            }
        }
    }
}

persist!(Namcot108 { select: within(0..=7), banks: each(0..=0x3F) });

/// What a board makes of the chip.
pub(crate) trait Wiring: Clone + Debug + Persist {
    /// As in [`Board`].
    const WRITES: Ranges;
    /// KiB of CHR.
    const CHR: usize;

    fn new(header: &Header) -> Self;
    /// A write to [`Wiring::WRITES`], for a latch of the board's own.
    fn latch(&mut self, value: u8);
    /// Maps PRG ROM and CHR, and nametables if they are not those of the header.
    fn map(&self, chip: &Namcot108, memory: &mut Memory);
}

/// A board with this chip.
#[derive(Clone, Debug)]
pub(crate) struct Namcot<W> {
    chip: Namcot108,
    wiring: W,
    mirroring: Mirroring,
}

impl<W: Wiring> Board for Namcot<W> {
    const WRITES: Ranges = W::WRITES;
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xC000..=0xFFFF;
    const LARGEST: [usize; 2] = [128, W::CHR];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(setup: &Setup) -> Self {
        // Not specified: memory in its natural order.
        let chip = Namcot108 { select: 0, banks: [0, 2, 4, 5, 6, 7, 0, 1] };
        Self { chip, wiring: W::new(setup.header), mirroring: setup.header.mirroring }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _at: Cycle) {
        if REGISTERS.contains(&addr) {
            self.chip.write(addr, value);
        }
        self.wiring.latch(value);
        self.wiring.map(&self.chip, memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        memory.set_mirroring(self.mirroring);
        map_plain_prg_ram(memory);
        self.wiring.map(&self.chip, memory);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl<W: Wiring> Persist for Namcot<W> {
    fn save(&self, to: &mut Writer<'_>) {
        self.chip.save(to);
        self.wiring.save(to);
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        self.chip.check(from)?;
        self.wiring.check(from)
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        self.chip.load(from);
        self.wiring.load(from);
    }
}

/// Sets all registers of a board with this chip.
#[cfg(test)]
pub(super) fn set(rig: &mut super::tests::Rig, banks: [u8; 8]) {
    for (register, bank) in (0..).zip(banks) {
        rig.write(0x8000, register);
        rig.write(0x9FFF, bank);
    }
}
