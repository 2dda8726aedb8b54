//! What the CPU does over many cycles, on small machines made for the question.
//!
//! ```text
//! interrupts  when interrupts are polled and serviced, stalls, reset
//! idle        idle loops that are skipped
//! ```

mod idle;
mod interrupts;
