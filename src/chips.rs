//! What differs between the revisions of the CPU and of the PPU: one row of facts for each, which the chips read.
//!
//! | console | CPU      | PPU      |
//! |---------|----------|----------|
//! | NTSC    | RP2A03G  | RP2C02G  |
//! | PAL     | RP2A07   | RP2C07   |
//! | Dendy   | UA6527P  | UA6538   |
//!
//! (<https://www.nesdev.org/wiki/Cycle_reference_chart>, <https://www.nesdev.org/wiki/CPU_variants>,
//! <https://www.nesdev.org/wiki/PPU_variants>.) What all revisions share is in the chips themselves.

use crate::clock::{DOTS_PER_LINE, Dot, NEVER};
use crate::frame::emphasis::{BLUE, GREEN, RED};
use std::ops::Range;

/// A revision of the CPU, with its APU.
#[derive(Debug)]
pub struct CpuRevision {
    name: &'static str,
    /// Master clocks per cycle.
    pub(crate) divider: u64,
    /// DMA halts the CPU only on a read that fetches an opcode, not on any, so that it never repeats the read of a register
    /// (<https://www.nesdev.org/wiki/APU_DMC>, "Conflict with controller and PPU read").
    pub(crate) dma_waits_for_opcode: bool,
    /// CPU cycles per step of the noise channel, by index (<https://www.nesdev.org/wiki/APU_Noise>).
    pub(crate) noise_periods: [u16; 16],
    /// CPU cycles per bit of the DMC, by index (<https://www.nesdev.org/wiki/APU_DMC>).
    pub(crate) dmc_periods: [u16; 16],
    /// Cycles from the start of the frame counter's sequence to each of its steps; the sequence starts again at the last
    /// (<https://www.nesdev.org/wiki/APU_Frame_Counter>).
    pub(crate) four_steps: [u64; 6],
    pub(crate) five_steps: [u64; 5],
}

/// A revision of the PPU.
#[derive(Debug)]
pub struct PpuRevision {
    name: &'static str,
    /// Master clocks per dot.
    pub(crate) divider: u64,
    /// Lines per frame; the last is the pre-render line.
    pub(crate) scanlines: u16,
    /// The line in whose dot 1 the vblank flag is set.
    pub(crate) vblank_line: u16,
    /// Odd frames are a dot shorter while rendering.
    pub(crate) skips_dot: bool,
    /// What bits 5, 6 and 7 of PPUMASK emphasise (<https://www.nesdev.org/wiki/Colour_emphasis>).
    pub(crate) emphasis: [u16; 3],
    /// What the picture is covered with (<https://www.nesdev.org/wiki/PAL_video>).
    pub(crate) border: Border,
    /// Lines in whose dots 2, 4, ... 340 OAMADDR is incremented, so that each row of OAM is read and refreshed: vertical
    /// blank is too long for it otherwise (<https://www.nesdev.org/wiki/PPU_OAM#Dynamic_RAM_decay>).
    pub(crate) refresh: Range<u16>,
    /// A row of OAM is copied over another if the pre-render line begins with rendering on while OAMADDR and secondary
    /// OAM's address select different rows (<https://www.nesdev.org/wiki/OAM_internals>).
    pub(crate) corrupts_oam: bool,
    /// Dots after its last access in which a row of OAM still holds its bytes, if OAM decays
    /// (<https://www.nesdev.org/wiki/PPU_OAM#Dynamic_RAM_decay>). Battletoads needs 37 lines; 40 are modelled. A UA6538 does
    /// not refresh OAM in the 71 lines in which it renders nothing, and plays games that leave OAM alone there: its rows last
    /// longer, and how long has not been measured.
    pub(crate) oam_lasts: Dot,
}

const FORTY_LINES: Dot = 40 * DOTS_PER_LINE as Dot;

/// A black border that covers a part of the picture.
#[derive(Debug)]
pub(crate) struct Border {
    /// Lines at the top.
    pub(crate) top: u16,
    /// Pixels on the left and on the right of every line.
    pub(crate) sides: u16,
}

impl Border {
    const NONE: Self = Self { top: 0, sides: 0 };
}

impl CpuRevision {
    /// The name on the chip.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl PpuRevision {
    /// The name on the chip.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the forced refresh increments OAMADDR in a dot.
    #[inline]
    pub(crate) fn refreshes_in(&self, line: u16, dot: u16) -> bool {
        self.refresh.contains(&line) && dot != 0 && dot & 1 == 0
    }

    /// How often the forced refresh increments OAMADDR from the start of a frame up to a dot, that one included.
    #[inline]
    pub(crate) fn refreshes(&self, line: u16, dot: u16) -> u16 {
        const IN_A_LINE: u16 = DOTS_PER_LINE / 2;
        let here = if self.refresh.contains(&line) { dot / 2 } else { 0 };
        (line.clamp(self.refresh.start, self.refresh.end) - self.refresh.start) * IN_A_LINE + here
    }
}

#[rustfmt::skip]
pub(crate) const RP2A03G: CpuRevision = CpuRevision {
    name: "RP2A03G",
    divider: 12,
    dma_waits_for_opcode: false,
    noise_periods: [4, 8, 16, 32, 64, 96, 128, 160, 202, 254, 380, 508, 762, 1016, 2034, 4068],
    dmc_periods: [428, 380, 340, 320, 286, 254, 226, 214, 190, 160, 142, 128, 106, 84, 72, 54],
    four_steps: [7457, 14_913, 22_371, 29_828, 29_829, 29_830],
    five_steps: [7457, 14_913, 22_371, 37_281, 37_282],
};

#[rustfmt::skip]
pub(crate) const RP2A07: CpuRevision = CpuRevision {
    name: "RP2A07",
    divider: 16,
    dma_waits_for_opcode: true,
    noise_periods: [4, 8, 14, 30, 60, 88, 118, 148, 188, 236, 354, 472, 708, 944, 1890, 3778],
    dmc_periods: [398, 354, 316, 298, 276, 236, 210, 198, 176, 148, 132, 118, 98, 78, 66, 50],
    four_steps: [8313, 16_627, 24_939, 33_252, 33_253, 33_254],
    five_steps: [8313, 16_627, 24_939, 41_565, 41_566],
};

pub(crate) const UA6527P: CpuRevision = CpuRevision { name: "UA6527P", divider: 15, ..RP2A03G };

pub(crate) const RP2C02G: PpuRevision = PpuRevision {
    name: "RP2C02G",
    divider: 4,
    scanlines: 262,
    vblank_line: 241,
    skips_dot: true,
    emphasis: [RED, GREEN, BLUE],
    border: Border::NONE,
    refresh: 0..0,
    corrupts_oam: true,
    oam_lasts: FORTY_LINES,
};

pub(crate) const RP2C07: PpuRevision = PpuRevision {
    name: "RP2C07",
    divider: 5,
    scanlines: 312,
    vblank_line: 241,
    skips_dot: false,
    emphasis: [GREEN, RED, BLUE],
    border: Border { top: 1, sides: 2 },
    refresh: 265..311,
    corrupts_oam: false,
    oam_lasts: FORTY_LINES,
};

pub(crate) const UA6538: PpuRevision = PpuRevision {
    name: "UA6538",
    divider: 5,
    scanlines: 312,
    vblank_line: 291,
    skips_dot: false,
    emphasis: [GREEN, RED, BLUE],
    border: Border::NONE,
    refresh: 0..0,
    corrupts_oam: true,
    oam_lasts: NEVER,
};
