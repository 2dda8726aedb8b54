//! DMA by its effects on programs: which reads it repeats, and how long it takes (<https://www.nesdev.org/wiki/DMA>).
//!
//! The 2A03 and the UA6527P halt the CPU at any read and repeat it, so that a register is read once too often. The 2A07
//! halts the CPU only where it fetches an opcode (<https://www.nesdev.org/wiki/APU_DMC>, "Conflict with controller and
//! PPU read").

use crate::programs::{Program, WARM_UP};
use ricojit::options::Options;
use ricojit::testing::{DeadlineMode, TestSwitches};
use ricojit::{Buttons, Machine, Pad, Region};

const REGIONS: [Region; 3] = [Region::Ntsc, Region::Pal, Region::Dendy];

/// The DMC plays the fastest in a loop, without IRQ.
#[rustfmt::skip]
const PLAY: [u8; 13] = [
    0xA9, 0x4F, 0x8D, 0x10, 0x40,       // LDA #$4F, STA $4010
    0x8D, 0x13, 0x40,                   // STA $4013
    0xA9, 0x10, 0x8D, 0x15, 0x40,       // LDA #$10, STA $4015
];

/// Runs the code in a region, also with random deadlines; the states must be equal.
fn run(region: Region, code: &[u8], frames: u64) -> Machine {
    let program = Program::new(code).region(region);
    let machine = |deadline| {
        let switches = TestSwitches::new().deadline(deadline);
        let mut machine = program.machine(&Options::new().testing(switches));
        machine.set_buttons(Pad::One, Buttons::A | Buttons::SELECT | Buttons::UP | Buttons::LEFT);
        (0..frames).for_each(|_| machine.run_frame());
        machine
    };
    let real = machine(DeadlineMode::Real);
    for seed in 0..3 {
        assert_eq!(machine(DeadlineMode::Random(seed)).state_hash(), real.state_hash(), "{region:?}, seed {seed}");
    }
    assert_eq!(real.region(), region);
    real
}

/// Writes 0 to 255 to a nametable, then reads it again and again, and counts passes in $20 and wrong bytes in $22.
#[rustfmt::skip]
fn read_ppu(read: [u8; 3]) -> Vec<u8> {
    let [lda, low, high] = read;
    vec![
        0xA9, 0x20, 0x8D, 0x06, 0x20,       //       LDA #$20, STA $2006
        0xA2, 0x00, 0x8E, 0x06, 0x20,       //       LDX #0, STX $2006
        0x8E, 0x07, 0x20, 0xE8,             // fill: STX $2007, INX
        0xD0, 0xFA,                         //       BNE fill
        0xA9, 0x20, 0x8D, 0x06, 0x20,       // pass: LDA #$20, STA $2006
        0x8E, 0x06, 0x20, 0xAD, 0x07, 0x20, //       STX $2006, LDA $2007: into the buffer
        0xA0, 0x00,                         //       LDY #0
        lda, low, high,                     // loop: LDA $2007
        0x86, 0x10, 0xC5, 0x10, 0xF0, 0x02, //       STX $10, CMP $10, BEQ +2
        0xE6, 0x22,                         //       INC $22
        0xE8, 0xD0, 0xF2,                   //       INX, BNE loop
        0xE6, 0x20,                         //       INC $20
        0xB8, 0x50, 0xE0,                   //       CLV, BVC pass
    ]
}

/// Reads pad 1, and counts reads in $20 and wrong ones in $22.
#[rustfmt::skip]
const READ_PAD: [u8; 32] = [
    0xA9, 0x01, 0x8D, 0x16, 0x40,       // pass: LDA #1, STA $4016
    0x85, 0x10, 0x4A, 0x8D, 0x16, 0x40, //       STA $10, LSR, STA $4016
    0xAD, 0x16, 0x40, 0x4A, 0x26, 0x10, // loop: LDA $4016, LSR, ROL $10
    0x90, 0xF8,                         //       BCC loop: until the 1 comes out of $10
    0xE6, 0x20,                         //       INC $20
    0xA5, 0x10, 0xC9, 0xAA, 0xF0, 0x02, //       LDA $10, CMP #$AA, BEQ +2
    0xE6, 0x22,                         //       INC $22
    0xB8, 0x50, 0xE0,                   //       CLV, BVC pass
];

#[test]
fn dma_repeats_reads_of_registers_on_ntsc_and_dendy_but_never_on_pal() {
    let programs: [(&str, Vec<u8>); 3] = [
        ("LDA $2007", read_ppu([0xAD, 0x07, 0x20])),
        ("LDA $2007,Y", read_ppu([0xB9, 0x07, 0x20])),
        ("LDA $4016", READ_PAD.to_vec()),
    ];
    for (name, code) in programs {
        for region in REGIONS {
            let machine = run(region, &[&WARM_UP[..], &PLAY, &code].concat(), 30);
            let [passes, wrong] = [0x20, 0x22].map(|at| machine.ram()[at]);
            assert!(passes > 50, "{name} on {region:?}: only {passes} passes");
            assert_eq!(wrong == 0, region == Region::Pal, "{name} on {region:?}: {wrong} wrong bytes");
        }
    }
}

/// The cycle in which each instruction of the last frames began, and the cycles that it took.
fn steps(region: Region, code: &[u8]) -> Vec<(u64, u64)> {
    let mut machine = run(region, code, 6);
    let mut starts = Vec::new();
    for _ in 0..3 {
        machine.run_frame_with_pauses(|machine| {
            starts.push(machine.cycle());
            Some(machine.cycle() + 1)
        });
    }
    starts.dedup();
    starts.windows(2).map(|pair| (pair[0], pair[1] - pair[0])).collect()
}

#[test]
fn a_dmc_read_on_pal_waits_for_an_opcode_and_takes_three_or_four_cycles_from_there() {
    // SLO ($10,X) from one to five times, JMP back: eight cycles each, and three.
    let mut found = [0, 0];
    for count in 1..=5 {
        let code = [&WARM_UP[..], &PLAY, &[0x03, 0x10].repeat(count), &[0x4C, 0x18, 0x80]].concat();
        let (before, mut all) = (found, 0);
        for (start, cycles) in steps(Region::Pal, &code) {
            all += cycles;
            let halted = if matches!(cycles, 3 | 6 | 7) { cycles - 3 } else { cycles - 8 };
            if halted != 0 {
                assert_eq!(halted, if start % 2 == 0 { 3 } else { 4 }, "{cycles} cycles from {start} on");
                found[halted as usize - 3] += 1;
            }
        }
        let reads: u64 = found.iter().sum::<u64>() - before.iter().sum::<u64>();
        assert!(reads.abs_diff(all / 400) <= 1, "a byte every 400 cycles: {reads} in {all}");
    }
    assert!(found.iter().all(|&count| count > 50), "{found:?}");
}

#[test]
fn an_oam_transfer_takes_513_or_514_cycles_from_the_next_opcode_on_in_every_region() {
    // LDA #2, STA $4014, NOP, INX, TXA, AND #1, BEQ +0, JMP back: every other time a cycle longer.
    let transfer = [0xA9, 0x02, 0x8D, 0x14, 0x40, 0xEA, 0xE8, 0x8A, 0x29, 0x01, 0xF0, 0x00, 0x4C, 0x0B, 0x80];
    let code = [&WARM_UP[..], &transfer].concat();
    for region in REGIONS {
        let mut found = [0, 0];
        for (start, cycles) in steps(region, &code) {
            if cycles > 500 {
                let transfer = if start % 2 == 0 { 514 } else { 513 };
                assert_eq!(cycles, 2 + transfer, "{region:?}, from {start} on");
                found[transfer as usize - 513] += 1;
            }
        }
        assert!(found.iter().all(|&count| count > 50), "{region:?}: {found:?}");
    }
}
