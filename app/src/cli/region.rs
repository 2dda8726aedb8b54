//! A compiled region as text: its 6502 code, and its CLIF and its native code between the 6502 instructions that they are a
//! part of.
//!
//! ```text
//! ; C123  A9 00     LDA #$00
//!     0012  xor eax,eax
//! ```

use super::symbols::Symbols;
use iced_x86::Formatter;
use ricojit::Cartridge;
use ricojit::ahead::Target;
use ricojit::recompiler::{Key, Listing};
use ricojit_interpreter::disasm::Instruction;
use ricojit_interpreter::opcode::AddrMode;
use std::collections::BTreeMap;
use std::fmt::Write;
use yaxpeax_arch::{Arch, Decoder, U8Reader};
use yaxpeax_arm::armv8::a64::ARMv8;

/// A region of a cartridge.
pub(super) struct GuestRegion<'a> {
    cartridge: &'a Cartridge,
    symbols: &'a Symbols,
    key: Key,
}

impl<'a> GuestRegion<'a> {
    pub(super) fn new(cartridge: &'a Cartridge, symbols: &'a Symbols, key: Key) -> Self {
        Self { cartridge, symbols, key }
    }

    /// `$C123 @0A123 name`: where it is entered.
    pub(super) fn place(&self) -> String {
        self.symbols.place(self.key.pc, Some(self.key.offset))
    }

    /// The offset of an address. A region lies in one PRG unit, so its entry's offset gives those of all its bytes.
    fn offset(&self, addr: u16) -> Option<u32> {
        (u64::from(self.key.offset) + u64::from(addr)).checked_sub(u64::from(self.key.pc))?.try_into().ok()
    }

    fn instruction(&self, pc: u16) -> Instruction {
        let byte = |addr| self.offset(addr).and_then(|offset| self.cartridge.prg_rom.get(offset as usize));
        Instruction::new(pc, [0, 1, 2].map(|i| byte(pc.wrapping_add(i)).copied().unwrap_or(0)))
    }

    /// The symbol of exactly this address.
    fn symbol(&self, addr: u16) -> Option<&str> {
        self.symbols.exact(addr, self.offset(addr).filter(|_| addr >= 0x8000))
    }

    /// `C123  AD 02 20  LDA $2002       ; name`
    fn row(&self, instruction: &Instruction) -> String {
        let bytes: Vec<String> = instruction.bytes().iter().map(|byte| format!("{byte:02X}")).collect();
        let name = match instruction.opcode.mode {
            AddrMode::Implied | AddrMode::Accumulator | AddrMode::Immediate => None,
            _ => self.symbol(instruction.operand()),
        };
        let name = name.map_or(String::new(), |name| format!("; {name}"));
        let row = format!("{:04X}  {:<8}  {instruction:<16}{name}", instruction.pc, bytes.join(" "));
        row.trim_end().to_owned()
    }

    /// The 6502 instructions in stretches of addresses, each the first and one past the last.
    pub(super) fn code(&self, ranges: &[(u16, u16)]) -> String {
        // Ranges overlap where a program jumps into an instruction.
        let mut instructions = BTreeMap::new();
        for &(from, to) in ranges {
            let mut pc = from;
            while pc < to {
                let instruction = self.instruction(pc);
                pc = pc.saturating_add(u16::from(instruction.opcode.length()));
                instructions.insert(instruction.pc, instruction);
            }
        }
        let (mut out, mut after) = (String::new(), None);
        for (&pc, instruction) in &instructions {
            if after.is_some_and(|after| after != pc) {
                out.push_str("----\n");
            }
            if let Some(name) = self.symbol(pc) {
                line(&mut out, format_args!("{name}:"));
            }
            line(&mut out, format_args!("{}", self.row(instruction)));
            after = Some(pc.wrapping_add(u16::from(instruction.opcode.length())));
        }
        out
    }

    /// The heading of what follows: the instruction, or what belongs to none.
    fn heading(&self, out: &mut String, pc: Option<u16>) {
        match pc {
            None => out.push_str("; entry and exits\n"),
            Some(pc) => {
                if let Some(name) = self.symbol(pc) {
                    line(out, format_args!("; {name}:"));
                }
                line(out, format_args!("; {}", self.row(&self.instruction(pc))));
            }
        }
    }

    /// The CLIF.
    pub(super) fn clif(&self, listing: &Listing) -> String {
        let (mut out, mut last) = (String::new(), None);
        for (text, &pc) in listing.clif.lines().zip(&listing.clif_places) {
            if pc != last && pc.is_some() {
                self.heading(&mut out, pc);
            }
            // A block begins with no instruction.
            last = pc.or(last).filter(|_| text.starts_with(' '));
            line(&mut out, format_args!("{text}"));
        }
        out
    }

    /// The native code for a target.
    pub(super) fn native(&self, listing: &Listing, target: Target) -> String {
        let (mut out, mut last) = (String::new(), None);
        for (offset, text) in disassembled(&listing.code, target) {
            let after = listing.code_places.partition_point(|(range, _)| range.start <= offset);
            let place = after.checked_sub(1).map(|index| &listing.code_places[index]);
            let pc = place.filter(|(range, _)| range.contains(&offset)).map(|&(_, pc)| pc);
            if last != Some(pc) {
                self.heading(&mut out, pc);
            }
            last = Some(pc);
            line(&mut out, format_args!("    {offset:04x}  {text}"));
        }
        out
    }
}

/// The instructions in native code, with their offsets.
fn disassembled(code: &[u8], target: Target) -> Vec<(u32, String)> {
    if target.architecture() == Target::Aarch64.architecture() {
        let decoder = <ARMv8 as Arch>::Decoder::default();
        let text = |word: &[u8]| match decoder.decode(&mut U8Reader::new(word)) {
            Ok(instruction) => instruction.to_string(),
            Err(_) => format!(".word 0x{:02x}{:02x}{:02x}{:02x}", word[3], word[2], word[1], word[0]),
        };
        return (0..).step_by(4).zip(code.chunks_exact(4).map(text)).collect();
    }
    let mut decoder = iced_x86::Decoder::with_ip(64, code, 0, iced_x86::DecoderOptions::NONE);
    let mut formatter = iced_x86::NasmFormatter::new();
    let options = formatter.options_mut();
    options.set_hex_prefix("0x");
    options.set_hex_suffix("");
    options.set_uppercase_hex(false);
    options.set_branch_leading_zeros(false);
    options.set_show_branch_size(false);
    let row = |instruction: iced_x86::Instruction| {
        let mut text = String::new();
        formatter.format(&instruction, &mut text);
        (instruction.ip() as u32, text)
    };
    decoder.iter().map(row).collect()
}

fn line(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{line}");
}
