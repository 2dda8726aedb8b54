//! The 6502 of the Ricoh 2A03, exact to every bus cycle. Knows nothing of the NES.

mod address;
pub mod alu;
pub mod bus;
mod cpu;
pub mod disasm;
mod dispatch;
mod interrupt;
pub mod opcode;
mod shape;
mod status;

pub use bus::{Bus, Cycle, Lines};
pub use cpu::{Cpu, Next};
pub use status::Status;
