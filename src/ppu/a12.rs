//! A12 as a board sees it where dots are not done one by one.
//!
//! ```text
//! dots of a line   1      5        257   261         265   269              321   325        337
//! A12              low    table    low   of unit 0   low   of unit 1  ...   low   table      low
//! ```
//!
//! Nametables are below $3000, so A12 is low while they are fetched. A tile's or a unit's pattern may be at $1000.
//!
//! **Contract.** Boards that watch the address bus see every fall and rise that a filter could let through
//! ([`VideoBus::address`]): a fall for four dots is left out.

use super::line::{BACKGROUND_END, LINE};
use super::{Ppu, VideoBus};

impl Ppu {
    /// Shows an address in the `ahead`th dot from the next one on.
    #[inline]
    pub(super) fn announce<V: VideoBus>(&self, bus: &mut V, ahead: u64, addr: u16) {
        bus.address(addr, self.now + ahead);
    }

    /// Dots 1-256: the first nametable address, and the first pattern. After it A12 falls for four dots at a time.
    pub(super) fn announce_background<V: VideoBus>(&self, bus: &mut V) {
        if bus.is_watched() {
            self.announce(bus, 0, 0x2000);
            self.announce(bus, 4, self.background_table());
        }
    }

    /// Dots 257-340 from those of unit `first` on, in the `ahead`th dot: sprite patterns, then the first tiles. Bit n of
    /// `tall` tells the table of unit n, if sprites are. Where A12 is low for four dots only, that is left out.
    #[inline]
    pub(super) fn announce_fetches<V: VideoBus>(&self, bus: &mut V, ahead: u64, first: u16, tall: u8) {
        let background = self.background_table();
        self.announce(bus, ahead, 0x2000);
        let tables = if !self.has_tall_sprites() { 0xFF * u8::from(self.sprite_table() != 0) } else { tall };
        // Bit 0 is the first unit's.
        let units = 8 - first;
        let tables = u16::from(tables) >> first;
        let mut changes = (tables ^ tables << 1) & ((1 << units) - 1);
        while changes != 0 {
            let unit = changes.trailing_zeros();
            let table = (tables >> unit & 1) << 12;
            self.announce(bus, ahead + 8 * u64::from(unit) + first_of(table), table);
            changes &= changes - 1;
        }
        if background != (tables << 1 >> units & 1) << 12 {
            self.announce(bus, ahead + 8 * u64::from(units) + first_of(background), background);
        }
    }

    /// Lines up to `end`, and its dot 0. The PPU is at dot 0.
    pub(super) fn announce_lines<V: VideoBus>(&mut self, bus: &mut V, end: u16) {
        self.announce_background(bus);
        let tall = self.has_tall_sprites();
        let background = self.background_table() != 0;
        for (line, ahead) in (self.line..end).zip((u64::from(BACKGROUND_END)..).step_by(LINE as usize)) {
            let tables = if tall { self.sprites.tall_tables_after(line, background) } else { 0 };
            self.announce_fetches(bus, ahead, 0, tables);
        }
    }
}

/// Which of the eight dots of a tile changes A12 to that of its pattern's table: the first of all that send a nametable's
/// address, which is low, or the first that sends a pattern's.
fn first_of(table: u16) -> u64 {
    if table == 0 { 0 } else { 4 }
}
