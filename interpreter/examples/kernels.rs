//! Small loops of the kinds games are made of, to weigh the interpreter in host instructions.
//!
//! `kernels NAME INSTRUCTIONS` performs that many guest instructions of one kernel. The host's share is the slope
//! between two lengths:
//!
//! ```text
//! for n in 1000000 2000000; do valgrind --tool=callgrind target/release/examples/kernels copy $n; done
//! ```
//!
//! The bus is 64 KiB of RAM with a deadline that never comes, so the figure is the interpreter's own.

use std::hint::black_box;
use std::process::ExitCode;

use interpreter::{Bus, Cpu, Cycle, Lines};

const ORIGIN: u16 = 0x8000;

/// Name and code, all without end.
#[rustfmt::skip]
const KERNELS: [(&str, &[u8]); 7] = [
    // memcpy through pointers
    ("copy", &[
        0xA0, 0x00,         //       LDY #0
        0xB1, 0x10,         // loop: LDA ($10),Y
        0x91, 0x12,         //       STA ($12),Y
        0xC8,               //       INY
        0xD0, 0xF9,         //       BNE loop
        0x4C, 0x00, 0x80,   //       JMP $8000
    ]),
    // 8 x 8 -> 16 bit multiplication
    ("multiply", &[
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
    ]),
    // four sprites from tables into an OAM page
    ("oam", &[
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
    ]),
    // strike out multiples
    ("sieve", &[
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
    ]),
    // a state machine through a pointer
    ("jump", &[
        0xA9, 0x0B,         //       LDA #<here
        0x85, 0x18,         //       STA $18
        0xA9, 0x80,         //       LDA #>here
        0x85, 0x19,         //       STA $19
        0x6C, 0x18, 0x00,   //       JMP ($0018)
        0x4C, 0x00, 0x80,   // here: JMP $8000
    ]),
    // subroutines that save registers
    ("call", &[
        0x20, 0x06, 0x80,   //       JSR sub
        0x4C, 0x00, 0x80,   //       JMP $8000
        0x48,               // sub:  PHA
        0x8A,               //       TXA
        0x48,               //       PHA
        0x68,               //       PLA
        0xAA,               //       TAX
        0x68,               //       PLA
        0x60,               //       RTS
    ]),
    // waiting for a flag
    ("wait", &[
        0xA5, 0x1A,         //       LDA $1A
        0xF0, 0xFC,         //       BEQ $8000
    ]),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let names = KERNELS.map(|(name, _)| name).join(", ");
    let [name, count] = args.as_slice() else {
        eprintln!("usage: kernels NAME INSTRUCTIONS, where NAME is one of {names}");
        return ExitCode::FAILURE;
    };
    let kernel = KERNELS.iter().find(|(known, _)| known == name);
    let (Some((_, code)), Ok(count)) = (kernel, count.parse::<u64>()) else {
        eprintln!("{name} {count}: expected one of {names}, and a number");
        return ExitCode::FAILURE;
    };
    let (mut cpu, mut bus) = prepare(code);
    // Through run_until, as a machine does it; the length of the run in cycles is found by a rehearsal.
    let end = rehearse(&cpu, &bus, count);
    cpu.run_until(&mut bus, end);
    println!("{cpu:?}");
    // A wrong branch would run into a BRK and measure nothing but that.
    let code = usize::from(ORIGIN)..usize::from(ORIGIN) + code.len();
    if code.contains(&usize::from(cpu.pc)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn prepare(code: &[u8]) -> (Cpu, Flat) {
    let mut bus = Flat { ram: [0; 0x10000], deadline: black_box(Cycle::MAX) };
    bus.ram[usize::from(ORIGIN)..][..code.len()].copy_from_slice(code);
    bus.ram[0x10..0x14].copy_from_slice(&[0x80, 0x05, 0x00, 0x07]);
    (Cpu { pc: ORIGIN, ..Cpu::power_on() }, bus)
}

/// The cycles of `count` instructions, from those of the first few: the kernels repeat themselves.
fn rehearse(cpu: &Cpu, bus: &Flat, count: u64) -> Cycle {
    const SAMPLE: u64 = 10_000;
    let (mut cpu, mut bus) = (cpu.clone(), bus.clone());
    (0..SAMPLE).for_each(|_| cpu.step(&mut bus));
    cpu.cycle * count / SAMPLE
}

#[derive(Clone)]
struct Flat {
    ram: [u8; 0x10000],
    deadline: Cycle,
}

impl Bus for Flat {
    #[inline]
    fn read(&mut self, addr: u16, _: Cycle) -> u8 {
        self.ram[usize::from(addr)]
    }

    #[inline]
    fn write(&mut self, addr: u16, value: u8, _: Cycle) {
        self.ram[usize::from(addr)] = value;
    }

    fn peek(&self, addr: u16) -> u8 {
        self.ram[usize::from(addr)]
    }

    #[inline]
    fn deadline(&self) -> Cycle {
        self.deadline
    }

    // Opaque, or the compiler would see that they do nothing and drop the questions.
    fn lines(&mut self, _: Cycle) -> Lines {
        black_box(Lines::default())
    }

    fn stall(&mut self, _: u16, at: Cycle) -> Cycle {
        black_box(at)
    }

    fn set_irq_mask(&mut self, _: bool) {}
}
