//! What the PPU reads and writes: the pages that count for it.
//!
//! Slots 0 to 7 are patterns, 8 to 15 nametables, twice; and from [`SPRITE_SLOTS`] on patterns as sprite units see them.

use super::changes::ROW;
use super::{Memory, NO_CHIP, NOT_ROM, OFFSET, PPU_PAGE, PULLED_UP, PpuPage, READ_ONLY};
use crate::fetches::SPRITE_SLOTS;

impl Memory {
    /// The byte at a PPU address below $3F00; bits 14 and 15 are ignored.
    #[inline]
    pub(crate) fn read_ppu(&self, addr: u16) -> u8 {
        let page = self.tables.ppu[usize::from(addr >> 10 & 15)] | u32::from(addr & 0x03FF);
        match self.chr_rom.get(page as usize) {
            Some(&byte) => byte,
            None => match self.vram.get((page & OFFSET) as usize) {
                Some(&byte) => byte,
                None => addr as u8 | u8::from(page & PULLED_UP != 0),
            },
        }
    }

    /// A PPU write below $3F00. What cannot be written ignores it.
    #[inline]
    pub(crate) fn write_ppu(&mut self, addr: u16, value: u8) {
        let page = self.tables.ppu[usize::from(addr >> 10 & 15)] | u32::from(addr & 0x03FF);
        let offset = (page & OFFSET) as usize;
        if page & (NOT_ROM | READ_ONLY) == NOT_ROM
            && let Some(byte) = self.vram.get_mut(offset)
            && *byte != value
        {
            *byte = value;
            self.changes.mark(offset);
        }
    }

    /// As [`Memory::read_ppu`], of patterns as sprites see them.
    #[inline]
    pub(crate) fn read_sprite(&self, addr: u16) -> u8 {
        self.ppu_bytes(SPRITE_SLOTS + usize::from(addr >> 10 & 7))[usize::from(addr & 0x03FF)]
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
            (PpuPage::Rom(_) | PpuPage::Nothing, _) => 0,
            (PpuPage::Vram(start), None) => self.changes.of_page(start as usize),
            (PpuPage::Vram(start), Some(row)) => self.changes.of_row(start as usize + ROW * row),
        }
    }

    /// A number that identifies the page mapped at `slot` of PPU address space.
    #[inline]
    pub(crate) fn ppu_page_number(&self, slot: usize) -> u32 {
        self.tables.ppu.get(slot).copied().unwrap_or(NOT_ROM | NO_CHIP)
    }

    /// The 1 KiB at `slot` * $400 of PPU address space.
    #[inline]
    pub(crate) fn ppu_bytes(&self, slot: usize) -> &[u8; PPU_PAGE] {
        /// Nothing, and nothing with D0 pulled up.
        const OPEN_BUS: &[[u8; PPU_PAGE]; 2] = &{
            let mut bytes = [[0; PPU_PAGE]; 2];
            let mut at = 0;
            while at < PPU_PAGE {
                bytes[0][at] = at as u8;
                bytes[1][at] = at as u8 | 1;
                at += 1;
            }
            bytes
        };
        let bytes = match self.ppu_page(slot) {
            PpuPage::Rom(start) => self.chr_rom.get(start as usize..),
            PpuPage::Vram(start) => self.vram.get(start as usize..),
            PpuPage::Nothing => None,
        };
        bytes
            .and_then(<[u8]>::first_chunk)
            .unwrap_or_else(|| &OPEN_BUS[usize::from(self.ppu_page_number(slot) & PULLED_UP != 0)])
    }

    /// What the 1 KiB at `slot` * $400 of PPU address space is mapped to.
    #[inline]
    pub(crate) fn ppu_page(&self, slot: usize) -> PpuPage {
        match self.ppu_page_number(slot) {
            page if page & NOT_ROM == 0 => PpuPage::Rom(page),
            page if page & NO_CHIP != 0 => PpuPage::Nothing,
            page => PpuPage::Vram(page & OFFSET),
        }
    }
}
