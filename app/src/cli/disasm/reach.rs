//! Which instructions can be reached from the vectors, and the labels of their targets.

use ricojit_interpreter::disasm::Instruction;
use ricojit_interpreter::opcode::{AddrMode, Shape};
use std::collections::BTreeMap;

/// The vectors, by name and address. (BRK uses the IRQ vector.)
const VECTORS: [(&str, u16); 3] = [("nmi", 0xFFFA), ("reset", 0xFFFC), ("irq", 0xFFFE)];

/// Below are RAM, registers and PRG RAM, which hold no code before the program runs.
const ROM_START: u16 = 0x8000;

/// The code that was found.
pub(super) struct Code {
    /// All instructions by address. They overlap where the program jumps into one.
    pub(super) instructions: BTreeMap<u16, Instruction>,
    /// Labels of entry points and targets.
    pub(super) labels: BTreeMap<u16, String>,
    /// The targets of the vectors, by name.
    pub(super) vectors: [(&'static str, u16); 3],
}

impl Code {
    /// Follows the program from its vectors; `peek` reads its memory.
    pub(super) fn reachable(peek: impl Fn(u16) -> u8) -> Self {
        let word = |addr: u16| u16::from_le_bytes([peek(addr), peek(addr.wrapping_add(1))]);
        let vectors = VECTORS.map(|(name, addr)| (name, word(addr)));
        let mut code = Self { instructions: BTreeMap::new(), labels: BTreeMap::new(), vectors };
        let mut open: Vec<u16> = Vec::new();
        for (name, target) in vectors {
            code.labels.entry(target).or_insert_with(|| name.to_owned());
            open.push(target);
        }
        while let Some(mut pc) = open.pop() {
            while pc >= ROM_START && !code.instructions.contains_key(&pc) {
                let instruction = Instruction::new(pc, [0, 1, 2].map(|offset| peek(pc.wrapping_add(offset))));
                code.instructions.insert(pc, instruction);
                if let Some((target, prefix)) = target(&instruction, word)
                    && target >= ROM_START
                {
                    code.name(target, prefix);
                    open.push(target);
                }
                if is_end(instruction.opcode.shape) {
                    break;
                }
                // After $FFFF comes RAM.
                pc = pc.checked_add(u16::from(instruction.opcode.length())).unwrap_or(0);
            }
        }
        code
    }

    /// Labels a target. `sub_` replaces `loc_` if it is also called.
    fn name(&mut self, target: u16, prefix: &str) {
        let label = self.labels.entry(target).or_default();
        if label.is_empty() || prefix == "sub" && label.starts_with("loc_") {
            *label = format!("{prefix}_{target:04X}");
        }
    }
}

/// The target of a branch, jump or call, if the ROM determines it, and the prefix of its label.
fn target(instruction: &Instruction, word: impl Fn(u16) -> u16) -> Option<(u16, &'static str)> {
    let operand = instruction.operand();
    match (instruction.opcode.shape, instruction.opcode.mode) {
        (Shape::Call, _) => Some((operand, "sub")),
        (Shape::Branch, _) | (Shape::Jump, AddrMode::Absolute) => Some((operand, "loc")),
        // A pointer in ROM is constant, apart from bank switches. Its high byte is fetched from the same page.
        (Shape::Jump, _) if operand >= ROM_START && operand & 0xFF != 0xFF => Some((word(operand), "loc")),
        _ => None,
    }
}

/// Whether execution does not continue with the next instruction.
fn is_end(shape: Shape) -> bool {
    matches!(shape, Shape::Jump | Shape::Return | Shape::ReturnFromInterrupt | Shape::Break | Shape::Jam)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A memory with `bytes` at $8000 and the reset vector there; NMI and IRQ point to an RTI at $FFF0.
    fn program(bytes: &[u8]) -> impl Fn(u16) -> u8 {
        let mut memory = vec![0u8; 0x10000];
        memory[0x8000..0x8000 + bytes.len()].copy_from_slice(bytes);
        memory[0xFFF0] = 0x40;
        memory[0xFFFA..].copy_from_slice(&[0xF0, 0xFF, 0x00, 0x80, 0xF0, 0xFF]);
        move |addr| memory[usize::from(addr)]
    }

    fn found(bytes: &[u8]) -> Vec<u16> {
        Code::reachable(program(bytes)).instructions.into_keys().collect()
    }

    #[test]
    fn calls_branches_and_jumps_are_followed() {
        // $8000 JSR $8008; $8003 BEQ $8007; $8005 JAM (reached: the branch may fall through); $8006 data; $8007 RTI;
        // $8008 JMP ($800B); $800B pointer to $800D; $800D RTS
        let bytes = [0x20, 0x08, 0x80, 0xF0, 0x02, 0x02, 0xFF, 0x40, 0x6C, 0x0B, 0x80, 0x0D, 0x80, 0x60];
        let code = Code::reachable(program(&bytes));
        let at: Vec<u16> = code.instructions.keys().copied().collect();
        assert_eq!(at, [0x8000, 0x8003, 0x8005, 0x8007, 0x8008, 0x800D, 0xFFF0]);
        let names: Vec<_> = code.labels.values().map(String::as_str).collect();
        assert_eq!(names, ["reset", "loc_8007", "sub_8008", "loc_800D", "nmi"]);
    }

    #[test]
    fn a_jump_into_an_instruction_lists_both_readings() {
        // $8000 BIT $A9xx hides LDA #$40 at $8001; $8003 JMP $8001
        assert_eq!(found(&[0x2C, 0xA9, 0x40, 0x4C, 0x01, 0x80]), [0x8000, 0x8001, 0x8003, 0xFFF0]);
    }

    #[test]
    fn code_outside_rom_is_not_followed() {
        assert_eq!(found(&[0x4C, 0x00, 0x02]), [0x8000, 0xFFF0]);
        assert_eq!(found(&[0x6C, 0x00, 0x02]), [0x8000, 0xFFF0]);
        // JMP $FFFD lands in the vectors: $80 NOP #$F0, then ISC past the end.
        assert_eq!(found(&[0x4C, 0xFD, 0xFF]), [0x8000, 0xFFF0, 0xFFFD, 0xFFFF]);
    }
}
