//! Tests of whole machines: with the programs of `roms/`, and with minimal cartridges made for one test each.

#[path = "../support/archives.rs"]
mod archives;
#[cfg(feature = "jit")]
#[path = "../support/guests.rs"]
mod guests;
#[cfg(feature = "jit")]
#[path = "../support/hostile.rs"]
mod hostile;
#[cfg(feature = "jit")]
#[path = "../support/hostile_images.rs"]
mod hostile_images;
#[cfg(feature = "jit")]
#[path = "../support/image_bytes.rs"]
mod image_bytes;
#[path = "../support/images.rs"]
mod images;
#[path = "../support/programs.rs"]
mod programs;
#[allow(dead_code, reason = "shared with the library, which needs more of it")]
#[path = "../../src/random.rs"]
mod random;
#[path = "../support/traces.rs"]
mod traces;

#[cfg(feature = "jit")]
mod ahead;
mod alignments;
mod allocations;
#[cfg(feature = "jit")]
mod banks;
mod board_list;
mod cartridge;
mod catch_up;
mod code_data_log;
#[cfg(feature = "jit")]
mod code_elsewhere;
#[cfg(feature = "jit")]
mod compiled_code;
mod console;
mod determinism;
mod dma;
#[cfg(feature = "jit")]
mod engines;
#[cfg(feature = "jit")]
mod fetches;
#[cfg(feature = "jit")]
mod hostile_states;
mod idle;
#[cfg(feature = "jit")]
mod interrupt_polling;
mod interrupts;
mod oam_decay;
#[cfg(feature = "jit")]
mod random_roms;
mod revisions;
mod start;
mod states;
#[cfg(feature = "jit")]
mod stress;
#[cfg(feature = "jit")]
mod whole_roms;
