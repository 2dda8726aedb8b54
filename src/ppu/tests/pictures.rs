//! What is drawn again, and what is not.

use super::schedules::Schedule;
use super::*;

/// Pictures of which little changes from one to the next: what is not drawn again has to be what it would be.
#[test]
fn what_stays_need_not_be_drawn() {
    for seed in 0..100 {
        let region = Random(seed).pick(&[Region::Ntsc, Region::Pal, Region::Dendy]);
        let mut schedule = Schedule::new_in(4 * seed + 1, region);
        schedule.go_to_blank();
        for _ in 0..30 {
            schedule.next_picture();
        }
    }
}

/// What is drawn from the same things is left as it is: also if it is not what it was.
#[test]
fn what_stays_is_not_drawn() {
    let mut schedule = Schedule::new_in(1, Region::Ntsc);
    // Of a board that watches fetches, lines are not done as wholes.
    schedule.lines.video.watcher = None;
    let ppu = &mut schedule.lines.ppu;
    // No sprite is in the way.
    ppu.sprites.fill_oam(&[0xF0; 256]);
    let line = |rig: &Rig, line: usize| rig.ppu.frame.pixels()[line * WIDTH..][..WIDTH].to_vec();
    for picture in 0..4 {
        let rig = &mut schedule.lines;
        rig.ppu.run_until(&mut rig.video, 341 * (262 * (10 + picture) + 245));
        if picture == 2 {
            rig.ppu.frame.pixels_mut().fill(0x123);
            // As if line 200 had been touched.
            rig.ppu.drawn[200] = Drawn::default();
        }
    }
    let drawn = (0..240).filter(|&at| line(&schedule.lines, at) != [0x123; WIDTH]);
    assert_eq!(drawn.collect::<Vec<_>>(), [200]);
}

impl Schedule {
    /// From vertical blank to the next: changes something here or in the picture, and compares that.
    fn next_picture(&mut self) {
        let clock = self.exact.video.clock;
        let region = clock.region;
        let frame = 341 * u64::from(region.scanlines()) * 5 / 16;
        // Now and then the picture is switched off.
        self.lines.ppu.set_render(self.random.below(6) != 0);
        let has_split = self.seed % 8 == 1;
        for _ in 0..self.random.below(if has_split { 2 } else { 3 }) {
            self.change();
        }
        if has_split {
            // A split: the board switches banks of patterns where a line ends, in all pictures behind the same one.
            let (line, dot) = self.exact.ppu.position();
            let [split, in_line] = [self.seed / 8 * 7 % 239, 326 + self.seed / 8 % 15];
            let lines = u64::from(region.scanlines() - line) + split;
            self.at = clock.cycle_of(self.exact.ppu.now() + 341 * lines + in_line - u64::from(dot), offset::END);
            let bank = self.random.pick(&[0, 16]);
            (0..8).for_each(|slot| self.map(usize::from(slot), bank + slot));
        } else if self.random.below(4) == 0 {
            self.at += 2500 + self.random.below(frame - 4000);
            self.change();
        }
        self.go_to_blank();
        if self.lines.ppu.render {
            self.exact.compare_pictures(&mut self.lines, self.seed);
        }
        if self.random.below(8) == 0 {
            assert!(self.exact.state() == self.lines.state(), "seed {}", self.seed);
        }
    }

    /// The next vertical blank.
    pub(super) fn go_to_blank(&mut self) {
        self.at += 8000;
        self.exact.run(self.at, offset::START);
        while (self.exact.ppu.position().0) < 241 || self.exact.ppu.position().0 > 250 {
            self.at += 100;
            self.exact.run(self.at, offset::START);
        }
        self.lines.run(self.at, offset::START);
    }

    fn both(&mut self, register: u16, value: u8) {
        self.at += 4;
        self.exact.write(register, value, self.at);
        self.lines.write(register, value, self.at);
    }

    fn change(&mut self) {
        let random = &mut self.random;
        let byte = random.byte();
        match random.below(9) {
            kind @ 0..=4 => {
                let addr = match kind {
                    0 | 1 => 0x2000 + random.below(0x1000),
                    2 => 0x23C0 + random.below(0x40) + 0x400 * random.below(4),
                    3 => random.below(0x2000),
                    _ => 0x3F00 + random.below(0x20),
                };
                self.exact.ppu.read(2, false, 0);
                self.lines.ppu.read(2, false, 0);
                for (register, value) in [(6, (addr >> 8) as u8), (6, addr as u8), (7, byte), (6, 0), (6, 0)] {
                    self.both(register, value);
                }
            }
            5 => {
                let address = random.byte();
                for (register, value) in [(3, address), (4, byte), (3, 0)] {
                    self.both(register, value);
                }
            }
            6 => {
                let [x, y] = [random.pick(&[0, 0, 3, 8, 77]), random.pick(&[0, 0, 1, 16, 120])];
                self.both(5, x);
                self.both(5, y);
            }
            7 => {
                let (register, value) = random.pick(&[
                    (0, 0),
                    (0, 1),
                    (0, 8),
                    (0, 0x10),
                    (0, 0x20),
                    (1, 0),
                    (1, 0x1E),
                    (1, 0x1E),
                    (1, 0x18),
                    (1, 0x3F),
                    (1, 0xEA),
                ]);
                self.both(register, value);
            }
            _ => self.switch_bank(),
        }
    }
}
