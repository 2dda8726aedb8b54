//! MMC5: iNES 5 (ExROM boards: EKROM, ELROM, ETROM, EWROM).
//!
//! ```text
//!                          76543210
//! $5000-$5015  sound                 two pulses and PCM, which are not emulated: $5010 and $5015 read as 0
//! $5100        PRG mode    ......MM  0: 32 KiB; 1: 16, 16; 2: 16, 8, 8; 3: 8, 8, 8, 8
//! $5101        CHR mode    ......MM  0: 8 KiB; 1: 4; 2: 2; 3: 1
//! $5102-$5103  protect     ......PP  PRG RAM can be written while they are 2 and 1
//! $5104        ExRAM mode  ......MM  0: nametable; 1: the attributes of each tile; 2: CPU RAM; 3: read-only
//! $5105        nametables  DDCCBBAA  0, 1: CIRAM; 2: ExRAM; 3: fill mode
//! $5106-$5107  fill        tile; ......CC colour
//! $5113        PRG         ....BBBB  8 KiB of PRG RAM at $6000
//! $5114-$5116  PRG         RBBBBBBB  R: ROM, or RAM, 8 KiB each; of a larger bank the low bits do not count
//! $5117        PRG         .BBBBBBB  always ROM
//! $5120-$5127  CHR         set A; its numbers count banks of the size of the mode
//! $5128-$512B  CHR         set B, 4 KiB that are there twice
//! $5130        CHR         ......HH  upper bits for what is written to $5120-$512B later, and for ExRAM mode 1
//! $5200-$5202  split       ES.WWWWW  E: on; S: right of tile W, not left; scroll; 4 KiB of CHR
//! $5203-$5204  lines       (see [`lines`])
//! $5205-$5206  multiplier  write: factors; read: product
//! $5C00-$5FFF  ExRAM
//! ```
//!
//! With 8x16 sprites, set B is the background's and set A the sprites' while a frame is rendered; otherwise the set that was
//! written last is seen. With 8x8 sprites all is set A. So the chip looks at $2000 and $2001 as the CPU writes them.
//!
//! The CPU reads ExRAM in modes 2 and 3 and writes it in mode 2; in modes 0 and 1 it can write while a frame is rendered, or
//! else writes 0.
//!
//! | PRG RAM            | bit 2 of a bank | bits 0 and 1                    |
//! |--------------------|-----------------|---------------------------------|
//! | 8, 32 KiB          | 1: no chip      | (32) which 8 KiB                |
//! | 16, 64, 8+8, 8+32  | which chip      | which 8 KiB of a chip of 32     |
//! | 128                | bit 2           | bits 0, 1 and 3                 |
//!
//! Of a chip with a battery and one without, the first has it. <https://www.nesdev.org/wiki/MMC5>

mod lines;
mod substitutes;
#[cfg(test)]
mod tests;

use super::board::{
    At, Board, CountsFetches, FetchIrq, NOTHING, Ranges, Readable, RegisterReads, SeesFetches, Setup, WatchesFetches,
};
use super::irq::IrqLine;
use crate::cartridge::Header;
use crate::clock::Dot;
use crate::fetches::{Patterns, READS, Run};
use crate::forecast::Forecast;
use crate::memory::{Access, Kib, Memory};
use crate::state::persist;
use lines::Lines;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;
use substitutes::Split;

/// KiB of RAM in the chip that the PPU sees: ExRAM, the nametable of fill mode, and zeros.
const OWN_RAM: usize = 3;
/// Where they begin.
const FILL: u16 = 0x400;
/// Names in a nametable.
const NAMES: u16 = 960;

/// A PRG RAM chip: its first 8 KiB in memory, and how many it has.
#[derive(Clone, Copy, Debug, Default)]
struct RamChip {
    first: i32,
    pages: i32,
}

/// The board with the largest chip.
#[derive(Clone, Debug)]
pub(crate) struct Mmc5 {
    prg_mode: u8,
    chr_mode: u8,
    protect: [u8; 2],
    exram_mode: u8,
    nametables: u8,
    fill: [u8; 2],
    /// $5113-$5117.
    prg: [u8; 5],
    /// $5120-$512B.
    chr: [u16; 12],
    chr_high: u8,
    /// Set B was written last.
    last_is_b: bool,
    /// Sprites are 8x16.
    tall: bool,
    factors: [u8; 2],
    split: Split,
    /// The byte of ExRAM for the tile that is being fetched, in mode 1.
    attributes: u8,
    lines: Lines,
    chips: [RamChip; 2],
}

persist!(Mmc5 {
    prg_mode: within(0..=3),
    chr_mode: within(0..=3),
    protect: each(0..=3),
    exram_mode: within(0..=3),
    nametables,
    fill: bytes(),
    prg: bytes(),
    chr: each(0..=0x3FF),
    chr_high: within(0..=3),
    last_is_b,
    tall,
    factors: bytes(),
    split,
    attributes,
    lines,
});

impl Board for Mmc5 {
    const WRITES: Ranges = &[0x5000..=0x5FFF];
    const PRG_UNIT: usize = 0x2000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [1024, 1024];
    const SOUND: Option<&'static str> = Some("MMC5");

    type Irq = FetchIrq;
    type Reads = RegisterReads;
    type Ppu = WatchesFetches;

    fn new(setup: &Setup) -> Self {
        Self {
            prg_mode: 3,
            chr_mode: 0,
            protect: [0; 2],
            exram_mode: 0,
            nametables: 0,
            fill: [0; 2],
            prg: [0, 0, 0, 0, 0xFF],
            chr: [0; 12],
            chr_high: 0,
            last_is_b: false,
            tall: false,
            factors: [0xFF; 2],
            split: Split::default(),
            attributes: 0,
            lines: Lines::default(),
            chips: ram_chips(setup.header),
        }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        match addr {
            0x5100 => self.prg_mode = value & 3,
            0x5101 => self.chr_mode = value & 3,
            0x5102 | 0x5103 => self.protect[usize::from(addr & 1)] = value & 3,
            0x5104 => self.exram_mode = value & 3,
            0x5105 => self.nametables = value,
            0x5106 | 0x5107 => return self.write_fill(memory, usize::from(addr & 1), value),
            0x5113..=0x5117 => self.prg[usize::from(addr - 0x5113)] = value,
            0x5120..=0x512B => {
                self.chr[usize::from(addr & 0xF)] = u16::from(value) | u16::from(self.chr_high) << 8;
                self.last_is_b = addr >= 0x5128;
            }
            0x5130 => self.chr_high = value & 3,
            0x5200..=0x5202 => return self.split.write(addr, value),
            0x5203 => return self.lines.set_compare(value),
            0x5204 => return self.lines.set_enabled(value & 0x80 != 0, at),
            0x5205 | 0x5206 => self.factors[usize::from(addr - 0x5205)] = value,
            0x5C00..=0x5FFF => return self.write_exram(memory, addr, value, at),
            _ => return,
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        self.map_prg(memory);
        self.map_chr(memory);
        for slot in 0..4 {
            let kib = match self.nametables >> (2 * slot) & 3 {
                2 if self.exram_mode < 2 => Kib::Own(0),
                2 => Kib::ReadOnlyOwn(2),
                3 => Kib::ReadOnlyOwn(1),
                page => Kib::Ciram(page.into()),
            };
            memory.map_kib(8 + slot, kib);
        }
    }

    fn reset(&mut self, memory: &mut Memory) {
        self.lines.leave_frame();
        self.map_chr(memory);
    }
}

/// What a header's PRG RAM is made of.
fn ram_chips(header: &Header) -> [RamChip; 2] {
    let [volatile, battery] = [header.prg_ram_size, header.prg_nvram_size].map(|size| size.div_ceil(0x2000) as i32);
    let chip = |first, pages| RamChip { first, pages };
    match (volatile, battery, volatile + battery) {
        (1.., 1.., _) => [chip(volatile, battery), chip(0, volatile)],
        (.., 2) => [chip(0, 1), chip(1, 1)],
        (.., 8) => [chip(0, 4), chip(4, 4)],
        (.., pages) => [chip(0, pages), chip(0, 0)],
    }
}

impl Mmc5 {
    /// Where 8 KiB of PRG RAM are in memory; `None` if there is no such chip.
    fn ram_page(&self, bank: u8) -> Option<i32> {
        let bank = i32::from(bank);
        match self.chips {
            [RamChip { first, pages: pages @ 16.. }, _] => Some(first + (bank & 0x0F) % pages),
            chips => {
                let RamChip { first, pages } = chips[(bank >> 2 & 1) as usize];
                (pages > 0).then(|| first + (bank & 3) % pages)
            }
        }
    }

    /// 8 KiB of PRG RAM, and how it can be accessed.
    fn ram(&self, bank: u8) -> (i32, Access) {
        match self.ram_page(bank) {
            None => (0, Access::None),
            Some(page) if self.protect == [2, 1] => (page, Access::ReadWrite),
            Some(page) => (page, Access::Read),
        }
    }

    fn map_prg(&self, memory: &mut Memory) {
        let (page, access) = self.ram(self.prg[0]);
        memory.map_prg_ram(page, access);
        let registers: &[(usize, usize)] = match self.prg_mode {
            // Where a bank begins, in 8 KiB, and its register.
            0 => &[(0, 4)],
            1 => &[(0, 2), (2, 4)],
            2 => &[(0, 2), (2, 3), (3, 4)],
            _ => &[(0, 1), (1, 2), (2, 3), (3, 4)],
        };
        let ends = registers.iter().skip(1).map(|&(slot, _)| slot).chain([4]);
        for (&(first, register), end) in registers.iter().zip(ends) {
            for slot in first..end {
                let bank = self.prg[register] & !(end - first - 1) as u8 | (slot - first) as u8;
                if register == 4 || bank & 0x80 != 0 {
                    memory.map_prg(8, slot, (bank & 0x7F).into());
                } else {
                    let (page, access) = self.ram(bank);
                    memory.map_prg_ram_at(8, slot, page, access);
                }
            }
        }
    }

    fn map_chr(&self, memory: &mut Memory) {
        let kb = 8 >> self.chr_mode;
        let bank = |is_b: bool, last: usize| i32::from(self.chr[if is_b { 8 + last % 4 } else { last }]);
        let in_frame = self.lines.is_in_frame();
        for window in 0..8 / kb {
            // The register of a bank is that of its last KiB.
            let last = (window + 1) * kb - 1;
            memory.map_chr(kb, window, bank(self.tall && !in_frame && self.last_is_b, last));
            if self.tall && in_frame {
                memory.map_background_chr(kb, window, bank(true, last));
            }
        }
    }

    fn write_fill(&mut self, memory: &mut Memory, which: usize, value: u8) {
        self.fill[which] = value;
        let (places, byte) = if which == 0 { (0..NAMES, value) } else { (NAMES..0x400, (value & 3) * 0x55) };
        for at in places {
            memory.set_own_ram(FILL + at, byte);
        }
    }

    fn write_exram(&self, memory: &mut Memory, addr: u16, value: u8, at: Cycle) {
        let value = match self.exram_mode {
            0 | 1 if !self.lines.is_in_frame_at(at) => 0,
            0..=2 => value,
            _ => return,
        };
        memory.set_own_ram(addr & 0x3FF, value);
    }

    /// Whether the chip puts bytes of its own, or from other banks, in place of what is mapped.
    fn substitutes(&self) -> bool {
        self.exram_mode == 1 || self.split.is_on() && self.exram_mode == 0
    }

    /// The PPU reads. What is mapped may depend on whether it renders a frame. Returns the number of the read in its line.
    fn see_read(&mut self, memory: &mut Memory, addr: u16, at: Cycle) -> u8 {
        let before = self.lines.is_in_frame();
        let nth = self.lines.read(addr, at);
        if self.tall && self.lines.is_in_frame() != before {
            self.map_chr(memory);
        }
        nth
    }

    fn with_lines<T>(&mut self, memory: &mut Memory, change: impl FnOnce(&mut Lines) -> T) -> T {
        let before = self.lines.is_in_frame();
        let result = change(&mut self.lines);
        if self.lines.is_in_frame() != before {
            self.map_chr(memory);
        }
        result
    }
}

impl Readable for Mmc5 {
    const READS: Ranges = &[0x5000..=0x5FFF];

    fn read(&mut self, memory: &mut Memory, addr: u16, at: Cycle) -> Option<u8> {
        if addr == 0x5204 {
            return Some(self.lines.read_status(at));
        }
        self.peek(memory, addr)
    }

    fn peek(&self, memory: &Memory, addr: u16) -> Option<u8> {
        let product = u16::from(self.factors[0]) * u16::from(self.factors[1]);
        match addr {
            0x5010 | 0x5015 => Some(0),
            0x5204 => Some(self.lines.status(self.lines.is_in_frame())),
            0x5205 => Some(product as u8),
            0x5206 => Some((product >> 8) as u8),
            0x5C00..=0x5FFF if self.exram_mode >= 2 => Some(memory.own_ram(addr & 0x3FF)),
            _ => None,
        }
    }
}

impl CountsFetches for Mmc5 {
    fn irq_line(&self) -> &IrqLine {
        self.lines.irq_line()
    }

    fn next_irq(&self, now: Cycle, forecast: &Forecast) -> Cycle {
        self.lines.next_irq(now, forecast)
    }
}

impl SeesFetches for Mmc5 {
    fn own_ram(&self) -> usize {
        OWN_RAM
    }

    fn needs_ppu(&self, addr: u16, _value: u8) -> bool {
        matches!(addr, 0x5101 | 0x5104..=0x5107 | 0x5120..=0x5130 | 0x5200..=0x5204 | 0x5C00..=0x5FFF)
    }

    fn counts_to_irq(&self) -> bool {
        self.lines.counts_to_irq()
    }

    fn snoops(&self, addr: u16, value: u8) -> bool {
        match addr {
            0x2000 => (value & 0x20 != 0) != self.tall,
            0x2001 => value & 0x18 == 0,
            _ => false,
        }
    }

    fn snoop(&mut self, memory: &mut Memory, addr: u16, value: u8, _at: Cycle) {
        if addr == 0x2000 {
            self.tall = value & 0x20 != 0;
        } else {
            self.lines.leave_frame();
        }
        self.map_chr(memory);
    }

    fn nmi(&mut self, memory: &mut Memory, at: Cycle) {
        self.with_lines(memory, |lines| lines.end_frame(at));
    }

    fn address(&mut self, _: &mut Memory, _: u16) {}

    fn fetch(&mut self, memory: &mut Memory, addr: u16, dot: Dot, at: At) -> u8 {
        let nth = self.see_read(memory, addr, at(dot));
        let is_pattern = addr & 0x2000 == 0;
        if self.exram_mode == 1 && addr & 0x2000 != 0 && addr & 0x3FF < NAMES {
            self.attributes = memory.own_ram(addr & 0x3FF);
        }
        let substitute = if self.substitutes() { self.substitute(memory, addr, nth) } else { None };
        // They are those of one tile.
        if is_pattern && addr & 8 != 0 {
            self.attributes = 0;
        }
        match substitute {
            Some(byte) => byte,
            None if is_pattern && self.lines.is_in_frame() && (128..160).contains(&nth) => memory.read_sprite(addr),
            None => memory.read_ppu(addr),
        }
    }

    /// All of them, if the chip counts reads as the PPU does, or counts none.
    fn steady(&self, _: &Memory, run: &Run) -> u16 {
        let is_background = matches!(run.patterns, Patterns::Background(_));
        let begins = run.first == 0 && self.lines.will_begin(run.name_address(0));
        let counts = self.tall && (self.lines.is_in_frame() || begins);
        let in_step = begins || self.lines.is_at(run.first);
        let is_known = is_background || !self.lines.was_name();
        let is_plain = !is_background || !self.substitutes();
        if is_plain && is_known && (in_step || !counts) { run.count } else { 0 }
    }

    fn has_whole_lines(&self, run: &Run) -> bool {
        !self.substitutes() && (!self.tall || self.lines.will_begin(run.name_address(0)))
    }

    fn begin_run(&mut self, memory: &mut Memory, run: &Run, at: At) {
        // The second read may be the one that begins the line.
        let second =
            if let Patterns::Background(_) = run.patterns { run.attribute_address(0) } else { run.name_address(0) };
        for (nth, addr) in [run.name_address(0), second].into_iter().enumerate() {
            self.see_read(memory, addr, at(run.dot_of_read(nth as u16)));
        }
        self.lines.skip(READS * run.count - 2, at(run.last_dot()));
        self.attributes = 0;
    }

    fn end_run(&mut self, _: &mut Memory, _: &Run) {}

    fn canonicalize(&mut self, memory: &mut Memory, at: Cycle) {
        self.with_lines(memory, |lines| lines.settle(at));
    }
}
