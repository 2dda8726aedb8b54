//! The machine's memories and the page tables that map them into CPU and PPU address space.
//!
//! ```text
//! CPU                                        PPU
//! $0000 RAM, 2 KiB, mirrored to $1FFF        $0000 pattern tables: 8 pages of 1 KiB, CHR ROM or VRAM
//! $6000 16 pages of 512 bytes                $2000 nametables: 4 pages of 1 KiB, mirrored at $3000
//! $8000 8 windows of 4 KiB                   $3F00 palette (inside the PPU, not here)
//! ```
//!
//! | mapped to                        | at $6000 | at $8000 | patterns | nametables |
//! |----------------------------------|----------|----------|----------|------------|
//! | ROM                              | yes      | yes      | yes      | yes        |
//! | RAM, with its [`Access`]         | yes      | yes      |          |            |
//! | VRAM, writable or not            |          |          | yes      | yes        |
//! | nothing: open bus                | yes      | yes      | yes      | yes        |
//!
//! All machines that run a ROM share its bytes; each owns everything else. PRG RAM is one vector, first the volatile
//! part, then the battery-backed part. VRAM is one vector, first CIRAM, then CHR RAM, then RAM inside of the board's chip.
//!
//! Eight more PPU pages are patterns as sprite units see them ([`SPRITE_SLOTS`]): other ones on a board that tells both apart.
//!
//! A board's write puts PPU pages into a second table. [`Memory::take_change`] says what is new; the PPU then draws what
//! it has seen so far, and [`Memory::commit`] makes the second table the one that counts.
//!
//! **Contract.** Page tables are derived from the board's registers (its `update_banks`), rebuilt and never saved. No
//! access panics: an unmapped address reads as open bus (`None`) and ignores writes. Nothing on the PPU's bus reads as
//! the low byte of the address, which the same pins carried before (<https://www.nesdev.org/wiki/Open_bus_behavior>).

mod banks;
mod changes;
mod flash;
mod kept;
mod video;

use crate::cartridge::{Cartridge, Mirroring, TRAINER_SIZE};
use crate::fetches::SPRITE_SLOTS;
use crate::options::RamPattern;
use crate::random::Random;
use crate::state::persist;
pub(crate) use banks::{Kib, Spoiled};
pub(crate) use changes::{Change, Changes};
use std::ops::{Range, RangeInclusive};
use std::slice::SliceIndex;
use std::sync::Arc;

/// How a window of $6000-$7FFF is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing: open bus.
    None,
    /// Read-only RAM.
    Read,
    /// Write-only RAM.
    #[cfg(test)]
    Write,
    /// RAM that can be read and written.
    ReadWrite,
    /// No memory, but the board drives zeros.
    Zeros,
}

/// What a page of CPU address space is mapped to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CpuPage<'a, const BYTES: usize> {
    /// Registers, open bus, or memory that cannot be read.
    Other,
    /// Read-only memory.
    Read(&'a [u8; BYTES]),
    /// Memory that can be read and written.
    ReadWrite(&'a mut [u8; BYTES]),
}

/// What a page of PPU address space is mapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PpuPage {
    /// CHR ROM at this offset.
    Rom(u32),
    /// VRAM at this offset.
    Vram(u32),
    /// Open bus.
    Nothing,
}

// A page table entry is an offset; the address gives its low bits. Without NOT_ROM it is an offset into ROM. With
// NOT_ROM it is larger than any ROM, so that one bounds check tests both "in range" and "is ROM".
const NOT_ROM: u32 = 1 << 31;
const READABLE: u32 = 1 << 30;
const WRITABLE: u32 = 1 << 29;
const ZEROS: u32 = 1 << 28;
/// Of the PPU: VRAM that cannot be written, and nothing at all, of which D0 may be pulled up.
const READ_ONLY: u32 = 1 << 30;
const NO_CHIP: u32 = 1 << 29;
const PULLED_UP: u32 = 1 << 28;
const OFFSET: u32 = ZEROS - 1;

const PRG_RAM_PAGE: usize = 0x200;
const PRG_WINDOW: usize = 0x1000;
const PPU_PAGE: usize = 0x400;
const PPU_SLOTS: usize = SPRITE_SLOTS + 8;

/// The memories of a machine and their mapping.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    /// CPU RAM.
    pub ram: [u8; 0x800],
    prg_rom: Arc<[u8]>,
    chr_rom: Arc<[u8]>,
    prg_ram: Vec<u8>,
    /// The part that is kept without power.
    battery: Range<usize>,
    /// Of flash: the sectors of 4 KiB that differ from PRG ROM; empty if there is no flash.
    rewritten: Vec<bool>,
    vram: Vec<u8>,
    ciram_size: usize,
    /// Where the board's own part of VRAM begins.
    own_start: usize,
    changes: Changes,
    tables: PageTables,
    /// The PPU's pages as the board has them now.
    next_ppu: [u32; PPU_SLOTS],
    prg_moved: bool,
    /// The pages of 512 bytes, bit n for $200 x n, at which the board has registers: accesses of this kind are its own.
    read_registers: u128,
    write_registers: u128,
    /// The address on the CPU's bus while a board with a broken pin sees another one.
    pub(crate) bus_address: Option<u16>,
    /// What the data bus holds while the CPU reads a register of the board, which drives some bits of it.
    pub(crate) data_bus: u8,
    code: CodeWindow,
}

/// A piece of PRG ROM that is mapped without a gap, where code was last fetched. Derived from the page tables.
#[derive(Clone, Copy, Debug, Default)]
struct CodeWindow {
    /// The CPU address of its first byte.
    start: u16,
    /// Addresses in it at which four bytes can be fetched; 0 if it has to be found again.
    size: u16,
    /// The offset of its first byte in PRG ROM.
    offset: u32,
}

/// The page tables, derived from the board's registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageTables {
    /// $8000-$FFFF.
    pub(crate) prg: [u32; 8],
    /// $6000-$7FFF.
    pub(crate) prg_ram: [u32; 16],
    /// $0000-$3FFF of PPU space, and patterns as sprites see them.
    pub(crate) ppu: [u32; PPU_SLOTS],
}

impl Memory {
    /// The memories of a cartridge's board and of the console, at power-on. Nothing is mapped yet.
    pub(crate) fn new(cartridge: &Cartridge, pattern: RamPattern) -> Self {
        let h = &cartridge.header;
        // The smallest RAMs (64 to 256 bytes) get a whole page each; mirroring inside it is not modelled.
        let pages = |size: usize, page: usize| size.next_multiple_of(page);
        let battery_start = pages(h.prg_ram_size, PRG_RAM_PAGE);
        let battery_end = battery_start + pages(h.prg_nvram_size, PRG_RAM_PAGE);
        let ciram_size = if h.mirroring == Mirroring::FourScreen { 0x1000 } else { 0x800 };
        let vram_size = ciram_size + pages(h.chr_ram_size + h.chr_nvram_size, PPU_PAGE);
        let mut memory = Self {
            ram: [0; 0x800],
            prg_rom: cartridge.prg_rom.clone(),
            chr_rom: cartridge.chr_rom.clone(),
            prg_ram: vec![0; battery_end],
            battery: battery_start..battery_end,
            rewritten: Vec::new(),
            vram: vec![0; vram_size],
            ciram_size,
            own_start: vram_size,
            changes: Changes::new(vram_size),
            tables: PageTables { prg: [NOT_ROM; 8], prg_ram: [NOT_ROM; 16], ppu: [NOT_ROM; _] },
            next_ppu: [NOT_ROM; _],
            prg_moved: false,
            read_registers: 0,
            write_registers: 0,
            bus_address: None,
            data_bus: 0,
            code: CodeWindow::default(),
        };
        fill(&mut memory.ram, pattern, 1);
        fill(&mut memory.prg_ram, pattern, 2);
        fill(&mut memory.vram, pattern, 3);
        if let Some(trainer) = &cartridge.trainer
            && let Some(place) = memory.prg_ram.get_mut(0x1000..0x1000 + TRAINER_SIZE)
        {
            place.copy_from_slice(trainer);
        }
        if h.has_flash() {
            memory.add_flash();
        }
        memory
    }

    /// The CPU addresses at which the board has registers: compiled code has no direct access to their pages.
    pub(crate) fn set_registers(&mut self, reads: &[RangeInclusive<u16>], writes: &[RangeInclusive<u16>]) {
        let pages = |ranges: &[RangeInclusive<u16>]| {
            let numbers = ranges.iter().flat_map(|range| range.start() >> 9..=range.end() >> 9);
            numbers.fold(0, |pages, number| pages | 1 << number)
        };
        (self.read_registers, self.write_registers) = (pages(reads), pages(writes));
    }

    /// Whether a CPU address is in a page with registers that are read.
    #[inline]
    fn has_read_registers(&self, addr: u16) -> bool {
        self.read_registers >> (addr >> 9) & 1 != 0
    }

    /// What the board has moved since it was last asked.
    #[inline]
    pub(crate) fn take_change(&mut self) -> Change {
        Change::PRG.when(std::mem::take(&mut self.prg_moved))
            | Change::CHR.when(self.moves(..8) || self.moves(SPRITE_SLOTS..))
            | Change::NAMETABLES.when(self.moves(8..SPRITE_SLOTS))
    }

    fn moves(&self, slots: impl SliceIndex<[u32], Output = [u32]> + Clone) -> bool {
        self.next_ppu[slots.clone()] != self.tables.ppu[slots]
    }

    /// From now on the PPU sees what the board has mapped.
    #[inline]
    pub(crate) fn commit(&mut self) {
        self.tables.ppu = self.next_ppu;
    }

    /// A state was loaded: any byte may have changed.
    pub(crate) fn rebuild(&mut self) {
        self.changes.mark_all();
        self.compare_flash();
    }

    // CPU side ---------------------------------------------------------------------------------------------

    /// The byte at an address from $8000 on, if that is ROM.
    #[inline(always)] // the interpreter's fetch path
    pub(crate) fn read_prg_rom(&self, addr: u16) -> Option<u8> {
        self.prg_rom.get(self.upper_page(addr) as usize).copied()
    }

    /// The four bytes from an address on, if they are ROM or RAM without a gap.
    #[inline(always)] // as read_prg_rom
    pub(crate) fn code(&mut self, addr: u16) -> Option<[u8; 4]> {
        let place = addr.wrapping_sub(self.code.start);
        if place >= self.code.size {
            return self.code_elsewhere(addr);
        }
        let offset = self.code.offset as usize + usize::from(place);
        self.prg_rom.get(offset..offset + 4)?.try_into().ok()
    }

    /// As [`Memory::code`], outside of the present window; moves it to the piece of PRG ROM that contains the bytes.
    #[inline(never)]
    fn code_elsewhere(&mut self, addr: u16) -> Option<[u8; 4]> {
        let bytes = match addr {
            0x8000.. => {
                let first = usize::from(addr - 0x8000) / PRG_WINDOW;
                let offset = self.tables.prg[first];
                let follows = |&(&page, i): &(&u32, u32)| page == offset + i * PRG_WINDOW as u32;
                let windows = self.tables.prg[first..].iter().zip(0..).take_while(follows).count();
                let start = (0x8000 + first * PRG_WINDOW) as u16;
                self.code = CodeWindow { start, size: (windows * PRG_WINDOW - 3) as u16, offset };
                if addr - start >= self.code.size {
                    return None;
                }
                self.prg_rom.get(self.upper_page(addr) as usize..)?
            }
            0x2000.. => {
                let page = self.prg_page(addr);
                if self.has_read_registers(addr) {
                    return None;
                }
                let (bytes, offset) = match page {
                    _ if page & NOT_ROM == 0 => (&self.prg_rom[..], page as usize),
                    _ if page & READABLE != 0 => (&self.prg_ram[..], (page & OFFSET) as usize),
                    _ => return None,
                };
                bytes.get(offset..(offset | (PRG_RAM_PAGE - 1)) + 1)?
            }
            _ => self.ram.get(usize::from(addr) % self.ram.len()..)?,
        };
        bytes.first_chunk().copied()
    }

    /// The byte that the cartridge drives at an address above $4020; `None` for open bus.
    pub(crate) fn read_prg(&self, addr: u16) -> Option<u8> {
        let page = self.prg_page(addr);
        match self.prg_rom.get(page as usize) {
            Some(&byte) => Some(byte),
            None if page & READABLE != 0 => self.prg_ram.get((page & OFFSET) as usize).copied(),
            None => (page & ZEROS != 0).then_some(0),
        }
    }

    /// The page table entry of a CPU address, combined with the low bits of the address.
    #[inline]
    fn prg_page(&self, addr: u16) -> u32 {
        match addr {
            0x8000.. => self.upper_page(addr),
            0x6000.. => self.tables.prg_ram[usize::from(addr >> 9 & 15)] | u32::from(addr & 0x01FF),
            _ => NOT_ROM,
        }
    }

    /// As [`Memory::prg_page`], for an address from $8000 on.
    #[inline(always)] // as read_prg_rom
    fn upper_page(&self, addr: u16) -> u32 {
        self.tables.prg[usize::from(addr >> 12 & 7)] | u32::from(addr & 0x0FFF)
    }

    /// A CPU write to PRG RAM. Ignored at addresses without writable RAM.
    #[inline]
    pub(crate) fn write_prg_ram(&mut self, addr: u16, value: u8) {
        let page = self.prg_page(addr);
        let offset = (page & OFFSET) as usize;
        if page & (NOT_ROM | WRITABLE) == NOT_ROM | WRITABLE
            && let Some(byte) = self.prg_ram.get_mut(offset)
        {
            *byte = value;
        }
    }

    /// The offset in PRG ROM of the byte at `addr`, which identifies code in any mapping; `None` if it is not ROM.
    #[inline]
    pub(crate) fn prg_offset(&self, addr: u16) -> Option<u32> {
        let page = self.prg_page(addr);
        (page & NOT_ROM == 0).then_some(page)
    }

    /// All of PRG ROM.
    pub(crate) fn prg_rom(&self) -> &Arc<[u8]> {
        &self.prg_rom
    }

    /// All of PRG RAM, the battery-backed part last.
    #[cfg(test)]
    pub(crate) fn prg_ram(&self) -> &[u8] {
        &self.prg_ram
    }

    /// What the 512 bytes of CPU address space at `index` * $200 are mapped to.
    pub(crate) fn cpu_page(&mut self, index: usize) -> CpuPage<'_, PRG_RAM_PAGE> {
        let addr = (index * PRG_RAM_PAGE) as u16;
        if let 0x0000..=0x1FFF = addr {
            let start = usize::from(addr) % self.ram.len();
            return self.ram[start..].first_chunk_mut().map_or(CpuPage::Other, CpuPage::ReadWrite);
        }
        self.bytes_of(self.prg_page(addr), 1 << index)
    }

    /// What the 4 KiB of CPU address space at `index` * $1000, from $6000 on, are mapped to; `None` if not contiguous.
    pub(crate) fn cpu_window(&mut self, index: usize) -> Option<CpuPage<'_, PRG_WINDOW>> {
        let page = self.prg_page((index * PRG_WINDOW) as u16);
        let here = 0xFF << (8 * index);
        let [reads, writes] = [self.read_registers, self.write_registers].map(|pages| pages & here);
        if (reads != 0 && reads != here) || (writes != 0 && writes != here) {
            return None;
        }
        if index < 8 {
            let pages = &self.tables.prg_ram[index % 2 * 8..][..8];
            if pages.iter().all(|page| page & NOT_ROM != 0 && page & READABLE == 0) {
                return Some(CpuPage::Other);
            }
            if !pages.iter().zip(0..).all(|(&next, i)| next == page + i * PRG_RAM_PAGE as u32) {
                return None;
            }
        }
        Some(self.bytes_of(page, here))
    }

    /// The memory of an entry of the CPU's page tables that stands for the pages of this set, all or none with registers.
    fn bytes_of<const BYTES: usize>(&mut self, page: u32, pages: u128) -> CpuPage<'_, BYTES> {
        if self.read_registers & pages != 0 {
            return CpuPage::Other;
        }
        let is_plain = self.write_registers & pages == 0;
        if page & NOT_ROM == 0 {
            let bytes = self.prg_rom.get(page as usize..).and_then(<[u8]>::first_chunk);
            return bytes.map_or(CpuPage::Other, CpuPage::Read);
        }
        let bytes = self.prg_ram.get_mut((page & OFFSET) as usize..).and_then(<[u8]>::first_chunk_mut);
        match bytes {
            Some(bytes) if is_plain && page & READABLE != 0 && page & WRITABLE != 0 => CpuPage::ReadWrite(bytes),
            Some(bytes) if page & READABLE != 0 => CpuPage::Read(bytes),
            _ => CpuPage::Other,
        }
    }

    /// The 256 bytes of CPU address space at `page` * $100, if they are RAM or ROM.
    pub(crate) fn plain_page(&self, page: u8) -> Option<[u8; 0x100]> {
        let start = usize::from(page) << 8;
        let bytes = match page {
            0x00..=0x1F => self.ram.get(start % self.ram.len()..)?,
            _ if self.has_read_registers(start as u16) => return None,
            _ => {
                let entry = self.prg_page(start as u16);
                match self.prg_rom.get(entry as usize..) {
                    Some(rom) => rom,
                    None if entry & READABLE != 0 => self.prg_ram.get((entry & OFFSET) as usize..)?,
                    None => return None,
                }
            }
        };
        bytes.get(..0x100)?.try_into().ok()
    }

    /// CIRAM, then CHR RAM.
    #[cfg(test)]
    pub(crate) fn vram(&self) -> &[u8] {
        &self.vram
    }

    /// The page tables.
    pub(crate) fn tables(&self) -> &PageTables {
        &self.tables
    }

    /// Bytes on the heap, without shared ones.
    pub(crate) fn heap_bytes(&self) -> usize {
        let Changes { rows, pages, .. } = &self.changes;
        let marks = rows.capacity() + pages.capacity();
        self.prg_ram.capacity() + self.vram.capacity() + marks * size_of::<u64>()
    }
}

persist!(Memory { ram: bytes(), prg_ram: bytes(), vram: bytes() });

/// Fills a memory with its power-on contents. Each memory has a `stream` of its own, so that their random bytes differ.
fn fill(bytes: &mut [u8], pattern: RamPattern, stream: u64) {
    match pattern {
        RamPattern::Zeros => bytes.fill(0x00),
        RamPattern::Ones => bytes.fill(0xFF),
        RamPattern::Seeded(seed) => {
            let mut random = Random::new(seed.wrapping_add(stream << 56));
            for chunk in bytes.chunks_mut(8) {
                chunk.copy_from_slice(&random.next().to_le_bytes()[..chunk.len()]);
            }
        }
    }
}

#[cfg(test)]
mod tests;
