//! Time: CPU cycles, and the integer ratios that convert them to PPU dots.
//!
//! All chips divide the clock of one crystal (<https://www.nesdev.org/wiki/Cycle_reference_chart>):
//!
//! | region | crystal (Hz)      | CPU | PPU | dots/cycle | lines | vblank line |
//! |--------|-------------------|-----|-----|------------|-------|-------------|
//! | NTSC   | 236.25e6/11       | 12  | 4   | 3          | 262   | 241         |
//! | PAL    | 26.6017125e6      | 16  | 5   | 3.2        | 312   | 241         |
//! | Dendy  | 26.6017125e6      | 15  | 5   | 3          | 312   | 291         |
//!
//! A line has 341 dots. Cycles and [`Dot`]s are counted from power-on; even cycles are get cycles. [`Alignment`] says where
//! the dividers of CPU and PPU stand when the reset sequence begins. Dots are counted without the one that odd frames skip;
//! the PPU keeps its own position.

use crate::chips::{self, CpuRevision, PpuRevision};
use ricojit_interpreter::Cycle;
use std::fmt::{self, Display, Formatter};

/// PPU dots since power-on.
pub(crate) type Dot = u64;

/// The time of an event that is not planned.
pub(crate) const NEVER: u64 = u64::MAX;

/// Dots per scanline.
pub(crate) const DOTS_PER_LINE: u16 = 341;

/// Scanlines with a picture: 0 to 239.
pub(crate) const VISIBLE_LINES: u16 = 240;

/// Dots done at power-on: the PPU leaves its reset two cycles before the CPU does, nine before the first instruction.
/// That code sees the vblank flag 27,384 cycles after it began, and the other registers ignore it for 29,658: nine less
/// than 241 and 261 lines (measured by blargg; <https://www.nesdev.org/wiki/PPU_power_up_state>).
pub const POWER_ON_LEAD: u16 = 6;

/// Whether cycle `at` is a get cycle: the half of an APU cycle in which DMA units read. They write in the other half, a
/// put cycle (<https://www.nesdev.org/wiki/DMA>).
#[inline]
pub(crate) const fn is_get(at: Cycle) -> bool {
    at & 1 == 0
}

/// The console's region, which decides all timing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Region {
    /// RP2A03 and RP2C02: North America, Japan.
    #[default]
    Ntsc,
    /// RP2A07 and RP2C07: Europe, Australia.
    Pal,
    /// UA6527P and UA6538: the famiclone of the post-Soviet states. Its CPU is timed as NTSC, its picture as PAL.
    Dendy,
}

impl Region {
    /// PPU dots per scanline: 341.
    pub const DOTS_PER_LINE: u16 = DOTS_PER_LINE;

    /// The revision of the CPU that is modelled.
    #[inline]
    pub const fn cpu(self) -> &'static CpuRevision {
        match self {
            Self::Ntsc => &chips::RP2A03G,
            Self::Pal => &chips::RP2A07,
            Self::Dendy => &chips::UA6527P,
        }
    }

    /// The revision of the PPU that is modelled.
    #[inline]
    pub const fn ppu(self) -> &'static PpuRevision {
        match self {
            Self::Ntsc => &chips::RP2C02G,
            Self::Pal => &chips::RP2C07,
            Self::Dendy => &chips::UA6538,
        }
    }

    /// Master clocks per CPU cycle: 12 (NTSC), 16 (PAL) or 15 (Dendy).
    #[inline]
    pub const fn cpu_divider(self) -> u64 {
        self.cpu().divider
    }

    /// Master clocks per PPU dot: 4 (NTSC) or 5.
    #[inline]
    pub const fn ppu_divider(self) -> u64 {
        self.ppu().divider
    }

    /// The CPU cycle in which dot `dot` since power-on begins.
    #[inline]
    pub const fn cycle_at(self, dot: Dot) -> Cycle {
        match self {
            Self::Ntsc | Self::Dendy => dot / 3,
            Self::Pal => dot * 5 / 16,
        }
    }

    /// Scanlines per frame, the pre-render line included: 262 (NTSC) or 312. The pre-render line is the last.
    #[inline]
    pub const fn scanlines(self) -> u16 {
        self.ppu().scanlines
    }

    /// The scanline in whose dot 1 the vblank flag is set: 241 (NTSC, PAL) or 291 (Dendy).
    #[inline]
    pub const fn vblank_line(self) -> u16 {
        self.ppu().vblank_line
    }

    /// The CPU clock in Hz as an exact fraction: numerator and denominator.
    pub const fn cpu_hz(self) -> (u64, u64) {
        let (n, d) = match self {
            Self::Ntsc => (236_250_000, 11),
            Self::Pal | Self::Dendy => (26_601_712_500, 1000),
        };
        (n, d * self.cpu_divider())
    }

    /// Frames per second: 60.0988 (NTSC, rendering on) or 50.0070.
    pub fn frames_per_second(self) -> f64 {
        let (n, d) = self.cpu_hz();
        // Every other frame is a dot shorter.
        let skipped = if self.ppu().skips_dot { 0.5 } else { 0.0 };
        let dots = f64::from(DOTS_PER_LINE) * f64::from(self.scanlines()) - skipped;
        (n as f64 / d as f64) * self.cpu_divider() as f64 / self.ppu_divider() as f64 / dots
    }
}

/// How a console's clocks are aligned when its CPU leaves the reset. Chance decides that at each power-on; the Reset button
/// changes only which half of the APU's cycle comes first, which is not modelled
/// (<https://www.nesdev.org/wiki/PPU_frame_timing#CPU-PPU_Clock_Alignment>, <https://www.nesdev.org/wiki/DMA>).
///
/// | region | dots in a CPU cycle   | phases  |
/// |--------|-----------------------|---------|
/// | NTSC   | 3 of 4 master clocks  | 0 to 3  |
/// | PAL    | 3.2 of 5              | 0 to 4  |
/// | Dendy  | 3 of 5                | 0 to 4  |
///
/// On NTSC and Dendy the phase stays. On PAL each cycle has the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Alignment {
    /// Master clocks by which the last dot has begun before the first CPU cycle. At 0 a dot begins with the cycle.
    pub phase: u8,
    /// Whether the first CPU cycle is a put cycle. It then is cycle 1 ([`Machine::cycle`](crate::Machine::cycle)).
    pub put_first: bool,
}

impl Alignment {
    /// An alignment in which a get cycle comes first.
    pub const fn new(phase: u8) -> Self {
        Self { phase, put_first: false }
    }

    /// The same phase with a put cycle first.
    #[must_use]
    pub const fn put_first(self) -> Self {
        Self { put_first: true, ..self }
    }

    /// Those that a region's console can start with: 8 (NTSC) or 10.
    pub fn all(region: Region) -> impl Iterator<Item = Self> {
        (0..Self::phases(region)).flat_map(|phase| [Self::new(phase), Self::new(phase).put_first()])
    }

    /// The number of phases: 4 (NTSC) or 5.
    pub const fn phases(region: Region) -> u8 {
        region.ppu_divider() as u8
    }

    /// The number of the first CPU cycle.
    pub(crate) const fn first_cycle(self) -> Cycle {
        self.put_first as Cycle
    }
}

impl Display for Alignment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.phase, if self.put_first { ":put" } else { "" })
    }
}

/// The clocks of CPU and PPU as a console has them: two dividers of one crystal, which need not begin together.
///
/// ```text
/// master clocks  0   1   2   3   4   5   6   7   8   9   10  11  12        (NTSC)
/// CPU            cycle 0                                         cycle 1
/// PPU, phase 0   dot             dot             dot             dot
/// PPU, phase 3       dot             dot             dot
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) region: Region,
    /// Master clocks since a dot began, when cycle 0 begins. If both fall together that dot is still to come.
    phase: u8,
}

impl Clock {
    /// The clocks of a console that starts as `alignment` says.
    pub(crate) const fn new(region: Region, alignment: Alignment) -> Self {
        let (dot, cycle) = (region.ppu_divider(), region.cpu_divider());
        // The phase is that of the first cycle.
        let before = alignment.first_cycle() * (cycle % dot);
        Self { region, phase: ((alignment.phase as u64 + dot - before % dot) % dot) as u8 }
    }

    /// The number of dots, since power-on, that have begun `offset` master clocks into CPU cycle `at`. If an access and
    /// a dot fall on the same master clock, the access comes first.
    #[inline]
    pub(crate) fn dot_at(self, at: Cycle, offset: u64) -> Dot {
        let offset = offset + u64::from(self.phase);
        self.divide(|cycle, dot| {
            let up = offset + dot - 1;
            (at * cycle + up) / dot
        })
    }

    /// The first CPU cycle in which at least `done` dots have begun `offset` master clocks in: the inverse of
    /// [`Clock::dot_at`].
    #[inline]
    pub(crate) fn cycle_of(self, done: Dot, offset: u64) -> Cycle {
        let offset = offset + u64::from(self.phase);
        // The last of them begins (done - 1) x dot in, which must be before that moment.
        self.divide(|cycle, dot| (done * dot + cycle - dot).saturating_sub(offset) / cycle)
    }

    /// Calculates with the master clocks of a CPU cycle and of a dot: for each region by itself, so that both are
    /// constants and the divisions shifts and multiplications.
    #[inline(always)]
    fn divide(self, calculate: impl Fn(u64, u64) -> u64) -> u64 {
        let of = |region: Region| calculate(region.cpu_divider(), region.ppu_divider());
        match self.region {
            Region::Ntsc => of(Region::Ntsc),
            Region::Pal => of(Region::Pal),
            Region::Dendy => of(Region::Dendy),
        }
    }

    /// The dots that are over when cycle `at` begins.
    pub(crate) const fn dots_over(self, at: Cycle) -> Dot {
        (at * self.region.cpu_divider() + self.phase as u64) / self.region.ppu_divider()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycle_of_is_the_inverse_of_dot_at() {
        for region in [Region::Ntsc, Region::Pal, Region::Dendy] {
            for clock in Alignment::all(region).map(|alignment| Clock::new(region, alignment)) {
                for offset in [0, 2, 4, 7] {
                    for dot in 0..5000 {
                        let at = clock.cycle_of(dot, offset);
                        assert!(clock.dot_at(at, offset) >= dot);
                        assert!(at == 0 || clock.dot_at(at - 1, offset) < dot);
                    }
                }
            }
        }
    }

    #[test]
    fn the_phase_is_that_of_the_first_cycle() {
        for region in [Region::Ntsc, Region::Pal, Region::Dendy] {
            for alignment in Alignment::all(region) {
                let (clock, first) = (Clock::new(region, alignment), alignment.first_cycle());
                // A dot has begun `phase` master clocks before, and the next one begins a dot after that.
                let until_next = region.ppu_divider() - u64::from(alignment.phase);
                let begun = clock.dots_over(first) + u64::from(alignment.phase > 0);
                let next = if alignment.phase > 0 { until_next } else { 0 };
                assert_eq!(clock.dot_at(first, 0), begun, "{region:?} {alignment}");
                assert_eq!(clock.dot_at(first, next), begun, "{region:?} {alignment}");
                assert_eq!(clock.dot_at(first, next + 1), begun + 1, "{region:?} {alignment}");
            }
        }
    }

    #[test]
    fn frame_rates_are_those_of_the_consoles() {
        assert!((Region::Ntsc.frames_per_second() - 60.0988).abs() < 1e-4);
        assert!((Region::Pal.frames_per_second() - 50.0070).abs() < 1e-4);
        assert!((Region::Dendy.frames_per_second() - 50.0070).abs() < 1e-4);
    }
}
