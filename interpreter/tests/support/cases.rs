//! The single-step vectors of SingleStepTests/65x02 (set `nes6502`), as the tests read them.
//!
//! The packed file (`RICOJIT_VECTORS`) is little-endian, after gunzip:
//!
//! ```text
//! "NSST"  u16 version = 1  u16 groups
//! group:  u8 opcode  u8 0  u16 cases
//! case:   u16 index  before: u16 PC, u8 A X Y S P  after: the same  u8 cycles  u16 write mask  cycles x (u16 address, u8 value)
//! ```

use flate2::read::GzDecoder;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The path of the packed file in the corpus.
pub(crate) const FILE: &str = "cpu_single_step/nes6502_visible.nsst.gz";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Registers {
    pub(crate) pc: u16,
    pub(crate) axysp: [u8; 5],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read(u16, u8),
    Write(u16, u8),
}

pub(crate) struct Case {
    pub(crate) index: u16,
    pub(crate) before: Registers,
    pub(crate) after: Registers,
    pub(crate) log: Vec<Access>,
}

pub(crate) struct Group {
    pub(crate) opcode: u8,
    pub(crate) cases: Vec<Case>,
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn u8(&mut self) -> u8 {
        let (&first, rest) = self.0.split_first().expect("the vectors are complete");
        self.0 = rest;
        first
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.u8(), self.u8()])
    }

    fn registers(&mut self) -> Registers {
        let pc = self.u16();
        // Bits 4 and 5 of P are arbitrary in the vectors: they are not flip-flops.
        Registers { pc, axysp: [self.u8(), self.u8(), self.u8(), self.u8(), self.u8() & 0xCF] }
    }

    fn case(&mut self) -> Case {
        let index = self.u16();
        let (before, after) = (self.registers(), self.registers());
        let (cycles, writes) = (self.u8(), self.u16());
        let mut access = |cycle| {
            let (addr, value) = (self.u16(), self.u8());
            if writes >> cycle & 1 == 1 { Access::Write(addr, value) } else { Access::Read(addr, value) }
        };
        Case { index, before, after, log: (0..cycles).map(&mut access).collect() }
    }

    fn group(&mut self) -> Group {
        let opcode = self.u8();
        self.u8();
        let count = self.u16();
        Group { opcode, cases: (0..count).map(|_| self.case()).collect() }
    }
}

/// All cases of all opcodes.
pub(crate) fn groups(path: &Path) -> Vec<Group> {
    let mut bytes = Vec::new();
    let file = File::open(path).expect("the vectors can be opened");
    GzDecoder::new(file).read_to_end(&mut bytes).expect("the vectors are a gzip file");
    let mut reader = Reader(bytes.strip_prefix(b"NSST\x01\0").expect("the vectors are of version 1"));
    let count = reader.u16();
    let groups: Vec<_> = (0..count).map(|_| reader.group()).collect();
    assert_eq!((count, reader.0), (256, [].as_slice()), "the vectors hold 256 groups and nothing else");
    groups
}
