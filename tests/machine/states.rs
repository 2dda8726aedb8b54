//! Saved states: their size, their form, and what is refused.
//!
//! That states of all ROMs go on is in `judge/tests/corpus/states.rs`; states made to do harm are in `hostile_states`.

use crate::traces::{ROMS, press};
use ricojit::options::RamPattern;
use ricojit::{Cartridge, Machine, Options, Region, SampleRate, State, StateError};

/// The state of the demo after 240 frames written by version 1 of the format. Every later version must load it.
const VERSION_1: &[u8] = include_bytes!("../data/demo-240.v1.state");
/// The hash of that state, and of the one 60 frames later.
const VERSION_1_HASHES: [u128; 2] = [0xcdf9d665f819b2b5954ec774a15fb089, 0x62e9f2a3f2b60306666d1c60da5d12e0];

/// Most bytes of a state beyond the cartridge's RAM.
const MOST_BEYOND_RAM: usize = 24 << 10;

/// Bytes before the first section, and after the last.
const HEADER: usize = 48;
const CHECKSUM: usize = 8;

fn demo() -> Cartridge {
    cartridge(0)
}

fn cartridge(rom: usize) -> Cartridge {
    Cartridge::load(ROMS[rom].1).expect("our own images are well-formed")
}

fn machine(cartridge: &Cartridge, options: &Options) -> Machine {
    Machine::new(cartridge, options).expect("our own images are on supported boards")
}

/// The machine after so many frames with any input.
fn played(cartridge: &Cartridge, options: &Options, frames: u64) -> Machine {
    let mut machine = machine(cartridge, options);
    for frame in 0..frames {
        press(&mut machine, frame);
        machine.run_frame();
    }
    machine
}

/// The same bytes with another checksum, which is right.
fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - CHECKSUM;
    let checksum = xxhash_rust::xxh3::xxh3_64(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Loads what must be refused. The machine stays as it was.
fn refused(machine: &mut Machine, bytes: &[u8]) -> StateError {
    let before = (machine.state_hash(), machine.save());
    let error = machine.load(bytes).expect_err("it is refused");
    assert!(before == (machine.state_hash(), machine.save()), "{error}");
    let text = error.to_string();
    assert!(text.starts_with(|c: char| c.is_lowercase()) && !text.ends_with('.'), "{text}");
    error
}

#[test]
fn the_size_is_fixed_by_the_cartridge_and_the_sample_rate() {
    for (rom, (name, _)) in ROMS.iter().enumerate() {
        let cartridge = cartridge(rom);
        let header = &cartridge.header;
        let ram = header.prg_ram_size + header.prg_nvram_size + header.chr_ram_size + header.chr_nvram_size;
        for rate in [None, Some(SampleRate::Hz44100), Some(SampleRate::Hz96000)] {
            let options = Options::new().sample_rate(rate);
            let mut machine = machine(&cartridge, &options);
            let size = machine.save().len();
            assert!(size <= ram + MOST_BEYOND_RAM, "{name}, {rate:?}: {size} bytes, {ram} of them RAM");
            for frame in 0..20 {
                press(&mut machine, frame * 5);
                let at = machine.cycle() + 3_000 * frame;
                machine.run_frame_with_pauses(|machine| {
                    assert_eq!(machine.save().len(), size, "{name}, {rate:?}");
                    (machine.cycle() < at).then_some(at)
                });
            }
        }
    }
}

#[test]
fn a_buffer_that_is_kept_is_not_made_again() {
    let machine = played(&demo(), &Options::new(), 10);
    let (mut file, mut state) = (Vec::new(), State::new());
    machine.save_to(&mut file);
    machine.snapshot(&mut state);
    let found = allocation_counter::measure(|| {
        machine.save_to(&mut file);
        machine.snapshot(&mut state);
    });
    assert_eq!(found.count_total, 0);
}

#[test]
fn a_state_of_version_1_loads() {
    let mut machine = machine(&demo(), &Options::new());
    machine.load(VERSION_1).expect("version 1 loads");
    assert_eq!(machine.frames(), 240);
    let before = machine.state_hash();
    (0..60).for_each(|_| machine.run_frame());
    let found = [before, machine.state_hash()];
    assert_eq!(found, VERSION_1_HASHES, "{found:#034x?}");
}

#[test]
fn what_is_not_a_whole_state_is_refused() {
    let saved = played(&demo(), &Options::new(), 10).save();
    let mut other = played(&demo(), &Options::new(), 3);
    for bytes in [&b""[..], b"RICOJIT", b"NES\x1A", &[0; 100]] {
        assert_eq!(refused(&mut other, bytes), StateError::NotAState);
    }
    for length in [8, 9, HEADER, HEADER + 5, saved.len() / 2, saved.len() - 1] {
        let error = refused(&mut other, &saved[..length]);
        let is_cut_off =
            matches!(error, StateError::CutOff { found, expected } if found == length && expected > length);
        assert!(is_cut_off, "{length}: {error:?}");
    }
    // Cut where a section ends, it could be a whole state.
    (8..saved.len()).step_by(61).for_each(|length| drop(refused(&mut other, &saved[..length])));
    for at in (HEADER..saved.len()).step_by(37) {
        let mut bytes = saved.clone();
        bytes[at] ^= 0x10;
        refused(&mut other, &bytes);
    }
    let mut flipped = saved.clone();
    flipped[saved.len() / 2] ^= 1;
    assert_eq!(refused(&mut other, &flipped), StateError::Damaged);
    refused(&mut other, &[saved, vec![0]].concat());
}

#[test]
fn a_state_of_a_version_to_come_is_refused() {
    let saved = played(&demo(), &Options::new(), 10).save();
    let mut other = machine(&demo(), &Options::new());
    let mut form = saved.clone();
    form[8] = 3;
    assert_eq!(refused(&mut other, &with_checksum(form)), StateError::Newer { found: 3, known: 2 });
    // The version of the first section.
    let mut section = saved;
    section[HEADER + 4] = 9;
    assert_eq!(refused(&mut other, &with_checksum(section)), StateError::Newer { found: 9, known: 1 });
}

#[test]
fn a_state_of_another_machine_is_refused() {
    let saved = played(&demo(), &Options::new(), 10).save();
    let error = refused(&mut machine(&cartridge(1), &Options::new()), &saved);
    assert!(matches!(error, StateError::OtherRom { .. }), "{error:?}");
    let error = refused(&mut machine(&demo(), &Options::new().region(Region::Pal)), &saved);
    let is_region = matches!(error, StateError::OtherHardware { what: "region", .. });
    assert!(is_region, "{error:?}");
    // The same ROM on another board: UNROM instead of NROM.
    let mut image = ROMS[0].1.to_vec();
    image[6] = image[6] & 0x0F | 0x20;
    let board = Cartridge::load(&image).expect("a board we know");
    let error = refused(&mut machine(&board, &Options::new()), &saved);
    assert!(matches!(error, StateError::OtherHardware { what: "board", .. }), "{error:?}");
    // More RAM on the same board.
    image[6] = ROMS[0].1[6];
    image[7] = image[7] & 0xF3 | 0x08;
    image[10] = 0x08;
    let more_ram = Cartridge::load(&image).expect("it has 16 KiB of PRG RAM");
    let error = refused(&mut machine(&more_ram, &Options::new()), &saved);
    assert_eq!(error, StateError::Section { section: "MEM" });
}

#[test]
fn a_missing_or_doubled_section_is_refused() {
    let saved = played(&demo(), &Options::new(), 10).save();
    let length = |at: usize| u32::from_le_bytes(saved[at + 6..at + 10].try_into().expect("four bytes")) as usize + 10;
    let first = &saved[HEADER..HEADER + length(HEADER)];
    let (header, rest) = (&saved[..HEADER], &saved[HEADER + first.len()..]);
    let mut other = machine(&demo(), &Options::new());
    let missing = with_checksum([header, rest].concat());
    assert_eq!(refused(&mut other, &missing), StateError::Section { section: "CPU" });
    let doubled = with_checksum([header, first, first, rest].concat());
    assert_eq!(refused(&mut other, &doubled), StateError::Section { section: "CPU" });
    // A section that a later version may add is passed over.
    let unknown = with_checksum([header, b"NEW \x01\x00\x02\x00\x00\x00ab", first, rest].concat());
    other.load(&unknown).expect("an unknown section does no harm");
}

#[test]
fn sound_goes_on_where_the_rates_are_equal_and_starts_where_not() {
    let with = |rate: Option<SampleRate>| Options::new().sample_rate(rate);
    let rates = [None, Some(SampleRate::Hz44100), Some(SampleRate::Hz48000)];
    for from in rates {
        let mut original = played(&demo(), &with(from), 90);
        let saved = original.save();
        (0..30).for_each(|_| original.run_frame());
        for to in rates {
            let mut other = played(&demo(), &with(to), 20);
            other.load(&saved).expect("sound does not decide");
            let mut samples = 0;
            for _ in 0..30 {
                other.run_frame();
                samples += other.samples().len();
            }
            assert_eq!(other.state_hash(), original.state_hash(), "{from:?}, {to:?}");
            let rate = to.map_or(0, |rate| rate.hz() as usize);
            assert!(samples.abs_diff(rate / 2) <= rate / 200, "{samples} samples, {from:?}, {to:?}");
            if from == to {
                assert_eq!(other.samples(), original.samples());
            }
        }
    }
}

#[test]
fn a_loaded_machine_is_switched_on_again_as_the_saved_one() {
    let noise = Options::new().ram(RamPattern::Seeded(7));
    let mut original = played(&demo(), &noise, 30);
    let mut other = machine(&demo(), &Options::new());
    other.load(&original.save()).expect("the RAM at power-on does not decide");
    for machine in [&mut original, &mut other] {
        machine.power();
        (0..10).for_each(|_| machine.run_frame());
    }
    assert_eq!(other.state_hash(), original.state_hash());
}

#[test]
fn a_pressed_reset_button_is_part_of_the_state() {
    let mut original = played(&demo(), &Options::new(), 30);
    original.reset();
    let mut other = machine(&demo(), &Options::new());
    other.load(&original.save()).expect("it is the same machine");
    for machine in [&mut original, &mut other] {
        machine.run_frame();
    }
    assert_eq!(other.state_hash(), original.state_hash());
}

#[test]
fn a_snapshot_of_another_machine_is_refused() {
    let mut other = machine(&demo(), &Options::new());
    assert_eq!(other.restore(&State::new()), Err(StateError::NotAState));
    let mut state = State::new();
    machine(&cartridge(1), &Options::new()).snapshot(&mut state);
    assert!(matches!(other.restore(&state), Err(StateError::OtherRom { .. })));
    machine(&demo(), &Options::new().without_sound()).snapshot(&mut state);
    assert!(matches!(other.restore(&state), Err(StateError::OtherHardware { what: "sample rate", .. })));
}
