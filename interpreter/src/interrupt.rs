//! Everything that ends in a vector: reset, NMI, IRQ and BRK; and JAM, which ends nowhere.
//!
//! ```text
//! cycle  reset          NMI, IRQ       BRK
//! 1      read PC        read PC        fetch opcode
//! 2      read PC        read PC        fetch padding
//! 3      read  $01ss    write $01ss <- PC high
//! 4      read  $01ss    write $01ss <- PC low
//!                       -- the lines as of now choose the vector --
//! 5      read  $01ss    write $01ss <- P (B set by BRK only)
//! 6, 7   read $FFFC/D   read $FFFA/B if there was an NMI edge until now, else $FFFE/F
//! ```
//!
//! So an NMI that comes early enough *hijacks* an IRQ or a BRK. None of these polls at its end: the first
//! instruction of a handler always runs.
//!
//! Source: <https://www.nesdev.org/wiki/CPU_interrupts#Interrupt_hijacking>

use crate::bus::Bus;
use crate::cpu::{Cpu, Next};
use crate::status::Status;

const NMI_VECTOR: u16 = 0xFFFA;
const RESET_VECTOR: u16 = 0xFFFC;
const IRQ_VECTOR: u16 = 0xFFFE;

impl Cpu {
    /// The reset sequence: seven cycles, the pushes turned into reads. The caller chooses the moment, between two steps.
    pub fn reset<B: Bus>(&mut self, bus: &mut B) {
        self.next = Next::Instruction;
        self.read(bus, self.pc);
        self.read(bus, self.pc);
        for _ in 0..3 {
            self.read(bus, self.stack());
            self.s = self.s.wrapping_sub(1);
        }
        self.set_flags_and_mask(bus, self.p.with(Status::I, true));
        self.jump_through(bus, RESET_VECTOR);
    }

    /// A step that is no instruction.
    #[cold]
    #[inline(never)]
    pub(crate) fn step_aside<B: Bus>(&mut self, bus: &mut B) {
        if self.next == Next::Jammed {
            self.read(bus, 0xFFFF);
        } else {
            self.service_interrupt(bus);
        }
    }

    fn service_interrupt<B: Bus>(&mut self, bus: &mut B) {
        self.read(bus, self.pc);
        self.read(bus, self.pc);
        self.enter_handler(bus, self.p.byte());
    }

    pub(crate) fn brk<B: Bus>(&mut self, bus: &mut B) {
        self.fetch(bus);
        self.enter_handler(bus, self.p.byte_with_b());
    }

    /// Cycles 3 to 7 of the picture. `self.next` still says what is being serviced; it is done with here.
    fn enter_handler<B: Bus>(&mut self, bus: &mut B, pushed_p: u8) {
        let [low, high] = self.pc.to_le_bytes();
        self.push(bus, high);
        self.push(bus, low);
        let hijacked = self.cycle >= bus.deadline() && bus.lines(self.cycle).nmi;
        let vector = if hijacked || self.next == Next::Nmi { NMI_VECTOR } else { IRQ_VECTOR };
        self.next = Next::Instruction;
        self.push(bus, pushed_p);
        self.set_flags_and_mask(bus, self.p.with(Status::I, true));
        self.jump_through(bus, vector);
    }

    fn jump_through<B: Bus>(&mut self, bus: &mut B, vector: u16) {
        let low = self.read(bus, vector);
        let high = self.read(bus, vector + 1);
        self.pc = u16::from_le_bytes([low, high]);
    }

    /// The cycles of a JAM that differ from the endless rest.
    pub(crate) fn jam<B: Bus>(&mut self, bus: &mut B) {
        self.read(bus, self.pc);
        for addr in [0xFFFF, 0xFFFE, 0xFFFE, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF] {
            self.read(bus, addr);
        }
        self.next = Next::Jammed;
    }
}
