//! What many scripts do.

use crate::script::{CONFLICTS, ONES, Script};

/// The offset in each 4 KiB of PRG ROM of a byte with this value, for a write with a bus conflict.
const fn byte(value: u8) -> u16 {
    let mut at = 0;
    while CONFLICTS[at] != value {
        at += 1;
    }
    ONES + at as u16
}

/// Values of a register in which each bit is alone, missing, and all are set.
pub(super) fn patterns(mask: u8) -> Vec<u8> {
    let bits: Vec<u8> = (0..8).map(|bit| 1 << bit).filter(|bit| mask & bit != 0).collect();
    let mut list = vec![0, mask];
    list.extend(&bits);
    if bits.len() > 2 {
        list.extend(bits.iter().map(|bit| mask ^ bit));
    }
    if bits.len() > 4 {
        list.extend([mask & 0x55, mask & 0xAA]);
    }
    list
}

/// A register with bank numbers in the bits `mask`, and what must be seen after a write.
pub(super) struct Latch<'a> {
    /// Addresses at which it is written, in the order of use.
    pub(super) addrs: &'a [u16],
    /// Its bits.
    pub(super) mask: u8,
    /// Checks what a value shows.
    pub(super) check: &'a dyn Fn(&mut Script, u8),
}

/// The addresses of a register at $8000-$FFFF with bus conflicts: where ROM has $FF.
pub(super) const ALL_ROM: &[u16] = &[0x8004, 0x9004, 0xA004, 0xB004, 0xC004, 0xD004, 0xE004, 0xF004];

impl Latch<'_> {
    /// Checks all bits, at every address, and with the other bits set.
    pub(super) fn run(&self, s: &mut Script) {
        s.section("Banks");
        for (value, addr) in patterns(self.mask).into_iter().zip(self.addrs.iter().cycle()) {
            s.write(*addr, value);
            (self.check)(s, value);
        }
        s.section("Addresses");
        for (addr, value) in self.addrs.iter().zip(patterns(self.mask).into_iter().skip(1).cycle()) {
            s.write(*addr, value | !self.mask);
            (self.check)(s, value | !self.mask);
        }
    }

    /// A register at $8000-$FFFF: checks whether a write has a bus conflict, over ROM bytes that clear some bits.
    pub(super) fn conflicts(&self, s: &mut Script, has: bool) {
        self.conflicts_at(s, &[0x8000, 0xB000, 0xF000], has);
    }

    /// The same in these pages of ROM.
    pub(super) fn conflicts_at(&self, s: &mut Script, pages: &[u16], has: bool) {
        s.section("Bus conflicts");
        for page in pages {
            for rom in [0xFF, 0x55, 0xAA, 0x33, 0x0F, 0xF0, 0x00] {
                s.write(page + byte(rom), self.mask);
                (self.check)(s, if has { self.mask & rom } else { self.mask });
            }
        }
    }

    /// Checks that writes to these addresses do not reach the register.
    pub(super) fn ignores(&self, s: &mut Script, addrs: &[u16]) {
        s.section("Other addresses");
        s.write(self.addrs[0], self.mask);
        for addr in addrs {
            s.write(*addr, 0);
            (self.check)(s, self.mask);
        }
    }
}

/// Nothing answers at $6000-$7FFF.
pub(super) fn no_ram(s: &mut Script) {
    s.section("No RAM");
    for addr in [0x6000, 0x6FFF, 0x7123, 0x7FFF] {
        s.write(addr, !(addr >> 8) as u8);
        s.open_bus(addr);
    }
}

/// CHR RAM of 8 KiB that is not banked.
pub(super) fn chr_ram(s: &mut Script) {
    s.section("CHR RAM");
    for bank in [5, 2] {
        s.chr_put(0, 8, bank);
        s.chr(0, 8, bank);
    }
}
