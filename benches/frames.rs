//! The time of 60 frames with picture and sound, of Ricojit and of `tetanes-core`, for each ROM.
//!
//! ```text
//! cargo bench --bench frames            all ROMs; `-- demo` only those with demo in their names
//! ```
//!
//! Each iteration starts from a clone of a machine that has run 600 frames, so all do the same work.

#[path = "support/emulators.rs"]
mod emulators;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use emulators::{Emulator, WARM_UP, play, roms};
use ricojit::Machine;
use std::hint::black_box;
use std::time::Duration;
use tetanes_core::control_deck::ControlDeck;

const FRAMES: u64 = 60;

fn frames(criterion: &mut Criterion) {
    for rom in roms() {
        let mut group = criterion.benchmark_group(&rom.name);
        group.throughput(Throughput::Elements(FRAMES));
        group.sampling_mode(SamplingMode::Flat);
        group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
        run::<Machine>(&mut group, &rom.bytes);
        run::<ControlDeck>(&mut group, &rom.bytes);
        group.finish();
    }
}

fn run<C: Emulator>(group: &mut BenchmarkGroup<'_, WallTime>, rom: &[u8]) {
    let start = C::warmed_up(rom).unwrap_or_else(|error| panic!("{}: {error}", C::NAME));
    group.bench_function(C::NAME, |bencher| {
        bencher.iter_batched_ref(
            || start.clone(),
            |emulator| black_box(play(emulator, WARM_UP..WARM_UP + FRAMES)),
            BatchSize::PerIteration,
        );
    });
}

criterion_group!(benches, frames);
criterion_main!(benches);
