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

/// A revision of the CPU, with its APU.
#[derive(Debug)]
pub struct CpuRevision {
    name: &'static str,
    /// Master clocks per cycle.
    pub(crate) divider: u64,
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
}

#[rustfmt::skip]
pub(crate) const RP2A03G: CpuRevision = CpuRevision {
    name: "RP2A03G",
    divider: 12,
    noise_periods: [4, 8, 16, 32, 64, 96, 128, 160, 202, 254, 380, 508, 762, 1016, 2034, 4068],
    dmc_periods: [428, 380, 340, 320, 286, 254, 226, 214, 190, 160, 142, 128, 106, 84, 72, 54],
    four_steps: [7457, 14_913, 22_371, 29_828, 29_829, 29_830],
    five_steps: [7457, 14_913, 22_371, 37_281, 37_282],
};

#[rustfmt::skip]
pub(crate) const RP2A07: CpuRevision = CpuRevision {
    name: "RP2A07",
    divider: 16,
    noise_periods: [4, 8, 14, 30, 60, 88, 118, 148, 188, 236, 354, 472, 708, 944, 1890, 3778],
    dmc_periods: [398, 354, 316, 298, 276, 236, 210, 198, 176, 148, 132, 118, 98, 78, 66, 50],
    four_steps: [8313, 16_627, 24_939, 33_252, 33_253, 33_254],
    five_steps: [8313, 16_627, 24_939, 41_565, 41_566],
};

pub(crate) const UA6527P: CpuRevision = CpuRevision { name: "UA6527P", divider: 15, ..RP2A03G };

pub(crate) const RP2C02G: PpuRevision =
    PpuRevision { name: "RP2C02G", divider: 4, scanlines: 262, vblank_line: 241, skips_dot: true };

pub(crate) const RP2C07: PpuRevision =
    PpuRevision { name: "RP2C07", divider: 5, scanlines: 312, vblank_line: 241, skips_dot: false };

pub(crate) const UA6538: PpuRevision =
    PpuRevision { name: "UA6538", divider: 5, scanlines: 312, vblank_line: 291, skips_dot: false };
