//! Palette RAM: 32 six-bit colours at $3F00, of which the four backdrop entries of the sprites mirror those of the
//! background (<https://www.nesdev.org/wiki/PPU_palettes>).

use crate::options::PalettePattern;
use crate::state::persist;

/// What one console's palette RAM held at power-on (blargg's power_up_palette documents it).
#[rustfmt::skip]
const POWER_ON: [u8; 32] = [
    0x09, 0x01, 0x00, 0x01, 0x00, 0x02, 0x02, 0x0D, 0x08, 0x10, 0x08, 0x24, 0x00, 0x00, 0x04, 0x2C,
    0x09, 0x01, 0x34, 0x03, 0x00, 0x04, 0x00, 0x14, 0x08, 0x3A, 0x00, 0x02, 0x00, 0x20, 0x2C, 0x08,
];

#[derive(Clone, Debug)]
pub(super) struct PaletteRam {
    /// The mirrored entries are written twice, so that reading needs no test.
    colours: [u8; 32],
}

impl PaletteRam {
    pub(super) fn new(pattern: PalettePattern) -> Self {
        let colours = match pattern {
            PalettePattern::Console => POWER_ON,
            PalettePattern::Zeros => [0; 32],
        };
        Self { colours }
    }

    #[inline]
    pub(super) fn read(&self, index: u8) -> u8 {
        self.colours[usize::from(index & 0x1F)]
    }

    /// All 32, mirrors included.
    #[inline]
    pub(super) fn colours(&self) -> &[u8; 32] {
        &self.colours
    }

    /// As pixels show them: all transparent ones show the backdrop.
    #[inline]
    pub(super) fn seen(&self) -> [u8; 32] {
        let mut seen = self.colours;
        for transparent in seen.iter_mut().step_by(4) {
            *transparent = self.colours[0];
        }
        seen
    }

    pub(super) fn write(&mut self, index: u8, value: u8) {
        let index = usize::from(index & 0x1F);
        self.colours[index] = value & 0x3F;
        if index & 3 == 0 {
            self.colours[index ^ 0x10] = value & 0x3F;
        }
    }
}

persist!(PaletteRam { colours: each(0..=0x3F) } valid(|ram| {
    (0..32).step_by(4).all(|index: usize| ram.colours[index] == ram.colours[index ^ 0x10])
}));
