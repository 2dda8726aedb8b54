//! When interrupts are polled and serviced, what a stall changes, and that the bus is polled as seldom as its deadline
//! allows.
//!
//! A program starts at cycle 0 of a flat RAM. The usual test is: *if this line changes at the end of cycle
//! n, after how many instructions is it serviced?*, for n = 0, 1, 2 ... Each runs twice, once with a
//! deadline that is always "now" and once with the real one; polling before the real deadline is an error.
//!
//! Source of the expectations: <https://www.nesdev.org/wiki/CPU_interrupts>

use ricojit_interpreter::{Bus, Cpu, Cycle, Lines, Next, Status, Stops};

const PROGRAM: u16 = 0x80F0;
const NMI_HANDLER: u16 = 0x9000;
const IRQ_HANDLER: u16 = 0xA000;
const RESET_HANDLER: u16 = 0xB000;
/// A write to it pulls the NMI line at the end of the cycle.
const NMI_PORT: u16 = 0x4000;

const NOP: u8 = 0xEA;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read(u16),
    Write(u16, u8),
}
use Access::{Read, Write};

#[derive(Clone)]
struct TestBus {
    ram: Vec<u8>,
    log: Vec<(Cycle, Access)>,
    /// The cycle at whose end the edge is detected, until it is reported.
    nmi_at: Option<Cycle>,
    /// IRQ is low at the ends of these cycles.
    irq: std::ops::Range<Cycle>,
    /// The cycle from which a DMA unit wants the bus, and for how many cycles.
    dma: Option<(Cycle, Cycle)>,
    /// Whether DMA halts the CPU only while SYNC is high.
    dma_waits_for_sync: bool,
    masked: bool,
    /// Whether the deadline is always "now".
    always_now: bool,
    polls: u32,
}

impl TestBus {
    fn new(program: &[u8]) -> Self {
        let mut ram = vec![NOP; 0x10000];
        ram[usize::from(PROGRAM)..][..program.len()].copy_from_slice(program);
        for (vector, handler) in [(0xFFFA, NMI_HANDLER), (0xFFFC, RESET_HANDLER), (0xFFFE, IRQ_HANDLER)] {
            ram[vector..][..2].copy_from_slice(&handler.to_le_bytes());
        }
        Self {
            ram,
            log: vec![],
            nmi_at: None,
            irq: 0..0,
            dma: None,
            dma_waits_for_sync: false,
            masked: false,
            always_now: false,
            polls: 0,
        }
    }

    fn with_nmi(self, at: Cycle) -> Self {
        Self { nmi_at: Some(at), ..self }
    }

    fn with_irq(self, irq: std::ops::Range<Cycle>) -> Self {
        Self { irq, ..self }
    }

    fn with_dma(self, from: Cycle, cycles: Cycle) -> Self {
        Self { dma: Some((from, cycles)), ..self }
    }

    fn next_irq(&self) -> Cycle {
        if self.masked || self.irq.is_empty() { Cycle::MAX } else { self.irq.start + 1 }
    }

    fn count_poll(&mut self, at: Cycle) {
        assert!(at >= self.deadline(), "polled at {at}, before the deadline {}", self.deadline());
        self.polls += 1;
    }

    fn accesses(&self) -> Vec<Access> {
        self.log.iter().map(|&(_, access)| access).collect()
    }

    fn times(&self) -> Vec<Cycle> {
        self.log.iter().map(|&(at, _)| at).collect()
    }
}

impl Bus for TestBus {
    const HAS_PLAIN: bool = true;

    fn read(&mut self, addr: u16, at: Cycle) -> u8 {
        self.log.push((at, Read(addr)));
        self.peek(addr)
    }

    fn write(&mut self, addr: u16, value: u8, at: Cycle) {
        self.log.push((at, Write(addr, value)));
        if addr == NMI_PORT && self.nmi_at.is_none() {
            self.nmi_at = Some(at);
        }
        self.ram[usize::from(addr)] = value;
    }

    fn code(&mut self, addr: u16) -> Option<[u8; 4]> {
        Some([0, 1, 2, 3].map(|i| self.peek(addr.wrapping_add(i))))
    }

    fn fetched(&mut self, addr: u16, _: u8, at: Cycle) {
        assert!(at < self.deadline(), "fetched at {at}, after the deadline");
        self.log.push((at, Read(addr)));
    }

    fn peek(&self, addr: u16) -> u8 {
        self.ram[usize::from(addr)]
    }

    fn deadline(&self) -> Cycle {
        let nmi = self.nmi_at.map_or(Cycle::MAX, |at| at + 1);
        let dma = self.dma.map_or(Cycle::MAX, |(from, _)| from);
        if self.always_now { 0 } else { nmi.min(dma).min(self.next_irq()) }
    }

    fn lines(&mut self, at: Cycle) -> Lines {
        self.count_poll(at);
        let nmi = self.nmi_at.take_if(|edge| *edge < at).is_some();
        Lines { nmi, irq: self.irq.contains(&(at - 1)) }
    }

    fn stall(&mut self, _: u16, at: Cycle, sync: bool) -> Cycle {
        self.count_poll(at);
        let is_halted = sync || !self.dma_waits_for_sync;
        match self.dma.take_if(|(from, _)| *from <= at && is_halted) {
            Some((_, cycles)) => at + cycles,
            None => at,
        }
    }

    fn set_irq_mask(&mut self, masked: bool) {
        self.masked = masked;
    }
}

/// A CPU about to run the program with IRQs enabled.
fn ready() -> Cpu {
    Cpu { pc: PROGRAM, s: 0xFD, p: Status::from_byte(0), ..Cpu::power_on() }
}

fn ready_masked(bus: &mut TestBus) -> Cpu {
    bus.set_irq_mask(true);
    Cpu { p: Status::from_byte(Status::I), ..ready() }
}

/// Performs `steps` steps on both kinds of bus and returns what both agree on.
fn run(cpu: &Cpu, bus: &TestBus, steps: usize) -> (Cpu, TestBus) {
    let [real, now] = [false, true].map(|always_now| {
        let (mut cpu, mut bus) = (cpu.clone(), TestBus { always_now, ..bus.clone() });
        (0..steps).for_each(|_| cpu.step(&mut bus));
        (cpu, bus)
    });
    assert_eq!(real.0, now.0, "the deadline changes nothing");
    assert_eq!(real.1.log, now.1.log, "the deadline changes nothing");
    real
}

/// After how many instructions the CPU goes to `handler`.
fn serviced_after(handler: u16, cpu: &Cpu, bus: &TestBus) -> usize {
    let arrives = |steps: &usize| run(cpu, bus, *steps).0.pc == handler;
    (1..10).find(arrives).expect("the interrupt is serviced") - 1
}

/// [`serviced_after`] for an NMI at the end of cycle 0, 1, 2 ...; an IRQ that stays low must agree.
fn serviced_after_each(program: &[u8], cpu: &Cpu, cycles: Cycle) -> Vec<usize> {
    let each = |at| {
        let nmi = serviced_after(NMI_HANDLER, cpu, &TestBus::new(program).with_nmi(at));
        let irq = serviced_after(IRQ_HANDLER, cpu, &TestBus::new(program).with_irq(at..Cycle::MAX));
        assert_eq!(nmi, irq, "NMI and IRQ are polled together (cycle {at})");
        nmi
    };
    (0..cycles).map(each).collect()
}

#[test]
fn the_poll_sees_the_lines_of_the_cycle_before_the_last() {
    assert_eq!(serviced_after_each(&[NOP, NOP, NOP], &ready(), 4), [1, 2, 2, 3]);
    let lda_absolute = [0xAD, 0x00, 0x02, NOP];
    assert_eq!(serviced_after_each(&lda_absolute, &ready(), 6), [1, 1, 1, 2, 2, 3]);
    let inc_zero_page = [0xE6, 0x10, NOP];
    assert_eq!(serviced_after_each(&inc_zero_page, &ready(), 6), [1, 1, 1, 1, 2, 2]);
    let pha = [0x48, NOP];
    assert_eq!(serviced_after_each(&pha, &ready(), 4), [1, 1, 2, 2]);
}

#[test]
fn a_branch_polls_before_cycle_2_and_when_crossing_before_cycle_4() {
    let not_taken = [0xF0, 0x02, NOP, NOP];
    assert_eq!(serviced_after_each(&not_taken, &ready(), 4), [1, 2, 2, 3]);
    let taken = [0xD0, 0x02];
    assert_eq!(serviced_after_each(&taken, &ready(), 5), [1, 2, 2, 2, 3]);
    let crossing = [0xD0, 0x40];
    assert_eq!(serviced_after_each(&crossing, &ready(), 6), [1, 1, 1, 2, 2, 3]);
}

#[test]
fn a_branch_keeps_what_its_first_poll_found() {
    let crossing = [0xD0, 0x40];
    let bus = TestBus::new(&crossing).with_irq(0..1);
    assert_eq!(serviced_after(IRQ_HANDLER, &ready(), &bus), 1);
    let bus = TestBus::new(&crossing).with_nmi(0).with_irq(2..Cycle::MAX);
    assert_eq!(serviced_after(NMI_HANDLER, &ready(), &bus), 1, "an IRQ does not displace an NMI");
    let bus = TestBus::new(&crossing).with_irq(0..1).with_nmi(2);
    assert_eq!(serviced_after(NMI_HANDLER, &ready(), &bus), 1, "an NMI is served before an IRQ");
}

#[test]
fn an_irq_that_ends_before_the_poll_is_ignored() {
    let bus = TestBus::new(&[0xAD, 0x00, 0x02, NOP, NOP]).with_irq(0..2);
    let (cpu, _) = run(&ready(), &bus, 3);
    assert_eq!(cpu.pc, PROGRAM + 5);
}

#[test]
fn cli_and_plp_enable_one_instruction_late() {
    for program in [[0x58, NOP], [0x28, NOP]] {
        let mut bus = TestBus::new(&program).with_irq(0..Cycle::MAX);
        bus.ram[0x01FE] = 0; // for PLP
        let cpu = ready_masked(&mut bus);
        assert_eq!(serviced_after(IRQ_HANDLER, &cpu, &bus), 2);
    }
}

#[test]
fn sei_and_plp_disable_one_instruction_late() {
    for (program, cycles) in [([0x78, NOP], 2), ([0x28, NOP], 4)] {
        for at in 0..cycles {
            let mut bus = TestBus::new(&program).with_irq(at..Cycle::MAX);
            bus.ram[0x01FE] = Status::I; // for PLP
            let (cpu, bus) = run(&ready(), &bus, 4);
            let serviced = at < cycles - 1;
            assert_eq!(bus.accesses().contains(&Read(IRQ_HANDLER)), serviced, "IRQ at {at}");
            assert!(!serviced || bus.ram[usize::from(cpu.s) + 0x101] & Status::I != 0, "P was pushed with I set");
        }
    }
}

#[test]
fn rti_enables_and_disables_at_once() {
    let after_rti = |pulled: u8, cpu: &Cpu, mut bus: TestBus| {
        bus.ram[0x0181..0x0184].copy_from_slice(&[pulled, 0x00, 0x83]);
        run(&Cpu { s: 0x80, ..cpu.clone() }, &bus, 2).0.pc
    };
    let mut bus = TestBus::new(&[0x40]).with_irq(0..Cycle::MAX);
    let masked = ready_masked(&mut bus);
    assert_eq!(after_rti(0, &masked, bus), IRQ_HANDLER);
    // An IRQ that comes before I is pulled but is polled after it.
    let bus = TestBus::new(&[0x40]).with_irq(0..Cycle::MAX);
    assert_eq!(after_rti(Status::I, &ready(), bus), 0x8301);
}

#[test]
fn a_masked_irq_is_never_polled() {
    let mut bus = TestBus::new(&[]).with_irq(0..Cycle::MAX);
    let cpu = ready_masked(&mut bus);
    let (cpu, bus) = run(&cpu, &bus, 5);
    assert_eq!((cpu.pc, bus.polls), (PROGRAM + 5, 0));
}

#[test]
fn an_interrupt_sequence_is_seven_accesses() {
    let bus = TestBus::new(&[NOP]).with_irq(0..Cycle::MAX);
    let (cpu, bus) = run(&ready(), &bus, 2);
    let [pc_low, pc_high] = (PROGRAM + 1).to_le_bytes();
    let expected = [
        Read(PROGRAM + 1),
        Read(PROGRAM + 1),
        Write(0x01FD, pc_high),
        Write(0x01FC, pc_low),
        Write(0x01FB, 0x20),
        Read(0xFFFE),
        Read(0xFFFF),
    ];
    assert_eq!(bus.accesses()[2..], expected);
    assert_eq!(bus.times(), (0..9).collect::<Vec<_>>());
    assert_eq!((cpu.pc, cpu.s, cpu.p.has(Status::I), bus.masked), (IRQ_HANDLER, 0xFA, true, true));
}

#[test]
fn an_early_nmi_hijacks_brk() {
    for at in 0..8 {
        let bus = TestBus::new(&[0x00]).with_nmi(at);
        let (cpu, bus) = run(&ready(), &bus, 1);
        assert_eq!(cpu.pc, if at < 4 { NMI_HANDLER } else { IRQ_HANDLER }, "NMI at {at}");
        assert_eq!(bus.ram[0x01FB], 0x30, "B is still set");
        // Too late for the vector, it is serviced after the first instruction of the handler.
        let (cpu, _) = run(&cpu, &bus, 2);
        assert_eq!(cpu.pc, if at < 4 { NMI_HANDLER + 2 } else { NMI_HANDLER }, "NMI at {at}");
    }
}

#[test]
fn an_early_nmi_hijacks_an_irq() {
    // NOP is cycles 0 and 1, the IRQ sequence 2 to 8; an NMI at 0 is found by the poll of the NOP.
    for at in 1..10 {
        let bus = TestBus::new(&[NOP]).with_irq(0..Cycle::MAX).with_nmi(at);
        let (cpu, bus) = run(&ready(), &bus, 2);
        assert_eq!(cpu.pc, if at < 6 { NMI_HANDLER } else { IRQ_HANDLER }, "NMI at {at}");
        assert_eq!(bus.ram[0x01FB], 0x20, "B is clear");
        let (cpu, _) = run(&cpu, &bus, 2);
        assert_eq!(cpu.pc, if at < 6 { NMI_HANDLER + 2 } else { NMI_HANDLER }, "NMI at {at}");
    }
}

#[test]
fn two_edges_before_the_vector_are_one_nmi() {
    let bus = TestBus::new(&[NOP]).with_nmi(0);
    let (cpu, bus) = run(&ready(), &bus, 1);
    let (cpu, _) = run(&cpu, &bus.with_nmi(4), 3);
    assert_eq!(cpu.pc, NMI_HANDLER + 2);
}

#[test]
fn a_register_write_moves_the_deadline_at_once() {
    let sta = TestBus::new(&[0x8D, 0x00, 0x40]);
    assert_eq!(serviced_after(NMI_HANDLER, &ready(), &sta), 2);
    let inc_by_its_dummy_write = TestBus::new(&[0xEE, 0x00, 0x40]);
    assert_eq!(serviced_after(NMI_HANDLER, &ready(), &inc_by_its_dummy_write), 1);
}

#[test]
fn dma_waits_for_a_read() {
    // STA $0200 is cycles 0 to 3, the last one a write; INC $10 writes twice.
    let sta = TestBus::new(&[0x8D, 0x00, 0x02, NOP]);
    let inc = TestBus::new(&[0xE6, 0x10, NOP]);
    let times = |bus: &TestBus, from| run(&ready(), &bus.clone().with_dma(from, 10), 2).1.times();
    assert_eq!(times(&sta, 2), [0, 1, 12, 13, 14, 15]);
    assert_eq!(times(&sta, 3), [0, 1, 2, 3, 14, 15]);
    assert_eq!(times(&inc, 2), [0, 1, 12, 13, 14, 15, 16]);
    assert_eq!(times(&inc, 3), [0, 1, 2, 3, 4, 15, 16]);
}

#[test]
fn sync_is_high_while_an_opcode_is_fetched_and_in_the_first_cycle_of_an_interrupt() {
    // As by the 2A07's DMA, the CPU is halted only there.
    let times = |bus: TestBus, from| {
        let bus = TestBus { dma_waits_for_sync: true, ..bus.with_dma(from, 10) };
        run(&ready(), &bus, 2).1.times()
    };
    // LDA $0200 is cycles 0 to 3, NOP 4 and 5.
    let lda = TestBus::new(&[0xAD, 0x00, 0x02, NOP]);
    assert_eq!(times(lda.clone(), 0), [10, 11, 12, 13, 14, 15]);
    for from in 1..=4 {
        assert_eq!(times(lda.clone(), from), [0, 1, 2, 3, 14, 15], "from cycle {from}");
    }
    assert_eq!(times(lda, 5), [0, 1, 2, 3, 4, 5]);
    // SLO ($10),Y: the longest time between two opcodes.
    for from in 1..=8 {
        assert_eq!(
            times(TestBus::new(&[0x13, 0x10, NOP]), from),
            [0, 1, 2, 3, 4, 5, 6, 7, 18, 19],
            "from cycle {from}"
        );
    }
    // NOP is cycles 0 and 1, the IRQ sequence 2 to 8.
    let irq = TestBus::new(&[NOP]).with_irq(0..Cycle::MAX);
    for from in 1..=2 {
        assert_eq!(times(irq.clone(), from), [0, 1, 12, 13, 14, 15, 16, 17, 18], "from cycle {from}");
    }
    assert_eq!(times(irq, 3), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn the_poll_comes_after_the_stall_of_the_last_read() {
    // NOP reads at 0 and, after ten cycles of DMA, at 11; the next one at 12 and 13.
    let after = |at| serviced_after(NMI_HANDLER, &ready(), &TestBus::new(&[]).with_dma(1, 10).with_nmi(at));
    assert_eq!([0, 1, 9, 10, 11, 12, 13].map(after), [1, 1, 1, 1, 2, 2, 3]);
    // A branch has its only poll before its second cycle, here 11.
    let after = |at| serviced_after(NMI_HANDLER, &ready(), &TestBus::new(&[0xD0, 0x02]).with_dma(1, 10).with_nmi(at));
    assert_eq!([0, 10, 11, 12, 13, 14].map(after), [1, 1, 2, 2, 2, 3]);
}

#[test]
fn a_stall_before_the_write_takes_the_high_byte_off_the_bus() {
    let stored = |program: &[u8], dma: Option<(Cycle, Cycle)>| {
        let cpu = Cpu { a: 0xF7, x: 0xEF, y: 0x20, ..ready() };
        let bus = TestBus { dma, ..TestBus::new(program) };
        *run(&cpu, &bus, 1).1.accesses().last().unwrap()
    };
    let shx = [0x9E, 0x10, 0x05];
    assert_eq!(stored(&shx, None), Write(0x0530, 0xEF & 0x06));
    assert_eq!(stored(&shx, Some((2, 4))), Write(0x0530, 0xEF & 0x06), "a stalled fetch changes nothing");
    assert_eq!(stored(&shx, Some((3, 4))), Write(0x0530, 0xEF));
    let shx_crossing = [0x9E, 0xF0, 0x05];
    assert_eq!(stored(&shx_crossing, None), Write(0x0610, 0x06));
    assert_eq!(stored(&shx_crossing, Some((3, 4))), Write(0xEF10, 0xEF));
    let sha = [0x9F, 0x10, 0x05];
    assert_eq!(stored(&sha, None), Write(0x0530, 0xE7 & 0x06));
    assert_eq!(stored(&sha, Some((3, 4))), Write(0x0530, 0xE7));
}

#[test]
fn only_a_reset_ends_a_jam() {
    let bus = TestBus::new(&[0x02]).with_nmi(3).with_irq(0..Cycle::MAX);
    let (cpu, bus) = run(&ready(), &bus, 4);
    assert!(cpu.is_jammed());
    assert_eq!((cpu.cycle, bus.log.len()), (14, 14));
    assert_eq!(bus.accesses()[11..], [Read(0xFFFF); 3]);
    let (mut cpu, mut bus) = (cpu, TestBus::new(&[]));
    cpu.reset(&mut bus);
    let stack = [Read(0x01FD), Read(0x01FC), Read(0x01FB)];
    let expected = [[Read(PROGRAM + 1); 2].as_slice(), &stack, &[Read(0xFFFC), Read(0xFFFD)]].concat();
    assert_eq!(bus.accesses(), expected);
    assert_eq!((cpu.pc, cpu.s, cpu.next, cpu.p.has(Status::I)), (RESET_HANDLER, 0xFA, Next::Instruction, true));
    assert!(bus.masked);
}

#[test]
fn power_on_and_reset_give_the_documented_registers() {
    let (mut cpu, mut bus) = (Cpu::power_on(), TestBus::new(&[]));
    cpu.reset(&mut bus);
    let expected = Cpu { cycle: 7, pc: RESET_HANDLER, s: 0xFD, ..Cpu::power_on() };
    assert_eq!(cpu, expected);
    assert_eq!(cpu.p.byte(), 0x24);
}

#[test]
fn run_until_stops_at_the_first_boundary_at_or_after_the_end() {
    for (end, cycle) in [(0, 0), (1, 2), (2, 2), (3, 4)] {
        let (mut cpu, mut bus) = (ready(), TestBus::new(&[]));
        cpu.run_until(&mut bus, end);
        assert_eq!(cpu.cycle, cycle);
    }
}

#[test]
fn a_run_stops_where_control_comes_to_a_mark() {
    // PROGRAM: NOP, NOP, JMP PROGRAM + 1
    let [low, high] = (PROGRAM + 1).to_le_bytes();
    let machine = |always_now| (ready(), TestBus { always_now, ..TestBus::new(&[NOP, NOP, 0x4C, low, high]) });
    for always_now in [false, true] {
        let stopped = |marks: &[u16], bus: fn(TestBus) -> TestBus| {
            let stops = Stops::new();
            marks.iter().for_each(|mark| stops.add(*mark));
            let (mut cpu, machine) = machine(always_now);
            let stopped = cpu.run_to_stop(&mut bus(machine), 100, &stops);
            (stopped, cpu.pc, cpu.cycle)
        };
        let unchanged = |bus| bus;
        assert_eq!(stopped(&[PROGRAM + 1], unchanged), (true, PROGRAM + 1, 7), "at a jump, not on the way");
        assert_eq!(
            stopped(&[PROGRAM + 0x1001], unchanged),
            (true, PROGRAM + 1, 7),
            "or where the low bits are the same"
        );
        let handler = stopped(&[NMI_HANDLER], |bus| bus.with_nmi(20));
        assert_eq!((handler.0, handler.1), (true, NMI_HANDLER), "in front of a handler");
        let (mut cpu, mut bus) = machine(always_now);
        cpu.run_until(&mut bus, 100);
        for marks in [&[][..], &[PROGRAM, PROGRAM + 2]] {
            assert_eq!(stopped(marks, unchanged), (false, cpu.pc, cpu.cycle), "nowhere else");
        }
        let passed = stopped(&[PROGRAM], |bus| bus.with_nmi(20));
        assert!(!passed.0 && passed.2 >= 100, "an interrupt is no stop: {passed:?}");
    }
}
