//! Random schedules of accesses.

use super::*;

/// Schedules in a run of the test.
const SCHEDULES: u64 = 3000;
/// Accesses in each.
const ACCESSES: u64 = 60;

/// OAM as games have it, and worse.
fn sprites(random: &mut Random) -> [u8; 256] {
    let mut oam = [0; 256];
    let crowd = random.byte();
    let kind = random.below(5);
    for (at, byte) in oam.iter_mut().enumerate() {
        let y = match kind {
            0 => random.byte(),
            1 => 0xF0 | random.byte(),
            2 => crowd.wrapping_add(random.byte() % 24),
            3 if at < 24 => random.byte(),
            3 => 0xFF,
            _ => (at as u8).wrapping_mul(7) & 0x7F,
        };
        *byte = match at % 4 {
            0 => y,
            3 => match random.below(3) {
                0 => random.byte(),
                1 => random.byte() % 12,
                _ => 245 + random.byte() % 11,
            },
            _ => random.byte(),
        };
    }
    oam
}

/// What was seen in all schedules: nothing of it may be missing.
#[derive(Debug, Default)]
struct Seen {
    dots: u64,
    line_dots: u64,
    /// The same for boards that watch fetches.
    watched_dots: u64,
    watched_line_dots: u64,
    hits: u64,
    overflows: u64,
    rises: u64,
    ahead: u64,
    nmis: u64,
    /// Accesses during the forced refresh of a 2C07.
    refreshes: u64,
    /// Transfers to OAM in one piece.
    pub(super) transfers: u64,
    /// Rows of OAM that were copied when a frame began.
    pub(super) rows: u64,
    /// Schedules that ended with decayed rows.
    decayed: u64,
}

/// One schedule.
pub(super) struct Schedule {
    pub(super) seed: u64,
    pub(super) random: Random,
    pub(super) exact: Rig,
    pub(super) lines: Rig,
    pub(super) at: Cycle,
    pub(super) transfers: u64,
    pub(super) rows: u64,
}

impl Schedule {
    /// Starts warm, somewhere in a frame, with the registers as in a game.
    pub(super) fn new(seed: u64) -> Self {
        Self::new_in(seed, Random(seed).pick(&[Region::Ntsc, Region::Pal, Region::Dendy]))
    }

    pub(super) fn new_in(seed: u64, region: Region) -> Self {
        let mut random = Random(!seed);
        let alignment = Alignment::new(random.below(Alignment::phases(region).into()) as u8);
        let clock = Clock::new(region, alignment);
        let video = Video::random(&mut random, clock);
        let mut ppu = Ppu::new(clock, 0, PalettePattern::Console, POWER_ON_LEAD);
        ppu.set_decay(seed % 5 < 2);
        // Time is cheap without a picture and with nothing to do.
        ppu.set_render(false);
        let mut rig = Rig { ppu, video, counts: false };
        let mut at = u64::from(region.scanlines()) * 112;
        for (sprite, byte) in sprites(&mut random).into_iter().enumerate() {
            rig.write(4, byte, at + sprite as u64 * 2);
        }
        at += 600;
        for (register, value) in [(3, 0), (0, random.byte()), (5, random.byte()), (5, random.byte()), (1, 0x1E)] {
            rig.write(register, value, at);
            at += 4;
        }
        at += random.below(30_000);
        rig.run(at, offset::START);
        let path = random.pick(&[Path::EveryDot, Path::Exact]);
        let exact = Rig::new(&rig.ppu, &rig.video, path, true);
        let render = !seed.is_multiple_of(4);
        let lines = Rig::new(&rig.ppu, &rig.video, Path::Lines, render);
        Self { seed, random, exact, lines, at, transfers: 0, rows: 0 }
    }

    /// One access of both, and then maybe a look.
    fn step(&mut self) {
        let random = &mut self.random;
        // Some programs write several registers in each line, at any distance.
        let dense = self.seed % 3 == 1;
        self.at += match random.below(10) {
            0..=8 if dense => 1 + random.below(14),
            0..=3 => 4 + random.below(12),
            4..=6 => 1 + random.below(240),
            7 | 8 => 1 + random.below(1200),
            _ => 1 + random.below(9000),
        };
        match if dense { 7 + random.below(15) } else { random.below(26) } {
            0..=9 => self.read(2),
            10 => self.read(4),
            11 => self.read(7),
            12 => self.write(0, &[0x80, 0xA0, 0x88, 0x90, 0x98, 0x10, 0x08, 0x00]),
            13 | 14 => self.write(1, &[0x1E, 0x1E, 0x18, 0x08, 0x10, 0x1A, 0x1C, 0x00, 0xFF]),
            15 => self.write(3, &[0, 0, 4, 0x55]),
            16 => self.write(4, &[0, 0x40, 0xFF, 0x23]),
            17 | 18 => self.write(5, &[0, 7, 0x55, 0xF8, 0x83]),
            19 => self.write(6, &[0, 0x20, 0x3F, 0x10, 0x24, 0x15]),
            20 => self.write(7, &[0, 0xFF, 0x18]),
            21 => self.fill_oam(),
            22 => self.switch_bank(),
            23 => self.transfer_oam(),
            24 => self.point_at_row(),
            _ => self.take_nmi(),
        }
        if self.random.below(if dense { 12 } else { 3 }) == 0 {
            self.look();
        }
    }

    pub(super) fn read(&mut self, register: u16) {
        let (exact, lines) = (self.exact.read(register, self.at), self.lines.read(register, self.at));
        assert_eq!(exact, lines, "seed {}, $200{register} in cycle {}", self.seed, self.at);
    }

    pub(super) fn write(&mut self, register: u16, often: &[u8]) {
        let value = if self.random.below(3) == 0 { self.random.byte() } else { self.random.pick(often) };
        self.exact.write(register, value, self.at);
        self.lines.write(register, value, self.at);
    }

    /// As a program does in vertical blank; this one does not wait for it.
    fn fill_oam(&mut self) {
        for byte in sprites(&mut self.random) {
            self.exact.write(4, byte, self.at);
            self.lines.write(4, byte, self.at);
            self.at += 2;
        }
    }

    /// As OAM DMA does: in one piece, if that is indistinguishable.
    fn transfer_oam(&mut self) {
        let bytes = sprites(&mut self.random);
        let first = self.at;
        for byte in bytes {
            self.exact.write(4, byte, self.at);
            self.at += 2;
        }
        self.at -= 2;
        self.lines.run(first, offset::START);
        if self.lines.ppu.may_fill_oam(self.lines.video.clock.dot_at(self.at, offset::START)) {
            self.lines.run(self.at, offset::START);
            self.lines.ppu.fill_oam(&bytes);
            self.transfers += 1;
        } else {
            for (at, byte) in (first..).step_by(2).zip(bytes) {
                self.lines.write(4, byte, at);
            }
        }
    }

    /// Near the end of a frame, OAMADDR is left somewhere.
    fn point_at_row(&mut self) {
        self.exact.run(self.at, offset::START);
        let ppu = &self.exact.ppu;
        let (line, dot) = ppu.position();
        if line < 200 || line >= ppu.prerender - 1 {
            return;
        }
        let dots = u64::from(ppu.prerender - line) * u64::from(DOTS_PER_LINE) - u64::from(dot);
        self.at = self.exact.video.clock.cycle_of(ppu.now() + dots - self.random.below(90) - 6, offset::START);
        self.write(3, &[0, 8, 0x28, 0xC8]);
        let ppu = &self.exact.ppu;
        self.rows += u64::from(ppu.sprites.rows_differ() && ppu.rendering && ppu.revision.corrupts_oam);
        self.at += 40;
    }

    /// The board changes what the PPU sees.
    pub(super) fn switch_bank(&mut self) {
        let (slot, page) = (self.random.below(12) as usize, self.random.below(PAGES) as u8);
        self.map(slot, page);
    }

    pub(super) fn map(&mut self, slot: usize, page: u8) {
        for rig in [&mut self.exact, &mut self.lines] {
            rig.run(self.at, offset::END);
            rig.ppu.forget_foreseen();
            rig.video.pages[slot] = page;
        }
    }

    fn take_nmi(&mut self) {
        for rig in [&mut self.exact, &mut self.lines] {
            rig.run(self.at - 1, offset::BOARD);
        }
        assert_eq!(self.exact.ppu.take_nmi(self.at), self.lines.ppu.take_nmi(self.at), "seed {}", self.seed);
    }

    /// Compares all there is, at some moment before the next access. Most times the one with lines goes on as if
    /// that had not been.
    fn look(&mut self) {
        self.at += self.random.pick(&[1, 8, 37, 200]);
        self.exact.run(self.at, offset::START);
        let mut copy = self.lines.clone();
        copy.run(self.at, offset::START);
        let same = self.exact.state() == copy.state() && self.exact.video.seen() == copy.video.seen();
        assert!(same, "seed {} {}", self.seed, self.exact.difference(&copy));
        if copy.ppu.render {
            self.exact.compare_pictures(&mut copy, self.seed);
        }
        assert!(self.exact.ppu.frames() == copy.ppu.frames() && self.exact.ppu.position() == copy.ppu.position());
        assert_eq!(self.exact.ppu.next_nmi(), copy.ppu.next_nmi(), "seed {}", self.seed);
        if self.random.below(4) == 0 {
            self.lines = copy;
        }
    }

    fn run(mut self, seen: &mut Seen) {
        let start = self.exact.ppu.now();
        let done = self.lines.ppu.line_dots();
        for _ in 0..ACCESSES {
            let behind = self.lines.ppu.now();
            self.step();
            seen.ahead += u64::from(self.lines.ppu.now() == behind);
            seen.hits += u64::from(self.lines.ppu.zero_hit_from != NEVER);
            seen.overflows += u64::from(self.lines.ppu.overflow_from != NEVER);
            seen.nmis += u64::from(self.lines.ppu.nmi_edge != NEVER);
            let ppu = &self.exact.ppu;
            seen.refreshes += u64::from(ppu.revision.refresh.contains(&ppu.line));
        }
        seen.dots += self.exact.ppu.now() - start;
        seen.line_dots += self.lines.ppu.line_dots() - done;
        if self.lines.video.watcher.is_some() {
            seen.watched_dots += self.exact.ppu.now() - start;
            seen.watched_line_dots += self.lines.ppu.line_dots() - done;
        }
        seen.rises += self.lines.video.rises.len() as u64;
        seen.transfers += self.transfers;
        seen.rows += self.rows;
        seen.decayed += self.exact.ppu.sprites.decayed_rows().min(1);
    }
}

#[test]
fn whole_lines_leave_what_their_dots_leave() {
    let mut seen = Seen::default();
    for seed in 0..SCHEDULES {
        Schedule::new(seed).run(&mut seen);
    }
    println!("{seen:?}");
    assert!(seen.line_dots * 3 > seen.dots, "too few lines were committed: {seen:?}");
    assert!(seen.watched_line_dots * 3 > seen.watched_dots, "too few lines were committed: {seen:?}");
    let counts = [seen.hits, seen.overflows, seen.rises, seen.ahead, seen.nmis];
    assert!(counts.iter().all(|&count| count > SCHEDULES), "something never happened: {seen:?}");
    assert!(
        [seen.refreshes, seen.transfers, seen.rows, seen.decayed].iter().all(|&count| count > 100),
        "too few: {seen:?}"
    );
}
