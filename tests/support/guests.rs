//! ROMs made from arbitrary bytes, and the comparison of engines on them, for `tests/machine/random_roms.rs` and the fuzz
//! target `engines`.
//!
//! ```text
//! byte 0   board; bit 6: keep the operands, otherwise aim them at registers and memory; bit 7: keep JAM
//! byte 1   size of PRG ROM, mirroring, battery; bit 6: PAL; bit 7: another bit of the board
//! 2-4      entry points of NMI, reset and IRQ
//! 5-       code, at the start of every 8 KiB of PRG ROM, in each of them rotated by a different number of bytes; the
//!          rest is BRK, so that a run that leaves the code comes back
//! ```

use ricojit::Cartridge;
use ricojit::Machine;
use ricojit::Region;
use ricojit::cartridge::supported_boards;
use ricojit::options::{Alignment, Engine, JitOptions, Options, Start};
use ricojit::testing::{DeadlineMode, TestSwitches};
use ricojit_interpreter::opcode::{AddrMode, Legality, Opcode, Shape};

const SLICE: usize = 0x2000;
const VECTORS: usize = 0x1FFA;
/// The maximum length of the code.
const LONGEST: u16 = 0x400;

/// Frames of each run: in the first, the PPU ignores writes.
const FRAMES: usize = 3;

/// Makes an iNES file; `None` if there are too few bytes, or too many.
pub(crate) fn rom(data: &[u8]) -> Option<Vec<u8>> {
    let (&[kind, size, nmi, reset, irq], code) = data.split_first_chunk()?;
    let code = if kind & 0x40 == 0 { with_sense(code, kind & 0x80 != 0) } else { code.to_vec() };
    let boards = supported_boards();
    let board = boards[usize::from(kind & 0x3F | size >> 1 & 0x40) % boards.len()] as u8;
    let units = if matches!(board, 0 | 3) { 1 << (size & 1) } else { 2 << (size & 3) };
    let mut file = b"NES\x1A".to_vec();
    let length = code.len() as u16;
    // CNROM has CHR ROM; half of the others have CHR RAM.
    file.extend([units, u8::from(board == 3 || size & 8 != 0)]);
    file.extend([board << 4 | size >> 4 & 3, board & 0xF0]);
    // Only NES 2.0 names a region; it also gives the sizes of RAM.
    file.extend(if size & 0x40 == 0 { [0; 8] } else { [0, 0, 7, 7 * u8::from(file[5] == 0), 1, 0, 0, 0] });
    file[7] |= u8::from(size & 0x40 != 0) << 3;
    if code.is_empty() || code.len() > usize::from(LONGEST) {
        return None;
    }
    for slice in 0..usize::from(units) * 2 {
        let mut bytes = code.clone();
        bytes.rotate_left(slice * 37 % code.len());
        bytes.resize(SLICE, 0);
        let entry = |byte: u8| (0xE000 + u16::from(byte) % length).to_le_bytes();
        bytes[VECTORS..].copy_from_slice(&[entry(nmi), entry(reset), entry(irq)].concat());
        file.extend(bytes);
    }
    file.extend(vec![0x5A; usize::from(file[5]) * 0x2000]);
    Some(file)
}

/// Changes the operands: half of them address registers of PPU, APU and board, the others memory; jumps stay in ROM.
fn with_sense(code: &[u8], jams: bool) -> Vec<u8> {
    const PAGES: [u8; 16] = [0, 0, 1, 2, 3, 7, 0x20, 0x20, 0x20, 0x21, 0x3F, 0x40, 0x40, 0x60, 0x6F, 0x7F];
    let mut bytes = code.to_vec();
    let pages = code.len().div_ceil(0x100) as u8;
    let mut at = 0;
    while at < bytes.len() {
        let op = Opcode::of(bytes[at]);
        if op.legality == Legality::Jam && !jams {
            bytes[at] ^= 0x08;
            continue;
        }
        let length = usize::from(op.length());
        if length == 3 && at + 2 < bytes.len() {
            let high = bytes[at + 2];
            let jumps = matches!(op.shape, Shape::Jump | Shape::Call) && op.mode != AddrMode::Indirect;
            bytes[at + 2] = match high {
                _ if jumps => 0x80 | high & 0x60 | (high % pages),
                0x80.. => high,
                _ => PAGES[usize::from(high & 15)],
            };
            bytes[at + 1] &= if bytes[at + 2] == 0x40 { 0x1F } else { 0xFF };
        }
        at += length;
    }
    bytes
}

/// The cycles of a comparison.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) native: u64,
    pub(crate) interpreted: u64,
}

/// The console that a ROM runs on: any, chosen by its bytes. Most start warm: there is more to see.
fn console(rom: &[u8]) -> Options {
    let mut choice = rom.iter().fold(0_u64, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let mut pick = |count: usize| {
        choice = choice.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        (choice >> 33) as usize % count
    };
    let region = [Region::Ntsc, Region::Pal, Region::Dendy][pick(3)];
    let alignments: Vec<_> = Alignment::all(region).collect();
    let start = [Start::Nes, Start::Famicom, Start::Warm, Start::Warm][pick(4)];
    Options::new().region(region).alignment(alignments[pick(alignments.len())]).start(start).oam_decay(pick(2) == 0)
}

/// Runs the ROM on the interpreter and on the recompiler in several configurations, and compares the states after each
/// frame.
pub(crate) fn compare(rom: &[u8]) -> Result<Done, String> {
    let plain = console(rom).render(false).without_sound();
    let jit = JitOptions::new().threshold(Some(0)).sync(true);
    let eager = plain.clone().engine(Engine::Jit).jit(jit).idle_skip(Some(false));
    let warm = jit.threshold(Some(3));
    let aot = plain.clone().engine(Engine::Aot);
    let ways = [
        ("every dot of the PPU", plain.clone().testing(TestSwitches::new().deadline(DeadlineMode::Now))),
        ("dots of the PPU", plain.clone().testing(TestSwitches::new().exact_ppu(true))),
        ("the recompiler", eager.clone()),
        (
            "random deadlines",
            eager.clone().idle_skip(None).testing(TestSwitches::new().deadline(DeadlineMode::Random(1))),
        ),
        ("threshold 3", eager.jit(warm).idle_skip(None)),
        ("ahead of time", aot.clone()),
        ("ahead of time, random deadlines", aot.testing(TestSwitches::new().deadline(DeadlineMode::Random(2)))),
    ];
    let run = |options: &Options| -> Result<(Machine, [u128; FRAMES]), String> {
        let cartridge = Cartridge::load(rom).map_err(|error| error.to_string())?;
        let mut machine = Machine::new(&cartridge, options).map_err(|error| error.to_string())?;
        let states = [(); FRAMES].map(|()| {
            machine.run_frame();
            machine.state_hash()
        });
        Ok((machine, states))
    };
    let (_, expected) = run(&plain)?;
    let mut done = Done::default();
    for (name, options) in ways {
        let (machine, found) = run(&options)?;
        if let Some(frame) = expected.iter().zip(&found).position(|(a, b)| a != b) {
            return Err(format!("{name}: the states differ after frame {frame}"));
        }
        let statistics = machine.recompiler().map(|recompiler| recompiler.statistics()).unwrap_or_default();
        done.native += statistics.native_cycles;
        done.interpreted += statistics.interpreted_cycles();
    }
    Ok(done)
}
