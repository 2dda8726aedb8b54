//! The background pipeline: four fetches a tile, and the shift registers that the picture is read from.
//!
//! ```text
//! dot of a tile  1       2          3        4          5     6         7     8
//! address bus    NT addr NT data    AT addr  AT data    low   low data  high  high data -> registers, coarse X + 1
//! ```
//! An address stands on the bus for one dot; in the second dot the low eight pins carry data and memory sees the
//! low byte that the external latch took over in the first (<https://www.nesdev.org/wiki/PPU_pinout>).

use super::{Ppu, VideoBus, ctrl};
use crate::state::Visitor;

/// What the last read dot brought, to be taken over in its second half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fetched {
    #[default]
    Nothing,
    Nametable,
    Attribute,
    Low,
    High,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Background {
    fetched: Fetched,
    data: u8,
    /// The pattern address register: table, tile, plane and row of the next pattern fetch. Sprites use it too.
    pattern_address: u16,
    attribute: u8,
    low: u8,
    /// Shift registers: a tile is loaded into the low byte and read from the high one.
    pattern_low: u16,
    pattern_high: u16,
    attribute_low: u8,
    attribute_high: u8,
    /// Feeds the attribute shift registers.
    attribute_latch: u8,
}

impl Background {
    /// The palette RAM index of the current pixel; 0 if it is transparent.
    #[inline]
    pub(super) fn pixel(&self, fine_x: u8) -> u8 {
        let bit = |register: u16| (register >> (15 - fine_x)) as u8 & 1;
        let colour = bit(self.pattern_high) << 1 | bit(self.pattern_low);
        if colour == 0 {
            return 0;
        }
        let attribute = |register: u8| (register >> (7 - fine_x)) & 1;
        attribute(self.attribute_high) << 3 | attribute(self.attribute_low) << 2 | colour
    }

    /// Shifts by one pixel. The serial inputs are tied to 0 and 1.
    #[inline]
    pub(super) fn shift(&mut self) {
        self.pattern_low <<= 1;
        self.pattern_high = self.pattern_high << 1 | 1;
        self.attribute_low = self.attribute_low << 1 | self.attribute_latch & 1;
        self.attribute_high = self.attribute_high << 1 | self.attribute_latch >> 1;
    }

    #[inline]
    pub(super) fn has_fetched(&self) -> bool {
        self.fetched != Fetched::Nothing
    }

    /// Takes over what was fetched. Returns whether a tile is complete.
    #[inline]
    pub(super) fn commit(&mut self, tile: u8, v: u16) -> bool {
        match std::mem::take(&mut self.fetched) {
            Fetched::Nothing => {}
            Fetched::Nametable => self.pattern_address = (self.pattern_address & 0x100F) | u16::from(tile) << 4,
            // Each attribute byte holds two bits for each quarter of 4x4 tiles.
            Fetched::Attribute => self.attribute = self.data >> ((v & 2) | (v >> 4 & 4)) & 3,
            Fetched::Low => self.low = self.data,
            Fetched::High => {
                self.pattern_low = (self.pattern_low & 0xFF00) | u16::from(self.low);
                self.pattern_high = (self.pattern_high & 0xFF00) | u16::from(self.data);
                self.attribute_latch = self.attribute;
                return true;
            }
        }
        false
    }

    /// Points the pattern address register at a row of a tile in a table; the tile was set by the nametable fetch.
    #[inline]
    pub(super) fn point(&mut self, keep: u16, table: u16, row: u16) {
        self.pattern_address = (self.pattern_address & keep) | table | row;
    }

    #[inline]
    pub(super) fn pattern_address(&self, plane: u16) -> u16 {
        (self.pattern_address & !8) | plane << 3
    }

    pub(super) fn state(&mut self, s: &mut impl Visitor) {
        let mut fetched = self.fetched as u8;
        s.u8(&mut fetched);
        self.fetched = match fetched {
            1 => Fetched::Nametable,
            2 => Fetched::Attribute,
            3 => Fetched::Low,
            4 => Fetched::High,
            _ => Fetched::Nothing,
        };
        s.u8(&mut self.data);
        s.u16(&mut self.pattern_address);
        s.u8(&mut self.attribute);
        s.u8(&mut self.low);
        s.u16(&mut self.pattern_low);
        s.u16(&mut self.pattern_high);
        s.u8(&mut self.attribute_low);
        s.u8(&mut self.attribute_high);
        s.u8(&mut self.attribute_latch);
    }
}

impl Ppu {
    /// The background's part of a dot of a line that fetches.
    #[inline]
    pub(super) fn background_dot<V: VideoBus>(&mut self, bus: &mut V) {
        match self.dot {
            1..=256 | 321..=336 => self.fetch_dot(bus, (self.dot - 1) & 7),
            337..=340 => self.fetch_dot(bus, (self.dot - 1) & 1),
            0 if self.line != self.prerender => {
                // The address of the pattern that is fetched first stands on the bus.
                self.point_at_background();
                self.send_address(bus, self.background.pattern_address(0));
            }
            _ => {}
        }
    }

    /// One dot of the eight in which a tile is fetched.
    #[inline]
    pub(super) fn fetch_dot<V: VideoBus>(&mut self, bus: &mut V, step: u16) {
        let (ale, read) = self.bus_phase();
        if ale && read {
            self.latch = self.address as u8;
        }
        match step {
            0 => self.send_address(bus, self.nametable_address()),
            1 => self.receive(bus, self.nametable_address(), Fetched::Nametable),
            2 => self.send_address(bus, self.attribute_address()),
            3 => self.receive(bus, self.attribute_address(), Fetched::Attribute),
            4 => {
                self.point_at_background();
                self.send_address(bus, self.background.pattern_address(0));
            }
            5 => self.receive(bus, self.background.pattern_address(0), Fetched::Low),
            6 => {
                self.point_at_background();
                self.send_address(bus, self.background.pattern_address(1));
            }
            _ => self.receive(bus, self.background.pattern_address(1), Fetched::High),
        }
        if ale && !read {
            self.latch = self.address as u8;
        }
    }

    #[inline]
    fn nametable_address(&self) -> u16 {
        0x2000 | (self.scroll.v & 0x0FFF)
    }

    #[inline]
    fn attribute_address(&self) -> u16 {
        let v = self.scroll.v;
        0x23C0 | (v & 0x0C00) | (v >> 4 & 0x38) | (v >> 2 & 0x07)
    }

    #[inline]
    fn point_at_background(&mut self) {
        let table = u16::from(self.ctrl & ctrl::BACKGROUND_TABLE) << 8;
        self.background.point(0x0FF8, table, self.scroll.v >> 12 & 7);
    }

    /// First dot of a fetch: the address goes out.
    #[inline]
    pub(super) fn send_address<V: VideoBus>(&mut self, bus: &mut V, addr: u16) {
        self.address = addr;
        bus.address(addr, self.now);
    }

    /// Second dot of a fetch: data comes in over the low address pins.
    #[inline]
    pub(super) fn receive_byte<V: VideoBus>(&mut self, bus: &mut V, addr: u16) -> u8 {
        let data = bus.read((addr & 0x3F00) | u16::from(self.latch));
        self.address = (addr & 0x3F00) | u16::from(data);
        data
    }

    #[inline]
    fn receive<V: VideoBus>(&mut self, bus: &mut V, addr: u16, what: Fetched) {
        self.background.data = self.receive_byte(bus, addr);
        self.background.fetched = what;
    }
}
