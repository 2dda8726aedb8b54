//! What boards map: banks of ROM and RAM in the page tables.
//!
//! **Contract.** Numbers of banks and pages wrap, so no number is wrong. What moves is noticed here
//! ([`Memory::take_change`]); PPU pages go into the table that waits for [`Memory::commit`].

use super::Changes;
use super::{
    Access, CodeWindow, Memory, NO_CHIP, NOT_ROM, OFFSET, PPU_PAGE, PRG_RAM_PAGE, PRG_WINDOW, PULLED_UP, READ_ONLY,
    READABLE, WRITABLE, ZEROS,
};
use crate::cartridge::Mirroring;
use crate::fetches::SPRITE_SLOTS;

/// The entry of a PPU page without a chip.
const NOTHING: u32 = NOT_ROM | NO_CHIP | OFFSET;

/// A KiB that a board maps for the PPU. Numbers wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kib {
    /// Of CHR ROM.
    Rom(usize),
    /// Of CHR RAM.
    Ram(usize),
    /// Of CIRAM.
    Ciram(usize),
    /// Of the RAM in the board's own chip.
    Own(usize),
    /// As [`Kib::Own`], and the PPU cannot write it.
    ReadOnlyOwn(usize),
    /// None: open bus.
    Nothing,
    /// None, with a resistor that makes D0 a 1.
    PulledUp,
}

impl Access {
    const fn flags(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Zeros => ZEROS,
            Self::Read => READABLE,
            #[cfg(test)]
            Self::Write => WRITABLE,
            Self::ReadWrite => READABLE | WRITABLE,
        }
    }
}

impl Memory {
    /// Maps a ROM bank of `kb` KiB (4 to 32) at $8000 + `slot` * `kb` KiB. Banks wrap; -1 is the last one.
    pub(crate) fn map_prg(&mut self, kb: usize, slot: usize, bank: i32) {
        let (windows, pages) = (kb * 1024 / PRG_WINDOW, self.prg_rom.len() / PRG_WINDOW);
        let mut page = wrap(bank, windows, pages);
        for window in slot * windows..(slot + 1) * windows {
            self.set_prg(window, (page * PRG_WINDOW) as u32);
            page = if page + 1 == pages { 0 } else { page + 1 };
        }
    }

    /// Maps a bank of `kb` KiB (4 to 32) of PRG RAM at $8000 + `slot` * `kb` KiB. Banks wrap; a smaller RAM is mirrored in
    /// steps of 4 KiB.
    pub(crate) fn map_prg_ram_at(&mut self, kb: usize, slot: usize, bank: i32, access: Access) {
        let (windows, pages) = (kb * 1024 / PRG_WINDOW, self.prg_ram.len() / PRG_WINDOW);
        let first = wrap(bank, windows, pages);
        for window in 0..windows {
            let page = (first + window).checked_rem(pages).unwrap_or(0);
            let flags = if pages == 0 { 0 } else { access.flags() };
            self.set_prg(slot * windows + window, NOT_ROM | flags | (page * PRG_WINDOW) as u32);
        }
    }

    pub(super) fn set_prg(&mut self, window: usize, page: u32) {
        if let Some(entry) = self.tables.prg.get_mut(window)
            && std::mem::replace(entry, page) != page
        {
            self.prg_moved = true;
            self.code = CodeWindow::default();
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
        let flags = if pages == 0 { access.flags() & ZEROS } else { access.flags() };
        let page = if page < pages { page } else { page.checked_rem(pages).unwrap_or(0) };
        self.set_low_page(slot, NOT_ROM | flags | (page * PRG_RAM_PAGE) as u32);
    }

    /// Maps $6000-$7FFF to a bank of 8 KiB of PRG ROM. Banks wrap.
    pub(crate) fn map_low_prg(&mut self, bank: i32) {
        let pages = self.prg_rom.len() / PRG_RAM_PAGE;
        let first = wrap(bank, 16, pages);
        for slot in 0..16 {
            self.set_low_page(slot, ((first + slot).checked_rem(pages).unwrap_or(0) * PRG_RAM_PAGE) as u32);
        }
    }

    fn set_low_page(&mut self, slot: usize, page: u32) {
        let entry = &mut self.tables.prg_ram[slot & 15];
        self.prg_moved |= std::mem::replace(entry, page) != page;
    }

    /// Maps a bank of `kb` KiB of CHR ROM, or of CHR RAM if there is no CHR ROM, at `slot` * `kb` KiB.
    pub(crate) fn map_chr(&mut self, kb: usize, slot: usize, bank: i32) {
        let pages = self.chr_rom.len() / PPU_PAGE;
        if pages == 0 {
            return self.map_chr_ram(kb, slot, bank);
        }
        let mut page = wrap(bank, kb, pages);
        for entry in slot * kb..(slot + 1) * kb {
            self.set_patterns(entry, (page * PPU_PAGE) as u32);
            page = if page + 1 == pages { 0 } else { page + 1 };
        }
    }

    /// Maps a bank of `kb` KiB of CHR RAM at `slot` * `kb` KiB.
    pub(crate) fn map_chr_ram(&mut self, kb: usize, slot: usize, bank: i32) {
        let pages = self.chr_ram_pages();
        let mut page = wrap(bank, kb, pages);
        for entry in slot * kb..(slot + 1) * kb {
            self.set_patterns(entry, if pages == 0 { NOTHING } else { NOT_ROM | self.chr_ram_page(page) });
            page = if page + 1 >= pages { 0 } else { page + 1 };
        }
    }

    /// Maps the KiB at `slot` x $400 of PPU address space: 0 to 7 are patterns, 8 to 11 nametables.
    pub(crate) fn map_kib(&mut self, slot: usize, kib: Kib) {
        let ram = |page: usize| match page.checked_rem(self.chr_ram_pages()) {
            Some(page) => NOT_ROM | self.chr_ram_page(page),
            None => NOTHING,
        };
        let entry = match kib {
            Kib::Rom(page) => match page.checked_rem(self.chr_rom.len() / PPU_PAGE) {
                Some(page) => (page * PPU_PAGE) as u32,
                None => NOTHING,
            },
            Kib::Ram(page) => ram(page),
            Kib::Ciram(page) => NOT_ROM | (page * PPU_PAGE % self.ciram_size) as u32,
            Kib::Own(page) => self.own_page(page),
            Kib::ReadOnlyOwn(page) => self.own_page(page) | READ_ONLY,
            Kib::Nothing => NOTHING,
            Kib::PulledUp => NOTHING | PULLED_UP,
        };
        if slot & 8 != 0 {
            self.next_ppu[slot & 15] = entry;
            self.next_ppu[slot & 15 | 4] = entry;
        } else {
            self.set_patterns(slot, entry);
        }
    }

    fn chr_ram_pages(&self) -> usize {
        (self.own_start - self.ciram_size) / PPU_PAGE
    }

    fn chr_ram_page(&self, page: usize) -> u32 {
        (self.ciram_size + page * PPU_PAGE) as u32
    }

    /// A page of patterns, for background and sprites.
    #[inline]
    fn set_patterns(&mut self, slot: usize, entry: u32) {
        self.next_ppu[slot & 7] = entry;
        self.next_ppu[SPRITE_SLOTS + (slot & 7)] = entry;
    }

    /// As [`Memory::map_chr`], for all but sprites.
    pub(crate) fn map_background_chr(&mut self, kb: usize, slot: usize, bank: i32) {
        let sprites: [u32; 8] = std::array::from_fn(|at| self.next_ppu[SPRITE_SLOTS + at]);
        self.map_chr(kb, slot, bank);
        self.next_ppu[SPRITE_SLOTS..].copy_from_slice(&sprites);
    }

    fn own_page(&self, page: usize) -> u32 {
        match page.checked_rem((self.vram.len() - self.own_start) / PPU_PAGE) {
            Some(page) => NOT_ROM | (self.own_start + page * PPU_PAGE) as u32,
            None => NOTHING,
        }
    }

    // RAM in the board's chip ------------------------------------------------------------------------------

    /// Gives the board so many KiB of RAM that the PPU can see: at power-on, all zeros.
    pub(crate) fn add_own_ram(&mut self, kib: usize) {
        self.vram.truncate(self.own_start);
        self.vram.resize(self.own_start + kib * PPU_PAGE, 0);
        self.changes = Changes::new(self.vram.len());
    }

    /// A byte of the board's own RAM.
    pub(crate) fn own_ram(&self, at: u16) -> u8 {
        self.vram.get(self.own_start + usize::from(at)).copied().unwrap_or(0)
    }

    /// Writes to the board's own RAM, if the PPU is up to date or does not see this part.
    pub(crate) fn set_own_ram(&mut self, at: u16, value: u8) {
        let offset = self.own_start + usize::from(at);
        if let Some(byte) = self.vram.get_mut(offset)
            && std::mem::replace(byte, value) != value
        {
            self.changes.mark(offset);
        }
    }

    /// A byte of CHR ROM, or of CHR RAM if there is none: in which bank of 4 KiB, and where in it.
    pub(crate) fn read_chr_bank(&self, bank: usize, at: u16) -> u8 {
        let ram = &self.vram[self.ciram_size..self.own_start];
        let chip = if self.chr_rom.is_empty() { ram } else { &self.chr_rom };
        let offset = bank * 0x1000 + usize::from(at & 0x0FFF);
        offset.checked_rem(chip.len()).and_then(|offset| chip.get(offset)).copied().unwrap_or(at as u8)
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
            self.map_kib(8 + i, Kib::Ciram(page));
        }
    }
}

/// The page tables that a fault may spoil.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoiled {
    /// $8000-$FFFF.
    Prg,
    /// $0000-$1FFF of PPU space.
    Patterns,
    /// $2000-$3FFF of PPU space.
    Nametables,
}

// For faults of boards, in tests.
impl Memory {
    /// Changes the offsets of a table's pages. They wrap in the ROM, or in the part of VRAM that the page is in.
    pub(crate) fn spoil(&mut self, table: Spoiled, change: impl Fn(u32) -> u32) {
        let rom = if table == Spoiled::Prg { self.prg_rom.len() } else { self.chr_rom.len() };
        let (ciram, vram) = (self.ciram_size as u32, self.vram.len() as u32);
        let pages = match table {
            Spoiled::Prg => &mut self.tables.prg[..],
            Spoiled::Patterns => &mut self.next_ppu[..8],
            Spoiled::Nametables => &mut self.next_ppu[8..],
        };
        for page in pages {
            let offset = *page & OFFSET;
            let (start, end) = match *page & NOT_ROM {
                0 => (0, rom as u32),
                _ if table == Spoiled::Prg || *page & NO_CHIP != 0 => continue,
                _ if offset < ciram => (0, ciram),
                _ => (ciram, vram),
            };
            *page = *page & !OFFSET | (start + change(offset - start) % (end - start).max(1));
        }
        if table == Spoiled::Prg {
            (self.prg_moved, self.code) = (true, CodeWindow::default());
        }
    }

    /// Maps nothing at $8000-$FFFF. Answers what was there.
    pub(crate) fn hide_prg(&mut self) -> [u32; 8] {
        std::mem::replace(&mut self.tables.prg, [NOT_ROM; 8])
    }

    /// Maps that again, except where something else has been mapped since.
    pub(crate) fn show_prg(&mut self, windows: [u32; 8]) {
        for (page, before) in self.tables.prg.iter_mut().zip(windows) {
            if *page == NOT_ROM {
                *page = before;
            }
        }
    }

    /// Takes away all RAM at $6000-$7FFF, or makes all of it writable.
    pub(crate) fn spoil_ram(&mut self, is_writable: bool) {
        for page in &mut self.tables.prg_ram {
            match *page & (NOT_ROM | READABLE) {
                flags if flags != NOT_ROM | READABLE => {}
                _ if is_writable => *page |= WRITABLE,
                _ => *page &= !(READABLE | WRITABLE),
            }
        }
        self.prg_moved = true;
    }
}

/// The first page of bank `bank`, where a bank has `per_bank` pages and the chip has `pages`.
pub(super) fn wrap(bank: i32, per_bank: usize, pages: usize) -> usize {
    // A chip smaller than a bank is mirrored inside it.
    let banks = (pages / per_bank).max(1);
    let bank =
        if banks.is_power_of_two() { bank as usize & (banks - 1) } else { bank.rem_euclid(banks as i32) as usize };
    bank * per_bank
}
