//! Instructions as text, from the same table that performs them.
//!
//! ```text
//! Instruction:  LDA ($33),Y
//! Trace:        D922  B1 89     LDA ($89),Y = 0300 @ 0300 = 89  A:00 X:65 Y:00 P:65 SP:FB
//!               pc    bytes    *as above, pointer @ address = value; the * marks unofficial opcodes
//! ```
//!
//! The trace has the columns of the emulator Nintendulator, whose log of nestest is the field's reference. What follows
//! SP there is the position of the PPU, which the CPU does not know.

use std::fmt::{self, Display, Formatter};

use crate::bus::Bus;
use crate::cpu::Cpu;
use crate::opcode::{AddrMode, Legality, Mnemonic, Opcode, Shape};

/// An instruction in memory; displays as an assembler takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The address of the opcode.
    pub pc: u16,
    /// The facts of the opcode.
    pub opcode: &'static Opcode,
    bytes: [u8; 3],
}

impl Instruction {
    /// The instruction that starts with these bytes; those beyond its length do not matter.
    pub fn new(pc: u16, bytes: [u8; 3]) -> Self {
        Self { pc, opcode: Opcode::of(bytes[0]), bytes }
    }

    /// The instruction at an address, read without side effects.
    pub fn at<B: Bus>(bus: &B, pc: u16) -> Self {
        Self::new(pc, [0, 1, 2].map(|offset| bus.peek(pc.wrapping_add(offset))))
    }

    /// Opcode and operand.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.opcode.length())]
    }

    /// The operand as an assembler writes it: the target of a branch, otherwise one byte or a word.
    pub fn operand(&self) -> u16 {
        let [_, low, high] = self.bytes;
        match (self.opcode.mode, self.opcode.length()) {
            (AddrMode::Relative, _) => self.pc.wrapping_add(2).wrapping_add_signed(i16::from(low as i8)),
            (_, 3) => u16::from_le_bytes([low, high]),
            _ => u16::from(low),
        }
    }

    /// The address of the operand in memory, with the registers and the memory of this moment, read without side
    /// effects; of JMP ($1234) that of the pointer. `None`: there is no operand in memory.
    pub fn address<B: Bus>(&self, cpu: &Cpu, bus: &B) -> Option<u16> {
        let operand = self.operand();
        let zero_page = |index: u8| u16::from(index.wrapping_add(operand as u8));
        match self.opcode.mode {
            AddrMode::Implied | AddrMode::Accumulator | AddrMode::Immediate | AddrMode::Relative => None,
            AddrMode::ZeroPage | AddrMode::Absolute | AddrMode::Indirect => Some(operand),
            AddrMode::ZeroPageX => Some(zero_page(cpu.x)),
            AddrMode::ZeroPageY => Some(zero_page(cpu.y)),
            AddrMode::AbsoluteX => Some(operand.wrapping_add(u16::from(cpu.x))),
            AddrMode::AbsoluteY => Some(operand.wrapping_add(u16::from(cpu.y))),
            AddrMode::IndirectX => Some(word(bus, zero_page(cpu.x))),
            AddrMode::IndirectY => Some(word(bus, operand).wrapping_add(u16::from(cpu.y))),
        }
    }

    fn text(&self, name: &str) -> String {
        let operand = self.operand();
        match self.opcode.mode {
            AddrMode::Implied => name.to_owned(),
            AddrMode::Accumulator => format!("{name} A"),
            AddrMode::Immediate => format!("{name} #${operand:02X}"),
            AddrMode::ZeroPage => format!("{name} ${operand:02X}"),
            AddrMode::ZeroPageX => format!("{name} ${operand:02X},X"),
            AddrMode::ZeroPageY => format!("{name} ${operand:02X},Y"),
            AddrMode::Absolute | AddrMode::Relative => format!("{name} ${operand:04X}"),
            AddrMode::AbsoluteX => format!("{name} ${operand:04X},X"),
            AddrMode::AbsoluteY => format!("{name} ${operand:04X},Y"),
            AddrMode::IndirectX => format!("{name} (${operand:02X},X)"),
            AddrMode::IndirectY => format!("{name} (${operand:02X}),Y"),
            AddrMode::Indirect => format!("{name} (${operand:04X})"),
        }
    }
}

impl Display for Instruction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(&self.text(self.opcode.mnemonic.name()))
    }
}

/// The line of a trace for the instruction that the CPU performs next.
pub struct Trace<'a, B> {
    cpu: &'a Cpu,
    bus: &'a B,
}

impl<'a, B: Bus> Trace<'a, B> {
    /// Neither this nor displaying it has side effects.
    pub fn new(cpu: &'a Cpu, bus: &'a B) -> Self {
        Self { cpu, bus }
    }

    /// The address and the value of the operand at this moment.
    fn meaning(&self, instruction: &Instruction) -> String {
        let Some(addr) = instruction.address(self.cpu, self.bus) else { return String::new() };
        let operand = instruction.operand();
        let value = format!(" = {:02X}", self.bus.peek(addr));
        match instruction.opcode.mode {
            AddrMode::Absolute if matches!(instruction.opcode.shape, Shape::Jump | Shape::Call) => String::new(),
            AddrMode::ZeroPageX | AddrMode::ZeroPageY => format!(" @ {addr:02X}{value}"),
            AddrMode::AbsoluteX | AddrMode::AbsoluteY => format!(" @ {addr:04X}{value}"),
            AddrMode::IndirectX => format!(" @ {:02X} = {addr:04X}{value}", self.cpu.x.wrapping_add(operand as u8)),
            AddrMode::IndirectY => format!(" = {:04X} @ {addr:04X}{value}", word(self.bus, operand)),
            AddrMode::Indirect => format!(" = {:04X}", word(self.bus, operand)),
            _ => value,
        }
    }
}

/// The word that a pointer points to. No pointer of the 6502 carries into the next page.
fn word<B: Bus>(bus: &B, pointer: u16) -> u16 {
    let second = pointer & 0xFF00 | pointer.wrapping_add(1) & 0x00FF;
    u16::from_le_bytes([pointer, second].map(|addr| bus.peek(addr)))
}

impl<B: Bus> Display for Trace<'_, B> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let &Cpu { pc, a, x, y, s, p, .. } = self.cpu;
        let instruction = Instruction::at(self.bus, pc);
        let bytes: Vec<_> = instruction.bytes().iter().map(|byte| format!("{byte:02X}")).collect();
        let Opcode { mnemonic, legality, .. } = *instruction.opcode;
        let mark = if legality == Legality::Official { ' ' } else { '*' };
        // Nintendulator uses the other name of ISC.
        let name = if mnemonic == Mnemonic::Isc { "ISB" } else { mnemonic.name() };
        let text = instruction.text(name) + &self.meaning(&instruction);
        write!(f, "{pc:04X}  {:<8} {mark}{text:<32}", bytes.join(" "))?;
        write!(f, "A:{a:02X} X:{x:02X} Y:{y:02X} P:{:02X} SP:{s:02X}", p.byte())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn every_mode_is_written_as_in_assembler() {
        let golden: [(&[u8], &str); 20] = [
            (&[0xEA],             "NOP"),
            (&[0x00],             "BRK"),
            (&[0x4A],             "LSR A"),
            (&[0xA9, 0x0F],       "LDA #$0F"),
            (&[0x84, 0x12],       "STY $12"),
            (&[0xB5, 0xFE],       "LDA $FE,X"),
            (&[0x96, 0x10],       "STX $10,Y"),
            (&[0x20, 0xCD, 0xAB], "JSR $ABCD"),
            (&[0x2C, 0x02, 0x20], "BIT $2002"),
            (&[0x7E, 0x00, 0x03], "ROR $0300,X"),
            (&[0xB9, 0x34, 0x12], "LDA $1234,Y"),
            (&[0x01, 0x44],       "ORA ($44,X)"),
            (&[0xD1, 0x44],       "CMP ($44),Y"),
            (&[0x6C, 0xFC, 0xFF], "JMP ($FFFC)"),
            (&[0xD0, 0xFE],       "BNE $C000"),
            (&[0x10, 0x7F],       "BPL $C081"),
            (&[0x93, 0x20],       "SHA ($20),Y"),
            (&[0x9B, 0x00, 0x02], "SHS $0200,Y"),
            (&[0xF3, 0x20],       "ISC ($20),Y"),
            (&[0x02],             "JAM"),
        ];
        for (bytes, text) in golden {
            let mut padded = [0xFF; 3];
            padded[..bytes.len()].copy_from_slice(bytes);
            let instruction = Instruction::new(0xC000, padded);
            assert_eq!(instruction.to_string(), text);
            assert_eq!(instruction.bytes(), bytes, "{text}");
        }
    }

    #[test]
    fn a_branch_target_wraps_at_the_end_of_memory() {
        assert_eq!(Instruction::new(0xFFFE, [0x90, 0x02, 0x00]).to_string(), "BCC $0002");
    }
}
