//! The machine's memories and the page tables that map them into CPU and PPU address space.
//!
//! ```text
//! CPU                                        PPU
//! $0000 RAM, 2 KiB, mirrored to $1FFF        $0000 pattern tables: 8 pages of 1 KiB, CHR ROM or VRAM
//! $6000 16 pages of 512 bytes                $2000 nametables: 4 pages of 1 KiB, mirrored at $3000
//! $8000 8 windows of 4 KiB                   $3F00 palette (inside the PPU, not here)
//! ```
//!
//! All machines that run a ROM share its bytes; each owns everything else. PRG RAM is one vector, first the volatile
//! part, then the battery-backed part. VRAM is one vector, first CIRAM, then CHR RAM.
//!
//! **Contract.** Page tables are derived from the board's registers (its `update_banks`), rebuilt and never saved. No
//! access panics: an unmapped address reads as open bus (`None`) and ignores writes.

use crate::cartridge::{Cartridge, Mirroring, TRAINER_SIZE};
use crate::options::RamPattern;
use crate::random::Random;
use crate::state::persist;
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
}

// A page table entry is an offset; the address gives its low bits. Without NOT_ROM it is an offset into ROM. With
// NOT_ROM it is larger than any ROM, so that one bounds check tests both "in range" and "is ROM".
const NOT_ROM: u32 = 1 << 31;
const READABLE: u32 = 1 << 30;
const WRITABLE: u32 = 1 << 29;
const ZEROS: u32 = 1 << 28;
const OFFSET: u32 = ZEROS - 1;

const PRG_RAM_PAGE: usize = 0x200;
const PRG_WINDOW: usize = 0x1000;
const PPU_PAGE: usize = 0x400;
/// Changes are counted for each row of a nametable: 32 bytes.
const ROW: usize = 32;

/// The memories of a machine and their mapping.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    /// CPU RAM.
    pub ram: [u8; 0x800],
    prg_rom: Arc<[u8]>,
    chr_rom: Arc<[u8]>,
    prg_ram: Vec<u8>,
    battery_start: usize,
    vram: Vec<u8>,
    ciram_size: usize,
    changes: Changes,
    tables: PageTables,
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

/// When each part of VRAM last changed, so that the PPU can reuse what it has drawn from it.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    /// The number of writes that changed a byte.
    count: u64,
    /// The value of `count` at the last change, for each row and for each page.
    rows: Vec<u64>,
    pages: Vec<u64>,
}

impl Changes {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { count: 0, rows: vec![0; bytes.div_ceil(ROW)], pages: vec![0; bytes.div_ceil(PPU_PAGE)] }
    }

    /// The number of writes that changed a byte.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Notes a change of the byte at `offset`.
    #[inline]
    pub(crate) fn mark(&mut self, offset: usize) {
        self.count += 1;
        for (at, marks) in [(offset / ROW, &mut self.rows), (offset / PPU_PAGE, &mut self.pages)] {
            if let Some(mark) = marks.get_mut(at) {
                *mark = self.count;
            }
        }
    }

    /// Notes that any byte may have changed.
    pub(crate) fn mark_all(&mut self) {
        self.count += 1;
        self.rows.fill(self.count);
        self.pages.fill(self.count);
    }

    /// The count at the last change of the 32 bytes at `offset`.
    #[inline]
    pub(crate) fn of_row(&self, offset: usize) -> u64 {
        self.rows.get(offset / ROW).copied().unwrap_or(0)
    }

    /// The count at the last change of the page at `offset`.
    #[inline]
    pub(crate) fn of_page(&self, offset: usize) -> u64 {
        self.pages.get(offset / PPU_PAGE).copied().unwrap_or(0)
    }
}

/// The page tables, derived from the board's registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageTables {
    /// $8000-$FFFF.
    pub(crate) prg: [u32; 8],
    /// $6000-$7FFF.
    pub(crate) prg_ram: [u32; 16],
    /// $0000-$3FFF of PPU space.
    pub(crate) ppu: [u32; 16],
}

impl Memory {
    /// The memories of a cartridge's board and of the console, at power-on. Nothing is mapped yet.
    pub(crate) fn new(cartridge: &Cartridge, pattern: RamPattern) -> Self {
        let h = &cartridge.header;
        // The smallest RAMs (64 to 256 bytes) get a whole page each; mirroring inside it is not modelled.
        let pages = |size: usize, page: usize| size.next_multiple_of(page);
        let battery_start = pages(h.prg_ram_size, PRG_RAM_PAGE);
        let ciram_size = if h.mirroring == Mirroring::FourScreen { 0x1000 } else { 0x800 };
        let vram_size = ciram_size + pages(h.chr_ram_size + h.chr_nvram_size, PPU_PAGE);
        let mut memory = Self {
            ram: [0; 0x800],
            prg_rom: cartridge.prg_rom.clone(),
            chr_rom: cartridge.chr_rom.clone(),
            prg_ram: vec![0; battery_start + pages(h.prg_nvram_size, PRG_RAM_PAGE)],
            battery_start,
            vram: vec![0; vram_size],
            ciram_size,
            changes: Changes::new(vram_size),
            tables: PageTables { prg: [NOT_ROM; 8], prg_ram: [NOT_ROM; 16], ppu: [NOT_ROM; 16] },
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
        memory
    }

    /// A state was loaded: any byte may have changed.
    pub(crate) fn rebuild(&mut self) {
        self.changes.mark_all();
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
                let offset = Some((page & OFFSET) as usize).filter(|_| page & READABLE != 0)?;
                self.prg_ram.get(offset..(offset | (PRG_RAM_PAGE - 1)) + 1)?
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
        self.bytes_of(self.prg_page(addr))
    }

    /// What the 4 KiB of CPU address space at `index` * $1000, from $6000 on, are mapped to; `None` if not contiguous.
    pub(crate) fn cpu_window(&mut self, index: usize) -> Option<CpuPage<'_, PRG_WINDOW>> {
        let page = self.prg_page((index * PRG_WINDOW) as u16);
        if index < 8 {
            let pages = &self.tables.prg_ram[index % 2 * 8..][..8];
            if pages.iter().all(|page| page & READABLE == 0) {
                return Some(CpuPage::Other);
            }
            if !pages.iter().zip(0..).all(|(&next, i)| next == page + i * PRG_RAM_PAGE as u32) {
                return None;
            }
        }
        Some(self.bytes_of(page))
    }

    /// The memory of an entry of the CPU's page tables.
    fn bytes_of<const BYTES: usize>(&mut self, page: u32) -> CpuPage<'_, BYTES> {
        if page & NOT_ROM == 0 {
            let bytes = self.prg_rom.get(page as usize..).and_then(<[u8]>::first_chunk);
            return bytes.map_or(CpuPage::Other, CpuPage::Read);
        }
        let bytes = self.prg_ram.get_mut((page & OFFSET) as usize..).and_then(<[u8]>::first_chunk_mut);
        match bytes {
            Some(bytes) if page & READABLE != 0 && page & WRITABLE != 0 => CpuPage::ReadWrite(bytes),
            Some(bytes) if page & READABLE != 0 => CpuPage::Read(bytes),
            _ => CpuPage::Other,
        }
    }

    /// The 256 bytes of CPU address space at `page` * $100, if they are RAM or ROM.
    pub(crate) fn plain_page(&self, page: u8) -> Option<[u8; 0x100]> {
        let start = usize::from(page) << 8;
        let bytes = match page {
            0x00..=0x1F => self.ram.get(start % self.ram.len()..)?,
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

    // PPU side ---------------------------------------------------------------------------------------------

    /// The byte at a PPU address below $3F00; bits 14 and 15 are ignored.
    #[inline]
    pub(crate) fn read_ppu(&self, addr: u16) -> u8 {
        let page = self.tables.ppu[usize::from(addr >> 10 & 15)] | u32::from(addr & 0x03FF);
        match self.chr_rom.get(page as usize) {
            Some(&byte) => byte,
            None => self.vram.get((page & OFFSET) as usize).copied().unwrap_or(0),
        }
    }

    /// A PPU write below $3F00. CHR ROM ignores it.
    #[inline]
    pub(crate) fn write_ppu(&mut self, addr: u16, value: u8) {
        let page = self.tables.ppu[usize::from(addr >> 10 & 15)] | u32::from(addr & 0x03FF);
        let offset = (page & OFFSET) as usize;
        if page & NOT_ROM != 0
            && let Some(byte) = self.vram.get_mut(offset)
            && *byte != value
        {
            *byte = value;
            self.changes.mark(offset);
        }
    }

    /// The number of PPU writes that changed a byte.
    #[inline]
    pub(crate) fn ppu_changes(&self) -> u64 {
        self.changes.count()
    }

    /// [`Memory::ppu_changes`] at the last change of the page at `slot`, or of a row of 32 bytes in it.
    #[inline]
    pub(crate) fn last_ppu_change(&self, slot: usize, row: Option<usize>) -> u64 {
        match (self.ppu_page(slot), row) {
            (PpuPage::Rom(_), _) => 0,
            (PpuPage::Vram(start), None) => self.changes.of_page(start as usize),
            (PpuPage::Vram(start), Some(row)) => self.changes.of_row(start as usize + ROW * row),
        }
    }

    /// A number that identifies the page mapped at `slot` of PPU address space.
    #[inline]
    pub(crate) fn ppu_page_number(&self, slot: usize) -> u32 {
        self.tables.ppu[slot & 15]
    }

    /// The 1 KiB at `slot` * $400 of PPU address space.
    #[inline]
    pub(crate) fn ppu_bytes(&self, slot: usize) -> &[u8; PPU_PAGE] {
        const NOTHING: &[u8; PPU_PAGE] = &[0; PPU_PAGE];
        let bytes = match self.ppu_page(slot) {
            PpuPage::Rom(start) => self.chr_rom.get(start as usize..),
            PpuPage::Vram(start) => self.vram.get(start as usize..),
        };
        bytes.and_then(<[u8]>::first_chunk).unwrap_or(NOTHING)
    }

    /// What the 1 KiB at `slot` * $400 of PPU address space is mapped to.
    #[inline]
    pub(crate) fn ppu_page(&self, slot: usize) -> PpuPage {
        match self.tables.ppu[slot & 15] {
            page if page & NOT_ROM == 0 => PpuPage::Rom(page),
            page => PpuPage::Vram(page & OFFSET),
        }
    }

    /// CIRAM, then CHR RAM.
    #[cfg(test)]
    pub(crate) fn vram(&self) -> &[u8] {
        &self.vram
    }

    // For boards -------------------------------------------------------------------------------------------

    /// Maps a ROM bank of `kb` KiB at $8000 + `slot` * `kb` KiB. Banks wrap; -1 is the last one.
    pub(crate) fn map_prg(&mut self, kb: usize, slot: usize, bank: i32) {
        self.code = CodeWindow::default();
        let (windows, pages) = (kb * 1024 / PRG_WINDOW, self.prg_rom.len() / PRG_WINDOW);
        let mut page = wrap(bank, windows, pages);
        for window in &mut self.tables.prg[slot * windows..][..windows] {
            *window = (page * PRG_WINDOW) as u32;
            page = if page + 1 == pages { 0 } else { page + 1 };
        }
    }

    /// Maps $6000-$7FFF to a bank of 8 KiB of PRG RAM. Banks wrap; a smaller RAM is mirrored.
    pub(crate) fn map_prg_ram(&mut self, bank: i32, access: Access) {
        let pages = self.prg_ram.len() / PRG_RAM_PAGE;
        let first = wrap(bank, 16, pages);
        for slot in 0..16 {
            self.map_prg_ram_page(slot, first + slot, access);
        }
    }

    /// Maps the 512 bytes at $6000 + `slot` * $200 to page `page` of PRG RAM. Pages wrap.
    pub(crate) fn map_prg_ram_page(&mut self, slot: usize, page: usize, access: Access) {
        let pages = self.prg_ram.len() / PRG_RAM_PAGE;
        let flags = match access {
            Access::Zeros => ZEROS,
            Access::None => 0,
            _ if pages == 0 => 0,
            Access::Read => READABLE,
            #[cfg(test)]
            Access::Write => WRITABLE,
            Access::ReadWrite => READABLE | WRITABLE,
        };
        let page = if page < pages { page } else { page.checked_rem(pages).unwrap_or(0) };
        self.tables.prg_ram[slot & 15] = NOT_ROM | flags | (page * PRG_RAM_PAGE) as u32;
    }

    /// Maps a bank of `kb` KiB of CHR ROM, or of CHR RAM if there is no CHR ROM, at `slot` * `kb` KiB.
    pub(crate) fn map_chr(&mut self, kb: usize, slot: usize, bank: i32) {
        let pages = self.chr_rom.len() / PPU_PAGE;
        if pages == 0 {
            return self.map_chr_ram(kb, slot, bank);
        }
        let mut page = wrap(bank, kb, pages);
        for entry in &mut self.tables.ppu[slot * kb..][..kb] {
            *entry = (page * PPU_PAGE) as u32;
            page = if page + 1 == pages { 0 } else { page + 1 };
        }
    }

    /// Maps a bank of `kb` KiB of CHR RAM at `slot` * `kb` KiB.
    pub(crate) fn map_chr_ram(&mut self, kb: usize, slot: usize, bank: i32) {
        let pages = (self.vram.len() - self.ciram_size) / PPU_PAGE;
        let mut page = wrap(bank, kb, pages);
        for entry in &mut self.tables.ppu[slot * kb..][..kb] {
            // If the board has no CHR RAM, this is past the end of VRAM.
            *entry = NOT_ROM | (self.ciram_size + page * PPU_PAGE) as u32;
            page = if page + 1 >= pages { 0 } else { page + 1 };
        }
    }

    /// Maps the four nametables to CIRAM.
    pub(crate) fn set_mirroring(&mut self, mirroring: Mirroring) {
        let layout = match mirroring {
            Mirroring::Horizontal => [0, 0, 1, 1],
            Mirroring::Vertical => [0, 1, 0, 1],
            Mirroring::SingleLow => [0, 0, 0, 0],
            Mirroring::SingleHigh => [1, 1, 1, 1],
            Mirroring::FourScreen => [0, 1, 2, 3],
        };
        for (i, page) in layout.into_iter().enumerate() {
            let page = NOT_ROM | (page * PPU_PAGE % self.ciram_size) as u32;
            self.tables.ppu[8 + i] = page;
            self.tables.ppu[12 + i] = page;
        }
    }

    #[cfg(test)]
    pub(crate) fn tables(&self) -> &PageTables {
        &self.tables
    }

    // Battery ----------------------------------------------------------------------------------------------

    /// The battery-backed part of PRG RAM; `None` if it is empty.
    pub(crate) fn battery(&self) -> Option<&[u8]> {
        Some(&self.prg_ram[self.battery_start..]).filter(|part| !part.is_empty())
    }

    /// Loads what [`Memory::battery`] returned. Fewer bytes fill the beginning; bytes beyond the end are ignored.
    pub(crate) fn load_battery(&mut self, bytes: &[u8]) {
        let part = &mut self.prg_ram[self.battery_start..];
        let size = part.len().min(bytes.len());
        part[..size].copy_from_slice(&bytes[..size]);
    }

    /// Bytes on the heap, without shared ones.
    pub(crate) fn heap_bytes(&self) -> usize {
        let Changes { rows, pages, .. } = &self.changes;
        let marks = rows.capacity() + pages.capacity();
        self.prg_ram.capacity() + self.vram.capacity() + marks * size_of::<u64>()
    }
}

persist!(Memory { ram: bytes(), prg_ram: bytes(), vram: bytes() });

/// The first page of bank `bank`, where a bank has `per_bank` pages and the chip has `pages`.
fn wrap(bank: i32, per_bank: usize, pages: usize) -> usize {
    // A chip smaller than a bank is mirrored inside it.
    let banks = (pages / per_bank).max(1);
    let bank =
        if banks.is_power_of_two() { bank as usize & (banks - 1) } else { bank.rem_euclid(banks as i32) as usize };
    bank * per_bank
}

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
