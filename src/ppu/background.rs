//! The background pipeline: four fetches a tile, and the shift registers that the picture is read from.
//!
//! ```text
//! dot of a tile  1       2          3        4          5     6         7     8
//! address bus    NT addr NT data    AT addr  AT data    low   low data  high  high data -> registers, coarse X + 1
//! ```
//! An address stands on the bus for one dot; in the second dot the low eight pins carry data and memory sees the
//! low byte that the external latch took over in the first (<https://www.nesdev.org/wiki/PPU_pinout>).

use super::{Ppu, VideoBus, row, span};
use crate::state::{persist, persist_enum};

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
    /// The shift registers side by side: sixteen pixels of four bits, attribute above pattern, the oldest on top. The
    /// lower eight have no attribute yet: that register is half as long and is fed from the latch.
    pixels: u64,
    /// Feeds the attribute shift registers.
    attribute_latch: u8,
}

/// Eight bits spread over eight pixels.
const SPREAD: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[byte] |= (byte as u32 >> bit & 1) << (4 * bit);
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// What the four fetches of a tile bring.
pub(super) struct Tile {
    name: u8,
    /// Two bits.
    attribute: u8,
    low: u8,
    high: u8,
}

impl Tile {
    /// Which of its eight pixels are not transparent, the first on top.
    #[inline]
    pub(super) fn opaque(&self) -> u8 {
        self.low | self.high
    }

    /// The shift registers' lower half.
    fn pixels(&self) -> u32 {
        SPREAD[usize::from(self.low)] | SPREAD[usize::from(self.high)] << 1
    }
}

impl Background {
    /// As after the sixteen dots in which two tiles were fetched; the last pattern was at `pattern_address`.
    pub(super) fn load_tiles(&mut self, first: &Tile, second: &Tile, pattern_address: u16) {
        let upper = first.pixels() | (u32::from(first.attribute) * 0x4444_4444);
        self.pixels = u64::from(upper) << 32 | u64::from(second.pixels());
        self.load(second, pattern_address);
    }

    /// As after the eight dots in which one tile was fetched, and the one in the lower half moved up.
    pub(super) fn load_tile(&mut self, tile: &Tile, pattern_address: u16) {
        let upper = u64::from(self.pixels as u32 | (u32::from(self.attribute_latch) * 0x4444_4444));
        self.load(tile, pattern_address);
        self.pixels = upper << 32 | u64::from(tile.pixels());
    }

    fn load(&mut self, tile: &Tile, pattern_address: u16) {
        self.attribute_latch = tile.attribute;
        self.attribute = tile.attribute;
        self.low = tile.low;
        self.data = tile.high;
        self.pattern_address = (self.pattern_address & 8) | pattern_address;
    }

    /// As after a nametable fetch.
    pub(super) fn load_name(&mut self, name: u8) {
        self.data = name;
        self.pattern_address = (self.pattern_address & 0x100F) | u16::from(name) << 4;
    }

    /// As after the fetches of a sprite unit: a nametable byte that is not used, and the sprite's pattern.
    pub(super) fn load_sprite(&mut self, name: u8, pattern_address: u16) {
        self.data = name;
        self.pattern_address = (self.pattern_address & 8) | pattern_address;
    }

    /// The pixels of the next sixteen dots, in which two tiles are fetched: four bits each, the first on top.
    pub(super) fn shown(&self) -> u64 {
        // The attribute of the lower half comes out of the latch.
        self.pixels | (u64::from(self.attribute_latch) * 0x4444_4444)
    }

    /// Palette RAM indices of [`Background::shown`].
    pub(super) fn first_tiles(&self) -> [u8; 16] {
        let pixels = self.shown();
        std::array::from_fn(|at| (pixels >> (60 - 4 * at)) as u8 & 0x0F)
    }

    /// Palette RAM indices of the tile that was fetched last.
    pub(super) fn last_tile(&self) -> [u8; 8] {
        row::tile(self.low, self.data, self.attribute)
    }

    /// Which pixels of the upper or the lower half of the shift registers are not transparent.
    pub(super) fn opaque(&self, half: u16) -> u8 {
        let pixels = (self.pixels >> (32 - 32 * u32::from(half & 1))) as u32;
        let opaque = (pixels | pixels >> 1) & 0x1111_1111;
        (0..8).fold(0, |bits, pixel| bits | (opaque >> (3 * pixel)) as u8 & 1 << pixel)
    }

    /// The palette RAM index of the current pixel; 0 if it is transparent.
    #[inline(always)]
    pub(super) fn pixel(&self, fine_x: u8) -> u8 {
        let index = (self.pixels >> (60 - 4 * u32::from(fine_x))) as u8 & 0x0F;
        if index & 3 == 0 { 0 } else { index }
    }

    /// Shifts by one pixel. The serial inputs of the pattern registers are tied to 0 and 1.
    #[inline(always)]
    pub(super) fn shift(&mut self) {
        self.pixels = self.pixels << 4 | u64::from(self.attribute_latch) << 34 | 2;
    }

    #[inline(always)]
    pub(super) fn has_fetched(&self) -> bool {
        self.fetched != Fetched::Nothing
    }

    /// Takes over what was fetched. Returns whether a tile is complete.
    #[inline(always)]
    pub(super) fn commit(&mut self, tile: u8, v: u16) -> bool {
        match std::mem::take(&mut self.fetched) {
            Fetched::Nothing => {}
            Fetched::Nametable => self.pattern_address = (self.pattern_address & 0x100F) | u16::from(tile) << 4,
            Fetched::Attribute => self.attribute = quarter(self.data, v),
            Fetched::Low => self.low = self.data,
            Fetched::High => {
                let tile = SPREAD[usize::from(self.low)] | SPREAD[usize::from(self.data)] << 1;
                self.pixels = (self.pixels & !0xFFFF_FFFF) | u64::from(tile);
                self.attribute_latch = self.attribute;
                return true;
            }
        }
        false
    }

    /// Points the pattern address register at a row of a tile in a table; the tile was set by the nametable fetch.
    #[inline(always)]
    pub(super) fn point(&mut self, keep: u16, table: u16, row: u16) {
        self.pattern_address = (self.pattern_address & keep) | table | row;
    }

    #[inline(always)]
    pub(super) fn pattern_address(&self, plane: u16) -> u16 {
        (self.pattern_address & !8) | plane << 3
    }
}

persist_enum!(Fetched { Nothing = 0, Nametable = 1, Attribute = 2, Low = 3, High = 4 });

// What a dot fetches it also takes over.
persist!(Background {
    fetched: with(|_, fetched| fetched == Fetched::Nothing),
    data,
    pattern_address: within(0..=0x1FFF),
    attribute: within(0..=3),
    low,
    pixels,
    attribute_latch: within(0..=3),
});

#[inline(always)]
pub(super) fn nametable_address(v: u16) -> u16 {
    0x2000 | (v & 0x0FFF)
}

#[inline(always)]
fn attribute_address(v: u16) -> u16 {
    0x23C0 | (v & 0x0C00) | (v >> 4 & 0x38) | (v >> 2 & 0x07)
}

/// Each attribute byte holds two bits for each quarter of 4x4 tiles.
#[inline(always)]
fn quarter(attributes: u8, v: u16) -> u8 {
    attributes >> ((v & 2) | (v >> 4 & 4)) & 3
}

impl Ppu {
    /// The background's part of a dot of a line that fetches.
    #[inline(always)]
    pub(super) fn background_dot<V: VideoBus, const SPAN: u8>(&mut self, bus: &mut V) {
        match SPAN {
            span::CLEAR | span::EVALUATION | span::PREFETCH => self.fetch_dot::<V, SPAN>(bus, (self.dot - 1) & 7),
            span::SPRITES => {}
            span::TAIL => self.fetch_dot::<V, SPAN>(bus, (self.dot - 1) & 1),
            _ => match self.dot {
                1..=256 | 321..=336 => self.fetch_dot::<V, SPAN>(bus, (self.dot - 1) & 7),
                337..=340 => self.fetch_dot::<V, SPAN>(bus, (self.dot - 1) & 1),
                0 if self.line != self.prerender => {
                    // The address of the pattern that is fetched first stands on the bus.
                    self.point_at_background();
                    self.send_address(bus, self.background.pattern_address(0));
                }
                _ => {}
            },
        }
    }

    /// One dot of the eight in which a tile is fetched.
    #[inline(always)]
    pub(super) fn fetch_dot<V: VideoBus, const SPAN: u8>(&mut self, bus: &mut V, step: u16) {
        let (ale, read) = self.bus_phase::<SPAN>();
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

    #[inline(always)]
    fn nametable_address(&self) -> u16 {
        nametable_address(self.scroll.v)
    }

    #[inline(always)]
    fn attribute_address(&self) -> u16 {
        attribute_address(self.scroll.v)
    }

    #[inline(always)]
    pub(super) fn point_at_background(&mut self) {
        let table = self.background_table();
        self.background.point(0x0FF8, table, self.scroll.v >> 12 & 7);
    }

    /// The tile that `v` points to.
    #[inline(always)] // twice a line
    pub(super) fn fetch_tile<V: VideoBus>(&self, bus: &mut V, v: u16) -> Tile {
        let [name_at, attribute_at] = [nametable_address(v), attribute_address(v)];
        let names = bus.page(usize::from(name_at >> 10));
        let [name, attributes] = [name_at, attribute_at].map(|addr| names[usize::from(addr & 0x3FF)]);
        let pattern = self.tile_address(name, v);
        let patterns = bus.page(usize::from(pattern >> 10));
        let [low, high] = [pattern, pattern | 8].map(|addr| patterns[usize::from(addr & 0x3FF)]);
        Tile { name, attribute: quarter(attributes, v), low, high }
    }

    /// Fetches the tiles at v and to the right of it, moves v on by both, and leaves registers and bus as the last
    /// fetch does.
    pub(super) fn fetch_two_tiles<V: VideoBus>(&mut self, bus: &mut V) {
        let first = self.fetch_tile(bus, self.scroll.v);
        self.scroll.increment_x();
        let second = self.fetch_tile(bus, self.scroll.v);
        let pattern = self.finish_tile(&second);
        self.background.load_tiles(&first, &second, pattern);
    }

    /// Dots 321-340, which begin `ahead` dots from the next one on, but for the soft writes in them.
    #[inline(always)] // as fetch_tile
    pub(super) fn fetch_next_tiles<V: VideoBus>(&mut self, bus: &mut V, ahead: u64) {
        let run = bus.watches_fetches().then(|| self.next_tiles_ahead(ahead));
        self.in_run(bus, run, |ppu, bus| ppu.fetch_two_tiles(bus));
        self.fetch_name(bus, ahead + 16);
    }

    /// As [`Ppu::fetch_two_tiles`] for one.
    pub(super) fn fetch_one_tile<V: VideoBus>(&mut self, bus: &mut V) {
        let tile = self.fetch_tile(bus, self.scroll.v);
        let pattern = self.finish_tile(&tile);
        self.background.load_tile(&tile, pattern);
    }

    /// Moves v on, and leaves the bus as a tile's last fetch does. Returns its pattern's address.
    fn finish_tile(&mut self, tile: &Tile) -> u16 {
        self.scroll.increment_x();
        let pattern = self.tile_address(tile.name, self.scroll.v);
        self.latch = pattern as u8 | 8;
        self.address = (pattern & 0x3F00) | u16::from(tile.high);
        pattern
    }

    /// Fetches the nametable byte at v, as the last four dots of a line do, which begin `ahead` dots from the next one on.
    pub(super) fn fetch_name<V: VideoBus>(&mut self, bus: &mut V, ahead: u64) {
        let addr = self.nametable_address();
        let name = self.fetch_twice(bus, addr, ahead);
        self.background.load_name(name);
        self.latch = addr as u8;
        self.address = (addr & 0x3F00) | u16::from(name);
    }

    /// The lower plane of the row of a tile that fine Y in `v` selects.
    #[inline]
    fn tile_address(&self, name: u8, v: u16) -> u16 {
        self.background_table() | u16::from(name) << 4 | v >> 12 & 7
    }

    /// First dot of a fetch: the address goes out.
    #[inline(always)]
    pub(super) fn send_address<V: VideoBus>(&mut self, bus: &mut V, addr: u16) {
        self.address = addr;
        bus.address(addr, self.now);
    }

    /// Second dot of a fetch: data comes in over the low address pins.
    #[inline(always)]
    pub(super) fn receive_byte<V: VideoBus>(&mut self, bus: &mut V, addr: u16) -> u8 {
        let data = bus.fetch((addr & 0x3F00) | u16::from(self.latch), self.now);
        self.address = (addr & 0x3F00) | u16::from(data);
        data
    }

    #[inline(always)]
    fn receive<V: VideoBus>(&mut self, bus: &mut V, addr: u16, what: Fetched) {
        self.background.data = self.receive_byte(bus, addr);
        self.background.fetched = what;
    }
}
