//! Small loops of the kinds games are made of, to measure engines with.
//!
//! ```text
//! $0000-$7FFF  RAM        $8000-$FFFF  ROM, with the code at its start
//! ```
//!
//! No interrupt and no DMA ever disturbs the CPU there, so a figure is the engine's own.

use ricojit_interpreter::{Bus, Cpu, Cycle, Lines};
use ricojit_recompiler::{CodeBus, PAGE, Page};
use std::hint::black_box;
use std::sync::Arc;

const ORIGIN: u16 = 0x8000;

/// An endless program.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// What it does, in a word.
    pub name: &'static str,
    /// Its code and tables, at $8000, where it starts.
    pub code: &'static [u8],
}

/// All of them.
#[rustfmt::skip]
pub const KERNELS: [Kernel; 6] = [
    Kernel { name: "copy", code: &[
        0xA0, 0x00,         //       LDY #0
        0xB1, 0x10,         // loop: LDA ($10),Y
        0x91, 0x12,         //       STA ($12),Y
        0xC8,               //       INY
        0xD0, 0xF9,         //       BNE loop
        0x4C, 0x00, 0x80,   //       JMP $8000
    ] },
    // 8 x 8 -> 16 bits
    Kernel { name: "multiply", code: &[
        0xA9, 0xB7,         //       LDA #$B7
        0x85, 0x14,         //       STA $14
        0xA9, 0x00,         //       LDA #0
        0xA2, 0x08,         //       LDX #8
        0x46, 0x14,         // loop: LSR $14
        0x90, 0x03,         //       BCC skip
        0x18,               //       CLC
        0x65, 0x15,         //       ADC $15
        0x6A,               // skip: ROR A
        0x66, 0x16,         //       ROR $16
        0xCA,               //       DEX
        0xD0, 0xF3,         //       BNE loop
        0x4C, 0x00, 0x80,   //       JMP $8000
    ] },
    // 64 sprites from tables into an OAM page
    Kernel { name: "oam", code: &[
        0xA2, 0x00,         //       LDX #0
        0xA0, 0x00,         //       LDY #0
        0xB9, 0x00, 0x03,   // loop: LDA $0300,Y
        0x18,               //       CLC
        0x65, 0x15,         //       ADC $15
        0x9D, 0x00, 0x02,   //       STA $0200,X
        0xB9, 0x40, 0x03,   //       LDA $0340,Y
        0x9D, 0x01, 0x02,   //       STA $0201,X
        0xB9, 0x80, 0x03,   //       LDA $0380,Y
        0x29, 0xE3,         //       AND #$E3
        0x9D, 0x02, 0x02,   //       STA $0202,X
        0xB9, 0xC0, 0x03,   //       LDA $03C0,Y
        0x9D, 0x03, 0x02,   //       STA $0203,X
        0xE8, 0xE8, 0xE8, 0xE8, //   INX * 4
        0xC8,               //       INY
        0xC0, 0x40,         //       CPY #64
        0xD0, 0xDA,         //       BNE loop
        0x4C, 0x00, 0x80,   //       JMP $8000
    ] },
    // strike out multiples
    Kernel { name: "sieve", code: &[
        0xA9, 0x03,         //       LDA #3
        0x85, 0x14,         //       STA $14
        0xA5, 0x14,         // next: LDA $14
        0xAA,               //       TAX
        0xA9, 0x01,         //       LDA #1
        0x9D, 0x00, 0x04,   // loop: STA $0400,X
        0x8A,               //       TXA
        0x18,               //       CLC
        0x65, 0x14,         //       ADC $14
        0xAA,               //       TAX
        0x90, 0xF6,         //       BCC loop
        0xE6, 0x14,         //       INC $14
        0x10, 0xED,         //       BPL next
        0x4C, 0x00, 0x80,   //       JMP $8000
    ] },
    // four states, each of which names the next
    Kernel { name: "jump", code: &[
        0xA6, 0x14,         // loop: LDX $14
        0xBD, 0x2A, 0x80,   //       LDA table,X
        0x85, 0x18,         //       STA $18
        0xBD, 0x2B, 0x80,   //       LDA table+1,X
        0x85, 0x19,         //       STA $19
        0x6C, 0x18, 0x00,   //       JMP ($0018)
        0xA9, 0x02,         // one:  LDA #2
        0x85, 0x14,         //       STA $14
        0x4C, 0x00, 0x80,   //       JMP loop
        0xA9, 0x04,         // two:  LDA #4
        0x85, 0x14,         //       STA $14
        0x4C, 0x00, 0x80,   //       JMP loop
        0xA9, 0x06,         // three: LDA #6
        0x85, 0x14,         //       STA $14
        0xD0, 0xDD,         //       BNE loop
        0xA9, 0x00,         // four: LDA #0
        0x85, 0x14,         //       STA $14
        0xF0, 0xD7,         //       BEQ loop
        0xEA,               //       NOP
        0x0F, 0x80, 0x16, 0x80, 0x1D, 0x80, 0x23, 0x80, // table
    ] },
    // subroutines that save registers
    Kernel { name: "call", code: &[
        0x20, 0x06, 0x80,   //       JSR sub
        0x4C, 0x00, 0x80,   //       JMP $8000
        0x48,               // sub:  PHA
        0x8A,               //       TXA
        0x48,               //       PHA
        0x68,               //       PLA
        0xAA,               //       TAX
        0x68,               //       PLA
        0x60,               //       RTS
    ] },
];

impl Kernel {
    /// The PRG ROM it is in.
    pub fn rom(&self) -> Arc<[u8]> {
        let mut rom = vec![0; 0x8000];
        rom[..self.code.len()].copy_from_slice(self.code);
        rom.into()
    }

    /// A machine about to run it.
    pub fn machine(&self) -> (Cpu, Flat) {
        let mut memory = Box::new([0; 0x10000]);
        memory[usize::from(ORIGIN)..].copy_from_slice(&self.rom());
        // The pointers of "copy", then what the others compute with.
        memory[0x10..0x16].copy_from_slice(&[0x80, 0x05, 0x00, 0x07, 0x00, 0x6D]);
        let bus = Flat { memory, deadline: black_box(Cycle::MAX) };
        (Cpu { pc: ORIGIN, s: 0xFD, ..Cpu::power_on() }, bus)
    }
}

/// 32 KiB of RAM and 32 of ROM, and nothing that has side effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flat {
    memory: Box<[u8; 0x10000]>,
    deadline: Cycle,
}

impl Flat {
    /// All 64 KiB.
    pub fn memory(&self) -> &[u8] {
        &self.memory[..]
    }
}

impl Bus for Flat {
    #[inline]
    fn read(&mut self, addr: u16, _: Cycle) -> u8 {
        self.memory[usize::from(addr)]
    }

    #[inline]
    fn write(&mut self, addr: u16, value: u8, _: Cycle) {
        if addr < ORIGIN {
            self.memory[usize::from(addr)] = value;
        }
    }

    fn peek(&self, addr: u16) -> u8 {
        self.memory[usize::from(addr)]
    }

    #[inline]
    fn deadline(&self) -> Cycle {
        self.deadline
    }

    // Opaque, or the compiler would see that they do nothing and drop the calls.
    fn lines(&mut self, _: Cycle) -> Lines {
        black_box(Lines::default())
    }

    fn stall(&mut self, _: u16, at: Cycle, _: bool) -> Cycle {
        black_box(at)
    }

    fn set_irq_mask(&mut self, _: bool) {}
}

impl CodeBus for Flat {
    fn map_generation(&self) -> u64 {
        0
    }

    fn page(&mut self, index: usize) -> Page<'_> {
        let (pages, _) = self.memory.as_chunks_mut::<PAGE>();
        let page = &mut pages[index];
        if index * PAGE < usize::from(ORIGIN) { Page::ReadWrite(page) } else { Page::Read(page) }
    }

    #[inline]
    fn rom_offset(&self, addr: u16) -> Option<u32> {
        addr.checked_sub(ORIGIN).map(u32::from)
    }
}
