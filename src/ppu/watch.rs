//! Fetches as a board that watches them sees them where dots are not done one by one.
//!
//! ```text
//! a fetch done in its dot       VideoBus::fetch: the board sees it, and may change what is mapped behind it
//! tiles or units done at once   VideoBus::steady, begin_run, end_run: as many as one mapping serves
//! lines done as wholes          the same runs, if VideoBus::has_whole_lines: one mapping serves all of them
//! ```
//!
//! The pre-render line, in which v moves while sprites are fetched, is done dot by dot for such a board.
//!
//! **Contract.** After a part of a line the board is as if it had seen each fetch of it.

use super::line::{BACKGROUND_END, LINE, SPRITES_END};
use super::{Ppu, VideoBus};
use crate::fetches::{FIRST_UNIT, NEXT_LINE, Patterns, READS, Run};

/// Tiles of dots 1-256.
const TILES: u16 = BACKGROUND_END / 8;
/// Tiles of dots 321-336.
const NEXT_TILES: u16 = 2;
/// Sprite units.
const UNITS: u16 = 8;

impl Ppu {
    /// Tiles of the background from the next dot on. The PPU is between two of them.
    #[inline]
    pub(super) fn tiles_ahead(&self, count: u16) -> Run {
        let first = if self.dot < BACKGROUND_END { self.dot / 8 * READS } else { NEXT_LINE };
        let patterns = Patterns::Background(self.background_table());
        Run { start: self.now, first, count, v: self.scroll.v, patterns }
    }

    /// Sprite units from `unit` on, which begins in the next dot, while v is where it says. Their secondary OAM is filled.
    pub(super) fn units_ahead(&self, unit: u16, count: u16, v: u16) -> Run {
        let mut patterns = [0; UNITS as usize];
        for (at, pattern) in (unit..unit + count).zip(&mut patterns) {
            *pattern = self.sprite_pattern(at);
        }
        let patterns = Patterns::Sprites(patterns);
        Run { start: self.now, first: FIRST_UNIT + READS * unit, count, v, patterns }
    }

    /// The next line's first tiles, which are fetched `ahead` dots from the next one on.
    pub(super) fn next_tiles_ahead(&self, ahead: u64) -> Run {
        let run = self.tiles_ahead(NEXT_TILES);
        Run { start: run.start + ahead, first: NEXT_LINE, ..run }
    }

    /// Whether lines from this one on may be done as wholes. The PPU is at dot 0.
    #[inline]
    pub(super) fn may_do_whole_lines<V: VideoBus>(&self, bus: &V) -> bool {
        !bus.watches_fetches() || bus.has_whole_lines(&self.tiles_ahead(TILES))
    }

    /// Whether all of a line behind `dot`, which is one between two units, may be done at once.
    #[inline]
    pub(super) fn may_do_all_fetches<V: VideoBus>(&self, bus: &V) -> bool {
        !bus.watches_fetches() || self.dot == SPRITES_END && bus.steady(&self.tiles_ahead(NEXT_TILES)) == NEXT_TILES
    }

    /// Dots 1-256 of a line that is done as a whole begin.
    #[inline]
    pub(super) fn begin_line<V: VideoBus>(&self, bus: &mut V) {
        if bus.watches_fetches() {
            bus.begin_run(&self.tiles_ahead(TILES));
        }
    }

    /// So many lines from this one on, which has begun, and dots 1-256 of the one behind them.
    #[cold]
    pub(super) fn pass_lines<V: VideoBus>(&self, bus: &mut V, lines: u16) {
        let mut run = self.tiles_ahead(TILES);
        let mut scroll = self.scroll.clone();
        for _ in 0..lines {
            bus.end_run(&run);
            scroll.increment_y();
            scroll.copy_x();
            let units = Run {
                start: run.start + 256,
                first: FIRST_UNIT,
                count: UNITS,
                v: scroll.v,
                patterns: Patterns::Unseen,
            };
            bus.begin_run(&units);
            bus.end_run(&units);
            let tiles = Run { start: run.start + 320, first: NEXT_LINE, count: NEXT_TILES, v: scroll.v, ..run };
            bus.begin_run(&tiles);
            bus.end_run(&tiles);
            scroll.v = scroll.right(NEXT_TILES);
            run = Run { start: run.start + LINE, v: scroll.v, ..run };
            for dots in [337, 339] {
                bus.fetch(run.name_address(0), run.start - LINE + dots);
            }
            bus.begin_run(&run);
        }
        bus.end_run(&run);
    }

    /// v when sprites are fetched, but for what is copied from t: the next line's. The PPU is at dot 256.
    pub(super) fn v_below(&self) -> u16 {
        let mut scroll = self.scroll.clone();
        scroll.increment_y();
        scroll.v
    }

    /// How many of the next tiles may be done at once. The PPU is between two of them.
    #[inline]
    pub(super) fn steady_tiles<V: VideoBus>(&self, bus: &V, most: u16) -> u16 {
        if bus.watches_fetches() { bus.steady(&self.tiles_ahead(most)) } else { most }
    }

    /// As [`Ppu::steady_tiles`] for sprite units from one on.
    #[inline]
    pub(super) fn steady_units<V: VideoBus>(&self, bus: &V, unit: u16, most: u16) -> u16 {
        if !bus.watches_fetches() {
            return most;
        }
        let v = if unit == 0 { self.v_below() } else { self.scroll.v };
        bus.steady(&self.units_ahead(unit, most, v))
    }

    /// Fetches `run`, if the board watches that, by `fetch`.
    #[inline]
    pub(super) fn in_run<V: VideoBus>(&mut self, bus: &mut V, run: Option<Run>, fetch: impl FnOnce(&mut Self, &mut V)) {
        if let Some(run) = &run {
            bus.begin_run(run);
        }
        fetch(self, bus);
        if let Some(run) = &run {
            bus.end_run(run);
        }
    }

    /// The byte at `addr`, which is fetched twice in dots 337-340. They begin `ahead` dots from the next one on.
    #[inline]
    pub(super) fn fetch_twice<V: VideoBus>(&self, bus: &mut V, addr: u16, ahead: u64) -> u8 {
        if !bus.watches_fetches() {
            return bus.read(addr);
        }
        let dot = self.now + ahead;
        bus.address(addr, dot);
        bus.fetch(addr, dot + 1);
        bus.fetch(addr, dot + 3)
    }
}
