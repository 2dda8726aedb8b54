//! Action 53: iNES 28 (homebrew multicarts). $5000-$5FFF names one of four registers, $8000-$FFFF writes it.
//!
//! ```text
//! name       7654 3210
//! S......R   ...M ..CC   $00: 8 KiB of CHR RAM
//!            ...M IIII   $01: inner bank
//!            ..SS PPMM   $80: size of the outer bank: 32 KiB << S; PRG mode; mirroring: single low, single high, vertical,
//!                             horizontal
//!            OOOO OOOO   $81: outer bank, of 32 KiB
//! ```
//!
//! M in $00 and $01 is bit 0 of the mirroring, if that is single-screen.
//!
//! | P    | $8000                        | $C000                        |
//! |------|------------------------------|------------------------------|
//! | 0, 1 | 32 KiB: O, its low S bits from I                            ||
//! | 2    | first half of O              | 16 KiB: O, its low S + 1 bits from I |
//! | 3    | 16 KiB: O, its low S + 1 bits from I | second half of O      |
//!
//! At power-on the last 16 KiB are at $C000; nothing happens at a reset. No bus conflicts, no submappers.
//! <https://www.nesdev.org/wiki/Action_53_mapper>

use super::board::{Board, NOTHING, NoIrq, NoReads, Ranges, Setup, Unwatched};
use super::map_plain_prg_ram;
use crate::cartridge::Mirroring;
use crate::memory::Memory;
use crate::state::persist;
use ricojit_interpreter::Cycle;
use std::ops::RangeInclusive;

/// The board that imitates latches.
#[derive(Clone, Debug)]
pub(crate) struct Action53 {
    name: u8,
    chr: u8,
    inner: u8,
    mode: u8,
    outer: u8,
}

impl Board for Action53 {
    const WRITES: Ranges = &[0x5000..=0x5FFF, 0x8000..=0xFFFF];
    const PRG_UNIT: usize = 0x4000;
    const FIXED_PRG: RangeInclusive<u16> = NOTHING;
    const LARGEST: [usize; 2] = [8192, 32];
    const SOUND: Option<&'static str> = None;

    type Irq = NoIrq;
    type Reads = NoReads;
    type Ppu = Unwatched;

    fn new(_: &Setup) -> Self {
        Self { name: 0, chr: 0, inner: 0, mode: 0, outer: 0xFF }
    }

    fn write(&mut self, memory: &mut Memory, addr: u16, value: u8, _: Cycle) {
        if addr < 0x8000 {
            self.name = value & 0x81;
            return;
        }
        match self.name {
            0x00 => self.chr = value & 3,
            0x01 => self.inner = value & 0x0F,
            0x80 => self.mode = value & 0x3F,
            _ => self.outer = value,
        }
        if self.name < 0x80 && self.mode & 2 == 0 {
            self.mode = self.mode & !1 | value >> 4 & 1;
        }
        self.update_banks(memory);
    }

    fn update_banks(&self, memory: &mut Memory) {
        map_plain_prg_ram(memory);
        memory.map_prg(16, 0, self.bank(0));
        memory.map_prg(16, 1, self.bank(1));
        memory.map_chr(8, 0, i32::from(self.chr));
        memory.set_mirroring(match self.mode & 3 {
            0 => Mirroring::SingleLow,
            1 => Mirroring::SingleHigh,
            2 => Mirroring::Vertical,
            _ => Mirroring::Horizontal,
        });
    }

    fn reset(&mut self, _: &mut Memory) {}
}

impl Action53 {
    /// The 16 KiB at $8000 or at $C000.
    fn bank(&self, half: u8) -> i32 {
        let [outer, inner, half] = [self.outer, self.inner, half].map(i32::from);
        let size = self.mode >> 4;
        let join = |outer: i32, bits: u8| outer & (-1 << bits) | inner & !(-1 << bits);
        match self.mode >> 2 & 3 {
            2 if half == 1 => join(outer << 1, size + 1),
            3 if half == 0 => join(outer << 1, size + 1),
            2 | 3 => outer << 1 | half,
            _ => join(outer, size) << 1 | half,
        }
    }
}

persist!(Action53 {
    name: with(|_, name| name & !0x81 == 0),
    chr: within(0..=3),
    inner: within(0..=0x0F),
    mode: within(0..=0x3F),
    outer,
});

#[cfg(test)]
mod tests {
    use crate::mapper::tests::{Change, Rig};

    fn set(rig: &mut Rig, name: u8, value: u8) -> Change {
        assert_eq!(rig.write(0x5FFF, name), Change::NONE);
        rig.write(0x8000, value)
    }

    #[test]
    fn modes_and_sizes() {
        let mut rig = Rig::new(28, 0, 2048, 0, [0, 9]);
        assert_eq!(rig.prg()[2..], [508, 510], "the last bank at power-on");
        set(&mut rig, 0x81, 0x2A);
        set(&mut rig, 0x01, 0x09);
        // 16 KiB banks at $8000 and $C000 for each size, as in the table of the wiki.
        for (mode, banks) in [
            (0x00, [[0x54, 0x55], [0x56, 0x57], [0x52, 0x53], [0x52, 0x53]]),
            (0x08, [[0x54, 0x55], [0x54, 0x55], [0x54, 0x51], [0x54, 0x59]]),
            (0x0C, [[0x55, 0x55], [0x55, 0x55], [0x51, 0x55], [0x59, 0x55]]),
        ] {
            for (size, [low, high]) in (0..).zip(banks) {
                set(&mut rig, 0x80, mode | size << 4);
                assert_eq!([rig.prg()[0], rig.prg()[2]], [low * 4, high * 4], "mode {mode:02X}, size {size}");
            }
        }
    }

    #[test]
    fn games_move_the_single_screen_only() {
        let mut rig = Rig::new(28, 0, 128, 0, [0, 9]);
        assert_eq!(set(&mut rig, 0x00, 0x12), Change::CHR | Change::NAMETABLES);
        assert_eq!((rig.chr()[0], rig.nametables()), (16, [1; 4]));
        set(&mut rig, 0x01, 0x00);
        assert_eq!(rig.nametables(), [0; 4]);
        set(&mut rig, 0x80, 0x02);
        assert_eq!(set(&mut rig, 0x00, 0x12), Change::NONE);
        assert_eq!(rig.nametables(), [0, 1, 0, 1]);
        set(&mut rig, 0x80, 0x03);
        set(&mut rig, 0x01, 0x00);
        assert_eq!(rig.nametables(), [0, 0, 1, 1]);
    }
}
