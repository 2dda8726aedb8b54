//! The 6502 of the Ricoh 2A03, exact to every bus cycle. Knows nothing of the NES.

pub mod bus;

pub use bus::{Bus, Cycle, Lines};
