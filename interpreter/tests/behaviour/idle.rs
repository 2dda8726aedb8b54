//! Skipping idle loops changes nothing but the number of accesses: random small loops, run with and without skipping on
//! a bus where anything can happen.
//!
//! ```text
//! $0000-$1FFF  RAM: data, stack, and the programs, which the NMI handler may rewrite
//! $2002        a register: its bits change at known cycles, reading clears bit 7 and stores the cycle
//! $4000        a latch, which is cleared when the bits of $2002 change; $4001 ends an IRQ when it is written
//! $2003-$5FFF  other registers: they count their reads and writes
//! $6000-$7FFF  open bus
//! $8000-$FFFF  the handlers' code
//! ```
//!
//! Every cycle has one access, so the log of the full run gives the access that each cycle must have.

use crate::random::Random;
use ricojit_interpreter::opcode::{AddrMode, Legality, Mnemonic, Opcode, Shape};
use ricojit_interpreter::{Bus, Cpu, Cycle, Lines, Status, disasm, idle};

const LOOP: u16 = 0x04F0;
const HANDLER: u16 = 0x9000;
const IRQ_HANDLER: u16 = 0x9100;
const STATUS: u16 = 0x2002;
const LATCH: u16 = 0x4000;
const ACKNOWLEDGE: u16 = 0x4001;

/// Cycles at which something happens, in order; none in some cases.
fn times(random: &mut Random, chance: u64, gap: u64) -> Vec<Cycle> {
    if random.below(100) >= chance {
        return vec![];
    }
    let mut at = 0;
    let next = |_| {
        at += 1 + random.below(gap);
        at
    };
    (0..40).map(next).collect()
}

#[derive(Clone)]
struct TestBus {
    memory: Vec<u8>,
    data_bus: u8,
    log: Vec<(Cycle, u16, u8)>,
    /// The cycles at which the status changes, and its new values.
    changes: Vec<(Cycle, u8)>,
    /// Reads have cleared bit 7 of all changes before this cycle.
    cleared: Cycle,
    /// The effects of reads: the cycle of the last one of $2002, and the number of those of other registers.
    status_read: Cycle,
    reads: u64,
    /// The last write to the latch, and how many have changed it.
    latched: (Cycle, u8),
    latches: u64,
    nmi: Vec<Cycle>,
    irq: std::ops::Range<Cycle>,
    /// The line at the last poll.
    asserted: bool,
    dma: Vec<Cycle>,
    /// Whether DMA halts the CPU only while SYNC is high.
    dma_waits_for_sync: bool,
    /// Deadlines at which nothing happens.
    spurious: Vec<Cycle>,
    masked: bool,
}

impl TestBus {
    fn status(&self, at: Cycle) -> u8 {
        let (since, value) = self.changes.iter().copied().take_while(|&(from, _)| from <= at).last().unwrap_or((0, 0));
        if self.cleared > since { value & 0x7F } else { value }
    }

    fn latch(&self, at: Cycle) -> u8 {
        let (since, value) = self.latched;
        if self.changes.iter().any(|&(change, _)| since < change && change <= at) { 0 } else { value }
    }

    /// The next change of the status after `at`.
    fn next_change(&self, at: Cycle) -> Cycle {
        self.changes.iter().map(|&(change, _)| change).find(|&change| change > at).unwrap_or(Cycle::MAX)
    }

    /// All state but the log.
    fn state(&self) -> (&[u8], u8, [Cycle; 6], [usize; 2], bool) {
        let left = [self.cleared, self.status_read, self.reads, self.irq.end, self.latched.0, self.latches];
        (&self.memory, self.data_bus, left, [self.nmi.len(), self.dma.len()], self.masked)
    }
}

impl Bus for TestBus {
    fn read(&mut self, addr: u16, at: Cycle) -> u8 {
        let value = match addr {
            STATUS => {
                let value = self.status(at);
                self.cleared = if value & 0x80 != 0 { at + 1 } else { self.cleared };
                self.status_read = at;
                value
            }
            0x2000..0x6000 => {
                self.reads += 1;
                (self.reads * 0x55) as u8
            }
            0x6000..0x8000 => self.data_bus,
            _ => self.memory[usize::from(addr)],
        };
        self.data_bus = value;
        self.log.push((at, addr, value));
        value
    }

    fn write(&mut self, addr: u16, value: u8, at: Cycle) {
        self.data_bus = value;
        match addr {
            LATCH => {
                self.latches += u64::from(self.latch(at) != value);
                self.latched = (at, value);
            }
            ACKNOWLEDGE => self.irq = Cycle::MAX..Cycle::MAX,
            0x2000..0x6000 => self.reads += 1,
            _ => self.memory[usize::from(addr)] = value,
        }
        self.log.push((at, addr, value));
    }

    fn peek(&self, addr: u16) -> u8 {
        self.memory[usize::from(addr)]
    }

    fn deadline(&self) -> Cycle {
        let first = |times: &[Cycle]| times.first().copied().unwrap_or(Cycle::MAX);
        let irq = if self.masked { Cycle::MAX } else { self.irq.start.saturating_add(1) };
        first(&self.nmi).saturating_add(1).min(first(&self.dma)).min(first(&self.spurious)).min(irq)
    }

    fn lines(&mut self, at: Cycle) -> Lines {
        self.spurious.retain(|&time| time > at);
        if self.irq.end <= at {
            self.irq = Cycle::MAX..Cycle::MAX;
        }
        let nmi = self.nmi.first().is_some_and(|&time| time < at);
        self.nmi.retain(|&time| time >= at);
        self.asserted = self.irq.start < at;
        Lines { nmi, irq: self.asserted }
    }

    fn stall(&mut self, addr: u16, at: Cycle, sync: bool) -> Cycle {
        let halted = (sync || !self.dma_waits_for_sync) && self.dma.first().is_some_and(|&time| time <= at);
        let end = if halted { at + 3 } else { at };
        if halted {
            (at..end).for_each(|cycle| _ = self.read(addr, cycle));
            self.dma.retain(|&time| time > end);
        }
        end
    }

    fn steady_until(&mut self, addr: u16, at: Cycle) -> Cycle {
        match addr {
            STATUS if self.status(at) & 0x80 == 0 => self.next_change(at),
            0x2000..0x8000 => at,
            _ => Cycle::MAX,
        }
    }

    fn inert_until(&mut self, addr: u16, value: u8, at: Cycle) -> Cycle {
        match addr {
            LATCH if self.latch(at) == value => self.next_change(at),
            0x2000..0x8000 => at,
            _ if self.memory[usize::from(addr)] == value => Cycle::MAX,
            _ => at,
        }
    }

    fn uniform_until(&mut self) -> Cycle {
        let first = |times: &[Cycle]| times.first().copied().unwrap_or(Cycle::MAX);
        let irq = if self.asserted { self.irq.end } else { self.irq.start };
        first(&self.nmi).min(first(&self.dma)).min(irq)
    }

    fn set_irq_mask(&mut self, masked: bool) {
        self.masked = masked;
    }
}

/// A loop of a few instructions, most of which only read, with branches out of it; after it, code that changes memory
/// and jumps back.
fn code(random: &mut Random) -> Vec<u8> {
    let mut code = vec![];
    let mut starts = vec![0];
    for _ in 0..random.below(4) {
        let op = opcode(random);
        let [low, high] = operand(random, op).to_le_bytes();
        code.extend(&[op.code, low, high][..usize::from(op.length())]);
        starts.push(code.len());
    }
    let back = random.pick(&starts);
    if random.below(100) < 25 {
        let [low, high] = (LOOP + back as u16).to_le_bytes();
        code.extend([0x4C, low, high]);
    } else {
        code.extend([random.next() as u8 & 0xE0 | 0x10, (back as i32 - code.len() as i32 - 2) as u8]);
    }
    let counter = random.below(8) as u8;
    code.extend([0xE6, counter, 0xE6, 0x08]); // INC counter, INC $08
    let [low, high] = LOOP.to_le_bytes();
    code.extend([0x4C, low, high]);
    code
}

fn opcode(random: &mut Random) -> &'static Opcode {
    loop {
        let op = Opcode::of(random.next() as u8);
        let reads = matches!(op.shape, Shape::Load | Shape::Branch);
        let stays = op.legality != Legality::Jam
            && !matches!(op.shape, Shape::Break | Shape::Jump | Shape::Call)
            && !matches!(op.shape, Shape::Return | Shape::ReturnFromInterrupt);
        if stays && (reads || random.below(100) < 8) {
            return op;
        }
    }
}

fn operand(random: &mut Random, op: &Opcode) -> u16 {
    match op.mode {
        AddrMode::Relative => random.below(6) as u16,
        _ if op.length() == 2 => random.below(16) as u16,
        _ if matches!(op.mnemonic, Mnemonic::Bit | Mnemonic::Lda) && random.below(100) < 60 => STATUS,
        _ => random
            .pick(&[0x0000, 0x0008, 0x00FF, 0x01FE, 0x1FFF, STATUS, STATUS, 0x4015, 0x5FFF, 0x6000, 0x8000, 0x90F8]),
    }
}

/// The NMI handler: mostly it counts in memory, and it may rewrite a byte of the loop.
fn handler(random: &mut Random, code: &[u8]) -> Vec<u8> {
    if random.below(100) < 20 {
        return vec![0x40];
    }
    let mut handler = vec![0xE6, random.below(16) as u8]; // INC
    if random.below(100) < 30 {
        let place = random.below(code.len() as u64 - 7) as u16;
        let [low, high] = (LOOP + place).to_le_bytes();
        handler.extend([0x48, 0xA9, 0xEA, 0x8D, low, high, 0x68]); // PHA, LDA #$EA (NOP), STA, PLA
    }
    handler.push(0x40);
    handler
}

/// The IRQ handler: mostly one that changes nothing, or not for long, and acknowledges nothing.
fn irq_handler(random: &mut Random) -> Vec<u8> {
    let mut handler = vec![];
    for _ in 0..random.below(4) {
        let place = random.below(16) as u8;
        #[rustfmt::skip]
        handler.extend(match random.below(24) {
            0..5   => vec![0xA5, place],                               // LDA place
            5..8   => vec![0x85, place],                               // STA place
            8..11  => vec![0x8D, 0x00, 0x40],                          // STA LATCH
            11..14 => vec![0x2C, 0x02, 0x20],                          // BIT STATUS
            14..17 => vec![0x48, 0xA5, place, 0x8D, 0x00, 0x40, 0x68], // PHA, LDA place, STA LATCH, PLA
            17     => vec![0xE8],                                      // INX
            18     => vec![0xE6, place],                               // INC place
            19     => vec![0x2C, 0x03, 0x20],                          // BIT $2003
            20     => vec![0x8D, 0x03, 0x20],                          // STA $2003
            21     => vec![0x8D, 0x01, 0x40],                          // STA ACKNOWLEDGE
            22     => vec![0x58, 0x78],                                // CLI, SEI
            _      => vec![0xF0, 0x00],                                // BEQ to the next instruction
        });
    }
    handler.push(0x40);
    handler
}

fn machine(seed: u64) -> (Cpu, TestBus) {
    let mut random = Random::new(seed);
    let code = code(&mut random);
    let mut memory = vec![0; 0x10000];
    for place in &mut memory[..0x20] {
        *place = random.pick(&[0x00, 0x00, 0x01, 0x10, 0x40, 0x80, 0xFF]);
    }
    memory[usize::from(LOOP)..][..code.len()].copy_from_slice(&code);
    let handler = handler(&mut random, &code);
    memory[usize::from(HANDLER)..][..handler.len()].copy_from_slice(&handler);
    let irq_handler = if random.below(100) < 50 { irq_handler(&mut random) } else { handler };
    memory[usize::from(IRQ_HANDLER)..][..irq_handler.len()].copy_from_slice(&irq_handler);
    for (vector, handler) in [(0xFFFA, HANDLER), (0xFFFC, HANDLER), (0xFFFE, IRQ_HANDLER)] {
        memory[vector..][..2].copy_from_slice(&handler.to_le_bytes());
    }
    let changes = times(&mut random, 90, 400).into_iter().map(|at| (at, random.next() as u8 & 0xE0)).collect();
    let irq = random.below(3000);
    let bus = TestBus {
        memory,
        data_bus: 0,
        log: vec![],
        changes,
        cleared: 0,
        status_read: 0,
        reads: 0,
        latched: (0, 0),
        latches: 0,
        nmi: times(&mut random, 50, 600),
        irq: irq..irq + random.pick(&[60, 60, 2000, 6000]) * random.below(100) / 100,
        asserted: false,
        dma: times(&mut random, 20, 200),
        dma_waits_for_sync: seed % 2 == 1,
        spurious: times(&mut random, 20, 100),
        masked: false,
    };
    let p = Status::from_byte(random.next() as u8);
    let mut cpu = Cpu { pc: LOOP, a: random.below(3) as u8, x: random.below(3) as u8, s: 0xFD, p, ..Cpu::power_on() };
    cpu.y = random.next() as u8;
    let mut bus = bus;
    bus.set_irq_mask(p.has(Status::I));
    (cpu, bus)
}

/// Runs a machine with and without skipping to several ends. Returns the cycles that were skipped, and all cycles.
fn compare(seed: u64) -> (Cycle, Cycle) {
    let (mut cpu, mut bus) = machine(seed);
    let (mut other, mut other_bus) = (cpu.clone(), bus.clone());
    let listing = || {
        let (_, bus) = machine(seed);
        (LOOP..LOOP + 12).map(|pc| format!("{pc:04X}  {}\n", disasm::Instruction::at(&bus, pc))).collect::<String>()
    };
    let mut random = Random::new(!seed);
    let longest = random.pick(&[40, 400, 4000]);
    let (mut end, mut skipped) = (0, 0);
    while end < 6000 {
        end += 1 + random.below(longest);
        cpu.run_until(&mut bus, end);
        // Like an engine that finds a loop at its beginning, and like the interpreter, which checks now and then.
        if random.below(100) < 50 {
            while other.cycle < end && !other.is_jammed() {
                skipped += idle::wait(&mut other, &mut other_bus, end);
            }
        }
        skipped += idle::run_until(&mut other, &mut other_bus, end);
        assert_eq!(other, cpu, "seed {seed}, to {end}\n{}", listing());
        assert_eq!(other_bus.data_bus, bus.data_bus, "seed {seed}, to {end}: the data bus\n{}", listing());
        assert!(other_bus.state() == bus.state(), "seed {seed}, to {end}: the state of the bus\n{}", listing());
    }
    for access in &other_bus.log {
        assert_eq!(*access, bus.log[access.0 as usize], "seed {seed}\n{}", listing());
    }
    assert_eq!(skipped as usize, bus.log.len() - other_bus.log.len(), "seed {seed}: cycles counted");
    (skipped, cpu.cycle)
}

#[test]
fn random_loops_run_the_same_with_and_without_skipping() {
    let (mut skipped, mut all, mut programs) = (0, 0, 0);
    for seed in 0..6000 {
        let (some, cycles) = compare(seed);
        skipped += some;
        all += cycles;
        programs += u64::from(some > 0);
    }
    println!("{programs} of 6000 programs were idle, {skipped} of {all} cycles were skipped");
    assert!(programs > 2000 && skipped * 5 > all, "{programs} programs, {skipped} of {all} cycles");
}

/// The number of skipped cycles of a program that is never disturbed.
fn skipped(code: &[u8], end: Cycle) -> Cycle {
    let (mut cpu, mut bus) = machine(0);
    bus.memory[usize::from(LOOP)..][..code.len()].copy_from_slice(code);
    bus.memory[0x10] = 0;
    (cpu.a, cpu.p) = (1, Status::from_byte(0));
    (bus.changes, bus.nmi, bus.dma, bus.spurious, bus.irq) = (vec![], vec![], vec![], vec![], Cycle::MAX..Cycle::MAX);
    idle::run_until(&mut cpu, &mut bus, end)
}

#[test]
fn all_iterations_but_two_are_skipped() {
    // CLV, BVC back to it: five cycles; one iteration is observed, the last whole one before the end is performed.
    assert_eq!(skipped(&[0xB8, 0x50, 0xFD], 5000), 5000 - 2 * 5);
    assert_eq!(skipped(&[0xB8, 0x50, 0xFD], 5004), 5000 - 2 * 5);
    // LDA $10, BEQ: six; only the first iteration changes the registers.
    assert_eq!(skipped(&[0xA5, 0x10, 0xF0, 0xFC], 6000), 6000 - 3 * 6);
    // NOP $2002, BVC: seven.
    assert_eq!(skipped(&[0x0C, 0x02, 0x20, 0x50, 0xFB], 7003), 7000 - 2 * 7);
    // NOP $4015, BVC: reading has an effect.
    assert_eq!(skipped(&[0x0C, 0x15, 0x40, 0x50, 0xFB], 7000), 0);
    // NOP $6000, BVC: open bus.
    assert_eq!(skipped(&[0x0C, 0x00, 0x60, 0x50, 0xFB], 7000), 0);
}
