//! What the CPU sees of the APU, to the cycle.

use super::*;
use crate::clock::{NEVER, is_get};
use crate::random::Random;
use crate::state::{Reader, saved};

fn ntsc() -> Apu {
    Apu::new(Region::Ntsc, None)
}

/// The state as it is hashed.
pub(super) fn state(apu: &Apu) -> Vec<u8> {
    let mut apu = apu.clone();
    apu.canonicalize(apu.now);
    saved(&apu, apu.now)
}

/// Loads a state, and its sound, in cycle `at`.
pub(super) fn load(apu: &mut Apu, state: &[u8], sound: &[u8], at: Cycle) {
    let reader = |bytes| Reader::new(bytes, 1, at, 0);
    apu.check(&mut reader(state)).expect("it is possible");
    Persist::load(apu, &mut reader(state));
    apu.rebuild(at);
    if let Some(synth) = apu.sound_mut() {
        synth.check(&mut reader(sound)).expect("it is possible");
        synth.load(&mut reader(sound));
        apu.rebuild(at);
    }
}

/// An APU whose sequence started at the returned cycle by writing `value` to $4017 in a get or put cycle.
fn started(region: Region, value: u8, put: u64) -> (Apu, Cycle) {
    let mut apu = Apu::new(region, None);
    let at = 1000 + put;
    apu.write(0x4017, value, at);
    (apu, at + 4 - put)
}

/// The DMA unit's side of the contract, for a CPU that writes in the cycles `writes` and reads in all others. Returns
/// the first cycle from `at` on in which the CPU is halted, and the number of halted cycles. The byte read is the low
/// byte of its address.
fn dma(apu: &mut Apu, at: Cycle, writes: &[Cycle]) -> (Cycle, u64) {
    dma_from(apu, at, writes, |address| address as u8)
}

fn dma_from(apu: &mut Apu, mut at: Cycle, writes: &[Cycle], memory: impl FnOnce(u16) -> u8) -> (Cycle, u64) {
    loop {
        apu.run_until(at);
        let Some(mut address) = apu.dma_request() else {
            assert!(apu.next_dma() > at);
            at += 1;
            continue;
        };
        assert!(apu.next_dma() <= at);
        if writes.contains(&at) {
            at += 1;
            continue;
        }
        let halt = at;
        if !is_get(halt) {
            apu.run_until(halt + 1);
            let Some(again) = apu.dma_request() else { return (halt, 1) };
            address = again;
            at += 1;
        }
        at += 2;
        assert!(is_get(at));
        apu.dma_supply(memory(address), at);
        return (halt, at + 1 - halt);
    }
}

#[test]
fn the_irq_flag_is_set_in_three_cycles() {
    for (region, first) in [(Region::Ntsc, 29_828), (Region::Dendy, 29_828), (Region::Pal, 33_252)] {
        for put in [0, 1] {
            let (apu, start) = started(region, 0x00, put);
            let status = |reads: &[u64]| {
                let mut apu = apu.clone();
                reads.iter().map(|&at| apu.read_status(start + first + at)).last().unwrap()
            };
            assert_eq!(status(&[0]), 0x40);
            assert_eq!(apu.clone().read_status(start + first - 1), 0x00);
            // The last set undoes a read before it; a read after it clears the flag.
            assert_eq!(status(&[0, 4]), 0x40);
            assert_eq!(status(&[1, 5]), 0x40);
            assert_eq!(status(&[2, 6]), 0x00);
            assert_eq!(status(&[3, 7]), 0x00);
        }
    }
}

#[test]
fn the_irq_line_follows_the_flag() {
    let (mut apu, start) = started(Region::Ntsc, 0x00, 0);
    let rise = start + 29_828;
    apu.run_until(start + 5);
    assert_eq!(apu.next_irq(), rise);
    assert!(!apu.irq_at(rise), "the end of the cycle before");
    assert!(!apu.irq_at(rise), "edge `rise` has happened, and still");
    assert!(apu.irq());
    assert_eq!(apu.next_irq(), rise);
    assert!(apu.irq_at(rise + 1));
    let read = rise + 10;
    apu.read_status(read);
    assert!(apu.irq_at(read + 1));
    assert!(apu.irq_at(read + 2));
    assert!(!apu.irq_at(read + 3), "cleared at the get edge");
    assert_eq!(apu.next_irq(), rise + 29_830);
}

#[test]
fn a_double_read_finds_the_flag_twice_from_a_get_cycle() {
    let (apu, start) = started(Region::Ntsc, 0x00, 0);
    for (offset, second) in [(0, 0x40), (1, 0x00)] {
        let mut apu = apu.clone();
        let at = start + 29_900 + offset;
        assert_eq!(is_get(at), offset == 0);
        assert_eq!(apu.read_status(at), 0x40);
        assert_eq!(apu.read_status(at + 1), second);
        assert_eq!(apu.read_status(at + 2), 0x00);
    }
}

#[test]
fn an_inhibited_flag_shows_for_two_cycles_without_an_irq() {
    let (apu, start) = started(Region::Ntsc, 0x40, 0);
    assert_eq!(apu.next_irq(), NEVER);
    for (offset, flag) in [(29_827, 0x00), (29_828, 0x40), (29_829, 0x40), (29_830, 0x00)] {
        let mut apu = apu.clone();
        assert_eq!(apu.read_status(start + offset), flag);
        assert!(!apu.irq());
    }
}

#[test]
fn a_4017_write_clears_the_flag_only_if_it_inhibits() {
    let (apu, start) = started(Region::Ntsc, 0x00, 0);
    let at = start + 30_000;
    for (value, flag) in [(0x40, 0x00), (0x80, 0x40), (0xc0, 0x00), (0x00, 0x40)] {
        let mut apu = apu.clone();
        apu.write(0x4017, value, at);
        assert_eq!(apu.read_status(at + 1), flag);
    }
}

#[test]
fn power_on_starts_the_sequence_before_the_first_instruction() {
    let mut apu = ntsc();
    assert_eq!(apu.next_irq(), 29_828);
    assert_eq!(apu.read_status(29_827), 0x00);
    assert_eq!(apu.read_status(29_828), 0x40);
}

/// The first `clocks` cycles in which pulse 1's length counter changes, relative to the start of the sequence.
fn half_frames(region: Region, value: u8, clocks: usize) -> Vec<u64> {
    const LENGTHS: [u8; 3] = [0x18, 0x38, 0x58]; // 2, 6, 8 (index 3, 7, 11)
    let count_of = [2, 6, 10];
    let (mut apu, start) = started(region, 0x40, 1);
    apu.write(0x4015, 0x01, start);
    let index = count_of.iter().position(|&n| n >= clocks).unwrap();
    apu.write(0x4003, LENGTHS[index], start + 1);
    let write = start + 3;
    apu.write(0x4017, value, write);
    let start = write + 3;
    let mut seen = Vec::new();
    let mut before = format!("{:?}", apu.pulses[0].length);
    for at in write.. {
        apu.run_until(at);
        let now = format!("{:?}", apu.pulses[0].length);
        if now != before {
            seen.push(at.wrapping_sub(start));
            before = now;
        }
        if seen.len() == clocks {
            return seen;
        }
    }
    unreachable!()
}

#[test]
fn half_frame_clocks_come_on_time() {
    assert_eq!(half_frames(Region::Ntsc, 0x40, 2), [14_913, 29_829]);
    assert_eq!(half_frames(Region::Ntsc, 0x00, 4), [14_913, 29_829, 44_743, 59_659]);
    assert_eq!(half_frames(Region::Pal, 0x40, 3), [16_627, 33_253, 33_254 + 16_627]);
    let before = 0u64.wrapping_sub(1);
    assert_eq!(half_frames(Region::Ntsc, 0x80, 4), [before, 14_913, 37_281, 52_195]);
    assert_eq!(half_frames(Region::Pal, 0xc0, 3), [before, 16_627, 41_565]);
}

#[test]
fn a_five_step_write_on_a_step_clocks_once() {
    let (mut apu, start) = started(Region::Ntsc, 0x40, 0);
    apu.write(0x4015, 0x01, start);
    apu.write(0x4003, 0x28, start + 1); // 4
    let step = start + 14_913;
    // A write in a put cycle two cycles before the step: its clock falls on the step.
    apu.write(0x4017, 0x80, step - 2);
    apu.run_until(step + 100);
    apu.write(0x4017, 0x80, step + 100);
    apu.write(0x4017, 0x80, step + 200);
    apu.run_until(step + 300);
    assert_eq!(apu.peek_status(), 0x01, "three clocks so far");
    apu.write(0x4017, 0x80, step + 300);
    assert_eq!(apu.read_status(step + 304), 0x00);
}

#[test]
fn a_halt_write_races_with_the_half_frame_clock() {
    // Written in the cycle before the clock's edge, and one earlier.
    for (early, halted) in [(1, false), (2, true)] {
        let (mut apu, start) = started(Region::Ntsc, 0x40, 0);
        apu.write(0x4015, 0x01, start);
        apu.write(0x4003, 0x18, start + 1);
        let clock = start + 14_913;
        apu.write(0x4000, 0x20, clock - early);
        apu.write(0x4000, 0x00, clock + 10);
        assert_eq!(apu.read_status(start + 29_829) & 1, u8::from(halted));
    }
}

#[test]
fn a_load_halts_in_the_third_or_fourth_cycle() {
    for (write, halt) in [(5000, 5004), (5001, 5004), (5002, 5006)] {
        let mut apu = ntsc();
        apu.write(0x4015, 0x10, write);
        assert_eq!(apu.next_dma(), halt);
        assert_eq!(dma(&mut apu, write + 1, &[]), (halt, 3));
        assert_eq!(apu.dma_request(), None);
    }
    let mut apu = ntsc();
    apu.write(0x4015, 0x10, 5001);
    assert_eq!(dma(&mut apu, 5002, &[5004, 5005]), (5006, 3), "writes delay it");
    let mut apu = ntsc();
    apu.write(0x4015, 0x10, 5001);
    assert_eq!(dma(&mut apu, 5002, &[5004]), (5005, 4), "and may misalign it");
}

#[test]
fn reloads_come_once_a_byte_in_a_put_cycle() {
    let mut apu = ntsc();
    apu.write(0x4010, 0x4f, 3000);
    apu.write(0x4012, 0xff, 3001);
    apu.write(0x4013, 0x04, 3002);
    apu.write(0x4015, 0x10, 3003);
    let (mut at, _) = dma(&mut apu, 3004, &[]);
    (at, _) = dma(&mut apu, at + 3, &[]);
    for byte in 2..200u64 {
        assert_eq!(apu.dma_request(), None);
        let next = apu.next_dma();
        let halted = dma_from(&mut apu, at + 4, &[], |address| {
            let expected = 0xffc0 + byte % 65;
            assert_eq!(u64::from(address), if expected > 0xffff { 0x8000 } else { expected }, "byte {byte}");
            0
        });
        assert_eq!(halted, (next, 4));
        assert_eq!(next - at, 54 * 8);
        at = next;
    }
}

#[test]
fn a_sample_ends_right_after_its_last_get() {
    for write in [5000, 5001] {
        let mut apu = ntsc();
        apu.write(0x4010, 0x8f, 4000);
        apu.write(0x4015, 0x10, write);
        assert!(apu.next_irq() <= write + 7);
        assert_eq!(apu.read_status(write + 1), 0x10, "active at once");
        let (halt, cycles) = dma(&mut apu, write + 1, &[]);
        let get = halt + cycles - 1;
        assert_eq!(apu.peek_status(), 0x10);
        assert_eq!(apu.next_irq(), get + 1);
        assert!(!apu.irq_at(get + 1));
        assert_eq!(apu.read_status(get + 1), 0x80);
        assert!(apu.irq_at(get + 2));
        assert_eq!(apu.read_status(get + 9), 0x80, "reading does not clear it");
        let mut other = apu.clone();
        apu.write(0x4015, 0x00, get + 10);
        assert_eq!(apu.read_status(get + 11), 0x00);
        other.write(0x4010, 0x0f, get + 10);
        assert_eq!(other.read_status(get + 11), 0x00);
    }
}

#[test]
fn the_end_of_a_sample_is_never_predicted_late() {
    // The first byte moves to the shift register at once, or up to 432 cycles later: all of these cases.
    for write in (5000..5440).step_by(3) {
        for length in [0, 1] {
            let mut apu = ntsc();
            apu.write(0x4017, 0x40, 4000);
            apu.write(0x4010, 0x8f, 4001);
            apu.write(0x4013, length, 4002);
            apu.write(0x4015, 0x10, write);
            let mut predictions = Vec::new();
            let mut at = write + 1;
            while !apu.irq() {
                apu.run_until(at);
                predictions.push(apu.next_irq());
                if apu.dma_request().is_some() {
                    let (halt, cycles) = dma(&mut apu, at, &[]);
                    at = halt + cycles;
                } else {
                    at = (at + 1).max(apu.next_dma().min(apu.next_irq()));
                }
            }
            let end = apu.next_irq();
            assert!(predictions.iter().all(|&prediction| prediction <= end), "{write} {length}: {predictions:?} {end}");
            assert_eq!(predictions.last(), Some(&end));
            // The predictions are useful: the first is early by one byte's time at most.
            assert!(predictions[0] + 432 + 10 >= end);
        }
    }
}

#[test]
fn a_looping_sample_never_ends() {
    let mut apu = ntsc();
    apu.write(0x4017, 0x40, 3999);
    apu.write(0x4010, 0xcf, 4000);
    apu.write(0x4015, 0x10, 4001);
    let mut at = 4002;
    for _ in 0..100 {
        let (halt, cycles) = dma(&mut apu, at, &[]);
        at = halt + cycles;
    }
    assert_eq!(apu.read_status(at + 2) & 0x90, 0x10);
    assert_eq!(apu.next_irq(), NEVER);
}

/// Halted cycles around a stop that comes `early` cycles before the reload at `b`.
fn explicit_stop(early: i64) -> u64 {
    let mut apu = ntsc();
    apu.write(0x4010, 0x4e, 3000);
    apu.write(0x4015, 0x10, 3001);
    let (halt, _) = dma(&mut apu, 3002, &[]);
    let reload = {
        let mut apu = apu.clone();
        dma(&mut apu, halt + 3, &[]).0 + 72 * 8
    };
    dma(&mut apu, halt + 3, &[]);
    let write = reload.wrapping_add_signed(-early);
    let mut halted = 0;
    let mut at = halt + 20;
    while at < reload + 20 {
        if at == write {
            apu.write(0x4015, 0x00, at);
        }
        apu.run_until(at);
        if at != write && apu.dma_request().is_some() {
            let (_, cycles) = dma(&mut apu, at, &[]);
            halted += cycles;
            at += cycles;
            continue;
        }
        at += 1;
    }
    halted
}

#[test]
fn an_explicit_stop_aborts_or_misses_as_on_hardware() {
    // AccuracyCoin's answer key for "Explicit DMA Abort", from late to early writes.
    let key: Vec<u64> = (-2..8).map(explicit_stop).collect();
    assert_eq!(key, [4, 4, 3, 4, 1, 1, 0, 0, 0, 0]);
}

/// Halted cycles after a one-byte load whose write comes `early` cycles before an eighth clock of the output unit.
fn implicit_stop(early: u64, control: u8, write_at: Option<u64>) -> u64 {
    let mut apu = ntsc();
    apu.write(0x4010, control, 3000);
    apu.run_until(3000);
    apu.advance(3000);
    let eighth = apu.dmc.eighth_clock() + 8 * apu.dmc.period();
    let write = eighth - early;
    apu.write(0x4015, 0x10, write);
    let (halt, cycles) = dma(&mut apu, write + 1, &[]);
    let (mut at, mut halted) = (halt + cycles, 0);
    while at < eighth + 20 {
        apu.run_until(at);
        if apu.dma_request().is_some() && write_at.map(|offset| write + offset) != Some(at) {
            let (_, cycles) = dma(&mut apu, at, &[]);
            halted += cycles;
            at += cycles;
            continue;
        }
        at += 1;
    }
    halted
}

#[test]
fn an_implicit_stop_aborts_or_misses_as_on_hardware() {
    // AccuracyCoin's answer keys for "Implicit DMA Abort" (behaviour 2), from late to early writes: the byte comes too
    // late; just in time, and moves on before the stop takes effect; or earlier.
    let key = |control, write_at| (5..15).map(|early| implicit_stop(early, control, write_at)).collect::<Vec<_>>();
    assert_eq!(key(0x0e, None), [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    assert_eq!(key(0x4e, None), [0, 0, 0, 4, 4, 4, 4, 4, 4, 4]);
    assert_eq!(key(0x0e, Some(9)), [0, 0, 0, 1, 0, 0, 0, 0, 0, 0], "a write cycle there: it never happens");
}

#[test]
fn sample_bits_move_the_level_by_2() {
    let mut apu = ntsc();
    apu.write(0x4010, 0x4f, 3000);
    apu.write(0x4011, 0x7c, 3001);
    apu.write(0x4015, 0x10, 3003);
    let (halt, _) = dma_from(&mut apu, 3004, &[], |_| 0b0111_0111);
    let start = apu.dmc.eighth_clock();
    assert!(start > halt);
    let levels: Vec<u8> = (0..8)
        .map(|bit| {
            apu.run_until(start + (bit + 1) * 54);
            apu.advance(start + (bit + 1) * 54);
            apu.dmc.level()
        })
        .collect();
    assert_eq!(levels, [126, 126, 126, 124, 126, 126, 126, 124]);
}

#[test]
fn reset_silences_the_channels_and_keeps_the_frame_counter_mode() {
    for at in [40_000, 40_001] {
        let mut apu = ntsc();
        apu.write(0x4015, 0x1f, 100);
        apu.write(0x4003, 0x08, 101);
        apu.write(0x4011, 0x7f, 102);
        apu.reset(at);
        assert_eq!(apu.read_status(at + 1), 0x00);
        assert_eq!(apu.dmc.level(), 1);
        let rise = apu.next_irq();
        assert!((at + 29_828..at + 29_831).contains(&rise));
        apu.write(0x4017, 0x80, at + 10);
        apu.reset(at + 100);
        assert_eq!(apu.next_irq(), NEVER);
    }
}

/// A random register write; those with most effects are more likely.
fn random_write(random: &mut Random) -> (u16, u8) {
    let value = random.next() as u8;
    match random.below(26) {
        n @ 0..=19 => (0x4000 + n as u16, value),
        // The triangle becomes ultrasonic.
        24 => (0x400a, value >> 6),
        25 => (0x400b, value & 0xf8),
        20 => (0x4017, value & 0xc0),
        21 => (0x4003 + 4 * random.below(4) as u16, value | 0x08),
        _ => (0x4015, value | 0x0f),
    }
}

/// Plays a random schedule; `catch_up` may run the APU in between. Returns each read of $4015: cycle, value, state.
pub(super) fn play(seed: u64, apu: &mut Apu, mut catch_up: impl FnMut(&mut Apu, Cycle)) -> Vec<(Cycle, u8, Vec<u8>)> {
    let mut random = Random::new(seed);
    let mut seen = Vec::new();
    let (mut at, mut next_access) = (10, 20);
    while at < 400_000 {
        apu.run_until(at);
        if let Some(address) = apu.dma_request() {
            let get = if is_get(at) { at + 2 } else { at + 3 };
            apu.dma_supply(address as u8 ^ 0x5a, get);
            at = get + 1;
            continue;
        }
        if at >= next_access {
            let (addr, value) = random_write(&mut random);
            match random.below(4) {
                0 => {
                    let status = apu.read_status(at);
                    seen.push((at, status, state(apu)));
                }
                _ => apu.write(addr, value, at),
            }
            next_access = at + if random.below(3) == 0 { 1 } else { random.below(4000) };
        }
        catch_up(apu, at);
        at = (at + 1).max(next_access.min(apu.next_dma()));
    }
    seen
}

#[test]
fn lazy_and_eager_catch_up_agree() {
    for seed in 0..6 {
        let lazy = play(seed, &mut ntsc(), |_, _| {});
        let eager = play(seed, &mut ntsc(), |apu, at| {
            for cycle in at..at + 3 {
                apu.advance(cycle.min(apu.now));
            }
        });
        assert!(lazy.len() > 20);
        assert_eq!(lazy, eager);
    }
}

#[test]
fn predictions_are_never_late() {
    for seed in 0..6 {
        let mut apu = ntsc();
        play(seed, &mut apu, |apu, at| {
            // From here on no access follows: step, and compare with the predictions.
            let (irq, dma) = (apu.next_irq(), apu.next_dma());
            let mut probe = apu.clone();
            let found = |happens: bool, predicted: Cycle, cycle: Cycle| assert!(!happens || predicted <= cycle);
            for cycle in at..at + 700 {
                probe.run_until(cycle);
                found(probe.irq(), irq, cycle);
                found(probe.dma_request().is_some(), dma, cycle);
                if cycle > at {
                    assert!(probe.irq() || probe.next_irq() > cycle);
                }
            }
            assert!(apu.irq() || irq > at);
            assert!(apu.dma_request().is_some() || dma > at);
        });
    }
}

#[test]
fn a_state_loaded_later_runs_as_before() {
    let mut apu = ntsc();
    play(3, &mut apu, |_, _| {});
    let mut moved = ntsc();
    load(&mut moved, &state(&apu), &[], apu.now + 2_000_000);
    assert_eq!(state(&apu), state(&moved));
    let offset = moved.now - apu.now;
    for step in [1, 100, 5000, 100_000] {
        let at = apu.now + step;
        apu.run_until(at);
        moved.run_until(at + offset);
        assert_eq!(state(&apu), state(&moved));
        let next = if apu.next_irq() == NEVER { NEVER } else { apu.next_irq() + offset };
        assert_eq!(next, moved.next_irq());
    }
}

#[test]
fn a_quiet_frame_runs_only_its_six_edges() {
    let mut apu = ntsc();
    apu.run_until(100);
    let before = apu.work().edges;
    for at in 100..100 + 29_830 {
        apu.run_until(at);
    }
    assert_eq!(apu.work().edges - before, 6);
}
