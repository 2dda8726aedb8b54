//! Boards that watch fetches, as the tests have them: whatever order or dot of a fetch is wrong is noticed.

use super::*;
use crate::fetches::{Patterns, READS, Run};

/// What the board makes of fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Counts and finds where lines begin, as an MMC5. Maps nothing.
    Lines,
    /// Tiles $FD and $FE change the table that they are in, as on an MMC2; with `true` only their first rows do so.
    Tiles(bool),
    /// The nametable address that comes first changes table $0000, as on the board of the Oeka Kids.
    Names,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Watcher {
    kind: Kind,
    /// Of the two tables, which of their pages are mapped.
    banks: [u8; 2],
    /// The address bus shows a nametable's.
    name: bool,
    /// The nametable address that was read last, and how often in a row but once.
    last: u16,
    same: u8,
    /// Where lines began.
    lines: Vec<Dot>,
    /// All reads, in order.
    reads: u64,
    sum: u64,
}

/// A tile changes the bank in the middle of the line, and only so sprite 0 meets something: that is not foreseen when the
/// line begins.
#[test]
fn a_hit_behind_a_switch_is_seen() {
    let mut schedule = schedules::Schedule::new_in(45, Region::Ntsc);
    schedule.go_to(50);
    for rig in [&mut schedule.exact, &mut schedule.lines] {
        let video = &mut rig.video;
        (rig.counts, video.watched, video.watcher) = (false, false, Watcher::new(1));
        video.pages = std::array::from_fn(|slot| slot as u8);
        // The table is empty, and full of solid tiles in the other bank; names are those of the third column, $FE, and of a
        // later one, $FD. The table of sprites is solid.
        for (at, byte) in video.memory.iter_mut().enumerate() {
            *byte = match at {
                0x2000..0x3000 if at % 32 == 10 => 0xFE,
                0x2000..0x3000 if at % 32 == 25 => 0xFD,
                0x0000..0x1000 | 0x2000..0x3000 => 0,
                _ => 0xFF,
            };
        }
        let mut oam = [0xF0; 256];
        oam[..4].copy_from_slice(&[60, 0x20, 0, 130]);
        let now = rig.ppu.now();
        for (register, value) in [(0, 0x08), (5, 0), (5, 0), (1, 0x1E)] {
            rig.touch(register, Some(value), now);
        }
        rig.ppu.sprites.select(0, now);
        rig.ppu.sprites.fill_oam(&oam);
        rig.ppu.zero_hit_from = NEVER;
        rig.ppu.forget_foreseen();
    }
    let mut seen = [0; 2];
    schedule.at = schedule.exact.video.clock.cycle_of(schedule.exact.ppu.now(), offset::END) + 8;
    for _ in 0..300 {
        schedule.at += 7;
        let at = schedule.at;
        let status = [&mut schedule.exact, &mut schedule.lines].map(|rig| rig.read(2, at) & 0x40);
        assert_eq!(status[0], status[1], "in cycle {at}, {:?}", schedule.exact.ppu.position());
        seen[usize::from(status[0] != 0)] += 1;
    }
    assert!(seen[0] > 100 && seen[1] > 100, "{seen:?}");
}

impl Watcher {
    pub(super) fn new(kind: u8) -> Option<Self> {
        let kind = match kind {
            0 => Kind::Lines,
            1 => Kind::Tiles(false),
            2 => Kind::Tiles(true),
            3 => Kind::Names,
            _ => return None,
        };
        Some(Self { kind, banks: [0; 2], name: false, last: 0, same: 0, lines: Vec::new(), reads: 0, sum: 0 })
    }

    pub(super) fn has_whole_lines(&self) -> bool {
        self.kind == Kind::Lines
    }

    /// The page at a slot that has `page` if nothing was fetched.
    pub(super) fn page(&self, slot: usize, page: u8) -> u8 {
        if slot & 15 < 8 { page ^ self.banks[slot >> 2 & 1] } else { page }
    }

    pub(super) fn address(&mut self, addr: u16) {
        let name = addr >> 12 & 3 == 2;
        if name && !self.name && self.kind == Kind::Names {
            self.banks[0] = (addr >> 8) as u8 & 3;
        }
        self.name = name;
    }

    /// The bank that a fetch maps.
    fn bank_after(&self, addr: u16) -> Option<u8> {
        let Kind::Tiles(first_row) = self.kind else { return None };
        match addr & if first_row { 0x2FFF } else { 0x2FF8 } {
            0x0FD8 => Some(0),
            0x0FE8 => Some(0x10),
            _ => None,
        }
    }

    pub(super) fn fetch(&mut self, addr: u16, dot: Dot) {
        if let Some(bank) = self.bank_after(addr) {
            self.banks[usize::from(addr >> 12 & 1)] = bank;
        }
        let is_name = addr & 0x2000 != 0;
        self.same = if is_name && self.last == addr { self.same + 1 } else { 0 };
        self.last = if is_name { addr } else { 0 };
        if self.same == 2 {
            self.lines.push(dot);
        }
        // Not all of a nametable's address is known of the fetches of units that go nowhere, and of a whole line no pattern.
        let seen = match self.kind {
            _ if is_name => addr & 0x2300,
            Kind::Lines => 0,
            _ => addr,
        };
        self.reads += 1;
        self.sum = (self.sum.rotate_left(7) ^ dot << 16 ^ u64::from(seen)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    pub(super) fn steady(&self, run: &Run, read: impl Fn(u16) -> u8) -> u16 {
        let changes = |&at: &u16| {
            let addr = run.pattern(at, &read) | 8;
            self.bank_after(addr).is_some_and(|bank| bank != self.banks[usize::from(addr >> 12 & 1)])
        };
        (0..run.count).find(changes).map_or(run.count, |at| at + 1)
    }

    pub(super) fn begin_run(&mut self, run: &Run) {
        self.address(run.name_address(0));
    }

    pub(super) fn end_run(&mut self, run: &Run, read: impl Fn(u16) -> u8) {
        for at in 0..run.count {
            let name = run.name_address(at);
            let pattern = run.pattern(at, &read);
            let reads = match run.patterns {
                Patterns::Background(_) => [name, run.attribute_address(at), pattern, pattern | 8],
                _ => [run.name_address(0), run.name_address(0), pattern, pattern | 8],
            };
            for (nth, addr) in (READS * at..).zip(reads) {
                self.fetch(addr, run.dot_of_read(nth));
            }
        }
        self.name = false;
    }
}
