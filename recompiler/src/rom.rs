//! PRG ROM as the CPU sees it: what code at an address is found by, and where its bytes are.
//!
//! ```text
//! CPU          │ unit $C000-$DFFF              │      a key: PC $C123, offset $0A123 in PRG ROM, unmapped chunks
//!              │   $C123                       │
//! PRG ROM  ────┴───$0A123──────────────────────┴───   all other bytes of the unit lie around that offset
//! ```
//!
//! A *unit* is a span of CPU addresses that the board always maps as a whole. Chunks of it that are something else than
//! that piece of ROM are *unmapped*.

use crate::bus::CodeBus;
use crate::key::{CHUNK, Key};
use ricojit_interpreter::idle;
use ricojit_interpreter::opcode::{Legality, Mnemonic, Opcode};
use std::sync::Arc;

/// PRG ROM and the size of its units.
#[derive(Clone)]
pub(crate) struct Rom {
    bytes: Arc<[u8]>,
    unit: usize,
}

impl Rom {
    /// For a board that maps at least `unit` bytes at a time, a power of two from 4 KiB to 32.
    pub(crate) fn new(bytes: Arc<[u8]>, unit: usize) -> Self {
        Self { bytes, unit }
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes that the board maps as a whole.
    pub(crate) fn unit(&self) -> usize {
        self.unit
    }

    /// Whether a unit has all chunks of this set.
    pub(crate) fn has_chunks(&self, set: u64) -> bool {
        set.checked_shr((self.unit / CHUNK) as u32).is_none_or(|rest| rest == 0)
    }

    fn unit_start(&self, pc: u16) -> u16 {
        pc & !((self.unit - 1) as u16)
    }

    /// What code at `pc` is found by, in the present mapping; `None` if it is not in ROM.
    pub(crate) fn key<B: CodeBus>(&self, bus: &B, pc: u16) -> Option<Key> {
        self.key_in(|addr| bus.rom_offset(addr), pc)
    }

    /// What code at `pc` is found by, in a mapping that gives the offset of a CPU address.
    pub(crate) fn key_in(&self, rom_offset: impl Fn(u16) -> Option<u32>, pc: u16) -> Option<Key> {
        if pc < 0x8000 {
            return None;
        }
        let offset = rom_offset(pc)?;
        let start = self.unit_start(pc);
        let base = offset.wrapping_sub(u32::from(pc - start));
        let is_unmapped = |chunk: usize| {
            let addr = start + (chunk * CHUNK) as u16;
            rom_offset(addr) != Some(base.wrapping_add((chunk * CHUNK) as u32))
        };
        let unmapped =
            (0..self.unit / CHUNK).filter(|&chunk| is_unmapped(chunk)).fold(0, |set, chunk| set | 1 << chunk);
        Some(Key { pc, offset, unmapped })
    }

    /// The offset of `addr` in a mapping in which `key` is right; `None` outside of its unit and in unmapped chunks.
    pub(crate) fn offset(&self, key: Key, addr: u16) -> Option<u32> {
        let start = self.unit_start(key.pc);
        let base = key.offset.wrapping_sub(u32::from(key.pc - start));
        let place = addr.checked_sub(start).filter(|&place| usize::from(place) < self.unit)?;
        let is_mapped = key.unmapped >> (usize::from(place) / CHUNK) & 1 == 0;
        is_mapped.then(|| base.wrapping_add(u32::from(place)))
    }

    /// Whether the instruction at `pc` may be part of an idle loop in its unit, in the present mapping.
    pub(crate) fn may_wait<B: CodeBus>(&self, bus: &B, pc: u16) -> bool {
        let byte = |addr: u16| {
            let offset =
                if self.unit_start(addr) == self.unit_start(pc) { bus.rom_offset(addr)? } else { return None };
            self.bytes.get(offset as usize).copied()
        };
        idle::may_wait(pc, byte)
    }
}

/// Whether an instruction is always left to the interpreter: it can unmask interrupts, or its result depends on more
/// than the bus (DMA, temperature).
pub fn is_interpreted(op: &Opcode) -> bool {
    matches!(op.legality, Legality::Unstable | Legality::Jam)
        || matches!(op.mnemonic, Mnemonic::Cli | Mnemonic::Plp | Mnemonic::Rti | Mnemonic::Brk)
}
