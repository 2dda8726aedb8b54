//! The 6502 of the Ricoh 2A03, exact to every bus cycle, and independent of the rest of the NES.
//!
//! ```text
//!              opcode (256 rows of facts) ----------> disasm
//!                 |
//! run -> dispatch -> shape -> address                 (every bus access of an instruction, in order)
//!  |                   |
//!  |                   +----> alu                     (what it computes)
//!  +-> interrupt                                      (the steps that are not instructions)
//!
//! cpu        its registers as a value, between two steps
//! execution  its registers while it runs: one cycle after the other
//! checked    the steps that cannot be fast, and those that are observed
//! idle       moves a cpu past the iterations of a loop that only waits
//! ```
//!
//! A [`Cpu`] is a value; anything that implements [`Bus`] can run it:
//!
//! ```
//! use ricojit_interpreter::{Bus, Cpu, Cycle, Lines};
//!
//! struct Ram([u8; 0x10000]);
//!
//! impl Bus for Ram {
//!     fn read(&mut self, addr: u16, _: Cycle) -> u8 { self.0[usize::from(addr)] }
//!     fn write(&mut self, addr: u16, value: u8, _: Cycle) { self.0[usize::from(addr)] = value }
//!     fn peek(&self, addr: u16) -> u8 { self.0[usize::from(addr)] }
//!     fn deadline(&self) -> Cycle { Cycle::MAX } // neither interrupts nor DMA
//!     fn lines(&mut self, _: Cycle) -> Lines { Lines::default() }
//!     fn stall(&mut self, _: u16, at: Cycle, _: bool) -> Cycle { at }
//!     fn set_irq_mask(&mut self, _: bool) {}
//! }
//!
//! let mut ram = Ram([0; 0x10000]);
//! ram.0[0x8000..0x8002].copy_from_slice(&[0xA9, 0x42]); // LDA #$42
//! ram.0[0xFFFC..0xFFFE].copy_from_slice(&[0x00, 0x80]); // the reset vector
//! let mut cpu = Cpu::power_on();
//! cpu.reset(&mut ram);
//! cpu.step(&mut ram);
//! assert_eq!((cpu.a, cpu.cycle), (0x42, 7 + 2));
//! ```

mod address;
pub mod alu;
pub mod bus;
mod checked;
mod cpu;
pub mod disasm;
mod dispatch;
mod execution;
pub mod idle;
mod interrupt;
pub mod opcode;
mod run;
mod shape;
mod status;
mod stops;

pub use bus::{Bus, Cycle, Lines};
pub use cpu::{Cpu, Next};
pub use execution::poll;
pub use status::Status;
pub use stops::Stops;
