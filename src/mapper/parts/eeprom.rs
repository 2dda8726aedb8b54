//! Serial EEPROMs: X24C01 (128 bytes) and 24C02 (256 bytes).
//!
//! ```text
//! SDA  ▔▔╲▁▁╳▔▔▔▔╳▔▔▔▔╳     START: SDA falls while SCL is high; STOP: it rises
//! SCL  ▔▔▔▔╲▁╱▔╲▁╱▔╲▁╱      otherwise SDA changes while SCL is low, and is read where SCL rises
//! ```
//!
//! Bytes have eight clocks, highest bit first, and a ninth one in which the receiver acknowledges: it pulls SDA low.
//!
//! | chip   | after START                                   | then, writing          | then, reading |
//! |--------|-----------------------------------------------|------------------------|---------------|
//! | X24C01 | 7 bits of address, 1 bit: read                | bytes                  | bytes         |
//! | 24C02  | `1010000`, the chip's own address, 1 bit: read | address, bytes        | bytes         |
//!
//! Bytes that are written wait for STOP; they go to one page of four bytes, in which the address wraps. Reading goes on through
//! the whole chip, from the address of the last access on a 24C02. The real chip is busy for some milliseconds after STOP;
//! here it is not. Its driver is open-drain: the line is high unless one of its users pulls it.
//!
//! Bandai's games send addresses and bytes of the X24C01 in reverse order, which the chip does not notice.
//! <https://www.nesdev.org/wiki/INES_Mapper_157>; the data sheets of Xicor's X24C01 and X24C02
//!
//! **Contract.** The bytes are elsewhere, in the memory that is kept without power; [`Eeprom::set`] gets them.

use crate::state::{persist, persist_enum};

/// Bytes of a page.
const PAGE: u8 = 4;

/// The kind of chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chip {
    X24C01,
    C24C02,
}

/// What the byte on the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not for this chip.
    Idle,
    /// The chip's own address.
    Device,
    /// The address of a byte.
    Address,
    Write,
    Read,
}

persist_enum!(Phase { Idle = 0, Device = 1, Address = 2, Write = 3, Read = 4 });

/// A chip without its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Eeprom {
    chip: Chip,
    scl: bool,
    /// The line as this chip sees it.
    sda: bool,
    phase: Phase,
    /// Rises of SCL in this byte: the ninth acknowledges.
    clocks: u8,
    byte: u8,
    address: u8,
    /// It pulls the line low.
    pulls: bool,
    /// What waits for STOP: bytes of a page, and which of them there are.
    page: [u8; PAGE as usize],
    written: u8,
}

impl Eeprom {
    pub(crate) fn new(chip: Chip) -> Self {
        Self {
            chip,
            scl: true,
            sda: true,
            phase: Phase::Idle,
            clocks: 0,
            byte: 0,
            address: 0,
            pulls: false,
            page: [0; PAGE as usize],
            written: 0,
        }
    }

    /// Whether this chip pulls the line low.
    pub(crate) fn pulls(&self) -> bool {
        self.pulls
    }

    /// The others set SCL, and SDA unless this chip pulls it.
    pub(crate) fn set(&mut self, scl: bool, sda: bool, bytes: &mut [u8]) {
        let before = (self.scl, self.sda);
        (self.scl, self.sda) = (scl, sda && !self.pulls);
        match (before, (self.scl, self.sda)) {
            ((true, true), (true, false)) => self.start(),
            ((true, false), (true, true)) => self.stop(bytes),
            ((false, _), (true, _)) => self.rise(),
            ((true, _), (false, _)) => {
                self.fall(bytes);
                self.sda = sda && !self.pulls;
            }
            _ => {}
        }
    }

    fn start(&mut self) {
        self.phase = if self.chip == Chip::X24C01 { Phase::Address } else { Phase::Device };
        (self.clocks, self.written) = (0, 0);
    }

    fn stop(&mut self, bytes: &mut [u8]) {
        let first = self.address & !(PAGE - 1);
        for (i, &byte) in self.page.iter().enumerate().filter(|(i, _)| self.written >> i & 1 != 0) {
            if let Some(place) = bytes.get_mut(usize::from(first) + i) {
                *place = byte;
            }
        }
        (self.phase, self.written) = (Phase::Idle, 0);
    }

    fn rise(&mut self) {
        self.clocks = (self.clocks + 1).min(9);
        match self.phase {
            // The master acknowledges each byte but the last one that it wants.
            Phase::Read if self.clocks == 9 && !self.pulls && self.sda => self.phase = Phase::Idle,
            Phase::Device | Phase::Address | Phase::Write if self.clocks <= 8 => {
                self.byte = self.byte << 1 | u8::from(self.sda);
            }
            _ => {}
        }
    }

    fn fall(&mut self, bytes: &[u8]) {
        match (self.phase, self.clocks) {
            (Phase::Read, 8) => {
                self.pulls = false;
                self.address = self.address.wrapping_add(1) & self.last();
            }
            (_, 8) => self.receive(),
            (Phase::Read, 9) => {
                self.clocks = 0;
                self.byte = bytes.get(usize::from(self.address)).copied().unwrap_or(0xFF);
                self.pulls = self.byte & 0x80 == 0;
            }
            (Phase::Read, clocks) => self.pulls = self.byte << clocks & 0x80 == 0,
            (_, 9) => (self.clocks, self.pulls) = (0, false),
            _ => {}
        }
    }

    /// A byte is complete. It is acknowledged if it is for this chip.
    fn receive(&mut self) {
        let reads = if self.byte & 1 != 0 { Phase::Read } else { Phase::Write };
        self.phase = match (self.phase, self.chip) {
            (Phase::Device, _) if self.byte & 0xFE != 0xA0 => Phase::Idle,
            (Phase::Device, _) if reads == Phase::Read => reads,
            (Phase::Device, _) => Phase::Address,
            (Phase::Address, Chip::X24C01) => {
                self.address = self.byte >> 1;
                reads
            }
            (Phase::Address, Chip::C24C02) => {
                self.address = self.byte;
                Phase::Write
            }
            (Phase::Write, _) => {
                let place = self.address & (PAGE - 1);
                self.page[usize::from(place)] = self.byte;
                self.written |= 1 << place;
                self.address = self.address & !(PAGE - 1) | (place + 1) & (PAGE - 1);
                Phase::Write
            }
            (phase, _) => phase,
        };
        self.pulls = self.phase != Phase::Idle;
    }

    /// The last address.
    fn last(&self) -> u8 {
        if self.chip == Chip::X24C01 { 0x7F } else { 0xFF }
    }
}

persist!(Eeprom {
    scl,
    sda,
    phase,
    clocks: within(0..=9),
    byte,
    address: with(|this, address| address <= this.last()),
    pulls,
    page,
    written: within(0..=0xF),
});

#[cfg(test)]
mod tests {
    use super::*;

    /// A master with a chip.
    struct Bus {
        chip: Eeprom,
        bytes: Vec<u8>,
    }

    impl Bus {
        fn new(chip: Chip) -> Self {
            let size = if chip == Chip::X24C01 { 128 } else { 256 };
            Self { chip: Eeprom::new(chip), bytes: (0..size).map(|i| i as u8 ^ 0x5A).collect() }
        }

        fn set(&mut self, scl: bool, sda: bool) {
            self.chip.set(scl, sda, &mut self.bytes);
        }

        fn start(&mut self) {
            for (scl, sda) in [(false, true), (true, true), (true, false), (false, false)] {
                self.set(scl, sda);
            }
        }

        fn stop(&mut self) {
            for (scl, sda) in [(false, false), (true, false), (true, true)] {
                self.set(scl, sda);
            }
        }

        /// One clock with a bit; answers the line.
        fn clock(&mut self, bit: bool) -> bool {
            self.set(false, bit);
            self.set(true, bit);
            let line = bit && !self.chip.pulls();
            self.set(false, bit);
            line
        }

        /// Sends a byte; answers whether it was acknowledged.
        fn send(&mut self, byte: u8) -> bool {
            for bit in (0..8).rev() {
                self.clock(byte >> bit & 1 != 0);
            }
            !self.clock(true)
        }

        fn receive(&mut self, more: bool) -> u8 {
            let byte = (0..8).fold(0, |byte, _| byte << 1 | u8::from(self.clock(true)));
            self.clock(!more);
            byte
        }

        /// START, address, and what follows if it was acknowledged.
        fn open(&mut self, bytes: &[u8]) -> bool {
            self.start();
            bytes.iter().all(|&byte| self.send(byte))
        }
    }

    #[test]
    fn the_x24c01_has_seven_bits_of_address_and_no_device() {
        let mut bus = Bus::new(Chip::X24C01);
        assert!(bus.open(&[0x34 << 1 | 1]));
        assert_eq!([bus.receive(true), bus.receive(true), bus.receive(false)], [0x34 ^ 0x5A, 0x35 ^ 0x5A, 0x36 ^ 0x5A]);
        bus.stop();
        assert!(bus.open(&[0x7F << 1 | 1]));
        assert_eq!([bus.receive(true), bus.receive(false)], [0x7F ^ 0x5A, 0x5A], "it wraps");
        bus.stop();
        assert!(bus.open(&[0x41 << 1, 1, 2, 3, 4]));
        assert_eq!(bus.bytes[0x41], 0x41 ^ 0x5A, "written at STOP");
        bus.stop();
        assert_eq!(bus.bytes[0x3F..0x45], [0x3F ^ 0x5A, 4, 1, 2, 3, 0x44 ^ 0x5A], "the page wraps");
    }

    #[test]
    fn the_24c02_has_a_device_and_a_current_address() {
        let mut bus = Bus::new(Chip::C24C02);
        assert!(!bus.open(&[0xA2]) && !bus.open(&[0x50]), "other devices");
        assert!(bus.open(&[0xA0, 0xFE, 7, 8]));
        bus.stop();
        assert_eq!(bus.bytes[0xFC..], [0xFC ^ 0x5A, 0xFD ^ 0x5A, 7, 8]);
        assert!(bus.open(&[0xA0, 0xFE]) && bus.open(&[0xA1]), "random read");
        assert_eq!([bus.receive(true), bus.receive(true), bus.receive(false)], [7, 8, 0x5A]);
        bus.stop();
        assert!(bus.open(&[0xA1]));
        assert_eq!(bus.receive(false), 1 ^ 0x5A, "the next one");
    }

    #[test]
    fn a_second_start_abandons_a_write() {
        let mut bus = Bus::new(Chip::C24C02);
        assert!(bus.open(&[0xA0, 0x10, 99]));
        bus.start();
        bus.stop();
        assert_eq!(bus.bytes[0x10], 0x10 ^ 0x5A);
    }

    #[test]
    fn it_ignores_all_until_start() {
        let mut bus = Bus::new(Chip::X24C01);
        assert!(!bus.send(0x20));
        assert!(bus.open(&[0x21]));
        bus.receive(false);
        assert!(!bus.send(0x20), "after the last byte");
    }
}
