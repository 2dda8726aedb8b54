//! PRG ROM that is flash: the program can erase and write it.
//!
//! ```text
//! PRG ROM     0    1    2    3   sectors of 4 KiB, as the file has them
//! kept        0    1    2'   3   the whole chip as it is now: the content of a .sav file
//! windows     ROM  ROM  kept ROM
//! ```
//!
//! **Contract.** A window shows PRG ROM unless its sector differs from it. So code that was never rewritten is ROM to the
//! recompiler. Whether a sector differs follows from its bytes, also after a state or a .sav file was loaded.

use super::banks::wrap;
use super::{Memory, NOT_ROM, PRG_WINDOW, READABLE};

/// What SST39SF040 shows in its mode for identification: maker and device, at even and odd addresses.
const ID: [u8; 2] = [0xBF, 0xB7];

/// Bytes of a sector.
const SECTOR: usize = PRG_WINDOW;

impl Memory {
    /// Makes the memory that is kept without power a flash chip with the content of PRG ROM. A window's worth of its
    /// identification follows, which is not kept.
    pub(super) fn add_flash(&mut self) {
        let size = self.battery.len().min(self.prg_rom.len());
        self.prg_ram[self.battery.start..][..size].copy_from_slice(&self.prg_rom[..size]);
        self.prg_ram.extend(ID.iter().cycle().take(PRG_WINDOW));
        self.rewritten = vec![false; self.battery.len() / SECTOR];
    }

    /// Finds out which sectors differ from PRG ROM.
    pub(super) fn compare_flash(&mut self) {
        for sector in 0..self.rewritten.len() {
            self.compare_sector(sector);
        }
    }

    fn compare_sector(&mut self, sector: usize) {
        let (kept, rom) = (self.battery.start + sector * SECTOR, sector * SECTOR);
        if let Some(rewritten) = self.rewritten.get_mut(sector) {
            *rewritten = self.prg_ram.get(kept..kept + SECTOR) != self.prg_rom.get(rom..rom + SECTOR);
        }
    }

    /// Maps a bank of `kb` KiB (4 to 32) of flash at $8000 + `slot` * `kb` KiB. Banks wrap; -1 is the last one. Without flash
    /// it is PRG ROM.
    pub(crate) fn map_flash(&mut self, kb: usize, slot: usize, bank: i32) {
        let (windows, pages) = (kb * 1024 / PRG_WINDOW, self.prg_rom.len() / PRG_WINDOW);
        let first = wrap(bank, windows, pages);
        for window in 0..windows {
            let page = (first + window).checked_rem(pages).unwrap_or(0);
            let is_kept = self.rewritten.get(page).is_some_and(|&rewritten| rewritten);
            let kept = NOT_ROM | READABLE | (self.battery.start + page * PRG_WINDOW) as u32;
            self.set_prg(slot * windows + window, if is_kept { kept } else { (page * PRG_WINDOW) as u32 });
        }
    }

    /// Maps the identification of the flash chip all over $8000-$FFFF.
    pub(crate) fn map_flash_id(&mut self) {
        for window in 0..8 {
            self.set_prg(window, NOT_ROM | READABLE | self.battery.end as u32);
        }
    }

    /// Clears bits of a byte of flash. Offsets wrap.
    pub(crate) fn program_flash(&mut self, offset: usize, value: u8) {
        let Some(offset) = offset.checked_rem(self.rewritten.len() * SECTOR) else { return };
        if let Some(byte) = self.prg_ram.get_mut(self.battery.start + offset) {
            *byte &= value;
        }
        self.compare_sector(offset / SECTOR);
    }

    /// Sets all bits of the sector with this offset, or of all. Offsets wrap.
    pub(crate) fn erase_flash(&mut self, offset: Option<usize>) {
        let sectors = self.rewritten.len();
        let range = match offset.map(|offset| (offset / SECTOR).checked_rem(sectors)) {
            Some(None) => return,
            Some(Some(sector)) => sector..sector + 1,
            None => 0..sectors,
        };
        let (start, end) = (self.battery.start + range.start * SECTOR, self.battery.start + range.end * SECTOR);
        if let Some(bytes) = self.prg_ram.get_mut(start..end) {
            bytes.fill(0xFF);
        }
        range.for_each(|sector| self.compare_sector(sector));
    }
}
