//! An OAM transfer in one piece equals its 513 or 514 single cycles.

use super::*;
use crate::random::Random;
use crate::state::{Persist, saved};
use crate::testing::TestSwitches;
use ricojit_interpreter::Bus;

/// A console, and the accesses of a CPU that follows the bus's contract.
struct Rig {
    console: Console,
    at: Cycle,
}

impl Rig {
    /// With 8 KiB of PRG RAM and random bytes in all ROM; `mapper` is 0 or 4.
    fn new(mapper: u8, exact_ppu: bool) -> Self {
        let mut file = vec![0; 16 + 0x8000 + 0x2000];
        file[..9].copy_from_slice(&[b'N', b'E', b'S', 0x1A, 2, 1, mapper << 4, 8, 0]);
        file[10] = 7;
        let mut random = Random::new(3);
        file[16..].iter_mut().for_each(|byte| *byte = random.below(256) as u8);
        let cartridge = Cartridge::load(&file).unwrap();
        let options = Options::new().render(false).testing(TestSwitches::new().exact_ppu(exact_ppu));
        let mapper = Mapper::new(&cartridge, None, None).unwrap();
        Self { console: Console::new(&cartridge, mapper, &options), at: 0 }
    }

    fn read(&mut self, addr: u16) -> u8 {
        if self.at >= self.console.deadline() {
            self.at = self.console.stall(addr, self.at, true);
            self.console.lines(self.at);
        }
        self.at += 1;
        self.console.read(addr, self.at - 1)
    }

    fn write(&mut self, addr: u16, value: u8) {
        self.at += 1;
        self.console.write(addr, value, self.at - 1);
    }

    /// The state of the chips, at the present cycle.
    fn state(&mut self) -> Vec<u8> {
        self.console.sync(self.at);
        let mut console = self.console.clone();
        console.canonicalize(self.at, 0x2000);
        let parts: [&dyn Persist; 7] = [
            &console.memory,
            &console.mapper,
            &console.ppu,
            &console.apu,
            &console.controllers,
            &console.dma,
            &console.bus,
        ];
        parts.iter().flat_map(|part| saved(*part, self.at)).collect()
    }
}

/// Performs an action on both; results and cycles must be equal.
fn both<T: PartialEq + std::fmt::Debug>(rigs: &mut [Rig; 2], action: impl Fn(&mut Rig) -> T) {
    let [first, second] = rigs;
    assert_eq!((action(first), first.at), (action(second), second.at));
}

/// Performs the same random accesses on a console that moves pieces and on one that does not, and compares reads,
/// cycles and states. Returns how often each PPU was advanced.
fn play(seed: u64, mapper: u8) -> [u64; 2] {
    let mut random = Random::new(seed);
    let mut rigs = [Rig::new(mapper, false), Rig::new(mapper, true)];
    for _ in 0..60 {
        match random.below(8) {
            0 => {
                let rate = random.pick(&[0x0F, 0x4F, 0x8E, 0x40, 0xCC]);
                let length = random.below(4) as u8;
                both(&mut rigs, |rig| {
                    [(0x4010, rate), (0x4013, length), (0x4015, 0x1F)].map(|(addr, value)| rig.write(addr, value))
                });
            }
            1 => {
                let value = random.pick(&[0x00, 0x1E, 0x18]);
                both(&mut rigs, |rig| rig.write(0x2001, value));
            }
            2 => {
                let (addr, value) = (random.pick(&[0x2000, 0x2003, 0x2006, 0x2007, 0x4015, 0x0234]), random.below(256));
                both(&mut rigs, |rig| rig.write(addr, value as u8));
            }
            _ => {}
        }
        let addr = random.pick(&[0x0000, 0x8000, 0x6000, 0x2002, 0x2007, 0x4015, 0x4016, 0x5000]);
        let page = random.pick(&[0x02, 0x07, 0x60, 0x80, 0xFF, 0x20, 0x40, 0x50]);
        both(&mut rigs, |rig| {
            rig.write(0x4014, page);
            rig.read(addr)
        });
        for _ in 0..random.below(3) {
            let addr = random.pick(&[0x2002, 0x2004, 0x4015, 0x0200]);
            both(&mut rigs, |rig| rig.read(addr));
        }
        let wait = random.pick(&[1, 2, 3, 200, 9000, 29_780]);
        for _ in 0..random.below(wait) {
            both(&mut rigs, |rig| rig.read(0x0010));
        }
        if random.below(4) == 0 {
            both(&mut rigs, Rig::state);
        }
    }
    rigs.map(|rig| rig.console.catch_ups().ppu)
}

#[test]
fn an_oam_transfer_in_one_piece_equals_its_cycles() {
    let mut runs = [0, 0];
    for seed in 0..60 {
        let counted = play(seed, if seed % 3 == 0 { 4 } else { 0 });
        runs = [runs[0] + counted[0], runs[1] + counted[1]];
    }
    assert!(runs[0] + 200 * 256 < runs[1], "at least 200 transfers were in one piece: {runs:?}");
}
