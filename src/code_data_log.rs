//! Code/data logs: what each byte of a ROM was used as, in the files of FCEUX and Mesen.
//!
//! ```text
//! FCEUX   a byte for each byte of PRG ROM │ a byte for each byte of CHR ROM
//! Mesen   "CDLv2" │ CRC-32 of the .nes file, little-endian │ the same
//!
//! bit              7    6    5              4              3          2            1     0
//! PRG ROM  FCEUX        PCM  indirect data  indirect code  <------ window ------>  data  code
//!          Mesen   PCM                                     sub entry  jump target  data  code
//! CHR ROM  FCEUX                                                                   read  drawn
//!          Mesen                                                                         drawn
//! ```
//!
//! The *window* is the quarter of $8000-$FFFF in which the byte was used last. Logs of several runs are merged by OR.
//!
//! [`CodeDataLogger`] logs what a machine does with PRG ROM. It pauses the machine after each instruction: nothing is slower
//! where it is not used.

use crate::cartridge::Cartridge;
use crate::machine::Machine;
use ricojit_interpreter::disasm::Instruction;
use ricojit_interpreter::opcode::AddrMode;
use ricojit_interpreter::opcode::Shape;
use ricojit_interpreter::{Cycle, Next};
use std::fmt::{self, Debug, Formatter};
use std::ops::BitOr;
use thiserror::Error;

/// What Mesen's files begin with.
const MESEN_TITLE: &[u8] = b"CDLv2";
const MESEN_HEADER: usize = MESEN_TITLE.len() + 4;

/// What a byte was used as: a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Uses(u16);

impl Uses {
    /// Not used.
    pub const NONE: Self = Self(0);
    /// An opcode or an operand that was executed.
    pub const CODE: Self = Self(1 << 0);
    /// Read by an instruction, by an interrupt (vectors) or by DMA.
    pub const DATA: Self = Self(1 << 1);
    /// The target of JMP ($1234).
    pub const INDIRECT_CODE: Self = Self(1 << 2);
    /// Read through a pointer, as by LDA ($12),Y.
    pub const INDIRECT_DATA: Self = Self(1 << 3);
    /// A sample byte of the DMC.
    pub const PCM: Self = Self(1 << 4);
    /// The target of a jump or of a branch that was taken.
    pub const JUMP_TARGET: Self = Self(1 << 5);
    /// The target of JSR, or of an interrupt.
    pub const SUB_ENTRY: Self = Self(1 << 6);
    /// Of CHR ROM: drawn by the PPU.
    pub const DRAWN: Self = Self(1 << 7);
    /// Of CHR ROM: read through $2007.
    pub const READ: Self = Self(1 << 8);
    /// The window is known.
    const PLACED: Self = Self(1 << 9);
    const WINDOW_SHIFT: u32 = 10;
    const WINDOW: Self = Self(3 << Self::WINDOW_SHIFT);

    /// The window of a CPU address from $8000 on.
    fn in_window_of(addr: u16) -> Self {
        Self(Self::PLACED.0 | (addr >> 13 & 3) << Self::WINDOW_SHIFT)
    }

    /// Whether it was used as all of these.
    pub fn contains(self, uses: Self) -> bool {
        self.0 & uses.0 == uses.0
    }

    /// The first CPU address of the 8 KiB in which it was used last, if that is known.
    pub fn window(self) -> Option<u16> {
        self.contains(Self::PLACED).then_some(0x8000 | (self.0 >> Self::WINDOW_SHIFT & 3) << 13)
    }

    /// All of both, in the window of the later use.
    fn followed_by(self, later: Self) -> Self {
        let placed = if later.contains(Self::PLACED) { self.0 & !Self::WINDOW.0 } else { self.0 };
        Self(placed | later.0)
    }
}

impl BitOr for Uses {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// That of FCEUX, which most tools read.
    Fceux,
    /// That of Mesen, `CDLv2`.
    Mesen,
}

/// A bit of a file, and what it means.
type Bits = &'static [(u8, Uses)];

/// PRG ROM in files of FCEUX, without the window.
const FCEUX_PRG: Bits = &[
    (0x01, Uses::CODE),
    (0x02, Uses::DATA),
    (0x10, Uses::INDIRECT_CODE),
    (0x20, Uses::INDIRECT_DATA),
    (0x40, Uses::PCM),
];
const FCEUX_WINDOW_SHIFT: u32 = 2;

/// PRG ROM in files of Mesen.
const MESEN_PRG: Bits =
    &[(0x01, Uses::CODE), (0x02, Uses::DATA), (0x04, Uses::JUMP_TARGET), (0x08, Uses::SUB_ENTRY), (0x80, Uses::PCM)];

/// CHR ROM in both.
const FCEUX_CHR: Bits = &[(0x01, Uses::DRAWN), (0x02, Uses::READ)];
const MESEN_CHR: Bits = &[(0x01, Uses::DRAWN)];

fn decode(bits: Bits, byte: u8) -> Uses {
    let uses = bits.iter().filter(|(bit, _)| byte & bit != 0).map(|(_, uses)| *uses);
    uses.fold(Uses::NONE, BitOr::bitor)
}

fn encode(bits: Bits, uses: Uses) -> u8 {
    bits.iter().filter(|(_, meaning)| uses.contains(*meaning)).fold(0, |byte, (bit, _)| byte | bit)
}

impl LogFormat {
    fn decode_prg(self, byte: u8) -> Uses {
        match self {
            Self::Mesen => decode(MESEN_PRG, byte),
            Self::Fceux => match decode(FCEUX_PRG, byte) {
                Uses::NONE => Uses::NONE,
                uses => uses | Uses::in_window_of(u16::from(byte >> FCEUX_WINDOW_SHIFT & 3) << 13),
            },
        }
    }

    fn encode_prg(self, uses: Uses) -> u8 {
        match self {
            Self::Mesen => encode(MESEN_PRG, uses),
            Self::Fceux => {
                let window = (uses.0 >> Uses::WINDOW_SHIFT & 3) as u8;
                encode(FCEUX_PRG, uses) | window << FCEUX_WINDOW_SHIFT
            }
        }
    }

    fn chr(self) -> Bits {
        match self {
            Self::Fceux => FCEUX_CHR,
            Self::Mesen => MESEN_CHR,
        }
    }
}

/// Why bytes are no code/data log of a cartridge.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodeDataLogError {
    /// The size is not that of the ROM.
    #[error(
        "a code/data log of this ROM has {expected} bytes (FCEUX) or {} (Mesen, `CDLv2`): this file has {found}",
        expected + MESEN_HEADER
    )]
    Size {
        /// The bytes of PRG and CHR ROM.
        expected: usize,
        /// The bytes of the file.
        found: usize,
    },
    /// The log names another ROM.
    #[error("the code/data log is of a .nes file with the CRC-32 {found:08X}: this one has {expected:08X}")]
    Rom {
        /// The CRC-32 of the cartridge's file.
        expected: u32,
        /// The one in the log.
        found: u32,
    },
}

/// What each byte of a cartridge's ROM was used as.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeDataLog {
    file_crc32: u32,
    prg: Vec<Uses>,
    chr: Vec<Uses>,
}

impl Debug for CodeDataLog {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let used = |rom: &[Uses]| rom.iter().filter(|uses| **uses != Uses::NONE).count();
        let mut text = f.debug_struct("CodeDataLog");
        text.field("used_prg", &used(&self.prg)).field("used_chr", &used(&self.chr)).finish_non_exhaustive()
    }
}

impl CodeDataLog {
    /// A log in which nothing was used.
    pub fn new(cartridge: &Cartridge) -> Self {
        let unused = |rom: &[u8]| vec![Uses::NONE; rom.len()];
        Self { file_crc32: cartridge.file_crc32, prg: unused(&cartridge.prg_rom), chr: unused(&cartridge.chr_rom) }
    }

    /// Reads the content of a file in either format.
    ///
    /// # Errors
    ///
    /// [`CodeDataLogError`] if the size is not that of the cartridge's ROM, or the CRC-32 in it not that of its file.
    pub fn parse(cartridge: &Cartridge, bytes: &[u8]) -> Result<Self, CodeDataLogError> {
        let (prg, chr) = (cartridge.prg_rom.len(), cartridge.chr_rom.len());
        let expected = prg + chr;
        let (format, uses) = match bytes.split_at_checked(MESEN_HEADER) {
            Some((header, uses)) if header.starts_with(MESEN_TITLE) => {
                let crc32 = header[MESEN_TITLE.len()..].iter().rev().fold(0, |crc, byte| crc << 8 | u32::from(*byte));
                if crc32 != cartridge.file_crc32 {
                    return Err(CodeDataLogError::Rom { expected: cartridge.file_crc32, found: crc32 });
                }
                (LogFormat::Mesen, uses)
            }
            _ => (LogFormat::Fceux, bytes),
        };
        if uses.len() != expected {
            return Err(CodeDataLogError::Size { expected, found: bytes.len() });
        }
        Ok(Self {
            file_crc32: cartridge.file_crc32,
            prg: uses[..prg].iter().map(|byte| format.decode_prg(*byte)).collect(),
            chr: uses[prg..].iter().map(|byte| decode(format.chr(), *byte)).collect(),
        })
    }

    /// The content of a file. What its format has no bit for is left out.
    pub fn to_bytes(&self, format: LogFormat) -> Vec<u8> {
        let mut bytes = match format {
            LogFormat::Fceux => Vec::new(),
            LogFormat::Mesen => [MESEN_TITLE, &self.file_crc32.to_le_bytes()].concat(),
        };
        bytes.extend(self.prg.iter().map(|uses| format.encode_prg(*uses)));
        bytes.extend(self.chr.iter().map(|uses| encode(format.chr(), *uses)));
        bytes
    }

    /// What each byte of PRG ROM was used as.
    pub fn prg(&self) -> &[Uses] {
        &self.prg
    }

    /// What each byte of CHR ROM was used as.
    pub fn chr(&self) -> &[Uses] {
        &self.chr
    }

    /// Adds a later log of the same ROM.
    ///
    /// # Panics
    ///
    /// If the ROMs have other sizes.
    pub fn merge(&mut self, later: &Self) {
        assert_eq!((self.prg.len(), self.chr.len()), (later.prg.len(), later.chr.len()), "logs of two ROMs");
        let all = self.prg.iter_mut().chain(&mut self.chr);
        all.zip(later.prg.iter().chain(&later.chr)).for_each(|(uses, more)| *uses = uses.followed_by(*more));
    }
}

/// Logs what a machine does with PRG ROM.
#[derive(Clone, Debug)]
pub struct CodeDataLogger {
    log: CodeDataLog,
    last: Step,
}

/// A step of the CPU, as far as the log needs it when the step is over.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    /// What the address that control goes to is used as, unless that is `next`.
    arrival: Uses,
    /// The address of the next instruction, if control may also go there.
    next: Option<u16>,
    /// The cycle at which it begins.
    begin: Cycle,
}

/// The cycle at which the first instruction begins: the reset sequence has ended.
const FIRST_INSTRUCTION: Cycle = 7;

impl CodeDataLogger {
    /// Continues a log.
    pub fn new(log: CodeDataLog) -> Self {
        Self { log, last: Step::default() }
    }

    /// The log so far.
    pub fn log(&self) -> &CodeDataLog {
        &self.log
    }

    /// Runs a frame as [`Machine::run_frame`], and logs what instructions, interrupts and DMA do with PRG ROM. Several times
    /// slower, on every engine. Dummy reads are not logged.
    pub fn run_frame(&mut self, machine: &mut Machine) {
        machine.run_frame_with_pauses(|machine| {
            self.finish_step(machine);
            self.begin_step(machine);
            Some(machine.cycle() + 1)
        });
    }

    /// Logs what the last step did, as far as that shows only now.
    fn finish_step(&mut self, machine: &Machine) {
        let Step { arrival, next, begin } = self.last;
        let cpu = machine.cpu();
        if let Some((_, addr)) = machine.console.sample_read.filter(|(at, _)| *at >= begin) {
            self.mark(machine, addr, Uses::DATA | Uses::PCM);
        }
        if cpu.cycle == FIRST_INSTRUCTION {
            self.mark_vector(machine, 0xFFFC);
            self.mark(machine, cpu.pc, Uses::SUB_ENTRY);
        } else if next != Some(cpu.pc) {
            self.mark(machine, cpu.pc, arrival);
        }
    }

    /// Logs what the next step will do.
    fn begin_step(&mut self, machine: &Machine) {
        let (cpu, console) = (machine.cpu(), &machine.console);
        if let Some(page) = console.dma.oam_page() {
            (0..=0xFF).for_each(|low| self.mark(machine, u16::from_be_bytes([page, low]), Uses::DATA));
        }
        let (arrival, next) = match cpu.next {
            Next::Instruction => {
                let instruction = Instruction::at(console, cpu.pc);
                self.mark_instruction(machine, &instruction);
                let next = cpu.pc.wrapping_add(u16::from(instruction.opcode.length()));
                match (instruction.opcode.shape, instruction.opcode.mode) {
                    (Shape::Jump, AddrMode::Indirect) => (Uses::JUMP_TARGET | Uses::INDIRECT_CODE, None),
                    (Shape::Jump, _) => (Uses::JUMP_TARGET, None),
                    (Shape::Branch, _) => (Uses::JUMP_TARGET, Some(next)),
                    (Shape::Call | Shape::Break, _) => (Uses::SUB_ENTRY, None),
                    _ => (Uses::NONE, None),
                }
            }
            Next::Nmi | Next::Irq => {
                self.mark_vector(machine, if cpu.next == Next::Nmi { 0xFFFA } else { 0xFFFE });
                (Uses::SUB_ENTRY, None)
            }
            Next::Jammed => (Uses::NONE, None),
        };
        self.last = Step { arrival, next, begin: cpu.cycle };
    }

    fn mark_instruction(&mut self, machine: &Machine, instruction: &Instruction) {
        let opcode = instruction.opcode;
        (0..u16::from(opcode.length())).for_each(|i| self.mark(machine, instruction.pc.wrapping_add(i), Uses::CODE));
        match (opcode.shape, opcode.mode, instruction.address(machine.cpu(), &machine.console)) {
            (Shape::Load | Shape::Modify, AddrMode::IndirectX | AddrMode::IndirectY, Some(addr)) => {
                self.mark(machine, addr, Uses::DATA | Uses::INDIRECT_DATA);
            }
            (Shape::Load | Shape::Modify, _, Some(addr)) => self.mark(machine, addr, Uses::DATA),
            (Shape::Jump, AddrMode::Indirect, Some(pointer)) => {
                self.mark(machine, pointer, Uses::DATA);
                self.mark(machine, pointer & 0xFF00 | pointer.wrapping_add(1) & 0x00FF, Uses::DATA);
            }
            (Shape::Break, ..) => self.mark_vector(machine, 0xFFFE),
            _ => {}
        }
    }

    fn mark_vector(&mut self, machine: &Machine, addr: u16) {
        self.mark(machine, addr, Uses::DATA);
        self.mark(machine, addr + 1, Uses::DATA);
    }

    /// Adds uses of the byte at an address, if it is in PRG ROM.
    fn mark(&mut self, machine: &Machine, addr: u16, uses: Uses) {
        if uses == Uses::NONE {
            return;
        }
        let offset = machine.console.memory.prg_offset(addr);
        if let Some(byte) = offset.and_then(|offset| self.log.prg.get_mut(offset as usize)) {
            *byte = byte.followed_by(uses | Uses::in_window_of(addr));
        }
    }
}
