//! Minimal cartridges: images made from a few bytes of code.
//!
//! ```text
//! $8000  the program, entered by reset          $C000  CHR: 8 KiB of ROM, all zeros (solid colour 0) unless given
//! $A000  the NMI handler: RTI unless given      (file offset 16 + 32 KiB)
//! $B000  the IRQ handler: RTI unless given
//! ```

use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Options;
use ricojit::Region;

const PRG_SIZE: usize = 0x8000;
/// The unit of PRG ROM in headers.
const PRG_UNIT: usize = 0x4000;
const CHR_SIZE: usize = 0x2000;
const RTI: u8 = 0x40;
/// Reset, NMI and IRQ handlers, as offsets into PRG ROM.
const RESET: usize = 0x0000;
const NMI: usize = 0x2000;
const IRQ: usize = 0x3000;

/// Waits for more than two frames, in which the PPU warms up, without an access to a register. Ends with X = Y = 0.
#[rustfmt::skip]
pub(crate) const WARM_UP: [u8; 11] = [
    0xA2, 0x00,         //       LDX #0
    0xA0, 0x22,         //       LDY #34
    0xEA,               // loop: NOP
    0xCA,               //       DEX
    0xD0, 0xFC,         //       BNE loop
    0x88,               //       DEY
    0xD0, 0xF9,         //       BNE loop
];

/// Turns rendering on. Changes A.
#[rustfmt::skip]
pub(crate) const RENDER: [u8; 5] = [
    0xA9, 0x1E,         //       LDA #$1E
    0x8D, 0x01, 0x20,   //       STA $2001
];

/// An endless loop. Changes V.
#[rustfmt::skip]
pub(crate) const FOREVER: [u8; 3] = [
    0xB8,               //       CLV
    0x50, 0xFE,         // loop: BVC loop
];

/// A builder of cartridges.
pub(crate) struct Program {
    mapper: u8,
    flags: u8,
    region: Region,
    prg: Vec<u8>,
    chr: u8,
}

impl Program {
    /// NROM with this code at $8000, which reset enters.
    pub(crate) fn new(code: &[u8]) -> Self {
        let mut prg = vec![0; PRG_SIZE];
        prg[PRG_SIZE - 6..].copy_from_slice(&[0x00, 0xA0, 0x00, 0x80, 0x00, 0xB0]);
        let program = Self { mapper: 0, flags: 0, region: Region::Ntsc, prg, chr: 0 };
        program.with(RESET, code).with(NMI, &[RTI]).with(IRQ, &[RTI])
    }

    /// A complete image of PRG ROM, including the vectors.
    #[cfg(feature = "jit")]
    pub(crate) fn image(mapper: u8, prg: Vec<u8>) -> Self {
        Self { mapper, flags: 0, region: Region::Ntsc, prg, chr: 0 }
    }

    /// The NMI handler.
    pub(crate) fn nmi(self, code: &[u8]) -> Self {
        self.with(NMI, code)
    }

    /// The IRQ handler.
    pub(crate) fn irq(self, code: &[u8]) -> Self {
        self.with(IRQ, code)
    }

    /// Another board. Its banks at power-on must map the image like NROM.
    pub(crate) fn mapper(mut self, mapper: u8) -> Self {
        self.mapper = mapper;
        self
    }

    /// Nametables side by side: vertical mirroring.
    pub(crate) fn side_by_side(mut self) -> Self {
        self.flags |= 0x01;
        self
    }

    /// 8 KiB of RAM with a battery at $6000.
    pub(crate) fn battery(mut self) -> Self {
        self.flags |= 0x02;
        self
    }

    /// The console that the header names.
    pub(crate) fn region(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// All bytes of CHR ROM: $FF is solid colour 3.
    pub(crate) fn chr(mut self, byte: u8) -> Self {
        self.chr = byte;
        self
    }

    /// Bytes at an offset into PRG ROM.
    pub(crate) fn with(mut self, offset: usize, code: &[u8]) -> Self {
        self.prg[offset..][..code.len()].copy_from_slice(code);
        self
    }

    /// The cartridge.
    pub(crate) fn cartridge(&self) -> Cartridge {
        let mut file = b"NES\x1A".to_vec();
        file.extend([(self.prg.len() / PRG_UNIT) as u8, 1]);
        // Only NES 2.0 names a region.
        let (format, region) = match self.region {
            Region::Ntsc => (0, 0),
            Region::Pal => (8, 1),
            Region::Dendy => (8, 3),
        };
        file.extend([self.mapper << 4 | self.flags, self.mapper & 0xF0 | format]);
        file.extend([0, 0, 0, 0, region, 0, 0, 0]);
        file.extend(&self.prg);
        file.extend([self.chr; CHR_SIZE]);
        Cartridge::load(&file).expect("the image is well-formed")
    }

    /// A machine with the cartridge, at power-on.
    pub(crate) fn machine(&self, options: &Options) -> Machine {
        Machine::new(&self.cartridge(), options).expect("the board is supported")
    }
}
