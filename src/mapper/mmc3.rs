//! MMC3 and MMC6: the chips, and the boards around them. TxROM and HKROM are iNES 4.
//!
//! ```text
//!                         76543210
//! $8000 even  bank select CPR..NNN  N: register for bank data
//!                                   R: PRG RAM on (MMC6)
//!                                   P: swap the windows at $8000 and $C000
//!                                   C: swap the halves of pattern space
//! $8001 odd   bank data   R0, R1: 2 KiB of CHR at $0000, $0800 (in KiB, even)
//!                         R2-R5: 1 KiB of CHR at $1000, $1400, $1800, $1C00
//!                         R6, R7: 8 KiB of PRG ROM at $8000, $A000; $C000 and $E000 have the last two banks
//! $A000 even  mirroring   .......M  0 vertical, 1 horizontal
//! $A001 odd   PRG RAM     EW......  MMC3: E: on, W: not writable
//!                         HhLl....  MMC6: read and write enables of $7200-$73FF and $7000-$71FF
//! $C000 even  IRQ latch
//! $C001 odd   IRQ reload at the next clock
//! $E000 even  IRQ off and acknowledged
//! $E001 odd   IRQ on
//! ```
//!
//! IRQ comes from a [`ScanlineCounter`]. A board is a [`Wiring`]: what the chip's lines are connected to.
//!
//! | submapper of iNES 4 | chip |
//! |---------------------|------|
//! | 0                   | MMC3, Sharp |
//! | 1                   | MMC6: 1 KiB of RAM at $7000, mirrored to $7FFF |
//! | 4                   | MMC3, NEC |
//!
//! An iNES 1 header cannot tell an MMC6, whose $A001 has other bits. So with such a header and a battery (as
//! StarTropics has) PRG RAM is always on. <https://www.nesdev.org/wiki/MMC3>, <https://www.nesdev.org/wiki/MMC6>

use super::board::{Board, CountsFetches, FetchIrq, NoReads, Ranges, SeesA12, Setup, WatchesA12, contains};
use super::irq::IrqLine;
use super::scanline::ScanlineCounter;
use crate::cartridge::{Format, Header, Mirroring};
use crate::forecast::Forecast;
use crate::memory::{Access, Memory};
use crate::options::Mmc3Revision;
use crate::state::{Impossible, Persist, Reader, Writer, persist};
use ricojit_interpreter::Cycle;
use std::fmt::Debug;
use std::ops::RangeInclusive;

/// The chip's addresses.
pub(super) const REGISTERS: RangeInclusive<u16> = 0x8000..=0xFFFF;

/// How $A001 is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RamProtect {
    Mmc3,
    Mmc6,
    /// It may be either chip.
    Ignored,
}

/// What a board makes of the chip.
pub(crate) trait Wiring: Clone + Debug + Persist {
    /// As in [`Board`]. With $6000-$7FFF if the board has a register in place of RAM.
    const WRITES: Ranges;
    /// As in [`Board`].
    #[cfg_attr(not(feature = "jit"), allow(dead_code, reason = "only code that is compiled ahead needs it"))]
    const FIXED_PRG: RangeInclusive<u16>;
    /// As in [`Board`].
    const LARGEST: [usize; 2];

    fn new(header: &Header) -> Self;
    /// A write to $6000-$7FFF, if the chip would let RAM be written; 0 if Reset was pressed. Answers whether that counts.
    fn set_outer(&mut self, value: u8) -> bool;
    /// The chip puts `bank` on PRG A13 and up, for the 8 KiB at $8000 + `slot` x $2000. -1 and -2 are the last banks.
    fn map_prg(&self, memory: &mut Memory, slot: usize, bank: i32);
    /// The chip puts `bank` on CHR A10 and up, for the `kb` KiB at `slot` x `kb` KiB; its low bit counts if that is 1.
    fn map_chr(&self, memory: &mut Memory, kb: usize, slot: usize, bank: u8);
    /// What the chip's CIRAM A10 says.
    fn map_nametables(&self, memory: &mut Memory, mirroring: Mirroring);
}

/// A board with this chip.
#[derive(Clone, Debug)]
pub(crate) struct Mmc3<W> {
    select: u8,
    banks: [u8; 8],
    mirroring: u8,
    protect: u8,
    counter: ScanlineCounter,
    wiring: W,
    ram_protect: RamProtect,
    four_screen: bool,
}

impl<W: Wiring> Board for Mmc3<W> {
    const WRITES: Ranges = W::WRITES;
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = W::FIXED_PRG;
    const LARGEST: [usize; 2] = W::LARGEST;
    const SOUND: Option<&'static str> = None;

    type Irq = FetchIrq;
    type Reads = NoReads;
    type Ppu = WatchesA12;

    fn new(setup: &Setup) -> Self {
        let header = setup.header;
        let ram_protect = match header {
            Header { mapper: 4, submapper: 1, .. } => RamProtect::Mmc6,
            Header { mapper: 4, format: Format::Ines, battery: true, .. } => RamProtect::Ignored,
            _ => RamProtect::Mmc3,
        };
        let is_nec = header.mapper == 4 && header.submapper == 4;
        let by_header = if is_nec { Mmc3Revision::Nec } else { Mmc3Revision::Sharp };
        Self {
            select: 0,
            // Not specified; memory in its natural order, and PRG RAM on, is what programs without set-up expect.
            banks: [0, 2, 4, 5, 6, 7, 0, 1],
            mirroring: u8::from(header.mirroring == Mirroring::Horizontal),
            protect: if ram_protect == RamProtect::Mmc6 { 0 } else { 0x80 },
            counter: ScanlineCounter::new(setup.mmc3.unwrap_or(by_header)),
            wiring: W::new(header),
            ram_protect,
            four_screen: header.mirroring == Mirroring::FourScreen,
        }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        match addr & 0xE001 {
            ..0x8000 => {
                if self.protect & 0xC0 == 0x80 {
                    self.set_outer(memory, value);
                }
            }
            0x8000 => self.set_select(memory, value),
            0x8001 => self.set_bank(memory, value),
            0xA000 => {
                self.mirroring = value & 1;
                self.update_mirroring(memory);
            }
            0xA001 => self.set_protect(memory, value),
            0xC000 => self.counter.set_latch(value),
            0xC001 => self.counter.reload(),
            0xE000 => self.counter.disable(at),
            _ => self.counter.enable(),
        }
    }

    fn update_banks(&self, memory: &mut Memory) {
        self.update_prg(memory);
        self.update_chr(memory);
        self.update_ram(memory);
        self.update_mirroring(memory);
    }

    fn reset(&mut self, memory: &mut Memory) {
        self.set_outer(memory, 0);
    }
}

impl<W: Wiring> CountsFetches for Mmc3<W> {
    #[inline]
    fn irq_line(&self) -> &IrqLine {
        &self.counter.line
    }

    fn next_irq(&self, now: Cycle, forecast: &Forecast) -> Cycle {
        self.counter.line.since().unwrap_or_else(|| self.counter.next_hit(now, forecast))
    }
}

impl<W: Wiring> SeesA12 for Mmc3<W> {
    /// The counter must have seen all rises so far.
    #[inline]
    fn needs_ppu(&self, addr: u16, _value: u8) -> bool {
        addr >= 0xC000
    }

    #[inline]
    fn scanline_counter(&self) -> &ScanlineCounter {
        &self.counter
    }

    #[inline]
    fn scanline_counter_mut(&mut self) -> &mut ScanlineCounter {
        &mut self.counter
    }
}

impl<W: Wiring> Mmc3<W> {
    fn set_outer(&mut self, memory: &mut Memory, value: u8) {
        if self.wiring.set_outer(value) {
            self.update_prg(memory);
            self.update_chr(memory);
        }
    }

    fn set_select(&mut self, memory: &mut Memory, value: u8) {
        let changed = std::mem::replace(&mut self.select, value) ^ value;
        if changed & 0x80 != 0 {
            self.update_chr(memory);
        }
        if changed & 0x40 != 0 {
            self.update_prg(memory);
        }
        if changed & 0x20 != 0 && self.ram_protect == RamProtect::Mmc6 {
            // While RAM is off, the enables are held at 0.
            self.protect = 0;
            self.update_ram(memory);
        }
    }

    fn set_bank(&mut self, memory: &mut Memory, value: u8) {
        let register = self.select & 7;
        let changed = std::mem::replace(&mut self.banks[usize::from(register)], value) != value;
        match register {
            _ if !changed => {}
            0..6 => self.update_chr(memory),
            // Only this window moves.
            6 => self.wiring.map_prg(memory, usize::from(self.select >> 5 & 2), value.into()),
            _ => self.wiring.map_prg(memory, 1, value.into()),
        }
    }

    fn set_protect(&mut self, memory: &mut Memory, value: u8) {
        if self.ram_protect != RamProtect::Mmc6 || self.select & 0x20 != 0 {
            self.protect = value;
            self.update_ram(memory);
        }
    }

    fn update_prg(&self, memory: &mut Memory) {
        let [.., r6, r7] = self.banks.map(i32::from);
        let (low, high) = if self.select & 0x40 == 0 { (r6, -2) } else { (-2, r6) };
        for (slot, bank) in [low, r7, high, -1].into_iter().enumerate() {
            self.wiring.map_prg(memory, slot, bank);
        }
    }

    fn update_chr(&self, memory: &mut Memory) {
        let banks = self.banks;
        let (wide, narrow) = if self.select & 0x80 == 0 { (0, 4) } else { (2, 0) };
        for (i, bank) in banks[..2].iter().enumerate() {
            self.wiring.map_chr(memory, 2, wide + i, *bank);
        }
        for (i, bank) in banks[2..6].iter().enumerate() {
            self.wiring.map_chr(memory, 1, narrow + i, *bank);
        }
    }

    fn update_ram(&self, memory: &mut Memory) {
        match self.ram_protect {
            _ if contains(W::WRITES, 0x6000) => {}
            RamProtect::Ignored => memory.map_prg_ram(0, Access::ReadWrite),
            RamProtect::Mmc3 => memory.map_prg_ram(
                0,
                match self.protect & 0xC0 {
                    0x80 => Access::ReadWrite,
                    0xC0 => Access::Read,
                    _ => Access::None,
                },
            ),
            RamProtect::Mmc6 => self.update_mmc6_ram(memory),
        }
    }

    fn update_mmc6_ram(&self, memory: &mut Memory) {
        // One half that cannot be read reads as zeros if the other one can. Writing needs reading.
        let half = |bits: u8| match bits & 3 {
            2 => Access::Read,
            3 => Access::ReadWrite,
            _ if self.protect & 0xA0 != 0 => Access::Zeros,
            _ => Access::None,
        };
        for slot in 0..8 {
            memory.map_prg_ram_page(slot, 0, Access::None);
        }
        for slot in 8..16 {
            memory.map_prg_ram_page(slot, slot & 1, half(self.protect >> if slot & 1 == 0 { 4 } else { 6 }));
        }
    }

    fn update_mirroring(&self, memory: &mut Memory) {
        let mirroring = match self.mirroring {
            _ if self.four_screen => Mirroring::FourScreen,
            0 => Mirroring::Vertical,
            _ => Mirroring::Horizontal,
        };
        self.wiring.map_nametables(memory, mirroring);
    }
}

impl<W: Wiring> Persist for Mmc3<W> {
    fn save(&self, to: &mut Writer<'_>) {
        self.select.save(to);
        self.banks.save(to);
        self.mirroring.save(to);
        self.protect.save(to);
        self.counter.save(to);
        self.wiring.save(to);
    }

    fn check(&self, from: &mut Reader<'_>) -> Result<(), Impossible> {
        self.select.check(from)?;
        self.banks.check(from)?;
        self.mirroring.check(from)?;
        self.protect.check(from)?;
        self.counter.check(from)?;
        self.wiring.check(from)
    }

    fn load(&mut self, from: &mut Reader<'_>) {
        self.select.load(from);
        self.banks.load(from);
        self.mirroring.load(from);
        self.protect.load(from);
        self.counter.load(from);
        self.wiring.load(from);
    }
}

/// TxROM and HKROM: all lines go where their names say.
#[derive(Clone, Debug)]
pub(crate) struct Plain;

/// The boards of iNES 4.
pub(crate) type Txrom = Mmc3<Plain>;

impl Wiring for Plain {
    const WRITES: Ranges = &[REGISTERS];
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [512, 256];

    fn new(_: &Header) -> Self {
        Self
    }

    fn set_outer(&mut self, _: u8) -> bool {
        false
    }

    fn map_prg(&self, memory: &mut Memory, slot: usize, bank: i32) {
        memory.map_prg(8, slot, bank);
    }

    fn map_chr(&self, memory: &mut Memory, kb: usize, slot: usize, bank: u8) {
        memory.map_chr(kb, slot, i32::from(bank) / kb as i32);
    }

    fn map_nametables(&self, memory: &mut Memory, mirroring: Mirroring) {
        memory.set_mirroring(mirroring);
    }
}

persist!(Plain {});

/// Sets a bank register of a board with this chip.
#[cfg(test)]
pub(super) fn set(rig: &mut super::tests::Rig, register: u8, value: u8) {
    rig.write(0x8000, register);
    rig.write(0x8001, value);
}

#[cfg(test)]
mod tests {
    use super::set;
    use crate::mapper::tests::{Change, Rig};

    #[test]
    fn prg_and_chr_maps() {
        let mut rig = Rig::new(4, 0, 256, 256, [7, 0]);
        for (i, value) in [20, 31, 40, 41, 42, 43, 5, 6].into_iter().enumerate() {
            set(&mut rig, i as u8, value);
        }
        assert_eq!(rig.prg(), [10, 12, 60, 62]);
        assert_eq!(rig.chr(), [20, 21, 30, 31, 40, 41, 42, 43], "the low bit of R1 is ignored");
        assert_eq!(rig.write(0x8000, 0x40), Change::PRG);
        assert_eq!(rig.prg(), [60, 12, 10, 62]);
        assert_eq!(rig.write(0x9FFE, 0xC0), Change::CHR);
        assert_eq!(rig.chr(), [40, 41, 42, 43, 20, 21, 30, 31]);
    }

    #[test]
    fn mirroring_is_switched_unless_there_are_four() {
        let mut rig = Rig::new(4, 0, 128, 128, [7, 0]);
        assert_eq!(rig.nametables(), [0, 0, 1, 1]);
        assert_eq!(rig.write(0xA000, 0), Change::NAMETABLES);
        assert_eq!(rig.nametables(), [0, 1, 0, 1]);
        let mut file = vec![0; 16 + 0x8000];
        file[..8].copy_from_slice(b"NES\x1A\x02\x00\x48\x08");
        let mut rig = Rig::of(&file);
        assert_eq!(rig.write(0xA000, 0), Change::NONE);
        assert_eq!(rig.nametables(), [0, 1, 2, 3]);
    }

    #[test]
    fn prg_ram_can_be_protected_and_disabled() {
        let mut rig = Rig::new(4, 0, 128, 128, [7, 0]);
        rig.write(0x6000, 1);
        rig.write(0xA001, 0xC0);
        rig.write(0x6000, 2);
        assert_eq!(rig.memory.read_prg(0x6000), Some(1));
        rig.write(0xA001, 0x00);
        assert_eq!(rig.memory.read_prg(0x6000), None);
    }

    #[test]
    fn mmc6_ram_has_two_halves() {
        let mut rig = Rig::new(4, 1, 128, 128, [0x40, 0]);
        let read = |rig: &Rig| [0x6000, 0x7000, 0x7200, 0x7C00].map(|addr| rig.memory.read_prg(addr));
        rig.write(0xA001, 0xF0);
        assert_eq!(read(&rig), [None; 4], "off by $8000");
        rig.write(0x8000, 0x20);
        rig.write(0xA001, 0xF0);
        rig.write(0x7000, 1);
        rig.write(0x7200, 2);
        assert_eq!(read(&rig), [None, Some(1), Some(2), Some(1)]);
        rig.write(0xA001, 0x20);
        rig.write(0x7000, 9);
        assert_eq!(read(&rig), [None, Some(1), Some(0), Some(1)], "low half read-only, high half off");
        rig.write(0xA001, 0x50);
        assert_eq!(read(&rig), [None; 4]);
        rig.write(0x7200, 9);
        rig.write(0xA001, 0xF0);
        assert_eq!(read(&rig)[2], Some(2), "write enable alone does not write");
        rig.write(0x8000, 0x00);
        rig.write(0x8000, 0x20);
        assert_eq!(read(&rig), [None; 4], "turning RAM off clears the enables");
    }

    #[test]
    fn an_ines_1_header_with_a_battery_may_mean_mmc6() {
        for (flags, seen) in [(0x42, Some(0)), (0x40, None)] {
            let mut file = vec![0; 16 + 0x8000];
            file[..7].copy_from_slice(&[b'N', b'E', b'S', 0x1A, 2, 0, flags]);
            let mut rig = Rig::of(&file);
            rig.write(0xA001, 0x30);
            assert_eq!(rig.memory.read_prg(0x7000), seen);
        }
    }
}
