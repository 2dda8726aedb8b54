//! What an MMC5 puts in place of what is mapped, tile by tile, while a frame is rendered.
//!
//! ```text
//! ExRAM mode 1   CCBBBBBB of ExRAM, at the place of the tile's name   C: its colours, B: its 4 KiB of CHR, below $5130
//! split          on one side of a tile: names and attributes of ExRAM, CHR of $5202, and a scroll of its own in Y
//! ```
//!
//! The number of a read says which tile and which of its four reads it is. The first two tiles of line 0 are read before the
//! frame has begun for the chip, so they are not replaced. The split is where ExRAM is a nametable (modes 0 and 1).

use super::Mmc5;
use crate::memory::Memory;
use crate::state::persist;

/// $5200, $5201 and $5202.
#[derive(Clone, Debug, Default)]
pub(super) struct Split {
    control: u8,
    scroll: u8,
    bank: u8,
}

persist!(Split { control, scroll, bank });

impl Split {
    pub(super) fn write(&mut self, addr: u16, value: u8) {
        match addr & 3 {
            0 => self.control = value,
            1 => self.scroll = value,
            _ => self.bank = value,
        }
    }

    pub(super) fn is_on(&self) -> bool {
        self.control & 0x80 != 0
    }

    /// Whether a column is on the split's side.
    fn covers(&self, column: u16) -> bool {
        self.is_on() && (column < u16::from(self.control & 0x1F)) != (self.control & 0x40 != 0)
    }

    /// The row of pixels that is shown in a line. From 240 on they are made of attributes, up to the end.
    fn row(&self, line: u8) -> u16 {
        let [scroll, line] = [self.scroll, line].map(u16::from);
        match scroll + line {
            row if scroll < 240 => row % 240,
            row if row < 256 => row,
            row => (row - 256) % 240,
        }
    }
}

impl Mmc5 {
    /// The byte for the `nth` read of a line, if it is not the one that is mapped.
    pub(super) fn substitute(&self, memory: &Memory, addr: u16, nth: u8) -> Option<u8> {
        let nth = u16::from(nth);
        let (column, step) = match nth {
            0..128 => (nth / 4 + 2, nth % 4),
            160..168 => ((nth - 160) / 4, nth % 4),
            // The first name of the next line, which has not begun yet.
            170 => (2, 0),
            _ => return None,
        };
        let is_pattern = addr & 0x2000 == 0;
        if !self.lines.is_in_frame() || is_pattern != (step >= 2) {
            return None;
        }
        if self.split.covers(column) {
            return Some(self.split_byte(memory, addr, column & 0x1F, step, nth >= 160));
        }
        match step {
            _ if self.exram_mode != 1 => None,
            0 => None,
            1 => Some((self.attributes >> 6) * 0x55),
            _ => {
                let bank = usize::from(self.attributes & 0x3F) | usize::from(self.chr_high) << 6;
                Some(memory.read_chr_bank(bank, addr))
            }
        }
    }

    fn split_byte(&self, memory: &Memory, addr: u16, column: u16, step: u16, next_line: bool) -> u8 {
        let row = self.split.row(self.lines.counter().wrapping_add(next_line.into()));
        match step {
            0 => memory.own_ram(row >> 3 << 5 | column),
            1 => {
                let attributes = memory.own_ram(0x3C0 | row >> 5 << 3 | column >> 2);
                (attributes >> (row >> 2 & 4 | column & 2) & 3) * 0x55
            }
            _ => memory.read_chr_bank(self.split.bank.into(), addr & 0x0FF8 | row & 7),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_split_off() {
        let split = |control| Split { control, ..Split::default() };
        let covered = |control| (0..34).filter(|&column| split(control).covers(column)).collect::<Vec<_>>();
        assert_eq!(covered(0x83), [0, 1, 2]);
        assert_eq!(covered(0xDE), [30, 31, 32, 33]);
        assert_eq!(covered(0x03), []);
    }

    #[test]
    fn rows_wrap_as_the_ppus_do() {
        let rows = |scroll, lines: [u8; 3]| lines.map(|line| Split { scroll, ..Split::default() }.row(line));
        assert_eq!(rows(0, [0, 100, 239]), [0, 100, 239]);
        assert_eq!(rows(200, [39, 40, 239]), [239, 0, 199]);
        assert_eq!(rows(250, [0, 5, 6]), [250, 255, 0]);
    }
}
