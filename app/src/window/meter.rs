//! Measures once per second how fast the machine runs, and how many of its cycles are native and skipped.

use super::overlay::Stats;
use ricojit::Machine;
use ricojit::recompiler::Statistics;
use std::time::Duration;

/// The duration of a measurement.
const READING: Duration = Duration::from_secs(1);

/// The results of a measurement.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    stats: Stats,
    since: Option<Since>,
}

/// Counts since the last measurement.
#[derive(Clone, Copy, Debug)]
struct Since {
    start: Duration,
    frames: u32,
    busy: Duration,
    jit: Statistics,
    cycle: u64,
    skipped: u64,
}

impl Meter {
    /// Counts a frame that ran from `begun` to `ended`.
    pub(super) fn frame(&mut self, machine: &Machine, begun: Duration, ended: Duration) {
        let jit = machine.recompiler().map(|recompiler| recompiler.statistics());
        let since = self.since.get_or_insert_with(|| Since {
            start: begun,
            frames: 0,
            busy: Duration::ZERO,
            jit: jit.unwrap_or_default(),
            cycle: machine.cycle(),
            skipped: machine.idle_skipped_cycles(),
        });
        since.frames += 1;
        since.busy += ended - begun;
        let time = ended.saturating_sub(since.start);
        if time >= READING {
            let frames = f64::from(since.frames);
            self.stats.frames_per_second = frames / time.as_secs_f64();
            self.stats.possible = frames / since.busy.as_secs_f64().max(1e-9);
            self.stats.native = jit.map(|jit| jit.since(&since.jit).native_share());
            // Both counts start over at power-on.
            let cycles = machine.cycle().saturating_sub(since.cycle).max(1);
            let skipped = machine.idle_skipped_cycles().saturating_sub(since.skipped);
            self.stats.skipped = Some(skipped as f64 / cycles as f64);
            self.since = None;
        }
    }

    /// Drops the counts of an unfinished measurement.
    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }

    /// The last results.
    pub(super) fn stats(&self) -> Stats {
        self.stats.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ricojit::Cartridge;
    use ricojit::Options;

    #[test]
    fn results_are_those_of_the_last_second() {
        let cartridge = Cartridge::load(include_bytes!("../../../roms/demo.nes")).expect("the demo");
        let machine = Machine::new(&cartridge, &Options::default()).expect("NROM");
        let mut meter = Meter::default();
        for n in 0..130 {
            let begun = Duration::from_micros(n * 16_667);
            meter.frame(&machine, begun, begun + Duration::from_millis(2));
        }
        let stats = meter.stats();
        assert!((stats.frames_per_second - 60.0).abs() < 1.1, "{stats:?}");
        assert!((stats.possible - 500.0).abs() < 1.0, "{stats:?}");
        assert_eq!(stats.native, None);
    }
}
