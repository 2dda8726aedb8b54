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
//! A line has 341 dots. Cycle 0 is the first of the reset sequence; one fixed alignment of the two dividers is
//! modelled. [`Dot`] counts dots from there on and ignores the dot that odd frames skip; the PPU keeps its own
//! position.

use crate::chips::{self, CpuRevision, PpuRevision};
use ricojit_interpreter::Cycle;

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
pub const POWER_ON_ALIGNMENT: u16 = 6;

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

    /// The number of dots, since power-on, that have begun `offset` master clocks into CPU cycle `at`. If an access and
    /// a dot fall on the same master clock, the access comes first.
    #[inline]
    pub const fn dot_at(self, at: Cycle, offset: u64) -> Dot {
        match self {
            // 12 / 4: the usual case needs no division.
            Self::Ntsc => at * 3 + offset.div_ceil(4),
            Self::Pal => (at * 16 + offset).div_ceil(5),
            Self::Dendy => at * 3 + offset.div_ceil(5),
        }
    }

    /// The first CPU cycle in which at least `done` dots have begun `offset` master clocks in: the inverse of
    /// [`Region::dot_at`].
    #[inline]
    pub const fn cycle_of(self, done: Dot, offset: u64) -> Cycle {
        if done == 0 {
            return 0;
        }
        // The master clock at which the last of them begins, which must be before that moment.
        let last = (done - 1) * self.ppu_divider();
        (last + 1).saturating_sub(offset).div_ceil(self.cpu_divider())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycle_of_is_the_inverse_of_dot_at() {
        for region in [Region::Ntsc, Region::Pal, Region::Dendy] {
            for offset in [0, 2, 4, 7] {
                for dot in 0..5000 {
                    let at = region.cycle_of(dot, offset);
                    assert!(region.dot_at(at, offset) >= dot);
                    assert!(at == 0 || region.dot_at(at - 1, offset) < dot);
                }
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
