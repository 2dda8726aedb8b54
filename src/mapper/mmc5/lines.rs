//! How an MMC5 finds lines in what the PPU reads, and its IRQ.
//!
//! ```text
//! dot of a line    336  338   340   | 2     4            6 ...            the PPU reads
//! address                n     n    | n     attributes   pattern          n: the name of the third tile
//!                        |_____|______|     the line begins: the read behind three of one name
//!
//! $5203  write  line that asserts IRQ; 0: none
//! $5204  write  E.......  IRQ on
//!        read   PF......  P: the line was reached (the read clears that); F: a frame is rendered
//! ```
//!
//! The first line that is found begins a frame: it is line 0, and clears P. Others count. The frame ends if no read comes in
//! three cycles, when the CPU switches rendering off by $2001, and when it reads the NMI vector, which clears P as well.
//! (<https://www.nesdev.org/wiki/MMC5#Scanline_Detection_and_Scanline_IRQ>; measured by blargg in "MMC5 IRQ RE Results",
//! <https://nesdev.nes.science/f3/t658.xhtml>.)
//!
//! **Contract.** That three cycles have passed is found out at the next read, at a question of the CPU, or by
//! [`Lines::settle`].

use crate::clock::{DOTS_PER_LINE, NEVER, VISIBLE_LINES};
use crate::forecast::Forecast;
use crate::mapper::irq::IrqLine;
use crate::state::persist;
use ricojit_interpreter::Cycle;

/// Cycles without a read that end a frame.
const IDLE: Cycle = 3;
/// Reads of one name by which a line is found, but for the first.
const REPEATS: u8 = 2;
/// The dot of a line in which it begins for the chip.
const BEGINS: u32 = 4;

#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    in_frame: bool,
    counter: u8,
    compare: u8,
    enabled: bool,
    pending: bool,
    irq: IrqLine,
    /// The name that was read last, if that was one, or 0; and how often before.
    name: u16,
    repeats: u8,
    /// The number of the next read in its line, as far as it goes.
    reads: u8,
    last_read: Cycle,
}

persist!(Lines {
    in_frame,
    counter,
    compare,
    enabled,
    pending,
    irq,
    name: within(0..=0x2FFF),
    repeats: within(0..=REPEATS),
    reads,
    last_read: until(8),
});

impl Lines {
    /// A read of the PPU in cycle `at`, and its number in its line.
    pub(super) fn read(&mut self, addr: u16, at: Cycle) -> u8 {
        self.settle(at);
        if self.repeats == REPEATS {
            self.begin(at);
        }
        let nth = self.reads;
        self.reads = self.reads.saturating_add(1);
        let is_name = addr & 0x3000 == 0x2000;
        // A fourth one does not begin a line again.
        self.repeats = if is_name && addr == self.name && self.repeats < REPEATS { self.repeats + 1 } else { 0 };
        self.name = if is_name { addr } else { 0 };
        self.last_read = at;
        nth
    }

    /// So many reads, the last one in cycle `at` and of a pattern. They follow others closely.
    pub(super) fn skip(&mut self, reads: u16, at: Cycle) {
        self.reads = self.reads.saturating_add(reads as u8);
        (self.name, self.repeats) = (0, 0);
        self.last_read = at;
    }

    fn begin(&mut self, at: Cycle) {
        // The one that follows is that of attributes.
        self.reads = 1;
        if !self.in_frame {
            self.in_frame = true;
            self.counter = 0;
            self.acknowledge(at);
            return;
        }
        self.counter = self.counter.wrapping_add(1);
        if self.counter == self.compare && self.compare != 0 {
            self.pending = true;
            if self.enabled {
                self.irq.assert(at);
            }
        }
    }

    /// Whether the next read but one begins a line, if the next one is of this name.
    pub(super) fn will_begin(&self, name: u16) -> bool {
        self.repeats == REPEATS - 1 && self.name == name
    }

    /// Whether the next read is the `nth` of its line.
    pub(super) fn is_at(&self, nth: u16) -> bool {
        u16::from(self.reads) == nth
    }

    /// Whether the last read was of a name.
    pub(super) fn was_name(&self) -> bool {
        self.name != 0
    }

    /// The line that is rendered.
    pub(super) fn counter(&self) -> u8 {
        self.counter
    }

    /// Ends the frame if the PPU has not read for too long before cycle `at`.
    pub(super) fn settle(&mut self, at: Cycle) {
        if at > self.last_read + IDLE {
            self.leave_frame();
        }
    }

    pub(super) fn leave_frame(&mut self) {
        self.in_frame = false;
        (self.name, self.repeats) = (0, 0);
    }

    /// The CPU reads the NMI vector.
    pub(super) fn end_frame(&mut self, at: Cycle) {
        self.leave_frame();
        self.counter = 0;
        self.acknowledge(at);
    }

    /// Whether a frame is rendered, as of the last read.
    pub(super) fn is_in_frame(&self) -> bool {
        self.in_frame
    }

    /// The same at the end of cycle `at`.
    pub(super) fn is_in_frame_at(&self, at: Cycle) -> bool {
        self.in_frame && at < self.last_read + IDLE
    }

    fn acknowledge(&mut self, at: Cycle) {
        self.pending = false;
        self.irq.release(at);
    }

    pub(super) fn read_status(&mut self, at: Cycle) -> u8 {
        let status = self.status(self.is_in_frame_at(at));
        self.acknowledge(at);
        status
    }

    pub(super) fn status(&self, in_frame: bool) -> u8 {
        u8::from(self.pending) << 7 | u8::from(in_frame) << 6
    }

    pub(super) fn set_compare(&mut self, value: u8) {
        self.compare = value;
    }

    pub(super) fn set_enabled(&mut self, enabled: bool, at: Cycle) {
        self.enabled = enabled;
        if enabled && self.pending {
            self.irq.assert(at);
        } else if !enabled {
            self.irq.release(at);
        }
    }

    pub(super) fn irq_line(&self) -> &IrqLine {
        &self.irq
    }

    pub(super) fn counts_to_irq(&self) -> bool {
        self.enabled && self.compare != 0 && !self.irq.is_asserted()
    }

    pub(super) fn next_irq(&self, now: Cycle, f: &Forecast) -> Cycle {
        if let Some(since) = self.irq.since() {
            return since;
        }
        if !self.counts_to_irq() {
            return NEVER;
        }
        // Without an access, the next name that is read three times is that of the next line.
        let begins = self.repeats == REPEATS || self.repeats > 0 && u32::from(f.dot) < BEGINS;
        if f.pending || begins {
            return now + 1;
        }
        let Some(lines) = self.lines_ahead(f).filter(|_| f.rendering) else { return NEVER };
        // A frame may be a dot shorter.
        let dots = lines * u32::from(DOTS_PER_LINE) + BEGINS - 1;
        f.cycle_after(now, dots.saturating_sub(u32::from(f.dot) + 1))
    }

    /// How many lines from the present one on the IRQ's is, if all of them are rendered.
    fn lines_ahead(&self, f: &Forecast) -> Option<u32> {
        let [line, all] = [f.scanline, f.region.scanlines()].map(u32::from);
        let [compare, last] = [u32::from(self.compare), u32::from(VISIBLE_LINES) - 1];
        if line < last {
            let target = match self.in_frame {
                true => Some(compare)
                    .filter(|&compare| compare > self.counter.into())
                    .map(|to| line + to - u32::from(self.counter)),
                false => Some(line + 1 + compare),
            };
            if let Some(target) = target.filter(|&target| target <= last) {
                return Some(target - line);
            }
        }
        // In the next picture, or in this one if it has not begun.
        (compare <= last).then(|| all - line + compare)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Region;

    /// The reads of the end of a line and the beginning of the next, two thirds of a cycle each; in cycles.
    fn line(lines: &mut Lines, at: Cycle) {
        for addr in [0x2345, 0x2345, 0x2345, 0x23C0, 0x1000] {
            lines.read(addr, at);
        }
    }

    fn counting(compare: u8) -> Lines {
        let mut lines = Lines::default();
        lines.set_compare(compare);
        lines.set_enabled(true, 0);
        lines
    }

    #[test]
    fn three_reads_of_a_name_and_another_begin_a_line() {
        let mut lines = counting(1);
        for addr in [0x2345, 0x2345, 0x2345] {
            lines.read(addr, 100);
        }
        assert!(!lines.is_in_frame());
        assert_eq!(lines.read(0x23C0, 101), 1);
        assert!(lines.is_in_frame() && !lines.pending);
        line(&mut lines, 102);
        assert_eq!(lines.irq_line().since(), Some(102));
        assert_eq!((lines.read_status(103), lines.read_status(103)), (0xC0, 0x40));
        assert_eq!(lines.irq_line().since(), None);
    }

    #[test]
    fn other_reads_do_not() {
        let mut lines = Lines::default();
        for addr in [0x2345, 0x2345, 0x2346, 0x2345, 0x2345, 0x0345, 0x0345, 0x0345, 0x3345, 0x3345, 0x3345, 0] {
            lines.read(addr, 100);
        }
        assert!(!lines.is_in_frame());
    }

    #[test]
    fn a_frame_ends_three_cycles_after_the_last_read() {
        let mut lines = Lines::default();
        line(&mut lines, 100);
        assert_eq!([100, 102, 103].map(|at| lines.is_in_frame_at(at)), [true, true, false]);
        lines.read(0x1000, 103);
        assert!(lines.is_in_frame(), "in the third cycle before it is over");
        lines.read(0x1000, 107);
        assert!(!lines.is_in_frame());
    }

    #[test]
    fn a_new_frame_clears_what_is_pending() {
        let mut lines = counting(1);
        line(&mut lines, 100);
        line(&mut lines, 101);
        line(&mut lines, 200);
        assert_eq!((lines.counter(), lines.pending, lines.irq_line().since()), (0, false, None));
    }

    #[test]
    fn the_nmi_vector_ends_a_frame_and_acknowledges() {
        let mut lines = counting(2);
        for at in 100..103 {
            line(&mut lines, at);
        }
        assert_eq!((lines.counter(), lines.irq_line().since()), (2, Some(102)));
        lines.end_frame(104);
        assert_eq!((lines.status(lines.is_in_frame()), lines.counter(), lines.irq_line().since()), (0, 0, None));
    }

    #[test]
    fn irq_can_be_switched_on_late_but_not_for_line_0() {
        let mut lines = Lines::default();
        lines.set_compare(1);
        line(&mut lines, 100);
        line(&mut lines, 101);
        assert_eq!(lines.irq_line().since(), None);
        lines.set_enabled(true, 103);
        assert_eq!(lines.irq_line().since(), Some(103));
        lines.set_enabled(false, 104);
        assert_eq!(lines.irq_line().since(), None);
        let mut lines = counting(0);
        (0..300).for_each(|at| line(&mut lines, at));
        assert!(!lines.pending);
    }

    #[test]
    fn the_irq_is_foreseen() {
        let mut lines = counting(10);
        line(&mut lines, 1000);
        lines.skip(160, 1100);
        let at = |scanline, dot| Forecast {
            region: Region::Ntsc,
            scanline,
            dot,
            rendering: true,
            pending: false,
            background_table: 0,
            sprite_table: 0,
            tall_sprites: false,
            tall: None,
        };
        let after = |lines: &Lines, scanline, dot| lines.next_irq(2000, &at(scanline, dot)) - 2000;
        assert_eq!(after(&lines, 0, 300), (10 * 341 + 2 - 300) / 3 - 1);
        assert_eq!(after(&lines, 235, 300), ((262 - 235 + 10) * 341 + 2 - 300) / 3 - 1, "in the next picture");
        assert_eq!(after(&lines, 261, 0), 11 * 341 / 3);
        lines.leave_frame();
        assert_eq!(after(&lines, 100, 300), (11 * 341 + 2 - 300) / 3 - 1, "the first line begins a frame");
        assert_eq!(lines.next_irq(2000, &Forecast { rendering: false, ..at(0, 0) }), NEVER);
        assert_eq!(lines.next_irq(2000, &Forecast { pending: true, ..at(0, 0) }), 2001);
    }
}
