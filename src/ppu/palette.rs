//! Palette RAM: 32 six-bit colours at $3F00, of which the four backdrop entries of the sprites mirror those of the
//! background (<https://www.nesdev.org/wiki/PPU_palettes>).

use crate::state::Visitor;

#[derive(Clone, Debug, Default)]
pub(super) struct PaletteRam {
    /// The mirrored entries are written twice, so that reading needs no test.
    colours: [u8; 32],
}

impl PaletteRam {
    #[inline]
    pub(super) fn read(&self, index: u8) -> u8 {
        self.colours[usize::from(index & 0x1F)]
    }

    pub(super) fn write(&mut self, index: u8, value: u8) {
        let index = usize::from(index & 0x1F);
        self.colours[index] = value & 0x3F;
        if index & 3 == 0 {
            self.colours[index ^ 0x10] = value & 0x3F;
        }
    }

    pub(super) fn state(&mut self, s: &mut impl Visitor) {
        s.bytes(&mut self.colours);
    }
}
