//! What the CPU does over many cycles, on small machines of their own.
//!
//! ```text
//! interrupts  when interrupts are polled and serviced, stalls, reset
//! idle        idle loops that are skipped
//! ```

mod idle;
mod interrupts;
#[path = "../../../src/random.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod random;
