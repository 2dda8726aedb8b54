//! The .nes file of a board.
//!
//! ```text
//! PRG ROM, each 4 KiB     number of the bank: low, high, inverted low, $A5; bytes for bus conflicts; code
//! CHR ROM, each KiB       number of the bank: low, high, inverted low, $C3; then low in all bytes
//! ```

use crate::script::{CONFLICTS, Mirroring, PAGE_HEADER, Script, Unit};
use crate::{BoardRom, Judge};

const PAGE: usize = 0x1000;
const KIB: usize = 1024;

/// A ROM to be made.
#[derive(Clone)]
pub(crate) struct Board {
    /// The name of the board, without its number.
    pub(crate) name: &'static str,
    pub(crate) mapper: u16,
    pub(crate) submapper: u8,
    /// KiB of PRG ROM, CHR ROM and CHR RAM.
    pub(crate) prg: usize,
    pub(crate) chr: usize,
    pub(crate) chr_ram: usize,
    /// Bytes of PRG RAM, and of PRG RAM or EEPROM with a battery.
    pub(crate) ram: usize,
    pub(crate) nvram: usize,
    /// The battery bit.
    pub(crate) battery: bool,
    /// The mirroring in the header: OneA is the bit for four screens without the one for vertical.
    pub(crate) header: Mirroring,
    pub(crate) unit: Unit,
    /// Whether the script leaves RAM at $6000 for the report.
    pub(crate) status: bool,
    pub(crate) script: fn(&Board, &mut Script),
}

impl Board {
    /// A board with what most have; the table of a family changes the rest.
    pub(crate) const fn new(name: &'static str, mapper: u16, submapper: u8, script: fn(&Self, &mut Script)) -> Self {
        Self {
            name,
            mapper,
            submapper,
            prg: 128,
            chr: 0,
            chr_ram: 0,
            ram: 0,
            nvram: 0,
            battery: false,
            header: Mirroring::Vertical,
            unit: Unit::Eight,
            status: false,
            script,
        }
    }

    /// The same with KiB of PRG ROM and CHR ROM; without CHR ROM, 8 KiB of CHR RAM.
    pub(crate) const fn rom(mut self, prg: usize, chr: usize) -> Self {
        (self.prg, self.chr) = (prg, chr);
        self.chr_ram = if chr == 0 { 8 } else { 0 };
        self
    }

    /// The same with CHR RAM.
    pub(crate) const fn chr_ram(mut self, kib: usize) -> Self {
        self.chr_ram = kib;
        self
    }

    /// The same with KiB of PRG RAM, where the report goes too.
    pub(crate) const fn ram(mut self, kib: usize) -> Self {
        (self.ram, self.status) = (kib * KIB, true);
        self
    }

    /// The same with bytes of RAM that is not all of $6000-$60FF.
    pub(crate) const fn small_ram(mut self, bytes: usize) -> Self {
        self.ram = bytes;
        self
    }

    /// The same with bytes of memory with a battery.
    pub(crate) const fn battery(mut self, bytes: usize) -> Self {
        (self.nvram, self.battery) = (bytes, true);
        self
    }

    /// The same, with a report at $6000.
    pub(crate) const fn status(mut self) -> Self {
        self.status = true;
        self
    }

    /// The same with code in banks of 4 KiB.
    pub(crate) const fn unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// The same with mirroring in the header.
    pub(crate) const fn header(mut self, header: Mirroring) -> Self {
        self.header = header;
        self
    }

    /// Builds the ROM.
    pub(crate) fn build(&self) -> BoardRom {
        let mut script = Script::new(self.unit, self.status);
        (self.script)(self, &mut script);
        let (code, steps) = script.finish();
        let mut image = self.header_bytes().to_vec();
        for page in 0..self.prg * KIB / PAGE {
            let mut bytes = signature(page, 0xA5).to_vec();
            bytes.extend(CONFLICTS);
            bytes.resize(usize::from(PAGE_HEADER), 0xFF);
            // The code of 8 KiB has a header in its middle.
            let part = match self.unit {
                Unit::Eight if page % 2 == 0 => &code[..PAGE - usize::from(PAGE_HEADER)],
                Unit::Eight => &code[PAGE..],
                Unit::Four => &code[..],
            };
            bytes.extend(part);
            image.extend(bytes);
        }
        for bank in 0..self.chr {
            let start = image.len();
            image.extend(signature(bank, 0xC3));
            image.resize(start + KIB, bank as u8);
        }
        let judge = if self.status { Judge::Status6000 } else { Judge::RamText };
        let submapper = if self.submapper == 0 { String::new() } else { format!(".{}", self.submapper) };
        BoardRom {
            name: format!("{:03}{submapper}-{}", self.mapper, self.name),
            mapper: self.mapper,
            submapper: self.submapper,
            judge,
            image,
            frames: 60,
            steps,
        }
    }

    /// The NES 2.0 header.
    fn header_bytes(&self) -> [u8; 16] {
        let shift = |bytes: usize| if bytes == 0 { 0 } else { (bytes / 64).ilog2() as u8 };
        let (prg, chr, mapper) = (self.prg / 16, self.chr / 8, self.mapper);
        let mirroring = match self.header {
            Mirroring::Horizontal => 0,
            Mirroring::Vertical => 1,
            Mirroring::OneA => 8,
            Mirroring::Four | Mirroring::OneB => 9,
        };
        let mut header = [0; 16];
        header[..4].copy_from_slice(b"NES\x1A");
        header[4] = prg as u8;
        header[5] = chr as u8;
        header[6] = mirroring | u8::from(self.battery) << 1 | (mapper as u8) << 4;
        header[7] = 0x08 | (mapper as u8 & 0xF0);
        header[8] = (mapper >> 8) as u8 | self.submapper << 4;
        header[9] = (prg >> 8) as u8 | ((chr >> 8) as u8) << 4;
        header[10] = shift(self.ram) | shift(self.nvram) << 4;
        header[11] = shift(self.chr_ram * KIB);
        header
    }
}

/// The start of a bank.
fn signature(bank: usize, last: u8) -> [u8; 4] {
    [bank as u8, (bank >> 8) as u8, !(bank as u8), last]
}
