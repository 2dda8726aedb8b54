//! The listing as text: labels, addresses, bytes, instructions, and the names of the registers they touch.

use super::reach::Code;
use ricojit_interpreter::disasm::Instruction;
use ricojit_interpreter::opcode::{AddrMode, Legality, Shape};
use std::fmt::Write;

/// Registers by address (<https://www.nesdev.org/wiki/PPU_registers>, <https://www.nesdev.org/wiki/2A03>).
#[rustfmt::skip]
const REGISTERS: [(u16, &str); 30] = [
    (0x2000, "PPUCTRL"),    (0x2001, "PPUMASK"),    (0x2002, "PPUSTATUS"), (0x2003, "OAMADDR"),
    (0x2004, "OAMDATA"),    (0x2005, "PPUSCROLL"),  (0x2006, "PPUADDR"),   (0x2007, "PPUDATA"),
    (0x4000, "SQ1_VOL"),    (0x4001, "SQ1_SWEEP"),  (0x4002, "SQ1_LO"),    (0x4003, "SQ1_HI"),
    (0x4004, "SQ2_VOL"),    (0x4005, "SQ2_SWEEP"),  (0x4006, "SQ2_LO"),    (0x4007, "SQ2_HI"),
    (0x4008, "TRI_LINEAR"), (0x400A, "TRI_LO"),     (0x400B, "TRI_HI"),
    (0x400C, "NOISE_VOL"),  (0x400E, "NOISE_LO"),   (0x400F, "NOISE_HI"),
    (0x4010, "DMC_FREQ"),   (0x4011, "DMC_RAW"),    (0x4012, "DMC_START"), (0x4013, "DMC_LEN"),
    (0x4014, "OAMDMA"),     (0x4015, "SND_CHN"),    (0x4016, "JOY1"),      (0x4017, "JOY2"),
];

/// The whole listing.
pub(super) fn text(title: &str, code: &Code) -> String {
    let mut out = format!("; {title}\n; code reachable from the vectors, with the banks of power-on\n;\n");
    for (name, target) in code.vectors {
        line(&mut out, format_args!("; {name:<5} {target:04X}"));
    }
    // The address after the last instruction.
    let mut after = 0;
    for (&pc, instruction) in &code.instructions {
        let pc = u32::from(pc);
        let gap = pc > after;
        if gap || code.labels.contains_key(&(pc as u16)) {
            out.push('\n');
        }
        if gap && after != 0 {
            line(&mut out, format_args!("; {after:04X}-{:04X}: {} bytes not reached\n", pc - 1, pc - after));
        }
        if let Some(label) = code.labels.get(&(pc as u16)) {
            line(&mut out, format_args!("{label}:"));
        }
        line(&mut out, format_args!("{}", row(instruction, code)));
        after = pc + u32::from(instruction.opcode.length());
    }
    out
}

fn line(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{line}");
}

/// `  8003  8D 00 20  STA $2000       ; PPUCTRL`
fn row(instruction: &Instruction, code: &Code) -> String {
    let bytes: Vec<String> = instruction.bytes().iter().map(|byte| format!("{byte:02X}")).collect();
    let mark = if instruction.opcode.legality == Legality::Official { ' ' } else { '*' };
    let start = format!("  {:04X}  {:<8} {mark}", instruction.pc, bytes.join(" "));
    let text = with_label(instruction, code).unwrap_or_else(|| instruction.to_string());
    match register(instruction) {
        Some(name) => format!("{start}{text:<16}; {name}"),
        None => format!("{start}{text}"),
    }
}

/// The instruction with the label of its target.
fn with_label(instruction: &Instruction, code: &Code) -> Option<String> {
    let names_target = match (instruction.opcode.shape, instruction.opcode.mode) {
        (Shape::Branch | Shape::Call, _) => true,
        (Shape::Jump, mode) => mode == AddrMode::Absolute,
        _ => false,
    };
    let label = code.labels.get(&instruction.operand()).filter(|_| names_target)?;
    Some(format!("{} {label}", instruction.opcode.mnemonic.name()))
}

/// The register that the instruction accesses by absolute address.
fn register(instruction: &Instruction) -> Option<&'static str> {
    use AddrMode::{Absolute, AbsoluteX, AbsoluteY};
    let memory = matches!(instruction.opcode.mode, Absolute | AbsoluteX | AbsoluteY);
    let jumps = matches!(instruction.opcode.shape, Shape::Jump | Shape::Call);
    let row = REGISTERS.iter().find(|row| row.0 == instruction.operand())?;
    (memory && !jumps).then_some(row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_has_labels_and_register_names() {
        let mut memory = vec![0u8; 0x10000];
        // $8000 LDA $2002; BPL $8000; JSR $8010; JMP $8008 | $8010 SLO $12; RTS | $FFF0 RTI
        memory[0x8000..0x800B].copy_from_slice(&[0xAD, 2, 0x20, 0x10, 0xFB, 0x20, 0x10, 0x80, 0x4C, 8, 0x80]);
        memory[0x8010..0x8013].copy_from_slice(&[0x07, 0x12, 0x60]);
        memory[0xFFF0] = 0x40;
        memory[0xFFFA..].copy_from_slice(&[0xF0, 0xFF, 0x00, 0x80, 0xF0, 0xFF]);
        let code = Code::reachable(|addr| memory[usize::from(addr)]);
        let golden = "\
; a program
; code reachable from the vectors, with the banks of power-on
;
; nmi   FFF0
; reset 8000
; irq   FFF0

reset:
  8000  AD 02 20  LDA $2002       ; PPUSTATUS
  8003  10 FB     BPL reset
  8005  20 10 80  JSR sub_8010

loc_8008:
  8008  4C 08 80  JMP loc_8008

; 800B-800F: 5 bytes not reached

sub_8010:
  8010  07 12    *SLO $12
  8012  60        RTS

; 8013-FFEF: 32733 bytes not reached

nmi:
  FFF0  40        RTI
";
        assert_eq!(text("a program", &code), golden);
    }
}
