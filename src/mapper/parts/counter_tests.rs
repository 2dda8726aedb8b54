//! Every counter against one that counts cycle by cycle, over random accesses: counts, IRQ lines and predictions.

use super::bandai_irq::{BandaiCount, BandaiIrq};
use super::counter::{Count, Counter};
use super::event_irq::{EventCount, EventIrq};
use super::fme7_irq::{Fme7Count, Fme7Irq};
use super::h3001_irq::{H3001Count, H3001Irq};
use super::n163_irq::{N163Count, N163Irq};
use super::ss88006_irq::{Ss88006Count, Ss88006Irq};
use super::sunsoft3_irq::{Sunsoft3Count, Sunsoft3Irq};
use super::vrc_irq::{VrcCount, VrcIrq};
use super::vrc3_irq::{Vrc3Count, Vrc3Irq};
use crate::clock::NEVER;
use crate::mapper::irq::CycleCounter;
use crate::random::Random;
use crate::state::{Persist, Reader, saved};
use ricojit_interpreter::Cycle;

/// A write of a random value to one of the registers, in a cycle.
type Write<C> = fn(&mut Counter<C>, register: u64, value: u8, at: Cycle);

/// What one cycle does, as the wiki says it. Answers whether that asserts IRQ.
type Clock<C> = fn(&mut C) -> bool;

fn prove<C: Count + PartialEq>(new: impl Fn() -> Counter<C>, registers: u64, write: Write<C>, clock: Clock<C>) {
    let mut rises = 0;
    for seed in 0..80 {
        let mut random = Random::new(seed);
        let (mut fast, mut slow) = (new(), new());
        // Some runs have only short spans between accesses, others let it wrap several times.
        let longest = random.pick(&[4, 40, 400, 4_000, 200_000]);
        let end = slow.counted + (longest * 40).min(500_000);
        while slow.counted < end {
            let until = slow.counted + 1 + random.below(longest);
            let (next, before) = (fast.next(0), slow.line.clone());
            // The access in the last of these cycles comes after its count.
            while slow.counted < until {
                if clock(&mut slow.chip) {
                    slow.line.assert(slow.counted);
                }
                slow.counted += 1;
            }
            match slow.line.since() {
                Some(since) => assert_eq!(next, since, "seed {seed}, predicted"),
                None => assert!(next >= until, "seed {seed}, predicted {next} too early"),
            }
            rises += u64::from(before.since().is_none() && slow.line.is_asserted());
            // A catch-up in between changes nothing, and predicts the same.
            fast.run_until(until - random.below((until - fast.counted).min(3) + 1));
            match slow.line.since() {
                Some(since) => assert_eq!(fast.next(0), since, "seed {seed}, predicted from {}", fast.counted),
                None => assert!(fast.next(0) >= until, "seed {seed}, predicted from {} too early", fast.counted),
            }
            let at = until - 1;
            if random.below(4) != 0 {
                let (register, value) = (random.below(registers), random.next() as u8);
                write(&mut fast, register, value, at);
                write(&mut slow, register, value, at);
            }
            if random.below(8) == 0 {
                fast = reloaded(&fast, until, new());
            }
            fast.run_until(until);
            assert_eq!(fast, slow, "seed {seed}, cycle {at}");
        }
    }
    assert!(rises > 100, "only {rises} rises");
}

/// What is saved in cycle `now` and loaded into another counter.
fn reloaded<C: Count>(counter: &Counter<C>, now: Cycle, mut into: Counter<C>) -> Counter<C> {
    let bytes = saved(counter, now);
    let reader = Reader::new(&bytes, 1, now, 0);
    let mut rest = reader.clone();
    into.check(&mut rest).unwrap();
    assert!(rest.is_done());
    into.load(&mut reader.clone());
    into
}

#[test]
fn vrc() {
    let write: Write<VrcCount> = |irq, register, value, at| match register {
        0 => irq.write_latch(0xFF, value, at),
        1 => irq.write_latch(0x0F, value, at),
        2 => irq.write_latch(0xF0, value | 0xF0, at),
        3 => irq.write_control(value, at),
        _ => irq.write_acknowledge(at),
    };
    prove(VrcIrq::default, 5, write, |chip| {
        if !chip.enabled {
            return false;
        }
        if !chip.each_cycle {
            let dots = i32::from(chip.dots) - 3;
            chip.dots = if dots <= 0 { dots + 341 } else { dots } as u16;
            if dots > 0 {
                return false;
            }
        }
        let irq = chip.count == 0xFF;
        chip.count = if irq { chip.latch } else { chip.count + 1 };
        irq
    });
}

#[test]
fn fme7() {
    let write: Write<Fme7Count> = |irq, register, value, at| match register {
        0 => irq.write_half(0, value, at),
        1 => irq.write_half(1, value & 1, at),
        _ => irq.write_control(value | 0x80, at),
    };
    prove(Fme7Irq::default, 3, write, |chip| {
        let wraps = chip.counting && chip.count == 0;
        if chip.counting {
            chip.count = if wraps { 0xFFFF } else { chip.count - 1 };
        }
        wraps && chip.enabled
    });
}

#[test]
fn n163() {
    let write: Write<N163Count> = |irq, register, value, at| match register {
        0 => irq.write_half(0, value, at),
        1 => irq.write_half(1, value | 0x7E, at),
        2 => assert_eq!(irq.read_half(0, at), irq.peek_half(0)),
        _ => irq.write_half(1, value, at),
    };
    prove(N163Irq::default, 4, write, |chip| {
        let runs = chip.register >= 0x8000 && chip.register != 0xFFFF;
        chip.register += u16::from(runs);
        runs && chip.register == 0xFFFF
    });
}

fn bandai_clock(chip: &mut BandaiCount) -> bool {
    if chip.counting {
        chip.count = if chip.count == 0 { 0xFFFF } else { chip.count - 1 };
    }
    chip.counting && chip.count == 0
}

#[test]
fn bandai() {
    for latched in [false, true] {
        let direct: Write<BandaiCount> = |irq, register, value, at| match register {
            0 => irq.write_half(0, value & 0x3F, false, at),
            1 => irq.write_half(1, value & 1, false, at),
            _ => irq.write_control(value, false, at),
        };
        let through_latch: Write<BandaiCount> = |irq, register, value, at| match register {
            0 => irq.write_half(0, value & 0x3F, true, at),
            1 => irq.write_half(1, value & 1, true, at),
            _ => irq.write_control(value, true, at),
        };
        prove(BandaiIrq::default, 3, if latched { through_latch } else { direct }, bandai_clock);
    }
}

#[test]
fn ss88006() {
    let write: Write<Ss88006Count> = |irq, register, value, at| match register {
        0..4 => irq.write_reload(register as usize, value, at),
        4 | 5 => irq.write_restart(at),
        _ => irq.write_control(value, at),
    };
    prove(Ss88006Irq::default, 8, write, |chip| {
        if chip.control & 1 == 0 {
            return false;
        }
        let bits = match chip.control >> 1 {
            0 => 16,
            1 => 12,
            2 | 3 => 8,
            _ => 4,
        };
        let low = u32::from(chip.count) % (1 << bits);
        let wrapped = if low == 0 { (1 << bits) - 1 } else { low - 1 };
        chip.count = (u32::from(chip.count) - low + wrapped) as u16;
        low == 0
    });
}

#[test]
fn h3001() {
    let write: Write<H3001Count> = |irq, register, value, at| match register {
        0 => irq.write_half(0, value, at),
        1 => irq.write_half(1, value & 1, at),
        2 => irq.write_enable(value, at),
        _ => irq.write_reload(at),
    };
    prove(H3001Irq::default, 4, write, |chip| {
        let counts = chip.enabled && chip.count != 0;
        chip.count -= u16::from(counts);
        counts && chip.count == 0
    });
}

#[test]
fn sunsoft3() {
    let write: Write<Sunsoft3Count> = |irq, register, value, at| match register {
        0 => irq.write_load(value & 3, at),
        1 => irq.write_enable(value, at),
        _ => irq.write_acknowledge(at),
    };
    prove(Sunsoft3Irq::default, 3, write, |chip| {
        let wraps = chip.counting && chip.count == 0;
        if chip.counting {
            chip.count = chip.count.wrapping_sub(1);
            chip.counting = !wraps;
        }
        wraps
    });
}

#[test]
fn vrc3() {
    let write: Write<Vrc3Count> = |irq, register, value, at| match register {
        0..4 => irq.write_latch(register as usize, value | if register == 3 { 0xF } else { 0 }, at),
        4 => irq.write_control(value | 2, at),
        5 => irq.write_control(value, at),
        _ => irq.write_acknowledge(at),
    };
    prove(Vrc3Irq::default, 7, write, |chip| {
        if !chip.enabled {
            return false;
        }
        let ([low, high], [latch, _]) = (chip.count.to_le_bytes(), chip.latch.to_le_bytes());
        match (chip.narrow, low, chip.count) {
            (true, 0xFF, _) => chip.count = u16::from_le_bytes([latch, high]),
            (false, _, 0xFFFF) => chip.count = chip.latch,
            _ => {
                chip.count += 1;
                return false;
            }
        }
        true
    });
}

#[test]
fn event() {
    let write: Write<EventCount> = |irq, register, value, at| match register {
        // Not a register: nothing else comes near the end in a test.
        0 => {
            let chip = irq.access(at);
            if chip.running {
                chip.count = chip.target - u32::from(value) - 1;
            }
        }
        1 => irq.run_or_stop(true, at),
        _ => irq.run_or_stop(value & 3 != 0, at),
    };
    prove(
        || EventIrq::with_switches(5),
        3,
        write,
        |chip| {
            if chip.running {
                chip.count = (chip.count + 1) & 0x3FFF_FFFF;
            }
            chip.running && chip.count == chip.target
        },
    );
}

#[test]
fn predictions_far_from_the_present_do_not_overflow() {
    let mut irq = Fme7Irq::default();
    irq.write_control(0x81, NEVER - 10);
    assert_eq!(irq.next(0), NEVER - 9);
    irq.write_control(0x81, NEVER - 8);
    assert_eq!(irq.next(0), NEVER);
}
