//! Accesses in each dot of a line, alone and in pairs.

use super::schedules::Schedule;
use super::*;

/// What a program can do to a PPU: writes, or reads. Register 8 is the bank register of a board.
const ACCESSES_OF_A_PROGRAM: [(u16, Option<u8>); 17] = [
    (0, Some(0x00)),
    (0, Some(0x38)),
    (0, Some(0x91)),
    (1, Some(0x00)),
    (1, Some(0x18)),
    (1, Some(0x0A)),
    (1, Some(0xFF)),
    (2, None),
    (3, Some(0x41)),
    (4, Some(0x5A)),
    (4, None),
    (5, Some(0x7D)),
    (6, Some(0x3F)),
    (6, Some(0x14)),
    (7, Some(0x2A)),
    (7, None),
    (8, None),
];

/// Registers, each touched in every dot of a line: nothing of the lines around may differ.
#[test]
fn every_register_in_every_dot_of_a_line() {
    for (seed, region) in [(11, Region::Ntsc), (15, Region::Pal), (17, Region::Dendy)] {
        let mut schedule = Schedule::new_in(seed, region);
        for line in [0, 100, 239, 308, region.scanlines() - 1] {
            if line >= region.scanlines() {
                continue;
            }
            schedule.go_to(line);
            for access in ACCESSES_OF_A_PROGRAM {
                for dot in 0..u64::from(DOTS_PER_LINE) {
                    schedule.touch(true, &[(dot, access)]);
                }
            }
        }
    }
}

/// Every pair of registers, up to twelve dots apart, with rendering switched off or on between them or not.
#[test]
fn every_pair_of_registers_a_few_dots_apart() {
    // All dots of a line take minutes; the other lines, and any two dots of each, do not.
    let all = std::env::var_os("RICOJIT_TEST_ALL").is_some();
    let mut random = Random(15);
    for seed in 0..6 {
        let region = [Region::Ntsc, Region::Pal, Region::Dendy][seed as usize % 3];
        let mut schedule = Schedule::new_in(4 * seed + 41, region);
        schedule.go_to(random.pick(&[7, 100, 238, region.scanlines() - 1]));
        for first in ACCESSES_OF_A_PROGRAM {
            for second in ACCESSES_OF_A_PROGRAM {
                for distance in 1..=12 {
                    let dots = u64::from(DOTS_PER_LINE);
                    let dots: Vec<_> =
                        if all { (0..dots).collect() } else { vec![random.below(dots), random.below(dots)] };
                    for dot in dots {
                        let mut accesses = vec![(dot, first), (distance, second)];
                        if random.below(3) == 0 {
                            let mask = random.pick(&[0, 0x08, 0x10, 0x1E, 0xE6]);
                            accesses.insert(1, (random.below(12) + 1, (1, Some(mask))));
                        }
                        schedule.touch(random.below(2) == 0, &accesses);
                    }
                }
            }
        }
    }
}

/// The background's table is changed while sprites are fetched, where that can wait, and back where it cannot.
#[test]
fn the_table_of_the_background_while_sprites_are_fetched() {
    let mut schedule = Schedule::new_in(45, Region::Ntsc);
    schedule.go_to(60);
    for rig in [&mut schedule.exact, &mut schedule.lines] {
        rig.counts = false;
        let now = rig.ppu.now();
        rig.touch(0, Some(0x00), now);
    }
    for first in (250..330).step_by(2) {
        for second in (first + 1..341).step_by(3) {
            schedule.touch(false, &[(first, (0, Some(0x10))), (second - first, (0, Some(0x00)))]);
        }
    }
}

/// t is written right before and after v is loaded, in all dots in which lines copy t too.
#[test]
fn t_is_written_around_a_load_of_v() {
    let mut schedule = Schedule::new_in(45, Region::Ntsc);
    schedule.go_to(60);
    for rig in [&mut schedule.exact, &mut schedule.lines] {
        (rig.counts, rig.video.watched) = (false, false);
        let now = rig.ppu.now();
        rig.touch(0, Some(0x00), now);
    }
    for first in 246..324 {
        for distance in 1..7 {
            for write in [(0, Some(0x03)), (5, Some(0x7D)), (6, Some(0x2F))] {
                schedule.touch(true, &[(first, (6, Some(0x14))), (distance, write)]);
            }
        }
    }
}

impl Schedule {
    /// Brings both to dot 0 of a line.
    pub(super) fn go_to(&mut self, line: u16) {
        for rig in [&mut self.exact, &mut self.lines] {
            while rig.ppu.position() != (line, 0) {
                let next = rig.ppu.now() + 1;
                rig.ppu.run_until(&mut rig.video, next);
            }
        }
    }

    /// Accesses of copies of both, each so many dots after the one before it.
    pub(super) fn touch(&self, toggle: bool, accesses: &[(Dot, (u16, Option<u8>))]) {
        let mut rigs = [self.exact.clone(), self.lines.clone()];
        for rig in &mut rigs {
            // Of two writes of $2006 both act now and then.
            rig.ppu.scroll.second_write = toggle;
            let mut at = rig.ppu.now();
            for &(dots, (register, value)) in accesses {
                at += dots;
                rig.touch(register, value, at);
            }
            rig.ppu.run_until(&mut rig.video, at + 3 * u64::from(DOTS_PER_LINE));
        }
        let [exact, lines] = &mut rigs;
        let same = exact.state() == lines.state() && exact.video.seen() == lines.video.seen();
        assert!(same, "seed {} {accesses:02X?} {}", self.seed, exact.difference(lines));
        exact.compare_pictures(lines, self.seed);
    }
}

/// OAMADDR in each dot from one on, in vertical blank of a 2C07, and what a $2004 write in that dot makes of it.
#[test]
fn a_2c07_increments_oamaddr_in_the_even_dots_of_46_lines() {
    let refresh = 265..311;
    for path in [Path::EveryDot, Path::Exact, Path::Lines] {
        let schedule = Schedule::new_in(4, Region::Pal);
        let mut rig = Rig::new(&schedule.exact.ppu, &schedule.exact.video, path, false);
        let run_to = |rig: &mut Rig, line: u16, dot: u16| {
            let [here, there] = [rig.ppu.position(), (line, dot)].map(|(line, dot)| Ppu::position_of(line, dot));
            let target = rig.ppu.now() + (there + 312 * 341 - here) % (312 * 341);
            rig.ppu.run_until(&mut rig.video, target);
        };
        run_to(&mut rig, refresh.start - 1, 300);
        rig.ppu.write(3, 0);
        // How far an increment has got, by hand.
        let mut address = 0_u8;
        for line in [refresh.start - 1, refresh.start, refresh.start + 1] {
            for dot in 0..DOTS_PER_LINE {
                if (line, dot) <= (refresh.start - 1, 300) {
                    continue;
                }
                let refreshes = |dot: u16| refresh.contains(&line) && dot >= 2 && dot.is_multiple_of(2);
                run_to(&mut rig, line, dot);
                address += u8::from(refreshes(dot));
                assert!(rig.ppu.sprites.is_at(address), "{path:?}, line {line} dot {dot}: {address:02X}");
                let mut written = rig.clone();
                written.ppu.write(4, 0x41);
                let at_once = u8::from(!refreshes(dot + 1));
                assert!(written.ppu.sprites.is_at(address + at_once), "{path:?}, a write in line {line} dot {dot}");
                let next = written.ppu.now() + 1;
                written.ppu.run_until(&mut written.video, next);
                assert!(written.ppu.sprites.is_at(address + 1), "{path:?}, a write in line {line} dot {dot}");
            }
            address = 0;
            rig.ppu.write(3, 0);
        }
        // All lines at once, and the one behind them.
        run_to(&mut rig, refresh.start - 1, 340);
        rig.ppu.write(3, 0);
        for (line, dot, expected) in
            [(refresh.end - 1, 339, 0x8B), (refresh.end - 1, 340, 0x8C), (refresh.end, 200, 0x8C)]
        {
            run_to(&mut rig, line, dot);
            assert!(rig.ppu.sprites.is_at(expected), "{path:?}, line {line} dot {dot}");
        }
    }
}
