//! MMC3 and MMC6: iNES 4 (TxROM and HKROM boards).
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
//! The counter's clock is a rise of PPU A12 (see [`super::a12`]): at 0, or if a reload was asked for, it takes the latch,
//! otherwise it counts down. IRQ follows when it is 0, depending on the revision ([`Mmc3Revision`]).
//!
//! | submapper | chip |
//! |-----------|------|
//! | 0         | MMC3, Sharp |
//! | 1         | MMC6: 1 KiB of RAM at $7000, mirrored to $7FFF |
//! | 4         | MMC3, NEC |
//!
//! An iNES 1 header cannot tell an MMC6, whose $A001 has other bits. So with such a header and a battery (as
//! StarTropics has) PRG RAM is always on. <https://www.nesdev.org/wiki/MMC3>, <https://www.nesdev.org/wiki/MMC6>

use super::a12::A12;
use super::board::{Board, CountsFetches, FetchIrq, NoReads, Ranges, SeesA12, Setup, WatchesA12};
use super::irq::IrqLine;
use crate::cartridge::{Format, Header, Mirroring};
use crate::clock::NEVER;
use crate::forecast::Forecast;
use crate::memory::{Access, Memory};
use crate::options::Mmc3Revision;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// How $A001 is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RamProtect {
    Mmc3,
    Mmc6,
    /// It may be either chip.
    Ignored,
}

/// The board with the scanline counter.
#[derive(Clone, Debug)]
pub(crate) struct Mmc3 {
    select: u8,
    banks: [u8; 8],
    mirroring: u8,
    protect: u8,
    latch: u8,
    counter: u8,
    reload: bool,
    enabled: bool,
    line: IrqLine,
    a12: A12,
    ram_protect: RamProtect,
    revision: Mmc3Revision,
    four_screen: bool,
}

impl Board for Mmc3 {
    const WRITES: Ranges = &[0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = 0xE000..=0xFFFF;
    const LARGEST: [usize; 2] = [512, 256];
    const SOUND: Option<&'static str> = None;

    type Irq = FetchIrq;
    type Reads = NoReads;
    type Ppu = WatchesA12;

    fn new(setup: &Setup) -> Self {
        let header = setup.header;
        let ram_protect = match header {
            Header { submapper: 1, .. } => RamProtect::Mmc6,
            Header { format: Format::Ines, battery: true, .. } => RamProtect::Ignored,
            _ => RamProtect::Mmc3,
        };
        let by_header = if header.submapper == 4 { Mmc3Revision::Nec } else { Mmc3Revision::Sharp };
        Self {
            select: 0,
            // Not specified; memory in its natural order, and PRG RAM on, is what programs without set-up expect.
            banks: [0, 2, 4, 5, 6, 7, 0, 1],
            mirroring: u8::from(header.mirroring == Mirroring::Horizontal),
            protect: if ram_protect == RamProtect::Mmc6 { 0 } else { 0x80 },
            latch: 0,
            counter: 0,
            reload: false,
            enabled: false,
            line: IrqLine::default(),
            a12: A12::default(),
            ram_protect,
            revision: setup.mmc3.unwrap_or(by_header),
            four_screen: header.mirroring == Mirroring::FourScreen,
        }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        match addr & 0xE001 {
            0x8000 => self.set_select(memory, value),
            0x8001 => self.set_bank(memory, value),
            0xA000 => {
                self.mirroring = value & 1;
                self.update_mirroring(memory);
            }
            0xA001 => self.set_protect(memory, value),
            0xC000 => self.latch = value,
            0xC001 => {
                self.counter = 0;
                self.reload = true;
            }
            0xE000 => {
                self.enabled = false;
                self.line.release(at);
            }
            _ => self.enabled = true,
        }
    }

    fn update_banks(&self, memory: &mut Memory) {
        self.update_prg(memory);
        self.update_chr(memory);
        self.update_ram(memory);
        self.update_mirroring(memory);
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl CountsFetches for Mmc3 {
    #[inline]
    fn irq_line(&self) -> &IrqLine {
        &self.line
    }

    fn next_irq(&self, now: Cycle, forecast: &Forecast) -> Cycle {
        if let Some(since) = self.line.since() {
            return since;
        }
        let clocks = match (self.counter, self.reload, self.latch) {
            _ if !self.enabled => return NEVER,
            (0, false, 0) if self.revision == Mmc3Revision::Nec => return NEVER,
            (0, ..) | (_, true, _) => u32::from(self.latch) + 1,
            (counter, false, _) => u32::from(counter),
        };
        self.a12.next_rise(clocks, now, forecast)
    }
}

impl SeesA12 for Mmc3 {
    /// The counter must have seen all rises so far.
    #[inline]
    fn needs_ppu(&self, addr: u16, _value: u8) -> bool {
        addr >= 0xC000
    }

    #[inline]
    fn counts_to_irq(&self) -> bool {
        self.enabled && !self.line.is_asserted()
    }

    #[inline]
    fn ppu_address(&mut self, addr: u16, at: impl FnOnce() -> Cycle) {
        if let Some(at) = self.a12.see(addr, at) {
            self.clock(at);
        }
    }

    fn canonicalize(&mut self) {
        self.a12.canonicalize();
    }
}

impl Mmc3 {
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
            _ => self.update_prg(memory),
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
            memory.map_prg(8, slot, bank);
        }
    }

    fn update_chr(&self, memory: &mut Memory) {
        let banks = self.banks.map(i32::from);
        let (wide, narrow) = if self.select & 0x80 == 0 { (0, 4) } else { (2, 0) };
        for (i, bank) in banks[..2].iter().enumerate() {
            memory.map_chr(2, wide + i, bank >> 1);
        }
        for (i, bank) in banks[2..6].iter().enumerate() {
            memory.map_chr(1, narrow + i, *bank);
        }
    }

    fn update_ram(&self, memory: &mut Memory) {
        match self.ram_protect {
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
        memory.set_mirroring(match self.mirroring {
            _ if self.four_screen => Mirroring::FourScreen,
            0 => Mirroring::Vertical,
            _ => Mirroring::Horizontal,
        });
    }

    fn clock(&mut self, at: Cycle) {
        let counted = self.counter != 0;
        let reload = std::mem::take(&mut self.reload);
        self.counter = if reload || !counted { self.latch } else { self.counter - 1 };
        let hit = self.counter == 0 && (self.revision == Mmc3Revision::Sharp || counted || reload);
        if hit && self.enabled {
            self.line.assert(at);
        }
    }
}

persist!(Mmc3 { select, banks, mirroring, protect, latch, counter, reload, enabled, line, a12 });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cartridge::Cartridge;
    use crate::mapper::Mapper;
    use crate::mapper::tests::{Change, Rig};

    fn set(rig: &mut Rig, register: u8, value: u8) {
        rig.write(0x8000, register);
        rig.write(0x8001, value);
    }

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

    fn board(revision: Mmc3Revision, latch: u8) -> Rig {
        let mut file = vec![0; 16 + 0x8000];
        file[..8].copy_from_slice(b"NES\x1A\x02\x00\x40\x08");
        let mut rig = Rig::of(&file);
        rig.mapper = Mapper::new(&Cartridge::load(&file).unwrap(), Some(revision), None).unwrap();
        rig.write(0xC000, latch);
        rig.write(0xC001, 0);
        rig.write(0xE001, 0);
        rig
    }

    /// One rise of A12 that counts, in cycle `at`. Answers the IRQ line and acknowledges it.
    fn clock(rig: &mut Rig, at: Cycle) -> bool {
        rig.mapper.ppu_address(0x0000, || at - 10);
        assert!(!rig.mapper.irq(), "a fall does not count");
        rig.mapper.ppu_address(0x1000, || at);
        let irq = rig.mapper.irq();
        assert_eq!(rig.mapper.irq_since(), irq.then_some(at));
        rig.write(0xE000, 0);
        assert!(!rig.mapper.irq());
        rig.write(0xE001, 0);
        irq
    }

    fn clocks<const N: usize>(rig: &mut Rig, start: Cycle) -> [bool; N] {
        std::array::from_fn(|i| clock(rig, start + i as u64 * 100))
    }

    #[test]
    fn the_counter_takes_the_latch_and_counts_down() {
        for revision in [Mmc3Revision::Sharp, Mmc3Revision::Nec] {
            let mut rig = board(revision, 2);
            assert_eq!(clocks(&mut rig, 1000), [false, false, true, false, false, true]);
        }
    }

    #[test]
    fn a_latch_of_0_tells_the_revisions_apart() {
        let mut sharp = board(Mmc3Revision::Sharp, 0);
        assert_eq!(clocks(&mut sharp, 1000), [true, true, true]);
        let mut nec = board(Mmc3Revision::Nec, 0);
        assert_eq!(clocks(&mut nec, 1000), [true, false, false], "only for the reload that was asked for");
        nec.write(0xC001, 0);
        assert_eq!(clocks(&mut nec, 2000), [true, false]);
    }

    #[test]
    fn reload_comes_with_the_next_clock() {
        let mut rig = board(Mmc3Revision::Sharp, 3);
        assert_eq!(clocks(&mut rig, 1000), [false, false, false]);
        rig.write(0xC000, 1);
        assert!(clock(&mut rig, 2000), "the counter ran on with the old latch");
        rig.write(0xC001, 0);
        assert_eq!(clocks(&mut rig, 3000), [false, true, false, true]);
    }

    #[test]
    fn short_lows_are_filtered() {
        for (low, counts) in [(1, false), (2, false), (3, true)] {
            let mut rig = board(Mmc3Revision::Sharp, 0);
            rig.mapper.ppu_address(0x1000, || 100);
            rig.write(0xE000, 0);
            rig.write(0xE001, 0);
            rig.mapper.ppu_address(0x2000, || 200);
            rig.mapper.ppu_address(0x0FFF, || 201);
            rig.mapper.ppu_address(0x1000, || 200 + low);
            assert_eq!(rig.mapper.irq(), counts, "low for {low} cycles");
        }
    }

    #[test]
    fn the_line_remembers_its_last_edges() {
        let mut rig = board(Mmc3Revision::Sharp, 0);
        rig.mapper.ppu_address(0x1000, || 100);
        assert_eq!([99, 100, 5000].map(|at| rig.mapper.irq_at(at)), [false, true, true]);
        let mut memory = rig.memory.clone();
        rig.mapper.write(&mut memory, 0xE000, 0, 200);
        assert_eq!([99, 100, 199, 200, 201].map(|at| rig.mapper.irq_at(at)), [false, true, true, false, false]);
    }

    #[test]
    fn irq_is_foreseen_only_while_enabled() {
        let mut rig = board(Mmc3Revision::Sharp, 0);
        let forecast = Forecast {
            region: crate::clock::Region::Ntsc,
            scanline: 10,
            dot: 0,
            rendering: true,
            pending: false,
            background_table: 0,
            sprite_table: 0x1000,
            tall_sprites: false,
            tall: None,
        };
        // Dot 256, in cycles.
        assert_eq!(rig.mapper.next_irq(1000, Some(&forecast)), 1000 + 256 / 3 - 1);
        assert_eq!(rig.mapper.next_irq(1000, Some(&Forecast { rendering: false, ..forecast })), NEVER);
        assert_eq!(rig.mapper.next_irq(1000, Some(&Forecast { pending: true, ..forecast })), 1001);
        rig.write(0xE000, 0);
        assert_eq!(rig.mapper.next_irq(1000, Some(&forecast)), NEVER);
        rig.write(0xE001, 0);
        rig.mapper.ppu_address(0x1000, || 900);
        assert_eq!(rig.mapper.next_irq(1000, Some(&forecast)), 900);
    }
}
