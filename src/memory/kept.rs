//! The part of PRG RAM that is kept without power: battery-backed RAM, EEPROMs, RAM in chips.

use super::{Memory, PRG_RAM_PAGE};

impl Memory {
    /// The part of PRG RAM that is kept without power, the content of a .sav file; `None` if it is empty.
    pub(crate) fn battery(&self) -> Option<&[u8]> {
        Some(&self.prg_ram[self.battery.clone()]).filter(|part| !part.is_empty())
    }

    /// Loads what [`Memory::battery`] returned. Fewer bytes fill the beginning; bytes beyond the end are ignored. The board must
    /// then write its page tables.
    pub(crate) fn load_battery(&mut self, bytes: &[u8]) {
        let part = &mut self.prg_ram[self.battery.clone()];
        let size = part.len().min(bytes.len());
        part[..size].copy_from_slice(&bytes[..size]);
        self.compare_flash();
    }

    /// The last page of PRG RAM, where a header has memory of the board's chips: 512 bytes, or none.
    pub(crate) fn chip_ram(&self) -> &[u8] {
        &self.prg_ram[self.prg_ram.len().saturating_sub(PRG_RAM_PAGE)..]
    }

    /// As [`Memory::chip_ram`].
    pub(crate) fn chip_ram_mut(&mut self) -> &mut [u8] {
        let start = self.prg_ram.len().saturating_sub(PRG_RAM_PAGE);
        &mut self.prg_ram[start..]
    }
}
