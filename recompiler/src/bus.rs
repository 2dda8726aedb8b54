//! What the recompiler needs from a bus beyond accesses: where memory is plain, and where in PRG ROM code is.
//!
//! ```text
//! $0000-$1FFF  RAM, always plain
//! $2000-$5FFF  fixed by the board
//! $6000-$FFFF  mapped by the board: `map_generation` changes with the mapping
//! ```

use ricojit_interpreter::Bus;

/// Bytes in a page of plain memory.
pub const PAGE: usize = 512;

/// The memory at a page of CPU addresses, or at several pages together.
pub enum Page<'a, const BYTES: usize = PAGE> {
    /// Registers or open bus: every access goes through the bus.
    Slow,
    /// Memory that can be read; writes go through the bus.
    Read(&'a [u8; BYTES]),
    /// Memory.
    ReadWrite(&'a mut [u8; BYTES]),
}

/// What the recompiler needs from a bus beyond accesses.
pub trait CodeBus: Bus {
    /// A number that changes whenever [`CodeBus::page`] would answer differently for a page from $6000 on, or its
    /// memory has moved. Below $6000 nothing changes.
    fn map_generation(&self) -> u64;

    /// The memory at the 512 bytes from `index` x 512 on. $0000-$1FFF is RAM, and of each 2 KiB of it the pages follow
    /// one another in memory.
    fn page(&mut self, index: usize) -> Page<'_>;

    /// The memory at the 4 KiB from `index` x 4096 on, if all of it is of one kind and contiguous. Only a faster answer
    /// than eight calls of [`CodeBus::page`].
    fn window(&mut self, index: usize) -> Option<Page<'_, { 8 * PAGE }>> {
        let _ = index;
        None
    }

    /// The offset in PRG ROM of the byte at `addr`; `None` if it is not ROM that [`CodeBus::page`] gives for reading.
    fn rom_offset(&self, addr: u16) -> Option<u32>;

    /// Cycles for which the CPU was halted so far. Only statistics need it.
    fn halted_cycles(&self) -> u64 {
        0
    }
}
