//! The life of compiled code: who compiles it and when, how it is given up, who shares it. Whatever happens to it, results
//! are the interpreter's.
//!
//! ```text
//! hops         a program of thousands of tiny regions in switched banks
//! generations  too little memory, one to four machines
//! compiling    a thread beside, panics, its death, no executable memory
//! records      logs and their repetition, profiles
//! ```

#[path = "../proof/bus.rs"]
#[allow(dead_code, reason = "shared with the proofs")]
mod bus;
#[path = "../proof/compare.rs"]
#[allow(dead_code, reason = "shared with the proofs")]
mod compare;
mod compiling;
mod generations;
mod hops;
mod images;
mod kernels;
#[path = "../../../src/random.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod random;
mod records;
