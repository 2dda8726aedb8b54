//! Everything that ends in a vector: reset, NMI, IRQ and BRK; and JAM, which never ends.
//!
//! ```text
//! cycle  reset          NMI, IRQ       BRK
//! 1      read PC        read PC        fetch opcode
//! 2      read PC        read PC        fetch padding
//! 3      read  $01ss    write $01ss <- PC high
//! 4      read  $01ss    write $01ss <- PC low
//!                       -- the lines at this moment choose the vector --
//! 5      read  $01ss    write $01ss <- P (B set by BRK only)
//! 6, 7   read $FFFC/D   read $FFFA/B if there was an NMI edge until now, else $FFFE/F
//! ```
//!
//! So an NMI that comes early enough *hijacks* an IRQ or a BRK. None of these sequences polls at its end: the first
//! instruction of a handler always runs.
//!
//! Source: <https://www.nesdev.org/wiki/CPU_interrupts#Interrupt_hijacking>

use crate::bus::Bus;
use crate::cpu::{Cpu, Next};
use crate::execution::Execution;
use crate::status::Status;
use crate::stops::Stop;

const NMI_VECTOR: u16 = 0xFFFA;
const RESET_VECTOR: u16 = 0xFFFC;
pub(crate) const IRQ_VECTOR: u16 = 0xFFFE;

/// What a JAM reads before it reads only $FFFF, as the single-step vectors log it.
const JAM_READS: [u16; 9] = [0xFFFF, 0xFFFE, 0xFFFE, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF];

impl Cpu {
    /// The reset sequence: seven cycles, the pushes turned into reads. The caller chooses the moment, between two
    /// steps.
    pub fn reset<B: Bus>(&mut self, bus: &mut B) {
        *self = Execution::new(self, bus).reset();
    }

    /// A step that is not an instruction: an interrupt sequence, or a cycle of a jammed CPU.
    #[cold]
    #[inline(never)]
    pub(crate) fn interrupt_or_jam<B: Bus>(&mut self, bus: &mut B) {
        let mut execution = Execution::new(self, bus);
        if self.next == Next::Jammed {
            execution.read(0xFFFF);
        } else {
            execution.read_sync(self.pc);
            execution.read(self.pc);
            execution.enter_handler(self.p.byte());
        }
        *self = execution.into_cpu();
    }
}

impl<B: Bus, S: Stop> Execution<'_, B, S> {
    fn reset(mut self) -> Cpu {
        self.next = Next::Instruction;
        self.read(self.pc);
        self.read(self.pc);
        for _ in 0..3 {
            self.read(self.stack());
            self.s = self.s.wrapping_sub(1);
        }
        self.set_flags_and_mask(self.p().with(Status::I, true));
        self.jump_through(RESET_VECTOR);
        self.into_cpu()
    }

    #[inline(always)]
    pub(crate) fn brk(&mut self) {
        self.fetch();
        self.enter_handler(self.p().byte_with_b());
    }

    /// Cycles 3 to 7 of the picture. `self.next` says what is being serviced until the vector is chosen.
    #[inline(always)]
    fn enter_handler(&mut self, pushed_p: u8) {
        let [low, high] = self.pc.to_le_bytes();
        self.push(high);
        self.push(low);
        let hijacked = self.cycle >= self.bus.deadline() && self.bus.lines(self.cycle).nmi;
        let vector = if hijacked || self.next == Next::Nmi { NMI_VECTOR } else { IRQ_VECTOR };
        self.set_next(Next::Instruction);
        self.push(pushed_p);
        self.set_flags_and_mask(self.p().with(Status::I, true));
        self.jump_through(vector);
    }

    #[inline(always)]
    fn jump_through(&mut self, vector: u16) {
        let low = self.read(vector);
        self.bus.reads_vector(vector, self.cycle - 1);
        let high = self.read(vector + 1);
        self.jump_to(u16::from_le_bytes([low, high]));
    }

    /// The cycles of a JAM that the vectors log; the endless rest is [`Cpu::interrupt_or_jam`].
    #[inline(always)]
    pub(crate) fn jam(&mut self) {
        self.read_next();
        for addr in JAM_READS {
            self.read(addr);
        }
        self.set_next(Next::Jammed);
    }
}
