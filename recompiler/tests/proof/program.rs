//! Random programs, drawn from the opcode table.
//!
//! ```text
//! in every bank of 8 KiB:
//! $00C0   main: instructions, branches both ways across a page boundary; JMP and JSR to places in any bank
//! $0800   a subroutine: no stack operations, ends in RTS
//! $0C00   pointers for JMP ()
//! $1000   a page of data that is slow
//! $1F00   the handler of all interrupts, ends in RTI or in a jump to a main
//! the rest is BRK, so that a run that left the code returns to the handler
//! ```
//!
//! Loops need no bound: runs have an end, and start at many addresses.

use crate::bus::{BANK, Kind, Slow, TestBus, Timers};
use crate::random::Random;
use ricojit_interpreter::opcode::{AddrMode, Legality, Mnemonic, Opcode, Shape};
use ricojit_interpreter::{Bus, Cpu, Status, disasm};
use ricojit_recompiler::PAGE;
use std::fmt::Write;
use std::sync::Arc;

const MAIN: u16 = 0x00C0;
const SUBROUTINE: u16 = 0x0800;
const POINTERS: u16 = 0x0C00;
const SLOW_DATA: u16 = 0x1000;
const HANDLER: u16 = 0x1F00;

/// The purpose of a stretch of code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Main,
    Subroutine,
    Handler,
}

pub(crate) struct Program {
    pub(crate) rom: Arc<[u8]>,
    pub(crate) unit: usize,
    /// Addresses of instructions, in the mapping at the start.
    pub(crate) starts: Vec<u16>,
}

struct Stretch {
    /// Its offset in the bank.
    base: u16,
    role: Role,
    ops: Vec<&'static Opcode>,
}

impl Stretch {
    fn draw(random: &mut Random, base: u16, role: Role, count: u64) -> Self {
        let mut ops: Vec<_> = (0..count).map(|_| draw_opcode(random, role)).collect();
        let end = match role {
            Role::Main => 0x4C,
            Role::Subroutine => 0x60,
            Role::Handler if random.below(100) < 50 => 0x40,
            Role::Handler => {
                ops.extend([0x68, 0x68, 0x68].map(Opcode::of)); // PLA: the stack stays where it is
                0x4C
            }
        };
        ops.push(Opcode::of(end));
        Self { base, role, ops }
    }

    /// The offset of each instruction in the bank.
    fn places(&self) -> Vec<u16> {
        let next = |at: &mut u16, op: &&Opcode| {
            let place = *at;
            *at += u16::from(op.length());
            Some(place)
        };
        self.ops.iter().scan(self.base, next).collect()
    }
}

/// Any opcode but JAM; rarely an interpreted one or one that changes the stack.
fn draw_opcode(random: &mut Random, role: Role) -> &'static Opcode {
    loop {
        let branch = random.below(100) < 14;
        let op = Opcode::of(if branch { random.next() as u8 & 0xE0 | 0x10 } else { random.next() as u8 });
        let rare = op.legality == Legality::Unstable
            || matches!(op.mnemonic, Mnemonic::Cli | Mnemonic::Plp | Mnemonic::Rti | Mnemonic::Brk | Mnemonic::Rts);
        let stack =
            matches!(op.shape, Shape::Push | Shape::Pull) || matches!(op.mnemonic, Mnemonic::Txs | Mnemonic::Las);
        let keep = match op.legality {
            Legality::Jam => false,
            _ if rare && random.below(100) >= 12 => false,
            _ if role == Role::Subroutine && (stack || rare) => false,
            _ => op.mnemonic != Mnemonic::Txs || random.below(100) < 30,
        };
        if keep {
            return op;
        }
    }
}

/// A low byte: every other one near the ends of a page.
fn low(random: &mut Random) -> u8 {
    if random.below(100) < 50 {
        random.pick(&[0xFF, 0xFE, 0xF8, 0xF0, 0x80, 0x00, 0x01, 0x08])
    } else {
        random.next() as u8
    }
}

/// A high byte: of every kind of memory, and of the pages before another kind.
fn high(random: &mut Random) -> u8 {
    match random.below(100) {
        0..30 => random.next() as u8 & 0x1F,
        30..50 => random.pick(&[0x20, 0x20, 0x21, 0x3F, 0x40, 0x41, 0x50]),
        50..65 => 0x60 | random.next() as u8 & 0x1F,
        65..80 => 0x80 | random.next() as u8 & 0x7F,
        80..85 => random.pick(&[0x90, 0xB0, 0xF0]), // the slow data
        _ => random.pick(&[0x1F, 0x5F, 0x7F, 0x8F, 0xFF, 0x01, 0x00]),
    }
}

fn address(random: &mut Random) -> u16 {
    u16::from_le_bytes([low(random), high(random)])
}

impl Program {
    /// A small one in 32 KiB that are not banked, or, one in five, one in banks of 8 KiB.
    pub(crate) fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let banked = random.below(100) < 20;
        let (banks, unit) = if banked { (6, BANK) } else { (4, 4 * BANK) };
        let mut rom = vec![0; banks * BANK];
        let mut starts = Vec::new();
        let stretches: Vec<Vec<Stretch>> = (0..banks).map(|bank| stretches(&mut random, banked, bank)).collect();
        // Targets of control transfers: instructions of the bank that is in its window at power-on.
        let mut mains = Vec::new();
        let mut subroutines = Vec::new();
        for (bank, stretches) in stretches.iter().enumerate().take(4) {
            for stretch in stretches {
                let window = 0x8000 + (bank * BANK) as u16;
                let places: Vec<u16> = stretch.places().iter().map(|place| window + place).collect();
                match stretch.role {
                    Role::Main => mains.extend(&places),
                    Role::Subroutine => subroutines.push(places[0]),
                    Role::Handler => {}
                }
                starts.extend(places);
            }
        }
        for (bank, stretches) in stretches.iter().enumerate() {
            let bytes = &mut rom[bank * BANK..][..BANK];
            for stretch in stretches {
                assemble(&mut random, stretch, bytes, &mains, &subroutines);
            }
            for place in 0..0x200 {
                let [low, high] = random.pick(&mains).to_le_bytes();
                bytes[usize::from(POINTERS) + 2 * place..][..2].copy_from_slice(&[low, high]);
            }
            for vector in [0x1FFA, 0x1FFC, 0x1FFE] {
                let [low, high] = (0xE000 + HANDLER).to_le_bytes();
                bytes[vector..vector + 2].copy_from_slice(&[low, high]);
            }
        }
        Self { rom: rom.into(), unit, starts }
    }

    pub(crate) fn is_banked(&self) -> bool {
        self.unit == BANK
    }

    /// A machine to run it in.
    pub(crate) fn machine(&self, seed: u64) -> (Cpu, TestBus) {
        let mut random = Random::new(seed);
        let slow = if random.below(100) < 80 { Slow::Effects { banked: self.is_banked() } } else { Slow::Values };
        let mut bus = TestBus::new(Arc::clone(&self.rom), slow, seed);
        if random.below(100) < 50 {
            bus.ram.truncate(0x800);
        }
        for byte in &mut bus.ram {
            *byte = if random.below(100) < 50 { high(&mut random) } else { low(&mut random) };
        }
        for back in bus.ram[0x100..0x200].chunks_exact_mut(2) {
            let target = random.pick(&self.starts).wrapping_sub(1);
            back.copy_from_slice(&target.to_le_bytes());
        }
        for window in 0..4 {
            bus.kinds[(0x8000 + window * BANK + usize::from(SLOW_DATA)) / PAGE] = Kind::Slow;
        }
        for page in 0x30..0x40 {
            bus.kinds[page] = random.pick(&[Kind::Plain, Kind::Plain, Kind::ReadOnly, Kind::Slow]);
        }
        bus.timers = timers(&mut random);
        bus.stalls_wait_for_sync = seed % 2 == 1;
        let [a, x, y, p] = [random.next() as u8, low(&mut random), low(&mut random), random.next() as u8];
        let s = random.next() as u8 & 0xFE;
        let p = Status::from_byte(p);
        bus.set_irq_mask(p.has(Status::I));
        (Cpu { pc: random.pick(&self.starts), a, x, y, s, p, ..Cpu::power_on() }, bus)
    }

    /// The code, as text.
    pub(crate) fn listing(&self) -> String {
        let (_, bus) = self.machine(0);
        let mut text = String::new();
        for &pc in &self.starts {
            let _ = writeln!(text, "{pc:04X}  {}", disasm::Instruction::at(&bus, pc));
        }
        text
    }
}

fn stretches(random: &mut Random, banked: bool, bank: usize) -> Vec<Stretch> {
    let mut all = Vec::new();
    if banked || bank == 0 {
        let count = if banked { 3 + random.below(6) } else { 5 + random.below(18) };
        let base = MAIN + random.below(0x40) as u16;
        all.push(Stretch::draw(random, base, Role::Main, count));
    }
    if bank == 1 || (banked && bank == 2) {
        let count = 1 + random.below(6);
        all.push(Stretch::draw(random, SUBROUTINE, Role::Subroutine, count));
    }
    if banked || bank == 3 {
        let count = random.below(5);
        all.push(Stretch::draw(random, HANDLER, Role::Handler, count));
    }
    all
}

fn timers(random: &mut Random) -> Timers {
    let mut timer = |chance: u64, shortest: u64| {
        if random.below(100) >= chance {
            return (u64::MAX, 0);
        }
        let gap = shortest + random.below(300);
        (random.below(300), gap)
    };
    let (nmi, stall, spurious) = (timer(60, 60), timer(25, 30), timer(30, 1));
    Timers { nmi, stall, spurious, irq: (random.below(2000), 2000) }
}

/// Writes a stretch into its bank.
fn assemble(random: &mut Random, stretch: &Stretch, bank: &mut [u8], mains: &[u16], subroutines: &[u16]) {
    let places = stretch.places();
    for (op, &place) in stretch.ops.iter().zip(&places) {
        let next = place + u16::from(op.length());
        let word = match op.shape {
            Shape::Branch => {
                let near: Vec<u8> = places.iter().filter_map(|&target| distance(next, target)).collect();
                u16::from(random.pick(&near))
            }
            Shape::Call if random.below(100) < 85 => random.pick(subroutines),
            Shape::Jump if op.mode == AddrMode::Indirect => pointer(random),
            Shape::Jump | Shape::Call => random.pick(mains),
            _ if op.length() == 3 => address(random),
            _ => u16::from(random.next() as u8),
        };
        let [low, high] = word.to_le_bytes();
        let length = usize::from(op.length());
        bank[usize::from(place)..][..length].copy_from_slice(&[op.code, low, high][..length]);
    }
}

fn distance(from: u16, to: u16) -> Option<u8> {
    i8::try_from(i32::from(to) - i32::from(from)).ok().map(|distance| distance as u8)
}

/// The pointer of a JMP ().
fn pointer(random: &mut Random) -> u16 {
    let window = 0x8000 + random.below(4) as u16 * BANK as u16;
    match random.below(10) {
        0 => 0x0100 + 2 * (u16::from(random.next() as u8) / 2),
        1 => window + SLOW_DATA + u16::from(random.next() as u8),
        2 => address(random),
        3..5 => window + POINTERS + 0xFF, // the high byte comes from the same page
        _ => window + POINTERS + 2 * random.below(0x1F0) as u16,
    }
}
