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
    /// As pixels show them: all transparent ones show the backdrop.
    seen: [u8; 32],
}

impl PaletteRam {
    pub(super) fn new(pattern: PalettePattern) -> Self {
        let colours = match pattern {
            PalettePattern::Console => POWER_ON,
            PalettePattern::Zeros => [0; 32],
        };
        let mut ram = Self { colours, seen: colours };
        ram.rebuild();
        ram
    }

    /// Makes again what follows from a loaded state.
    pub(super) fn rebuild(&mut self) {
        self.seen = self.colours;
        self.show_backdrop();
    }

    fn show_backdrop(&mut self) {
        for transparent in self.seen.iter_mut().step_by(4) {
            *transparent = self.colours[0];
        }
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

    /// All 32 as pixels show them: all transparent ones show the backdrop.
    #[inline]
    pub(super) fn seen(&self) -> &[u8; 32] {
        &self.seen
    }

    pub(super) fn write(&mut self, index: u8, value: u8) {
        let index = usize::from(index & 0x1F);
        self.colours[index] = value & 0x3F;
        match index & 0x0F {
            0 => {
                self.colours[index ^ 0x10] = value & 0x3F;
                self.show_backdrop();
            }
            4 | 8 | 12 => self.colours[index ^ 0x10] = value & 0x3F,
            _ => self.seen[index] = value & 0x3F,
        }
    }
}

persist!(PaletteRam { colours: each(0..=0x3F) } valid(|ram| {
    (0..32).step_by(4).all(|index: usize| ram.colours[index] == ram.colours[index ^ 0x10])
}));
