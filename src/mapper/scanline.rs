//! The scanline counter of the MMC3 and of the TC0690: it counts rises of PPU A12.
//!
//! ```text
//! PPU A12 ──► filter ──► counter ──► 0, and enabled ──► IRQ
//!            (a12.rs)      ▲
//!                          └── latch, at 0 or if a reload was asked for
//! ```
//!
//! At each rise that counts, the counter takes the latch if it is 0 or if a reload was asked for, and otherwise counts down.
//! IRQ follows when it is then 0, depending on the revision ([`Mmc3Revision`]). <https://www.nesdev.org/wiki/MMC3>

use super::a12::A12;
use super::irq::IrqLine;
use crate::clock::NEVER;
use crate::forecast::Forecast;
use crate::options::Mmc3Revision;
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// The counter, and the line that it pulls when it hits.
#[derive(Clone, Debug)]
pub(crate) struct ScanlineCounter {
    latch: u8,
    counter: u8,
    reload: bool,
    enabled: bool,
    pub(super) line: IrqLine,
    a12: A12,
    revision: Mmc3Revision,
}

impl ScanlineCounter {
    pub(super) fn new(revision: Mmc3Revision) -> Self {
        Self {
            latch: 0,
            counter: 0,
            reload: false,
            enabled: false,
            line: IrqLine::default(),
            a12: A12::default(),
            revision,
        }
    }

    pub(super) fn set_latch(&mut self, value: u8) {
        self.latch = value;
    }

    /// The next rise takes the latch.
    pub(super) fn reload(&mut self) {
        self.counter = 0;
        self.reload = true;
    }

    pub(super) fn enable(&mut self) {
        self.enabled = true;
    }

    /// No IRQ from now on; an IRQ ends in cycle `at`.
    pub(super) fn disable(&mut self, at: Cycle) {
        self.enabled = false;
        self.line.release(at);
    }

    /// Whether a rise can hit and that is news.
    #[inline]
    pub(super) fn counts_to_irq(&self) -> bool {
        self.enabled && !self.line.is_asserted()
    }

    /// The PPU puts `addr` on its address bus; `at` is the first CPU cycle that can notice what the board makes of it.
    /// Addresses come in order. One that leaves A12 as it was may be left out, and so may a fall and the rise after it if
    /// they are less than three cycles apart, because no program can tell.
    #[inline]
    pub(crate) fn see(&mut self, addr: u16, at: impl FnOnce() -> Cycle) {
        if let Some(at) = self.a12.see(addr, at) {
            self.clock(at);
        }
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

    /// A cycle that is not after the next hit.
    pub(super) fn next_hit(&self, now: Cycle, forecast: &Forecast) -> Cycle {
        let clocks = match (self.counter, self.reload, self.latch) {
            _ if !self.enabled => return NEVER,
            (0, false, 0) if self.revision == Mmc3Revision::Nec => return NEVER,
            (0, ..) | (_, true, _) => u32::from(self.latch) + 1,
            (counter, false, _) => u32::from(counter),
        };
        self.a12.next_rise(clocks, now, forecast)
    }

    pub(super) fn canonicalize(&mut self) {
        self.a12.canonicalize();
    }
}

persist!(ScanlineCounter { latch, counter, reload, enabled, line, a12 });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cartridge::Cartridge;
    use crate::mapper::Mapper;
    use crate::mapper::tests::Rig;

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
