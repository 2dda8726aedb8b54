//! The scroll registers: v, t, fine X and the write toggle.
//!
//! ```text
//! v, t:  yyy NN YYYYY XXXXX     fine Y, nametable, coarse Y, coarse X
//! ```
//! (<https://www.nesdev.org/wiki/PPU_scrolling>.)

use crate::state::persist;

const COARSE_X: u16 = 0x001F;
const COARSE_Y: u16 = 0x03E0;
const NAMETABLE_X: u16 = 0x0400;
const NAMETABLE_Y: u16 = 0x0800;
const FINE_Y: u16 = 0x7000;
const HORIZONTAL: u16 = COARSE_X | NAMETABLE_X;
const VERTICAL: u16 = COARSE_Y | NAMETABLE_Y | FINE_Y;

#[derive(Clone, Debug, Default)]
pub(super) struct Scroll {
    pub(super) v: u16,
    t: u16,
    pub(super) fine_x: u8,
    /// The toggle of $2005 and $2006.
    pub(super) second_write: bool,
}

impl Scroll {
    pub(super) fn reset(&mut self) {
        self.t = 0;
        self.fine_x = 0;
        self.second_write = false;
    }

    pub(super) fn write_nametable(&mut self, value: u8) {
        self.t = (self.t & !(NAMETABLE_X | NAMETABLE_Y)) | u16::from(value & 3) << 10;
    }

    pub(super) fn write_scroll(&mut self, value: u8) {
        let value16 = u16::from(value);
        if self.second_write {
            self.t = (self.t & HORIZONTAL) | (self.t & NAMETABLE_Y) | (value16 & 0xF8) << 2 | (value16 & 7) << 12;
        } else {
            self.fine_x = value & 7;
            self.t = (self.t & !COARSE_X) | value16 >> 3;
        }
        self.second_write = !self.second_write;
    }

    /// A write of $2006. Returns whether v is to be loaded.
    pub(super) fn write_address(&mut self, value: u8) -> bool {
        let second = self.second_write;
        self.t = if second {
            (self.t & 0x7F00) | u16::from(value)
        } else {
            (self.t & 0x00FF) | u16::from(value & 0x3F) << 8
        };
        self.second_write = !second;
        second
    }

    /// What v will be if it is loaded now.
    #[inline]
    pub(super) fn t(&self) -> u16 {
        self.t
    }

    pub(super) fn load_v(&mut self) {
        self.v = self.t;
    }

    /// The increment after $2007 outside rendering.
    pub(super) fn advance(&mut self, by: u16) {
        self.v = (self.v + by) & 0x7FFF;
    }

    #[inline]
    pub(super) fn increment_x(&mut self) {
        if self.v & COARSE_X == COARSE_X {
            self.v = (self.v & !COARSE_X) ^ NAMETABLE_X;
        } else {
            self.v += 1;
        }
    }

    /// v after `tiles` horizontal increments, 32 at most.
    #[inline]
    pub(super) fn right(&self, tiles: u16) -> u16 {
        crate::fetches::right(self.v, tiles)
    }

    pub(super) fn increment_y(&mut self) {
        if self.v & FINE_Y != FINE_Y {
            self.v += 0x1000;
            return;
        }
        self.v &= !FINE_Y;
        // Row 29 is the last of a nametable; rows 30 and 31 (attributes) wrap without switching.
        match (self.v & COARSE_Y) >> 5 {
            29 => self.v = (self.v & !COARSE_Y) ^ NAMETABLE_Y,
            31 => self.v &= !COARSE_Y,
            _ => self.v += 0x20,
        }
    }

    /// As [`Scroll::increment_y`] so many times, a picture's height at most.
    pub(super) fn increment_y_by(&mut self, lines: u16) {
        let row = (self.v & COARSE_Y) >> 2 | self.v >> 12;
        // The rows of attributes wrap without switching.
        let (end, switch) = if row < 240 { (240, NAMETABLE_Y) } else { (256, 0) };
        let mut row = row + lines;
        if row >= end {
            row -= end;
            self.v ^= switch;
        }
        self.v = (self.v & !(COARSE_Y | FINE_Y)) | (row & !7) << 2 | (row & 7) << 12;
    }

    pub(super) fn copy_x(&mut self) {
        self.v = (self.v & !HORIZONTAL) | (self.t & HORIZONTAL);
    }

    pub(super) fn copy_y(&mut self) {
        self.v = (self.v & !VERTICAL) | (self.t & VERTICAL);
    }
}

persist!(Scroll { v: within(0..=0x7FFF), t: within(0..=0x7FFF), fine_x: within(0..=7), second_write });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_lines_down_are_each_line_down() {
        for start in 0..0x400 {
            let v = (start & 0x1F) << 5 | (start >> 5 & 7) << 12 | (start & 0x300) << 2 | 0x15;
            let mut one = Scroll { v, ..Scroll::default() };
            for lines in 0..=240 {
                let mut many = Scroll { v, ..Scroll::default() };
                many.increment_y_by(lines);
                assert_eq!(many.v, one.v, "{v:04X} and {lines} lines");
                one.increment_y();
            }
        }
    }
}
