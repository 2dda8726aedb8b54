//! The life of compiled code: when and where it is compiled, shared, given up, taken out and put in. Whatever happens
//! to it, results are those of the interpreter.
//!
//! ```text
//! hops               a program of thousands of tiny regions in switched banks
//! compiling          the worker thread, panics, no executable memory
//! generations        too little memory, one to four machines
//! images             finished code, with and without a compiler
//! image_files        images as bytes
//! logs_and_profiles  what can be read out
//! kernels            the benchmark kernels
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
#[path = "../../../tests/support/image_bytes.rs"]
mod image_bytes;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))] // where there is memory for it
mod image_files;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod images;
mod kernels;
mod logs_and_profiles;
#[path = "../../../src/random.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod random;
