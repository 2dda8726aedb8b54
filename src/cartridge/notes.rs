//! What a user should know about a file: where it and its header contradict each other, and what is unusual.
//!
//! **Contract.** Each note is a sentence. The doubts are those that may explain why a game does not run: `run` and `play`
//! tell them unasked.

use super::{ConsoleType, Format, HEADER_SIZE, Header, Mirroring, Missing, defaults};
use crate::clock::Region;

/// What notes are made from.
pub(super) struct Facts<'a> {
    /// What counts: corrected by a database, with the sizes of what is there.
    pub(super) header: &'a Header,
    /// What the file says.
    pub(super) claimed: &'a Header,
    /// The bytes of the header.
    pub(super) bytes: &'a [u8; HEADER_SIZE],
    pub(super) missing: Option<Missing>,
    /// Bytes after the ROM.
    pub(super) trailing: usize,
    pub(super) corrections: Option<&'a [String]>,
}

/// The doubts, and the other notes.
pub(super) fn notes(facts: &Facts<'_>) -> (Vec<String>, Vec<String>) {
    (doubts(facts), others(facts))
}

const UNSAVED: &str = "Has battery-backed CHR RAM, which is not saved.";

/// A list of sentences of which each has a condition.
#[derive(Default)]
struct Notes(Vec<String>);

impl Notes {
    fn when(&mut self, is: bool, text: impl FnOnce() -> String) {
        if is {
            self.0.push(text());
        }
    }
}

fn doubts(facts: &Facts<'_>) -> Vec<String> {
    let Facts { header: h, claimed, bytes, missing, trailing, corrections } = facts;
    let mut notes = Notes::default();
    if let Some(list) = corrections.filter(|list| !list.is_empty()) {
        notes.when(true, || format!("The database corrects the header: {}.", list.join(", ")));
    }
    notes.when(claimed.doubted, || {
        "Byte 7 says NES 2.0, but the sizes that the header then has do not fit the file, so it is read as iNES.".into()
    });
    notes.when(claimed.dirty, || "Bytes 7 to 15 of the iNES header are not valid and are ignored.".into());
    if let Some(Missing { what, expected, found }) = missing {
        let chr = if *what == "PRG ROM" && claimed.chr_rom_size != 0 { " and no CHR ROM" } else { "" };
        let instead = match (*what, h.chr_rom_size) {
            ("CHR ROM", 0) => "; there is CHR RAM in its place",
            _ => "; it plays with what is there",
        };
        notes.when(true, || {
            format!("The file is cut off: it has {found} of the {expected} bytes of {what} that its header claims{chr}{instead}.")
        });
    }
    // What else is wrong with a header that a database corrects is not worth telling.
    if corrections.is_some() {
        notes.when(h.chr_nvram_size != 0, || UNSAVED.into());
        return notes.0;
    }
    let ines = h.format == Format::Ines;
    notes.when(ines && bytes[4] == 0, || "The header counts 0 units of PRG ROM, which means 256: 4096 KiB.".into());
    notes.when(h.tv.are_set(), || {
        format!("In the iNES header {}; NTSC games have these bits too, so they do not decide the region.", h.tv)
    });
    let kept = h.prg_nvram_size + h.chr_nvram_size;
    notes.when(h.battery && kept == 0, || {
        "The header claims a battery, but no RAM that it would keep: nothing is saved.".into()
    });
    notes.when(h.chr_nvram_size != 0, || UNSAVED.into());
    notes.when(!claimed.battery && claimed.prg_nvram_size != 0, || {
        "The header claims no battery, but RAM that is kept without power: it is saved.".into()
    });
    notes.when(!ines && bytes[5] == 0 && bytes[9] >> 4 == 0 && bytes[11] == 0 && h.chr_ram_size != 0, || {
        "The header claims neither CHR ROM nor CHR RAM: 8 KiB of CHR RAM are assumed.".into()
    });
    let (format, unused) = match ines {
        true => ("iNES", &[(9, 0xFE), (10, 0xCC)][..]),
        false => ("NES 2.0", &[(12, 0xFC), (14, 0xFC), (15, 0xC0)][..]),
    };
    let set = |&&(at, bits): &&(usize, u8)| !h.dirty && bytes[at] & bits != 0;
    for (at, _) in unused.iter().filter(set) {
        notes.when(true, || format!("Byte {at} of the {format} header has bits that mean nothing; they are ignored."));
    }
    notes.when(h.console == ConsoleType::Vs && h.region == Some(Region::Pal), || {
        "The header claims a Vs. System for PAL, which does not exist.".into()
    });
    notes.when(h.misc_roms > 0 && *trailing == 0, || {
        format!("The header claims {} miscellaneous ROM(s), which the file does not have.", h.misc_roms)
    });
    if let Some([prg, chr]) = crate::mapper::largest(h.mapper) {
        for (what, size, largest) in [("PRG", h.prg_rom_size, prg << 10), ("CHR", h.chr_rom_size, chr << 10)] {
            notes.when(size > largest, || {
                let (size, largest, mapper) = (size >> 10, largest >> 10, h.mapper);
                format!("The file has {size} KiB of {what} ROM, of which mapper {mapper} can use {largest} KiB.")
            });
        }
    }
    notes.0
}

fn others(facts: &Facts<'_>) -> Vec<String> {
    let Facts { header: h, bytes, trailing, .. } = facts;
    let mut notes = Notes::default();
    let prg_ram = h.prg_ram_size + h.prg_nvram_size;
    notes.when(h.console == ConsoleType::Vs, || {
        "Made for the Vs. System, whose palette, coin slots and input are not emulated.".into()
    });
    notes.when(h.console == ConsoleType::PlayChoice, || {
        "Made for the PlayChoice-10, whose menu CPU is not emulated.".into()
    });
    if let ConsoleType::Extended(n) = h.console {
        notes.when(true, || format!("Made for an extended console (type {n}), whose additions are not emulated."));
    }
    if let Some(chip) = crate::mapper::silent_chip(h.mapper) {
        notes.when(true, || format!("Plays without the sound of its {chip}, which is not emulated."));
    }
    notes.0.extend(defaults::note(h, if h.dirty { 0 } else { bytes[8] }));
    notes.when(h.trainer, || "Has a trainer: 512 bytes that a copier loads at $7000.".into());
    notes.when(h.trainer && prg_ram < 0x2000, || "The trainer is not used: the board has no RAM at $7000.".into());
    notes.when(h.mirroring == Mirroring::FourScreen, || {
        "Has four nametables, two of them in RAM on the cartridge.".into()
    });
    notes.when(h.misc_roms > 0, || format!("Has {} miscellaneous ROM(s), which are not used.", h.misc_roms));
    for (what, size) in [("PRG", h.prg_rom_size), ("CHR", h.chr_rom_size)] {
        notes.when(size != 0 && !size.is_power_of_two(), || {
            format!("The {what} ROM size, {} KiB, is not a power of two.", size >> 10)
        });
    }
    notes
        .when(h.chr_rom_size != 0 && h.chr_ram_size + h.chr_nvram_size != 0, || "Has both CHR ROM and CHR RAM.".into());
    notes.when(*trailing != 0 && h.misc_roms == 0, || format!("{trailing} bytes after the ROM are ignored."));
    notes.0
}

#[cfg(test)]
mod tests {
    use crate::Cartridge;

    /// The doubts about a file with this header, of the size in KiB.
    fn doubts(rest: [u8; 12], kib: usize) -> Vec<String> {
        let mut file = [&b"NES\x1A"[..], &rest].concat();
        file.resize(16 + (kib << 10), 0);
        Cartridge::load(&file).unwrap().doubts().to_vec()
    }

    #[test]
    fn a_header_without_contradictions_has_no_doubts() {
        assert_eq!(doubts([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 24), [""; 0]);
        assert_eq!(doubts([2, 1, 0x12, 8, 0, 0, 0x70, 0, 1, 0, 0, 1], 40), [""; 0]);
        assert_eq!(doubts([16, 16, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0], 384), [""; 0]);
    }

    #[test]
    fn each_contradiction_is_told() {
        #[rustfmt::skip]
        let cases: [([u8; 12], usize, &str); 15] = [
            ([1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], 24, "In the iNES header byte 9 says pal, byte 10 ntsc;"),
            ([1, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0], 24, "In the iNES header byte 9 says ntsc, byte 10 pal;"),
            ([1, 1, 2, 8, 0, 0, 7, 0, 0, 0, 0, 0], 24, "The header claims a battery, but no RAM"),
            ([1, 1, 0, 8, 0, 0, 0x70, 0, 0, 0, 0, 0], 24, "The header claims no battery, but RAM"),
            ([1, 1, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0], 24, "Byte 9 of the iNES header has bits"),
            ([1, 1, 0, 0, 0, 0, 0x84, 0, 0, 0, 0, 0], 24, "Byte 10 of the iNES header has bits"),
            ([1, 0, 2, 8, 0, 0, 0, 0x70, 0, 0, 0, 0], 16, "Has battery-backed CHR RAM, which is not saved."),
            ([1, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0], 16, "The header claims neither CHR ROM nor CHR RAM"),
            ([1, 1, 0, 8, 0, 0, 0, 0, 8, 0, 0, 0], 24, "Byte 12 of the NES 2.0 header has bits"),
            ([1, 1, 0, 9, 0, 0, 0, 0, 1, 0, 0, 0], 24, "The header claims a Vs. System for PAL"),
            ([1, 1, 0, 8, 0, 0, 0, 0, 0, 0, 1, 0], 24, "The header claims 1 miscellaneous ROM(s)"),
            ([4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 72, "The file has 64 KiB of PRG ROM, of which mapper 0 can use 32 KiB."),
            ([1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 32, "The file has 16 KiB of CHR ROM, of which mapper 0 can use 8 KiB."),
            (*b"\x01\x01\x00DiskDude!", 24, "Bytes 7 to 15 of the iNES header are not valid"),
            ([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 16, "The file is cut off: it has 0 of the 8192 bytes of CHR ROM"),
        ];
        for (header, kib, note) in cases {
            let told = doubts(header, kib);
            assert!(matches!(&told[..], [only] if only.starts_with(note)), "{note}: {told:?}");
        }
        let told = doubts([0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0], 4096);
        assert!(matches!(&told[..], [only] if only.starts_with("The header counts 0 units")), "{told:?}");
        let told = doubts(*b"\x01\x01\x00Hello Wld", 24);
        assert!(told.len() == 2 && told[0].starts_with("Byte 7 says NES 2.0"), "{told:?}");
    }
}
